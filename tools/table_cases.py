"""Tables to read, drawn by hypothesis: pairs in a dialect and an encoding, some with a defect."""

from __future__ import annotations

import functools
import gzip
from dataclasses import dataclass, replace

from hypothesis import strategies as st

Pair = tuple[str, str]

MARKED = ("utf-8-sig", "utf-16", "utf-16-be", "utf-16-le", "utf-32")
"""Encodings that a byte-order mark tells; those of a certain order get theirs here."""

NAMED = (
    "windows-1252",
    "iso-8859-1",
    "windows-1251",
    "koi8-r",
    "shift_jis",
    "gb18030",
    "utf-16-le",
)
"""Encodings that have to be named."""

SENTENCES = (
    "Sí, claro.",
    "No; gracias.",
    "¿Cuánto cuesta?",
    'Dijo: "ven mañana", y se fue.',
    "It's fine, isn't it?",
    "'Tis a pity.",
    "C:\\new\\table",
    "5 | 6",
    "Дверь открыта.",
    "ドアが開いています。",
    "Line one\nline two",
    "007",
    "None",
    "-3,5",
    "  two  spaces  ",
)
EXTRA = {
    "identifiers": "{number}",
    "scores": "0.{number}",
    "attribution": "CC-BY 2.0 (France) Attribution: tatoeba.org #{number} (CK)",
}
"""What further columns hold, whatever the row."""


@dataclass(frozen=True)
class Dialect:
    """A way to write a table; that of the file, not the reader's."""

    separator: str
    quote: str
    escape: str
    every: bool

    def field(self, text: str) -> str:
        """Write a field."""
        if self.escape:
            for one in self.escape + (self.quote or self.separator + "\r\n"):
                text = text.replace(one, self.escape + one)
        elif self.quote:
            text = text.replace(self.quote, 2 * self.quote)
        special = (self.separator, self.quote or "\n", self.escape or "\n", "\r", "\n")
        quoted = self.quote and (self.every or any(one in text for one in special))
        return self.quote + text + self.quote if quoted else text


RAW = Dialect("\t", "", "", every=False)
TSV = (RAW, Dialect("\t", '"', "", every=True), Dialect("\t", '"', "", every=False))
CSV = tuple(
    Dialect(separator, quote, escape, every)
    for separator in ",;\t|"
    for quote, escape in (('"', ""), ('"', "\\"), ("'", ""), ("'", "\\"), ("", "\\"))
    for every in (False, True)
    if quote or not every
)


@dataclass(frozen=True)
class Table:
    """A table with what is to be read of it.

    Attributes:
        pairs: Its pairs.
        name: Name of its file.
        dialect: How it is written.
        encoding: In which encoding.
        newline: Its line end.
        ended: True if the last line has one.
        header: True if it has a header.
        extra: What further columns hold.
        blank: Numbers of pairs before which there is a blank line, which is an empty pair.
        defect: Number of a pair whose row has a field too few (-1) or too many (1), and which.
    """

    pairs: tuple[Pair, ...]
    name: str
    dialect: Dialect
    encoding: str = "utf-8"
    newline: str = "\n"
    ended: bool = True
    header: bool = True
    extra: tuple[str, ...] = ()
    blank: frozenset[int] = frozenset()
    defect: tuple[int, int] | None = None

    @property
    def expected(self) -> list[Pair]:
        """The pairs to be read."""
        found: list[Pair] = []
        for number, pair in enumerate(self.pairs):
            if number in self.blank:
                found.append(("", ""))
            found.append(pair)
        return found

    def rows(self) -> list[list[str]]:
        """Return the fields of each row; none for a blank line."""
        rows = [["source", "target", *self.extra]] if self.header else []
        for number, pair in enumerate(self.pairs):
            if number in self.blank:
                rows.append([])
            row = [*pair, *(EXTRA[kind].format(number=number + 1) for kind in self.extra)]
            if self.defect and self.defect[0] == number:
                row = row[:-1] if self.defect[1] < 0 else [*row, "more"]
            rows.append(row)
        return rows

    def text(self) -> str:
        """Return the table as text."""
        lines = [self.dialect.separator.join(map(self.dialect.field, row)) for row in self.rows()]
        return self.newline.join(lines) + (self.newline if self.ended else "")

    def content(self) -> bytes:
        """Return the content of the file."""
        text = self.text()
        if self.encoding in ("utf-16-be", "utf-16-le") and self.name.startswith("marked"):
            text = "\ufeff" + text
        raw = text.encode(self.encoding)
        return gzip.compress(raw, mtime=0) if self.name.endswith(".gz") else raw

    @property
    def told(self) -> str:
        """Encoding that the reader has to be told; "" if it finds it."""
        return "" if self.encoding == "utf-8" or self.name.startswith("marked") else self.encoding

    def defect_line(self) -> int:
        """Return the number of the line that the row with a defect begins in."""
        assert self.defect is not None
        row = self.defect[0] + self.header + sum(one <= self.defect[0] for one in self.blank)
        table = replace(self, defect=None)
        before = [
            table.dialect.separator.join(map(table.dialect.field, one)) for one in table.rows()
        ]
        return 1 + sum(line.count("\n") + 1 for line in before[:row])


