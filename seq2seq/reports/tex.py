"""LaTeX that shows text exactly as it is."""

from __future__ import annotations

from collections.abc import Sequence

from seq2seq.text import join_lines

_ESCAPES = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "±": r"\(\pm\)",
    "†": r"\textsuperscript{\dag}",
    "*": r"\textsuperscript{*}",
    "–": "--",
}
_ESCAPED = str.maketrans(_ESCAPES | {sign: f"\\{sign}" for sign in "&%$#_{}"})


def tex_table(header: Sequence[str], rows: Sequence[Sequence[str]], caption: str) -> str:
    """Return a table with its first column on the left and numbers in the others.

    Args:
        header: Names of the columns.
        rows: Cells as text.
        caption: Caption below the table.

    Returns:
        LaTeX that needs the package booktabs.
    """
    lines = [
        r"\begin{table}",
        r"\centering",
        rf"\begin{{tabular}}{{l{'r' * (len(header) - 1)}}}",
        r"\toprule",
        _line(header),
        r"\midrule",
        *map(_line, rows),
        r"\bottomrule",
        r"\end{tabular}",
        rf"\caption{{{escaped(caption)}}}",
        r"\end{table}",
    ]
    return "\n".join(lines)


def escaped(text: str) -> str:
    """Return one line of LaTeX that shows exactly this text."""
    return join_lines(text).translate(_ESCAPED)


def _line(cells: Sequence[str]) -> str:
    return " & ".join(map(escaped, cells)) + r" \\"
