"""Message catalogues of gettext: PO files, and their templates (POT)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from seq2seq.documents.document import (
    FORMATS,
    Document,
    DocumentFormat,
    Edit,
    ReadOptions,
    Segment,
    Slot,
    SpanDocument,
    Target,
)
from seq2seq.documents.encodings import Decoded, decode
from seq2seq.documents.markup import tagged, untagged
from seq2seq.errors import DataError

_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_FIELD = re.compile(
    r"[ \t]*(?:(?P<name>msgctxt|msgid_plural|msgid|msgstr(?:\[\d+\])?)[ \t]*)?"
    r'"(?P<value>(?:[^"\\]|\\.)*)"[ \t]*\r?$'
)
_ESCAPE = re.compile(r"\\(?:(?P<octal>[0-7]{1,3})|x(?P<hex>[0-9A-Fa-f]{1,2})|(?P<one>.))")
_LETTERS = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
_CHARSET = re.compile(rb"charset=([\w.:-]+)", re.IGNORECASE)

_CERTAIN = 20
"""Number of bytes after the first of a character from which text is UTF-8 for certain.

A few characters in another encoding may be valid UTF-8 by chance.
"""
_SPECIFIER = re.compile(
    r"%%|%\(\w+\)[-+ #0]*\d*(?:\.\d+)?[a-zA-Z]"
    r"|%(?:\d+\$)?[-+ #0']*(?:\d+|\*)?(?:\.(?:\d+|\*))?(?:hh?|ll?|[qjzt])?"
    r"[diouxXeEfFgGaAcspn@]|\{[^{}]*\}"
)
_PLURALS = {
    "nplurals=2; plural=(n != 1);": [
        "bg",
        "ca",
        "da",
        "de",
        "el",
        "en",
        "eo",
        "es",
        "et",
        "eu",
        "fi",
        "gl",
        "he",
        "hi",
        "hu",
        "it",
        "nl",
        "no",
        "pt",
        "sv",
        "sw",
    ],
    "nplurals=2; plural=(n > 1);": ["fr", "tr"],
    "nplurals=1; plural=0;": ["id", "ja", "ko", "ms", "th", "vi", "zh"],
}


@dataclass
class Entry:
    """Entry of a catalogue.

    Attributes:
        begin: Where its first field begins.
        flags: Where its line of flags begins, after "#,"; None if it has none.
        is_format: True if the message has specifiers such as %s, which msgfmt checks.
        is_fuzzy: True if it is marked as fuzzy.
        fields: The text of each field, and where its value begins and ends.
    """

    begin: int = -1
    flags: int | None = None
    is_format: bool = False
    is_fuzzy: bool = False
    fields: dict[str, tuple[str, int, int]] = field(default_factory=dict)

    @property
    def is_header(self) -> bool:
        """True for the entry of the empty message, which holds facts of the catalogue."""
        return self.fields["msgid"][0] == "" and "msgctxt" not in self.fields


@FORMATS.register("po")
class Po(DocumentFormat):
    """PO and POT files: entries without a translation, unless all are asked for."""

    suffixes = (".po", ".pot")
    title = "a gettext catalog"

    def read(self, data: bytes, options: ReadOptions) -> Document:
        """Find the entries of a catalogue."""
        decoded = decode_po(data)
        document = SpanDocument(decoded, [])
        for entry in entries(decoded.text):
            if entry.is_header:
                document.extra += _header_edits(decoded.text, entry, options.target)
            else:
                document.slots += _slots(entry, options.everything, decoded.newline)
        return document


def _line(text: str, at: int) -> str:
    return f"{text.count(chr(10), 0, at) + 1:,}"


def decode_po(data: bytes) -> Decoded:
    """Decode a catalogue by its byte-order mark, or as its header declares.

    Raises:
        DataError: The catalogue is in another encoding.
    """
    charset = None if _is_utf8(data) else _CHARSET.search(data)
    return decode(data, charset[1].decode("ascii", "replace") if charset else "")


def _is_utf8(data: bytes) -> bool:
    """Return whether a catalogue is UTF-8 for certain, whatever its header declares."""
    try:
        return len(data) - len(data.decode()) >= _CERTAIN
    except UnicodeDecodeError:
        return False


def entries(text: str) -> Iterator[Entry]:
    """Yield the entries of a catalogue, without obsolete ones.

    Args:
        text: The catalogue.

    Raises:
        DataError: The text is not a catalogue; the message names the line.
    """
    for entry in _read_entries(text):
        if "msgid" not in entry.fields or "msgstr" not in {
            name.partition("[")[0] for name in entry.fields
        }:
            raise DataError(f"line {_line(text, entry.begin)}: an entry without msgid or msgstr")
        yield entry


def _read_entries(text: str) -> Iterator[Entry]:
    entry = Entry()
    name = ""
    for line in _LINE.finditer(text):
        content = line[0].strip()
        if not content or content.startswith("#"):
            if entry.fields:
                yield entry
                entry = Entry()
            name = ""
            if content.startswith("#,") and not content.startswith("#~"):
                entry.flags = line.start() + line[0].index("#,") + 2
                flags = [one.strip() for one in content[2:].split(",")]
                entry.is_fuzzy = "fuzzy" in flags
                entry.is_format = any(
                    one.endswith("-format") and not one.startswith("no-") for one in flags
                )
            elif not content:
                entry = Entry()
            continue
        found = _FIELD.match(line[0].rstrip("\n"))
        if found is None or not (found["name"] or name):
            raise DataError(f"line {_line(text, line.start())}: not a line of a gettext catalog")
        begin = line.start() + found.start("value") - 1
        end = line.start() + found.end("value") + 1
        value = _unescape(found["value"])
        if found["name"] and found["name"] in entry.fields:  # no blank line between two entries
            yield entry
            entry = Entry()
        if found["name"]:
            name = found["name"]
            entry.fields[name] = (value, begin, end)
            entry.begin = line.start() if entry.begin < 0 else entry.begin
        else:
            before, begin, _ = entry.fields[name]
            entry.fields[name] = (before + value, begin, end)
    if entry.fields:
        yield entry


def _slots(entry: Entry, everything: bool, newline: str) -> Iterator[Slot]:
    """Yield the slots of an entry: one, or one per plural form."""
    translations = {name: one for name, one in entry.fields.items() if name.startswith("msgstr")}
    if any(value for value, _, _ in translations.values()) and not everything:
        return
    for name, (value, begin, end) in translations.items():
        plural = name not in ("msgstr", "msgstr[0]") and "msgid_plural" in entry.fields
        source = entry.fields["msgid_plural" if plural else "msgid"][0]

        def edits(
            target: Target, source: str = source, begin: int = begin, end: int = end
        ) -> list[Edit]:
            text = _same_ends(source, untagged(target.pieces))
            changes = [Edit(begin, end, _quoted(text, newline))]
            broken = entry.is_format and _specifiers(text) != _specifiers(source)
            if (target.doubtful or broken) and not entry.is_fuzzy:
                changes.append(_fuzzy(entry, newline))
            return changes

        yield Slot(Segment(tagged(source), tagged(value) if value else None), edits)


def _same_ends(source: str, text: str) -> str:
    """Return a translation that begins and ends with a line end if its source does."""
    text = text.strip("\n")
    lead = "\n" if source.startswith("\n") else ""
    return lead + text + ("\n" if source.endswith("\n") else "")


def _specifiers(text: str) -> list[str]:
    """Return the specifiers that a program fills in; in any order if they are numbered or named."""
    found = [one for one in _SPECIFIER.findall(text) if one != "%%"]
    ordered = any(not re.match(r"%\d+\$|%\(|\{", one) for one in found)
    return found if ordered else sorted(found)


def _fuzzy(entry: Entry, newline: str) -> Edit:
    if entry.flags is not None:
        return Edit(entry.flags, entry.flags, " fuzzy,")
    return Edit(entry.begin, entry.begin, f"#, fuzzy{newline}")


def _header_edits(text: str, entry: Entry, target: str) -> Iterator[Edit]:
    """Yield what a template leaves open in its header, and a translation must not."""
    _, begin, end = entry.fields["msgstr"]
    header = text[begin:end]
    plurals = next((form for form, codes in _PLURALS.items() if target in codes), "")
    for pattern, new in (
        (r"charset=(CHARSET)", "UTF-8"),
        (r'"Language: *()\\n"', target),
        (r"Plural-Forms: *(nplurals=INTEGER; plural=EXPRESSION;)", plurals),
    ):
        found = re.search(pattern, header)
        if found and new:
            yield Edit(begin + found.start(1), begin + found.end(1), new)


def _unescape(raw: str) -> str:
    def plain(found: re.Match[str]) -> str:
        if found["octal"]:
            return chr(int(found["octal"], 8))
        if found["hex"]:
            return chr(int(found["hex"], 16))
        return _LETTERS.get(found["one"], found["one"])

    return _ESCAPE.sub(plain, raw)


def _quoted(text: str, newline: str) -> str:
    """Return a text as a value: one string, or one for each of its lines after an empty one."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    for letter, character in _LETTERS.items():
        if letter != "n":
            escaped = escaped.replace(character, f"\\{letter}")
    lines = escaped.split("\n")
    lines = [f"{line}\\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])
    if len(lines) < 2:
        return f'"{"".join(lines)}"'
    return newline.join(f'"{line}"' for line in ["", *lines])
