"""Near-duplicates: texts that are equal once folded, or that share most of their letter trigrams.

MinHash (Broder 1997) proposes pairs of texts without comparing all of them: texts whose sets of
trigrams are alike agree in many minima of random hash functions. Texts that agree in a whole band
of minima are compared.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from seq2seq.data.ragged import Ints
from seq2seq.text import strip_combining

SIMILARITY = 0.8
"""Part of the trigrams of two texts that both have, from which they are near-duplicates."""

BANDS = 12
ROWS = 4
"""Bands of minima, and minima in each: of pairs with a similarity of 0.8, one in 500 is missed."""

NEIGHBORS = 20
"""Number of texts in a band with which a text is compared."""

_CHUNK = 20_000
_SEED = 1

UInts = NDArray[np.uint32]


def folded(text: str) -> str:
    """Return a text in lowercase, without accents and punctuation, and with 0 for each digit.

    A text of nothing but punctuation is returned as it is.
    """
    plain = text.casefold()
    if not plain.isascii():
        plain = unicodedata.normalize("NFKC", strip_combining(plain))
    return " ".join(_WORD.findall(_DIGIT.sub("0", plain))) or text.strip()


_WORD = re.compile(r"[^\W_]+")
_DIGIT = re.compile(r"\d")


def near_duplicates(texts: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield pairs of texts that are near-duplicates; a pair may come more than once.

    Args:
        texts: Different folded texts.

    Yields:
        Indices of two texts.
    """
    signatures = _signatures(texts)
    for band in range(BANDS):
        columns = np.ascontiguousarray(signatures[:, band * ROWS : (band + 1) * ROWS])
        keys = columns.view(f"V{columns.itemsize * ROWS}").ravel()
        order = np.argsort(keys, kind="stable")
        same = keys[order[1:]] == keys[order[:-1]]
        ends = np.flatnonzero(~np.append(same, False)) + 1
        starts = np.concatenate([[0], ends[:-1]])
        for bucket in np.flatnonzero(ends - starts > 1):
            yield from _alike(texts, signatures, order[starts[bucket] : ends[bucket]])


def _alike(texts: Sequence[str], signatures: UInts, rows: Ints) -> Iterator[tuple[int, int]]:
    """Yield the near-duplicates among texts that agree in a band."""
    for apart in range(1, min(len(rows), NEIGHBORS + 1)):
        first = rows[:-apart]
        second = rows[apart:]
        agree = (signatures[first] == signatures[second]).mean(1) > SIMILARITY - 0.2
        for one, other in zip(first[agree].tolist(), second[agree].tolist(), strict=True):
            if similarity(texts[one], texts[other]) >= SIMILARITY:
                yield one, other


def similarity(one: str, other: str) -> float:
    """Return the part of the trigrams of two folded texts that both have (Jaccard index)."""
    first = trigrams(one)
    second = trigrams(other)
    return len(first & second) / len(first | second)


def trigrams(text: str) -> set[str]:
    """Return the letter trigrams of a text, with a border at its beginning and its end."""
    edged = f" {text} "
    return {edged[place : place + 3] for place in range(max(1, len(edged) - 2))}


def _signatures(texts: Sequence[str]) -> UInts:
    """Return the minima (N, BANDS * ROWS) of random hash functions over the trigrams of texts."""
    random = np.random.default_rng(_SEED)
    factors = random.integers(1 << 32, size=BANDS * ROWS, dtype=np.uint32) | np.uint32(1)
    shifts = random.integers(1 << 32, size=BANDS * ROWS, dtype=np.uint32)
    found = np.empty((len(texts), BANDS * ROWS), np.uint32)
    for begin in range(0, len(texts), _CHUNK):
        part = texts[begin : begin + _CHUNK]
        hashes, starts = _hashed_trigrams(part)
        for number, (factor, shift) in enumerate(zip(factors, shifts, strict=True)):
            mixed = hashes * factor + shift
            mixed ^= mixed >> np.uint32(15)
            found[begin : begin + len(part), number] = np.minimum.reduceat(mixed, starts)
    return found


def _hashed_trigrams(texts: Sequence[str]) -> tuple[UInts, Ints]:
    """Return a number for each trigram of each text, and where each text begins."""
    joined = "".join(f" {text} " if text else "   " for text in texts)
    codes = np.frombuffer(joined.encode("utf-32-le"), np.uint32)
    lengths = np.fromiter((max(len(text), 1) + 2 for text in texts), np.int64, len(texts))
    hashes = codes[:-2] * np.uint32(0x9E3779B1)
    hashes = (hashes ^ codes[1:-1]) * np.uint32(0x85EBCA6B)
    hashes = (hashes ^ codes[2:]) * np.uint32(0xC2B2AE35)
    hashes ^= hashes >> np.uint32(13)
    ends = lengths.cumsum()
    inside = np.ones(len(codes), bool)
    inside[ends - 1] = False  # trigrams across two texts
    inside[ends - 2] = False
    counts = lengths - 2
    return hashes[inside[:-2]], counts.cumsum() - counts
