"""Tests of the tokenizer contract, for every registered tokenizer."""

from __future__ import annotations

import itertools
import pickle
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from seq2seq.config.settings import TokenizerConfig
from seq2seq.data.tokenizers.base import NORMALIZATIONS, SubwordSampling, Tokenizer
from seq2seq.data.tokenizers.known_tokenizers import TOKENIZERS
from seq2seq.data.tokenizers.vocabulary import BOS, EOS, PAD, UNK
from seq2seq.errors import CheckpointError, DataError

NAMES = tuple(TOKENIZERS)
SAMPLING = ("bpe", "truecased", "unigram")
HOSTILE = "<unk> <s> </s> <pad> <0x41> x<s>y <0x0A> ⁇"

LINES = [
    f"{who} {does} {what}{end}"
    for who, does, what, end in itertools.product(
        ("The old man", "A child", "My sister's friend", "Nobody", "El niño"),
        ("sees", "doesn't want", "is walking towards", "has forgotten", "sells"),
        (
            "the house",
            "three red apples",
            "(again) the river",
            'tomorrow\'s "news"',
            "a well-known city",
        ),
        (".", "!", "?", ", he said.", "..."),
    )
]


def settings(name: str, **chosen: object) -> TokenizerConfig:
    return TokenizerConfig.model_validate({"type": name, "vocab_size": 400} | chosen)


def trained(name: str, normalization: str = "identity") -> Tokenizer:
    return TOKENIZERS[name].train(LINES, settings(name, normalization=normalization))


@pytest.fixture(scope="module")
def tokenizers() -> dict[str, Tokenizer]:
    return {name: trained(name) for name in NAMES}


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def tokenizer(name: str, tokenizers: dict[str, Tokenizer]) -> Tokenizer:
    return tokenizers[name]


def test_round_trip_of_ordinary_text(tokenizer: Tokenizer) -> None:
    ids = tokenizer.encode(LINES)
    assert tokenizer.decode(ids) == LINES
    assert all(EOS < i < tokenizer.vocab_size for row in ids for i in row)


def test_nothing_in_is_nothing_out(tokenizer: Tokenizer) -> None:
    assert tokenizer.encode(["", " ", "\n \u2028"]) == [[], [], []]
    assert tokenizer.encode([]) == []
    assert tokenizer.decode([[], [PAD, BOS, EOS, PAD]]) == ["", ""]
    assert tokenizer.decode([]) == []


def test_special_ids_are_skipped(tokenizer: Tokenizer) -> None:
    row = tokenizer.encode(["The old man sells the house."])[0]
    assert tokenizer.decode([[BOS, *row[:2], PAD, *row[2:], EOS, PAD]]) == [
        "The old man sells the house."
    ]


def test_hostile_text_yields_no_special_id(tokenizer: Tokenizer) -> None:
    row = tokenizer.encode([HOSTILE])[0]
    assert not {PAD, BOS, EOS} & set(row)


def test_training_on_hostile_text_learns_no_special_piece(name: str) -> None:
    tokenizer = TOKENIZERS[name].train(
        [HOSTILE] * 50 + LINES, settings(name, vocab_size=500, normalization="identity")
    )
    row = tokenizer.encode([HOSTILE])[0]
    assert not {PAD, UNK, BOS, EOS} & set(row)
    assert tokenizer.decode([row]) == [HOSTILE]


def test_decoded_text_has_no_line_break(tokenizer: Tokenizer) -> None:
    every_id = tokenizer.decode(
        [list(range(tokenizer.vocab_size)), *([i] for i in range(tokenizer.vocab_size))]
    )
    assert all(len(text.splitlines()) <= 1 and not text.endswith("\n") for text in every_id)


def test_pieces_show_every_id(tokenizer: Tokenizer) -> None:
    pieces = tokenizer.pieces(range(tokenizer.vocab_size))
    assert pieces[:4] == ["<pad>", "<unk>", "<s>", "</s>"]
    assert len(set(pieces)) == tokenizer.vocab_size


@pytest.mark.parametrize("wrong", [-1, 10**6])
def test_an_id_outside_the_vocabulary_is_a_defect(tokenizer: Tokenizer, wrong: int) -> None:
    with pytest.raises(AssertionError, match="outside"):
        tokenizer.decode([[wrong]])


def test_saved_and_loaded_gives_the_same_ids(
    name: str, tokenizer: Tokenizer, tmp_path: Path
) -> None:
    path = tmp_path / f"it.{tokenizer.suffix}"
    tokenizer.save(path)
    loaded = TOKENIZERS[name].load(path)
    texts = [*LINES, HOSTILE, "Ünïcödé 😀"]
    assert loaded.encode(texts) == tokenizer.encode(texts)
    assert loaded.vocab_size == tokenizer.vocab_size


def test_a_copy_sent_to_another_process_gives_the_same_ids(tokenizer: Tokenizer) -> None:
    assert pickle.loads(pickle.dumps(tokenizer)).encode(LINES) == tokenizer.encode(LINES)


def test_training_twice_gives_the_same_file(
    name: str, tokenizer: Tokenizer, tmp_path: Path
) -> None:
    tokenizer.save(tmp_path / "first")
    trained(name).save(tmp_path / "second")
    assert (tmp_path / "first").read_bytes() == (tmp_path / "second").read_bytes()


