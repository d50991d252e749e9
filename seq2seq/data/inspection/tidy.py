"""Texts in one form: composed, on one line, without invisible characters, decoded correctly."""

from __future__ import annotations

from seq2seq.data.inspection.encoding_trouble import repaired
from seq2seq.text import compose, one_line
from seq2seq.text_steps.invisible import drop_invisible, invisible_pattern


def tidied(text: str) -> str:
    """Return a text as it is written to a file of pairs.

    Args:
        text: A text, as it was read.

    Returns:
        The text in composed form (NFC), with single blanks in place of tabs, line breaks and runs
        of blanks, without invisible characters, and with UTF-8 that was read as another encoding
        decoded again.
    """
    if not text.isascii() or "&" in text:
        text = compose(repaired(text))
    if not text.isprintable():
        text = invisible_pattern().sub(drop_invisible, one_line(text))
    return " ".join(text.split())
