"""Truecasing: nothing is lost, and a word is the same in all positions."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.config.settings import TokenizerConfig
from seq2seq.data.tokenizers.truecase import (
    LOWERCASE_MARK,
    SPACE_MARK,
    find_names,
    restore_case,
    truecase,
    word_indices,
)
from seq2seq.data.tokenizers.truecased import TruecasedTokenizer
from seq2seq.errors import CheckpointError

NAMES = frozenset({"Tom", "I", "Boston", "TV"})
LINES = [
    "Tom and I are here. Are you here, Tom?",
    "You are in Boston, and I (Tom) am not.",
    "Are you Tom? I am in Boston.",
    "here you are",
] * 9
letters = st.sampled_from("aAéÉßıİſǅﬁ1.…?!\"¿([«»)'-中,")
words_of_any_kind = st.lists(
    st.one_of(st.text(letters, min_size=1), st.sampled_from(["Tom", "tom", "I", "¿", '"']))
)


@given(words_of_any_kind)
def test_nothing_is_lost(words: list[str]) -> None:
    assert restore_case(truecase(words, NAMES)) == " ".join(words)


@given(
    st.lists(
        st.text(
            st.characters(
                exclude_categories=["Z", "C"], exclude_characters=LOWERCASE_MARK + SPACE_MARK
            ),
            min_size=1,
        )
    )
)
def test_nothing_is_lost_in_any_script(words: list[str]) -> None:
    assert restore_case(truecase(words, NAMES)) == " ".join(words)


@given(st.lists(st.sampled_from(["a", "Tom", "¿", "(", ".", LOWERCASE_MARK, SPACE_MARK, "A."])))
def test_words_in_any_order_give_a_text(words: list[str]) -> None:
    text = restore_case(words)
    assert not {LOWERCASE_MARK, SPACE_MARK} & set(text)
    assert restore_case(truecase(text.split(), NAMES)) == text


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("¿Estamos listos? Estamos aquí.", "¿ estamos listos? estamos aquí."),
        ("Tom is here. I see Tom.", "Tom is here. I see Tom."),
        ("TVs are dear. NATO is not.", "TVs are dear. NATO is not."),
        ("casa de papel", f"{LOWERCASE_MARK} casa de papel"),
        ('He said: "Go (now) to Boston." Why?', 'he said: " Go ( now) to Boston." why?'),
        ("¿ Y tú ?", f"¿ {SPACE_MARK} y tú ?"),
        ("... y (", f"... {LOWERCASE_MARK} y ("),
        ("3 casas", "3 casas"),
        ("犬がいる。", "犬がいる。"),
        (f"{LOWERCASE_MARK} a{SPACE_MARK}b", "↓ " + f"{LOWERCASE_MARK} a_b"),
    ],
)
def test_first_words_are_as_inside_sentences(text: str, inside: str) -> None:
    assert " ".join(truecase(text.split(), NAMES)) == inside


def test_a_mid_sentence_text_begins_no_sentence() -> None:
    assert truecase(["house", "of", "Paper"], NAMES, first=False) == ["house", "of", "Paper"]


def test_names_are_words_that_have_a_capital_inside_sentences_more_often_than_not() -> None:
    assert find_names(line.split() for line in LINES) == ["Boston", "I", "Tom"]
    assert find_names([["A", "May", "day"], ["A", "may", "B"]]) == ["B"]


@given(words_of_any_kind)
def test_each_word_of_a_text_has_its_index(words: list[str]) -> None:
    inside = truecase(words, NAMES)
    numbers = word_indices(inside)
    assert len(numbers) == len(inside)
    together = [
        "".join(w for w, n in zip(inside, numbers, strict=True) if n == number)
        for number in range(len(words))
    ]
    plain = [text.replace(LOWERCASE_MARK, "").replace(SPACE_MARK, "").lower() for text in together]
    assert plain == [word.lower() for word in words]


@pytest.fixture(scope="module")
def tokenizer() -> TruecasedTokenizer:
    return TruecasedTokenizer.train(LINES, TokenizerConfig(type="truecased", vocab_size=320))


def test_a_word_has_the_same_pieces_in_all_positions(tokenizer: TruecasedTokenizer) -> None:
    first, inside = tokenizer.encode(["Are you?", "Tom are you?"])
    assert tokenizer.pieces(first) == tokenizer.pieces(inside)[1:]
    assert tokenizer.encode_mid_sentence(["are you?"]) == [first]
    assert tokenizer.encode(["are you?"])[0][1:] == first


def test_a_prefix_has_the_same_pieces_too(tokenizer: TruecasedTokenizer) -> None:
    assert tokenizer.split_prefix("Are yo") == (tokenizer.encode(["Are"])[0], "▁yo")
    ids, begun = tokenizer.split_prefix("(yo")
    assert (tokenizer.decode([ids]), begun) == (["("], "▁yo")


def test_alignments_count_the_words_of_the_text(tokenizer: TruecasedTokenizer) -> None:
    [ids] = tokenizer.encode(["are (here) you"])
    numbers = dict(zip(tokenizer.pieces(ids), tokenizer.word_ids(ids), strict=True))
    assert (numbers["▁⇩"], numbers["▁are"], numbers["▁here"], numbers["▁you"]) == (0, 0, 1, 2)
    assert tokenizer.word_ids(ids)[-1] == 2


@pytest.mark.parametrize("first_line", [b"{}", b"[1]", b"", b"no JSON", b'["a"'])
def test_a_file_without_its_names_is_named(
    tokenizer: TruecasedTokenizer, first_line: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "joint.truecased"
    tokenizer.save(path)
    path.write_bytes(first_line + b"\n" + path.read_bytes().partition(b"\n")[2])
    with pytest.raises(CheckpointError, match=r"joint\.truecased: "):
        TruecasedTokenizer.load(path)