@pytest.mark.parametrize("damage", ["missing", "empty", "garbage", "truncated"])
def test_a_damaged_file_is_named(
    name: str, tokenizer: Tokenizer, damage: str, tmp_path: Path
) -> None:
    path = tmp_path / "it.saved"
    if damage != "missing":
        tokenizer.save(path)
        whole = path.read_bytes()
        path.write_bytes(
            {
                "empty": b"",
                "garbage": b"\x00\xff garbage" * 9,
                "truncated": whole[: len(whole) // 2],
            }[damage]
        )
    with pytest.raises(CheckpointError, match=r"it\.saved: "):
        TOKENIZERS[name].load(path)


@pytest.mark.parametrize("lines", [[], ["", "  ", "\n"]])
def test_no_text_is_a_data_error(name: str, lines: list[str]) -> None:
    with pytest.raises(DataError, match="no "):
        TOKENIZERS[name].train(lines, settings(name))


def test_an_error_from_the_lines_is_passed_on(name: str) -> None:
    def lines() -> object:
        yield "one line"
        raise DataError("line 2: not UTF-8")

    with pytest.raises(DataError, match="line 2"):
        TOKENIZERS[name].train(lines(), settings(name))  # type: ignore[arg-type]


@pytest.mark.parametrize("normalization", NORMALIZATIONS)
def test_normalization_survives_saving(name: str, normalization: str, tmp_path: Path) -> None:
    trained(name, normalization=normalization).save(tmp_path / "it")
    tokenizer = TOKENIZERS[name].load(tmp_path / "it")
    seen = tokenizer.decode(tokenizer.encode(["Ｔhe old man  sells…"]))[0]
    if normalization == "identity":
        assert seen in ("Ｔhe old man sells…", "<unk> old man sells <unk>")
    else:
        assert seen.lower() == "the old man sells..."
        assert (seen == seen.lower()) == (normalization == "nmt_nfkc_cf") or name == "word"


def test_a_long_text_is_encoded_whole(name: str, tokenizer: Tokenizer) -> None:
    mark = name == "truecased"  # for a text that begins without a capital
    assert len(tokenizer.encode(["a" * 200_000])[0]) - mark in (1, 200_000, 200_001)


def test_sampling_is_decided_by_its_seed(name: str, tokenizer: Tokenizer) -> None:
    plain, first, again, other = (
        tokenizer.encode(LINES, sampling=sampling)
        for sampling in (
            None,
            SubwordSampling(0.2, seed=1),
            SubwordSampling(0.2, seed=1),
            SubwordSampling(0.2, seed=2**40 + 7),
        )
    )
    assert first == again
    assert tokenizer.decode(first) == tokenizer.decode(other) == LINES
    assert (first != other) == (first != plain) == (name in SAMPLING)
    assert tokenizer.encode(LINES) == plain


@pytest.mark.parametrize("name", SAMPLING)
def test_sampling_in_one_thread_does_not_disturb_another(
    name: str, tokenizers: dict[str, Tokenizer]
) -> None:
    samplings = [SubwordSampling(0.2, seed) for seed in range(8)]

    def sampled(sampling: SubwordSampling) -> list[list[int]]:
        return tokenizers[name].encode(LINES, sampling=sampling)

    with ThreadPoolExecutor(max_workers=4) as pool:
        assert list(pool.map(sampled, samplings)) == [sampled(sampling) for sampling in samplings]


@pytest.mark.parametrize(
    "text",
    ["The old man sel", "My sister's fri", "A well-known ci", "tomorrow's \"ne", "Nobo", "n"],
)
def test_the_beginning_of_a_text_can_be_completed_to_it(
    name: str, tokenizer: Tokenizer, text: str
) -> None:
    ids, begun = tokenizer.split_prefix(text)
    rest = (
        text[0].lower() + text[1:] if name == "truecased" else text
    )  # as its pieces spell what begins a sentence
    assert begun
    whole = tokenizer.decode([ids])[0]
    assert text.startswith(whole)
    for number, left in tokenizer.completions(begun).items():
        spelt = tokenizer.decode([[*ids, number]])[0]
        assert (
            spelt.startswith(text) if not left else text.startswith(spelt) and rest.endswith(left)
        )
    for line in LINES:
        if line.startswith(text):
            [tokens] = tokenizer.encode([line])
            assert tokens[: len(ids)] == ids
            assert tokens[len(ids)] in tokenizer.completions(begun)


def test_after_a_space_no_word_is_begun(tokenizer: Tokenizer) -> None:
    assert tokenizer.split_prefix("") == ([], "")
    assert tokenizer.split_prefix("The old ") == (tokenizer.encode(["The old"])[0], "")
    assert tokenizer.split_prefix("The old 😀") == (tokenizer.encode(["The old 😀"])[0], "")


def test_continuation_ids_continue_the_word_before_them(tokenizer: Tokenizer) -> None:
    [house] = tokenizer.encode(["house"])
    for number in range(4, tokenizer.vocab_size):
        text = tokenizer.decode([[*house, number]])[0]
        if not re.fullmatch("<0x..>", tokenizer.pieces([number])[0]) and "\ufffd" not in text:
            assert (number in tokenizer.continuation_ids()) == (
                text[5:6].isalnum() if text.startswith("house") else False
            )
