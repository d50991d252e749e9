"""Excel workbooks (.xlsx): the texts of cells. Numbers, formulas and names of columns stay."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from seq2seq.documents.document import (
    FORMATS,
    Document,
    DocumentFormat,
    ReadOptions,
    Slot,
    SpanDocument,
)
from seq2seq.documents.runs import RunReader, text_slot
from seq2seq.documents.xml_content import children
from seq2seq.documents.xml_tokens import decode_xml, escape_character, unescape, xml_tokens
from seq2seq.documents.zip_package import Package, PackageDocument
from seq2seq.errors import DataError

_PARTS = re.compile(r"xl/(?:sharedStrings\.xml|worksheets/[^/]+\.xml)")
_TABLES = re.compile(r"xl/(?:tables|pivotCache)/[^/]+\.xml")
_NAME = re.compile(r"<(?:\w+:)?(?:tableColumn|cacheField)\s[^<>]*?\bname=\"([^\"]*)\"")


@FORMATS.register("xlsx")
class Xlsx(DocumentFormat):
    """Excel workbooks."""

    suffixes = (".xlsx", ".xlsm")
    title = "an Excel workbook"

    def read(self, data: bytes, options: ReadOptions) -> Document:
        """Find the texts of cells."""
        package = Package(data)
        if "xl/workbook.xml" not in package.names:
            raise DataError("not an Excel workbook: the archive has no xl/workbook.xml")
        # The heading of a table's column has to be its name in the definition of the table.
        tables = filter(_TABLES.fullmatch, package.names)
        headings = {
            unescape(name)
            for table in tables
            for name in _NAME.findall(package.read(table).decode("utf-8", "replace"))
        }
        names = filter(_PARTS.fullmatch, package.names)
        return PackageDocument(
            package, {name: _part(package.read(name), headings) for name in names}
        )


def _part(data: bytes, headings: Collection[str]) -> SpanDocument:
    decoded = decode_xml(data)
    return SpanDocument(decoded, list(_slots(decoded.text, headings)), escape_character)


def _slots(text: str, headings: Collection[str]) -> Iterator[Slot]:
    tokens = xml_tokens(text)
    reader = RunReader(text, tokens)
    for place, token in enumerate(tokens):
        if token.kind != "start" or token.local not in ("si", "is"):
            continue
        inner = {tokens[one].local: one for one in children(tokens, place)}
        if "t" not in inner:
            yield from reader.slots(place)
            continue
        start = tokens[inner["t"]]
        end = tokens[start.mate].begin
        value = unescape(text[start.end : end])
        if value.strip() and value not in headings:
            yield text_slot(value, start, end)
