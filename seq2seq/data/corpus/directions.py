"""Text of a run, as its configuration names it: the pairs of each direction that are kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa

from seq2seq.config.settings import DataConfig
from seq2seq.data.corpus.corpus import Corpus, read_places
from seq2seq.data.corpus.filters import FilterRules
from seq2seq.data.corpus.local_files import LANGUAGE
from seq2seq.data.corpus.pair_stream import PairStream, first_rows
from seq2seq.data.corpus.readers import TextOptions


@dataclass(frozen=True)
class Direction:
    """One direction of translation.

    Attributes:
        name: Source and target language, such as "de-en"; "" for the only direction of a run.
    """

    name: str = ""

    @property
    def source(self) -> str:
        """Source language; "" without a name."""
        return self.name.partition("-")[0]

    @property
    def target(self) -> str:
        """Target language; "" without a name."""
        return self.name.partition("-")[2]

    def named(self, text: str) -> str:
        """Return the text with the languages for {source} and {target}, if they have names."""
        return (
            text.replace("{source}", self.source).replace("{target}", self.target)
            if self.name
            else text
        )


def directions_of(data: DataConfig) -> list[Direction]:
    """Return the directions of a run, in the order of its configuration."""
    return [Direction(name) for name in data.directions or [""]]


def target_languages(data: DataConfig) -> list[str]:
    """Return the target languages to choose from, sorted; none if there is only one."""
    languages = sorted({direction.target for direction in directions_of(data)})
    return languages if len(languages) > 1 else []


def training_pairs(data: DataConfig, direction: Direction) -> Corpus:
    """Return the training pairs of a direction that the filters keep.

    Of streamed text, only the first `data.sample_pairs` are read.

    Raises:
        DataError: The text cannot be read, or nothing is left.
    """
    stream = training_stream(data, direction)
    if data.streaming:
        return stream.first(data.sample_pairs)
    return Corpus.from_tables(stream.read(), name=stream.name).filter(stream.rules)


def training_stream(data: DataConfig, direction: Direction) -> PairStream:
    """Return the training pairs of a direction, to be read block by block."""
    rules = FilterRules(
        max_characters=data.max_characters,
        length_ratio=data.max_length_ratio,
        duplicates=data.drop_duplicates,
        replaced=data.encoding_errors == "strict",
    )

    def read() -> Iterator[pa.Table]:
        tables = _tables(data, data.train, data.train_split, direction)
        return tables if data.train_pairs is None else first_rows(tables, data.train_pairs)

    return PairStream(read, rules, f"train {direction.name}".strip())


def dev_pairs(data: DataConfig, direction: Direction) -> Corpus:
    """Return the dev pairs of a direction that are scored.

    Raises:
        DataError: The text cannot be read, or nothing is left.
    """
    strict = data.encoding_errors == "strict"
    rules = FilterRules(max_characters=None, duplicates=False, replaced=strict)
    tables = _tables(data, data.dev, data.dev_split, direction)
    return (
        Corpus.from_tables(tables, name=f"dev {direction.name}".strip())
        .filter(rules)
        .first(data.dev_pairs)
    )


def _tables(
    data: DataConfig, where: str | list[str], split: str | None, direction: Direction
) -> Iterator[pa.Table]:
    """Read the pairs of a direction."""
    places = [where] if isinstance(where, str) else where
    source = data.source
    target = data.target
    if direction.name and any(LANGUAGE in place for place in places):
        # The files are named by their languages.
        source = direction.source if source is None else source
        target = direction.target if target is None else target
    return read_places(
        [direction.named(place) for place in places],
        source=direction.named(source) if isinstance(source, str) else source,
        target=direction.named(target) if isinstance(target, str) else target,
        config=None if data.hub_config is None else direction.named(data.hub_config),
        split=split,
        options=TextOptions(
            data.encoding or "",
            data.encoding_errors,
            direction.source or data.source_language,
            direction.target or data.target_language,
        ),
        streaming=data.streaming,
    )
