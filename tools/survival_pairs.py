"""Find literals that stand on both sides of real pairs: URLs, paths, code, numbers and others."""

from __future__ import annotations

import gzip
import re
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

PATTERNS = {
    "url": r"https?://[^\s<>\"“”«»(){}\]]+[\w/]",
    "mail": r"\b[\w.+-]{1,60}@[\w-]+(?:\.[\w-]+)+\b",
    "snippet": r"`[^`\s][^`]{0,60}`",
    "tag": r"</?[a-zA-Z][\w-]*(?: [a-z]+=[\"'][^\"'<>]*[\"'])*/?>",
    "winpath": r"\b[A-Z]:\\[\w\\.-]*\w",
    "path": r"(?<![\w/.:~-])(?:~|\.{1,2})?/[\w.+-]+(?:/[\w.+*-]+)*[\w*]",
    "call": r"\b[a-zA-Z_][\w.]*\(\)",
    "flag": r"(?<![\w-])--[a-z][\w-]*\w(?:=\w+)?",
    "place": r"%(?:\d\$)?(?:\(\w+\))?[sdifu]\b|\{\{? ?\w* ?\}?\}|\$\{\w+\}|&[a-z]+;",
    "handle": r"(?<![\w@/])@[a-zA-Z]\w+",
    "hashtag": r"(?<![\w#&])#[^\W\d_]\w+",
    "file": r"\b[\w-]+\.(?:py|txt|conf|h|js|xml|html|json|sh|css|yaml|md|php|ini|log|png|svg)\b",
    "version": r"\bv?\d+(?:\.\d+){2,}\b",
    "name": r"\$[a-zA-Z]\w+|\b[a-zA-Z0-9]+(?:_[a-zA-Z0-9]+)+\b|\b[a-z]+[A-Z]\w+\b",
    "ref": r"\b0x[0-9a-fA-F]+\b|\b[A-Z]{2,}\d*-\d+\b",
    "date": r"\b\d{4}-\d\d-\d\d\b|\b\d{1,2}/\d{1,2}/\d{2,4}\b",
    "time": r"\b\d{1,2}:\d\d(?::\d\d)?\b",
    "percent": r"\b\d+(?:[.,]\d+)? ?%(?!\w)",
    "decimal": r"(?<![\w.,-])\d+[.,]\d+(?![\w]|[.,]\d)",
    "integer": r"(?<![\w.,:/+\-−])\d+(?![\w]|[.,:/-]\w)",
}
"""Slots of literals, first match first, named as in survival_items.MAKERS where it has them."""

LITERAL = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in PATTERNS.items()))

WORTH_A_LOOK = re.compile(r"[\d_/@#<{%$`\\]|\(\)|[a-z][A-Z]|\.[a-z]")

MAX_LITERALS = 4
MIN_WORDS = 4
MAX_WORDS = 40


@dataclass(frozen=True)
class Carrier:
    """Pair of sentences around slots.

    Attributes:
        spanish: Text and, for each slot, its number.
        english: The same; the slots may come in another order.
        slots: Name of each slot.
        literals: Text that stood in each slot of a real pair; empty for a template.
    """

    spanish: tuple[str | int, ...]
    english: tuple[str | int, ...]
    slots: tuple[str, ...]
    literals: tuple[str, ...] = ()


@dataclass
class Pairs:
    """Carriers and literals of real pairs, by slot."""

    carriers: dict[str, list[Carrier]] = field(default_factory=lambda: defaultdict(list))
    literals: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))


def read_pairs(folder: Path, *, rng: Random, limit: int = 1500) -> Pairs:
    """Read every NAME.tsv.gz of a folder (Spanish, tab, English) and keep its literals.

    Args:
        folder: The folder; an empty result follows if it has no such file.
        rng: Draws what is kept where there is more than `limit`.
        limit: Maximum number of carriers for each slot.

    Returns:
        Carriers and literals.
    """
    pairs = Pairs()
    seen: dict[str, int] = defaultdict(int)
    known: dict[str, set[str]] = defaultdict(set)
    for file in sorted(folder.glob("*.tsv.gz")):
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            for line in lines:
                columns = line.rstrip("\n").split("\t")
                if len(columns) < 2 or not WORTH_A_LOOK.search(columns[0]):
                    continue
                carrier = carrier_of(columns[0], columns[1])
                if carrier is None:
                    continue
                for slot, text in zip(carrier.slots, carrier.literals, strict=True):
                    known[slot].add(text)
                    seen[slot] += 1
                    _sample(pairs.carriers[slot], carrier, seen[slot], limit, rng)
    for slot, texts in known.items():
        pairs.literals[slot] = sorted(texts)
    return pairs


def _sample(kept: list[Carrier], carrier: Carrier, seen: int, limit: int, rng: Random) -> None:
    """Keep a uniform sample of at most `limit` carriers (reservoir sampling)."""
    if len(kept) < limit:
        kept.append(carrier)
        return
    place = rng.randrange(seen)
    if place < limit:
        kept[place] = carrier


def carrier_of(spanish: str, english: str) -> Carrier | None:
    """Return the carrier of a pair, or None where its literals do not stand on both sides.

    Both sides must have the same one to four literals in the same order, each of them once, from
    four to forty words and similar lengths.
    """
    ours = list(LITERAL.finditer(spanish))
    texts = [match.group() for match in ours]
    if not 1 <= len(texts) <= MAX_LITERALS or len(set(texts)) < len(texts):
        return None
    theirs = list(LITERAL.finditer(english))
    if texts != [match.group() for match in theirs]:
        return None
    lengths = sorted((len(spanish.split()), len(english.split())))
    if lengths[0] < MIN_WORDS or lengths[1] > MAX_WORDS or lengths[1] > 1.6 * lengths[0]:
        return None
    slots = tuple(str(match.lastgroup) for match in ours)
    return Carrier(_parts(spanish, ours), _parts(english, theirs), slots, tuple(texts))


def _parts(text: str, literals: list[re.Match[str]]) -> tuple[str | int, ...]:
    """Return the text with numbers for its literals."""
    parts: list[str | int] = []
    end = 0
    for number, literal in enumerate(literals):
        parts += [text[end : literal.start()], number]
        end = literal.end()
    return (*parts, text[end:])
