"""Sequences of ids of different lengths, held flat: two arrays instead of a Python list per sentence."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


class RaggedIds:
    """`ids` holds all sequences end to end; sequence i is ids[offsets[i]:offsets[i + 1]]."""

    def __init__(self, sequences: Sequence[Sequence[int]]) -> None:
        self.lengths: Ints = np.fromiter(map(len, sequences), np.int64, len(sequences))
        self.offsets: Ints = np.concatenate([[0], self.lengths.cumsum()]).astype(np.int64)
        self.ids = np.fromiter((i for s in sequences for i in s), np.int32, int(self.offsets[-1]))

    def __len__(self) -> int:
        return len(self.lengths)

    def padded(self, rows: Ints, width: int, *, first: int | None = None, last: int | None = None) -> Ints:
        """The sequences of `rows` as a matrix (len(rows), width), padded with 0.

        `first` is put before each sequence and `last` behind it; the width must hold them too.
        """
        lengths = self.lengths[rows]
        shift = 0 if first is None else 1
        matrix = np.zeros((len(rows), width), np.int64)
        columns = np.arange(width) - shift
        inside = (columns >= 0) & (columns < lengths[:, None])
        matrix[inside] = self.ids[(self.offsets[rows][:, None] + columns)[inside]]
        if first is not None:
            matrix[:, 0] = first
        if last is not None:
            matrix[np.arange(len(rows)), lengths + shift] = last
        return matrix

    def fingerprint(self) -> str:
        """A short digest of the content: equal for equal sequences."""
        digest = hashlib.blake2b(self.ids.tobytes(), digest_size=8)
        digest.update(self.lengths.tobytes())
        return digest.hexdigest()
