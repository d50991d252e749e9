"""Segments of a text: its sentences, prepared for the model, and the translation joined again."""

from __future__ import annotations

import heapq
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from seq2seq.text import LINE_BREAK, UNSPACED_LETTER
from seq2seq.text_steps.clauses import split_long
from seq2seq.text_steps.sentences import split_sentences
from seq2seq.text_steps.steps import Prepared
from seq2seq.translation.values import Alternative, Source, Translation

_WORD_CHARACTER = re.compile(r"[^\W_]")


@dataclass(frozen=True)
class Segment:
    """Sentence of a text, or the whole text.

    Attributes:
        source: The sentence with its constraints, as typed.
        prepared: The sentence as the model reads it.
        space: White space after the sentence.
        raw: True if the model is to read the sentence as it is, whatever it has.
        unknown_script: Script of the sentence if the model cannot read it, else "".
    """

    source: Source
    prepared: Prepared
    space: str = ""
    raw: bool = False
    unknown_script: str = ""

    @property
    def is_copied(self) -> bool:
        """True if the sentence is its own translation.

        It has no letter or digit, or it is in a script that the model cannot read.
        """
        constrained = self.source.prefix or self.source.terms
        nothing = self.unknown_script or _WORD_CHARACTER.search(self.prepared.text) is None
        return not self.raw and bool(nothing) and not constrained


@dataclass(frozen=True)
class SplitText:
    """A text and its segments.

    Attributes:
        source: The text with its constraints, cut to the maximum length.
        segments: Its segments.
        cut: True if the text was longer.
    """

    source: Source
    segments: list[Segment]
    cut: bool


def segment(
    item: Source,
    *,
    prepare: Callable[[Source], Prepared],
    longest: int,
    length: Callable[[str], int],
) -> list[Segment]:
    """Split a text into sentences, and those that are too long at clause boundaries.

    The prefix of the translation belongs to the first sentence that is not blank. Terms belong to
    the text, so that none is part of a segment (see `Translator`).

    Args:
        item: The text.
        prepare: Prepares a sentence for the model.
        longest: Maximum number of tokens of a segment.
        length: Returns the number of tokens of a sentence.

    Returns:
        The segments; joined with their white space, their sources give the text.
    """
    parts = [
        (part, space if last else inner)
        for sentence, space in split_sentences(item.text)
        for part, inner, last in _cut(sentence, longest, length)
    ]
    first = next((place for place, (part, _) in enumerate(parts) if part.strip()), 0)
    sources = [
        Source(part, item.prefix if place == first else "", to=item.to)
        for place, (part, _) in enumerate(parts)
    ]
    return [
        Segment(source, prepare(source), space)
        for source, (_, space) in zip(sources, parts, strict=True)
    ]


def _cut(sentence: str, longest: int, length: Callable[[str], int]) -> list[tuple[str, str, bool]]:
    """Return the parts of a sentence, the white space after each, and True for the last one."""
    if len(sentence) <= longest:  # a token has at least one character, but for rare ones
        return [(sentence, "", True)]
    parts = split_long(sentence, longest=longest, length=length)
    return [(part, space, place == len(parts) - 1) for place, (part, space) in enumerate(parts)]


def join_segments(
    text: str, segments: Sequence[Segment], parts: Sequence[Translation], *, nbest: int
) -> Translation:
    """Join the translations of the segments of a text.

    Line breaks between sentences stay; other white space becomes a single space.

    Args:
        text: The whole text.
        segments: Its segments.
        parts: Their translations.
        nbest: Maximum number of alternatives.

    Returns:
        A translation of the whole text. The score and the log-probability of an alternative are
        sums over the segments, and its alignment counts the words of the whole text.
    """
    if len(parts) == 1:
        return parts[0] if parts[0].source == text else replace(parts[0], source=text)
    filled = [
        (segment, part)
        for segment, part in zip(segments, parts, strict=True)
        if part.alternatives or segment.space
    ]
    if not any(part.alternatives for _, part in filled):
        return Translation(text, ())
    lists = [part.alternatives or (Alternative("", 0.0, 0.0),) for _, part in filled]
    alternatives = [
        _join(
            [one for one, _ in filled],
            [choices[rank] for choices, rank in zip(lists, ranks, strict=True)],
        )
        for ranks in _best_combinations(lists, nbest)
    ]
    worst = min(parts, key=_rank_of_doubt)
    return Translation(
        text,
        tuple(alternatives),
        any(part.cut for part in parts),
        worst.confidence,
        worst.warning,
        tuple(part for part in parts if part.alternatives),
    )


def _rank_of_doubt(part: Translation) -> float:
    """Return a number that is the lower, the less a translation can be trusted."""
    if part.confidence is None:
        return 1.0 if part.warning else 2.0
    return part.confidence


def _join(segments: Sequence[Segment], chosen: Sequence[Alternative]) -> Alternative:
    """Join one alternative of each segment."""
    links: list[tuple[int, int]] = []
    joined = ""
    space = ""
    source_words = 0
    target_words = 0
    for segment, one in zip(segments, chosen, strict=True):
        links += [(source_words + a, target_words + b) for a, b in one.alignment]
        source_words += len(segment.source.text.split())
        target_words += len(one.text.split())
        joined += (_between(joined, space, one.text) if one.text else "") + one.text
        space = segment.space if one.text else space + segment.space
    return Alternative(
        joined.strip(),
        sum(one.score for one in chosen),
        sum(one.log_probability for one in chosen),
        tuple(links),
    )


def _between(before: str, space: str, after: str) -> str:
    """Return the white space between two translations."""
    if LINE_BREAK.search(space):
        return space
    unspaced = UNSPACED_LETTER.match(after) is not None and not before[-1:].isascii()
    return "" if unspaced and not space else " "


def _best_combinations(lists: Sequence[Sequence[Alternative]], count: int) -> list[tuple[int, ...]]:
    """Return the ranks to take from n-best lists so that the sums of scores are the highest."""

    def total(ranks: tuple[int, ...]) -> float:
        return sum(choices[rank].score for choices, rank in zip(lists, ranks, strict=True))

    first = (0,) * len(lists)
    waiting = [(-total(first), first)]
    seen = {first}
    found: list[tuple[int, ...]] = []
    while waiting and len(found) < count:
        _, ranks = heapq.heappop(waiting)
        found.append(ranks)
        if len(found) == count:
            break
        for place in range(len(lists)):
            following = (*ranks[:place], ranks[place] + 1, *ranks[place + 1 :])
            if following[place] < len(lists[place]) and following not in seen:
                seen.add(following)
                heapq.heappush(waiting, (-total(following), following))
    return found
