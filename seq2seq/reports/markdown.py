"""Markdown that shows text exactly as it is: nothing in it is read as markup or as HTML."""

from __future__ import annotations

from collections.abc import Sequence

from seq2seq.text import join_lines

# Unlike backslashes, character references are never read as Markdown, whatever is next to them.
_REFERENCES = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", "|": "\\|"} | {c: f"&#{ord(c)};" for c in "\\`*_[]~$"}
)


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table; the cells are escaped, the header is not."""
    lines = [header, ["---"] * len(header), *([escaped(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def escaped(text: str) -> str:
    """Return one line of Markdown that shows exactly this text."""
    return join_lines(text).translate(_REFERENCES)
