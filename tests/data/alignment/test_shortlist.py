"""Shortlist: a known lexicon is found, each row has its own candidates, a wrong file is named."""

from __future__ import annotations

import itertools
import math
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
import safetensors.torch
import torch
import yaml
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from seq2seq.cli.app import app
from seq2seq.config.settings import TokenizerConfig
from seq2seq.data.alignment import ibm_model_1 as learning
from seq2seq.data.alignment import shortlist as module
from seq2seq.data.alignment.shortlist import Shortlist
from seq2seq.data.ragged import RaggedIds
from seq2seq.data.tokenizers.pair import TokenizerPair
from seq2seq.data.tokenizers.vocabulary import BOS, EOS, PAD
from seq2seq.errors import CheckpointError, DataError, StorageError
from seq2seq.model_directory.learn_shortlist import figures, shortlist
from seq2seq.model_directory.names import SHORTLIST
from tests.support import tiny_run as tiny
from tests.support.examples import few

Pairs = list[tuple[list[int], list[int]]]

V_S, V_T = 40, 50
OF = "fingerprint"
LEXICON = {token: token + 7 for token in range(5, 30)}
THE = 4  # stands in every target, and comes of nothing


def of(tokenizers: TokenizerPair) -> tuple[int, int, str]:
    """Return the vocabularies that a shortlist has to fit."""
    return tokenizers.source.vocab_size, tokenizers.target.vocab_size, tokenizers.fingerprint()


def sentences(count: int, seed: int = 0, words: dict[int, int] = LEXICON) -> Pairs:
    """Shuffled word-by-word translations."""
    rng = np.random.default_rng(seed)
    sources = [rng.choice(sorted(words), rng.integers(1, 8)).tolist() for _ in range(count)]
    return [
        (source, [THE, *rng.permutation([words[token] for token in source]).tolist()])
        for source in sources
    ]


def learned(pairs: Pairs, **options: int) -> Shortlist:
    source, target = RaggedIds([s for s, _ in pairs]), RaggedIds([t for _, t in pairs])
    return Shortlist.train(source, target, V_S, V_T, **options)


def padded(rows: list[list[int]], width: int | None = None) -> np.ndarray:
    ragged = RaggedIds(rows)
    return ragged.padded(
        np.arange(len(rows)), width or int(ragged.lengths.max(initial=0)) + 1, last=EOS
    )


def candidates(found: Shortlist, rows: list[list[int]], width: int | None = None) -> list[set[int]]:
    ids, allowed = found.batch(padded(rows, width))
    return [set(ids[row].tolist()) for row in allowed]


def same(a: Shortlist, b: Shortlist) -> bool:
    return all(
        np.array_equal(getattr(a, n), getattr(b, n)) for n in ("offsets", "translations", "always")
    )


def ibm_model_1(pairs: Pairs, iterations: int) -> dict[tuple[int, int], float]:
    """IBM Model 1 as in the book: p(t | s) with a NULL word, -1."""
    p: dict[tuple[int, int], float] = defaultdict(lambda: 1.0)
    for _ in range(iterations):
        expected: Counter[tuple[int, int]] = Counter()
        for source, target in pairs:
            for t in target:
                total = math.fsum(p[s, t] for s in [-1, *source])
                for s in [-1, *source]:
                    expected[s, t] += p[s, t] / total  # type: ignore[assignment]
        totals: Counter[int] = Counter()
        for (s, _), count in expected.items():
            totals[s] += count
        p = defaultdict(float, {(s, t): count / totals[s] for (s, t), count in expected.items()})
    return p


def test_a_lexicon_is_recovered_and_a_word_without_a_source_is_not_linked_to_all() -> None:
    found = learned(sentences(500), per_token=1, frequent=0, iterations=8)
    for token, translation in LEXICON.items():
        assert candidates(found, [[token]]) == [{translation, EOS}]


@pytest.mark.parametrize("chunk", [1, 50, 10**6])
def test_the_candidates_are_those_of_a_plain_ibm_model_1(
    chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learning, "CHUNK_LINKS", chunk)
    monkeypatch.setattr(module, "MIN_PROBABILITY", 0.02)
    pairs = [*sentences(60, seed=3), ([], [THE]), ([5], []), ([], [])]
    expected = ibm_model_1(pairs, iterations=4)
    found = learned(pairs, per_token=3, frequent=0, iterations=4)
    for token in range(4, V_S):
        likely = {t: p for (s, t), p in expected.items() if s == token and p >= 0.02}
        chosen = candidates(found, [[token]])[0] - {EOS}
        assert len(chosen) == min(3, len(likely))
        rest = [p for t, p in likely.items() if t not in chosen]
        assert min((likely[t] for t in chosen), default=1.0) >= max(rest, default=0.0) - 1e-12


