"""Changes of a source text that should hardly change its translation.

A change draws from several forms (other URLs, other emoji, other tags) with the generator it is
given. If it adds something, or removes something that the translation may lack too, it also says
what to strip from translations and references before they are compared.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from survival_items import emoji, tags, url

CAPITALS_BAR = 85.0
"""Minimum percentage of the plain BLEU for text in capitals."""

TITLE_BAR = 90.0
"""Minimum percentage of the plain BLEU for title case."""

DECORATION_BAR = 92.0
"""Minimum percentage of the plain BLEU for text with a decoration."""

LOCALES = {"es": "es_ES", "en": "en_GB"}
"""Locale of URLs and emoji by source language."""

ACCENTS = dict.fromkeys(map(ord, "\u0301\u0308"))
"""Acute accent and diaeresis, to be deleted. The tilde of ñ is part of the letter."""

INVERTED_MARKS = dict.fromkeys(map(ord, "¿¡"))
"""Marks that open a question or an exclamation, to be deleted."""

FINAL_MARK = re.compile(r"[.!?…]+$")
FINAL_STOP = re.compile(r"[.…]+\s*$")
FIRST_LETTER = re.compile(r"(?<!\S)([^\w\s]*)(\w)")

ANY_QUOTES = re.compile('["“”„‟«»]')
"""Double quotes of any form: a translation may have those of its own language."""

ANY_BULLET = re.compile(r"(?<!\S)[-–—•·▪◦‣*](?!\S)|^[-–—•·▪◦‣*]")
"""Bullets between spaces or at the beginning of the text, but no hyphens inside words."""

ANY_HASHES = re.compile("#+")
ANY_EMPHASIS = re.compile("[*_]+")


@dataclass(frozen=True)
class Changed:
    """Changed source, and what to strip from its translation and reference, if anything."""

    text: str
    strip: re.Pattern[str] | None = None


@dataclass(frozen=True)
class Change:
    """Kind of change.

    Attributes:
        name: Name in the table.
        make: Function that changes a text.
        bar: Minimum percentage of the plain BLEU, or None.
        fold_case: True if case is ignored in translations and references.
        decorates: True if the change adds something to the text.
        languages: Source languages that it makes sense for.
    """

    name: str
    make: Callable[[str, Random, str], Changed]
    bar: float | None = None
    fold_case: bool = False
    decorates: bool = False
    languages: tuple[str, ...] = ("es", "en")


def stripped(text: str, pattern: re.Pattern[str] | None) -> str:
    """Return the text without what matches the pattern and without the white space around it.

    Args:
        text: Translation or reference.
        pattern: What to strip; None returns the text as it is.
    """
    return text if pattern is None else tidy(pattern.sub(" ", text))


def tidy(text: str) -> str:
    """Return the text with single spaces, and none before a closing mark or after an opening one.

    sacreBLEU's tokenization does not see the difference.
    """
    text = " ".join(text.split())
    return re.sub(r"(?<=[¿¡(]) | (?=[.,;:!?…)])", "", text)


def title_case(text: str) -> str:
    """Return the text with a capital at the beginning of each word."""
    return FIRST_LETTER.sub(lambda match: match[1] + match[2].upper(), text)


def without_accents(text: str) -> str:
    """Return the text without acute accents and diaereses."""
    bare = unicodedata.normalize("NFD", text).translate(ACCENTS)
    return unicodedata.normalize("NFC", bare)


def before_final_mark(text: str, addition: str) -> str:
    """Return the text with an addition before its final mark, or at its end if it has none."""
    mark = FINAL_MARK.search(text)
    place = mark.start() if mark else len(text)
    return text[:place] + addition + text[place:]


def _exactly(*pieces: str) -> re.Pattern[str]:
    """Return a pattern that matches the pieces wherever they stand."""
    return re.compile("|".join(re.escape(piece) for piece in pieces))


def _every(change: Callable[[str], str]) -> Callable[[str, Random, str], Changed]:
    """Return a change that is the same for any random numbers and strips nothing."""
    return lambda text, rng, locale: Changed(change(text))


def _quoted(*forms: str) -> Callable[[str, Random, str], Changed]:
    """Return a change that puts quotes around the text; some leave a final stop outside."""

    def make(text: str, rng: Random, locale: str) -> Changed:
        opening, closing = rng.choice(forms).split("…")
        outside = rng.random() < 0.5 and text.endswith(".") and not text.endswith("..")
        inner = text[:-1] if outside else text
        return Changed(opening + inner + closing + ("." if outside else ""), ANY_QUOTES)

    return make


def _around(forms: str, strip: re.Pattern[str]) -> Callable[[str, Random, str], Changed]:
    """Return a change that puts the same sign before and after the text."""

    def make(text: str, rng: Random, locale: str) -> Changed:
        sign = rng.choice(forms.split())
        return Changed(sign + text + sign, strip)

    return make


def _begun(forms: str, strip: re.Pattern[str]) -> Callable[[str, Random, str], Changed]:
    """Return a change that begins the text with a sign and a space."""
    return lambda text, rng, locale: Changed(f"{rng.choice(forms.split())} {text}", strip)


def _emoji_at_end(text: str, rng: Random, locale: str) -> Changed:
    sign = emoji(rng, locale)
    return Changed(text + rng.choice(["", " ", " "]) + sign, _exactly(sign))


def _emoji_at_start(text: str, rng: Random, locale: str) -> Changed:
    sign = emoji(rng, locale)
    return Changed(f"{sign} {text}", _exactly(sign))


def _url_after(text: str, rng: Random, locale: str) -> Changed:
    address = url(rng, locale)
    return Changed(f"{text} {address}", _exactly(address))


def _url_before_mark(text: str, rng: Random, locale: str) -> Changed:
    address = url(rng, locale)
    return Changed(before_final_mark(text, f" {address}"), _exactly(address))


def _tagged(text: str, rng: Random, locale: str) -> Changed:
    opening, closing = tags(rng, locale)
    return Changed(opening + text + closing, _exactly(opening, closing))


def _broken(text: str, rng: Random, locale: str) -> Changed:
    tag = rng.choice(["<br/>", "<br>", "<br />", "<hr/>"])
    return Changed(text + rng.choice(["", " "]) + tag, _exactly(tag))


def _unstopped(text: str, rng: Random, locale: str) -> Changed:
    return Changed(FINAL_STOP.sub("", text) or text, FINAL_STOP)


def _decoration(
    name: str, make: Callable[[str, Random, str], Changed], bar: float | None = DECORATION_BAR
) -> Change:
    return Change(name, make, bar, decorates=True)


CAPITALS = Change("ALL CAPITALS", _every(str.upper), CAPITALS_BAR, fold_case=True)
TITLE = Change("Title Case", _every(title_case), TITLE_BAR, fold_case=True)

CHANGES = (
    CAPITALS,
    TITLE,
    Change("lowercase", _every(str.lower), fold_case=True),
    _decoration("quotes “…”", _quoted("“…”", "“…”", "„…“", "”…”")),
    _decoration("quotes «…»", _quoted("«…»", "«…»", "« … »", "»…«")),
    _decoration('quotes "…"', _quoted('"…"')),
    _decoration("emoji at the end", _emoji_at_end),
    _decoration("emoji at the start", _emoji_at_start),
    _decoration("URL after the sentence", _url_after),
    _decoration("URL before the final mark", _url_before_mark),
    _decoration("tags around it, <b>…</b>", _tagged),
    _decoration("<br/> at the end", _broken),
    _decoration("bullet •", _begun("• • · ▪ ◦ ‣", ANY_BULLET)),
    _decoration("bullet -", _begun("- - – *", ANY_BULLET)),
    _decoration("heading #", _begun("# ## ###", ANY_HASHES)),
    _decoration("emphasis *…*", _around("* * _", ANY_EMPHASIS), None),
    _decoration("emphasis **…**", _around("** ** __", ANY_EMPHASIS), None),
    Change("no final stop", _unstopped),
    Change("no accents", _every(without_accents), languages=("es",)),
    Change("no ¿ and ¡", _every(lambda text: text.translate(INVERTED_MARKS)), languages=("es",)),
)
"""All changes of single texts, in the order of the table."""
