"""Vectors of tokens that are spelt alike have something in common from the first step.

A small text shows most tokens a few times, and many pieces of unseen words never. With a vector for
each run of letters beside those of the tokens (Bojanowski et al. 2017), "bebí" begins where "bebo"
has been learnt to be. It is a way of training: what a model is once it is kept has the sums, and is
as fast and as small as any."""

from __future__ import annotations

import copy
import re
from collections import Counter
from collections.abc import Sequence, Set
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional as F
from torch.nn.utils import parametrize

from seq2seq.models.embedding import Embedding
from seq2seq.models.model import Seq2SeqModel
from seq2seq.text import strip_combining

SHORTEST, LONGEST = 2, 6
"""How many characters a run of letters has; the sign for a space, with which pieces begin, is
one."""

NOT_SPELT = re.compile(r"<(unk|pad|s|/s|0x[0-9A-F]{2})>")
"""Special tokens and bytes."""


@dataclass(frozen=True)
class Spelling:
    """What the ids of a vocabulary are spelt with, and which of them the training text has."""

    pieces: Sequence[str]
    seen: Set[int]


def attach_ngrams(model: Seq2SeqModel, source: Spelling, target: Spelling, fresh: bool) -> None:
    """Make both embeddings, and an output layer that is tied to one, of vectors of tokens and of
    their n-grams.

    Ids behind those that are spelt have vectors of their own alone. If `fresh`, tokens that are
    spelt alike begin alike, and those that the text lacks are nothing but their n-grams; else each
    vector is at first what it was, and those that the text lacks change with their n-grams alone.
    """
    encoder, decoder = model.encoder.embedding, model.decoder.embedding
    tied = model.output.weight is decoder.weight
    both = Spelling(target.pieces, source.seen | target.seen) if encoder is decoder else target
    for embedding, spelling in {encoder: source, decoder: both}.items():
        _share(embedding, spelling, fresh)
    if tied:
        parametrize.register_parametrization(
            model.output, "weight", _WeightOf(decoder), unsafe=True
        )


def fold_ngrams(model: nn.Module) -> nn.Module:
    """The model with a vector for each token, the sum: a copy if it is trained with n-grams, else
    the model itself."""
    if not any(isinstance(module, NGrams) for module in model.modules()):
        return model
    model = cast(Seq2SeqModel, copy.deepcopy(model))
    shared, tied = (
        model.encoder.embedding is model.decoder.embedding,
        parametrize.is_parametrized(model.output),
    )
    composed = (
        [model.output] * tied + [model.encoder.embedding] + [model.decoder.embedding] * (not shared)
    )
    for module, weight in [(module, module.weight.detach().clone()) for module in composed]:
        # torch's own way to remove them would take the weight from the other model too, whose class
        # this one has.
        module.__class__ = type(module).__bases__[0]
        del module.parametrizations
        module.weight = nn.Parameter(weight)
    if tied:
        model.tie_weights("three-way" if shared else "two-way")
    return model


