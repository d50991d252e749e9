"""Faults: what counts as one, and that oddities of a reference do not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.metrics.faults import EMPTY, FAULTS, LONG, REPEATED, SHORT, UNTRANSLATED, faults


@pytest.mark.parametrize(
    ("source", "reference", "hypothesis", "found"),
    [
        ("La casa es azul.", "The house is blue.", "The house is blue.", []),
        ("La casa es azul.", "The house is blue.", " ", [EMPTY]),
        ("  ", "", "", []),
        ("La casa es azul.", "The house is blue.", "La casa es azul.", [UNTRANSLATED]),
        ("La casa es azul.", "The house is blue.", "The casa is azul.", [UNTRANSLATED]),
        ("La casa es azul.", "The house is blue.", "The house is azul.", []),
        ("Juan vive en Madrid.", "Juan lives in Madrid.", "Juan lives in Madrid.", []),
        ("¿Tom?", "Tom?", "Tom?", []),
        ("Dijo ja ja ja.", "He said ha ha ha.", "He said ha ha ha.", []),
        ("Dijo que no.", "He said no.", "He said no no no", [REPEATED]),
        (
            "Dijo que no.",
            "He said no.",
            "he said that he said that he said that",
            [REPEATED, LONG][:1],
        ),
        ("Lo sé.", "I know it.", "I know that it I know that it", [REPEATED]),
        ("Lo sé.", "I know it.", "I know that I know that", []),
        ("Lo sé.", "I know it.", "I know . . .", []),
        ("a b c d e f", "one two three four five six", "one two", [SHORT]),
        ("a b c d e f", "one two three four", "1 2 3 4 5 6 7 8 9", [LONG]),
        ("a b", "one two three", "one", []),
        ("私は本を読みます。", "我读书。", "我我我读书。", [REPEATED]),
        ("No sé.", "我不知道这件事情。", "我不知", [SHORT]),
    ],
)
def test_faults_are_found(source: str, reference: str, hypothesis: str, found: list[str]) -> None:
    assert faults(source, [reference], hypothesis) == found
    assert faults(source, [reference, hypothesis], hypothesis) in ([], [EMPTY])


def test_each_fault_has_a_definition() -> None:
    assert set(FAULTS) == {EMPTY, UNTRANSLATED, REPEATED, SHORT, LONG}


@given(
    st.text(max_size=40),
    st.lists(st.text(max_size=40), min_size=1, max_size=3),
    st.text(max_size=80),
)
def test_whatever_is_written_has_known_faults(
    source: str, references: list[str], hypothesis: str
) -> None:
    assert set(faults(source, references, hypothesis)) <= set(FAULTS)


@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=12))
def test_repeated_phrases_are_found_at_any_position(words: list[str]) -> None:
    def repeated(tokens: list[str]) -> bool:
        sizes = range(1, len(tokens) // 2 + 1)
        return any(
            tokens[i : i + n] * times == tokens[i : i + n * times]
            for n in sizes
            for times in [3 if n < 4 else 2]
            for i in range(len(tokens) - n * times + 1)
        )

    assert (REPEATED in faults("z", ["y"], " ".join(words))) == repeated(words)
