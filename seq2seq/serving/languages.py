"""Languages of a request: those that it names, and the one that its texts are in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from seq2seq.serving.catalogue import Catalogue
from seq2seq.serving.errors import RequestError
from seq2seq.text_steps.language_names import find_language
from seq2seq.text_steps.languages import (
    MAX_CHARACTERS,
    OTHER,
    UNKNOWN,
    identify,
    identify_among,
)

AUTO = "auto"
"""Source language that is detected."""

MAX_TEXTS = 32
"""Number of texts that decide which language they are in."""


@dataclass(frozen=True)
class Detected:
    """Language of texts.

    Attributes:
        language: Code of the language.
        confidence: From 0, if nothing is known, to 100.
    """

    language: str
    confidence: float

    def as_json(self) -> dict[str, object]:
        """Return the object that LibreTranslate returns."""
        return {"confidence": self.confidence, "language": self.language}


def named(name: str, among: Sequence[str], what: str) -> str:
    """Return the language that a client names.

    Args:
        name: Code or name, perhaps with a region, such as "en", "English" or "EN-US".
        among: Codes to choose from.
        what: What the language is, for the error.

    Returns:
        One of the codes.

    Raises:
        RequestError: None of them is meant.
    """
    short = name[:64]
    for wanted in (short, short.replace("_", "-").partition("-")[0]):
        if wanted and (found := find_language(wanted, among=among)):
            return found
    raise RequestError(400, f"{what}: {short!r} is not supported; choose from {', '.join(among)}")


def detect(texts: Sequence[str], catalogue: Catalogue) -> Detected:
    """Return the language that texts are in, whether or not there is a model for it."""
    guess = identify(_beginning(texts))
    if guess.language not in (UNKNOWN, OTHER):
        return Detected(guess.language, round(100 * guess.confidence, 1))
    likeliest = identify_among(_beginning(texts), languages=catalogue.languages).language
    return Detected(likeliest if likeliest in catalogue.languages else catalogue.languages[0], 0.0)


def source_of(texts: Sequence[str], target: str, catalogue: Catalogue) -> Detected:
    """Return the language to translate texts from.

    Args:
        texts: The texts.
        target: Code of the target language.
        catalogue: The models.

    Returns:
        A language that is translated into the target, or the target itself if the texts are in it.
    """
    sources = catalogue.sources_of(target)
    guess = identify_among(_beginning(texts), languages=[*sources, target])
    if guess.language in {*sources, target}:
        return Detected(guess.language, round(100 * guess.confidence, 1))
    return Detected(sources[0], 0.0)


def _beginning(texts: Sequence[str]) -> str:
    return "\n".join(texts[:MAX_TEXTS])[: 4 * MAX_CHARACTERS]
