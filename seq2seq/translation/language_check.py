"""Language of a segment against the language that a model translates from."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cached_property

from seq2seq.data.tokenizers.pair import TokenizerPair
from seq2seq.data.tokenizers.vocabulary import SPECIAL_TOKENS
from seq2seq.text_steps.languages import (
    MAX_CHARACTERS,
    OTHER,
    UNKNOWN,
    Guess,
    has_latin_words,
    identify,
)
from seq2seq.text_steps.scripts import LATIN, other_scripts

LANGUAGES = {"es": "Spanish", "en": "English", "fr": "French", "de": "German"}
"""English names of the languages that the identifier knows."""

SURE = 0.99
"""Probability from which another language is reported, whatever else is known."""

SURE_WORDS = 3
"""Number of words from which another language is reported, whatever else is known."""

LIKELY = 0.8
"""Probability from which another language explains a translation that may be wrong."""

KNOWN_SCRIPT = 0.02
"""Minimum fraction of pieces with characters of a script, for a vocabulary that knows it.

A vocabulary learned from text in another script has stray characters of it, but no more.
"""


@dataclass(frozen=True)
class LanguageCheck:
    """Check of the language and the script of segments.

    Attributes:
        tokenizers: Tokenizers of the model.
        name: Language of the model's sources, such as "Spanish"; "" if it is not known.
    """

    tokenizers: TokenizerPair
    name: str = ""

    @cached_property
    def code(self) -> str:
        """Code of the language; "" if the identifier does not know it."""
        wanted = self.name.strip().casefold()
        codes = [code for code, name in LANGUAGES.items() if wanted in (code, name.casefold())]
        return "".join(codes)

    def guess(self, text: str) -> Guess | None:
        """Return the language of a text; None if that of the model is not known."""
        return identify(text) if self.code else None

    def unknown_script(self, text: str) -> str:
        """Return the script of a text if the model cannot read it.

        Args:
            text: Any text.

        Returns:
            Name of the script that most of the letters are in, if the source vocabulary does not
            know it; else "".
        """
        if text.isascii():
            return ""
        if not other_scripts(text[:MAX_CHARACTERS]):
            return "" if has_latin_words(text) else self._unlisted_script(text)
        guess = identify(text)
        if guess.language == OTHER and guess.script != LATIN:
            return "" if guess.script in self.known_scripts else guess.script
        if guess.script:  # words in Latin letters
            return ""
        return self._unlisted_script(text)

    def remark(self, text: str, guess: Guess | None, *, surely: bool) -> str:
        """Return what is wrong with the language of a text, for a note to the user.

        Args:
            text: The text.
            guess: Its language (see `guess`).
            surely: If true, only another language that is beyond doubt is reported.

        Returns:
            A clause such as "looks like German, not Spanish"; "" if nothing is known to be wrong.
        """
        if guess is None or guess.language in (self.code, UNKNOWN):
            return ""
        if guess.confidence < (SURE if surely else LIKELY):
            return ""
        if surely and len(text.split()) < SURE_WORDS:
            return ""
        if guess.language == OTHER:
            return f"does not look like {LANGUAGES[self.code]}"
        return f"looks like {LANGUAGES[guess.language]}, not {LANGUAGES[self.code]}"

    def _unlisted_script(self, text: str) -> str:
        """Return the script of a text in a script that the identifier does not know.

        It is the first word of the Unicode name of the first letter. If the vocabulary has any of
        the letters, it is "".
        """
        letters = [character for character in text if character.isalpha()]
        if not letters or any(one in self.tokenizers.source_characters for one in letters):
            return ""
        script = unicodedata.name(letters[0], "unknown").split()[0].title()
        return "" if script in (LATIN, "Modifier", "Mathematical", "Fullwidth") else script

    @cached_property
    def known_scripts(self) -> frozenset[str]:
        """Scripts that the source vocabulary knows, apart from Latin."""
        source = self.tokenizers.source
        ordinary = range(len(SPECIAL_TOKENS), source.vocab_size)
        pieces = source.pieces(ordinary)
        counts: dict[str, int] = {}
        for piece in pieces:
            for script in other_scripts(piece):
                counts[script] = counts.get(script, 0) + 1
        least = KNOWN_SCRIPT * len(pieces)
        known = {script for script, count in counts.items() if count >= least}
        if "Kana" in known:  # Japanese is written in Chinese characters, too
            known.add("Han")
        return frozenset(known)
