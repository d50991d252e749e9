"""Attention of queries to the encoded source.

Keys are computed once per source, not once per target token. A source may have several queries: the
time steps of the target in training, and the hypotheses of the beam in decoding.

In plain code: `attention_weights`, `covered_scores` and `multi_head` in docs/learn/plain.py.
"""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor, nn

from seq2seq.errors import ConfigError
from seq2seq.models.additive import additive_scores, exponentials
from seq2seq.registry import Registry


class Attention(nn.Module):
    """Base class for all attentions.

    A subclass defines `keys` and `scores`, or `keys` and `forward`. For decoding in int8 or
    bfloat16, every `nn.Linear` within an attention is replaced. If `forward` uses the weight of one
    without calling it, that weight must have a single row or column, or the class must define
    `quantize_weights`.

    Args:
        query_size: Width Q of the queries.
        memory_size: Width M of the memory.
        heads: Number of heads; ignored by an attention with a single head.
        coverage: Let the scores depend on the sum of earlier attention weights.

    Attributes:
        context_size: Width C of the context that `forward` returns: M by default, 0 for none.
        coverage: True if `scores` receives the coverage.

    Raises:
        ConfigError: `coverage` is set for an attention that does not support it.
    """

    sees_coverage: ClassVar[bool] = False
    """True if scores can depend on coverage (See et al. 2017)."""

    def __init__(
        self, query_size: int, memory_size: int, heads: int = 1, coverage: bool = False
    ) -> None:
        super().__init__()
        if coverage and not self.sees_coverage:
            able = [name for name, entry in ATTENTIONS.items() if entry.sees_coverage]
            raise ConfigError(f"coverage needs an attention that sees it: {', '.join(able)}")
        self.context_size = memory_size
        self.coverage = coverage

    def keys(self, memory: Tensor) -> Tensor:
        """Compute the keys that queries are compared with, once per source.

        Args:
            memory: Encoded source (N, S, M).

        Returns:
            Keys (N, S, K) of any width K. The key of a position depends only on that position.
        """
        raise NotImplementedError

    def scores(self, query: Tensor, keys: Tensor, coverage: Tensor | None) -> Tensor:
        """Compare queries with keys.

        Args:
            query: Queries (N, T, Q).
            keys: Keys (N, S, K), as returned by `keys`.
            coverage: Sum of the attention weights of earlier steps (N, T, S), or None.

        Returns:
            Scores (N, T, S), the logits of the attention weights.
        """
        raise NotImplementedError

    def forward(
        self,
        query: Tensor,
        keys: Tensor,
        memory: Tensor,
        mask: Tensor,
        coverage: Tensor | None = None,
    ) -> tuple[Tensor, Tensor | None]:
        """Attend to the memory.

        Args:
            query: Queries (N, T, Q).
            keys: Keys (N, S, K), as returned by `keys`.
            memory: Encoded source (N, S, M).
            mask: True at real positions (N, S), False at padding.
            coverage: Sum of the attention weights of earlier steps (N, T, S), if the attention was
                created with `coverage`; else None.

        Returns:
            The context (N, T, C), and the attention weights (N, T, S) or None.
        """
        weights = masked_softmax(self.scores(query, keys, coverage), mask.unsqueeze(1))
        return weights @ memory.to(weights.dtype), weights


def masked_softmax(scores: Tensor, mask: Tensor) -> Tensor:
    """Return the softmax over the positions where the mask is true.

    Args:
        scores: Scores (…, S).
        mask: True at real positions; any shape that broadcasts to that of the scores.

    Returns:
        Weights (…, S) in the dtype of the scores, exactly zero where the mask is false.
    """
    return torch.where(mask, scores, float("-inf")).softmax(-1).to(scores.dtype)


ATTENTIONS: Registry[type[Attention]] = Registry("attention")
"""Attentions by name; `model.attention` chooses one."""


@ATTENTIONS.register("none")
class NoAttention(Attention):
    """No attention: a context of width 0 (Sutskever et al. 2014).

    The decoder sees the source only through its initial state.
    """

    def __init__(
        self, query_size: int, memory_size: int, heads: int = 1, coverage: bool = False
    ) -> None:
        super().__init__(query_size, memory_size, coverage=coverage)
        self.context_size = 0

    def keys(self, memory: Tensor) -> Tensor:
        return memory[..., :0]

    def forward(
        self,
        query: Tensor,
        keys: Tensor,
        memory: Tensor,
        mask: Tensor,
        coverage: Tensor | None = None,
    ) -> tuple[Tensor, None]:
        return query[..., :0], None


