"""Terms that a glossary demands in the translation of a text, and whether it has them."""

from __future__ import annotations

from collections.abc import Sequence

from seq2seq.documents.glossary import Entry, Glossary
from seq2seq.documents.plurals import in_number, plural
from seq2seq.documents.term_matching import occurs
from seq2seq.translation.values import MAX_CONSTRAINT, MAX_TERMS, Term


def terms_of(entries: Sequence[Entry], text: str, language: str) -> tuple[Term, ...]:
    """Return the terms of a text, no more than can be searched for.

    Args:
        entries: Entries of the glossary whose source occurs in the text.
        text: The text.
        language: Code of the target language, "" if unknown.
    """
    terms: list[Term] = []
    room = MAX_CONSTRAINT
    for entry in entries[:MAX_TERMS]:
        target = in_number(entry.target, entry.source, text, language)
        room -= len(target)
        if room >= 0:
            terms.append(Term(target, entry.source))
    return tuple(terms)


def target_forms(glossary: Glossary, language: str) -> list[str]:
    """Return all that a glossary may demand in a translation: its target terms and their plurals.

    Args:
        glossary: The glossary.
        language: Code of the target language, "" if unknown.
    """
    forms: dict[str, None] = {}
    for entry in glossary.entries:
        forms[entry.target] = None
        forms[plural(entry.target, entry.source, language)] = None
    return list(forms)


def uses(translation: str, entry: Entry) -> bool:
    """Return whether a translation has the target term of an entry."""
    return occurs(entry.target, translation) or entry.target in translation