@given(
    rows=st.lists(st.lists(st.integers(4, V_S - 1), max_size=9), min_size=1, max_size=12),
    extra=st.integers(0, 5),
    per_token=st.integers(1, 9),
    frequent=st.integers(0, 60),
)
@few(50)
def test_the_candidates_of_a_row_do_not_depend_on_the_rest_of_the_batch(
    rows: list[list[int]], extra: int, per_token: int, frequent: int
) -> None:
    found = learned(sentences(40), per_token=per_token, frequent=frequent)
    source = padded(rows, max(map(len, rows)) + 1 + extra)
    ids, allowed = found.batch(source)
    assert allowed.shape == (len(rows), len(ids))
    assert allowed.dtype == np.bool_
    assert (np.diff(ids) > 0).all()
    assert {PAD, BOS, EOS} <= set(ids.tolist()) <= set(range(V_T))
    assert allowed[:, ids == EOS].all()
    assert not allowed[:, (ids == PAD) | (ids == BOS)].any()
    together = [set(ids[row].tolist()) for row in allowed]
    assert together == [candidates(found, [row])[0] for row in rows]
    assert set().union(*together) | {PAD, BOS} == set(ids.tolist())
    assert all(
        len(found) <= len(row) * per_token + frequent + 1
        for found, row in zip(together, rows, strict=True)
    )


def test_an_unseen_token_and_an_empty_sentence_get_the_frequent_tokens() -> None:
    found = learned(sentences(50), frequent=2)
    always = candidates(found, [[]])[0]
    assert {THE, EOS} < always
    assert len(always) == 3
    assert candidates(found, [[V_S - 1], [PAD, BOS, EOS]]) == [always, always]


def test_frequent_tokens_are_the_most_frequent_and_no_token_that_never_occurs() -> None:
    pairs = [([5], [20] * 3), ([6], [21, 21]), ([7], [22])]
    for frequent in range(60):
        expected = {20, 21, 22} if frequent > 2 else {20, 21, 22} & set(range(20, 20 + frequent))
        assert candidates(learned(pairs, frequent=frequent), [[]]) == [expected | {EOS}]


@pytest.mark.parametrize(
    "pairs", [[], [([], [])], [([5], [])]], ids=["none", "empty", "empty target"]
)
def test_nothing_to_learn_from_leaves_the_end_token(pairs: Pairs) -> None:
    assert candidates(learned(pairs), [[5, 6]]) == [{EOS}]


def test_a_large_corpus_is_sampled_the_same_way_each_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pairs = sentences(400)
    whole = learned(pairs)
    for limit, value in (("MAX_SENTENCES", 60), ("MAX_LINKS", 2000)):
        with monkeypatch.context() as patch:
            patch.setattr(learning, limit, value)
            sources, targets = (RaggedIds(list(side)) for side in zip(*pairs, strict=True))
            rows = np.concatenate(list(learning.sample_chunks(sources.lengths, targets.lengths)))
            costs = (sources.lengths + 1) * targets.lengths
            assert len(set(rows.tolist())) == len(rows) > 40
            assert len(rows) == 60 or 1900 < costs[rows].sum() <= 2000
            assert same(learned(pairs), learned(pairs))
            assert not same(learned(pairs), whole)
            assert np.array_equal(
                learned(pairs, frequent=9).always, learned(pairs, frequent=9).always
            )


def test_chunks_hold_every_row_once_and_few_links(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learning, "CHUNK_LINKS", 100)
    source, target = np.random.default_rng(0).integers(0, 9, (2, 300))
    chunks_by_cost = list(learning.sample_chunks(source, target))
    assert np.concatenate(chunks_by_cost).tolist() == list(range(300))
    costs = (source + 1) * target
    assert all(costs[rows].sum() <= 100 + costs.max() for rows in chunks_by_cost)


