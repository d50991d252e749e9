"""Message catalogues in JSON, such as those of i18next: every value that is a string."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from seq2seq.documents.document import (
    FORMATS,
    Document,
    DocumentFormat,
    ReadOptions,
    SpanDocument,
    slot,
)
from seq2seq.documents.encodings import decode
from seq2seq.documents.markup import Mark, Pieces, joined, tagged, untagged
from seq2seq.errors import DataError

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]:,]')
_NESTED = re.compile(r"\$t\([^()]{0,200}\)")
"""Matches a reference to another message in i18next."""


@FORMATS.register("json")
class JsonCatalogue(DocumentFormat):
    """Values of a JSON file."""

    suffixes = (".json",)
    title = "a JSON catalog"

    def read(self, data: bytes, options: ReadOptions) -> Document:
        """Find the strings that are values."""
        decoded = decode(data)
        text = decoded.text
        try:
            json.loads(text)
        except json.JSONDecodeError as error:
            raise DataError(f"not JSON: {error.msg} in line {error.lineno:,}") from None
        except RecursionError:
            raise DataError("JSON that is nested too deeply") from None
        ascii_only = text.isascii() and "\\u" in text

        def encode(pieces: Pieces) -> str:
            return json.dumps(untagged(pieces), ensure_ascii=ascii_only)

        slots = [
            slot(_pieces(json.loads(text[begin:end])), begin, end, encode)
            for begin, end in _values(text)
        ]
        return SpanDocument(decoded, slots)


def _values(text: str) -> Iterator[tuple[int, int]]:
    """Yield where each string begins and ends that is a value, not a key."""
    brackets: list[str] = []
    is_key = False
    for token in _TOKEN.finditer(text):
        sign = token[0]
        if sign in "{[":
            brackets.append(sign)
            is_key = sign == "{"
        elif sign in "}]":
            brackets.pop()
        elif sign == ",":
            is_key = brackets[-1] == "{"
        elif sign == ":":
            is_key = False
        elif not is_key:
            yield token.span()


def _pieces(text: str) -> Pieces:
    """Return a message in pieces; lone surrogates are replaced."""
    clean = text.encode("utf-8", "replace").decode("utf-8")
    if _NESTED.search(clean) is None:
        return tagged(clean)
    parts: list[str | Mark] = []
    end = 0
    for found in _NESTED.finditer(clean):
        parts += *tagged(clean[end : found.start()]), Mark(found[0])
        end = found.end()
    return joined([*parts, *tagged(clean[end:])])
