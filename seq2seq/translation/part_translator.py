"""Translation of texts in parts: a base class of `Translator`, also for what schedules parts."""

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import replace

from seq2seq.config.settings import DecodingConfig
from seq2seq.translation.segment_translator import SegmentTranslator
from seq2seq.translation.segments import Segment, SplitText, join_segments
from seq2seq.translation.split_terms import assign_terms
from seq2seq.translation.text_splitter import TextSplitter
from seq2seq.translation.trace_records import TraceRecords
from seq2seq.translation.values import Source, Translation, as_source


class PartTranslator(ABC):
    """Translator that splits a text, translates its segments and joins their translations.

    Attributes:
        decoding: Decoding settings.
    """

    decoding: DecodingConfig
    _splitter: TextSplitter
    _segments: SegmentTranslator

    @property
    @abstractmethod
    def max_source_characters(self) -> int:
        """Number of characters that longer texts are cut to."""

    def split(self, text: str | Source) -> SplitText:
        """Split a text into segments as `translate` does.

        With `translate_segments` and `join`, a service schedules long texts in parts. The result is
        that of `translate`, but for terms, which only `translate` assigns to segments.

        Args:
            text: The text, or a Source.

        Returns:
            Its segments are its sentences, or the text itself if texts are not split.
        """
        item = as_source(text)
        cut = len(item.text) > self.max_source_characters
        if cut:
            item = replace(item, text=item.text[: self.max_source_characters])
        return SplitText(item, self._splitter.segments(item), cut)

    def translate_segments(self, segments: Sequence[Segment]) -> list[Translation]:
        """Translate segments, of any number of texts.

        Args:
            segments: Segments that `split` returned.

        Returns:
            Their translations, in the same order.
        """
        return list(self._segments.translate(segments))

    def join(self, split: SplitText, parts: Sequence[Translation]) -> Translation:
        """Join the translations of the segments of a text.

        Args:
            split: The text and its segments.
            parts: The translation of each segment.

        Returns:
            The translation of the text.
        """
        joined = join_segments(split.source.text, split.segments, parts, nbest=self.decoding.nbest)
        return replace(joined, cut=True) if split.cut else joined

    def _window(
        self, window: Sequence[str | Source], records: TraceRecords | None = None
    ) -> Iterator[Translation]:
        """Translate the texts of a window, sentence by sentence if texts are split."""
        split = [self.split(item) for item in window]
        assign_terms(
            [one.source for one in split],
            [one.segments for one in split],
            translate=self._segments.translate,
        )
        every = [one for part in split for one in part.segments]
        found = self._segments.translate(every) if records is None else self._traced(every, records)
        for one in split:
            joined = self.join(one, list(itertools.islice(found, len(one.segments))))
            if records is not None:
                records.line(joined)
            yield joined

    def _traced(self, segments: Sequence[Segment], records: TraceRecords) -> Iterator[Translation]:
        """Translate segments one by one, and write the record of each."""
        for one in segments:
            translation, trace = self._segments.traced(one)
            records.sentence(one, translation, trace)
            yield translation