def test_a_saved_shortlist_comes_back(tmp_path: Path) -> None:
    found = learned(sentences(80), per_token=5, frequent=6)
    found.save(tmp_path / SHORTLIST, OF)
    loaded = Shortlist.load(tmp_path / SHORTLIST, V_S, V_T, OF)
    assert same(found, loaded)
    assert [path.name for path in tmp_path.iterdir()] == [SHORTLIST]
    rows = [source for source, _ in sentences(9, seed=4)]
    assert candidates(loaded, rows) == candidates(found, rows)


def test_a_missing_or_damaged_file_or_one_of_another_model_is_named(tmp_path: Path) -> None:
    path = tmp_path / SHORTLIST
    with pytest.raises(
        CheckpointError, match=r"shortlist\.safetensors: missing .*seq2seq shortlist"
    ):
        Shortlist.load(path, V_S, V_T, OF)
    learned(sentences(80)).save(path, OF)
    for source_size, target_size, name in (
        (V_S + 1, V_T, OF),
        (V_S, V_T - 1, OF),
        (V_S, V_T, "another's"),
    ):
        with pytest.raises(CheckpointError, match=r"shortlist\.safetensors: made for other voc"):
            Shortlist.load(path, source_size, target_size, name)
    content = path.read_bytes()
    for damaged in (b"", b"no such thing", content[:-1], content[: len(content) // 2], content[1:]):
        path.write_bytes(damaged)
        with pytest.raises(
            CheckpointError, match=r"shortlist\.safetensors: (empty file|truncated or not)"
        ) as raised:
            Shortlist.load(path, V_S, V_T, OF)
        assert "\n" not in str(raised.value)


def test_a_changed_byte_is_refused_or_gives_another_shortlist_but_nothing_else(
    tmp_path: Path,
) -> None:
    path = tmp_path / SHORTLIST
    learned(sentences(20), per_token=2).save(path, OF)
    content = path.read_bytes()
    refused = 0
    for place in range(0, len(content), 3):
        path.write_bytes(
            content[:place] + bytes([content[place] ^ (1 << place % 8)]) + content[place + 1 :]
        )
        try:
            found = Shortlist.load(path, V_S, V_T, OF)
        except CheckpointError:
            refused += 1
        else:
            found.batch(np.arange(V_S)[None])
    assert refused > len(content) // 9


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float8_e4m3fn], ids=str)
def test_a_file_of_a_type_that_numpy_lacks_is_refused(dtype: torch.dtype, tmp_path: Path) -> None:
    safetensors.torch.save_file({"offsets": torch.zeros(3, dtype=dtype)}, tmp_path / SHORTLIST)
    with pytest.raises(CheckpointError, match=r"shortlist\.safetensors: not a shortlist"):
        Shortlist.load(tmp_path / SHORTLIST, V_S, V_T, OF)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("offsets", None),
        ("offsets", np.zeros(V_S + 1, np.int32)),
        ("offsets", np.zeros((V_S + 1, 1), np.int64)),
        ("offsets", np.zeros(0, np.int64)),
        ("offsets", np.full(V_S + 1, 3, np.int64)),
        ("offsets", np.array([0, 5, 3] + [3] * (V_S - 2))),
        ("offsets", np.arange(V_S + 1)),
        ("translations", np.array([4, V_T, 4], np.int32)),
        ("translations", np.array([4, -1, 4], np.int32)),
        ("translations", np.array([4.0, 4.0, 4.0], np.float32)),
        ("always", np.array([V_T], np.int32)),
        ("always", np.array([-1], np.int32)),
        ("target_vocab_size", np.array([], np.int64)),
        ("more", np.array([1], np.int64)),
    ],
)
def test_a_file_with_impossible_content_is_refused(
    name: str, value: np.ndarray | None, tmp_path: Path
) -> None:
    good = {
        "offsets": np.array([0] * 5 + [3] * (V_S - 4)),
        "translations": np.array([4, 5, 6], np.int32),
        "always": np.array([], np.int32),
        "target_vocab_size": np.array([V_T]),
        "vocabularies": np.frombuffer(OF.encode(), np.uint8),
    }
    path = tmp_path / SHORTLIST
    safetensors.numpy.save_file(good, path)
    assert candidates(Shortlist.load(path, V_S, V_T, OF), [[4], [5]]) == [{4, 5, 6, EOS}, {EOS}]
    content = (
        good | {name: value}
        if value is not None
        else {key: good[key] for key in good if key != name}
    )
    safetensors.numpy.save_file(content, path)
    with pytest.raises(CheckpointError, match=r"shortlist\.safetensors: ") as raised:
        Shortlist.load(path, V_S, V_T, OF)
    assert "\n" not in str(raised.value)


