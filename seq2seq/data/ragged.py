"""Sequences of ids of different lengths, stored flat: two arrays instead of a list per sentence."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Self

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


class RaggedIds:
    """Sequences of ids, stored end to end.

    Attributes:
        ids: (sum of lengths,) all sequences; sequence i is ids[offsets[i]:offsets[i + 1]].
        lengths: (N,) length of each sequence.
        offsets: (N + 1,) start of each sequence in `ids`, and the end of the last one.
    """

    def __init__(self, sequences: Sequence[Sequence[int]]) -> None:
        lengths = np.fromiter(map(len, sequences), np.int64, len(sequences))
        self._set(
            np.fromiter((i for s in sequences for i in s), np.int32, int(lengths.sum())), lengths
        )

    def _set(self, ids: NDArray[np.int32], lengths: Ints) -> None:
        self.ids = ids
        self.lengths = lengths
        self.offsets: Ints = np.concatenate([[0], lengths.cumsum()]).astype(np.int64)

    @classmethod
    def from_arrays(cls, ids: NDArray[np.int32], lengths: Ints) -> Self:
        """Return the sequences that are stored end to end in `ids`.

        Args:
            ids: (sum of lengths,) all sequences.
            lengths: (N,) length of each sequence.
        """
        made = cls([])
        made._set(ids, lengths)
        return made

    @classmethod
    def joined(cls, parts: Sequence[RaggedIds]) -> Self:
        """Concatenate the sequences of several parts."""
        if not parts:
            return cls([])
        return cls.from_arrays(
            np.concatenate([part.ids for part in parts]),
            np.concatenate([part.lengths for part in parts]),
        )

    def take(self, rows: Ints) -> Self:
        """Return the sequences with these indices, in this order."""
        return self.from_arrays(self.ids[self.positions(rows)], self.lengths[rows])

    def positions(self, rows: Ints) -> Ints:
        """Return where the ids of the sequences with these indices are in `ids`, in this order."""
        lengths = self.lengths[rows]
        begins = np.concatenate([[0], lengths.cumsum()])[:-1]
        found: Ints = np.repeat(self.offsets[rows] - begins, lengths) + np.arange(lengths.sum())
        return found

    def __len__(self) -> int:
        return len(self.lengths)

    def padded(
        self, rows: Ints, width: int, *, first: int | None = None, last: int | None = None
    ) -> Ints:
        """Return sequences as a matrix, padded with 0.

        Args:
            rows: (R,) indices of the sequences.
            width: Number of columns W: at least the longest sequence with `first` and `last`.
            first: Id to put before each sequence, if any.
            last: Id to put after each sequence, if any.

        Returns:
            (R, W) the padded sequences.
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
        """Return a short digest of the content, equal for equal sequences."""
        digest = hashlib.blake2b(self.ids.tobytes(), digest_size=8)
        digest.update(self.lengths.tobytes())
        return digest.hexdigest()
