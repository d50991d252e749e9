"""Random samples of text for the language identifier: whole sentences, parts, words and names.

The samples have what people type and tidy text lacks: single words, missing accents, "ae" for "ä",
names in the middle, other languages, and letters at random.
"""

from __future__ import annotations

import random
import unicodedata
from dataclasses import dataclass

from language_texts import FOREIGN, LANGUAGES, Texts, Words

OTHER = len(LANGUAGES)
"""Class of a text in another language."""

NO_CLASS = -1
"""Class of a text that has no language, such as a name: all classes are equally right."""

NAMES = 0.04
"""Fraction of samples that are names."""

FOREIGN_SAMPLES = 0.15
"""Fraction of samples that are in other languages, or no language at all."""

NAMED = 0.12
"""Fraction of samples of two words or more with a name put into them."""

UNACCENTED = 0.25
"""Fraction of samples without accents."""

# fmt: off
FREQUENT_FOREIGN = (
    "ca", "cs", "da", "fi", "gl", "hu", "id", "it", "nb", "nl", "pl", "pt", "pt_BR", "ro", "sv",
    "tr",
)
# fmt: on
"""Languages whose messages are drawn three times as often as those of others."""

# fmt: off
FREQUENT_STOP_WORDS = (
    "ca", "cs", "da", "fi", "hu", "it", "nl", "pl", "pt", "ro", "sv", "tr",
)
# fmt: on
"""Languages whose stop words are drawn twice as often as those of others."""

SPANS = (1, 1, 1, 2, 2, 3, 3, 4, 5, 6)
"""Lengths of parts of sentences, each equally frequent."""

_PLAIN = str.maketrans({"ß": "ss", "œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "ı": "i", "đ": "d"})
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


@dataclass
class Samples:
    """Source of random samples.

    Attributes:
        texts: Texts to draw from.
        rng: Random numbers.
    """

    texts: Texts
    rng: random.Random

    def __post_init__(self) -> None:
        """Prepare the lists of foreign languages to choose from."""
        self.foreign = FOREIGN + FREQUENT_FOREIGN * 2
        listed = [one for one in self.texts.stop_words if one not in LANGUAGES]
        self.listed = [*listed, *FREQUENT_STOP_WORDS]

    def draw(self) -> tuple[Words, int]:
        """Return the words of a sample, and its class."""
        kind = self.rng.random()
        if kind < NAMES:
            count = self.rng.choice((1, 1, 1, 2, 2, 3))
            name = [word for _ in range(count) for word in self._name()]
            return self._varied(name, ""), NO_CLASS
        if kind < NAMES + FOREIGN_SAMPLES:
            foreign = self._foreign()
            return (unaccented(foreign) if self.rng.random() < UNACCENTED else foreign), OTHER
        index = self.rng.randrange(len(LANGUAGES))
        language = LANGUAGES[index]
        found = self._text(language)
        if len(found) > 1 and self.rng.random() < NAMED:
            place = self.rng.randrange(len(found) + 1)
            name = self._name() + (self._name() if self.rng.random() < 0.4 else [])
            found = [*found[:place], *name, *found[place:]]
        return self._varied(found, language), index

    def _text(self, language: str) -> Words:
        """Return a sentence, a part of one, a phrase or a word in a language."""
        kind = self.rng.random()
        if kind < 0.02:
            return self.rng.choice(self.texts.common[language])
        if kind < 0.12:
            return self.rng.choice(self.texts.types[language])
        if kind < 0.15:
            return self._span(self.rng.choice(self.texts.messages[language]))
        if kind < 0.18:
            return self.rng.choice(self.texts.stop_words[language])
        if kind < 0.38 and language in self.texts.general:
            return self._span(self.rng.choice(self.texts.general[language]))
        return self._span(self.rng.choice(self.texts.everyday[language]))

    def _foreign(self) -> Words:
        """Return a message, or a few frequent words, in another language; or garbled text."""
        kind = self.rng.random()
        if kind < 0.62:
            messages = self.texts.messages[self.rng.choice(self.foreign)]
            return self._span(self.rng.choice(messages))
        if kind < 0.85:
            entries = self.texts.stop_words[self.rng.choice(self.listed)]
            count = self.rng.choice((2, 3, 3, 4, 5))
            return [word for _ in range(count) for word in self.rng.choice(entries)]
        if kind < 0.925:
            sentences = self.texts.everyday[self.rng.choice(LANGUAGES)]
            return [self._shuffled(word) for word in self._span(self.rng.choice(sentences))[:6]]
        letters = "abcdefghijklmnopqrstuvwxyzasdfghjklqwertyuiop"
        lengths = [self.rng.randint(3, 10) for _ in range(self.rng.randint(1, 5))]
        return ["".join(self.rng.choices(letters, k=length)) for length in lengths]

    def _name(self) -> Words:
        """Return a name."""
        translated, people = self.texts.names
        return self.rng.choice(translated if self.rng.random() < 0.4 else people)

    def _span(self, sentence: Words) -> Words:
        """Return a sentence, or more often a part of it."""
        if self.rng.random() < 0.4:
            return sentence
        length = min(len(sentence), self.rng.choice(SPANS))
        start = self.rng.randrange(len(sentence) - length + 1)
        return sentence[start : start + length]

    def _varied(self, found: Words, language: str) -> Words:
        """Return the words, sometimes without "¿" and "¡", and sometimes without accents."""
        if self.rng.random() < 0.5:
            found = [word for word in found if word not in "¿¡"] or found
        kind = self.rng.random()
        if kind < UNACCENTED:
            return unaccented(found)
        if kind < UNACCENTED + 0.07 and language == "de":
            return [word.translate(_UMLAUTS) for word in found]
        return found

    def _shuffled(self, word: str) -> str:
        """Return the letters of a word in random order."""
        return "".join(self.rng.sample(word, len(word)))


def unaccented(found: Words) -> Words:
    """Return the words in ASCII letters, as people type them without the keys for accents."""
    text = " ".join(found)
    if text.isascii():
        return found
    plain = unicodedata.normalize("NFD", text.translate(_PLAIN))
    return "".join(letter for letter in plain if not "\u0300" <= letter <= "\u036f").split()
