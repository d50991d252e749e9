"""Markdown that shows text exactly as it is: no markup, no HTML, no end of a cell can come of what
stands in it."""

from __future__ import annotations

from collections.abc import Sequence

from seq2seq.text import join_lines

# Character references, unlike backslashes, can never be read as Markdown, whatever stands beside
# them.
_REFERENCES = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", "|": "\\|"} | {c: f"&#{ord(c)};" for c in "\\`*_[]~$"}
)


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table; the cells are escaped, the header is not."""
    lines = [header, ["---"] * len(header), *([escaped(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def escaped(text: str) -> str:
    """Return the text as one line of Markdown that shows exactly it."""
    return join_lines(text).translate(_REFERENCES)
