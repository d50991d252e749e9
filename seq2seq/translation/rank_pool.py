"""Ranks that translate together: the first asks, and the others answer until it has done.

This file knows nothing of lines, files and options, nor of how ranks were started.
"""

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
    """What the first rank translates with: of each window, all ranks take a share.

    Windows do not go to one rank each, because most texts, test sets among them, have only a few of
    them."""

    def __init__(self, translator: Translator) -> None:
        self._translator = translator

    @property
    def decoding(self) -> DecodingConfig:
        return self._translator.decoding

    @property
    def max_source_characters(self) -> int:
        return self._translator.max_source_characters

    def stream_windows(
        self, windows: Iterable[Sequence[str | Source]], beam: int | None = None, nbest: int = 1
    ) -> Iterator[Translation]:
        """Translate texts that come in groups, in order, as Translator.stream_windows does."""
        self._translator.stream_windows(
            [], beam, nbest
        )  # so that an impossible beam is said before anything is read
        requests = (
            partial(Translator.translate_all, texts=texts, beam=beam, nbest=nbest)
            for texts in windows
        )
        return (translation for request in requests for translation in self._ask(request))

    def score(self, sources: Sequence[str], translations: Sequence[str]) -> list[float]:
        """The log-probability of each of these translations, as Translator.score gives it."""
        return self._ask(partial(Translator.score, sources=sources, translations=translations))

    def _ask(self, request: Callable[[Translator], T]) -> T:
        """Have all ranks do this, each with its own translator."""
        return self._translator.ranks.broadcast(request)(self._translator)


@contextlib.contextmanager
def lead(translator: Translator) -> Iterator[Translator | RankPool | None]:
    """On the first of several ranks, a pool of them all. On the others None, when the first has had
    all it wanted of them. Where there is one rank, the translator itself."""
    ranks = translator.ranks
    if ranks.world_size == 1:
        yield translator
    elif ranks.is_main:
        yield RankPool(translator)
        ranks.broadcast(
            None
            # after an error the others may be waiting for something else; they see that the group ends
        )
    else:
        while (request := ranks.receive()) is not None:
            request(translator)
        yield None
