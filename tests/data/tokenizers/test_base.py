"""Defaults of the tokenizer contract: seven methods are enough for constraints and alignments."""

from __future__ import annotations

import itertools
import operator
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Self

import pytest

from seq2seq.config.settings import TokenizerConfig
from seq2seq.data.tokenizers.base import SubwordSampling, Tokenizer
from seq2seq.data.tokenizers.known_tokenizers import TOKENIZERS
from seq2seq.data.tokenizers.vocabulary import Vocabulary
from seq2seq.text import WORD_BOUNDARY

LINES = [
    " ".join(words)
    for words in itertools.product(
        ("The old man", "A child", "Nobody"),
        ("sees", "is walking towards", "has forgotten"),
        ("the house", "three red apples", "a well-known city", "the housekeeper"),
    )
]
DERIVED = ("word_ids", "split_prefix", "completions", "continuation_ids", "_spellings")


class SpaceTokenizer(Tokenizer):
    """Words between spaces: a tokenizer that has nothing but what the contract asks for."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary

    @property
    def vocab_size(self) -> int:
        return len(self.vocabulary)

    def encode(
        self, texts: Sequence[str], *, sampling: SubwordSampling | None = None
    ) -> list[list[int]]:
        return [[self.vocabulary.id(word) for word in text.split()] for text in texts]

    def detokenize(self, ids: list[int], *, unknown: Sequence[str]) -> str:
        return " ".join(self.pieces(ids))

    def pieces(self, ids: Sequence[int]) -> list[str]:
        return [self.vocabulary.token(number) for number in ids]

    def save(self, path: Path) -> None:
        self.vocabulary.save(path)

    @classmethod
    def load(cls, path: Path) -> Self:
        return cls(Vocabulary.load(path))

    @classmethod
    def train(cls, lines: Iterable[str], config: TokenizerConfig, *, seed: int = 0) -> Self:
        words = (word for line in lines for word in line.split())
        return cls(Vocabulary.build(words, size=config.vocab_size, min_count=config.min_count))


class AffixTokenizer(SpaceTokenizer):
    """Pieces of at most three letters; as in WordPiece, "##" marks one that continues a word."""

    def encode(
        self, texts: Sequence[str], *, sampling: SubwordSampling | None = None
    ) -> list[list[int]]:
        return [[self.vocabulary.id(piece) for piece in _affixes(text)] for text in texts]

    def detokenize(self, ids: list[int], *, unknown: Sequence[str]) -> str:
        return " ".join(self.pieces(ids)).replace(" ##", "").removeprefix("##")

    @classmethod
    def train(cls, lines: Iterable[str], config: TokenizerConfig, *, seed: int = 0) -> Self:
        pieces = (piece for line in lines for piece in [*_affixes(line), *line.split()])
        return cls(Vocabulary.build(pieces, size=config.vocab_size))


def _affixes(text: str) -> list[str]:
    return [
        ("##" if place else "") + word[place : place + 3]
        for word in text.split()
        for place in range(0, len(word), 3)
    ]


def made(name: str) -> Tokenizer:
    """A tokenizer without methods of its own for what the base class derives."""
    outside = {"space": SpaceTokenizer, "affix": AffixTokenizer}
    kind = outside.get(name) or TOKENIZERS[name]
    plain = type("Plain", (kind,), {derived: vars(Tokenizer)[derived] for derived in DERIVED})
    plain._spellings.attrname = "_spellings"  # type: ignore[attr-defined]
    config = TokenizerConfig(type=name if name in TOKENIZERS else "word", vocab_size=400)
    tokenizer: Tokenizer = plain.train(LINES, config)  # type: ignore[attr-defined]
    return tokenizer


@pytest.fixture(scope="module")
def tokenizers() -> dict[str, Tokenizer]:
    return {name: made(name) for name in ("space", "affix", "bpe", "unigram", "char", "word")}


@pytest.fixture(params=["space", "affix", "bpe", "unigram", "char", "word"])
def tokenizer(request: pytest.FixtureRequest, tokenizers: dict[str, Tokenizer]) -> Tokenizer:
    return tokenizers[request.param]


def test_seven_methods_are_abstract() -> None:
    assert Tokenizer.__abstractmethods__ == {
        "vocab_size",
        "encode",
        "detokenize",
        "pieces",
        "save",
        "load",
        "train",
    }


def test_words_are_counted_by_decoding(tokenizer: Tokenizer) -> None:
    for line, ids in zip(LINES, tokenizer.encode(LINES), strict=True):
        numbers = tokenizer.word_ids(ids)
        groups = itertools.groupby(zip(ids, numbers, strict=True), key=lambda pair: pair[1])
        words = [tokenizer.decode([[number for number, _ in group]])[0] for _, group in groups]
        assert [word.strip() for word in words] == line.split()
    assert tokenizer.word_ids([]) == []


@pytest.mark.parametrize("name", ["bpe", "unigram", "char", "word"])
def test_counted_words_match_a_tokenizer_with_its_own_method(
    name: str, tokenizers: dict[str, Tokenizer]
) -> None:
    for ids in tokenizers[name].encode(LINES):
        # A space that is an id of its own counts as the end of a word here, there as a beginning.
        spaces = [piece == WORD_BOUNDARY for piece in tokenizers[name].pieces(ids)]
        counted = tokenizers[name].word_ids(ids)
        known = TOKENIZERS[name].word_ids(tokenizers[name], ids)
        assert list(itertools.compress(counted, map(operator.not_, spaces))) == list(
            itertools.compress(known, map(operator.not_, spaces))
        )


@pytest.mark.parametrize("text", ["The old man se", "A child is wal", "No", "Nobody sees"])
def test_the_beginning_of_a_text_can_be_completed_to_it(tokenizer: Tokenizer, text: str) -> None:
    ids, begun = tokenizer.split_prefix(text)
    assert begun
    assert text.startswith(tokenizer.decode([ids])[0])
    for number, left in tokenizer.completions(begun).items():
        spelled = tokenizer.decode([[*ids, number]])[0]
        assert spelled.startswith(text) if not left else text.startswith(spelled)
        while left:  # an id never leads where nothing can follow
            ids_left = tokenizer.completions(left)
            assert ids_left
            left = min(ids_left.values(), key=len)
    for line in LINES:
        [whole] = tokenizer.encode([line])
        if line.startswith(text):
            assert whole[: len(ids)] == ids
            assert whole[len(ids)] in tokenizer.completions(begun)


def test_a_whole_or_unknown_word_is_not_begun(tokenizer: Tokenizer) -> None:
    for text in ("", "The old ", "The old 😀"):
        assert tokenizer.split_prefix(text) == (tokenizer.encode([text])[0], "")


def test_ids_that_continue_a_word_are_found(tokenizers: dict[str, Tokenizer]) -> None:
    assert tokenizers["space"].continuation_ids() == frozenset()
    assert tokenizers["word"].continuation_ids() == frozenset()
    affix = tokenizers["affix"]
    assert affix.continuation_ids() == {
        number
        for number in range(affix.vocab_size)
        if affix.pieces([number])[0][:2] == "##" and affix.pieces([number])[0][2].isalnum()
    }


@pytest.mark.parametrize("name", ["bpe", "unigram", "char"])
def test_derived_continuations_are_those_of_sentencepiece(
    name: str, tokenizers: dict[str, Tokenizer]
) -> None:
    known = TOKENIZERS[name].train(LINES, TokenizerConfig(type=name, vocab_size=400))
    assert known.continuation_ids() == {
        number
        for number in tokenizers[name].continuation_ids()
        if not re.fullmatch("<0x..>", known.pieces([number])[0])
    }


def test_the_vocabulary_is_spelled_once(tokenizer: Tokenizer) -> None:
    assert tokenizer._spellings is tokenizer._spellings
