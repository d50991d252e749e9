"""TokenizerPair: what it writes into a model directory, and what it says of a damaged one."""

from __future__ import annotations

import itertools
import json
import re
from pathlib import Path

import pytest

from seq2seq.config.settings import TokenizerConfig
from seq2seq.data.tokenizers.known_tokenizers import TOKENIZERS
from seq2seq.data.tokenizers.pair import TokenizerPair
from seq2seq.errors import CheckpointError

NAMES = tuple(TOKENIZERS)

LINES = [
    f"{who} {does} {what}{end}"
    for who, does, what, end in itertools.product(
        ("The old man", "A child", "Nobody", "El niño"),
        ("sees", "doesn't want", "is walking towards", "has forgotten"),
        ("the house", "three red apples", "(again) the river", "a well-known city"),
        (".", "!", ", he said.", "..."),
    )
]


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def pair_of(name: str, joint: bool = False) -> TokenizerPair:
    return TokenizerPair.train(
        iter(LINES),
        (line.upper() for line in LINES),
        TokenizerConfig(type=name, vocab_size=400, joint=joint),
    )


@pytest.mark.parametrize("joint", [False, True])
def test_a_pair_comes_back(name: str, joint: bool, tmp_path: Path) -> None:
    pair = pair_of(name, joint)
    pair.save(tmp_path)
    loaded = TokenizerPair.load(tmp_path)
    suffix = pair.source.suffix
    roles = ["joint"] if joint else ["source", "target"]
    files = sorted(path.name for path in (tmp_path / "tokenizer").iterdir())
    assert files == sorted(["tokenizer.json", *(f"{role}.{suffix}" for role in roles)])
    assert loaded.joint == pair.joint == joint
    assert type(loaded.source) is TOKENIZERS[name]
    texts = [*LINES[:20], *(line.upper() for line in LINES[:20])]
    assert loaded.source.encode(texts) == pair.source.encode(texts)
    assert loaded.target.encode(texts) == pair.target.encode(texts)


def test_the_two_sides_can_differ(tmp_path: Path) -> None:
    TokenizerPair(pair_of("bpe").source, pair_of("word").target).save(tmp_path)
    loaded = TokenizerPair.load(tmp_path)
    assert (type(loaded.source), type(loaded.target)) == (TOKENIZERS["bpe"], TOKENIZERS["word"])
    sized = TokenizerPair.train(
        LINES, LINES, TokenizerConfig(vocab_size=400, target_vocab_size=350)
    )
    assert (sized.source.vocab_size, sized.target.vocab_size) == (400, 350)


@pytest.mark.parametrize("file", ["tokenizer.json", "source.model", "target.model"])
def test_the_damaged_file_of_a_pair_is_named(file: str, tmp_path: Path) -> None:
    pair_of("bpe").save(tmp_path)
    path = tmp_path / "tokenizer" / file
    whole = path.read_bytes()
    for damaged in (whole[:-5], whole[: len(whole) // 2], b"", b"\xff\xfe garbage"):
        path.write_bytes(damaged)
        with pytest.raises(CheckpointError, match=re.escape(f"{file}: ")):
            TokenizerPair.load(tmp_path)
    path.unlink()
    with pytest.raises(CheckpointError, match=re.escape(f"{file}: missing")):
        TokenizerPair.load(tmp_path)


def test_a_model_of_another_pair_is_named(tmp_path: Path) -> None:
    pair_of("bpe").save(tmp_path)
    pair_of("bpe").source.save(tmp_path / "tokenizer" / "target.model")
    with pytest.raises(CheckpointError, match=r"target\.model: .*does not match tokenizer\.json"):
        TokenizerPair.load(tmp_path)


@pytest.mark.parametrize(
    "change",
    [
        {"format": 2},
        {"joint": "yes"},
        {"joint": True},
        {"tokenizers": {}},
        {"tokenizers": {"source": {"type": "magic", "sha256": ""}, "target": {}}},
        {"tokenizers": {"source": {"type": "bpe"}, "target": {"type": "bpe"}}},
    ],
)
def test_a_mismatched_index_is_named(change: dict[str, object], tmp_path: Path) -> None:
    pair_of("bpe").save(tmp_path)
    path = tmp_path / "tokenizer" / "tokenizer.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(CheckpointError, match=r"tokenizer\.json: "):
        TokenizerPair.load(tmp_path)
