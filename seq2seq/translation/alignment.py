"""Word alignments from attention, and the replacement of unknown words.

Attention is not designed as an alignment, but in a well-trained model the two mostly agree.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from seq2seq.data.tokenizers.vocabulary import EOS, SPECIAL_TOKENS, UNK
from seq2seq.translation.values import AttentionMatrix

END = SPECIAL_TOKENS[EOS]
"""Label of the end token in an attention matrix."""


def hard_alignment(
    attention: Tensor, source: Sequence[int], target: Sequence[int]
) -> tuple[tuple[int, int], ...]:
    """Link each target word to the source word that it attends to most.

    Args:
        attention: Weights (L + 1, S) of L target tokens and the end token on the source tokens,
            their end token and padding.
        source: Index of the word that each source token belongs to.
        target: Index of the word that each target token belongs to.

    Returns:
        Pairs (source word, target word), counted from 0. A target word that attends most to the end
        token has none.
    """
    if not source or not target:
        return ()
    words = source[-1] + 1  # the end token counts as another word
    columns = torch.zeros(len(target), words + 1, dtype=attention.dtype)
    weights = attention[: len(target), : len(source) + 1].cpu()
    columns.index_add_(1, torch.tensor([*source, words]), weights)
    rows = torch.zeros(target[-1] + 1, words + 1, dtype=attention.dtype)
    rows.index_add_(0, torch.tensor(target), columns)
    return tuple(
        (word, place) for place, word in enumerate(rows.argmax(1).tolist()) if word < words
    )


def attention_matrix(
    weights: Tensor, source: Sequence[str], target: Sequence[str]
) -> AttentionMatrix:
    """Label attention weights with tokens.

    Args:
        weights: Weights (L + 1, at least S + 1) of L target tokens and the end token. A translation
            that was cut at its maximum length has no row for the end token.
        source: The S source tokens.
        target: The L target tokens.

    Returns:
        The weights with labelled rows and columns.
    """
    rows = (*target, END)[: len(weights)]
    columns = (*source, END)
    return AttentionMatrix(
        columns, rows, weights[: len(rows), : len(columns)].float().numpy(force=True)
    )


def replace_unk(tokens: Sequence[int], attention: Tensor, source: Sequence[str]) -> list[str]:
    """Return the source token that each unknown token attends to most.

    See Jean et al. (2015) and Luong et al. (2015).

    Args:
        tokens: Ids (L) of the translation.
        attention: Weights (at least L, at least S).
        source: The S source tokens.

    Returns:
        One source token per unknown token; an empty list if the source is empty.
    """
    places = [place for place, token in enumerate(tokens) if token == UNK]
    return [source[int(attention[place, : len(source)].argmax())] for place in places if source]
