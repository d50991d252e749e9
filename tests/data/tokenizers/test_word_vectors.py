"""Word vectors are read only for the words of a vocabulary; a wrong file is named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from seq2seq.data.tokenizers.word_vectors import read_vectors
from seq2seq.errors import DataError

PIECES = ["<pad>", "<unk>", "▁casa", "casa", "▁Papel", "▁papel", "▁Roma", "x"]


def write(path: Path, *lines: str) -> str:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("header", [["4 3"], []])
def test_the_words_of_the_vocabulary_get_their_vectors(header: list[str], tmp_path: Path) -> None:
    path = write(
        tmp_path / "v.txt",
        *header,
        "casa 1 0 0",
        "papel 0 2 0",
        "roma 0 0 3 ",
        "perro 9 9 9",
        "casa 5 5 5",
    )
    found = read_vectors(path, PIECES, 3)
    assert set(found) == {2, 3, 4, 5, 6}
    lengths = [float(np.linalg.norm(vector)) for vector in found.values()]
    assert np.mean(lengths) == pytest.approx(1)
    for number, direction in (
        (2, [1, 0, 0]),
        (3, [1, 0, 0]),
        (4, [0, 1, 0]),
        (5, [0, 1, 0]),
        (6, [0, 0, 1]),
    ):
        assert found[number] / np.linalg.norm(found[number]) == pytest.approx(direction)
    assert np.linalg.norm(found[4]) == pytest.approx(2 * np.linalg.norm(found[2]))


def test_a_word_in_its_own_case_takes_precedence_over_lowercase(tmp_path: Path) -> None:
    for lines in (("Papel 1 0", "papel 0 1"), ("papel 0 1", "Papel 1 0")):
        found = read_vectors(write(tmp_path / "v.txt", *lines), PIECES, 2)
        assert found[4] == pytest.approx([1, 0])
        assert found[5] == pytest.approx([0, 1])


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["perro 1 2"], "has none of the 8 words"),
        (["casa 1 2 3"], r"line 1: a word and 3 numbers; model\.embedding_size is 2"),
        (["perro 1 2", "gato 1 2", "casa 1"], "line 3: not a word and 2 numbers"),
        (
            ["perro 1 2", "casa 1 nan"],
            r"line 2: not a word and 2 numbers \(model\.embedding_size\)",
        ),
        (["perro 1 2", "casa 1 zwei"], "line 2"),
        ([], "has none"),
    ],
)
def test_a_file_that_does_not_fit_is_named(lines: list[str], words: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=words):
        read_vectors(write(tmp_path / "v.txt", *lines), PIECES, 2)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none\.txt"):
        read_vectors(str(tmp_path / "none.txt"), PIECES, 2)
