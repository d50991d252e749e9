"""Text steps of a model: from a text to what the model reads, and back.

    typed text  -> outer marks off -> items protected -> plain characters -> case marks -> model
    translation <- outer marks on  <- items restored  <- case of the line <- capitals   <- model

Outer marks are tags, emphasis marks and quotes around the whole text.

A model directory records the steps that its model was trained with (see `TokenizerPair`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from seq2seq.text_steps.case_marks import (
    CASE_MARKS,
    mark_case,
    mark_case_inside,
    restore_case,
)
from seq2seq.text_steps.letter_case import (
    LetterCase,
    in_letter_case,
    in_sentence_case,
    letter_case,
)
from seq2seq.text_steps.outer_marks import (
    OuterMarks,
    split_outer_marks,
    with_outer_marks,
)
from seq2seq.text_steps.outer_quotes import (
    OuterQuotes,
    split_outer_quotes,
    with_outer_quotes,
)
from seq2seq.text_steps.protection import (
    PLACEHOLDERS,
    protect,
    protect_pair,
    restore,
    with_lost_items,
)
from seq2seq.text_steps.signs import plain_target, sign_map

_NO_QUOTES = OuterQuotes("")
_NO_MARKS = OuterMarks("")
_SPACES = re.compile(" {2,}")


@dataclass(frozen=True)
class Prepared:
    """Source text as the model reads it, and what its translation needs to be finished.

    Attributes:
        text: The text for the tokenizer.
        items: Protected items, as pairs (placeholder, item).
        case: Case of the line that was typed, if the model reads it in another.
        quotes: Quotes around the line that was typed, if the model reads it without them.
        marks: Tags and emphasis marks around these, if the model reads the line without them.
    """

    text: str
    items: tuple[tuple[str, str], ...] = ()
    case: LetterCase = LetterCase.ORDINARY
    quotes: OuterQuotes = _NO_QUOTES
    marks: OuterMarks = _NO_MARKS


@dataclass(frozen=True)
class TextSteps:
    """Steps that the text of a model goes through.

    Attributes:
        signs: Replace typographic and invisible characters of the training text with plain ones.
        protect: Replace items that must survive translation with placeholders.
        case_marks: Spell capitals as marks.
    """

    signs: bool = False
    protect: bool = False
    case_marks: bool = False

    @property
    def symbols(self) -> tuple[str, ...]:
        """Characters that a tokenizer must keep as tokens of their own."""
        marks = CASE_MARKS if self.case_marks else ""
        places = PLACEHOLDERS if self.protect else ""
        return tuple(marks + places)

    def training_pair(
        self, source: str, target: str, *, places: str = PLACEHOLDERS
    ) -> tuple[str, str]:
        """Prepare both sides of a training pair.

        Args:
            source: Source sentence.
            target: Its translation.
            places: Placeholders to use.

        Returns:
            The sides for the tokenizers.
        """
        if self.protect:
            source, target = protect_pair(source, target, places=places)
        return self.target(source), self.target(target)

    def pair_to_score(
        self, source: str, target: str, *, known: frozenset[str], places: str
    ) -> tuple[str, str]:
        """Prepare a source and a given translation of it as `source` and `finish` treat theirs.

        Tags and quotes around both sides and a case that both share are left out.

        Args:
            source: Source sentence.
            target: Its translation.
            known: Characters of the source vocabulary.
            places: Placeholders that the model has learned.

        Returns:
            The sides for the tokenizers.
        """
        marks = split_outer_marks(source)
        target_marks = split_outer_marks(target)
        if self.protect and marks[1:3] == target_marks[1:3]:
            source = marks.text
            target = target_marks.text
        bare = split_outer_quotes(source)
        translation = split_outer_quotes(target)
        if self.signs and bare.sides == translation.sides:
            source = bare.text
            target = translation.text
        if self.protect:
            source, target = protect_pair(source, target, places=places)
        source = sign_map(known)(source)
        case = letter_case(source)
        if case is not LetterCase.ORDINARY and target == in_letter_case(target, case):
            source = in_sentence_case(source)
            target = target if case is LetterCase.MIXED else in_sentence_case(target)
        if self.case_marks:
            source = _drop_marks(mark_case(source), frozenset(CASE_MARKS) - known)
        return source, self.target(target)

    def target(self, text: str) -> str:
        """Prepare a target text, such as the prefix of a translation, without protection."""
        if self.signs:
            text = plain_target(text)
        return mark_case(text) if self.case_marks else text

    def inside(self, phrase: str) -> str:
        """Prepare a phrase that stands inside a target text, such as a term.

        Args:
            phrase: The phrase.

        Returns:
            The prepared phrase. With case marks, it begins with the space before it or a mark.
        """
        if self.signs:
            phrase = plain_target(phrase)
        return mark_case_inside(phrase) if self.case_marks else phrase

    def source(
        self, text: str, *, known: frozenset[str], places: str, keep_marks: bool = False
    ) -> Prepared:
        """Prepare a text to translate.

        Args:
            text: The text, on one line.
            known: Characters of the source vocabulary; others are respelled if possible.
            places: Placeholders that the model has learned.
            keep_marks: Leave tags and quotes around the text to the model.

        Returns:
            The prepared text.
        """
        items: tuple[tuple[str, str], ...] = ()
        marks = split_outer_marks(text) if self.protect and not keep_marks else OuterMarks(text)
        text = marks.text
        # Without plain signs in training, the model knows the quotes of the target language.
        quotes = split_outer_quotes(text) if self.signs and not keep_marks else OuterQuotes(text)
        text = quotes.text
        if self.protect:
            text, items = protect(text, places=places)
        text = sign_map(known)(text)
        case = letter_case(text)
        if case is not LetterCase.ORDINARY:
            text = in_sentence_case(text)
        if self.case_marks:
            text = _drop_marks(mark_case(text), frozenset(CASE_MARKS) - known)
        return Prepared(text, items, case, quotes, marks)

    def finish(self, translation: str, prepared: Prepared) -> str:
        """Finish the translation of a prepared text.

        Args:
            translation: The translation as the model writes it.
            prepared: The source.

        Returns:
            The translation with its capitals, quotes, tags and items.
        """
        if self.protect:
            translation = _SPACES.sub(" ", with_lost_items(translation, prepared.items))
        if self.case_marks:
            translation = restore_case(translation)
        translation = in_letter_case(translation, prepared.case)
        if self.protect:
            translation = restore(translation, prepared.items)
        translation = with_outer_quotes(translation.strip(), prepared.quotes)
        return with_outer_marks(translation, prepared.marks)


def _drop_marks(text: str, unknown: frozenset[str]) -> str:
    """Drop marks that a vocabulary does not have, since its training text had no such capitals."""
    return text.translate(dict.fromkeys(map(ord, unknown))) if unknown else text


NO_STEPS = TextSteps()
"""Steps of a model that was trained on text as it is."""
