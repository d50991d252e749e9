"""What attention tells about words: which source word a target word was read from, and what an
unknown word stands for.

Attention is no alignment by its making, only by what it has learnt: in a well-trained model mostly
the same."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from seq2seq.data.tokenizers.vocabulary import EOS, SPECIAL_TOKENS, UNK
from seq2seq.translation.values import Attention

END = SPECIAL_TOKENS[EOS]


def hard_alignment(
    attention: Tensor, source: Sequence[int], target: Sequence[int]
) -> tuple[tuple[int, int], ...]:
    """Links (source word, target word): for each target word the source word that most attention
    went to.

    attention (L + 1, S) are the weights of L target tokens and the end token on the source tokens,
    its end token and padding; `source` and `target` say which word each token belongs to. What
    looks at the end token most has no link."""
    if not source or not target:
        return ()
    words = source[-1] + 1  # the end token counts as one more
    columns = torch.zeros(len(target), words + 1, dtype=attention.dtype)
    columns.index_add_(
        1, torch.tensor([*source, words]), attention[: len(target), : len(source) + 1].cpu()
    )
    rows = torch.zeros(target[-1] + 1, words + 1, dtype=attention.dtype)
    rows.index_add_(0, torch.tensor(target), columns)
    return tuple(
        (word, place) for place, word in enumerate(rows.argmax(1).tolist()) if word < words
    )


def attention_of(weights: Tensor, source: Sequence[str], target: Sequence[str]) -> Attention:
    """The weights (L + 1, at least S + 1) of L target tokens and the end token on S source tokens
    and theirs.

    A translation that was cut for its length has no end token, and no row of it.
    """
    rows, columns = (*target, END)[: len(weights)], (*source, END)
    return Attention(columns, rows, weights[: len(rows), : len(columns)].float().numpy(force=True))


def replace_unk(tokens: Sequence[int], attention: Tensor, source: Sequence[str]) -> list[str]:
    """For each unknown token, the source token that it was read from (Jean et al. 2015, Luong et
    al. 2015)."""
    places = [place for place, token in enumerate(tokens) if token == UNK]
    return [source[int(attention[place, : len(source)].argmax())] for place in places if source]
