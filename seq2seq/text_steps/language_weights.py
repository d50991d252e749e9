"""Weights of the language identifier, and the file that holds them.

The file is one line of JSON in UTF-8, a line feed, and then the weights as signed bytes: bucket by
bucket, one weight per language in the order of the header. Another class, "none of these
languages", has weight 0 everywhere and score 0. The header has these keys:

    format     "seq2seq-language-identifier 1"
    languages  the four languages
    bias       initial score per language
    scale      factor from a sum of weights to a score
    orders     lengths of the shortest and the longest n-gram
    bits       binary logarithm of the number of buckets
    threshold  probability below which the language is unknown
    crc32      CRC-32 of the bytes after the line feed
    sources    texts that the weights were trained on, with their licenses
"""

from __future__ import annotations

import json
import math
import struct
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from seq2seq.errors import DataError

FORMAT = "seq2seq-language-identifier 1"
"""Format and version in the header of the file."""

LANGUAGES = 4
"""Number of languages; the weights of a bucket are the four 16-bit lanes of one integer."""

MAX_BITS = 20
"""Maximum binary logarithm of the number of buckets in a file."""

MAX_ORDER = 6
"""Maximum length of an n-gram, so that the sum over a word of 32 characters fits 16 bits."""

_FNV_OFFSET = 2166136261
_FNV_PRIME = 16777619
_SHIFT = 128


@dataclass(frozen=True)
class Weights:
    """Weights of a linear classifier over hashed character n-grams.

    Attributes:
        languages: Codes of the languages.
        bias: Initial score per language.
        scale: Factor from a sum of weights to a score.
        orders: Lengths of the shortest and the longest n-gram.
        bits: Binary logarithm of the number of buckets.
        threshold: Probability below which the language is unknown.
        sources: Texts that the weights were trained on, with their licenses.
        packed: Weights of each bucket plus 128, in four 16-bit lanes, the first language lowest.
    """

    languages: tuple[str, ...]
    bias: tuple[float, ...]
    scale: float
    orders: tuple[int, int]
    bits: int
    threshold: float
    sources: tuple[str, ...]
    packed: Sequence[int]

    def score(self, word: str) -> tuple[int, int, int, int]:
        """Return the sum of the weights of a word's n-grams, per language."""
        found = buckets(word, orders=self.orders, bits=self.bits)
        total = sum(map(self.packed.__getitem__, found))
        shift = _SHIFT * len(found)
        return (
            (total & 0xFFFF) - shift,
            (total >> 16 & 0xFFFF) - shift,
            (total >> 32 & 0xFFFF) - shift,
            (total >> 48) - shift,
        )


def buckets(word: str, *, orders: tuple[int, int], bits: int) -> list[int]:
    """Return the bucket of each character n-gram of a word, and of the whole word.

    The word has a space on either side. The hash is 32-bit FNV-1a over code points: from
    2166136261, `hash = (hash XOR code) * 16777619 mod 2**32` per character. The bucket is
    `(hash XOR (hash >> bits)) mod 2**bits`. The whole word counts once more if it is longer than
    the longest n-gram.

    Args:
        word: Lowercase word.
        orders: Lengths of the shortest and the longest n-gram.
        bits: Binary logarithm of the number of buckets.

    Returns:
        Numbers below `2**bits`, one per n-gram.
    """
    shortest, longest = orders
    codes = [32, *map(ord, word), 32]
    hashes = [_FNV_OFFSET] * len(codes)
    found: list[int] = []
    for length in range(1, longest + 1):
        # Each hash grows by one character. Those without a character left drop out.
        grown = zip(hashes, codes[length - 1 :], strict=False)
        hashes = [(value ^ code) * _FNV_PRIME & 0xFFFFFFFF for value, code in grown]
        if length >= shortest:
            found += hashes
    if len(codes) > longest:
        whole = _FNV_OFFSET
        for code in codes:
            whole = (whole ^ code) * _FNV_PRIME & 0xFFFFFFFF
        found.append(whole)
    mask = (1 << bits) - 1
    return [(value ^ value >> bits) & mask for value in found]


def pack(rows: bytes) -> tuple[int, ...]:
    """Return the weights of each bucket as one integer of four 16-bit lanes.

    Args:
        rows: Four signed bytes per bucket.

    Returns:
        An integer per bucket. Each lane holds the weight plus 128, so that integers can be added.
    """
    lanes = bytearray(2 * len(rows))
    lanes[::2] = rows.translate(bytes((byte + _SHIFT) % 256 for byte in range(256)))
    return struct.unpack(f"<{len(rows) // LANGUAGES}Q", lanes)


def read_weights(path: Path) -> Weights:
    """Read the weights of a language identifier.

    Args:
        path: File in the format above.

    Returns:
        The weights.

    Raises:
        DataError: The file is missing, damaged or of another format.
    """
    try:
        header, _, rows = path.read_bytes().partition(b"\n")
        values = json.loads(header)
        _check(values, rows)
        return Weights(
            languages=tuple(values["languages"]),
            bias=tuple(map(float, values["bias"])),
            scale=float(values["scale"]),
            orders=(values["orders"][0], values["orders"][1]),
            bits=values["bits"],
            threshold=float(values["threshold"]),
            sources=tuple(map(str, values["sources"])),
            packed=pack(rows),
        )
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise DataError(
            f"{path}: not readable as weights of the language identifier ({error}); install "
            "seq2seq again, or run tools/train_language_identifier.py"
        ) from error


def _check(values: Any, rows: bytes) -> None:
    """Raise ValueError if a header is not valid, or does not fit the weights below it."""
    orders = values["orders"]
    languages = values["languages"]
    numbers = (*values["bias"], values["scale"], values["threshold"])
    checks = {
        f"the format is not {FORMAT!r}": values["format"] == FORMAT,
        "the checksum is wrong": values["crc32"] == zlib.crc32(rows),
        f"bits is not from 1 to {MAX_BITS}": values["bits"] in range(1, MAX_BITS + 1),
        "the number of weights is wrong": len(rows) == LANGUAGES << min(values["bits"], MAX_BITS),
        f"orders are not two of 1 to {MAX_ORDER}": [type(order) for order in orders] == [int, int]
        and 1 <= orders[0] <= orders[1] <= MAX_ORDER,
        "there are not four languages": [type(one) for one in languages] == [str] * LANGUAGES
        and len(values["bias"]) == LANGUAGES,
        "a number is not finite": all(map(math.isfinite, numbers)),
    }
    for problem, fits in checks.items():
        if not fits:
            raise ValueError(problem)


def write_weights(weights: Weights, path: Path, *, rows: bytes) -> None:
    """Write the weights of a language identifier.

    Args:
        weights: Header of the file; `packed` is not used.
        path: File to write.
        rows: Four signed bytes per bucket.
    """
    header = asdict(weights)
    del header["packed"]
    header = {"format": FORMAT, **header, "crc32": zlib.crc32(rows)}
    line = json.dumps(header, ensure_ascii=False)
    path.write_bytes(line.encode() + b"\n" + rows)
