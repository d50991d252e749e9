"""Job: the texts of a request, translated sentence by sentence."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from seq2seq.serving.catalogue import Direction
from seq2seq.translation.segments import Segment, SplitText
from seq2seq.translation.translator import Translator
from seq2seq.translation.values import Source, Translation


@dataclass(eq=False)
class Job:
    """Texts of a request, which the queue translates.

    Sentences are handed out one by one, so that long requests do not hold up short ones, and one
    whose client has gone stops after the current batch.

    Attributes:
        texts: The texts.
        direction: Model and languages.
        nbest: Number of translations of each text.
        future: Gets the translations, in the order of the texts.
        alignments: If true, translations carry word alignments.
        cancelled: True if nobody waits for the result.
        left: Number of characters that are still to be translated.
    """

    texts: Sequence[str]
    direction: Direction
    nbest: int
    future: asyncio.Future[list[Translation]]
    alignments: bool = False
    cancelled: bool = False
    left: int = 0
    _split: deque[SplitText] = field(default_factory=deque)
    _next_text: int = 0
    _next_segment: int = 0
    _out: deque[Segment] = field(default_factory=deque)
    _again: deque[Segment] = field(default_factory=deque)
    _parts: list[Translation] = field(default_factory=list)
    _done: list[Translation] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """True if every text is translated."""
        return len(self._done) == len(self.texts)

    def __post_init__(self) -> None:
        self.left = sum(map(len, self.texts))

    def next_segment(self, translator: Translator) -> Segment | None:
        """Return the next segment to translate; None if all have been handed out."""
        segment = self._again.popleft() if self._again else self._following(translator)
        if segment is not None:
            self._out.append(segment)
        return segment

    def take_back(self) -> None:
        """Take back the segments that were handed out and have no translation."""
        self._again.extendleft(reversed(self._out))
        self._out.clear()

    def _following(self, translator: Translator) -> Segment | None:
        """Return the next segment of the texts."""
        while not self._split or self._next_segment == len(self._split[-1].segments):
            if self._next_text == len(self.texts):
                return None
            source = Source(self.texts[self._next_text], to=self.direction.tag)
            self._split.append(translator.split(source))
            self._next_text += 1
            self._next_segment = 0
        self._next_segment += 1
        return self._split[-1].segments[self._next_segment - 1]

    def add(self, part: Translation, translator: Translator) -> None:
        """Take the translation of the first segment that was handed out and has none yet."""
        self.left -= len(self._out.popleft().source.text)
        self._parts.append(part)
        while self._split and len(self._parts) >= len(self._split[0].segments):
            split = self._split.popleft()
            parts = self._parts[: len(split.segments)]
            del self._parts[: len(split.segments)]
            self._done.append(translator.join(split, parts))

    def deliver(self, failure: Exception | None = None) -> None:
        """Hand the result to who waits for it; call it in the event loop of the future."""
        if self.future.done():
            return
        if failure is not None:
            self.future.set_exception(failure)
        else:
            self.future.set_result(self._done)
