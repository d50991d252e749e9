"""Names and numbers to copy are found, and those that were copied are counted."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from seq2seq.metrics.copying import Copied, copied_words


def test_names_and_numbers_on_both_sides_count() -> None:
    sources = ["In Bonn wohnen 1.234 Leute mit Anna-Lena.", "Ich war 2019 da.", "Bill und Bill"]
    references = [
        ["1.234 people live in Bonn with Anna-Lena."],
        ["I was there in 2020.", "2019 I was there."],
        ["Bill"],
    ]
    assert copied_words(sources, references, ["Bonn 1.234 Anna-Lena", "2019", "Bill"]) == Copied(
        5, 5
    )
    assert copied_words(sources, references, ["Bonn 1.235 Anna Lena", "2020", "bill"]) == Copied(
        5, 1
    )
    assert copied_words(sources, references, [""] * 3, known={"Bonn", "2019", "1.234"}) == Copied(
        2, 0
    )


def test_a_word_that_also_occurs_in_lowercase_is_no_name() -> None:
    assert copied_words(["In Rom", "drin in"], [["In Rom"], ["in it"]], ["", ""]) == Copied(1, 0)


def test_the_counts_are_printed_as_a_sentence() -> None:
    assert str(Copied(1600, 1400)) == "1,400 of 1,600 names and numbers (87.5%)"
    assert str(Copied(0, 0)) == "0 of 0 names and numbers (0.0%)"


@given(st.lists(st.tuples(st.text(), st.lists(st.text(), max_size=2), st.text()), max_size=4))
def test_any_text_is_counted_and_no_more_is_kept_than_there_is(
    rows: list[tuple[str, list[str], str]],
) -> None:
    sources, references, hypotheses = ([row[column] for row in rows] for column in range(3))
    found = copied_words(sources, references, hypotheses)  # type: ignore[arg-type]
    assert 0 <= found.kept <= found.words
    own_references = [[source] for source in sources]
    found = copied_words(sources, own_references, sources)  # type: ignore[arg-type]
    assert found.words == found.kept
