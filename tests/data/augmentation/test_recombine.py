"""Recombined pairs: a phrase is replaced with one from another pair, on both sides alike."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.data.alignment.word_alignment import WordAligner
from seq2seq.data.augmentation.recombine import recombine, recombine_sources
from seq2seq.text import alignment_token

NOUNS = {"perro": "dog", "gato": "cat", "libro": "book", "tren": "train"}
FRAMES = {
    "Veo un {}.": "Seen a {}.",
    "Tom busca un {}.": "Tom seeks a {}.",
    "Aquel {} duerme.": "That {} sleeps.",
}
SOURCES = [frame.format(noun) for frame in FRAMES for noun in NOUNS]
TARGETS = [frame.format(noun) for frame in FRAMES.values() for noun in NOUNS.values()]


@pytest.fixture(scope="module")
def aligner() -> WordAligner:
    return WordAligner.train(SOURCES, TARGETS)


def test_a_recombined_pair_is_translated_like_its_parts(aligner: WordAligner) -> None:
    known = {
        **NOUNS,
        "veo": "seen",
        "un": "a",
        "tom": "tom",
        "busca": "seeks",
        "aquel": "that",
        "duerme": "sleeps",
    }
    seen = set[str]()
    for seed in range(20):
        for source, target in zip(
            *recombine(SOURCES, TARGETS, fraction=1.0, seed=seed, aligner=aligner), strict=True
        ):
            words = [
                known[word.casefold()] for word in alignment_token().findall(source.rstrip("."))
            ]
            assert words == [
                word.casefold() for word in alignment_token().findall(target.rstrip("."))
            ]
            seen.add(source)
    assert len(seen) > len(SOURCES), "some are new"


def test_a_fraction_of_the_pairs_is_changed_as_the_seed_decides(aligner: WordAligner) -> None:
    sources, targets = SOURCES * 100, TARGETS * 100
    first, again, other = (
        recombine(sources, targets, fraction=0.3, seed=seed, aligner=aligner) for seed in (1, 1, 2)
    )
    assert first == again != other
    changed = [source for before, source in zip(sources, first[0], strict=True) if before != source]
    assert 120 < len(changed) < 400
    assert recombine(sources, targets, fraction=0.0, seed=1, aligner=aligner) == (sources, targets)


def test_recombined_sources_are_new_and_distinct() -> None:
    kept = [row for row in range(len(SOURCES)) if row not in (1, 6)]
    pairs = [SOURCES[row] for row in kept], [TARGETS[row] for row in kept]
    found = recombine_sources(*pairs, count=1000, seed=1)
    assert {SOURCES[row] for row in (1, 6)} <= set(found), (
        "those that were left out can be made of the others"
    )
    assert len(set(found)) == len(found)
    assert not set(found) & set(pairs[0])
    assert recombine_sources(*pairs, count=2, seed=1) == found[:2]
    assert recombine_sources(*pairs, count=1000, seed=2) != found
    assert recombine_sources([], [], count=5, seed=1) == []


def test_a_pair_that_no_other_phrase_fits_stays(aligner: WordAligner) -> None:
    assert recombine(SOURCES[:1], TARGETS[:1], fraction=1.0, seed=1, aligner=aligner) == (
        SOURCES[:1],
        TARGETS[:1],
    )


@given(
    st.lists(st.tuples(st.text("aB c.'", max_size=9), st.text("aB c.'", max_size=9)), max_size=6)
)
def test_only_words_are_exchanged_whatever_the_text(pairs: list[tuple[str, str]]) -> None:
    sources, targets = [source for source, _ in pairs], [target for _, target in pairs]
    changed = recombine(
        sources, targets, fraction=1.0, seed=1, aligner=WordAligner.train(sources, targets)
    )
    for before, after in zip((sources, targets), changed, strict=True):
        assert set(alignment_token().findall("\n".join(after))) <= set(
            alignment_token().findall("\n".join(before))
        )
        assert [len(text) > 0 for text in after] == [len(text) > 0 for text in before]
