"""Subtitles: SubRip (SRT) and WebVTT."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator

from seq2seq.documents.cues import Cue, cue_slots
from seq2seq.documents.document import FORMATS, Document, DocumentFormat, ReadOptions, SpanDocument
from seq2seq.documents.encodings import decode
from seq2seq.documents.markup import Kind, Mark, Pieces, joined
from seq2seq.errors import DataError

_TIME = r"(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})[,.](\d{1,3})"
_TIMES = re.compile(rf"[ \t]*{_TIME}[ \t]*-->[ \t]*{_TIME}(?![\d])[^\r\n]*(?:\r\n|\n|\r)")
_NEXT = r"(?:\d+[ \t]*(?:\r\n|\n|\r))?[ \t]*[\d:]{4,12}[,.]\d{1,3}[ \t]*-->"
"""Beginning of a cue: its times, in SubRip after its number."""

_TEXT = re.compile(rf"(?:(?!{_NEXT})[^\r\n]*[^\s][^\r\n]*(?:\r\n|\n|\r|$))*")
_MARK = re.compile(
    r"<(?P<close>/?)(?P<name>[A-Za-z]{1,10})(?:[.\s=][^<>]*)?>|<[\d:.]+>|\{\\[^{}]*\}"
)
_PAIRED = frozenset(("b", "c", "font", "i", "lang", "rt", "ruby", "s", "u", "v"))


@FORMATS.register("srt")
class SubRip(DocumentFormat):
    """Subtitles in the format of SubRip."""

    suffixes = (".srt",)
    title = "SubRip subtitles"

    def read(self, data: bytes, options: ReadOptions) -> Document:
        """Find the sentences of subtitles."""
        return _read(data, lambda text: text, lambda text: text.replace("-->", "->"))


@FORMATS.register("vtt")
class WebVtt(DocumentFormat):
    """Subtitles in the format of the web."""

    suffixes = (".vtt",)
    title = "WebVTT subtitles"

    def read(self, data: bytes, options: ReadOptions) -> Document:
        """Find the sentences of subtitles."""
        if not data.removeprefix(b"\xef\xbb\xbf").startswith(b"WEBVTT"):
            raise DataError("does not begin with WEBVTT")
        return _read(data, html.unescape, lambda text: html.escape(text, quote=False))


def _read(data: bytes, unescape: Callable[[str], str], encode: Callable[[str], str]) -> Document:
    decoded = decode(data)
    found = list(cues(decoded.text))
    if not found and decoded.text.strip() not in ("", "WEBVTT"):
        raise DataError("not subtitles: no line has the form 00:00:01,000 --> 00:00:02,000")

    def split(text: str) -> Pieces:
        return _pieces(text, unescape)

    slots = cue_slots(found, split=split, encode=encode, newline=decoded.newline)
    return SpanDocument(decoded, slots)


def cues(text: str) -> Iterator[Cue]:
    """Yield the cues of subtitles: each line of times, with the lines up to the end of the cue.

    A cue ends at a blank line, or where the next one begins, as in some files of the web.
    """
    at = 0
    for times in _TIMES.finditer(text):
        if times.start() < at or (times.start() and text[times.start() - 1] not in "\r\n"):
            continue
        lines = _TEXT.match(text, times.end())
        assert lines is not None  # it may be empty
        at = lines.end()
        first, last = (_seconds(times.groups()[place : place + 4]) for place in (0, 4))
        yield Cue(lines.start(), lines[0], first, last)


def _seconds(parts: tuple[str | None, ...]) -> float:
    hours, minutes, seconds, thousandths = parts
    return int(hours or 0) * 3600 + int(minutes or 0) * 60 + float(f"{seconds}.{thousandths}")


def _pieces(text: str, unescape: Callable[[str], str]) -> Pieces:
    pieces: list[str | Mark] = []
    end = 0
    for found in _MARK.finditer(text):
        name = (found["name"] or "").casefold()
        kind: Kind = "alone"
        if name in _PAIRED:
            kind = "close" if found["close"] else "open"
        pieces += unescape(text[end : found.start()]), Mark(found[0], kind, name)
        end = found.end()
    return joined([*pieces, unescape(text[end:])])
