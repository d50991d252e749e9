"""Translation by several ranks: rank 0 sends requests, and the others serve them."""

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
    """Translator for rank 0 that divides each window among all ranks.

    Whole windows are not assigned to single ranks, because most inputs, such as test sets, have
    only a few windows.

    Args:
        translator: The translator of rank 0.
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
        """Make a request of all ranks, each with its own translator."""
        return self._translator.ranks.broadcast(request)(self._translator)


@contextlib.contextmanager
def lead(translator: Translator) -> Iterator[Translator | RankPool | None]:
    """Yield a translator on rank 0; on other ranks, serve its requests, then yield None.

    Args:
        translator: The translator of this rank.

    Yields:
        On rank 0, a RankPool, or the translator itself if there are no other ranks; else None.
    """
    ranks = translator.ranks
    if ranks.world_size == 1:
        yield translator
    elif ranks.is_main:
        yield RankPool(translator)
        # Not reached after an error; the other ranks then notice the end of the group.
        ranks.broadcast(None)
    else:
        while (request := ranks.receive()) is not None:
            request(translator)
        yield None
