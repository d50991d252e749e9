"""Searches for tests of engines: rules drawn at random, and what an engine takes them as."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import strategies as st

from seq2seq.config.settings import DecodingConfig
from seq2seq.translation.constraints import Constraints
from seq2seq.translation.engines.choose import describe_all, make_engine
from seq2seq.translation.engines.contract import Engine
from seq2seq.translation.engines.load_torch import load_torch
from seq2seq.translation.engines.native_engine import NativeEngine, load_native
from seq2seq.translation.engines.torch_engine import TorchEngine
from seq2seq.translation.options import TranslatorOptions

SENTENCES = 4
"""Number of sentences that rules are drawn for."""

SPELLINGS = {4: "a", 5: "ab", 6: "b", 7: "ca"}
"""Spellings of the words in constraints."""

Ids = tuple[int, ...]


def completions(begun: str) -> dict[int, str]:
    """Return the words that complete a partial word, with the characters left after each."""
    return {
        token: begun[len(text) :]
        for token, text in SPELLINGS.items()
        if text.startswith(begun) or begun.startswith(text)
    }


@dataclass(frozen=True)
class Rules:
    """Settings and constraints of a search for the translations of several sentences."""

    settings: dict[str, float]
    lengths: list[int]
    prefixes: list[Ids] = field(default_factory=lambda: [()] * SENTENCES)
    partial: list[str] = field(default_factory=lambda: [""] * SENTENCES)
    terms: list[list[Ids]] = field(default_factory=lambda: [[]] * SENTENCES)
    forbidden: list[Ids] = field(default_factory=list)
    continuing: list[int] = field(default_factory=list)

    @property
    def constraints(self) -> Constraints:
        return constraints(
            prefixes=self.prefixes,
            partial=self.partial,
            terms=self.terms,
            forbidden=self.forbidden,
            continuing=self.continuing,
        )


words = st.sampled_from(list(SPELLINGS))
phrases = st.lists(words, min_size=1, max_size=3).map(tuple)


def each(strategy: st.SearchStrategy) -> st.SearchStrategy[list]:
    return st.lists(strategy, min_size=SENTENCES, max_size=SENTENCES)


@st.composite
def rules(draw: st.DrawFn) -> Rules:
    beam = draw(st.integers(1, 6))
    settings: dict[str, float] = {
        "beam": beam,
        "nbest": draw(st.integers(1, beam)),
        "length_penalty": draw(st.sampled_from([0.0, 0.7])),
        "min_length": draw(st.sampled_from([0, 0, 3])),
        "no_repeat_ngram": draw(st.integers(0, 2)),
    }
    has_prefixes, has_terms = draw(st.sampled_from([(0, 0), (0, 0), (1, 0), (0, 1), (1, 1)]))
    some_prefix = st.lists(words, max_size=2 * has_prefixes).map(tuple)
    some_word = st.sampled_from(["", "", "a", "ab", "c", "aca"] if has_prefixes else [""])
    some_terms = st.lists(phrases, min_size=has_terms, max_size=2 * has_terms, unique=True)
    return Rules(
        settings,
        lengths=draw(each(st.integers(2, 7))),
        prefixes=draw(each(some_prefix)),
        partial=draw(each(some_word)),
        terms=draw(each(some_terms)),
        forbidden=draw(st.lists(phrases, max_size=2)),
        continuing=draw(st.lists(words, max_size=2 * (has_prefixes or has_terms), unique=True)),
    )


def constraints(
    sentences: int = SENTENCES,
    *,
    prefixes: Sequence[Sequence[int]] = (),
    partial: Sequence[str] = (),
    terms: Sequence[Sequence[Sequence[int]]] = (),
    forbidden: Sequence[Sequence[int]] = (),
    continuing: Sequence[int] = (),
) -> Constraints:
    """Return constraints on the translations of some sentences."""
    return Constraints(
        prefixes=[list(one) for one in prefixes or [()] * sentences],
        partial=list(partial or [""] * sentences),
        terms=[[list(term) for term in own] for own in terms or [()] * sentences],
        forbidden=[list(phrase) for phrase in forbidden],
        continuation_ids=lambda: frozenset(continuing),
        completions=completions,
    )


def decoding(**settings: object) -> DecodingConfig:
    """Return settings with which a translation is at most as long as its source, end included."""
    limits = {"max_length_ratio": 1.0, "max_length_extra": 0}
    return DecodingConfig.model_validate({**limits, "length_penalty": 0.0, **settings})


def engine(directory: Path, name: str, *, shortlist: bool = False, dtype: str = "auto") -> Engine:
    """Load a model into an engine."""
    return make_engine(
        describe_all([directory]),
        options=TranslatorOptions(engine=name, shortlist=shortlist, dtype=dtype),
        decoding=DecodingConfig(),
        device="cpu",
    )


def engines(directory: Path, dtype: str) -> tuple[TorchEngine, NativeEngine]:
    """Load a model into both engines."""
    described = describe_all([directory])
    options = TranslatorOptions(dtype=dtype)
    theirs = load_torch(described, options=options, device="cpu")
    return theirs, load_native(described[0], options=options)
