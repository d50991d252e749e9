"""Weights of the language identifier: hashing, packing, and files that are damaged."""

from __future__ import annotations

import json
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.errors import DataError
from seq2seq.text_steps.language_weights import (
    MAX_ORDER,
    Weights,
    buckets,
    pack,
    read_weights,
    write_weights,
)
from seq2seq.text_steps.languages import MAX_WORD, WEIGHTS

MAX_SIZE = 200_000
letters = st.text(st.characters(), max_size=MAX_WORD)


def small(rows: bytes) -> Weights:
    return Weights(
        languages=("a", "b", "c", "d"),
        bias=(0.5, 0.0, -1.0, 2.0),
        scale=0.25,
        orders=(1, 3),
        bits=4,
        threshold=0.6,
        sources=("a text: CC0",),
        packed=pack(rows),
    )


ROWS = bytes(range(64))


def fnv(text: str) -> int:
    """Return the published FNV-1a hash of ASCII text, 32 bits."""
    value = 2166136261
    for byte in text.encode("ascii"):
        value = (value ^ byte) * 16777619 % 2**32
    return value


def test_the_hash_is_fnv_1a() -> None:
    assert fnv("a") == 0xE40C292C
    assert fnv("foobar") == 0xBF9CF968
    assert buckets("ab", orders=(4, 4), bits=16) == [fnv(" ab ") % 2**16 ^ fnv(" ab ") >> 16]


@given(st.text("abcxyz'", max_size=12), st.integers(1, 4), st.integers(0, 2))
def test_buckets_are_those_of_all_ngrams_and_the_word(word: str, first: int, more: int) -> None:
    text = f" {word} "
    orders = range(first, first + more + 1)
    grams = [text[at : at + n] for n in orders for at in range(len(text) - n + 1)]
    grams += [text] if len(text) > orders[-1] else []
    found = buckets(word, orders=(first, first + more), bits=16)
    assert found == [fnv(gram) % 2**16 ^ fnv(gram) >> 16 for gram in grams]


@given(letters, st.binary(min_size=64, max_size=64))
def test_packed_weights_add_up_as_the_weights_do(word: str, rows: bytes) -> None:
    weights = small(rows)
    signed = memoryview(rows).cast("b").tolist()
    found = buckets(word, orders=weights.orders, bits=weights.bits)
    expected = [sum(signed[4 * bucket + lane] for bucket in found) for lane in range(4)]
    assert list(weights.score(word)) == expected


@pytest.mark.parametrize("byte", [b"\x80", b"\x7f"])
def test_the_longest_word_with_the_largest_weights_does_not_overflow(byte: bytes) -> None:
    weights = Weights(**{**vars(small(ROWS)), "orders": (1, MAX_ORDER), "packed": pack(byte * 64)})
    count = len(buckets("x" * MAX_WORD, orders=(1, MAX_ORDER), bits=4))
    [weight] = memoryview(byte).cast("b").tolist()
    assert set(weights.score("x" * MAX_WORD)) == {weight * count}


def test_what_is_written_is_read(tmp_path: Path) -> None:
    write_weights(small(ROWS), tmp_path / "w.bin", rows=ROWS)
    assert read_weights(tmp_path / "w.bin") == small(ROWS)


def test_the_weights_of_the_package_are_small_and_name_their_sources() -> None:
    assert WEIGHTS.stat().st_size <= MAX_SIZE
    weights = read_weights(WEIGHTS)
    assert sorted(weights.languages) == ["de", "en", "es", "fr"]
    assert any("Tatoeba" in source and "CC BY 2.0 FR" in source for source in weights.sources)


@pytest.mark.parametrize(
    "change",
    [
        {"format": "another 1"},
        {"bits": 5},
        {"bits": 0},
        {"bits": 10**9},
        {"bits": "4"},
        {"bits": 4.0},
        {"bits": True},
        {"orders": [0, 3]},
        {"orders": [3, 1]},
        {"orders": [1, 99]},
        {"orders": [1]},
        {"orders": [1.0, 2.0]},
        {"orders": 3},
        {"languages": ["a", "b"]},
        {"languages": ["a", "b", "c", 4]},
        {"bias": [0, 0, 0, "x"]},
        {"bias": [0, 0, 0, float("nan")]},
        {"scale": float("inf")},
        {"scale": None},
        {"crc32": 1},
        {"threshold": []},
        {"sources": None},
    ],
    ids=str,
)
def test_a_damaged_header_is_named_in_one_line(tmp_path: Path, change: dict[str, Any]) -> None:
    header = {
        "format": "seq2seq-language-identifier 1",
        "languages": ["a", "b", "c", "d"],
        "bias": [0, 0, 0, 0],
        "scale": 1,
        "orders": [1, 3],
        "bits": 4,
        "threshold": 0.6,
        "crc32": zlib.crc32(ROWS),
        "sources": [],
    }
    path = tmp_path / "w.bin"
    path.write_bytes(json.dumps(header).encode() + b"\n" + ROWS)
    read_weights(path)
    path.write_bytes(json.dumps({**header, **change}).encode() + b"\n" + ROWS)
    with pytest.raises(DataError, match=r"w\.bin") as caught:
        read_weights(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"[]\n", b"null\n", b"\xff\n", b"{}\n", b"[" * 9999]
)
def test_another_file_is_an_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "w.bin").write_bytes(content)
    with pytest.raises(DataError, match=r"w\.bin"):
        read_weights(tmp_path / "w.bin")


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="missing"):
        read_weights(tmp_path / "missing.bin")


def test_a_file_cut_short_is_an_error(tmp_path: Path) -> None:
    content = WEIGHTS.read_bytes()
    (tmp_path / "w.bin").write_bytes(content[:-1])
    with pytest.raises(DataError, match="checksum"):
        read_weights(tmp_path / "w.bin")
