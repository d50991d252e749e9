"""Scripts by Unicode ranges."""

from __future__ import annotations

import re
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from seq2seq.text_steps.scripts import RANGES, other_scripts


def test_the_ranges_ascend_and_do_not_overlap() -> None:
    ends = [code for first, last, _ in RANGES for code in (first, last)]
    assert ends == sorted(ends)


def test_the_ranges_hold_letters_of_their_script() -> None:
    named = {"Han": "(CJK|IDEOGRAPH)", "Kana": "KATAKANA"}
    for first, last, script in RANGES:
        codes = range(first, min(last, first + 0x2000) + 1)
        names = [unicodedata.name(chr(code), "") for code in codes]
        pattern = named.get(script, script.upper())
        assert any(re.search(pattern, name) for name in names), script


def test_latin_text_counts_nowhere() -> None:
    latin = "".join(map(chr, [*range(0x370), *range(0x1E00, 0x1F00)]))
    assert not other_scripts(latin)


def test_chinese_characters_beside_japanese_syllables_are_japanese() -> None:
    assert other_scripts("駅は") == {"Kana": 4}
    assert other_scripts("车站") == {"Han": 4}
    assert other_scripts("Где the") == {"Cyrillic": 3}


@given(st.text())
def test_counts_of_parts_add_up_unless_syllables_are_beside(text: str) -> None:
    assert other_scripts(text + text).total() == 2 * other_scripts(text).total()
