"""Case as people type it: the forms of a pair, their shares, and letters that keep their case."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.data.alignment.word_alignment import WordAligner
from seq2seq.data.augmentation.capitals import change_case, lower_letters, raise_letters

SOURCES = ["Tom no vio a Ana en París.", "Veo a Tom.", "Ana ve a Tom.", "No veo a Ana."]
TARGETS = ["Tom did not see Ana in Paris.", "I see Tom.", "Ana sees Tom.", "I do not see Ana."]


class Diagonal:
    """Word aligner that links the words at the same place."""

    def links(self, sources: Sequence[str], targets: Sequence[str]) -> list[list[tuple[int, int]]]:
        sizes = [
            min(len(source.split()), len(target.split()))
            for source, target in zip(sources, targets, strict=True)
        ]
        return [[(place, place) for place in range(size)] for size in sizes]


def forms(source: str, target: str, count: int = 400) -> Counter[tuple[str, str]]:
    """All that becomes of a pair, in a text that tells the names."""
    sources, targets = [source] * count + SOURCES, [target] * count + TARGETS
    found = change_case(sources, targets, fraction=1.0, seed=1, aligner=Diagonal())
    return Counter(list(zip(*found, strict=True))[:count])


def test_the_forms_of_a_pair_and_their_shares() -> None:
    found = forms("Hoy no veo a Ana.", "Now I don't see Ana.", 6000)
    shares = {
        ("Hoy no veo a ana.", "Now I don't see Ana."): 0.40,
        ("hoy no veo a ana.", "now I don't see Ana."): 0.15,
        ("Hoy No Veo A Ana.", "Now I Don't See Ana."): 0.25 * 2 / 3,
        ("Hoy no veo a Ana.", "Now I Don't see Ana."): 0.25 / 3,
        ("HOY NO VEO A ANA.", "NOW I DON'T SEE ANA."): 0.10,
    }
    for pair, share in shares.items():
        assert found[pair] / 6000 == pytest.approx(share, abs=0.025)
    phrases = [pair for pair in found if pair not in shares]
    assert ("Hoy NO veo a Ana.", "Now I don't see Ana.") in phrases
    assert sum(found[pair] for pair in phrases) / 6000 == pytest.approx(0.10, abs=0.025)


def test_a_name_begins_a_lowercase_source_but_not_its_target() -> None:
    assert ("tom no vio a ana.", "Tom did not see Ana.") in forms(
        "Tom no vio a Ana.", "Tom did not see Ana."
    )
    assert ("ella no.", "she did not.") in forms("Ella no.", "She did not.")


def test_two_words_are_all_in_capitals_or_none() -> None:
    assert set(forms("Tengo hambre.", "I'm hungry.")) == {
        ("Tengo hambre.", "I'm hungry."),
        ("tengo hambre.", "i'm hungry."),
        ("Tengo Hambre.", "I'm Hungry."),
        ("TENGO HAMBRE.", "I'M HUNGRY."),
    }


def test_items_keep_their_case() -> None:
    found = forms("Mira aquí: https://a.es/Xy.", "Look here: https://a.es/Xy.")
    assert ("MIRA AQUÍ: https://a.es/Xy.", "LOOK HERE: https://a.es/Xy.") in found
    assert all(text.endswith("https://a.es/Xy.") for pair in found for text in pair)


def test_a_pair_without_a_certain_phrase_stays() -> None:
    class Unlinked:
        def links(
            self, sources: Sequence[str], targets: Sequence[str]
        ) -> list[list[tuple[int, int]]]:
            return [[] for _ in sources]

    sources, targets = ["uno dos tres"] * 300, ["one two three"] * 300
    found = change_case(sources, targets, fraction=1.0, seed=1, aligner=Unlinked())
    assert set(zip(*found, strict=True)) == {
        ("uno dos tres", "one two three"),
        ("Uno Dos Tres", "One Two Three"),
        ("Uno dos Tres", "One two Three"),
        ("UNO DOS TRES", "ONE TWO THREE"),
    }


def test_a_fraction_of_the_pairs_is_changed_as_the_seed_decides() -> None:
    sources, targets = ["Ve a TOM."] * 1000, ["See TOM!"] * 1000
    aligner = WordAligner.train(sources, targets)
    first, again, other = (
        change_case(sources, targets, fraction=0.3, seed=seed, aligner=aligner)
        for seed in (1, 1, 2)
    )
    assert first == again != other
    assert 150 < sum(text != "Ve a TOM." for text in first[0]) < 380
    assert change_case(sources, targets, fraction=0.0, seed=1, aligner=aligner) == (
        sources,
        targets,
    )


@pytest.mark.parametrize(
    ("text", "raised", "lowered"),
    [
        ("Año", "AÑO", "año"),
        ("Straße", "STRAßE", "straße"),
        ("İzmir", "İZMIR", "İzmir"),
        ("ısı", "ıSı", "ısı"),
        ("Οδός", "ΟΔΌΣ", "οδός"),
        ("ẞ ﬁ \u212a", "ẞ ﬁ \u212a", "ẞ ﬁ \u212a"),
    ],
)
def test_letters_without_a_way_back_keep_their_case(text: str, raised: str, lowered: str) -> None:
    assert raise_letters(text) == raised
    assert lower_letters(text) == lowered


@given(st.text(max_size=20))
def test_letters_keep_their_number_and_their_identity(text: str) -> None:
    for changed in (raise_letters(text), lower_letters(text)):
        assert len(changed) == len(text)
        assert changed.casefold() == text.casefold()


@given(st.lists(st.tuples(st.text(max_size=12), st.text(max_size=12)), max_size=5), st.integers())
def test_only_the_case_changes(pairs: list[tuple[str, str]], seed: int) -> None:
    sources, targets = [source for source, _ in pairs], [target for _, target in pairs]
    aligner = WordAligner.train(sources, targets)
    found = change_case(sources, targets, fraction=1.0, seed=seed, aligner=aligner)
    for before, after in zip(sources + targets, found[0] + found[1], strict=True):
        assert before.lower().casefold() == after.lower().casefold()
