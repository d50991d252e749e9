"""Attention: what each query reads from the encoded source.

Keys are computed once per source, never once per token. A source may have several queries: the time
steps of the target in training, the hypotheses of the beam in decoding.
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

    A subclass defines `keys` and `scores`, or `keys` and `forward`. To decode in int8 or bfloat16,
    every `nn.Linear` within an attention is replaced; one whose weights are read instead of called
    must have a single row or column, or the class a `quantize_weights` of its own.

    Args:
        query_size: Width Q of the queries.
        memory_size: Width M of the memory.
        heads: Number of heads, in an attention that has several.
        coverage: Let the scores depend on what has been read so far.

    Attributes:
        context_size: Width of the context that `forward` returns: that of the memory, or 0.
        coverage: True if `scores` gets the coverage.

    Raises:
        ConfigError: For `coverage` with an attention that cannot see it.
    """

    sees_coverage: ClassVar[bool] = False
    """True if the attention can compare with coverage (See et al. 2017)."""

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
        """Compute what queries are compared with, once per source.

        Args:
            memory: The encoded source (N, S, M).

        Returns:
            Keys (N, S, K); the key of a position depends on that position only.
        """
        raise NotImplementedError

    def scores(self, query: Tensor, keys: Tensor, coverage: Tensor | None) -> Tensor:
        """Compare queries with keys.

        Args:
            query: Queries (N, T, Q).
            keys: What `keys` has returned (N, S, K).
            coverage: The sum of the weights of earlier steps (N, T, S), or None.

        Returns:
            Scores (N, T, S), the logits of the weights.
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
        """Read the memory.

        Args:
            query: Queries (N, T, Q).
            keys: What `keys` has returned (N, S, K).
            memory: The encoded source (N, S, M).
            mask: True at real positions (N, S).
            coverage: The sum of the weights of earlier steps (N, T, S), for an attention that was
                made with coverage.

        Returns:
            The context (N, T, context_size), and the weights (N, T, S) or None.
        """
        weights = masked_softmax(self.scores(query, keys, coverage), mask.unsqueeze(1))
        return weights @ memory.to(weights.dtype), weights


def masked_softmax(scores: Tensor, mask: Tensor) -> Tensor:
    """Compute the softmax over the last axis where the mask is true.

    Args:
        scores: Scores (…, S).
        mask: True at real positions; of any shape that broadcasts to that of the scores.

    Returns:
        Weights (…, S) of the scores' type, exactly zero elsewhere.
    """
    return torch.where(mask, scores, float("-inf")).softmax(-1).to(scores.dtype)


ATTENTIONS: Registry[type[Attention]] = Registry("attention")
"""Attentions by name; `model.attention` chooses one."""


@ATTENTIONS.register("none")
class NoAttention(Attention):
    """No attention: a context of width 0 (Sutskever et al. 2014).

    The decoder sees the source through its first state only.
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

    With coverage c, a number per source position: v . tanh(W q + U m + w c) (See et al. 2017).
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
        # Each query has keys of its own: exponentials of sums are products of exponentials.
        own = keys.unsqueeze(1) * exponentials(self.covered(coverage.unsqueeze(-1)))  # (N, T, S, Q)
        scores = additive_scores(queries.flatten(0, 1).unsqueeze(1), own.flatten(0, 1), weight)
        return scores.view(*queries.shape[:2], -1)


@ATTENTIONS.register("luong-concat")
class LuongConcat(Bahdanau):
    """Luong's "concat": score = v . tanh(W [q; m]) (Luong et al. 2015).

    The same function as Bahdanau's; what differs in the paper is the order of attention and
    recurrence (`decoder_order`).
    """


@ATTENTIONS.register("luong-dot")
class LuongDot(Attention):
    """Dot product: score = q . m (Luong et al. 2015), for queries as wide as the memory."""

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
    """Scaled dot products in several subspaces (Vaswani et al. 2017).

    The weights it returns are the mean over the heads.
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
