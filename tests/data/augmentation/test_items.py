"""Decorated pairs: the same items at the same places, new ones each time, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.data.augmentation.items import add_items
from seq2seq.text_steps.protection import find_items

COUNT = 10_000
PLAIN = str.maketrans("“”„«»‘’", '"""""\'\'')


class Diagonal:
    """Word aligner that links the words at the same place."""

    def links(self, sources: Sequence[str], targets: Sequence[str]) -> list[list[tuple[int, int]]]:
        pairs = zip(sources, targets, strict=True)
        sizes = [min(len(source.split()), len(target.split())) for source, target in pairs]
        return [[(place, place) for place in range(size)] for size in sizes]


def decorated(source: str, target: str, seed: int = 1) -> list[tuple[str, str]]:
    found = add_items(
        [source] * COUNT, [target] * COUNT, fraction=1.0, seed=seed, aligner=Diagonal()
    )
    return list(zip(*found, strict=True))


@pytest.fixture(scope="module")
def pairs() -> list[tuple[str, str]]:
    """Return "Uno dos tres." and "One two three." after the augmentation."""
    return decorated("Uno dos tres.", "One two three.")


def test_both_sides_are_decorated_alike_but_for_plain_quotes_in_the_target() -> None:
    for source, target in decorated("Son 12 casas.", "Son 12 casas."):
        assert source.translate(PLAIN) == target


def test_every_pair_is_decorated_and_hardly_any_twice_alike(pairs: list[tuple[str, str]]) -> None:
    assert all(source != "Uno dos tres." for source, _ in pairs)
    long = [source for source, _ in pairs if len(source) > 24]
    assert len(set(long)) > 0.95 * len(long) > 0.2 * COUNT


@pytest.mark.parametrize(
    ("source", "target"),
    [
        (r"• Uno dos tres\.", r"• One two three\."),
        (r"\d+[.)] Uno dos tres\.", r"\d+[.)] One two three\."),
        (r"## Uno dos tres\.", r"## One two three\."),
        (r"“Uno dos tres\.”", r'"One two three\."'),
        (r"«Uno dos tres»\.", r'"One two three"\.'),
        (r"Uno «dos» tres\.", r'One "two" three\.'),
        (r"Uno \*\*dos tres\*\*\.", r"One \*\*two three\*\*\."),
        (r"_Uno dos tres\._", r"_One two three\._"),
        (r"\(Uno\) dos tres\.", r"\(One\) two three\."),
        (r"<b>Uno dos tres\.</b>", r"<b>One two three\.</b>"),
        (r"Uno <i>dos</i> tres\.", r"One <i>two</i> three\."),
        (r'<a href="\S+">Uno dos tres\.</a>', r'<a href="\S+">One two three\.</a>'),
        (r"Uno dos tres\.<br/>", r"One two three\.<br/>"),
        (r"\{\d+\}Uno dos tres\.\{\d+\}", r"\{\d+\}One two three\.\{\d+\}"),
        (r"Uno dos tres https?://\S+\.", r"One two three https?://\S+\."),
        (r"Uno dos tres\. https?://\S+", r"One two three\. https?://\S+"),
        (r"Uno dos tres\. \([\w.+-]+@[\w.-]+\)", r"One two three\. \([\w.+-]+@[\w.-]+\)"),
        (r"Uno dos tres\. @\w+", r"One two three\. @\w+"),
        (r"Uno dos tres: #\w+\.", r"One two three: #\w+\."),
        (r"Uno dos tres\. \w:\\\S+", r"One two three\. \w:\\\S+"),
        (r"Uno dos tres\. v\d+\.\d+\S*", r"One two three\. v\d+\.\d+\S*"),
        (r"Uno dos tres\. %[sd]", r"One two three\. %[sd]"),
        (r"Uno dos tres \$\{\w+\}\.", r"One two three \$\{\w+\}\."),
        (r"Uno dos tres\. \d{2,12}", r"One two three\. \d{2,12}"),
        (r"Uno dos tres\. [\U0001f300-\U0001faff]", r"One two three\. [\U0001f300-\U0001faff]"),
        (r"[\U0001f300-\U0001faff]{2,3} Uno dos tres\.", r"[\U0001f300-\U0001faff]{2,3} One .*"),
        (r"Uno [\U0001f300-\U0001faff] dos tres\.", r"One [\U0001f300-\U0001faff] two three\."),
    ],
)
def test_all_kinds_occur(pairs: list[tuple[str, str]], source: str, target: str) -> None:
    found = [theirs for ours, theirs in pairs if re.fullmatch(source, ours)]
    assert found
    assert all(re.fullmatch(target, theirs) for theirs in found)


def test_several_decorations_may_be_combined(pairs: list[tuple[str, str]]) -> None:
    combined = [source for source, _ in pairs if re.match(r"(• |- |\d\. )[^\w\s]", source)]
    assert combined


def test_a_shared_number_is_replaced_on_both_sides() -> None:
    pairs = decorated("Son 1.250 casas.", "Are 1,250 houses.")
    new = [
        (source.removeprefix("Son ").removesuffix(" casas."), target)
        for source, target in pairs
        if re.fullmatch(r"Son \S* ?\S* casas\.", source) and "1.250" not in source
    ]
    assert 0.3 * COUNT < len(new) < 0.6 * COUNT
    assert all(target == f"Are {number.translate(PLAIN)} houses." for number, target in new)
    assert {len(number) for number, _ in new if number.isdigit()} == set(range(2, 13))


def test_a_number_of_one_side_stays() -> None:
    assert all("1.250" in source for source, _ in decorated("Son 1.250.", "They are 1,251."))


def test_a_made_up_item_is_one_to_protect(pairs: list[tuple[str, str]]) -> None:
    """Only list marks, headings, quotes, brackets and emphasis are left to the model."""
    unprotected = [
        source
        for source, _ in pairs
        if not find_items(source)
        and re.fullmatch(r"[\W_]*Uno[\W_]+dos[\W_]+tres[\W_]*", source) is None
    ]
    assert len(unprotected) < 0.04 * COUNT, unprotected


def test_a_fraction_of_the_pairs_is_changed_as_the_seed_decides() -> None:
    texts = ["Casa."] * 1000
    first, again, other = (
        add_items(texts, texts, fraction=0.3, seed=seed, aligner=Diagonal()) for seed in (1, 1, 2)
    )
    assert first == again != other
    assert 220 < sum(text != "Casa." for text in first[0]) < 380
    assert add_items(texts, texts, fraction=0.0, seed=1, aligner=Diagonal()) == (texts, texts)


@given(
    st.lists(st.tuples(st.text(max_size=12), st.text(max_size=12)), max_size=5), st.integers(0, 99)
)
def test_nothing_is_lost_but_numbers(pairs: list[tuple[str, str]], seed: int) -> None:
    sources, targets = [source for source, _ in pairs], [target for _, target in pairs]
    found = add_items(sources, targets, fraction=1.0, seed=seed, aligner=Diagonal())
    for before, after in zip(sources + targets, found[0] + found[1], strict=True):
        left = iter(after)
        assert all(sign.isdigit() or sign in left for sign in before if not sign.isnumeric()) or (
            find_items(before)
        )
        assert bool(after.strip()) == bool(before.strip())
