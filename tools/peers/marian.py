"""Marian (MIT, pymarian 1.12.42) with a recurrent network: a C++ toolkit made for speed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from peers.contract import PeerError, PeerText, Timing
from peers.environment import Environment

PACKAGES = (["sentencepiece", "pymarian==1.12.42"],)


@dataclass(frozen=True)
class Marian:
    """Marian with a recurrent network like the toolkit's default."""

    folder: Path
    model: ClassVar[str] = "Marian 1.12.42, GRU 512, fp32"

    def install(self) -> None:
        """Install it; see Peer."""
        self._environment.create()

    def train(self, text: PeerText, *, minutes: float, threads: int) -> None:
        """Train the network; see Peer."""
        if self._weights.exists():
            return
        run = self._weights.parent
        run.mkdir(parents=True, exist_ok=True)
        for side in ("source", "target"):
            pieces = (text.folder / f"{side}.vocab").read_text(encoding="utf-8").splitlines()
            _write_vocabulary(run / f"{side}.yml", pieces)
        sides = [str(text.folder / f"train.{side}") for side in ("source", "target")]
        vocabularies = [str(run / f"{side}.yml") for side in ("source", "target")]
        command = [
            *["pymarian", "train", "--type", "s2s", "--model", str(self._weights)],
            *["--train-sets", *sides, "--vocabs", *vocabularies, "--seed", "1"],
            *["--enc-cell", "gru", "--dec-cell", "gru", "--dim-emb", "256", "--dim-rnn", "512"],
            *["--mini-batch", "64", "--maxi-batch", "100", "--learn-rate", "0.001"],
            *["--label-smoothing", "0.1", "--clip-norm", "1", "--cpu-threads", str(threads)],
            *["--workspace", "1000", "--save-freq", "100u", "--overwrite", "--disp-freq", "20u"],
        ]
        log = run / "train.log"
        self._environment.run_for(minutes, command, threads=1, log=log)
        if not self._weights.exists():
            raise PeerError(f"{run}: no model; train for more minutes")

    def translate(
        self, sources: Sequence[str], text: PeerText, *, beam: int, threads: int, alone: bool
    ) -> Timing:
        """Translate sentences; see Peer."""
        return self._environment.ask(
            "run_marian.py", self._weights, sources, text, beam=beam, threads=threads, alone=alone
        )

    @property
    def _environment(self) -> Environment:
        return Environment(self.folder / "env", PACKAGES)

    @property
    def _weights(self) -> Path:
        return self.folder / "gru" / "model.npz"


def _write_vocabulary(path: Path, pieces: Sequence[str]) -> None:
    """Write a vocabulary as Marian reads it: the end of a sentence is 0, unknown pieces are 1."""
    others = [piece for piece in pieces if piece not in ("</s>", "<unk>")]
    lines = (
        '"{}": {}'.format(piece.replace("\\", "\\\\").replace('"', '\\"'), number)
        for number, piece in enumerate(["</s>", "<unk>", *others])
    )
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
