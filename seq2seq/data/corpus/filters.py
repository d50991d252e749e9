"""Rules for dropping pairs by their text, applied to a whole table at once.

Limits in tokens belong to batching, after the tokenizer.
"""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from seq2seq.errors import ConfigError

_SIDES = ("source", "target")

_RATIO_FROM = 20
"""Characters up to which the ratio of lengths says nothing: short sentences differ in length by
nature ("Yes." and "Por supuesto que sí.")."""


@dataclass(frozen=True)
class FilterRules:
    """Rules for dropping pairs; a pair counts under the first rule that it breaks, in this order.

    Attributes:
        empty: Drop pairs with a blank side.
        max_characters: Maximum number of characters of each side; None for no limit.
        length_ratio: Maximum ratio of the longer side's characters to those of the shorter one, if
            the longer one has more than 20; None for no limit.
        duplicates: Drop pairs that were there before; the first one stays.
        replaced: Drop pairs with U+FFFD, which stands for a character that was lost.

    Raises:
        ConfigError: A limit is below 1.
    """

    empty: bool = True
    max_characters: int | None = 2000
    length_ratio: float | None = None
    duplicates: bool = True
    replaced: bool = True

    def __post_init__(self) -> None:
        if self.max_characters is not None and self.max_characters < 1:
            raise ConfigError(
                f"max_characters is {self.max_characters}; it must be at least 1, or null for no "
                "limit"
            )
        if self.length_ratio is not None and not self.length_ratio >= 1:  # so that NaN fails too
            raise ConfigError(
                f"length_ratio is {self.length_ratio}; it must be at least 1, or null for no limit"
            )


@dataclass(frozen=True)
class FilterCounts:
    """Number of pairs that were read, and that were dropped by each rule."""

    read: int
    empty: int
    overlong: int
    length_ratio: int
    duplicates: int
    replaced: int = 0

    @property
    def kept(self) -> int:
        """Number of pairs that were kept."""
        dropped = self.empty + self.overlong + self.length_ratio + self.duplicates + self.replaced
        return self.read - dropped

    def __str__(self) -> str:
        replaced = f", {self.replaced:,} with U+FFFD" if self.replaced else ""
        return (
            f"{self.read:,} pairs read; dropped {self.empty:,} empty, {self.overlong:,} over-long, "
            f"{self.length_ratio:,} by length ratio, {self.duplicates:,} duplicates{replaced}; "
            f"{self.kept:,} kept"
        )


def apply_rules(table: pa.Table, rules: FilterRules) -> tuple[pa.Table, FilterCounts]:
    """Return the rows of a pair table that break no rule, and the counts."""
    read = table.num_rows
    if rules.empty:
        table = _keep(table, pc.invert(pc.or_(_blank(table["source"]), _blank(table["target"]))))
    not_empty = table.num_rows
    if rules.max_characters is not None:
        table = _keep(table, pc.less_equal(_lengths(table)[1], rules.max_characters))
    not_overlong = table.num_rows
    if rules.length_ratio is not None:
        shorter, longer = _lengths(table)
        like = pc.less_equal(
            longer.cast(pa.float64()), pc.multiply(shorter.cast(pa.float64()), rules.length_ratio)
        )
        table = _keep(table, pc.or_(like, pc.less_equal(longer, _RATIO_FROM)))
    well_matched = table.num_rows
    if rules.duplicates:
        table = _keep(table, _first_of_each(table))
    distinct = table.num_rows
    if rules.replaced:
        table = _keep(table, pc.invert(pc.or_(*(_has_lost(table[side]) for side in _SIDES))))
    counts = FilterCounts(
        read=read,
        empty=read - not_empty,
        overlong=not_empty - not_overlong,
        length_ratio=not_overlong - well_matched,
        duplicates=well_matched - distinct,
        replaced=distinct - table.num_rows,
    )
    return table, counts


def _keep(table: pa.Table, mask: pa.ChunkedArray | pa.BooleanArray) -> pa.Table:
    # Copying a table is what a filter costs: one that drops nothing need not pay.
    return table if pc.all(mask).as_py() in (True, None) else table.filter(mask)


def _has_lost(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a mask of the texts in which a character was replaced by U+FFFD."""
    return pc.match_substring(texts, "\ufffd")


def _blank(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.equal(pc.binary_length(pc.utf8_trim_whitespace(texts)), 0)


def _lengths(table: pa.Table) -> tuple[pa.ChunkedArray, pa.ChunkedArray]:
    """Return the number of characters of the shorter and of the longer side of each pair."""
    lengths = pc.utf8_length(table["source"]), pc.utf8_length(table["target"])
    return pc.min_element_wise(*lengths), pc.max_element_wise(*lengths)


def _first_of_each(table: pa.Table) -> pa.BooleanArray:
    """Return a mask of the rows whose pair was not there before."""
    rows = pa.table(
        {
            "source": table["source"],
            "target": table["target"],
            "row": pa.array(range(table.num_rows)),
        }
    )
    first = rows.group_by(["source", "target"]).aggregate([("row", "min")])["row_min"]
    return pc.is_in(rows["row"], value_set=first.combine_chunks())
