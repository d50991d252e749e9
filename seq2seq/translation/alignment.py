"""Word alignments from attention, and the replacement of unknown words.

Attention is not designed as an alignment, but in a well-trained model the two mostly agree.
"""

from __future__ import annotations

from collections.abc import Sequence

from seq2seq.data.tokenizers.vocabulary import EOS, SPECIAL_TOKENS, UNK
from seq2seq.text import WORD_BOUNDARY
from seq2seq.text_steps.case_marks import CASE_MARKS
from seq2seq.translation.values import AttentionMatrix

END = SPECIAL_TOKENS[EOS]
"""Label of the end token in an attention matrix."""

Weights = Sequence[Sequence[float]]
"""Attention weights: one row per target token, one weight per source token."""


def hard_alignment(
    attention: Weights, source: Sequence[int], target: Sequence[int]
) -> tuple[tuple[int, int], ...]:
    """Link each target word to the source word that it attends to most.

    Args:
        attention: Weights of L target tokens and the end token on the source tokens, their end
            token and padding.
        source: Index of the word that each source token belongs to.
        target: Index of the word that each target token belongs to.

    Returns:
        Pairs (source word, target word), counted from 0. A target word that attends most to the end
        token has none.
    """
    if not source or not target:
        return ()
    words = source[-1] + 1  # the end token counts as another word
    received = [[0.0] * (words + 1) for _ in range(target[-1] + 1)]
    for word, weights in zip(target, attention, strict=False):
        for place, weight in zip([*source, words], weights, strict=False):
            received[word][place] += weight
    most = [row.index(max(row)) for row in received]
    return tuple((word, place) for place, word in enumerate(most) if word < words)


def marks_ahead(words: Sequence[int], pieces: Sequence[str]) -> list[int]:
    """Give case marks to the words that they are about.

    A mark stands before the space before its word, so that it is counted with the word before.

    Args:
        words: Index of the word that each token belongs to.
        pieces: The tokens.

    Returns:
        The indices, in which a token of marks only has the word of the token after it.
    """
    found = list(words)
    for place in range(len(found) - 2, -1, -1):
        if pieces[place] and not pieces[place].strip(CASE_MARKS + WORD_BOUNDARY):
            found[place] = found[place + 1]
    return found


def attention_matrix(
    weights: Weights, source: Sequence[str], target: Sequence[str]
) -> AttentionMatrix:
    """Label attention weights with tokens.

    Args:
        weights: Weights of L target tokens and the end token on at least the S source tokens and
            their end token. A translation that was cut at its maximum length has no row for the end
            token.
        source: The S source tokens.
        target: The L target tokens.

    Returns:
        The weights with labelled rows and columns.
    """
    rows = (*target, END)[: len(weights)]
    columns = (*source, END)
    kept = [list(row[: len(columns)]) for row in weights[: len(rows)]]
    return AttentionMatrix(columns, rows, kept)


def replace_unk(tokens: Sequence[int], attention: Weights, source: Sequence[str]) -> list[str]:
    """Return the source token that each unknown token attends to most.

    See Jean et al. (2015) and Luong et al. (2015).

    Args:
        tokens: Ids (L) of the translation.
        attention: Weights of at least the L target tokens on at least the S source tokens.
        source: The S source tokens.

    Returns:
        One source token per unknown token; an empty list if the source is empty.
    """
    if not source:
        return []
    rows = [list(attention[place][: len(source)]) for place, one in enumerate(tokens) if one == UNK]
    return [source[row.index(max(row))] for row in rows]
