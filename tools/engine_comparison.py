"""Comparison of the two engines on lines of text: which translations differ, and by how much."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from seq2seq import Translation, Translator
from seq2seq.config.settings import DecodingConfig
from seq2seq.data.tokenizers.vocabulary import BOS, EOS
from seq2seq.decoding.hypothesis import Hypothesis
from seq2seq.decoding.ranking import length_penalty
from seq2seq.decoding.search_trace import SearchTrace
from seq2seq.translation.constraints import Constraints
from seq2seq.translation.engines.contract import Engine, Search
from seq2seq.translation.engines.native_engine import NativeEngine
from seq2seq.translation.engines.torch_engine import TorchEngine

SEARCHES: dict[str, dict[str, object]] = {
    "greedy": {"beam": 1, "nbest": 1},
    "beam 5": {"beam": 5, "nbest": 1},
    "3 best of 5": {"beam": 5, "nbest": 3},
}
"""Settings of each search that is compared."""

WAYS = ((64, 1), (64, 2), (1, 1), (1, 2))
"""Sizes of the batches and numbers of threads of the native engine; the first one is compared with
PyTorch, and the others with it."""

NEAR_TIE = 1e-3
"""Difference of two scores below which rounding may decide between two hypotheses."""

STEPS_PER_CALL = 2000
"""Number of beginnings of translations that are scored at once."""

Key = tuple[tuple[int, ...], tuple[tuple[int, ...], ...]]
"""Source and terms of a search."""


@dataclass(frozen=True)
class Difference:
    """Line whose translations differ.

    Attributes:
        line: Number of the line, from 1.
        source: The line.
        torch: What PyTorch finds, best first.
        native: What the native engine finds.
        gap: How far the native hypotheses are behind PyTorch's of the same rank, at most, in scores
            by PyTorch.
        near_tie: True if they are not further behind than rounding allows.
    """

    line: int
    source: str
    torch: list[str]
    native: list[str]
    gap: float
    near_tie: bool


@dataclass(frozen=True)
class Compared:
    """Comparison of one search.

    Attributes:
        search: Its name in SEARCHES.
        lines: Number of lines.
        differences: Lines whose translations differ.
        unstable: For each way of computing, such as "batch 1, 2 threads", the number of lines whose
            native translations are not the same to the bit as in the first way.
    """

    search: str
    lines: int
    differences: list[Difference] = field(default_factory=list)
    unstable: dict[str, int] = field(default_factory=dict)

    @property
    def others(self) -> list[Difference]:
        """Differences that are no near-ties."""
        return [one for one in self.differences if not one.near_tie]

    @property
    def equal(self) -> float:
        """Fraction of the lines whose translations are equal."""
        return 1 - len(self.differences) / max(1, self.lines)


@dataclass(frozen=True)
class Steps:
    """Log-probabilities of the target tokens of given translations, in float32.

    Attributes:
        tokens: Number of target tokens, end tokens included.
        largest: Largest difference between the engines, in nats.
    """

    tokens: int
    largest: float


class EnginePair:
    """A model in both engines.

    Args:
        model: Model directory, or the name of a shipped model.
        dtype: Precision of the decoder's weights.
        to: Target language, for a model of several.
    """

    def __init__(self, model: str | Path, *, dtype: str = "auto", to: str = "") -> None:
        self.torch, self.native = (
            Translator.from_pretrained(model, engine=name, dtype=dtype, to=to)
            for name in ("torch", "native")
        )
        assert isinstance(self.native.engine, NativeEngine)
        assert isinstance(self.torch.engine, TorchEngine)
        self.native_engine = self.native.engine
        self.torch_engine = self.torch.engine

    @property
    def dtype(self) -> str:
        """Precision of the decoder's weights."""
        return self.native.dtype

    def compare(self, lines: Sequence[str]) -> Iterator[Compared]:
        """Compare each search on lines of text."""
        for name, decoding in SEARCHES.items():
            found: list[list[Translation]] = []
            for batch, threads in WAYS:
                self.native_engine.threads = threads
                native = self.native.with_decoding(**decoding)
                found.append(_in_batches(native, lines, batch))
            first = found[0]
            unstable = {
                f"batch {batch}, {threads} threads": _count_other(first, other)
                for (batch, threads), other in zip(WAYS[1:], found[1:], strict=True)
            }
            expected = _in_batches(self.torch.with_decoding(**decoding), lines, WAYS[0][0])
            differences = [
                self._difference(place + 1, ours, theirs, decoding)
                for place, (ours, theirs) in enumerate(zip(first, expected, strict=True))
                if _texts(ours) != _texts(theirs)
            ]
            yield Compared(name, len(lines), differences, unstable)

    def _difference(
        self, line: int, ours: Translation, theirs: Translation, decoding: dict[str, object]
    ) -> Difference:
        gap = self._gap(ours.source, decoding)
        texts = _texts(theirs), _texts(ours)
        return Difference(line, ours.source, *texts, gap, gap <= NEAR_TIE)

    def _gap(self, text: str, decoding: dict[str, object]) -> float:
        """Return how far the native hypotheses for a text are behind, in scores by PyTorch."""
        found, expected = (
            _recorded(translator, text, decoding) for translator in (self.native, self.torch)
        )
        alpha = self.torch.with_decoding(**decoding).decoding.length_penalty
        gaps = [0.0]
        for key in found.keys() & expected.keys():
            for ours, theirs in zip(found[key], expected[key], strict=False):
                if ours.tokens != theirs.tokens:
                    [total] = self.torch_engine.score([key[0]], [ours.tokens])
                    penalty = length_penalty(len(ours.tokens) + 1, alpha)
                    greedy = decoding["beam"] == 1 and not key[1]
                    gaps.append(theirs.score - (total if greedy else total / penalty))
        return max(gaps)

    @torch.inference_mode()
    def compare_steps(self, lines: Sequence[str]) -> Steps:
        """Compare the log-probability of each target token of PyTorch's own translations.

        Args:
            lines: Sources, each one sentence.

        Returns:
            The comparison; it means something in float32 only.
        """
        found: dict[Key, list[Hypothesis]] = {}
        recorder = _RecordingEngine(self.torch_engine, found)
        _with_engine(self.torch, recorder).translate_all(lines, beam=1, nbest=1)
        tokens = 0
        largest = 0.0
        for (source, _), hypotheses in found.items():
            for one in hypotheses[:1]:
                target = [*one.tokens, EOS]
                theirs = self._torch_steps(source, target)
                ours = self._native_steps(source, target)
                tokens += len(target)
                pairs = zip(ours, theirs, strict=True)
                largest = max([largest, *(abs(own - other) for own, other in pairs)])
        return Steps(tokens, largest)

    def _torch_steps(self, source: Sequence[int], target: list[int]) -> list[float]:
        """Return the log-probability of each token, by teacher forcing."""
        ids = torch.tensor([[*source, EOS]])
        inputs = torch.tensor([[BOS, *target[:-1]]])
        logits = self.torch.model(ids, torch.tensor([ids.shape[1]]), inputs)[0]
        chosen = logits.log_softmax(-1).gather(1, torch.tensor(target).unsqueeze(1))
        return [float(value) for value in chosen.squeeze(1)]

    def _native_steps(self, source: Sequence[int], target: list[int]) -> list[float]:
        """Return the log-probability of each token, by the scores of all beginnings."""
        beginnings = [target[: end + 1] for end in range(len(target))]
        sources = [[*source, EOS]] * len(beginnings)
        totals = self.native_engine.native.score(sources, beginnings, bos=BOS)
        return [after - before for before, after in zip([0.0, *totals], totals, strict=False)]


