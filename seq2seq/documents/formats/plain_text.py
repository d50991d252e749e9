"""Plain text: each line is a segment."""

from __future__ import annotations

import re

from seq2seq.documents.document import (
    FORMATS,
    Document,
    DocumentFormat,
    ReadOptions,
    SpanDocument,
    slot,
)
from seq2seq.documents.encodings import decode
from seq2seq.documents.markup import untagged

_LINE = re.compile(r"[^\s](?:[^\r\n]*[^\s])?")


@FORMATS.register("text")
class PlainText(DocumentFormat):
    """Lines of text."""

    suffixes = (".txt",)
    title = "plain text"

    def read(self, data: bytes, options: ReadOptions) -> Document:
        """Find the lines of a text."""
        decoded = decode(data)
        found = _LINE.finditer(decoded.text)
        return SpanDocument(
            decoded, [slot((line[0],), line.start(), line.end(), untagged) for line in found]
        )
