"""Attention of a classifier per word: the sum of the weights of the word's tokens."""

from __future__ import annotations

from collections.abc import Sequence

from seq2seq.data.tokenizers.base import Tokenizer
from seq2seq.text_steps.case_marks import CASE_MARKS, restore_case


def attended_words(
    tokenizer: Tokenizer, text: str, ids: Sequence[int], weights: Sequence[float]
) -> list[tuple[str, float]]:
    """Return the words of a text with the attention that they get.

    Args:
        tokenizer: Tokenizer of the text.
        text: The text before the text steps.
        ids: Its T ids, without the end token; those of a long text are cut.
        weights: Weights of the ids and of the end token, (T + 1).

    Returns:
        Words with their weights. The last one is the end of the text, "".
    """
    places = _word_places(tokenizer, ids)
    totals = [0.0] * (max(places, default=-1) + 1)
    for place, weight in zip(places, weights, strict=False):
        totals[place] += weight
    words = text.split()
    if len(words) < len(totals):  # the tokenizer splits a word, as some symbols are in NFKC
        words = restore_case(tokenizer.decode([ids])[0]).split()
    words += ["?"] * (len(totals) - len(words))
    return [*zip(words, totals, strict=False), ("", weights[-1])]


def _word_places(tokenizer: Tokenizer, ids: Sequence[int]) -> list[int]:
    """Return the number of the word of each id; a case mark belongs to the word that follows it."""
    places = tokenizer.word_ids(ids)
    texts = tokenizer.decode([[number] for number in ids])
    marks = [text.strip() in tuple(CASE_MARKS) for text in texts]
    for number in reversed(range(len(ids) - 1)):
        if marks[number]:
            places[number] = places[number + 1]
    first = places[0] if places else 0  # 1 if an opening mark stands by itself
    return [place - first for place in places]
