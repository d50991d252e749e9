"""JSON: an object per line, or an array of objects."""

from __future__ import annotations

import codecs
import io
import json
import re
from collections.abc import Iterator
from typing import BinaryIO

from seq2seq.data.corpus.columns import known_names
from seq2seq.data.corpus.lines import BOM, NUL, UNDECODABLE, read_lines
from seq2seq.data.corpus.readers import READERS, PairFile, Row
from seq2seq.errors import DataError
from seq2seq.registry import suggestion

_CHUNK = 1 << 16
_LONGEST = 1 << 22
"""Maximum number of characters of an object in an array."""

_OPENING = re.compile(r"\s*\[\s*")
_BETWEEN = re.compile(r"\s*,?\s*")


@READERS.register(".jsonl")
@READERS.register(".ndjson")
@READERS.register(".json")
def read_json(file: PairFile) -> Iterator[Row]:
    """Yield the pairs of a file with a JSON object per line, or of an array of objects."""
    names: tuple[str, str] | None = None
    for place, row in json_objects(file):
        names = names or known_names(file, _keys(row))
        source, target = (text_of(file, row, name, place) for name in names)
        yield source, target, ()


def first_names(file: PairFile) -> list[str]:
    """Return the keys of the first object, those of its translations with a dot.

    Args:
        file: The file.

    Returns:
        The keys, none if there is no object.

    Raises:
        DataError: The file cannot be read.
    """
    with file.open_text() as stream:
        _, row = next(_objects(file, stream), (0, None))
    return _keys(row) if isinstance(row, dict) else []


def json_objects(file: PairFile) -> Iterator[tuple[str, dict[str, object]]]:
    """Yield the objects of a JSON file, each with its place in words.

    Args:
        file: The file.

    Raises:
        DataError: The file cannot be read, or holds something else.
    """
    with file.open_text() as stream:
        for number, row in _objects(file, stream):
            place = f"{file.path}, line {number:,}"
            if not isinstance(row, dict):
                raise DataError(f"{place}: {_type(row)} where a JSON object is needed")
            yield place, row


def text_of(file: PairFile, row: dict[str, object], name: str, place: str) -> str:
    """Return the text of a key of a JSON object, and note what had to be repaired.

    Args:
        file: The file.
        row: The object.
        name: The key, or a dotted path.
        place: Place of the object, for errors.

    Raises:
        DataError: There is no text of that name, or it cannot be decoded.
    """
    text, problems = _without_stray_codes(_text(row, name, place))
    if UNDECODABLE in problems and file.options.encoding_errors == "strict":
        raise DataError(
            f"{place}: an escape stands for half a character; to read it as U+FFFD, set "
            "encoding_errors to replace"
        )
    file.problems.update(problems)
    return text


def _objects(file: PairFile, stream: io.BufferedReader) -> Iterator[tuple[int, object]]:
    objects = _array_objects if _is_array(stream.peek(_CHUNK)) else _line_objects
    return objects(file, stream)


def _is_array(beginning: bytes) -> bool:
    """Return whether a file is one array, and not a line for each object."""
    first, _, others = beginning.removeprefix(BOM).lstrip().partition(b"\n")
    if not first.startswith(b"["):
        return False
    try:
        json.loads(first)
    except (ValueError, RecursionError):
        return True
    return not others.strip()


def _keys(row: dict[str, object]) -> list[str]:
    """Return the keys of an object, those of its translations with a dot."""
    inner = row.get("translation")
    nested = [f"translation.{key}" for key in inner] if isinstance(inner, dict) else []
    return [*row, *nested]


def _line_objects(file: PairFile, stream: BinaryIO) -> Iterator[tuple[int, object]]:
    """Yield the object of each line that is not blank."""
    for number, line in enumerate(read_lines(stream), start=1):
        if not line.text or line.text.isspace():
            continue
        file.note(line.problems, number)
        try:
            yield number, json.loads(line.text)
        except (ValueError, RecursionError) as error:
            raise DataError(
                f"{file.path}, line {number:,}: not a JSON object on one line: {error}"
            ) from error


