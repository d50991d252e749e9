"""Pretrained word vectors in the text format of word2vec and GloVe: one word and vector per line.

Only the vectors of words in the vocabulary are kept in memory, whatever the size of the file.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from seq2seq.data.corpus.lines import open_binary, read_lines
from seq2seq.errors import DataError
from seq2seq.text import WORD_BOUNDARY

Vectors = NDArray[np.float32]


def read_vectors(path: str, pieces: Sequence[str], size: int) -> dict[int, Vectors]:
    """Read the vectors of the words in a vocabulary.

    A piece gets the vector of its word or, if the file does not contain it, of the lowercase word.
    word2vec's first line, with two counts, is skipped.

    Args:
        path: Path of the file.
        pieces: Spelling of each id; a leading "▁" is not part of the word.
        size: Number of dimensions E.

    Returns:
        For each id that has one, its vector (E,). The vectors are scaled to a mean length of 1, as
        newly initialized embeddings are.

    Raises:
        DataError: If the file cannot be read, its vectors have another size, or it contains none of
            the words. The message names the file and the line.
    """
    exact: dict[str, list[int]] = {}
    lower: dict[str, list[int]] = {}
    for number, piece in enumerate(pieces):
        word = piece.removeprefix(WORD_BOUNDARY)
        exact.setdefault(word, []).append(number)
        lower.setdefault(word.lower(), []).append(number)
    found: dict[int, Vectors] = {}
    folded: dict[int, Vectors] = {}
    with open_binary(path) as stream:
        for line_number, line in enumerate(read_lines(stream), start=1):
            fields = len(line.text.split())
            if line_number == 1 and fields == 2:
                continue
            if line_number <= 2 and fields != size + 1:
                raise DataError(
                    f"{path}, line {line_number:,}: a word and {fields - 1} numbers; "
                    f"model.embedding_size is {size}"
                )
            word, *numbers = line.text.rstrip(" ").rsplit(" ", size)
            if word not in exact and word not in lower:
                continue
            vector = _vector(path, line_number, numbers, size)
            for ids, known in ((exact.get(word, ()), found), (lower.get(word, ()), folded)):
                for number in ids:
                    known.setdefault(number, vector)
    vectors = folded | found
    if not vectors:
        raise DataError(f"{path}: has none of the {len(pieces):,} words of the vocabulary")
    length = float(np.mean([np.linalg.norm(vector) for vector in vectors.values()])) or 1.0
    return {number: vector / np.float32(length) for number, vector in vectors.items()}


def _vector(path: str, line: int, numbers: list[str], size: int) -> Vectors:
    try:
        vector = np.array(numbers, np.float32)
    except ValueError:
        vector = np.zeros(0, np.float32)
    if len(vector) != size or not np.isfinite(vector).all():
        raise DataError(
            f"{path}, line {line:,}: not a word and {size} numbers (model.embedding_size)"
        )
    return vector
