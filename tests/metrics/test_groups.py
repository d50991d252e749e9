"""Every sentence is in exactly one group, and the name of the group describes it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.metrics.groups import (
    MIN_FREQUENCY,
    OTHERS,
    by_length,
    by_rare_words,
    by_value,
    count_words,
)
from seq2seq.metrics.registry import METRICS
from seq2seq.metrics.scores import measure

texts = st.lists(st.text(max_size=60), max_size=30)


@given(texts, st.dictionaries(st.text(max_size=3), st.integers(1, 9)))
def test_each_sentence_is_in_one_group_whatever_it_holds(
    sources: list[str], seen: Mapping[str, int]
) -> None:
    for groups in (
        by_length(sources)[1],
        by_rare_words(sources, seen),
        by_value(sources, max_groups=3),
    ):
        assert sorted(row for rows in groups.values() for row in rows) == list(range(len(sources)))
        assert all(rows == sorted(rows) and rows for rows in groups.values())


def test_length_is_in_words_and_its_groups_have_no_gaps() -> None:
    unit, groups = by_length([" ".join(["word"] * length) for length in range(60)])
    assert unit == "words"
    assert list(groups) == [
        "0 to 5",
        "6 to 10",
        "11 to 15",
        "16 to 20",
        "21 to 30",
        "31 to 50",
        "over 50",
    ]
    for name, lengths in list(groups.items())[:-1]:
        low, high = map(int, name.split(" to "))
        assert lengths == list(range(low, high + 1))
    assert groups["over 50"] == list(range(51, 60))


def test_length_is_in_characters_in_scripts_without_spaces() -> None:
    unit, groups = by_length(["私は 本を読みます。", "a", "今日は"])
    assert (unit, groups) == ("characters", {"0 to 10": [0, 1, 2]})


def test_a_sentence_is_as_rare_as_its_rarest_word() -> None:
    seen = count_words(["El gato", *["gato y perro"] * MIN_FREQUENCY])
    assert seen["gato"] == MIN_FREQUENCY + 1
    groups = by_rare_words(["Gato, perro", "el gato", "el zorro", "…", "perro"], seen)
    assert list(groups.values()) == [[0, 3, 4], [1], [2]]
    assert list(groups) == [
        "all words seen 5 times or more",
        "rarest word seen 1 to 4 times",
        "a word not seen in training",
    ]


def test_a_column_s_values_are_groups_the_frequent_ones_first() -> None:
    assert by_value(["b", "a", "", "b"]) == {"b": [0, 3], "a": [1], "(empty)": [2]}
    assert by_value(["a", "a", "b", "b", "c", "d"], max_groups=2) == {
        "a": [0, 1],
        "b": [2, 3],
        OTHERS: [4, 5],
    }


@pytest.mark.parametrize("metric", METRICS)
def test_a_group_scores_as_a_corpus_of_its_own(metric: str) -> None:
    hypotheses = ["the cat sat on the mat", "a small house", "we go there today", "no"]
    references = [
        ["the cat sat on a mat"],
        ["a small home", "the small house"],
        ["we go there now"],
        ["yes"],
    ]
    whole = measure(hypotheses, references, metrics=[metric])[metric]
    rows = [2, 0]
    texts = [hypotheses[row] for row in rows]
    alone = measure(texts, [references[row] for row in rows], metrics=[metric])[metric]
    assert whole.subset(rows).value == alone.value
    assert (whole.subset(rows).bootstrap_scores(20, 1) == alone.bootstrap_scores(20, 1)).all()
    assert whole.subset(range(4)).value == whole.value
