"""Phrases to be changed in place are no parts of compounds or items."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from seq2seq.data.augmentation.separate_phrases import choose_separate_phrases
from seq2seq.text import alignment_token


class Diagonal:
    """Word aligner that links the words at the same place, and records its calls."""

    def __init__(self) -> None:
        self.calls: list[int] = []

    def links(self, sources: Sequence[str], targets: Sequence[str]) -> list[list[tuple[int, int]]]:
        self.calls.append(len(sources))
        counts = [len(alignment_token().findall(source)) for source in sources]
        return [[(place, place) for place in range(count)] for count in counts]


def chosen(text: str) -> set[str]:
    """All phrases that are chosen from a text that is its own translation."""
    pairs = [(text, text)] * 300
    aligner = Diagonal()
    found = choose_separate_phrases(pairs, range(300), draw=random.Random(1), aligner=aligner)
    assert aligner.calls == [300]
    return {text[slice(*phrase.sides[0])] for phrase in found.values()}


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ("uno dos.", {"uno", "dos", "uno dos"}),
        ("¿uno? (dos)", {"uno", "dos"}),
        ("son 1.250 casas", {"son", "casas"}),
        ("un ex-rey", {"un"}),
        ("mira https://casa.es/a-b", {"mira"}),
        ("1.250", set()),
        ("", set()),
    ],
)
def test_a_phrase_is_no_part_of_a_compound_or_an_item(text: str, phrases: set[str]) -> None:
    assert chosen(text) == phrases


def test_without_rows_nothing_is_aligned() -> None:
    aligner = Diagonal()
    found = choose_separate_phrases([("a", "b")], [], draw=random.Random(1), aligner=aligner)
    assert (found, aligner.calls) == ({}, [])
