"""Error rates of pronunciations: the nearest reference counts, in any order of the references."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.metrics.error_rates import edits
from seq2seq.metrics.scores import measure
from tests.support.examples import few

NAMES = ("phoneme error rate", "word error rate")
PHONEMES = st.lists(st.sampled_from(["AH0", "T", "S"]), max_size=6)
WORDS = st.lists(st.tuples(PHONEMES, st.lists(PHONEMES, min_size=1, max_size=3)), min_size=1)


def rates(hypotheses: list[str], references: list[list[str]], **options: bool) -> list[float]:
    measured = measure(hypotheses, references, metrics=NAMES, **options)
    return [measured[name].value for name in NAMES]


def test_the_nearest_reference_counts() -> None:
    references = [["T AH0 P ER0"], ["IH2 M P AH0 L S", "IH2 M P AH1 L S"]]
    assert rates(["T AH0 P ER0", "IH2 M P AH1 L S"], references) == [0, 0]
    assert rates(["T AH0 ER0", "IH2 M P AH1 L"], references) == pytest.approx([20, 100])
    assert rates(["", "IH2 M P AH1 L S"], references) == pytest.approx([40, 50])


def test_of_equally_near_references_the_longest_counts() -> None:
    for choices in (["A", "A B C"], ["A B C", "A"]):
        assert rates(["A B"], [choices]) == pytest.approx([100 / 3, 100])


def test_case_and_spaces() -> None:
    assert rates(["t  ah0 "], [["T AH0"]]) == [100, 100]
    assert rates(["t  ah0 "], [["T AH0"]], lowercase=True) == [0, 0]
    assert rates([""], [[""]]) == [0, 0]
    assert rates(["T"], [[""]]) == [100, 100]


@given(PHONEMES, PHONEMES, PHONEMES)
@few(60)
def test_edits_are_a_distance(one: list[str], other: list[str], third: list[str]) -> None:
    assert edits(one, one) == 0
    assert edits(one, other) == edits(other, one) >= abs(len(one) - len(other))
    assert (edits(one, other) == 0) == (one == other)
    assert edits(one, third) <= edits(one, other) + edits(other, third)
    assert edits([*one, "X"], other) <= edits(one, other) + 1


@given(WORDS)
@few(40)
def test_more_references_never_cost_edits_and_their_order_does_not_matter(
    words: list[tuple[list[str], list[list[str]]]],
) -> None:
    hypotheses = [" ".join(given) for given, _ in words]
    references = [[" ".join(one) for one in choices] for _, choices in words]
    first = measure(hypotheses, [choices[:1] for choices in references], metrics=NAMES)
    every = measure(hypotheses, references, metrics=NAMES)
    turned = measure(hypotheses, [choices[::-1] for choices in references], metrics=NAMES)
    for name in NAMES:
        assert every[name].totals[0] <= first[name].totals[0]
        assert every[name].totals == turned[name].totals
