"""Contract of a document format: find the segments of a file, and write it with translations."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from seq2seq.documents.encodings import Decoded
from seq2seq.documents.markup import Pieces, text_of
from seq2seq.registry import Registry

_LETTER = re.compile(r"[^\W\d_]")


@dataclass(frozen=True)
class Segment:
    """Text of a document that is translated as a whole.

    Attributes:
        pieces: The source text, with its inline markup.
        current: What the file holds where the translation belongs: the source itself, or in a
            bilingual file the translation that is there; None if there is none.
        fits: Returns whether there is room for a translation, without markup; None if there is room
            for any.
    """

    pieces: Pieces
    current: Pieces | None
    fits: Callable[[str], bool] | None = None

    @property
    def text(self) -> str:
        """The source text without markup."""
        return text_of(self.pieces)

    @property
    def has_letters(self) -> bool:
        """True if there is something to translate."""
        return _LETTER.search(self.text) is not None


@dataclass(frozen=True)
class Target:
    """Translation of a segment.

    Attributes:
        pieces: The translation, with the markup of the source.
        doubtful: True if a person should look at it.
        confidence: Probability that it is usable, from 0 to 1, if known.
        reused: True if it comes from a translation memory.
    """

    pieces: Pieces
    doubtful: bool = False
    confidence: float | None = None
    reused: bool = False


@dataclass(frozen=True)
class ReadOptions:
    """Text of a document to translate.

    Attributes:
        columns: Columns of a table to translate, by name or by number from 1.
        everything: If true, entries of a bilingual file that have a translation are translated,
            too.
        source: Code of the source language, "" if unknown.
        target: Code of the target language, "" if unknown.
    """

    columns: tuple[str, ...] = ()
    everything: bool = False
    source: str = ""
    target: str = ""


class Document(ABC):
    """A file that has been read.

    Attributes:
        segments: What to translate, in the order of the file.
    """

    segments: Sequence[Segment]

    @abstractmethod
    def write(self, targets: Sequence[Target | None]) -> bytes:
        """Return the file with translations.

        Args:
            targets: The translation of each segment; None leaves what is there. One that is equal
                to what is there changes nothing.

        Returns:
            The content of the translated file.

        Raises:
            DataError: The encoding of the file lacks a character.
        """


class DocumentFormat(ABC):
    """A kind of file.

    Attributes:
        suffixes: Ends of the names of such files, in lowercase.
        title: Name of the format in sentences.
    """

    suffixes: ClassVar[tuple[str, ...]] = ()
    title: ClassVar[str] = ""

    @abstractmethod
    def read(self, data: bytes, options: ReadOptions) -> Document:
        """Find the segments of a file.

        Args:
            data: Content of the file.
            options: What to translate.

        Returns:
            The document.

        Raises:
            DataError: The file is not of this format, or is damaged.
        """


FORMATS = Registry[type[DocumentFormat]]("document format")
"""Formats by the name that --format takes."""


@dataclass(frozen=True)
class Edit:
    """Replacement of the characters from `begin` to `end` of a text."""

    begin: int
    end: int
    text: str


@dataclass(frozen=True)
class Slot:
    """Place of a segment in a text.

    Attributes:
        segment: The segment.
        edits: Returns the changes that put a translation there.
    """

    segment: Segment
    edits: Callable[[Target], list[Edit]]


def slot(pieces: Pieces, begin: int, end: int, encode: Callable[[Pieces], str]) -> Slot:
    """Return the slot of a segment whose translation replaces it.

    Args:
        pieces: The segment.
        begin: Where it begins.
        end: Where it ends.
        encode: Writes a translation as the file has texts.

    Returns:
        The slot.
    """
    return Slot(Segment(pieces, pieces), lambda target: [Edit(begin, end, encode(target.pieces))])


@dataclass
class SpanDocument(Document):
    """Text whose segments are replaced; everything else stays as it is.

    Attributes:
        decoded: The text, and how it was encoded.
        slots: Places of the segments, in the order of the text.
        escape: Writes a character that the encoding lacks; None if the format has no way to.
        extra: Changes to make if any translation is written.
    """

    decoded: Decoded
    slots: list[Slot]
    escape: Callable[[str], str] | None = None
    extra: list[Edit] = field(default_factory=list)

    @property
    def segments(self) -> list[Segment]:  # type: ignore[override]
        """Return the segments to translate."""
        return [one.segment for one in self.slots]

    def write(self, targets: Sequence[Target | None]) -> bytes:
        """Return the file with translations.

        Args:
            targets: The translation of each segment, as for `Document.write`.

        Returns:
            The content of the translated file.

        Raises:
            DataError: The encoding of the file lacks a character.
        """
        edits: list[Edit] = []
        for one, target in zip(self.slots, targets, strict=True):
            if target is not None and target.pieces != one.segment.current:
                edits += one.edits(target)
        if edits:
            edits += self.extra
        return self.decoded.encode(apply(self.decoded.text, edits), self.escape)


def apply(text: str, edits: Sequence[Edit]) -> str:
    """Make changes, which must not overlap."""
    parts: list[str] = []
    end = 0
    for edit in sorted(edits, key=lambda edit: (edit.begin, edit.end)):
        assert edit.begin >= end, "edits overlap"
        parts += text[end : edit.begin], edit.text
        end = edit.end
    return "".join([*parts, text[end:]])
