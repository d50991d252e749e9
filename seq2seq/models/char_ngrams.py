"""Character n-grams: tokens that are spelt alike have something in common from the first step.

A small text shows most tokens a few times, and many pieces of unseen words never. With a vector for
each character n-gram beside those of the tokens (Bojanowski et al. 2017), "bebí" begins near what
"bebo" has learned. This is a way of training: a saved model has the sums of the vectors, and is as
fast and as small as any other.

While training, the `weight` of an embedding, and of an output layer tied to one, is computed from
its parts by torch's parametrizations.
"""

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
from seq2seq.models.quantization import Linear
from seq2seq.text import strip_combining

MIN_LENGTH = 2
"""Characters of the shortest n-grams. The sign for a space, with which pieces begin, is one."""

MAX_LENGTH = 6
"""Characters of the longest n-grams."""

SPECIAL_TOKEN = re.compile(r"<(unk|pad|s|/s|0x[0-9A-F]{2})>")
"""Special tokens and bytes, which have no spelling."""


@dataclass(frozen=True)
class Spelling:
    """Spelling of the tokens of a vocabulary.

    Attributes:
        pieces: The text of each id.
        seen: The ids that occur in the training text.
    """

    pieces: Sequence[str]
    seen: Set[int]


def attach_ngrams(model: Seq2SeqModel, source: Spelling, target: Spelling, *, fresh: bool) -> None:
    """Let both embeddings, and an output layer tied to one, have vectors of tokens and of n-grams.

    Args:
        model: Changed in place.
        source: Spelling of the source vocabulary. Further ids have a vector of their own only.
        target: Spelling of the target vocabulary, likewise.
        fresh: True for a model with initial weights: tokens that are spelt alike begin alike, and
            those that the text lacks are the sum of their n-grams only. Else each vector begins as
            it was, and of those that the text lacks only the n-grams are trained.
    """
    encoder = model.encoder.embedding
    decoder = model.decoder.embedding
    tied = model.output.weight is decoder.weight
    if encoder is decoder:
        joint = Spelling(target.pieces, source.seen | target.seen)
        _attach(decoder, joint, fresh)
    else:
        _attach(encoder, source, fresh)
        _attach(decoder, target, fresh)
    if tied:
        shared = SharedWeight(decoder)
        parametrize.register_parametrization(model.output, "weight", shared, unsafe=True)


def fold_ngrams(model: nn.Module) -> nn.Module:
    """Return the model with one vector per token, the sum, as it is saved.

    Args:
        model: A model, with or without n-grams; left as it is.

    Returns:
        A copy without n-grams, or the model itself if it has none.
    """
    if not any(isinstance(module, NGrams) for module in model.modules()):
        return model
    folded = cast(Seq2SeqModel, copy.deepcopy(model))
    encoder = folded.encoder.embedding
    decoder = folded.decoder.embedding
    tied = parametrize.is_parametrized(folded.output)
    folded.encoder.embedding = _folded_embedding(encoder)
    folded.decoder.embedding = _folded_embedding(decoder)
    if tied:
        folded.output = _without_weight(folded.output)
        folded.tie_weights("three-way" if encoder is decoder else "two-way")
    return folded


