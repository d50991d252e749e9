"""What a toolkit must do to be compared with: be installed, be trained, and translate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


class PeerError(Exception):
    """Raised when a peer cannot be installed or run; the message is one line, then its output."""


@dataclass(frozen=True)
class PeerText:
    """Text that a peer is trained on, in pieces of the model that it is compared with.

    Attributes:
        folder: Folder of train.source, train.target, dev.source and dev.target (pieces separated by
            spaces), and of source.vocab and target.vocab (one piece per line).
        source_pieces: SentencePiece model of the source.
        target_pieces: SentencePiece model of the target.
    """

    folder: Path
    source_pieces: Path
    target_pieces: Path


@dataclass(frozen=True)
class Timing:
    """How long a peer took, without starting, loading and a warm-up.

    Attributes:
        seconds: Seconds for all sentences; if they were translated one by one, the seconds of each.
        texts: The translations.
    """

    seconds: list[float]
    texts: list[str]


class Peer(Protocol):
    """Toolkit to compare with."""

    @property
    def model(self) -> str:
        """What it translates with, in a few words."""

    def install(self) -> None:
        """Install the toolkit, unless it is installed."""

    def train(self, text: PeerText, *, minutes: float, threads: int) -> None:
        """Train its model, unless it is trained."""

    def translate(
        self, sources: Sequence[str], text: PeerText, *, beam: int, threads: int, alone: bool
    ) -> Timing:
        """Translate sentences in batches of its best size, or one by one."""
