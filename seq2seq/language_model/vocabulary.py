"""Comparison of the vocabulary of a language model with that of a translation model."""

from __future__ import annotations

from seq2seq.data.tokenizers.base import Tokenizer
from seq2seq.data.tokenizers.pair import TokenizerPair
from seq2seq.errors import ConfigError


def check_vocabulary(language_model: TokenizerPair, model: TokenizerPair, subject: str) -> None:
    """Check that a language model predicts the target tokens of a translation model.

    Args:
        language_model: Tokenizers of the language model.
        model: Tokenizers of the translation model.
        subject: Setting and name of the language model, for the error.

    Raises:
        ConfigError: The target tokens, or the text steps before the tokenizer, differ.
    """
    if difference := _difference(language_model, model):
        raise ConfigError(
            f"{subject}: {difference}; train it with training.tokenizers_from, so that both have "
            "the same target tokens"
        )


def _difference(theirs: TokenizerPair, ours: TokenizerPair) -> str:
    """Return in what the target side of two models differs, or ""."""
    if theirs.target_size != ours.target_size:
        return (
            f"the language model has {theirs.target_size:,} tokens and the translation model "
            f"{ours.target_size:,} target tokens"
        )
    if type(theirs.target) is not type(ours.target) or _pieces(theirs.target) != _pieces(
        ours.target
    ):
        return "the language model has other tokens than the translation model's target side"
    for step in ("case_marks", "signs"):
        if getattr(theirs.steps, step) != getattr(ours.steps, step):
            return f"text.{step} differs between the language model and the translation model"
    return ""


def _pieces(tokenizer: Tokenizer) -> list[str]:
    return tokenizer.pieces(range(tokenizer.vocab_size))
