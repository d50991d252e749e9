"""Check on real files that the right pairs are read: compare them with those of other libraries.

    python tools/check_real_files.py LIST

LIST is a TSV file with a line for each file: path, source, target. Sides are languages or names of
columns; they may be empty. The table that is printed says how many pairs are read here and by the
other library, and how many of them are the same, white space and inline tags aside.

TMX, XLIFF and PO are read by translate-toolkit, XLSX by openpyxl, CSV, TSV and Parquet by pandas,
JSON by the standard library. translate-toolkit and openpyxl are not among the dependencies: install
them first.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from seq2seq.data.corpus.corpus import read_places

Pair = tuple[str, str]

_CODES = ("bpt", "ept", "ph", "it", "ut")
"""Inline elements whose content is a tag."""


def po_pairs(path: Path, source: str, target: str) -> Iterator[Pair]:
    """Yield the translated messages of a PO file, with each plural form that English has."""
    from translate.storage.pypo import pofile

    for unit in pofile.parsefile(str(path)).units:
        if unit.istranslated() and not unit.isobsolete():
            yield from zip(_forms(unit.source), _forms(unit.target), strict=False)


def _forms(text: Any) -> list[str]:
    return [str(one) for one in getattr(text, "strings", None) or [text]]


def xliff_pairs(path: Path, source: str, target: str) -> Iterator[Pair]:
    """Yield the units of an XLIFF file that have a translation."""
    from translate.storage.xliff import xlifffile

    for unit in xlifffile.parsefile(str(path)).units:
        if unit.istranslatable() and unit.target:
            yield _plain(unit.source_dom), _plain(unit.target_dom)


def _plain(node: Any) -> str:
    """Return the text of an element of lxml without inline tags."""
    from lxml import etree

    etree.strip_elements(node, *(f"{{*}}{name}" for name in _CODES), with_tail=False)
    return "".join(node.itertext())


def tmx_pairs(path: Path, source: str, target: str) -> Iterator[Pair]:
    """Yield the units of a TMX file that have both languages, without inline tags."""
    from translate.storage.tmx import tmxfile

    for unit in tmxfile.parsefile(str(path)).units:
        texts: dict[str, str] = {}
        for node in unit.getlanguageNodes():
            code = node.get("{http://www.w3.org/XML/1998/namespace}lang") or node.get("lang")
            texts.setdefault(code.lower(), _plain(node.find("seg")))
        if source.lower() in texts and target.lower() in texts:
            yield texts[source.lower()], texts[target.lower()]


def workbook_pairs(path: Path, source: str, target: str) -> Iterator[Pair]:
    """Yield two columns of the first sheet."""
    import openpyxl

    rows = openpyxl.load_workbook(path, data_only=True).worksheets[0].iter_rows(values_only=True)
    header = list(next(rows))
    columns = header.index(source), header.index(target)
    for row in rows:
        yield (_cell(row[columns[0]]), _cell(row[columns[1]]))


def _cell(value: object) -> str:
    return "" if value is None else str(value)


def table_pairs(path: Path, source: str, target: str) -> Iterator[Pair]:
    """Yield two columns of a table as text."""
    import pandas as pd

    is_wide = path.read_bytes()[:2] in (b"\xff\xfe", b"\xfe\xff")
    frame = pd.read_csv(
        path,
        sep="," if path.suffix == ".csv" else "\t",
        header=0 if source else None,
        quoting=0 if path.suffix == ".csv" else 3,
        dtype=str,
        keep_default_na=False,
        encoding="utf-16" if is_wide else "utf-8-sig",
    )
    yield from zip(frame[source or 0].tolist(), frame[target or 1].tolist(), strict=True)


def parquet_pairs(path: Path, source: str, target: str) -> Iterator[Pair]:
    """Yield two columns of a Parquet file."""
    import pandas as pd

    frame = pd.read_parquet(path, columns=[source, target])
    for one, two in zip(frame[source].tolist(), frame[target].tolist(), strict=True):
        yield _decoded(one), _decoded(two)


def _decoded(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else _cell(value)


def json_pairs(path: Path, source: str, target: str) -> Iterator[Pair]:
    """Yield two values of each object of an array."""
    for one in json.loads(path.read_text(encoding="utf-8")):
        yield _cell(one[source]), _cell(one[target])


OTHERS: dict[str, Callable[[Path, str, str], Iterator[Pair]]] = {
    ".tmx": tmx_pairs,
    ".xlf": xliff_pairs,
    ".xliff": xliff_pairs,
    ".po": po_pairs,
    ".xlsx": workbook_pairs,
    ".csv": table_pairs,
    ".tsv": table_pairs,
    ".tab": table_pairs,
    ".txt": table_pairs,
    ".parquet": parquet_pairs,
    ".json": json_pairs,
}
"""Readers of other libraries by suffix."""


def own_pairs(path: Path, source: str, target: str) -> Iterator[Pair]:
    """Yield the pairs that are read here."""
    for table in read_places(str(path), source=source or None, target=target or None):
        yield from zip(table["source"].to_pylist(), table["target"].to_pylist(), strict=True)


def counted(pairs: Iterator[Pair]) -> Counter[Pair]:
    """Return how often each pair occurs, without white space and empty pairs."""
    tidy = (("".join(one.split()), "".join(two.split())) for one, two in pairs)
    return Counter(pair for pair in tidy if any(pair))


def main() -> None:
    """Print a table of the files in a list."""
    rows = Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()
    print("| file | here | other | same |\n|---|---|---|---|")
    for row in rows:
        path, source, target = (*row.split("\t"), "", "")[:3]
        try:
            own = counted(own_pairs(Path(path), source, target))
            other = counted(OTHERS[Path(path).suffix](Path(path), source, target))
        except Exception as error:  # other libraries raise what they like
            print(f"| {path} | {type(error).__name__}: {error} | | |")
            continue
        same = (own & other).total()
        print(f"| {path} | {own.total():,} | {other.total():,} | {same:,} |")


if __name__ == "__main__":
    main()
