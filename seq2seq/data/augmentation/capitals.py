"""Change the case of pairs to that of text as people type it: all lowercase, titles, CAPITALS.

A corpus of sentences has hardly any capitals but those of names and of first words, so a model
trained on it cannot read "TENGO HAMBRE", and it takes "ana" for a word that is not a name.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from enum import Enum

from seq2seq.data.augmentation.aligner import Aligner
from seq2seq.data.augmentation.names import find_names
from seq2seq.data.augmentation.noise import lowercase_first_unless_name
from seq2seq.data.augmentation.phrases import Phrase
from seq2seq.data.augmentation.separate_phrases import choose_separate_phrases
from seq2seq.runtime.seeds import named_draws
from seq2seq.text import LETTERS, alignment_token
from seq2seq.text_steps.item_patterns import may_have_items
from seq2seq.text_steps.protection import protect, restore

SHORT = 3
"""Maximum number of letters of a word that stays as it is in some titles, such as "of"."""

FEW_WORDS = 2
"""Maximum number of words of a side of a pair that is not divided into phrases."""


class _Form(Enum):
    """Form that a changed pair gets."""

    LOWERCASE_BUT_FIRST = 1
    LOWERCASE = 2
    TITLE = 3
    TITLE_BUT_SHORT_WORDS = 4
    CAPITALS = 5
    CAPITALS_IN_PHRASE = 6


_WEIGHTS = {
    _Form.LOWERCASE_BUT_FIRST: 120,
    _Form.LOWERCASE: 45,
    _Form.TITLE: 50,
    _Form.TITLE_BUT_SHORT_WORDS: 25,
    _Form.CAPITALS: 30,
    _Form.CAPITALS_IN_PHRASE: 30,
}
_FORMS = tuple(_WEIGHTS)
_CUMULATIVE = tuple(itertools.accumulate(_WEIGHTS.values()))


def change_case(
    sources: Sequence[str],
    targets: Sequence[str],
    *,
    fraction: float,
    seed: int,
    aligner: Aligner,
) -> tuple[list[str], list[str]]:
    """Change the case of pairs to one that people type.

    Of the changed pairs, 40% get a source in lowercase except its first letter; the target keeps
    its capitals, so that a model learns to restore those of names. 15% get a source in lowercase,
    and a target without its first capital, unless it begins with a name. On both sides, 25% get a
    capital in every word, except in short words in a third of these; 10% are all in capitals; and
    10% have a phrase in capitals, such as "Tengo HAMBRE", "I'm HUNGRY". Items that must survive
    translation, such as URLs, keep their case.

    Args:
        sources: N source sentences.
        targets: Their N translations.
        fraction: Fraction of the pairs to change. A pair without a certain phrase stays as it is if
            a phrase is to be changed.
        seed: Random seed; the same seed gives the same pairs.
        aligner: Word aligner.

    Returns:
        N sources and N targets.
    """
    draw = named_draws("capitals", seed)
    known = find_names(targets)
    pairs = list(zip(sources, targets, strict=True))
    phrase_rows: list[int] = []
    for row, pair in enumerate(pairs):
        if draw.random() >= fraction:
            continue
        [form] = draw.choices(_FORMS, cum_weights=_CUMULATIVE)
        if form is not _Form.CAPITALS_IN_PHRASE:
            pairs[row] = _in_form(pair, form, known)
        elif all(_has_few_words(text) for text in pair):
            pairs[row] = _in_form(pair, _Form.CAPITALS, known)
        else:
            phrase_rows.append(row)
    phrases = choose_separate_phrases(pairs, phrase_rows, draw=draw, aligner=aligner)
    for row, phrase in phrases.items():
        pairs[row] = _raise_phrase(pairs[row], phrase)
    return [source for source, _ in pairs], [target for _, target in pairs]


def raise_letters(text: str) -> str:
    """Return the text in capitals, but for letters that lowercasing would not restore ("ß")."""
    raised = text.upper()
    if len(raised) == len(text) and raised.lower() == text.lower():
        return raised
    return "".join(map(_raised, text))


def lower_letters(text: str) -> str:
    """Return the text in lowercase, but for letters that `upper` would not restore ("İ")."""
    lowered = text.lower()
    if len(lowered) == len(text) and lowered.upper() == text.upper():
        return lowered
    return "".join(map(_lowered, text))


def _in_form(pair: tuple[str, str], form: _Form, known: set[str]) -> tuple[str, str]:
    source, target = pair
    match form:
        case _Form.LOWERCASE_BUT_FIRST:
            return _outside_items(source, _lower_all_but_first), target
        case _Form.LOWERCASE:
            lowered = _outside_items(source, lower_letters)
            return lowered, lowercase_first_unless_name(target, names=known)
        case _Form.TITLE:
            return _outside_items(source, _full_title), _outside_items(target, _full_title)
        case _Form.TITLE_BUT_SHORT_WORDS:
            return _outside_items(source, _title), _outside_items(target, _title)
        case _:
            return _outside_items(source, raise_letters), _outside_items(target, raise_letters)


def _raise_phrase(pair: tuple[str, str], phrase: Phrase) -> tuple[str, str]:
    """Put a phrase of a pair in capitals on both sides."""
    source, target = (
        text[:begin] + raise_letters(text[begin:end]) + text[end:]
        for text, (begin, end) in zip(pair, phrase.sides, strict=True)
    )
    return source, target


def _outside_items(text: str, change: Callable[[str], str]) -> str:
    """Change a text except for its items, such as URLs."""
    if not may_have_items(text):
        return change(text)
    protected = protect(text)
    return restore(change(protected.text), protected.items)


def _lower_all_but_first(text: str) -> str:
    first = LETTERS.search(text)
    if first is None:
        return text
    at = first.start() + 1
    return text[:at] + lower_letters(text[at:])


def _full_title(text: str) -> str:
    return _capitalize_words(text, longer_than=0)


def _title(text: str) -> str:
    return _capitalize_words(text, longer_than=SHORT)


def _capitalize_words(text: str, *, longer_than: int) -> str:
    """Begin the first word and all words longer than some length with a capital."""
    parts: list[str] = []
    end = 0
    for word in alignment_token().finditer(text):
        begin = word.start()
        if text[begin].isalpha() and (end == 0 or word.end() - begin > longer_than):
            parts += text[end:begin], _raised(text[begin])
            end = begin + 1
    return "".join([*parts, text[end:]])


def _has_few_words(text: str) -> bool:
    return len(text.split()) <= FEW_WORDS


def _raised(letter: str) -> str:
    raised = letter.upper()
    return raised if raised.lower() == letter else letter


def _lowered(letter: str) -> str:
    lowered = letter.lower()
    return lowered if lowered.upper() == letter else letter
