"""Attention: what of the encoded source each query looks at.

The keys are computed once per source, never once per token. A query may have several positions per
source: the target's time steps in training, the beam's hypotheses in decoding. An attention knows
nothing of recurrence or of its order."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from seq2seq.errors import ConfigError
from seq2seq.models.additive import additive_scores, exponentials
from seq2seq.registry import Registry


class Attention(nn.Module):
    """Base of all attentions.

    `context_size` is the width of what `forward` returns: the memory's width, or 0 for none. With
    `coverage`, what has been read so far is part of the comparison; ConfigError where there is no
    such comparison."""

    def __init__(
        self, query_size: int, memory_size: int, heads: int = 1, coverage: bool = False
    ) -> None:
        super().__init__()
        if coverage and not isinstance(self, Bahdanau):
            raise ConfigError("coverage needs an additive attention: bahdanau or luong-concat")
        self.context_size = memory_size

    def keys(self, memory: Tensor) -> Tensor:
        """What a source's memory (N, S, M) is compared by: (N, S, K), made once per source."""
        raise NotImplementedError

    def scores(self, query: Tensor, keys: Tensor, coverage: Tensor | None) -> Tensor:
        """Compare query (N, T, Q) with keys (N, S, K): (N, T, S), higher where more is to be
        read."""
        raise NotImplementedError

    def forward(
        self,
        query: Tensor,
        keys: Tensor,
        memory: Tensor,
        mask: Tensor,
        coverage: Tensor | None = None,
    ) -> tuple[Tensor, Tensor | None]:
        """Read the memory (N, S, M) where mask (N, S) is true: context (N, T, M), weights (N, T,
        S).

        `coverage` (N, T, S) is the sum of the weights of earlier steps, where the attention was
        made to see it."""
        weights = masked_softmax(self.scores(query, keys, coverage), mask.unsqueeze(1))
        return weights @ memory.to(weights.dtype), weights


def masked_softmax(scores: Tensor, mask: Tensor) -> Tensor:
    """Softmax over the last axis where mask is true, exactly zero elsewhere; in the type of
    `scores`."""
    return torch.where(mask, scores, float("-inf")).softmax(-1).to(scores.dtype)


ATTENTIONS: Registry[type[Attention]] = Registry("attention")


@ATTENTIONS.register("none")
class NoAttention(Attention):
    """A context of width 0: the decoder sees the source through its first state alone (Sutskever et
    al. 2014)."""

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
    """score = v . tanh(W q + U m) (Bahdanau et al. 2015), also called additive.

    With coverage c, of each source position a number: v . tanh(W q + U m + w c) (See et al. 2017).
    """

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
        queries, weight = exponentials(self.query(query)), self.energy.weight[0]
        if self.covered is None:
            return additive_scores(queries, keys, weight)
        assert coverage is not None
        # Each query has keys of its own: exponentials of sums are products of exponentials.
        own = keys.unsqueeze(1) * exponentials(self.covered(coverage.unsqueeze(-1)))  # (N, T, S, Q)
        scores = additive_scores(queries.flatten(0, 1).unsqueeze(1), own.flatten(0, 1), weight)
        return scores.view(*queries.shape[:2], -1)


@ATTENTIONS.register("luong-concat")
class LuongConcat(Bahdanau):
    """score = v . tanh(W [q; m]) (Luong et al. 2015): the same function. What differs is the order:
    `decoder_order`."""


@ATTENTIONS.register("luong-dot")
class LuongDot(Attention):
    """score = q . m (Luong et al. 2015); query and memory must be of one width."""

    def keys(self, memory: Tensor) -> Tensor:
        return memory

    def scores(self, query: Tensor, keys: Tensor, coverage: Tensor | None) -> Tensor:
        return query.to(keys.dtype) @ keys.transpose(1, 2)


@ATTENTIONS.register("luong-general")
class LuongGeneral(LuongDot):
    """score = q . W m (Luong et al. 2015), also called bilinear."""

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
    """Scaled dot products in several subspaces (Vaswani et al. 2017); the weights returned are the
    heads' mean."""

    def __init__(
        self, query_size: int, memory_size: int, heads: int = 1, coverage: bool = False
    ) -> None:
        super().__init__(query_size, memory_size, coverage=coverage)
        self.heads = heads
        self.query = nn.Linear(query_size, memory_size)
        self.key_value = nn.Linear(memory_size, 2 * memory_size)
        self.output = nn.Linear(memory_size, memory_size)

    def keys(self, memory: Tensor) -> Tensor:
        """Keys and values side by side: (N, S, 2 M)."""
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
        """(N, T, M) -> (N, heads, T, M / heads)."""
        return x.view(*x.shape[:-1], self.heads, -1).transpose(1, 2)
