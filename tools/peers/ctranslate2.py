"""CTranslate2 4.8.5 (MIT) in int8, what people use for fast translation on a processor.

It runs no recurrent networks, so its model is a Transformer of 6 and 3 layers of 256, trained with
OpenNMT-py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from peers import opennmt
from peers.contract import PeerText, Timing
from peers.environment import PROGRAMS


@dataclass(frozen=True)
class CTranslate2:
    """CTranslate2 with an int8 Transformer of 16 M weights."""

    folder: Path
    model: ClassVar[str] = "CTranslate2 4.8.5, Transformer 6-3 x 256, int8"

    def install(self) -> None:
        """Install it and OpenNMT-py; see Peer."""
        opennmt.environment(self.folder).create()

    def train(self, text: PeerText, *, minutes: float, threads: int) -> None:
        """Train the Transformer and convert it; see Peer."""
        place = opennmt.environment(self.folder)
        run = self.folder / "transformer"
        opennmt.train(place, run, text, opennmt.TRANSFORMER, minutes=minutes, threads=threads)
        if not self._converted.exists():
            checkpoint = opennmt.last_checkpoint(run)
            arguments = [PROGRAMS / "convert_to_ctranslate2.py", checkpoint, self._converted]
            place.run(list(map(str, arguments)), threads=threads)

    def translate(
        self, sources: Sequence[str], text: PeerText, *, beam: int, threads: int, alone: bool
    ) -> Timing:
        """Translate sentences; see Peer."""
        return opennmt.environment(self.folder).ask(
            "run_ctranslate2.py",
            self._converted,
            sources,
            text,
            beam=beam,
            threads=threads,
            alone=alone,
        )

    @property
    def _converted(self) -> Path:
        return self.folder / "int8"
