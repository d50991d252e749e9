"""Checks of arguments where one text and many texts are easily confused."""

from __future__ import annotations


def check_several(texts: object, one: str) -> None:
    """Check that an argument is not one text, whose letters would be taken for texts.

    Args:
        texts: The argument.
        one: What takes a single text, for the message.

    Raises:
        TypeError: It is one text.
    """
    if isinstance(texts, str | bytes):
        raise TypeError(f"expected a list of texts, not a single text; {one}")


def check_text(text: object, several: str) -> None:
    """Check that an argument is one text.

    Args:
        text: The argument.
        several: What takes several texts, for the message.

    Raises:
        TypeError: It is none.
    """
    if not isinstance(text, str):
        raise TypeError(f"expected a single text, not {type(text).__name__}; {several}")
