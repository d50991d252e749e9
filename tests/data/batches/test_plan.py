"""Batch plan: each pair once, for any number of ranks; shapes from a small set; resumable
positions."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.config.config import Config
from seq2seq.config.settings import TokenizerConfig
from seq2seq.data.batches.batch import collate
from seq2seq.data.batches.epoch_text import NO_VARIATION, InMemoryText, Part, Variation
from seq2seq.data.batches.plan import plan_batches, round_width
from seq2seq.data.batches.stream import BatchStream, Position
from seq2seq.data.ragged import RaggedIds
from seq2seq.data.tokenizers.pair import TokenizerPair
from seq2seq.data.tokenizers.vocabulary import BOS, EOS, PAD
from seq2seq.errors import ConfigError, DataError
from seq2seq.runtime.ranks import SINGLE_PROCESS, Ranks

lengths = st.lists(st.tuples(st.integers(0, 90), st.integers(0, 90)), min_size=1, max_size=200)


@given(pairs=lengths, world=st.integers(1, 4), budget=st.integers(1, 600), seed=st.integers(0, 99))
def test_each_pair_is_in_one_batch_of_one_rank(
    pairs: list[tuple[int, int]], world: int, budget: int, seed: int
) -> None:
    source, target = np.array(pairs).T
    plan = plan_batches(source, target, budget, seed, epoch=0)
    taken = [row for batch in plan for rank in range(world) for row in batch.of_rank(rank, world)]
    assert sorted(taken) == list(range(len(pairs)))


@given(pairs=lengths, budget=st.integers(1, 600), seed=st.integers(0, 99), epoch=st.integers(0, 5))
def test_batches_keep_to_their_budget_and_widths(
    pairs: list[tuple[int, int]], budget: int, seed: int, epoch: int
) -> None:
    source, target = np.array(pairs).T
    for batch in plan_batches(source, target, budget, seed, epoch):
        widest = max(batch.source_width, batch.target_width)
        assert len(batch.rows) == 1 or len(batch.rows) * widest <= budget
        assert source[batch.rows].max() < batch.source_width == round_width(batch.source_width)
        assert target[batch.rows].max() < batch.target_width == round_width(batch.target_width)


@given(
    pairs=lengths,
    sentences=st.integers(1, 30),
    world=st.integers(1, 4),
    seed=st.integers(0, 99),
    shuffle=st.booleans(),
)
def test_batches_of_n_sentences_hold_each_pair_once_and_all_but_one_are_full(
    pairs: list[tuple[int, int]], sentences: int, world: int, seed: int, shuffle: bool
) -> None:
    source, target = np.array(pairs).T
    plan = plan_batches(source, target, 1, seed, 0, batch_sentences=sentences, shuffle=shuffle)
    taken = [row for batch in plan for rank in range(world) for row in batch.of_rank(rank, world)]
    assert sorted(taken) == list(range(len(pairs)))
    sizes = sorted((len(batch.rows) for batch in plan), reverse=True)
    full, left = divmod(len(pairs), sentences)
    assert sizes == [sentences] * full + [left] * (left > 0)
    for batch in plan:
        assert source[batch.rows].max() < batch.source_width == round_width(batch.source_width)
        assert target[batch.rows].max() < batch.target_width == round_width(batch.target_width)


def test_batches_of_n_sentences_have_similar_lengths_and_no_token_limit() -> None:
    source, target = np.random.default_rng(0).integers(1, 60, (2, 3000))
    plans = [
        plan_batches(source, target, budget, 1, 0, batch_sentences=25) for budget in (1, 100_000)
    ]
    assert [batch.rows.tolist() for batch in plans[0]] == [
        batch.rows.tolist() for batch in plans[1]
    ]
    longest = np.maximum(source, target) + 1
    spread = [longest[batch.rows].max() - longest[batch.rows].min() for batch in plans[0]]
    assert np.median(spread) <= 8


def test_the_number_of_sentences_is_none_or_positive() -> None:
    content = {"data": {"train": "a.tsv", "dev": "b.tsv"}}
    assert Config.from_dict(content).training.batch_sentences is None
    assert Config.from_dict(content, ["training.batch_sentences=80"]).training.batch_sentences == 80
    with pytest.raises(ConfigError, match=r"training\.batch_sentences: .*greater than 0"):
        Config.from_dict(content, ["training.batch_sentences=0"])


def test_the_plan_depends_only_on_seed_and_epoch() -> None:
    source, target = np.random.default_rng(0).integers(1, 40, (2, 500))

    def order(seed: int, epoch: int) -> list[int]:
        return [
            row for batch in plan_batches(source, target, 200, seed, epoch) for row in batch.rows
        ]

    assert order(1, 0) == order(1, 0)
    assert order(1, 0) != order(1, 1)
    assert order(1, 0) != order(2, 0)


def test_shapes_come_from_a_small_set() -> None:
    rng = np.random.default_rng(0)
    source = rng.poisson(9, 50_000) + 1
    target = np.maximum(1, source + rng.integers(-4, 5, 50_000))
    plan = plan_batches(source, target, 2000, 1, 0)
    assert len({(len(batch.rows), batch.target_width) for batch in plan}) < 60
    padded = sum(len(batch.rows) * batch.target_width for batch in plan)
    assert (target.sum() + len(target)) / padded > 0.75


@given(st.lists(st.lists(st.integers(4, 99), max_size=9), min_size=1, max_size=8))
def test_ragged_ids_come_back_padded(sequences: list[list[int]]) -> None:
    ragged = RaggedIds(sequences)
    rows = np.arange(len(sequences))[::-1]
    matrix = ragged.padded(rows, 11, first=BOS, last=EOS)
    expected = [[BOS, *sequences[row], EOS] + [PAD] * (9 - len(sequences[row])) for row in rows]
    assert matrix.tolist() == expected


def test_a_batch_holds_the_target_shifted_by_one() -> None:
    batch = collate(RaggedIds([[5, 6], [7]]), RaggedIds([[8], [9, 10, 11]]), np.array([0, 1]), 4, 5)
    assert batch.source.tolist() == [[5, 6, EOS, 0], [7, EOS, 0, 0]]
    assert batch.source_lengths.tolist() == [3, 2]
    assert batch.target_inputs.tolist() == [[BOS, 8, 0, 0, 0], [BOS, 9, 10, 11, 0]]
    assert batch.target_outputs.tolist() == [[8, EOS, 0, 0, 0], [9, 10, 11, EOS, 0]]


def test_a_batch_without_rows_has_no_loss() -> None:
    batch = collate(RaggedIds([[5]]), RaggedIds([[6]]), np.array([], dtype=np.int64), 2, 2)
    assert batch.source.shape == (1, 2)
    assert not batch.target_outputs.any()


SOURCES = [f"Uno Tom {'tres ' * (n % 7)}{n}." for n in range(60)]
TARGETS = [f"One Tom {'three ' * (n % 5)}{n}." for n in range(60)]
VARIATIONS = [
    NO_VARIATION,
    Variation(0.2),
    Variation(augment={"noise": 0.5}),
    Variation(augment={"names": 0.5}),
    Variation(augment={"phrases": 0.5, "recombine": 0.5}),
]


@pytest.fixture(scope="module")
def tokenizers() -> TokenizerPair:
    return TokenizerPair.train(SOURCES, TARGETS, TokenizerConfig(vocab_size=290, joint=False))


def stream(
    tokenizers: TokenizerPair,
    *,
    variation: Variation = NO_VARIATION,
    max_tokens: int = 100,
    ranks: Ranks = SINGLE_PROCESS,
    **options: int,
) -> BatchStream:
    text = InMemoryText(
        [Part(SOURCES, TARGETS)], tokenizers, max_tokens=max_tokens, seed=3, variation=variation
    )
    return BatchStream(text, ranks=ranks, **{"batch_tokens": 100, **options})


@pytest.mark.parametrize("variation", VARIATIONS)
def test_a_stream_resumes_from_a_position_as_if_never_stopped(
    tokenizers: TokenizerPair, variation: Variation
) -> None:
    unbroken = stream(tokenizers, variation=variation)
    positions, batches = [], []
    for item in itertools.islice(unbroken, 60):
        positions.append(unbroken.position)
        batches.append(item)
    assert positions[-1].epoch >= 2, "the test should cross epochs"
    for start in (0, 7, 30, 50):
        resumed = stream(tokenizers, variation=variation)
        resumed.seek(positions[start])
        for expected, found in zip(batches[start + 1 :], resumed, strict=False):
            assert torch.equal(expected.batch.source, found.batch.source)
            assert torch.equal(expected.batch.target_outputs, found.batch.target_outputs)
            assert expected.tokens == found.tokens


@pytest.mark.parametrize("world", [2, 3, 4])
@pytest.mark.parametrize("options", [{}, {"batch_sentences": 7}], ids=["tokens", "sentences"])
def test_the_ranks_together_take_what_one_process_takes(
    tokenizers: TokenizerPair, world: int, options: dict[str, int]
) -> None:
    alone = stream(tokenizers, **options)
    ranks = [stream(tokenizers, ranks=Ranks(rank, world), **options) for rank in range(world)]
    for whole, *parts in itertools.islice(zip(alone, *ranks, strict=True), 30):
        assert (
            {part.tokens for part in parts}
            == {whole.tokens}
            == {int((whole.batch.target_outputs > 0).sum())}
        )
        rows = [row for part in parts for row in part.batch.target_outputs.tolist() if any(row)]
        assert sorted(rows) == sorted(whole.batch.target_outputs.tolist())


def test_an_epoch_of_batches_of_n_sentences_has_every_pair_once(
    tokenizers: TokenizerPair,
) -> None:
    for sentences in (1, 7, 60, 99):
        taken = stream(tokenizers, batch_sentences=sentences)
        batches = [next(taken).batch.source for _ in range(-(-60 // sentences))]
        assert (taken.position.epoch, taken.position.batch) == (0, len(batches))
        assert sorted(map(len, batches)) == sorted(
            [sentences] * (60 // sentences) + [60 % sentences] * (60 % sentences > 0)
        )
        rows = [tuple(i for i in row if i) for batch in batches for row in batch.tolist()]
        assert sorted(rows) == sorted((*ids, EOS) for ids in tokenizers.source.encode(SOURCES))
        next(taken)
        assert taken.position == Position(1, 0, 1)


@pytest.mark.parametrize("variation", VARIATIONS[1:])
def test_each_epoch_varies(tokenizers: TokenizerPair, variation: Variation) -> None:
    varied = stream(tokenizers, variation=variation, batch_sentences=60)

    def epoch(number: int) -> set[tuple[int, ...]]:
        varied.seek(Position(number))
        return {tuple(i for i in row if i) for row in next(varied).batch.source.tolist()}

    assert epoch(0) != epoch(1)
    assert epoch(0) == epoch(0)


def test_pairs_with_too_many_subwords_are_left_out_and_none_left_is_an_error(
    tokenizers: TokenizerPair,
) -> None:
    few = stream(tokenizers, max_tokens=8)
    [block] = few.text.blocks(0)
    assert 0 < len(block.source) == len(block.target) < 60
    assert few.text.description == f"{len(block.source)} training pairs"
    with pytest.raises(DataError, match="max_tokens"):
        stream(tokenizers, max_tokens=1)
