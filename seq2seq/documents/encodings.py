"""Encoding of a text file: found from its first bytes or a declaration, kept when it is written."""

from __future__ import annotations

import codecs
from collections.abc import Callable
from dataclasses import dataclass

from seq2seq.errors import DataError
from seq2seq.runtime.encoding_names import text_encoding

MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
"""Byte-order marks; that of UTF-32 comes before that of UTF-16, which begins like it."""


@dataclass(frozen=True)
class Decoded:
    """Text of a file.

    Attributes:
        text: The text, with its line ends as they are.
        encoding: Name of the encoding.
        mark: Byte-order mark of the file, b"" if it has none.
    """

    text: str
    encoding: str = "utf-8"
    mark: bytes = b""

    @property
    def newline(self) -> str:
        r"""The line end of the file: "\n", or "\r\n" if the first line ends so."""
        at = self.text.find("\n")
        return "\r\n" if at > 0 and self.text[at - 1] == "\r" else "\n"

    def encode(self, text: str, escape: Callable[[str], str] | None = None) -> bytes:
        """Return a text as bytes in the encoding of the file.

        Args:
            text: The text.
            escape: Writes a character that the encoding lacks.

        Returns:
            The content of a file with the text.

        Raises:
            DataError: The encoding lacks a character, and there is no `escape`.
        """
        try:
            return self.mark + text.encode(self.encoding)
        except UnicodeEncodeError as error:
            if escape is None:
                raise DataError(
                    f"the file is in {self.encoding}, which has no {error.object[error.start]!r}; "
                    "save it as UTF-8 first"
                ) from None
        lacking = {ord(one): escape(one) for one in set(text) if not _has(one, self.encoding)}
        return self.mark + text.translate(lacking).encode(self.encoding)


def decode(data: bytes, declared: str = "") -> Decoded:
    """Decode a file: by its byte-order mark, else as it declares, else as UTF-8.

    Args:
        data: Content of the file.
        declared: Encoding that the file names, "" if none.

    Returns:
        The text.

    Raises:
        DataError: The file is in another encoding, or holds NUL characters.
    """
    mark, encoding = next(
        ((mark, name) for mark, name in MARKS if data.startswith(mark)), (b"", "")
    )
    encoding = encoding or _known(declared) or "utf-8"
    try:
        text = data[len(mark) :].decode(encoding)
    except UnicodeDecodeError as error:
        raise DataError(
            f"byte {error.start + len(mark):,} is not {encoding.upper()}; save the file as UTF-8, "
            "as with: iconv -f WINDOWS-1252 -t UTF-8"
        ) from None
    if not encoding.startswith("utf") and text.encode(encoding) != data:
        raise DataError(f"cannot be written in {encoding} as it was; save it as UTF-8 first")
    if "\0" in text:
        raise DataError("contains NUL characters: it is not a text file, or is in another encoding")
    return Decoded(text, encoding, mark)


def _known(declared: str) -> str:
    """Return the name of an encoding of text; "" if the file declares none that is known."""
    found = text_encoding(declared)
    # A file that declares UTF-16 without a byte-order mark was read far enough to see it: as ASCII.
    return "" if found.startswith(("utf-16", "utf-32")) else found


def _has(character: str, encoding: str) -> bool:
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
