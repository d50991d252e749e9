"""Scripts and languages of the texts of one side, and the texts that do not fit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from seq2seq.text_steps.languages import UNKNOWN, identify, weights
from seq2seq.text_steps.scripts import LATIN, SYLLABLES, other_scripts

CONFIDENT = 0.95
"""Probability of another language from which a text counts as wrong."""

MIN_LETTERS = 12
"""Number of letters from which the language of a text can be told."""


@dataclass(frozen=True)
class SideLanguages:
    """Scripts and languages of one side.

    Attributes:
        scripts: Number of texts by the script of most of their letters; "" for none.
        languages: Number of texts by language, as far as it can be told.
        wrong_script: True for each text in another script than most.
        wrong_language: True for each text that is clearly in another language.
    """

    scripts: Counter[str]
    languages: Counter[str]
    wrong_script: Sequence[bool]
    wrong_language: Sequence[bool]

    @property
    def script(self) -> str:
        """Script of most texts."""
        return max(self.scripts, key=self.scripts.__getitem__, default=LATIN) or LATIN


def examine_languages(texts: Sequence[str], language: str) -> SideLanguages:
    """Find the script and language of each text.

    Args:
        texts: All texts of one side.
        language: Code of their language; "" if it is unknown.

    Returns:
        Counts, and which texts do not fit.
    """
    scripts = [script_of(text) for text in texts]
    counts = Counter(scripts)
    usual = counts.most_common(1)[0][0] if counts else LATIN
    wrong_script = [script not in ("", usual) for script in scripts]
    languages: Counter[str] = Counter()
    wrong_language = [False] * len(texts)
    if usual == LATIN:
        known = language in weights().languages
        for row, text in enumerate(texts):
            guess = identify(text)
            languages[guess.language] += 1
            wrong_language[row] = (
                known
                and guess.language not in (language, UNKNOWN)
                and guess.confidence >= CONFIDENT
                and len(text) >= MIN_LETTERS
            )
    return SideLanguages(counts, languages, wrong_script, wrong_language)


def script_of(text: str) -> str:
    """Return the script of most letters of a text, "" without letters.

    The scripts of Chinese and Japanese, which mix, count as one.
    """
    if text.isascii():
        return LATIN if any(map(str.isalpha, text)) else ""
    others = other_scripts(text)
    latin = sum(map(str.isalpha, text)) - sum(
        count / (2 if script in SYLLABLES else 1) for script, count in others.items()
    )
    if others and others.most_common(1)[0][1] > latin:
        script = others.most_common(1)[0][0]
        return "Han" if script in ("Kana", "Bopomofo") else script
    return LATIN if latin > 0 else ""
