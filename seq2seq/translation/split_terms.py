"""Choice of the sentence that a term goes into, where a text has several."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from seq2seq.documents.term_matching import within, words_of
from seq2seq.translation.segments import Segment
from seq2seq.translation.values import Source, Term, Translation

Translate = Callable[[Sequence[Segment]], Iterable[Translation]]


def assign_terms(
    items: Sequence[Source], segmented: Sequence[list[Segment]], *, translate: Translate
) -> None:
    """Give each term of a text to one of its segments.

    A term that names its source goes into every sentence where that occurs. Any other goes into the
    sentence whose translation loses least by it: the difference between the scores with and without
    the term is the smallest.

    Args:
        items: N texts.
        segmented: Segments of each text; those of texts with terms are replaced.
        translate: Translates segments.
    """
    for item, segments in zip(items, segmented, strict=True):
        if not item.terms:
            continue
        bound = [(term, words_of(term.source)) for term in item.terms if isinstance(term, Term)]
        segments[:] = [_with_own(segment, bound) for segment in segments]
        unbound = [term for term in item.terms if isinstance(term, str)]
        if len(segments) == 1 or not unbound:
            segments[0] = _with_terms(segments[0], (*segments[0].source.terms, *unbound))
            continue
        free = list(translate(segments))
        for term in unbound:
            trials = [_with_terms(one, (*one.source.terms, term)) for one in segments]
            forced = translate(trials)
            losses = [
                before.score - after.score if before.alternatives else float("inf")
                for before, after in zip(free, forced, strict=True)
            ]
            best = losses.index(min(losses))
            segments[best] = trials[best]


def _with_own(segment: Segment, terms: Sequence[tuple[Term, list[str]]]) -> Segment:
    """Return a segment with the terms whose source words occur in it, and no others."""
    text = words_of(segment.source.text) if terms else []
    return _with_terms(segment, tuple(term for term, words in terms if within(words, text)))


def _with_terms(segment: Segment, terms: tuple[str | Term, ...]) -> Segment:
    if terms == segment.source.terms:
        return segment
    return replace(segment, source=replace(segment.source, terms=terms))
