"""Check training and decoding on a GPU, in under eight minutes.

    python tools/gpu_check.py --json gpu.json
    python tools/gpu_check.py --device cpu          # the same checks in small, without a GPU

Each check runs in a process of its own, so that one that fails or hangs does not stop the others.
Only the texts and models in the repository are used.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import torch
import typer
from gpu_checks import CHECKS, Figures, Place
from machine_rates import machine

PATIENCE = 4
"""How much longer than on a GPU a check may take on a CPU, which other work may share."""


@dataclass(frozen=True)
class Result:
    """Result of a check.

    Attributes:
        name: Name of the check.
        passed: Whether it passed.
        seconds: Wall time, with the start of its process.
        figures: What it measured.
        error: Why it failed, or "".
    """

    name: str
    passed: bool
    seconds: float
    figures: Figures
    error: str

    def line(self) -> str:
        """Return the result as a line of text."""
        said = ", ".join(f"{name} {_shown(value)}" for name, value in self.figures.items())
        state = "passed" if self.passed else "FAILED"
        return f"{state}  {self.name:14} {self.seconds:5.1f} s  {self.error or said}"


def main(
    device: Annotated[str, typer.Option(help="cuda, or cpu for a trial in small.")] = "cuda",
    only: Annotated[list[str] | None, typer.Option(help="Run only this check.")] = None,
    output: Annotated[Path | None, typer.Option("--json", help="File of all results.")] = None,
    child: Annotated[Path | None, typer.Option(hidden=True)] = None,
) -> None:
    """Run the checks, print a line for each, and exit with 1 if one has failed."""
    if device != "cpu" and not torch.cuda.is_available():
        print("PyTorch finds no GPU here; --device cpu runs the same checks in small")
        raise typer.Exit(2)
    unknown = set(only or []) - set(CHECKS)
    if unknown:
        raise typer.BadParameter(f"{', '.join(unknown)}: the checks are {', '.join(CHECKS)}")
    if child is not None:
        [name] = only or []
        figures = CHECKS[name].run(Place(device, child.parent))
        child.write_text(json.dumps(figures), encoding="utf-8")
        return
    print(machine(device), flush=True)
    results = []
    for name in only or CHECKS:
        results.append(run(name, device))
        print(results[-1].line(), flush=True)
    if output is not None:
        content = {"machine": machine(device), "checks": [asdict(one) for one in results]}
        output.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    raise typer.Exit(not all(one.passed for one in results))


def run(name: str, device: str) -> Result:
    """Run a check in a process of its own, and return what became of it."""
    began = time.perf_counter()
    limit = CHECKS[name].limit * (PATIENCE if device == "cpu" else 1)
    with tempfile.TemporaryDirectory() as folder:
        figures = Path(folder) / "figures.json"
        command = [sys.executable, __file__, "--device", device, "--only", name, "--child"]
        process = subprocess.Popen(
            [*command, str(figures)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,
            # The libraries of CUDA give the same sums each time only with this.
            env={"CUBLAS_WORKSPACE_CONFIG": ":4096:8", **os.environ},
        )
        try:
            _, said = process.communicate(timeout=limit)
            error = "" if process.returncode == 0 else _last_line(said)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)  # with the processes that it has started
            process.communicate()
            error = f"it has not ended after {limit:g} s"
        found = json.loads(figures.read_text()) if not error else {}
    return Result(name, not error, round(time.perf_counter() - began, 1), found, error)


def _last_line(text: str) -> str:
    """Return the line that names an error."""
    lines = [line.strip() for line in text.splitlines() if line.strip(" ╭╰─╮╯│")]
    errors = [line for line in lines if "Error" in line]
    return (errors or lines or ["it has ended without a word"])[-1]


def _shown(value: float | str) -> str:
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return str(value)


if __name__ == "__main__":
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(main)
    app()