def test_the_figures_count_what_is_allowed_and_covered() -> None:
    found = learned(sentences(300), per_token=3, frequent=2)
    pairs = [*sentences(130, seed=9), ([], [30, 31]), ([39], [])]
    got = figures(found, RaggedIds([s for s, _ in pairs]), RaggedIds([t for _, t in pairs]))
    own = [candidates(found, [source])[0] for source, _ in pairs]
    tokens = [token in own[row] for row, (_, target) in enumerate(pairs) for token in target]
    assert math.isclose(got.candidates, sum(map(len, own)) / len(pairs))
    assert math.isclose(got.covered, sum(tokens) / len(tokens))
    assert 0 < got.covered < 1
    assert got.candidates <= got.in_batch <= V_T


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A model directory with text of its own but, as no shortlist needs them, without weights."""
    tiny.write_text(tmp_path)
    text = [line.split("\t") for line in (tmp_path / "train.tsv").read_text().splitlines()]
    directory = tmp_path / "run"
    TokenizerPair.train(
        [s for s, _ in text],
        [t for _, t in text],
        TokenizerConfig(type="word", vocab_size=50, joint=False),
    ).save(directory)
    config = {"data": {name: str(tmp_path / f"{name}.tsv") for name in ("train", "dev")}}
    (directory / "config.yaml").write_text(
        yaml.safe_dump(config | {"tokenizer": {"type": "word", "vocab_size": 50}})
    )
    return directory


def test_the_command_writes_the_file_and_says_what_it_does(model: Path) -> None:
    done = CliRunner().invoke(app, ["shortlist", str(model), "--per-token", "1", "--frequent", "0"])
    assert done.exit_code == 0, done.output
    assert "covered: 100.00%" in done.stdout
    assert "candidates:" in done.stdout
    tokenizers = TokenizerPair.load(model)
    found = Shortlist.load(model / SHORTLIST, *of(tokenizers))
    source, target = tokenizers.source.encode(["rojo gato"]), tokenizers.target.encode(["red cat"])
    assert candidates(found, source) == [{*target[0], EOS}]


def test_other_pairs_may_be_learned_from_and_dev_pairs_may_be_missing(
    model: Path, tmp_path: Path
) -> None:
    (tmp_path / "dev.tsv").unlink()
    (tmp_path / "other.tsv").write_text("uno\tthree\n" * 3)
    assert shortlist(model, data=str(tmp_path / "other.tsv"), per_token=1, frequent=0) is None
    tokenizers = TokenizerPair.load(model)
    found = Shortlist.load(model / SHORTLIST, *of(tokenizers))
    (three,) = itertools.chain(*tokenizers.target.encode(["three"]))
    assert candidates(found, tokenizers.source.encode(["uno", "dos"])) == [{three, EOS}, {EOS}]


def test_a_place_that_cannot_be_written_is_named(model: Path) -> None:
    (model / SHORTLIST / "in the way").mkdir(parents=True)
    with pytest.raises(StorageError, match=r"shortlist\.safetensors: cannot be written"):
        shortlist(model)


def test_training_pairs_of_too_many_tokens_are_left_out(model: Path, tmp_path: Path) -> None:
    (tmp_path / "other.tsv").write_text(f"uno\tthree\nuno\t{'two ' * 101}\n")
    shortlist(model, data=str(tmp_path / "other.tsv"), frequent=0)
    tokenizers = TokenizerPair.load(model)
    found = Shortlist.load(model / SHORTLIST, *of(tokenizers))
    assert candidates(found, tokenizers.source.encode(["uno"])) == [
        {*tokenizers.target.encode(["three"])[0], EOS}
    ]
    (tmp_path / "other.tsv").write_text(f"uno\t{'two ' * 101}\n")
    with pytest.raises(DataError, match="max_tokens"):
        shortlist(model, data=str(tmp_path / "other.tsv"))


def test_a_directory_that_is_no_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="no such model directory"):
        shortlist(tmp_path / "nowhere")
    with pytest.raises(CheckpointError, match=r"config\.yaml"):
        shortlist(tmp_path)
