"""Trouble with encodings: found in spoiled text, not in sound text, and undone where it can be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.data.inspection.encoding_trouble import (
    CODE_PAGE,
    CONTROL,
    ENTITIES,
    GAPS,
    LOST,
    MISREAD,
    REPLACED,
    has_unusual,
    repaired,
    trouble,
    unusual_characters,
)
from seq2seq.data.inspection.tidy import tidied

SPANISH = "¿Cómo está el niño? ¡Qué pingüino más pequeño!"
SOUND = (
    SPANISH,
    "Er trägt die Straße entlang große Äpfel – „süß“, sagte Łukasz.",
    "L’été, « Ça va ? » coûte 5 € à l'œuvre.",
    "Привет, как дела? Что нового в США?",
    "日本語の文章です。何ですか？",
    "Well... really?! See https://example.org/?q=a&b=c for AT&T.",
    "McDonald at 20 °C, H₂O, 5 m² — naïve café",
)


@pytest.mark.parametrize("text", SOUND)
def test_sound_text_has_no_trouble_and_stays(text: str) -> None:
    assert trouble(text) == ""
    assert repaired(text) == text


@pytest.mark.parametrize("encoding", ["latin-1", "mac_roman", "cp437", "cp850"])
@pytest.mark.parametrize("text", [SPANISH, SOUND[3]])
def test_utf_8_that_was_read_as_another_encoding_is_read_back(text: str, encoding: str) -> None:
    misread = text.encode().decode(encoding)
    assert trouble(misread) == MISREAD
    assert repaired(misread) == text


def test_text_that_was_read_wrongly_twice_is_read_back() -> None:
    assert repaired("niño".encode().decode("cp1252").encode().decode("cp1252")) == "niño"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Ma\ufffdana es domingo.", REPLACED),
        ("Ma?ana es domingo.", LOST),
        ("?Ad?nde vas?", LOST),
        ("ma¤ana", CODE_PAGE),
        ("maсana", CODE_PAGE),
        ("maÒana", CODE_PAGE),
        ("ma&ntilde;ana", ENTITIES),
        ("H o l a ,   T o m . ", GAPS),
        ("tab\x07le", CONTROL),
    ],
)
def test_other_trouble_is_named(text: str, kind: str) -> None:
    assert trouble(text) == kind


def test_entities_of_letters_become_letters_and_others_stay() -> None:
    assert repaired("ma&ntilde;ana &amp; &#241;") == "mañana &amp; ñ"


def test_a_letter_is_unusual_if_hardly_any_text_has_it() -> None:
    texts = ["mañana será otro día"] * 20_000 + ["escßndalo"]
    unusual = unusual_characters(texts)
    assert unusual == {"ß"}
    assert has_unusual("escßndalo", unusual)
    assert not has_unusual("mañana", unusual)
    assert not unusual_characters(texts[-10:])


@given(st.text(st.characters(exclude_categories=["Cc", "Cf", "Cs"]) | st.just("\n")))
def test_a_tidied_text_is_on_one_line_and_stays_as_it_is(text: str) -> None:
    once = tidied(text)
    assert once == " ".join(once.split())
    assert "\n" not in once
    assert tidied(once) == once
