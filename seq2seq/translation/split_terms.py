"""Choice of the sentence that a term goes into, where a text has several."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from seq2seq.translation.segments import Segment
from seq2seq.translation.values import Source, Translation

Translate = Callable[[Sequence[Segment]], Iterable[Translation]]


def assign_terms(
    items: Sequence[Source], segmented: Sequence[list[Segment]], *, translate: Translate
) -> None:
    """Give each term of a text to one of its segments.

    A term goes into the sentence whose translation loses least by it: the difference between the
    scores with and without the term is the smallest.

    Args:
        items: N texts.
        segmented: Segments of each text; those of texts with terms are replaced.
        translate: Translates segments.
    """
    for item, segments in zip(items, segmented, strict=True):
        if not item.terms:
            continue
        if len(segments) == 1:
            segments[0] = _with_terms(segments[0], item.terms)
            continue
        free = list(translate(segments))
        for term in item.terms:
            trials = [_with_terms(one, (*one.source.terms, term)) for one in segments]
            forced = translate(trials)
            losses = [
                before.score - after.score if before.alternatives else float("inf")
                for before, after in zip(free, forced, strict=True)
            ]
            best = losses.index(min(losses))
            segments[best] = trials[best]


def _with_terms(segment: Segment, terms: tuple[str, ...]) -> Segment:
    return replace(segment, source=replace(segment.source, terms=terms))
