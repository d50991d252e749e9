"""Message catalogues of gettext: the messages that have a translation."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator

from seq2seq.data.corpus.formats.xml_pairs import pick_language
from seq2seq.data.corpus.readers import READERS, PairFile, Row
from seq2seq.documents.encodings import Decoded, decode
from seq2seq.documents.formats.po import Entry, decode_po, entries
from seq2seq.errors import DataError

_LARGEST = 200_000_000
"""Maximum size of a catalogue in bytes."""

_LANGUAGE = re.compile(r"^Language:[ \t]*([\w@.-]+)", re.MULTILINE)


@READERS.register(".po")
def read_po(file: PairFile) -> Iterator[Row]:
    """Yield the messages with their translations, without those that are marked as fuzzy."""
    with file.open() as stream:
        data = stream.read(_LARGEST + 1)
    if len(data) > _LARGEST:
        raise DataError(f"{file.path}: larger than {_LARGEST // 1_000_000} MB; split it")
    left_out = 0
    messages = 0
    swapped = False
    try:
        for entry in entries(_decoded(file, data).text):
            if entry.is_header:
                swapped = _is_swapped(file, entry.fields["msgstr"][0])
                continue
            pairs = [] if entry.is_fuzzy else list(_pairs(entry))
            messages += 1
            left_out += not pairs
            for source, target in pairs:
                yield (target, source, ()) if swapped else (source, target, ())
    except DataError as error:
        message = str(error)
        if message.startswith(file.path):
            raise
        between = ", " if message.startswith("line ") else ": "
        raise DataError(f"{file.path}{between}{message}") from None
    if left_out:
        file.say(f"left out {left_out:,} of {messages:,} messages, fuzzy or without a translation")


def catalogue_language(file: PairFile) -> str:
    """Return the code of the language of the translations, "" if the header names none.

    Args:
        file: The catalogue. What is wrong with it is reported when it is read.
    """
    with contextlib.suppress(DataError), file.open() as stream:
        for entry in entries(_decoded(file, stream.read(_LARGEST)).text):
            found = _LANGUAGE.search(entry.fields["msgstr"][0]) if entry.is_header else None
            return found[1] if found else ""
    return ""


def _decoded(file: PairFile, data: bytes) -> Decoded:
    encoding = file.options.encoding
    return decode(data, encoding) if encoding else decode_po(data)


def _pairs(entry: Entry) -> Iterator[tuple[str, str]]:
    """Yield the message with its translation; one in the plural with its last form."""
    forms = [text for name, (text, _, _) in entry.fields.items() if name.startswith("msgstr")]
    messages = [entry.fields["msgid"][0]]
    if "msgid_plural" in entry.fields:
        messages.append(entry.fields["msgid_plural"][0])
        forms = [forms[0], forms[-1]] if len(forms) > 1 else [""]
        messages = messages if len(forms) > 1 else []
    for message, form in zip(messages, forms, strict=False):
        if message.strip() and form.strip():
            yield message, form


def _is_swapped(file: PairFile, header: str) -> bool:
    """Return whether a catalogue translates into the source language.

    Raises:
        DataError: It translates into neither of the languages.
    """
    wanted = file.options.source_language, file.options.target_language
    found = _LANGUAGE.search(header)
    if not found or not all(wanted):
        return False
    if pick_language(wanted[1], [found[1]]):
        return False
    if pick_language(wanted[0], [found[1]]):
        return True
    raise DataError(f"{file.path}: translates into {found[1]!r}, not into {wanted[1]!r}")
