"""Plain characters: the table of cases, and what holds for every text and vocabulary."""

from __future__ import annotations

import json
import re
import time
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from seq2seq.text_steps.invisible import EMOJI
from seq2seq.text_steps.respelling import equivalents, expansion
from seq2seq.text_steps.signs import (
    SignMap,
    plain_signs,
    plain_signs_with_spans,
    plain_target,
    with_capitals,
)

CASES = json.loads((Path(__file__).parent / "cases" / "signs.json").read_text(encoding="utf-8"))
KNOWN = {name: frozenset(characters) for name, characters in CASES["known"].items()}
SPANISH = KNOWN["spanish"]

CURIOUS = (
    "“«»’–—…\xa0\u200b\u200c\u200d\ufe0f\u20e3\u0301\u0308\u0336\u0338\u3099❤👩🏽🏴\U000e0067"
    "\U000e007fｶﾞカabceonоеНѐё1٣½²№ﬁ\u1100\u1161\u11a8가\u0915\u094d\u064b\u0653\ufe8dﺁ≠=ⒶẹΩÅ\u212b"
    "◌・─ \n\ud800"
)
texts = st.text(st.one_of(st.sampled_from(CURIOUS), st.characters()), max_size=12)
vocabularies = st.one_of(
    st.sampled_from([*KNOWN.values(), None]), st.frozensets(st.sampled_from(CURIOUS))
)


def cases(kind: str) -> pytest.MarkDecorator:
    rows = CASES[kind]
    return pytest.mark.parametrize("case", rows, ids=[row["why"] for row in rows])


@cases("signs")
def test_a_source_is_written_in_known_characters(case: dict[str, str]) -> None:
    assert plain_signs(case["text"], known=KNOWN.get(case["known"])) == case["plain"]


@cases("target")
def test_a_target_is_made_plain(case: dict[str, str]) -> None:
    assert plain_target(case["text"]) == case["plain"]


@given(texts, vocabularies)
@example("ﬁо\u20e3\u064b\u030b", SPANISH)
@example("\u1100\u0308\u1161", frozenset("\u1100\u1161"))
@example("◌\u0301\u200d\u064b\u200cn", SPANISH)
@example("№\u0336ѐÅНё", SPANISH)
def test_a_second_pass_changes_nothing(text: str, known: frozenset[str] | None) -> None:
    plain = plain_signs(text, known=known)
    assert plain_signs(plain, known=known) == plain
    assert unicodedata.is_normalized("NFC", plain)
    target = plain_target(text)
    assert plain_target(target) == target


@given(texts, vocabularies)
def test_each_character_comes_from_one_of_the_text(text: str, known: frozenset[str] | None) -> None:
    plain, offsets = plain_signs_with_spans(text, known=known)
    assert plain == plain_signs(text, known=known)
    assert len(offsets) == len(plain)
    assert offsets == sorted(offsets)
    assert set(offsets) <= set(range(len(text)))


def test_offsets_skip_what_is_removed_and_repeat_what_is_spelled_in_full() -> None:
    plain, offsets = plain_signs_with_spans("\ufeffa\u0301ﬁ…\u200bx", known=SPANISH)
    assert plain == "áfi...x"
    assert offsets == [1, 3, 3, 4, 4, 4, 6]


@given(texts)
def test_known_characters_stay(text: str) -> None:
    known = frozenset(text)
    assert plain_signs(text, known=known) == unicodedata.normalize("NFC", text) or not (
        frozenset(unicodedata.normalize("NFC", text)) <= known
    )


@given(st.text())
def test_a_target_keeps_letters_digits_and_currency(text: str) -> None:
    def content(text: str) -> list[str]:
        kept = ("L", "N", "Sc")
        return [one for one in text if unicodedata.category(one).startswith(kept)]

    assert content(plain_target(text)) == content(unicodedata.normalize("NFC", text))


def test_a_lowercase_vocabulary_can_be_given_its_capitals() -> None:
    lower = frozenset("españ óß")
    assert plain_signs("ESPAÑA", known=lower) == "ESPAÑA"
    assert plain_signs("ESPAÑÓ", known=with_capitals(lower)) == "ESPAÑÓ"
    assert plain_signs("eſpañó", known=with_capitals(lower)) == "españó"


def test_pictographs_have_no_respelling() -> None:
    """A joiner or selector depends on the pictograph before it."""
    pictographs = re.findall(f"[{EMOJI}]", "".join(map(chr, range(0x20000))))
    assert len(pictographs) > 1000
    assert not [one for one in pictographs if equivalents(one) or expansion(one)]


@pytest.mark.parametrize(
    "unit",
    ["a", "“", "\u0301\u0316", "a\u200b", "\u0915\u094d", "👩\u200d", "о", "—", "e\u0336", "1"],
)
@pytest.mark.parametrize("step", [SignMap(SPANISH), SignMap(SPANISH).with_offsets, plain_target])
def test_time_is_linear(step: Callable[[str], object], unit: str) -> None:
    step("a" + unit)
    began = time.process_time()
    step("a" + unit * 100_000)
    assert time.process_time() - began < 4
