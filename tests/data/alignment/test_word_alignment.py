"""Word alignment: a known lexicon is found in any word order; no word has two links; unknown words
do no harm."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.data.alignment import ibm_model_1
from seq2seq.data.alignment.word_alignment import WordAligner
from seq2seq.text import alignment_token

LEXICON = {
    "uno": "one",
    "dos": "two",
    "tres": "three",
    "casa": "house",
    "perro": "dog",
    "negro": "black",
    "día": "day",
}


def text(count: int, *, swap: bool = False) -> tuple[list[str], list[str]]:
    """Word by word translations, the first two words swapped if asked for, each target with a word
    of no source."""
    draw = random.Random(1)
    chosen = [draw.sample(sorted(LEXICON), draw.randint(2, 5)) for _ in range(count)]
    ordered = [[words[1], words[0], *words[2:]] if swap else words for words in chosen]
    targets = [" ".join(["the", *(LEXICON[word] for word in words)]) + "." for words in ordered]
    return [" ".join(words).capitalize() + "." for words in chosen], targets


@pytest.mark.parametrize("swap", [False, True], ids=["same order", "swapped"])
def test_it_finds_the_words_that_translate_each_other(swap: bool) -> None:
    aligner = WordAligner.train(*text(200, swap=swap))
    (found,) = aligner.links(["Perro negro casa."], ["the black dog house."])
    assert found == [(0, 2), (1, 1), (2, 3), (3, 4)]


def test_no_word_is_linked_twice_and_a_word_without_a_source_not_at_all() -> None:
    sources, targets = text(200)
    links = WordAligner.train(sources, targets).links(sources, targets)
    assert len(links) == 200
    for row, source in zip(links, sources, strict=True):
        assert row == [(place, place + 1) for place in range(len(source.split()) + 1)]


def test_an_unknown_word_is_linked_to_the_word_that_is_left() -> None:
    aligner = WordAligner.train(*text(200))
    (found,) = aligner.links(["Dos Bilbao casa."], ["the two Bilbao house."])
    assert (0, 1) in found
    assert (2, 3) in found
    assert all(link[0] != 1 or link == (1, 2) for link in found)


def test_a_large_text_is_learned_from_in_chunks_and_sampled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = WordAligner.train(*text(200)).links(*text(200))
    monkeypatch.setattr(ibm_model_1, "CHUNK_LINKS", 300)
    assert WordAligner.train(*text(200)).links(*text(200)) == whole
    monkeypatch.setattr(ibm_model_1, "MAX_SENTENCES", 100)
    assert WordAligner.train(*text(200)).links(*text(200)) == whole


@pytest.mark.parametrize(
    "text", ["हिन्दी में", "l'été d’avril", "e\u0301te\u0301 bleu", "می‌روم خانه", "a1 b2"]
)
def test_a_word_is_whole_with_its_marks(text: str) -> None:
    assert alignment_token().findall(text) == text.split(" ")


@given(
    st.lists(st.tuples(st.text("ab c.'’", max_size=9), st.text("ab c.'’", max_size=9)), max_size=5)
)
def test_any_text_has_links_within_its_words(pairs: list[tuple[str, str]]) -> None:
    sources, targets = [source for source, _ in pairs], [target for _, target in pairs]
    for row, source, target in zip(
        WordAligner.train(sources, targets).links(sources, targets), sources, targets, strict=True
    ):
        assert len({word for word, _ in row}) == len({place for _, place in row}) == len(row)
        assert all(0 <= word < len(source) and 0 <= place < len(target) for word, place in row)
