"""Text pairs from a torchtext dataset, such as its TranslationDataset.

An example has an attribute for each field; torchtext itself is not imported.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from seq2seq.errors import DataError
from seq2seq.registry import suggestion


def torchtext_pairs(
    dataset: Iterable[object], source: str, target: str
) -> Iterator[tuple[str, str]]:
    """Yield the source and the target of each example; tokens of a field are joined by spaces.

    Raises:
        DataError: There are no examples, or one lacks a field or its text.
    """
    number = 0
    for number, example in enumerate(dataset, start=1):
        yield _text(example, source, number), _text(example, target, number)
    if not number:
        raise DataError("the torchtext dataset holds no examples")


def _text(example: object, name: str, number: int) -> str:
    fields = getattr(example, "__dict__", {})
    if name not in fields:
        raise DataError(
            f"torchtext dataset, example {number:,}: there is no field "
            f"{name!r}{suggestion(name, fields)}"
        )
    value = fields[name]
    if isinstance(value, list | tuple) and all(isinstance(token, str) for token in value):
        return " ".join(value)
    if not isinstance(value, str):
        kind = type(value).__name__
        raise DataError(
            f"torchtext dataset, example {number:,}: field {name!r} is a {kind}, where text is "
            "needed"
        )
    return value
