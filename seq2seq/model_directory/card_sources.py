"""Sources and licenses in a model card, which the card of a model made from it quotes.

A card has them in its section "Training data" and in the sections "Started from …" that it has
quoted itself. The card of a training of one's own has only a table row with the names of the files.
"""

from __future__ import annotations

from pathlib import Path

from seq2seq.model_directory.front_matter import without_front_matter
from seq2seq.model_directory.names import CARD

STARTED_FROM = "Started from"
"""Beginning of the heading of a section that quotes the card of another model."""

_TITLES = ("Training data", STARTED_FROM)
_ROW = "| training data |"


def read_card(directory: Path) -> str:
    """Return the text of a model card, with U+FFFD for what is not UTF-8; "" if there is none."""
    path = directory / CARD
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""


def quoted_sources(name: str, directory: Path) -> str:
    """Return a section that quotes the sources and licenses of the model a training started from.

    Args:
        name: Name of that model, for the heading.
        directory: Its directory.

    Returns:
        Section in Markdown, with an empty line before it.
    """
    sources = sources_in(read_card(directory)) or "Its card says nothing about its training data."
    quoted = "\n".join(f"> {line}".rstrip() for line in sources.splitlines())
    return (
        f"\n## {STARTED_FROM} {name}\n\n"
        f"The weights of {name} were the first ones of this training, so its sources and licenses "
        f"apply here too:\n\n{quoted}\n"
    )


def sources_in(card: str) -> str:
    """Return the sections of a model card about training data; "" if it has none."""
    text = without_front_matter(card)
    found = [_row(text), *(body for title, body in _sections(text) if title.startswith(_TITLES))]
    return "\n\n".join(part for part in found if part)


def started_from(card: str) -> str:
    """Return the section of a card that `quoted_sources` has made; "" if there is none."""
    mark = f"\n## {STARTED_FROM} "
    _, found, rest = without_front_matter(card).partition(mark)
    return f"{mark}{rest}" if found else ""


def _row(card: str) -> str:
    """Return the first table row with the names of the training files, as a section."""
    rows = (line for line in card.splitlines() if line.startswith(_ROW))
    files = next(rows, "").removeprefix(_ROW).strip().rstrip("|").strip()
    return f"## Training data\n\n{files}" if files else ""


def _sections(card: str) -> list[tuple[str, str]]:
    """Return the title and the text, heading included, of each section of a card."""
    sections: list[tuple[str, list[str]]] = []
    fenced = False
    for line in card.splitlines():
        fenced ^= line.startswith("```")
        if line.startswith(("# ", "## ")) and not fenced:
            sections.append((line.lstrip("#").strip(), []))
        if sections:
            sections[-1][1].append(line)
    return [(title, "\n".join(lines).strip()) for title, lines in sections]
