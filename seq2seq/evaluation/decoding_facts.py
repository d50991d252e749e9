"""Facts of a report about decoding: beam, precision, text steps."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from seq2seq.config.settings import DecodingConfig
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
    if translator.decoding.language_model is not None:
        facts["language_model"] = _language_model(translator.decoding)
    shown = ("beam", "length_penalty", "nbest", *_LANGUAGE_MODEL)
    others = {name: value for name, value in options.decoding.items() if name not in shown}
    if others:
        facts["settings"] = ", ".join(f"{name}={value}" for name, value in others.items())
    return facts


_LANGUAGE_MODEL = ("language_model", "language_model_use", "language_model_weight")


def _language_model(decoding: DecodingConfig) -> str:
    """Return which language model takes part, how, and with which weight."""
    name = Path(decoding.language_model or "").name
    return f"{name}, {decoding.language_model_use}, weight {decoding.language_model_weight:g}"


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
