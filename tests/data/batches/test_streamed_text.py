"""Pairs read block by block: each once in an epoch, the same for any number of processes and after
any interruption."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.config.settings import TokenizerConfig
from seq2seq.data.batches.epoch_text import NO_VARIATION, Variation
from seq2seq.data.batches.stream import BatchStream, Position
from seq2seq.data.batches.streamed_text import StreamedPart, StreamedText
from seq2seq.data.corpus.corpus import Corpus, read_places
from seq2seq.data.corpus.filters import FilterRules
from seq2seq.data.corpus.pair_stream import PairStream, in_blocks, side_by_side
from seq2seq.data.corpus.pair_table import PAIRS
from seq2seq.data.tokenizers.pair import TokenizerPair
from seq2seq.data.tokenizers.vocabulary import EOS
from seq2seq.errors import DataError
from seq2seq.runtime.ranks import SINGLE_PROCESS, Ranks

COUNT, BLOCK = 230, 50
SOURCES = [f"Uno Tom {'tres ' * (n % 7)}{n}." for n in range(COUNT)]
TARGETS = [f"One Tom {'three ' * (n % 5)}{n}." for n in range(COUNT)]
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


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("streamed") / "pairs.tsv"
    path.write_text("".join(f"{a}\t{b}\n" for a, b in zip(SOURCES, TARGETS, strict=True)))
    return path


def pairs_of(path: Path, **rules: Any) -> PairStream:
    return PairStream(partial(read_places, path), FilterRules(**rules))


def stream(
    file: Path,
    tokenizers: TokenizerPair,
    ranks: Ranks = SINGLE_PROCESS,
    *,
    batch_tokens: int = 100,
    **options: Any,
) -> BatchStream:
    arguments = {"block_pairs": BLOCK, "max_tokens": 100, "seed": 3, **options}
    text = StreamedText([StreamedPart(pairs_of(file))], tokenizers, ranks=ranks, **arguments)
    return BatchStream(text, batch_tokens=batch_tokens, ranks=ranks)


def texts(batches: list[torch.Tensor], tokenizers: TokenizerPair) -> list[str]:
    return [
        text
        for batch in batches
        for text in tokenizers.source.decode([[i for i in r if i] for r in batch.tolist()])
    ]


@given(st.lists(st.integers(0, 9)), st.integers(1, 7))
def test_blocks_are_the_rows_in_order_and_all_but_the_last_are_full(
    sizes: list[int], rows: int
) -> None:
    numbers = [str(n) for n in range(sum(sizes))]
    rest = iter(numbers)
    parts = [list(itertools.islice(rest, size)) for size in sizes]
    tables = [pa.table({"source": part, "target": part}, PAIRS) for part in parts]
    blocks = [block["source"].to_pylist() for block in in_blocks(tables, rows)]
    assert [text for block in blocks for text in block] == numbers
    assert [len(block) for block in blocks] == [rows] * (len(numbers) // rows) + [
        len(numbers) % rows
    ] * (len(numbers) % rows > 0)


def test_streams_side_by_side_begin_again_until_the_longest_has_ended() -> None:
    def numbers(count: int) -> PairStream:
        column = [str(n) for n in range(count)]
        return PairStream(
            lambda: iter([pa.table({"source": column, "target": column}, PAIRS)]), FilterRules()
        )

    blocks = [
        [[int(text) for text in table["source"].to_pylist()] for table in tables]
        for tables in side_by_side([numbers(7), numbers(2), numbers(3)], 6)
    ]
    assert [long for long, _, _ in blocks] == [[0, 1], [2, 3], [4, 5], [6]]
    assert [short for _, short, _ in blocks] == [[0, 1]] * 4
    assert [odd for _, _, odd in blocks] == [[0, 1], [2], [0, 1], [2]]


def test_an_epoch_has_every_pair_once_block_after_block(
    file: Path, tokenizers: TokenizerPair
) -> None:
    taken = stream(file, tokenizers)
    orders = []
    for epoch in range(2):
        blocks: dict[int, list[torch.Tensor]] = {}
        while True:
            batch = next(taken)
            if taken.position.epoch > epoch:
                break
            blocks.setdefault(taken.position.block, []).append(batch.batch.source)
        taken.seek(Position(epoch + 1))
        found = {number: texts(batches, tokenizers) for number, batches in blocks.items()}
        assert {number: sorted(block) for number, block in found.items()} == {
            number: sorted(SOURCES[number * BLOCK : (number + 1) * BLOCK]) for number in range(5)
        }
        orders.append(found)
    assert orders[0][0] != orders[1][0]
    assert [SOURCES.index(text) for text in orders[0][0]] != [
        SOURCES.index(text) - BLOCK for text in orders[0][1]
    ]


@pytest.mark.parametrize("variation", VARIATIONS)
def test_it_resumes_from_a_position_as_if_never_stopped(
    file: Path, tokenizers: TokenizerPair, variation: Variation
) -> None:
    unbroken = stream(file, tokenizers, variation=variation)
    positions, batches = [], []
    for item in itertools.islice(unbroken, 200):
        positions.append(unbroken.position)
        batches.append(item)
    assert positions[-1].epoch >= 2, "the test should cross epochs"
    assert {position.block for position in positions} == set(range(5))
    for start in (0, 11, 40, 97):
        resumed = stream(file, tokenizers, variation=variation)
        resumed.seek(positions[start])
        for expected, found in zip(batches[start + 1 :], resumed, strict=False):
            assert torch.equal(expected.batch.source, found.batch.source)
            assert torch.equal(expected.batch.target_outputs, found.batch.target_outputs)
            assert expected.tokens == found.tokens


@dataclass(frozen=True)
class Thread(Ranks):
    """A rank that is a thread of this process."""

    barrier: threading.Barrier = field(default_factory=lambda: threading.Barrier(1))
    given: dict[int, list[Any]] = field(default_factory=dict)

    def gather(self, mine: Iterable[Any]) -> Iterator[Any]:
        self.given[self.rank] = list(mine)
        self.barrier.wait(30)
        everything = [item for rank in range(self.world_size) for item in self.given[rank]]
        self.barrier.wait(30)
        return iter(everything)


def together(world: int, work: Callable[[Ranks], Any]) -> list[Any]:
    """Return the result of `work` on each rank."""
    barrier, given, results = threading.Barrier(world), dict[int, list[Any]](), dict[int, Any]()

    def run(rank: int) -> None:
        results[rank] = work(Thread(rank, world, rank, barrier, given))

    threads = [threading.Thread(target=run, args=(rank,)) for rank in range(world)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [results[rank] for rank in range(world)]


@pytest.mark.parametrize("world", [2, 3, 4])
@pytest.mark.parametrize("variation", VARIATIONS)
def test_ranks_tokenize_disjoint_parts_and_together_take_what_one_process_takes(
    file: Path,
    tokenizers: TokenizerPair,
    monkeypatch: pytest.MonkeyPatch,
    world: int,
    variation: Variation,
) -> None:
    monkeypatch.setattr("seq2seq.data.batches.streamed_text.CHUNK", 8)
    alone = list(itertools.islice(stream(file, tokenizers, variation=variation), 60))
    encoded: list[list[str]] = [[] for _ in range(world)]

    def work(ranks: Ranks) -> list[Any]:
        own = stream(file, tokenizers, ranks, variation=variation)
        text = own.text
        assert isinstance(text, StreamedText)
        encode = text._encode
        text._encode = lambda table, *rest: (  # type: ignore[method-assign]
            encoded[ranks.rank].extend(table["source"].to_pylist()) or encode(table, *rest)
        )
        return list(itertools.islice(own, 60))

    for whole, *parts in zip(alone, *together(world, work), strict=True):
        assert {part.tokens for part in parts} == {whole.tokens}
        rows = [
            [i for i in row if i]
            for part in parts
            for row in part.batch.target_outputs.tolist()
            if any(row)
        ]
        assert sorted(rows) == sorted(
            [i for i in row if i] for row in whole.batch.target_outputs.tolist()
        )
    shares = [set(part) for part in encoded]
    assert all(shares)
    assert sum(map(len, shares)) == len(set().union(*shares)), "no text was tokenized by two ranks"


def test_the_filters_apply_to_each_block(tmp_path: Path, tokenizers: TokenizerPair) -> None:
    path = tmp_path / "pairs.tsv"
    rows = [("uno", "one")] * 3 + [
        ("", "two"),
        ("uno " * 30, "one"),
        ("dos", "two"),
        ("tres", "x" * 99),
    ]
    path.write_text("".join(f"{a}\t{b}\n" for a, b in rows))
    part = StreamedPart(pairs_of(path, max_characters=150))
    text = StreamedText([part], tokenizers, block_pairs=100, max_tokens=20, seed=1)
    [block] = text.blocks(0)
    assert block.source.lengths.tolist() == [
        len(ids) for ids in tokenizers.source.encode(["uno", "dos"])
    ]
    assert part.pairs.first(2).sources() == ["uno"]
    assert [int(b.source.lengths.sum()) for b in text.blocks(0, first=1)] == []


def test_a_text_without_a_pair_to_keep_is_an_error_and_not_an_endless_search(
    file: Path, tokenizers: TokenizerPair
) -> None:
    with pytest.raises(DataError, match=r"holds no pair that data\.max_tokens"):
        next(stream(file, tokenizers, max_tokens=1))


def test_an_error_in_the_text_comes_when_it_is_reached(tokenizers: TokenizerPair) -> None:
    def read() -> Iterator[pa.Table]:
        yield pa.table({"source": SOURCES[:130], "target": TARGETS[:130]}, PAIRS)
        raise DataError("line 131: no tab")

    text = StreamedText(
        [StreamedPart(PairStream(read, FilterRules()))],
        tokenizers,
        block_pairs=50,
        max_tokens=99,
        seed=1,
    )
    found = text.blocks(0)
    assert len(next(found).source) == 50  # the next block is read ahead, to recognize the last one
    with pytest.raises(DataError, match="line 131"):
        next(found)


def test_the_text_is_recognized_by_its_first_block(
    file: Path, tmp_path: Path, tokenizers: TokenizerPair
) -> None:
    other = tmp_path / "other.tsv"
    content = file.read_text()
    other.write_text(content + "mended\tlater\n")
    assert stream(other, tokenizers).text.fingerprint == stream(file, tokenizers).text.fingerprint
    other.write_text(content.replace("\tOne", "\tFirst", 1))
    assert stream(other, tokenizers).text.fingerprint != stream(file, tokenizers).text.fingerprint


def test_a_corpus_without_tables_is_empty_and_a_source_has_its_end(
    file: Path, tokenizers: TokenizerPair
) -> None:
    assert len(Corpus.from_tables([])) == 0
    assert (next(stream(file, tokenizers)).batch.source == EOS).any(1).all()
