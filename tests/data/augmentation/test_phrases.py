"""Phrases of pairs: consistent with the links, with certain boundaries, in the requested number."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from seq2seq.data.alignment.word_alignment import WordAligner
from seq2seq.data.augmentation.phrases import MAX_WORDS, PhrasesOf, extract_phrases
from seq2seq.text import alignment_token

NOUNS = {"perro": "dog", "gato": "cat", "libro": "book", "tren": "train"}
COLORS = {"negro": "black", "rojo": "red", "viejo": "old"}
KINDS = list(itertools.product(NOUNS, COLORS))
SOURCES = [
    text.format(*kind)
    for kind in KINDS
    for text in ("Veo un {} {}.", "Mi {} {} va con Tom.", "¿Es {1} el {0}?")
]
TARGETS = [
    text.format(NOUNS[noun], COLORS[color])
    for noun, color in KINDS
    for text in ("I see a {1} {0}.", "My {1} {0} goes with Tom.", "Is the {0} {1}?")
]


def found(source: str, target: str, links: list[tuple[int, int]]) -> set[tuple[str, str]]:
    phrases = PhrasesOf(source, target, links)
    places = [phrase.sides for first in phrases.firsts for phrase in phrases.starting_at(first)]
    return {(source[slice(*ours)], target[slice(*theirs)]) for ours, theirs in places}


def test_the_phrases_of_a_pair() -> None:
    links = [(0, 1), (1, 2), (2, 4), (3, 3), (4, 5)]
    assert found("Veo un perro negro.", "I see a black dog.", links) == {
        ("un", "a"),  # not "veo": whether it is "see" or "I see" is not known
        ("un perro negro", "a black dog"),  # not "un perro": "black" stands between
        ("perro", "dog"),
        ("perro negro", "black dog"),
        ("negro", "black"),
    }


def test_a_phrase_knows_its_neighbors() -> None:
    phrases = PhrasesOf("Veo un perro.", "I see a dog.", [(1, 2), (2, 3), (3, 4)])
    assert [phrase.beside for phrase in phrases.starting_at(2)] == [("un", ".", "a", ".")]
    (whole,) = PhrasesOf("perro", "dog", [(0, 0)]).starting_at(0)
    assert whole.beside == ("", "", "", "")


def test_a_phrase_may_contain_an_unlinked_word_but_no_punctuation() -> None:
    assert found("casa de papel", "paper house", [(0, 1), (2, 0)]) == {
        ("casa de papel", "paper house")
    }
    assert found("no, no", "no, no", [(0, 0), (2, 2)]) == {("no", "no")}
    long = " ".join("abcdef")
    assert (
        max(len(source.split()) for source, _ in found(long, long, [(n, n) for n in range(6)]))
        == MAX_WORDS
    )


def test_a_fraction_of_the_pairs_becomes_a_phrase_as_the_seed_decides() -> None:
    aligner = WordAligner.train(SOURCES, TARGETS)
    first, again, other = (
        extract_phrases(SOURCES, TARGETS, fraction=0.5, seed=seed, aligner=aligner)
        for seed in (1, 1, 2)
    )
    assert first == again != other
    changed = [
        pair
        for pair, source in zip(zip(*first, strict=True), SOURCES, strict=True)
        if pair[0] != source
    ]
    assert 8 < len(changed) < 28
    many = set(
        itertools.chain.from_iterable(
            zip(
                *extract_phrases(SOURCES, TARGETS, fraction=1.0, seed=n, aligner=aligner),
                strict=True,
            )
            for n in range(400)
        )
    )
    assert {("perro negro", "black dog"), ("Perro negro", "Black dog"), ("gato", "cat")} < many
    assert ("Tom", "Tom") in many, "a name keeps its capital"
    assert ("tom", "tom") not in many
    assert extract_phrases(SOURCES, TARGETS, fraction=0.0, seed=1, aligner=aligner) == (
        SOURCES,
        TARGETS,
    )


@given(
    st.lists(st.tuples(st.text("aB c.'", max_size=9), st.text("aB c.'", max_size=9)), max_size=5)
)
def test_a_phrase_is_words_of_its_pair(pairs: list[tuple[str, str]]) -> None:
    sources, targets = [source for source, _ in pairs], [target for _, target in pairs]
    changed = extract_phrases(
        sources, targets, fraction=1.0, seed=1, aligner=WordAligner.train(sources, targets)
    )
    for before, after in zip(sources + targets, changed[0] + changed[1], strict=True):
        assert after == before or (
            after.casefold() in before.casefold()
            and 0 < len(alignment_token().findall(after)) <= MAX_WORDS
        )
