"""Choice of translations that fit."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from hypothesis import given
from hypothesis import strategies as st

from seq2seq import Translator
from seq2seq.translation.fitting import NBEST, fitting
from seq2seq.translation.values import Alternative, Source, Translation

LISTS = st.lists(st.text(min_size=1), min_size=1, max_size=NBEST)


def translation(texts: list[str]) -> Translation:
    return Translation("x", tuple(Alternative(text, 0.0, 0.0) for text in texts))


def at_most(length: int) -> Callable[[str], bool]:
    return lambda text: len(text) <= length


@given(st.lists(st.tuples(LISTS, st.none() | st.integers(0, 5))))
def test_the_first_entry_that_fits_is_chosen(cases: list[tuple[list[str], int | None]]) -> None:
    lists = {str(place): translation(texts) for place, (texts, _) in enumerate(cases)}
    sources = [Source(name) for name in lists]
    searched: list[str] = []

    def search(sources: Iterable[Source]) -> list[Translation]:
        searched.extend(source.text for source in sources)
        return [lists[name] for name in searched]

    fits = [None if length is None else at_most(length) for _, length in cases]
    found = fitting(sources, list(lists.values()), fits, search)
    for place, (texts, length) in enumerate(cases):
        short = [text for text in texts if length is None or len(text) <= length]
        assert found[place].text == (short[0] if short else texts[0])
        assert (str(place) in searched) == (length is not None and len(texts[0]) > length)


def test_a_translator_gives_nbest_lists_if_it_searches_with_a_beam() -> None:
    translator = Translator.from_pretrained("es-en")
    several = translator.with_nbest(3).translate("La casa es grande.")
    assert len(several.alternatives) == 3
    assert several.text == translator.translate("La casa es grande.").text
    assert (
        len(translator.with_decoding(strategy="greedy").with_nbest(3).translate("Sí.").alternatives)
        == 1
    )
