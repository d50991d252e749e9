"""Vocabulary: the cut-off, the order, and what it says of a damaged file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.data.tokenizers.vocabulary import BOS, EOS, PAD, SPECIAL_TOKENS, UNK, Vocabulary
from seq2seq.errors import CheckpointError, ConfigError


def test_special_ids_come_first() -> None:
    vocabulary = Vocabulary(["a", "b"])
    assert (PAD, UNK, BOS, EOS) == (0, 1, 2, 3)
    assert [vocabulary.token(number) for number in range(len(vocabulary))] == [
        *SPECIAL_TOKENS,
        "a",
        "b",
    ]
    assert (vocabulary.id("a"), vocabulary.id("b"), vocabulary.id("c")) == (4, 5, UNK)


def test_the_spelling_of_a_special_token_is_an_ordinary_token() -> None:
    assert [Vocabulary(["a"]).id(token) for token in SPECIAL_TOKENS] == [UNK] * 4
    assert Vocabulary(["<s>"]).id("<s>") == 4


def test_build_orders_by_count_then_token() -> None:
    tokens = ["b", "a", "c", "b", "d", "a", "e"]
    assert Vocabulary.build(tokens).tokens == ("a", "b", "c", "d", "e")
    assert Vocabulary.build(reversed(tokens)).tokens == ("a", "b", "c", "d", "e")
    assert Vocabulary.build(["z", "z", "a"]).tokens == ("z", "a")


def test_build_cuts_off_by_size_and_count() -> None:
    tokens = ["b", "a", "c", "b", "d", "a", "e", "b"]
    assert Vocabulary.build(tokens, size=6).tokens == ("b", "a")
    assert len(Vocabulary.build(tokens, size=6)) == 6
    assert Vocabulary.build(tokens, min_count=3).tokens == ("b",)
    assert Vocabulary.build(tokens, size=100, min_count=2).tokens == ("b", "a")
    with pytest.raises(ConfigError, match="the minimum is 5"):
        Vocabulary.build(tokens, size=4)


@given(tokens=st.lists(st.text(), unique=True))
def test_saved_and_loaded_is_the_same(
    tokens: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "vocabulary.json"
    Vocabulary(tokens).save(path)
    assert Vocabulary.load(path).tokens == tuple(tokens)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"vocabulary\.json: missing"):
        Vocabulary.load(tmp_path / "vocabulary.json")
    with pytest.raises(CheckpointError, match="is a directory"):
        Vocabulary.load(tmp_path)


def test_every_truncation_is_found_and_the_file_named(tmp_path: Path) -> None:
    path = tmp_path / "vocabulary.json"
    Vocabulary(["año", "b", "c"]).save(path)
    whole = path.read_bytes()
    for length in range(len(whole.rstrip())):
        path.write_bytes(whole[:length])
        with pytest.raises(CheckpointError, match=r"vocabulary\.json: "):
            Vocabulary.load(path)


@pytest.mark.parametrize(
    "content",
    [
        ["a"],
        {},
        {"format": 99, "size": 5, "tokens": ["a"]},
        {"format": 1, "size": 5},
        {"format": 1, "tokens": ["a"]},
        {"format": 1, "size": 5, "tokens": "a"},
        {"format": 1, "size": 5, "tokens": [1]},
        {"format": 1, "size": 6, "tokens": ["a", "a"]},
        {"format": 1, "size": 9, "tokens": ["a"]},
    ],
)
def test_a_file_of_another_kind_is_named(content: object, tmp_path: Path) -> None:
    path = tmp_path / "vocabulary.json"
    path.write_text(json.dumps(content))
    with pytest.raises(CheckpointError, match=r"vocabulary\.json: "):
        Vocabulary.load(path)
