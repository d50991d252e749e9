"""Word documents (.docx): the paragraphs of the text, of headers, footers and notes."""

from __future__ import annotations

import re

from seq2seq.documents.document import FORMATS, Document, DocumentFormat, ReadOptions, SpanDocument
from seq2seq.documents.runs import RunReader
from seq2seq.documents.xml_tokens import decode_xml, escape_character, xml_tokens
from seq2seq.documents.zip_package import Package, PackageDocument
from seq2seq.errors import DataError

_PARTS = re.compile(r"word/(?:document|header|footer|footnotes|endnotes)\d*\.xml")


@FORMATS.register("docx")
class Docx(DocumentFormat):
    """Word documents; comments and fields stay as they are."""

    suffixes = (".docx", ".docm")
    title = "a Word document"

    def read(self, data: bytes, options: ReadOptions) -> Document:
        """Find the paragraphs of a document."""
        package = Package(data)
        names = sorted(
            filter(_PARTS.fullmatch, package.names), key=lambda name: ("document" not in name, name)
        )
        if not names:
            raise DataError("not a Word document: the archive has no word/document.xml")
        return PackageDocument(package, {name: _part(package.read(name)) for name in names})


def _part(data: bytes) -> SpanDocument:
    decoded = decode_xml(data)
    tokens = xml_tokens(decoded.text)
    reader = RunReader(decoded.text, tokens)
    slots = [
        slot
        for place, token in enumerate(tokens)
        if token.kind == "start" and token.local == "p" and token.name.startswith("w")
        for slot in reader.slots(place)
    ]
    return SpanDocument(decoded, slots, escape_character)
