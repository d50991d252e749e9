"""Facts of a report about decoding: beam, precision, text steps."""

from __future__ import annotations

from collections.abc import Mapping

from seq2seq.translation.options import TranslatorOptions
from seq2seq.translation.translator import Translator


def decoding_facts(
    translator: Translator, options: TranslatorOptions
) -> Mapping[str, str | int | float]:
    """Return what the report says about how a model decoded.

    Args:
        translator: The model.
        options: Options that it was loaded with.

    Returns:
        Names and values, such as the beam size.
    """
    facts: dict[str, str | int | float] = {
        "beam": translator.decoding.beam,
        "length_penalty": translator.decoding.length_penalty,
        "dtype": translator.dtype,
        "shortlist": "yes" if options.shortlist else "no",
        "text": _text_facts(translator),
    }
    if options.to:
        facts["to"] = options.to
    shown = ("beam", "length_penalty", "nbest")
    others = {name: value for name, value in options.decoding.items() if name not in shown}
    if others:
        facts["settings"] = ", ".join(f"{name}={value}" for name, value in others.items())
    return facts


def _text_facts(translator: Translator) -> str:
    """Return what happens to a text before the model reads it."""
    if translator.raw:
        return "as it is"
    steps = translator.tokenizers.steps
    named = {
        "split into sentences": translator.decoding.split_sentences,
        "items protected": steps.protect,
        "case marks": steps.case_marks,
    }
    return ", ".join(name for name, used in named.items() if used) or "as it is"
