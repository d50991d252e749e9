"""Common parts of the XML readers: the text of a segment and its language."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from seq2seq.data.corpus.columns import language_of
from seq2seq.data.corpus.guess_encoding import undecodable_message
from seq2seq.data.corpus.readers import PairFile
from seq2seq.documents.xml_stream import Event, InvalidTextError, xml_events
from seq2seq.documents.xml_tokens import declared_encoding
from seq2seq.errors import DataError

_ALONE = frozenset(("ph", "it", "ut", "x", "bx", "ex", "sc", "ec", "cp"))
"""Inline elements that stand for a tag or a picture; letters around them are apart."""

_CODES = _ALONE | frozenset(("bpt", "ept", "sub", "sm", "em"))
"""Inline elements whose content is markup and no text. Others, such as hi and g, hold text."""

MAX_TEXT = 1 << 20
"""Maximum number of characters of a segment."""


class SegmentText:
    """Text of a segment without its inline markup.

    Args:
        path: Name of the file, for errors.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._parts: list[str] = []
        self._size = 0
        self._open: list[str] = []
        self._codes = 0
        self._apart = False

    @property
    def is_at_top(self) -> bool:
        """True if all elements inside have ended."""
        return not self._open

    @property
    def text(self) -> str:
        """The text, with a single space for any white space."""
        return " ".join("".join(self._parts).split())

    def add(self, event: Event) -> None:
        """Take the next event inside the segment.

        Raises:
            DataError: The segment is too long.
        """
        if event.kind == "start":
            self._open.append(event.name)
            self._codes += event.name in _CODES
            self._apart = self._apart or event.name in _ALONE
        elif event.kind == "end":
            self._codes -= self._open.pop() in _CODES
        elif not self._codes:
            last = self._parts[-1][-1:] if self._parts else ""
            glued = self._apart and last.isalnum() and event.text[0].isalnum()
            self._parts.append(" " + event.text if glued else event.text)
            self._apart = False
            self._size += len(event.text)
            if self._size > MAX_TEXT:
                raise DataError(f"{self._path}: a segment has more than {MAX_TEXT:,} characters")


def events_of(file: PairFile, root: str) -> Iterator[Event]:
    """Yield the elements and texts of an XML file.

    Args:
        file: The file.
        root: Name of its first element.

    Raises:
        DataError: The file is not XML, or its first element is another.
    """
    is_first = True
    with file.open_text(declared_encoding) as stream:
        try:
            for event in xml_events(stream):
                if is_first and event.kind == "start":
                    is_first = False
                    if event.name != root:
                        raise DataError(f"not {root.upper()}: its first element is {event.name}")
                yield event
        except InvalidTextError as error:
            message = undecodable_message(file.path, error.line, file.options.encoding)
            raise DataError(message) from None
        except DataError as error:
            raise DataError(f"{file.path}: {error}") from None


def pick_language(wanted: str, codes: Sequence[str]) -> str | None:
    """Return the code that means a language: the same, else a variant, es-ES for es.

    Args:
        wanted: Code or name of a language.
        codes: Codes to choose from.

    Returns:
        The code; None if there is none. One with another region is none: es-MX is not es-ES.
    """
    name = _plain(wanted)
    exact = [code for code in codes if _plain(code) == name]
    if exact:
        return exact[0]
    base = language_of(wanted) or name.split("-")[0]
    found = [
        code
        for code in codes
        if (language_of(code) or _plain(code).split("-")[0]) == base
        and ("-" not in name or "-" not in _plain(code))
    ]
    return min(found, key=len, default=None)


def _plain(code: str) -> str:
    return code.strip().casefold().replace("_", "-")