@functools.cache
def pair_lists(dialect: Dialect) -> st.SearchStrategy[list[Pair]]:
    """Return lists of pairs that a dialect can hold."""
    some = st.tuples(texts(dialect), texts(dialect))
    return st.lists(some, min_size=1, max_size=6)


def texts(dialect: Dialect) -> st.SearchStrategy[str]:
    """Return texts that a dialect can hold: without quotes, no line ends and no separators."""
    holds_all = dialect.quote or dialect.escape
    forbidden = "\0" if holds_all else "\0\n\r" + dialect.separator
    traps = "\"'\\,;|\t \n\r" if holds_all else "\"'\\,;| "
    letters = st.one_of(
        st.sampled_from(traps + "abcñß"),
        st.characters(codec="utf-8", exclude_characters=forbidden, exclude_categories=["Cs"]),
    )
    sentences = [one for one in SENTENCES if not set(one) & set(forbidden)]
    return st.one_of(st.sampled_from(sentences), st.text(letters, max_size=8))


_YES_OR_NO = st.booleans()
_TSV = st.sampled_from(TSV)
_CSV = st.sampled_from(CSV)
_ENCODINGS = st.sampled_from(("utf-8", "utf-8", "utf-8", *MARKED, *NAMED))
_EXTRAS = st.lists(st.sampled_from(list(EXTRA)), max_size=2, unique=True)
_PACKED = st.sampled_from(["", "", ".gz"])
_NEWLINES = st.sampled_from(["\n", "\r\n"])
_BLANK = st.lists(st.integers(1, 6), max_size=1)
_DEFECTS = st.none() | st.none() | st.tuples(st.integers(0, 5), st.sampled_from([-1, 1]))


@st.composite
def tables(draw: st.DrawFn) -> Table:
    """Draw a table."""
    is_tsv = draw(_YES_OR_NO)
    dialect = draw(_TSV if is_tsv else _CSV)
    pairs = draw(pair_lists(dialect))
    encoding = draw(_ENCODINGS)
    marked = encoding in MARKED and (encoding not in NAMED or draw(_YES_OR_NO))
    extra = tuple(draw(_EXTRAS))
    table = Table(
        pairs=tuple(pairs),
        name=("marked" if marked else "table") + (".tsv" if is_tsv else ".csv") + draw(_PACKED),
        dialect=dialect,
        encoding=encoding,
        newline=draw(_NEWLINES),
        ended=draw(_YES_OR_NO),
        header=draw(_YES_OR_NO) or bool(extra),
        extra=extra,
        blank=frozenset(one for one in draw(_BLANK) if one < len(pairs)),
        defect=draw(_DEFECTS),
    )
    if table.defect and not (table.header or (table.defect[0] > 0 and len(pairs) > 2)):
        table = replace(table, defect=None)  # the first row tells how many fields there are
    if table.defect and table.defect[0] >= len(pairs):
        table = replace(table, defect=None)
    if table.defect and any(_is_blank(table, row) for row in table.rows()):
        table = replace(table, defect=None)  # a row that lacks its only text is a blank line
    return _writable(table)


def _is_blank(table: Table, row: list[str]) -> bool:
    """Return whether a row is a blank line; character 1A ends files of old."""
    return not table.dialect.separator.join(row).strip(" \t\r\n\x1a\ufeff")


def _writable(table: Table) -> Table:
    """Return the table in an encoding that has its characters, and that reads as it is written."""
    try:
        table.text().encode(table.encoding)
    except UnicodeEncodeError:
        return _writable(replace(table, encoding="utf-8"))
    first = table.text()[:1]
    if first == "\ufeff" and not table.name.startswith("marked"):
        return replace(table, header=True)  # else it is a byte-order mark
    return table
