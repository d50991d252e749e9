"""Translator: mistakes in how it is called."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from seq2seq import Source, Translator


@pytest.mark.parametrize(
    "call",
    [
        lambda translator: translator.translate(["Hola."]),
        lambda translator: translator.translate(b"Hola."),
        lambda translator: translator.translate_all(b"Hola."),
        lambda translator: translator.translate_all(["Hola.", ["Adiós."]]),
        lambda translator: translator.split(["Hola."]),
        lambda translator: translator.score("Hola.", ["Hello."]),
        lambda translator: translator.score(["Hola."], "Hello."),
        lambda translator: translator.translate_all("Hola."),
        lambda translator: translator.stream("Hola."),
        lambda translator: translator.stream(Source("Hola.")),
    ],
)
def test_one_text_and_several_are_told_apart(
    call: Callable[[Translator], object], model: Path
) -> None:
    with pytest.raises(TypeError, match="single text"):
        call(Translator.from_pretrained(model))
