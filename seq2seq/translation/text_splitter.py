"""How the texts of a translator become segments: sentence by sentence, or each as a whole."""

from __future__ import annotations

from dataclasses import dataclass, replace

from seq2seq.config.settings import DecodingConfig
from seq2seq.data.tokenizers.pair import TokenizerPair
from seq2seq.text_steps.sentences import split_sentences
from seq2seq.text_steps.steps import Prepared
from seq2seq.translation.language_check import LanguageCheck
from seq2seq.translation.segment_translator import CHARACTERS_PER_TOKEN
from seq2seq.translation.segments import Segment, segment
from seq2seq.translation.values import Source

MAX_TEXT = 1_000_000
"""Number of characters that a longer text is cut to if texts are split into sentences."""


@dataclass(frozen=True, kw_only=True)
class TextSplitter:
    """Splitter of texts into segments that a model can read.

    Attributes:
        tokenizers: Tokenizers of the model.
        decoding: Decoding settings.
        check: Check of the script of segments.
        to: Target language of texts that do not name one.
        raw: True if texts reach the model as they are.
    """

    tokenizers: TokenizerPair
    decoding: DecodingConfig
    check: LanguageCheck
    to: str
    raw: bool

    @property
    def splits(self) -> bool:
        """True if texts are translated sentence by sentence."""
        return bool(self.decoding.split_sentences) and not self.raw

    @property
    def max_characters(self) -> int:
        """Number of characters that a longer text is cut to before anything else is done."""
        if self.splits:
            return MAX_TEXT
        return self.decoding.max_source_length * CHARACTERS_PER_TOKEN

    def segments(self, item: Source) -> list[Segment]:
        """Return the segments of a text: the text itself if texts are not split.

        Args:
            item: The text.

        Returns:
            At least one segment. Joined with their white space, their sources give the text.
        """
        if self.to and not item.to:
            item = replace(item, to=self.to)
        if not self.splits:
            whole = Segment(item, self._prepare(item), raw=self.raw)
            return [whole if self.raw else self._with_script(whole)]
        found = segment(
            item,
            prepare=self._prepare,
            longest=self.decoding.max_source_length,
            length=self._length,
        )
        return list(map(self._with_script, found))

    def prepared_pairs(self, source: str, translation: str) -> list[tuple[str, str]]:
        """Return a source and its given translation as the model reads them.

        Args:
            source: A source text.
            translation: Its translation.

        Returns:
            Pairs of sentences if texts are split and both sides have the same number of them;
            otherwise one pair, of the whole texts.
        """
        tokenizers = self.tokenizers
        prepare = tokenizers.prepare_raw_pair if self.raw else tokenizers.prepare_pair
        return [prepare(*pair) for pair in self._sentence_pairs(source, translation)]

    def _sentence_pairs(self, source: str, translation: str) -> list[tuple[str, str]]:
        """Return the pairs of sentences of a source and its translation, or both as they are."""
        if not self.splits:
            return [(source, translation)]
        sides = [
            [sentence for sentence, _ in split_sentences(side) if sentence.strip()]
            for side in (source, translation)
        ]
        if len(sides[0]) != len(sides[1]):
            return [(source, translation)]
        return list(zip(*sides, strict=True)) or [(source, translation)]

    def _with_script(self, one: Segment) -> Segment:
        """Return a segment that knows whether the model can read its script."""
        script = self.check.unknown_script(one.source.text)
        return replace(one, unknown_script=script) if script else one

    def _prepare(self, source: Source) -> Prepared:
        """Return a sentence as the model reads it; a prefix may begin with the marks around it."""
        if self.raw:
            return self.tokenizers.prepare_raw(source.text)
        return self.tokenizers.prepare(source.text, keep_marks=bool(source.prefix))

    def _length(self, text: str) -> int:
        """Return the number of tokens of a text."""
        [ids] = self.tokenizers.source.encode([self._prepare(Source(text)).text])
        return len(ids)