class NGrams(nn.Module):
    """Parametrization of a matrix (V, E): token vectors as sums of their own and of their n-grams'.

    A token with n' n-grams has (its own vector + sum of its n-grams' vectors / sqrt(n')) / sqrt(2),
    and a token without n-grams its own vector. N-grams are told apart regardless of case and
    accents, and count if at least two tokens have them.

    Args:
        pieces: The text of each id.
        vocabulary: Number V of ids; those after the pieces have no n-grams.
        size: Width E of the vectors.
        unseen: Ids that the text lacks. Their own vector is not trained, since a token without
            positive examples would only be pushed away.
        fresh: Leave out the own vector of unseen ids, instead of keeping it as it is.
    """

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
        """Return the vectors of the tokens.

        Args:
            vectors: The tokens' own vectors (V, E).

        Returns:
            Vectors (V, E).
        """
        own = torch.where(self.fixed, vectors.detach(), vectors) * self.own
        return own + self._sums() * self.shared

    def right_inverse(self, wanted: Tensor) -> Tensor:
        """Return the own vectors with which the tokens have the given vectors.

        Args:
            wanted: The vectors that the tokens should have (V, E).

        Returns:
            Own vectors (V, E), equal to `wanted` where they play no part.
        """
        return torch.where(self.own == 0, wanted, (wanted - self._sums() * self.shared) / self.own)

    def _sums(self) -> Tensor:
        bags = self.of_token_ids, self.of_token_starts, self.of_ngram_ids, self.of_ngram_starts
        sums: Tensor = _Sums.apply(self.table, *bags)  # type: ignore[no-untyped-call]
        return sums


class _Sums(torch.autograd.Function):
    """Sums of rows of a table, with a gradient that is computed as sums of rows, too.

    On one core, 8,000 tokens of 9 n-grams each take 3 ms forward and 8 ms backward, where
    embedding_bag's own gradient takes 17 ms.
    """

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


class SharedWeight(nn.Module):
    """Parametrization that takes the weight of an embedding in place of the layer's own."""

    def __init__(self, embedding: Embedding) -> None:
        super().__init__()
        self.embedding = embedding

    def forward(self, _own: Tensor) -> Tensor:
        return self.embedding.weight


def ngrams(piece: str) -> set[str]:
    """Return the character n-grams of a piece, without case and accents.

    Args:
        piece: The text of a token.

    Returns:
        The n-grams; none for a special token or a byte.
    """
    if SPECIAL_TOKEN.fullmatch(piece):
        return set()
    plain = strip_combining(piece.lower())
    return {
        plain[at : at + size]
        for size in range(MIN_LENGTH, MAX_LENGTH + 1)
        for at in range(len(plain) - size + 1)
    }


def _attach(embedding: Embedding, spelling: Spelling, fresh: bool) -> None:
    """Let an embedding have n-grams. If fresh, its weights become the tokens' own vectors."""
    initial = embedding.weight.detach().clone()
    vocabulary = embedding.num_embeddings
    unseen = set(range(vocabulary)) - spelling.seen
    composed = NGrams(spelling.pieces, vocabulary, embedding.embedding_dim, unseen, fresh)
    composed.to(initial.dtype)
    parametrize.register_parametrization(embedding, "weight", composed, unsafe=True)
    if fresh:
        parts = cast(nn.ModuleDict, embedding.parametrizations)["weight"]
        with torch.no_grad():
            cast(parametrize.ParametrizationList, parts).original.copy_(initial)


def _folded_embedding(embedding: Embedding) -> Embedding:
    """Return a plain embedding with the vectors of one that has n-grams."""
    with torch.device("meta"):  # draws no random numbers
        folded = Embedding(
            embedding.num_embeddings, embedding.embedding_dim, embedding.word_dropout
        )
    folded.factor = embedding.factor
    folded.weight = nn.Parameter(embedding.weight.detach().clone())
    return folded.train(embedding.training)


def _without_weight(output: Linear) -> Linear:
    """Return a plain output layer with the bias of a tied one, whose weight is still to be tied."""
    plain = Linear(output.in_features, output.out_features, device="meta")
    plain.bias = output.bias
    return plain.train(output.training)


def _turned(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Swap the two numbers of each pair, and sort."""
    return sorted((second, first) for first, second in pairs)


def _bags(pairs: Sequence[tuple[int, int]], count: int) -> tuple[Tensor, Tensor]:
    """Return the members of sorted pairs (bag, member), and where each of `count` bags begins."""
    sizes = torch.zeros(count, dtype=torch.int64)
    for bag, _ in pairs:
        sizes[bag] += 1
    return torch.tensor([member for _, member in pairs], dtype=torch.int64), sizes.cumsum(0) - sizes
