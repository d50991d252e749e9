"""Recognition of the format of a document."""

from __future__ import annotations

from pathlib import Path

# isort: off
import seq2seq.documents.formats.docx
import seq2seq.documents.formats.html
import seq2seq.documents.formats.markdown
import seq2seq.documents.formats.plain_text
import seq2seq.documents.formats.po
import seq2seq.documents.formats.properties
import seq2seq.documents.formats.json_catalogue
import seq2seq.documents.formats.subtitles
import seq2seq.documents.formats.table
import seq2seq.documents.formats.tmx
import seq2seq.documents.formats.xliff
import seq2seq.documents.formats.xlsx  # noqa: F401

# isort: on
from seq2seq.documents.document import FORMATS, Document, ReadOptions
from seq2seq.documents.read_file import read_file, within
from seq2seq.errors import DataError
from seq2seq.runtime.plugins import load_plugins

_FOREIGN = {
    b"%PDF": "a PDF; save it as text or as a Word file (.docx) first",
    b"\xd0\xcf\x11\xe0": "an old Office file; save it as .docx or .xlsx first",
    b"{\\rtf": "an RTF file; save it as .docx first",
}
"""First bytes of formats that are often met and not read."""


def format_of(path: Path) -> str:
    """Return the name of the format of a file by its name; "" if it is not known.

    If no built-in format has the suffix, the plug-ins are loaded, which may have one for it.
    """
    if not (name := _known_format(path)):
        load_plugins()
        name = _known_format(path)
    return name


def _known_format(path: Path) -> str:
    name = path.name.casefold()
    return next((key for key, one in FORMATS.items() if name.endswith(one.suffixes)), "")


def read_document(path: Path, format: str = "", options: ReadOptions | None = None) -> Document:
    """Read a document.

    Args:
        path: The file.
        format: Name of its format; "" finds it from the name of the file.
        options: What to translate.

    Returns:
        The document.

    Raises:
        ConfigError: The format is unknown, or a column is.
        DataError: The file cannot be read, or is not of the format.
    """
    with within(path):
        data = read_file(path)
        for beginning, what in _FOREIGN.items():
            if data.startswith(beginning):
                raise DataError(f"this is {what}")
        name = format or format_of(path)
        if not name:
            raise DataError(
                f"the format of {path.suffix or 'a file without a suffix'} is not known; name one "
                f"with --format: {', '.join(FORMATS)}"
            )
        document_format = FORMATS[name]()
        try:
            return document_format.read(data, options or ReadOptions())
        except RecursionError:
            raise DataError("is nested too deeply") from None
