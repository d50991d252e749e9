"""How a model uses its attention over a test set: how widely it looks for a word, and what of the
source it reads.

It takes matrices of weights, and does not know of what they are.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

Weights = np.ndarray[tuple[int, int], np.dtype[np.float32]]
"""(T, S): a row for each target token that sums to 1, a column for each source token, the end
tokens last."""

UNREAD, REREAD = 0.25, 2.0


class AttentionUse(NamedTuple):
    """Entropy is in bits a target token; `even` is what it would be if each source token were read
    alike.

    `unread` is the share of source tokens, without the end token, that all target tokens together
    gave less than UNREAD, `reread` of those that they gave more than REREAD (their coverage: Tu et
    al. 2016)."""

    entropy: float
    even: float
    unread: float
    reread: float

    def __str__(self) -> str:
        return (
            f"{self.entropy:.2f} bits a target token (all read alike would be {self.even:.2f}); "
            "of the source tokens "
            f"{self.unread:.1%} hardly read (less than {UNREAD}) and {self.reread:.1%} over and "
            "over (more than "
            f"{REREAD:g})"
        )


def attention_use(sentences: Iterable[Weights]) -> AttentionUse | None:
    """Of all sentences together; None if there are none."""
    entropy = even = 0.0
    rows = tokens = unread = reread = 0
    for weights in sentences:
        shares = weights / np.maximum(weights.sum(1, keepdims=True), 1e-9)
        entropy -= float((shares * np.log2(np.maximum(shares, 1e-9))).sum())
        even += len(shares) * float(np.log2(max(1, shares.shape[1])))
        coverage = weights[:, :-1].sum(0)
        rows, tokens = rows + len(shares), tokens + len(coverage)
        unread, reread = (
            unread + int((coverage < UNREAD).sum()),
            reread + int((coverage > REREAD).sum()),
        )
    if not rows or not tokens:
        return None
    return AttentionUse(entropy / rows, even / rows, unread / tokens, reread / tokens)
