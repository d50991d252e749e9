"""Segments of a text, and their translations joined again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from seq2seq.text_steps.steps import Prepared
from seq2seq.translation.segments import Segment, join_segments, segment
from seq2seq.translation.values import Alternative, Source, Translation


def segments_of(text: str, longest: int = 100, **constraints: str) -> list[Segment]:
    return segment(Source(text, **constraints), prepare=Prepared, longest=longest, length=len)


def echoed(segments: list[Segment]) -> list[Translation]:
    """Return translations that repeat their sources."""
    return [
        Translation(
            one.source.text,
            (Alternative(one.source.text, -1.0, -2.0),) if one.source.text.strip() else (),
        )
        for one in segments
    ]


@given(st.text(st.sampled_from("aB.!? \n¿,0"), max_size=60), st.integers(3, 40))
def test_segments_give_the_text_back(text: str, longest: int) -> None:
    parts = segments_of(text, longest)
    assert "".join(one.source.text + one.space for one in parts) == text


def test_a_long_sentence_is_cut_and_nothing_is_dropped() -> None:
    text = "one two three, four five six; seven eight nine " * 5
    parts = segments_of(text, 30)
    assert all(len(one.source.text) <= 30 for one in parts)
    assert join_segments(text, parts, echoed(parts), nbest=1).text.split() == text.split()


def test_line_breaks_stay_and_other_white_space_becomes_a_space() -> None:
    text = "One.   Two.\n\nThree.\n- Four"
    parts = segments_of(text)
    joined = join_segments(text, parts, echoed(parts), nbest=1)
    assert joined.text == "One. Two.\n\nThree.\n- Four"


def test_a_prefix_belongs_to_the_first_sentence_that_is_not_blank() -> None:
    parts = segments_of("\nOne. Two.", prefix="Uno")
    assert [one.source.prefix for one in parts] == ["", "Uno", ""]


def test_alignments_count_the_words_of_the_whole_text() -> None:
    segments = [
        Segment(Source("a b."), Prepared("a b."), "  "),
        Segment(Source(""), Prepared("")),
        Segment(Source("c"), Prepared("c")),
    ]
    parts = [
        Translation("a b.", (Alternative("x y", -1.0, -2.0, ((1, 0), (0, 1))),)),
        Translation("", ()),
        Translation("c", (Alternative("z", -3.0, -4.0, ((0, 0),)),), cut=True),
    ]
    found = join_segments("a b.  c", segments, parts, nbest=1)
    assert found == Translation(
        "a b.  c", (Alternative("x y z", -4.0, -6.0, ((1, 0), (0, 1), (2, 2))),), cut=True
    )


def test_a_text_without_letters_and_digits_is_copied() -> None:
    assert Segment(Source("- …"), Prepared("- …")).is_copied
    assert not Segment(Source("- …"), Prepared("- …"), raw=True).is_copied
    assert not Segment(Source("…", terms=("a",)), Prepared("…")).is_copied
    assert not Segment(Source("5"), Prepared("5")).is_copied