def _array_objects(file: PairFile, stream: BinaryIO) -> Iterator[tuple[int, object]]:
    """Yield the elements of an array with the line of each, without holding the whole array."""
    text = _Window(file, stream)
    text.skip(_OPENING)
    while not text.startswith("]"):
        line = text.line
        try:
            yield line, text.value()
        except RecursionError as error:
            raise DataError(f"{file.path}, line {line:,}: nested too deeply") from error
        text.skip(_BETWEEN)


class _Window:
    """Part of a JSON text that is read piece by piece.

    Attributes:
        line: Number of the line that the part begins in, from 1.
    """

    def __init__(self, file: PairFile, stream: BinaryIO) -> None:
        self.line = 1
        self._file = file
        self._stream = stream
        replaces = file.options.encoding_errors == "replace"
        decoder = codecs.getincrementaldecoder("utf-8-sig")
        self._decoder = decoder("replace" if replaces else "strict")
        self._parser = json.JSONDecoder()
        self._text = ""
        self._at = 0
        self._more(_CHUNK)

    def startswith(self, character: str) -> bool:
        """Return whether the text goes on with a character."""
        return self._text.startswith(character, self._at)

    def skip(self, pattern: re.Pattern[str]) -> None:
        """Pass over what a pattern matches."""
        while True:
            found = pattern.match(self._text, self._at)
            if found and found.end() < len(self._text):
                self._advance(found.end())
                return
            if not self._more(_CHUNK):
                raise DataError(f"{self._file.path}, line {self.line:,}: the array is not closed")

    def value(self) -> object:
        """Return the value that the text goes on with, and pass over it."""
        while True:
            length = len(self._text) - self._at
            try:
                value, end = self._parser.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                # Twice as much each time, so that a long object is not read again and again.
                if length < _LONGEST and self._more(2 * length + _CHUNK):
                    continue
                line = self.line + self._text.count("\n", self._at, error.pos)
                raise DataError(
                    f"{self._file.path}, line {line:,}: not JSON: {error.msg}"
                ) from error
            if end < len(self._text) or not self._more(_CHUNK):  # a number may go on
                self._advance(end)
                return value

    def _advance(self, end: int) -> None:
        self.line += self._text.count("\n", self._at, end)
        self._at = end

    def _more(self, length: int) -> bool:
        """Read on, at most as many bytes, and return whether there was more."""
        data = self._stream.read(length)
        try:
            text = self._decoder.decode(data, not data)
        except UnicodeDecodeError as error:
            line = self.line + self._text.count("\n", self._at) + data.count(b"\n", 0, error.start)
            self._file.note((UNDECODABLE,), line)
            raise
        self._text = self._text[self._at :] + text
        self._at = 0
        return bool(data)


def _type(value: object) -> str:
    return "list" if isinstance(value, list) else type(value).__name__


def _text(row: dict[str, object], name: str, place: str) -> str:
    """Return the text of a key of a JSON object.

    The name may be a dotted path into nested objects, or a key of the object "translation".
    """
    value: object = row
    inner = row.get("translation")
    if name in row:
        value = row[name]
    elif isinstance(inner, dict) and name in inner:
        value = inner[name]
    else:
        for key in name.split("."):
            if not isinstance(value, dict) or key not in value:
                raise DataError(f"{place}: there is no {name!r}{suggestion(name, _keys(row))}")
            value = value[key]
    if not isinstance(value, str):
        way = '; remove the row, or write "" for an empty text' if value is None else ""
        found = json.dumps(value)[:40]
        raise DataError(f"{place}: {name!r} is {found}, where a text is needed{way}")
    return value


def _without_stray_codes(text: str) -> tuple[str, tuple[str, ...]]:
    """Repair characters that only a JSON escape can bring in: NUL and lone surrogates.

    Returns:
        The text, and the names of its problems.
    """
    found: tuple[str, ...] = ()
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        text = text.encode("utf-16", errors="surrogatepass").decode("utf-16", errors="replace")
        found = (UNDECODABLE,)
    return (text.replace("\0", " "), (*found, NUL)) if "\0" in text else (text, found)
