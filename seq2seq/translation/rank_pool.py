"""Ranks that translate together: rank 0 asks, and the others answer until it is done."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import TypeVar

from seq2seq.config.settings import DecodingConfig
from seq2seq.translation.translator import Translator
from seq2seq.translation.values import Source, Translation

T = TypeVar("T")


class RankPool:
    """What rank 0 translates with: all ranks take a part of each window.

    Windows do not go to one rank each, because most texts, test sets among them, have only a few
    windows.
    """

    def __init__(self, translator: Translator) -> None:
        self._translator = translator

    @property
    def decoding(self) -> DecodingConfig:
        """Decoding settings of the translators."""
        return self._translator.decoding

    @property
    def max_source_characters(self) -> int:
        """See `Translator.max_source_characters`."""
        return self._translator.max_source_characters

    def stream_windows(self, windows: Iterable[Sequence[str | Source]]) -> Iterator[Translation]:
        """Translate texts that come in groups; see `Translator.stream_windows`."""
        for texts in windows:
            yield from self._ask(partial(Translator.translate_all, texts=texts))

    def score(self, sources: Sequence[str], translations: Sequence[str]) -> list[float]:
        """Score given translations; see `Translator.score`."""
        return self._ask(partial(Translator.score, sources=sources, translations=translations))

    def _ask(self, request: Callable[[Translator], T]) -> T:
        """Have all ranks do this, each with its own translator."""
        return self._translator.ranks.broadcast(request)(self._translator)


@contextlib.contextmanager
def lead(translator: Translator) -> Iterator[Translator | RankPool | None]:
    """Yield what rank 0 translates with; other ranks serve its requests, then get None.

    With one rank it is the translator itself.
    """
    ranks = translator.ranks
    if ranks.world_size == 1:
        yield translator
    elif ranks.is_main:
        yield RankPool(translator)
        # After an error this is not reached; the others then notice that the group ends.
        ranks.broadcast(None)
    else:
        while (request := ranks.receive()) is not None:
            request(translator)
        yield None
