"""SentencePiece: any text comes back, and the vocabulary has the requested size or says why not."""

from __future__ import annotations

import itertools
import logging
import re
from pathlib import Path

import pytest
import sentencepiece
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.config.settings import TokenizerConfig
from seq2seq.data.tokenizers.base import NORMALIZATIONS, SubwordSampling, Tokenizer
from seq2seq.data.tokenizers.known_tokenizers import TOKENIZERS
from seq2seq.data.tokenizers.sentencepieces import sample_lines
from seq2seq.data.tokenizers.vocabulary import BOS, EOS, PAD, UNK
from seq2seq.errors import CheckpointError, ConfigError, DataError
from tests.support.examples import few

SUBWORD = ("bpe", "unigram", "char")
SAMPLING = ("bpe", "unigram")

LINES = [
    f"{who} {does} {what}{end}"
    for who, does, what, end in itertools.product(
        ("The old man", "A child", "Nobody", "El niño"),
        ("sees", "doesn't want", "is walking towards", "has forgotten"),
        ("the house", "three red apples", "(again) the river", "a well-known city"),
        (".", "!", ", he said.", "..."),
    )
]


def trained(name: str, lines: list[str] = LINES, **settings: object) -> Tokenizer:
    chosen = {"type": name, "vocab_size": 400, "normalization": "identity"} | settings
    return TOKENIZERS[name].train(lines, TokenizerConfig.model_validate(chosen))


@pytest.fixture(scope="module")
def tokenizers() -> dict[str, Tokenizer]:
    return {name: trained(name) for name in SUBWORD}


# Bytes to fall back on


@pytest.mark.parametrize("name", SUBWORD)
@pytest.mark.parametrize("seed", [None, 3])
@given(text=st.text(st.characters(), max_size=60))
@few(150)
def test_any_text_comes_back(
    name: str, seed: int | None, tokenizers: dict[str, Tokenizer], text: str
) -> None:
    tokenizer = tokenizers[name]
    row = tokenizer.encode([text], sampling=None if seed is None else SubwordSampling(0.3, seed))[0]
    assert not {PAD, UNK, BOS, EOS} & set(row)
    assert tokenizer.decode([row]) == [as_spelt(text)]


@pytest.fixture(scope="module")
def normalising() -> dict[tuple[str, str], Tokenizer]:
    return {
        (name, rule): trained(name, normalization=rule)
        for name in SUBWORD
        for rule in NORMALIZATIONS
    }


@pytest.mark.parametrize("name", SUBWORD)
@pytest.mark.parametrize("rule", NORMALIZATIONS)
@given(text=st.text(st.characters(), max_size=60))
@few(50)
def test_decoding_gives_the_normalized_text(
    name: str, rule: str, normalising: dict[tuple[str, str], Tokenizer], text: str
) -> None:
    tokenizer = normalising[name, rule]
    normalizer = sentencepiece.SentencePieceNormalizer(
        rule_name=rule, escape_whitespaces=False, add_dummy_prefix=False
    )
    assert tokenizer.decode(tokenizer.encode([text])) == [normalizer.normalize(as_spelt(text))]


def as_spelt(text: str) -> str:
    """Return what SentencePiece keeps: runs of line breaks, "▁" and spaces become one space."""
    one_line = " ".join(re.sub("[\ud800-\udfff]", "\ufffd", text).splitlines())
    return re.sub("[ ▁]+", " ", one_line).strip(" ")


@pytest.mark.parametrize("name", SUBWORD)
def test_without_bytes_there_are_unknowns(name: str) -> None:
    tokenizer = trained(name, vocab_size=120, byte_fallback=False)
    row = tokenizer.encode(["a 日 b"])[0]
    assert row.count(UNK) == 1
    assert tokenizer.decode([row]) == ["a <unk> b"]


# The size of the vocabulary


@pytest.mark.parametrize("name", SAMPLING)
def test_a_text_too_small_for_the_size_gets_a_smaller_one(
    name: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "seq2seq.data"):
        tokenizer = trained(name, vocab_size=30_000)
    assert 300 < tokenizer.vocab_size < 30_000
    assert "30000 requested" in caplog.text
    assert f"using {tokenizer.vocab_size}" in caplog.text


def test_a_small_set_of_characters_needs_no_warning(caplog: pytest.LogCaptureFixture) -> None:
    whole = trained("char", vocab_size=30_000)
    assert whole.vocab_size == 4 + 256 + len(set("".join(LINES)))  # including the space character
    assert not caplog.text
    assert trained("char", vocab_size=270).vocab_size == 270


@pytest.mark.parametrize("name", SAMPLING)
def test_a_size_too_small_for_the_characters_names_the_minimum(name: str) -> None:
    with pytest.raises(ConfigError) as caught:
        trained(name, vocab_size=270)
    minimum = int(re.findall(r"the minimum is (\d+)", str(caught.value))[0])
    assert trained(name, vocab_size=minimum).vocab_size == minimum


def test_very_many_lines_are_sampled_by_the_seed() -> None:
    lines = [str(number) for number in range(1000)]
    assert sample_lines(lines, 1000, seed=1) == lines
    few = sample_lines(lines, 100, seed=1)
    assert few == sample_lines(lines, 100, seed=1) != sample_lines(lines, 100, seed=2)
    assert len(set(few)) == 100
    drawn = [int(line) for seed in range(200) for line in sample_lines(lines, 100, seed)]
    assert 485 < sum(drawn) / len(drawn) < 514  # five standard errors of a fair draw: 2.9 each


def test_text_that_sentencepiece_keeps_for_itself_is_a_data_error() -> None:
    with pytest.raises(DataError, match="SentencePiece cannot learn"):
        trained("bpe", ["▅"])  # SentencePiece's character for an unknown one


# Files of other programs


def test_a_model_with_other_special_ids_is_refused(tmp_path: Path) -> None:
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(LINES),
        model_prefix=str(tmp_path / "own"),
        vocab_size=60,
        hard_vocab_limit=False,
        minloglevel=2,
    )
    with pytest.raises(
        CheckpointError, match=r"own\.model: its ids of pad, unk, bos, eos are \(-1, 0, 1, 2\)"
    ):
        TOKENIZERS["unigram"].load(tmp_path / "own.model")
