"""Use of the terms of a glossary in the translations of a test set."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from seq2seq.documents.glossary import Entry, Glossary
from seq2seq.reports.term_table import TermUse
from seq2seq.translation.glossary_terms import uses


def term_use(
    glossary: Glossary,
    sources: Sequence[str],
    hypotheses: Sequence[str],
    baseline: Sequence[str] | None = None,
) -> list[TermUse]:
    """Count how many sentences with the source of a term have its target in their translation.

    Args:
        glossary: The terms.
        sources: N source sentences.
        hypotheses: Their translations.
        baseline: The baseline's translations, if there is a baseline.

    Returns:
        The terms that occur, those that are missed most often first.
    """
    found: Counter[Entry] = Counter()
    used: Counter[Entry] = Counter()
    used_by_baseline: Counter[Entry] = Counter()
    for place, source in enumerate(sources):
        entries = glossary.find(source)
        found.update(entries)
        used.update(entry for entry in entries if uses(hypotheses[place], entry))
        if baseline is not None:
            used_by_baseline.update(entry for entry in entries if uses(baseline[place], entry))
    terms = [
        TermUse(
            entry.source,
            entry.target,
            count,
            used[entry],
            None if baseline is None else used_by_baseline[entry],
        )
        for entry, count in found.items()
    ]
    return sorted(terms, key=lambda one: (-one.missed, -one.sentences, one.source))
