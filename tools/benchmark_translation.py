"""Translation benchmarks of tools/benchmark.py: this toolkit and its peers in turn."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import benchmark_decoding as decoding
import sacrebleu
from peers.contract import Peer, PeerError, PeerText, Timing
from peers.registry import peer_named
from peers.text import write_text

from seq2seq import Corpus, Translator

LENGTHS = (0.8, 1.15)
"""Length of translations, as a fraction of the references', between which a peer is trained.

Shorter translations make it look faster than it is."""


@dataclass
class Runs:
    """Measurements of one system.

    Attributes:
        rates: Sentences per second, or milliseconds per sentence, of each round.
        notes: What else the table says about it.
    """

    rates: list[float] = field(default_factory=list)
    notes: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Peers:
    """Peers that are installed and trained.

    Attributes:
        peers: Peers by name.
        text: Their text.
        threads: Number of threads that they get.
    """

    peers: dict[str, Peer]
    text: PeerText | None
    threads: int

    def translate(
        self, sources: Sequence[str], *, beam: int, alone: bool
    ) -> Iterator[tuple[str, Timing]]:
        """Translate with each peer; yield its name and how long it took."""
        for name, peer in self.peers.items():
            assert self.text is not None
            timing = peer.translate(
                sources, self.text, beam=beam, threads=self.threads, alone=alone
            )
            yield f"{name} ({peer.model})", timing


def prepare_peers(
    names: Sequence[str],
    folder: Path,
    model: Path,
    data: Path,
    train: Path,
    *,
    minutes: float,
    threads: int,
) -> Peers:
    """Install peers and train them on text in pieces of a model.

    Args:
        names: Names of peers.
        folder: Folder of their environments and runs.
        model: Model directory whose pieces they read and write.
        data: TSV file of dev pairs.
        train: TSV file of training pairs.
        minutes: Minutes of training for each that is not trained yet.
        threads: Number of threads of training and translating.

    Raises:
        PeerError: A peer is unknown, or cannot be installed or trained.
    """
    peers = {name: peer_named(name, folder) for name in names}
    if not peers:
        return Peers({}, None, threads)
    parts = {}
    for part, path in (("train", train), ("dev", data)):
        corpus = Corpus.load(str(path))
        parts[part] = (corpus.sources(), corpus.targets())
    text = write_text(folder / "text", model, parts)
    for name, peer in peers.items():
        peer.install()
        print(f"{name}: training {minutes:g} minutes unless it is trained", file=sys.stderr)
        peer.train(text, minutes=minutes, threads=threads)
    return Peers(peers, text, threads)


def check_length(name: str, texts: Sequence[str], references: Sequence[str]) -> float:
    """Return the length of translations as a fraction of the references'.

    Raises:
        PeerError: They are so long or short that their speed says nothing.
    """
    ratio = sum(map(len, texts)) / sum(map(len, references))
    if not LENGTHS[0] <= ratio <= LENGTHS[1]:
        raise PeerError(
            f"{name}: its translations have {ratio:.2f} times the length of the references; "
            "delete its run and train it for more minutes"
        )
    return round(ratio, 3)


def measure_batches(
    translators: dict[str, Translator],
    peers: Peers,
    pairs: tuple[Sequence[str], Sequence[str]],
    *,
    beam: int,
    rounds: int,
) -> dict[str, Runs]:
    """Translate all sentences with each system in turn; return sentences per second."""
    sources, references = pairs
    found: dict[str, Runs] = {}
    for _ in range(rounds):
        for name, translator in translators.items():
            seconds, texts = decoding.seconds_to_translate(translator, sources, beam)
            _note(found, name, len(sources) / seconds, texts, references)
        for name, timing in peers.translate(sources, beam=beam, alone=False):
            check_length(name, timing.texts, references)
            _note(found, name, len(sources) / timing.seconds[0], timing.texts, references)
    return found


def measure_alone(
    translators: dict[str, Translator],
    peers: Peers,
    sources: Sequence[str],
    *,
    beam: int,
    rounds: int,
) -> dict[str, Runs]:
    """Translate sentences one by one; return the median milliseconds of each round."""
    found: dict[str, Runs] = {}
    for _ in range(rounds):
        for name, translator in translators.items():
            seconds = decoding.seconds_alone(translator, sources, beam)
            found.setdefault(name, Runs()).rates.append(1000 * statistics.median(seconds))
        for name, timing in peers.translate(sources, beam=beam, alone=True):
            median = 1000 * statistics.median(timing.seconds)
            found.setdefault(name, Runs()).rates.append(median)
    return found


def rows(
    what: str, found: dict[str, Runs], first: Sequence[str], *, less: bool
) -> list[dict[str, Any]]:
    """Return rows of the table: each system, and for peers the ratio of each first system to them.

    Args:
        what: What was measured, such as "beam 5".
        found: Measurements by system.
        first: Names of this toolkit's systems.
        less: True if less is better, as with milliseconds.
    """
    table = []
    for name, runs in found.items():
        digits = 2 if less else 0
        row: dict[str, Any] = {
            "what": f"{what}, {name}",
            "median": round(statistics.median(runs.rates), digits),
            "runs": [round(rate, digits) for rate in runs.rates],
            **runs.notes,
        }
        if name not in first:
            for ours in first:
                pairs = zip(found[ours].rates, runs.rates, strict=True)
                ratio = statistics.median(b / a if less else a / b for a, b in pairs)
                row[f"{ours} is faster by"] = round(ratio, 2)
        table.append(row)
    return table


def _note(
    found: dict[str, Runs], name: str, rate: float, texts: Sequence[str], references: Sequence[str]
) -> None:
    runs = found.setdefault(name, Runs())
    runs.rates.append(rate)
    if not runs.notes:
        score = sacrebleu.corpus_bleu(list(texts), [list(references)]).score
        length = sum(map(len, texts)) / sum(map(len, references))
        runs.notes.update({"bleu": round(score, 2), "length": round(length, 3)})
