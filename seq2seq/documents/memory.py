"""Translation memory: segments that people have translated, to be used again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from seq2seq.documents.read_file import read_file, within
from seq2seq.documents.tmx_units import tmx_units
from seq2seq.documents.xml_tokens import decode_xml
from seq2seq.errors import DataError


class Memory:
    """Translations by their source texts; white space does not matter, case does.

    Args:
        translations: Source texts with their translations.
    """

    def __init__(self, translations: Mapping[str, str]) -> None:
        self._translations = {_key(source): target for source, target in translations.items()}

    def __len__(self) -> int:
        return len(self._translations)

    def find(self, text: str) -> str | None:
        """Return the translation of a text; None if it is not there."""
        return self._translations.get(_key(text))


def _key(text: str) -> str:
    return " ".join(text.split())


def load_memory(path: Path, source: str, target: str) -> Memory:
    """Read a translation memory.

    Args:
        path: File in TMX. Units with inline markup are left aside.
        source: Code of the source language.
        target: Code of the target language.

    Returns:
        The memory; of several translations of a text, the last.

    Raises:
        DataError: The file cannot be read, or has no unit in the two languages.
    """
    with within(path):
        text = decode_xml(read_file(path)).text
        found = dict(_pairs(text, source, target))
        if not found:
            raise DataError(f"no pair of {source or 'source'} and {target or 'target'} segments")
    return Memory(found)


def _pairs(text: str, source: str, target: str) -> Iterator[tuple[str, str]]:
    for unit in tmx_units(text):
        one = unit.variant(source)
        other = unit.variant(target)
        if one is None or other is None or one is other:
            continue
        sides = [variant.plain(text) for variant in (one, other)]
        if sides[0] and sides[1]:
            yield sides[0].strip(), sides[1].strip()