@ATTENTIONS.register("bahdanau")
class Bahdanau(Attention):
    """Additive attention: score = v . tanh(W q + U m) (Bahdanau et al. 2015).

    With coverage c, one number per source position: score = v . tanh(W q + U m + w c) (See et al.
    2017).
    """

    sees_coverage = True

    def __init__(
        self, query_size: int, memory_size: int, heads: int = 1, coverage: bool = False
    ) -> None:
        super().__init__(query_size, memory_size, coverage=coverage)
        self.query = nn.Linear(query_size, query_size)
        self.key = nn.Linear(memory_size, query_size, bias=False)
        self.energy = nn.Linear(query_size, 1, bias=False)
        self.covered = nn.Linear(1, query_size, bias=False) if coverage else None

    def keys(self, memory: Tensor) -> Tensor:
        return exponentials(self.key(memory))

    def scores(self, query: Tensor, keys: Tensor, coverage: Tensor | None) -> Tensor:
        queries = exponentials(self.query(query))
        weight = self.energy.weight[0]
        if self.covered is None:
            return additive_scores(queries, keys, weight)
        assert coverage is not None
        # Each query has its own keys. The exponential of a sum is a product of exponentials.
        own = keys.unsqueeze(1) * exponentials(self.covered(coverage.unsqueeze(-1)))  # (N, T, S, Q)
        scores = additive_scores(queries.flatten(0, 1).unsqueeze(1), own.flatten(0, 1), weight)
        return scores.view(*queries.shape[:2], -1)


@ATTENTIONS.register("luong-concat")
class LuongConcat(Bahdanau):
    """Luong's "concat": score = v . tanh(W [q; m]) (Luong et al. 2015).

    The function is the same as Bahdanau's. The papers differ in the order of attention and
    recurrence (`decoder_order`).
    """


@ATTENTIONS.register("luong-dot")
class LuongDot(Attention):
    """Dot product: score = q . m (Luong et al. 2015). Queries must be as wide as the memory."""

    def keys(self, memory: Tensor) -> Tensor:
        return memory

    def scores(self, query: Tensor, keys: Tensor, coverage: Tensor | None) -> Tensor:
        return query.to(keys.dtype) @ keys.transpose(1, 2)


@ATTENTIONS.register("luong-general")
class LuongGeneral(LuongDot):
    """Bilinear attention, Luong's "general": score = q . W m (Luong et al. 2015)."""

    def __init__(
        self, query_size: int, memory_size: int, heads: int = 1, coverage: bool = False
    ) -> None:
        super().__init__(query_size, memory_size, coverage=coverage)
        self.key = nn.Linear(memory_size, query_size, bias=False)

    def keys(self, memory: Tensor) -> Tensor:
        projected: Tensor = self.key(memory)
        return projected


@ATTENTIONS.register("multi-head")
class MultiHead(Attention):
    """Multi-head attention: scaled dot products in several subspaces (Vaswani et al. 2017).

    The returned weights are the mean over the heads.
    """

    def __init__(
        self, query_size: int, memory_size: int, heads: int = 1, coverage: bool = False
    ) -> None:
        super().__init__(query_size, memory_size, coverage=coverage)
        self.heads = heads
        self.query = nn.Linear(query_size, memory_size)
        self.key_value = nn.Linear(memory_size, 2 * memory_size)
        self.output = nn.Linear(memory_size, memory_size)

    def keys(self, memory: Tensor) -> Tensor:
        """Return keys and values side by side (N, S, 2 M)."""
        projected: Tensor = self.key_value(memory)
        return projected

    def forward(
        self,
        query: Tensor,
        keys: Tensor,
        memory: Tensor,
        mask: Tensor,
        coverage: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:
        key, value = (self._split(half) for half in keys.chunk(2, -1))
        queries = self._split(self.query(query)).to(key.dtype)
        scores = queries @ key.transpose(2, 3) * key.shape[-1] ** -0.5
        weights = masked_softmax(scores, mask[:, None, None])  # (N, heads, T, S)
        mixed = (weights @ value).transpose(1, 2).flatten(2)
        return self.output(mixed), weights.mean(1)

    def _split(self, x: Tensor) -> Tensor:
        """Split into heads: (N, T, M) -> (N, heads, T, M / heads)."""
        return x.view(*x.shape[:-1], self.heads, -1).transpose(1, 2)
