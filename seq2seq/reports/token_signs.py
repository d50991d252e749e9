"""Signs in tokens that readers of a report may not know, with their meanings."""

from __future__ import annotations

from seq2seq.text import WORD_BOUNDARY
from seq2seq.text_steps.case_marks import CAPITAL, CAPITALS, SMALL

TOKEN_SIGNS = {
    WORD_BOUNDARY: "the space before a word",
    "</s>": "the end of the sentence",
    "<unk>": "a token that the model does not know",
    "↑": "a capital letter that follows",
    "⇑": "a word in capitals that follows",
    "⇩": "lowercase letters that follow",
}
"""Meaning of each sign, for a sentence "▁ stands for …"."""

_CASE_MARKS = str.maketrans({CAPITAL: "↑", CAPITALS: "⇑", SMALL: "⇩"})


def with_visible_marks(token: str) -> str:
    """Return a token with arrows for case marks, which no font has."""
    return token.translate(_CASE_MARKS)
