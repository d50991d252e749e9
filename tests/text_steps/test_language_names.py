"""Names of languages: codes, names in any spelling, and tags that are no language."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.text_steps.language_names import NAMES, english_name, find_language


@pytest.mark.parametrize("code", NAMES)
def test_every_name_of_a_language_means_its_code_and_the_other_way_round(code: str) -> None:
    for name in (code, *NAMES[code]):
        assert find_language(name, among=NAMES) == code
        assert find_language(name.upper(), among=[code]) == code
        assert find_language(code, among=[name]) == name
    assert english_name(code) == NAMES[code][0]


def test_no_name_belongs_to_two_languages() -> None:
    names = [name.casefold() for names in NAMES.values() for name in names]
    assert len(set(names)) == len(names)
    assert not set(names) & set(NAMES)


@pytest.mark.parametrize(
    ("name", "tags", "found"),
    [
        ("EN", ["en", "EN"], "EN"),  # an exact tag wins
        ("English", ["en", "english"], "english"),  # then one in another case
        ("inglés", ["en", "simple"], "en"),
        ("ingles", ["English"], "English"),
        (" EN ", ["en"], "en"),
        ("Simple", ["en", "simple"], "simple"),
        ("klingon", ["en"], None),
        ("de", ["nds", "den"], None),
        ("", ["en", ""], ""),
        ("", ["en"], None),
        ("en", [], None),
    ],
)
def test_a_tag_is_found_by_its_spelling_before_its_language(
    name: str, tags: list[str], found: str | None
) -> None:
    assert find_language(name, among=tags) == found


@given(st.text(alphabet=st.characters()), st.lists(st.text(alphabet=st.characters()), max_size=4))
def test_whatever_is_found_is_one_of_the_languages(name: str, tags: list[str]) -> None:
    assert find_language(name, among=tags) in [*tags, None]
    assert find_language(name, among=[*tags, name]) == name