class NGrams(nn.Module):
    """A parametrization of a matrix (V, E): (token's vector + sum of its n' n-grams' vectors /
    sqrt(n')) / sqrt(2).

    A token without n-grams has its own vector alone. Of one of `unseen`, the own vector is not
    trained, and nothing if all is `fresh`: what never comes in training, training would only push
    away. N-grams are told apart without regard to case and accents, and count if two tokens at
    least have them."""

    of_token_ids: Tensor
    of_token_starts: Tensor
    of_ngram_ids: Tensor
    of_ngram_starts: Tensor
    own: Tensor
    shared: Tensor
    fixed: Tensor

    def __init__(
        self,
        pieces: Sequence[str],
        vocabulary: int,
        size: int,
        unseen: Set[int] = frozenset(),
        fresh: bool = True,
    ) -> None:
        super().__init__()
        spelt = [ngrams(piece) for piece in pieces] + [set[str]()] * (vocabulary - len(pieces))
        counts = Counter(ngram for found in spelt for ngram in found)
        numbers = {
            ngram: number
            for number, ngram in enumerate(sorted(n for n, count in counts.items() if count > 1))
        }
        rows = [sorted(numbers[ngram] for ngram in found if ngram in numbers) for found in spelt]
        self.table = nn.Parameter(torch.randn(len(numbers), size) * size**-0.5)
        tokens = [(token, number) for token, row in enumerate(rows) for number in row]
        for name, bags in (
            ("of_token", _bags(tokens, vocabulary)),
            ("of_ngram", _bags(_turned(tokens), len(numbers))),
        ):
            self.register_buffer(f"{name}_ids", bags[0], persistent=False)
            self.register_buffer(f"{name}_starts", bags[1], persistent=False)
        length = torch.tensor([len(row) for row in rows], dtype=torch.float32).unsqueeze(1)
        alone = length == 0
        fixed = torch.tensor([token in unseen for token in range(vocabulary)]).unsqueeze(1) & ~alone
        own = torch.where(alone, 1.0, torch.where(fixed & fresh, 0.0, 0.5**0.5))
        self.register_buffer("own", own, persistent=False)
        self.register_buffer("fixed", fixed, persistent=False)
        self.register_buffer(
            "shared", torch.where(alone, 0.0, (2 * length) ** -0.5), persistent=False
        )

    def forward(self, vectors: Tensor) -> Tensor:
        """Of tokens' own vectors (V, E): what stands for the tokens, (V, E)."""
        return (
            torch.where(self.fixed, vectors.detach(), vectors) * self.own
            + self._sums() * self.shared
        )

    def right_inverse(self, wanted: Tensor) -> Tensor:
        """The own vectors that stand for the tokens as `wanted` (V, E) does, where they have a part
        in that."""
        return torch.where(self.own == 0, wanted, (wanted - self._sums() * self.shared) / self.own)

    def _sums(self) -> Tensor:
        bags = self.of_token_ids, self.of_token_starts, self.of_ngram_ids, self.of_ngram_starts
        sums: Tensor = _Sums.apply(self.table, *bags)  # type: ignore[no-untyped-call]
        return sums


class _Sums(torch.autograd.Function):
    """Sums of rows of a table; the gradient is made of sums in the same way, without collecting
    what belongs together.

    On one core, 8,000 tokens of 9 n-grams each: 3 ms and 8 ms, where embedding_bag's own gradient
    takes 17."""

    @staticmethod
    def forward(
        ctx: Any,
        table: Tensor,
        ids: Tensor,
        starts: Tensor,
        turned_ids: Tensor,
        turned_starts: Tensor,
    ) -> Tensor:
        ctx.save_for_backward(turned_ids, turned_starts)
        return F.embedding_bag(ids, table, starts, mode="sum")

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        ids, starts = ctx.saved_tensors
        return (
            F.embedding_bag(ids, gradient.contiguous(), starts, mode="sum"),
            None,
            None,
            None,
            None,
        )


class _WeightOf(nn.Module):
    """A parametrization that is another layer's weight, which it knows without having it."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self._layer = [layer]

    def forward(self, _own: Tensor) -> Tensor:
        weight = self._layer[0].weight
        assert isinstance(weight, Tensor)
        return weight


def ngrams(piece: str) -> set[str]:
    """The runs of letters of a piece, without case and accents; none of a special token or a
    byte."""
    if NOT_SPELT.fullmatch(piece):
        return set()
    plain = strip_combining(piece.lower())
    return {
        plain[at : at + size]
        for size in range(SHORTEST, LONGEST + 1)
        for at in range(len(plain) - size + 1)
    }


def _share(embedding: Embedding, spelling: Spelling, fresh: bool) -> None:
    own, vocabulary = embedding.weight.detach().clone(), embedding.num_embeddings
    unseen = set(range(vocabulary)) - spelling.seen
    ngrams_of = NGrams(spelling.pieces, vocabulary, embedding.embedding_dim, unseen, fresh).to(
        own.dtype
    )
    parametrize.register_parametrization(embedding, "weight", ngrams_of, unsafe=True)
    if fresh:
        with torch.no_grad():
            spelt = cast(
                parametrize.ParametrizationList,
                cast(nn.ModuleDict, embedding.parametrizations)["weight"],
            )
            spelt.original.copy_(own)


def _turned(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    return sorted((second, first) for first, second in pairs)


def _bags(pairs: Sequence[tuple[int, int]], count: int) -> tuple[Tensor, Tensor]:
    """Of pairs (bag, member) in order: the members, and where each of so many bags begins."""
    sizes = torch.zeros(count, dtype=torch.int64)
    for bag, _ in pairs:
        sizes[bag] += 1
    return torch.tensor([member for _, member in pairs], dtype=torch.int64), sizes.cumsum(0) - sizes
