"""Environment of a peer: its packages from PyPI, and its programs as its users run them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import venv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from peers.contract import PeerError, PeerText, Timing

PROGRAMS = Path(__file__).with_name("programs")
"""Programs that run inside the environments; they import the peers, this package does not."""

WARM_UP = 100
"""Number of sentences that are translated before the time is taken."""

DONE = ".installed"


@dataclass(frozen=True)
class Environment:
    """Environment with packages in a folder.

    Attributes:
        folder: Folder of the environment; runs of the peer are beside it.
        packages: Arguments of `pip install`, one list per call.
        variables: Environment variables that its programs need.
        modules: Empty modules that a package imports and does not need, such as "torchaudio".
    """

    folder: Path
    packages: Sequence[Sequence[str]]
    variables: Mapping[str, str] = field(default_factory=dict)
    modules: Sequence[str] = ()

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    def create(self) -> None:
        """Create the environment and install the packages, unless that was done before."""
        wanted = json.dumps([list(call) for call in self.packages])
        done = self.folder / DONE
        if done.exists() and done.read_text(encoding="utf-8") == wanted:
            return
        print(f"installing {self.packages[-1][-1]} into {self.folder}", file=sys.stderr)
        venv.create(self.folder, with_pip=True)
        for call in self.packages:
            self.run(["-m", "pip", "install", "--quiet", *call], threads=1)
        for module in self.modules:
            self._write_empty(module)
        done.write_text(wanted, encoding="utf-8")

    def _write_empty(self, module: str) -> None:
        (site,) = self.folder.glob("lib/python*/site-packages")
        path = site.joinpath(*module.split("."))
        path.mkdir(parents=True, exist_ok=True)
        (path / "__init__.py").touch()

    def run(self, arguments: Sequence[str], *, threads: int, request: str = "") -> str:
        """Run Python with some arguments and return what it prints; raise PeerError if it fails."""
        if not self.python.exists():
            raise PeerError(f"{self.folder}: nothing is installed here")
        done = subprocess.run(
            [self.python, *arguments],
            env=self._variables(threads),
            input=request,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise PeerError(f"{' '.join(arguments)} failed:\n{done.stderr[-2000:]}")
        return done.stdout

    def run_for(self, minutes: float, command: Sequence[str], *, threads: int, log: Path) -> None:
        """Run a command of the environment for some minutes, then stop it.

        Raises:
            PeerError: It ended with an error.
        """
        with log.open("w", encoding="utf-8") as file:
            process = subprocess.Popen(
                [self.folder / "bin" / command[0], *command[1:]],
                env=self._variables(threads),
                stdout=file,
                stderr=subprocess.STDOUT,
            )
            try:
                code = process.wait(timeout=60 * minutes)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGTERM)
                process.wait()
                return
            finally:
                process.kill()
        if code:
            raise PeerError(f"{command[0]} failed:\n{log.read_text(encoding='utf-8')[-2000:]}")

    def ask(
        self,
        program: str,
        model: Path,
        sources: Sequence[str],
        text: PeerText,
        *,
        beam: int,
        threads: int,
        alone: bool,
    ) -> Timing:
        """Translate with a program of `PROGRAMS`, which takes the time itself."""
        request = {
            "model": str(model),
            "source_pieces": str(text.source_pieces),
            "target_pieces": str(text.target_pieces),
            "sources": list(sources),
            "warm_up": WARM_UP,
            "beam": beam,
            "threads": threads,
            "alone": alone,
        }
        printed = self.run([str(PROGRAMS / program)], threads=threads, request=json.dumps(request))
        answer: dict[str, Any] = json.loads(printed.splitlines()[-1])
        return Timing(answer["seconds"], answer["texts"])

    def _variables(self, threads: int) -> dict[str, str]:
        number = str(threads)
        return {
            **os.environ,
            **self.variables,
            "OMP_NUM_THREADS": number,
            "MKL_NUM_THREADS": number,
            "PYTHONPATH": "",
        }