def _in_batches(translator: Translator, lines: Sequence[str], size: int) -> list[Translation]:
    starts = range(0, len(lines), size)
    batches = (translator.translate_all(lines[start : start + size]) for start in starts)
    return [translation for batch in batches for translation in batch]


def _texts(translation: Translation) -> list[str]:
    return [one.text for one in translation.alternatives]


def _count_other(first: Sequence[Translation], second: Sequence[Translation]) -> int:
    return sum(one != other for one, other in zip(first, second, strict=True))


def _recorded(
    translator: Translator, text: str, decoding: dict[str, Any]
) -> dict[Key, list[Hypothesis]]:
    """Return the hypotheses of each search for the translation of a text."""
    found: dict[Key, list[Hypothesis]] = {}
    recorder = _RecordingEngine(translator.engine, found)
    _with_engine(translator, recorder).translate_all([text], **decoding)
    return found


def _with_engine(translator: Translator, engine: Engine) -> Translator:
    """Return the translator with another engine."""
    other = translator.with_decoding()
    other.engine = engine
    return other


class _RecordingEngine(Engine):
    """Engine that keeps what another one finds."""

    def __init__(self, engine: Engine, found: dict[Key, list[Hypothesis]]) -> None:
        self.engine = engine
        self.found = found
        self.dtype = engine.dtype

    def search(self, decoding: DecodingConfig) -> Search:
        """Return a search that is recorded; see `Engine.search`."""
        own = self.engine.search(decoding)
        return _RecordingSearch(own.width, own.is_random, own.takes_terms, own, self.found)

    def score(
        self, sources: Sequence[Sequence[int]], targets: Sequence[Sequence[int]]
    ) -> list[float]:
        """Score given translations; see `Engine.score`."""
        return self.engine.score(sources, targets)


@dataclass(frozen=True)
class _RecordingSearch(Search):
    """Search that keeps what another one finds."""

    search: Search
    found: dict[Key, list[Hypothesis]]

    def __call__(
        self, sources: Sequence[Sequence[int]], constraints: Constraints, *, attention: bool
    ) -> list[list[Hypothesis]]:
        """Search for translations; see `Search.__call__`."""
        hypotheses = self.search(sources, constraints, attention=attention)
        for source, terms, own in zip(sources, constraints.terms, hypotheses, strict=True):
            self.found[tuple(source), tuple(map(tuple, terms))] = own
        return hypotheses

    def trace(
        self, source: Sequence[int], constraints: Constraints, *, attention: bool
    ) -> SearchTrace:
        """Trace a search; see `Search.trace`."""
        return self.search.trace(source, constraints, attention=attention)
