"""The loop over augmentations: order, fractions, and a word aligner that learns on first use."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from seq2seq.data.alignment.word_alignment import WordAligner
from seq2seq.data.augmentation.aligner import Aligner
from seq2seq.data.augmentation.augment import AUGMENTATIONS, LazyAligner, augment
from seq2seq.errors import ConfigError

SOURCES = [f"Uno Tom {'tres ' * (n % 7)}{n}." for n in range(60)]
TARGETS = [f"One Tom {'three ' * (n % 5)}{n}." for n in range(60)]


@pytest.fixture
def reverse() -> Iterator[None]:
    """An augmentation from outside, which this test takes back."""

    @AUGMENTATIONS.register("reverse")
    def reverse(
        sources: Sequence[str],
        targets: Sequence[str],
        *,
        fraction: float,
        seed: int,
        aligner: Aligner,
    ) -> tuple[list[str], list[str]]:
        return [text[::-1] for text in sources], list(targets)

    yield
    del AUGMENTATIONS._entries["reverse"]


def test_the_order_is_that_of_the_registry_whatever_the_order_of_the_fractions() -> None:
    assert list(AUGMENTATIONS) == ["recombine", "phrases", "names", "noise", "capitals", "items"]
    names = list(AUGMENTATIONS)
    forward = augment(SOURCES, TARGETS, fractions=dict.fromkeys(names, 0.5), seed=1)
    backward = augment(SOURCES, TARGETS, fractions=dict.fromkeys(names[::-1], 0.5), seed=1)
    assert forward == backward != (SOURCES, TARGETS)


def test_several_are_applied_in_turn_with_one_seed_and_one_aligner() -> None:
    fractions = {"noise": 0.5, "recombine": 0.7, "phrases": 0.3, "names": 0.4}
    fractions |= {"items": 0.6, "capitals": 0.5}
    aligner = WordAligner.train(SOURCES, TARGETS)
    pairs: tuple[Sequence[str], Sequence[str]] = (SOURCES, TARGETS)
    for name, augmentation in AUGMENTATIONS.items():
        pairs = augmentation(*pairs, fraction=fractions[name], seed=7, aligner=aligner)
    assert augment(SOURCES, TARGETS, fractions=fractions, seed=7) == pairs


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_a_fraction_of_zero_turns_it_off(name: str) -> None:
    assert augment(SOURCES, TARGETS, fractions={name: 0.0}, seed=1) == (SOURCES, TARGETS)


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_the_number_of_pairs_stays_and_the_seed_decides(name: str) -> None:
    first, again, other = (
        augment(SOURCES, TARGETS, fractions={name: 0.5}, seed=seed) for seed in (1, 1, 2)
    )
    assert first == again != other
    assert [len(side) for side in first] == [60, 60]
    assert all(text.strip() for side in first for text in side)


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_any_text_gives_as_many_pairs_and_no_new_empty_side(name: str) -> None:
    texts = [
        "",
        " ",
        "?!",
        "a",
        "\ud800 \ud800 7",
        "\ue010 \ue000 A",
        "ıİß ΣΑΣ",
        "日本語",
        "no " * 9000,
    ]
    found = augment(texts, texts[::-1], fractions={name: 1.0}, seed=1)
    for before, after in zip((texts, texts[::-1]), found, strict=True):
        assert len(after) == len(before)
        assert all(new.strip() for old, new in zip(before, after, strict=True) if old.strip())


@pytest.mark.parametrize("name", ["capitals", "items"])
def test_only_rows_that_need_links_are_aligned_in_one_call(name: str) -> None:
    calls = []

    class Recorder:
        def links(
            self, sources: Sequence[str], targets: Sequence[str]
        ) -> list[list[tuple[int, int]]]:
            calls.append(len(sources))
            return [[] for _ in sources]

    AUGMENTATIONS[name](SOURCES, TARGETS, fraction=0.5, seed=1, aligner=Recorder())
    assert len(calls) == 1
    assert 0 < calls[0] < 30
    assert AUGMENTATIONS[name]([], [], fraction=1.0, seed=1, aligner=Recorder()) == ([], [])
    assert len(calls) == 1


def test_one_from_outside_is_used_like_the_rest(reverse: None) -> None:
    sources, targets = augment(["abc"], ["xyz"], fractions={"reverse": 1.0}, seed=1)
    assert (sources, targets) == (["cba"], ["xyz"])


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match="unknown augmentation 'nois'; did you mean 'noise'"):
        augment(SOURCES, TARGETS, fractions={"nois": 0.5}, seed=1)


def test_the_lazy_aligner_learns_once_and_only_if_it_is_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    learned = []
    train = WordAligner.train
    monkeypatch.setattr(
        WordAligner, "train", lambda *pairs: learned.append(len(pairs[0])) or train(*pairs)
    )
    aligner = LazyAligner(SOURCES, TARGETS)
    augment(SOURCES, TARGETS, fractions={"names": 0.5, "noise": 0.5}, seed=1, aligner=aligner)
    assert learned == []
    links = [aligner.links(SOURCES[:3], TARGETS[:3]) for _ in range(2)]
    assert learned == [60]
    assert links[0] == links[1] == train(SOURCES, TARGETS).links(SOURCES[:3], TARGETS[:3])
