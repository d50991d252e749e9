"""The text of a run, as its configuration names it: the pairs of each direction, and what is kept
of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa

from seq2seq.config.settings import DataConfig
from seq2seq.data.corpus.corpus import Corpus, read_places
from seq2seq.data.corpus.filters import FilterRules
from seq2seq.data.corpus.local_files import LANGUAGE
from seq2seq.data.corpus.pair_stream import PairStream, first_rows


@dataclass(frozen=True)
class Direction:
    """What is translated into what: its name, such as "de-en", and the two languages; all "" where
    it is the only one and has no name."""

    name: str = ""

    @property
    def source(self) -> str:
        return self.name.partition("-")[0]

    @property
    def target(self) -> str:
        return self.name.partition("-")[2]

    def named(self, text: str) -> str:
        """The text with the languages in place of {source} and {target}; as it is, where they have
        no names."""
        return (
            text.replace("{source}", self.source).replace("{target}", self.target)
            if self.name
            else text
        )


def directions_of(data: DataConfig) -> list[Direction]:
    """The directions of a run, in the order of its configuration."""
    return [Direction(name) for name in data.directions or [""]]


def target_languages(data: DataConfig) -> list[str]:
    """What a source must be told to be translated into, in alphabetical order; none where there is
    one language."""
    languages = sorted({direction.target for direction in directions_of(data)})
    return languages if len(languages) > 1 else []


def training_pairs(data: DataConfig, direction: Direction) -> Corpus:
    """The training pairs of a direction that the filters keep; raise DataError if there are none.

    Of a text that is streamed, those of the first `data.sample_pairs`.
    """
    stream = training_stream(data, direction)
    if data.streaming:
        return stream.first(data.sample_pairs)
    return Corpus.from_tables(stream.read(), stream.name).filter(stream.rules)


def training_stream(data: DataConfig, direction: Direction) -> PairStream:
    """The training pairs of a direction, to be read block by block."""
    rules = FilterRules(
        max_characters=data.max_characters,
        length_ratio=data.max_length_ratio,
        duplicates=data.drop_duplicates,
    )

    def read() -> Iterator[pa.Table]:
        tables = _tables(data, data.train, data.train_split, direction)
        return tables if data.train_pairs is None else first_rows(tables, data.train_pairs)

    return PairStream(read, rules, f"train {direction.name}".strip())


def dev_pairs(data: DataConfig, direction: Direction) -> Corpus:
    """The dev pairs of a direction, as many as are scored; raise DataError if there are none."""
    rules = FilterRules(max_characters=None, duplicates=False)
    tables = _tables(data, data.dev, data.dev_split, direction)
    return (
        Corpus.from_tables(tables, f"dev {direction.name}".strip())
        .filter(rules)
        .first(data.dev_pairs)
    )


def _tables(
    data: DataConfig, where: str | list[str], split: str | None, direction: Direction
) -> Iterator[pa.Table]:
    places = [where] if isinstance(where, str) else where
    source, target = data.source, data.target
    if direction.name and any(
        LANGUAGE in place for place in places
    ):  # files that are named by their languages
        source = direction.source if source is None else source
        target = direction.target if target is None else target
    return read_places(
        [direction.named(place) for place in places],
        direction.named(source) if isinstance(source, str) else source,
        direction.named(target) if isinstance(target, str) else target,
        config=None if data.hub_config is None else direction.named(data.hub_config),
        split=split,
        streaming=data.streaming,
    )
