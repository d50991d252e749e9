"""Character n-grams: tokens with similar spelling share part of their vectors.

In a small text, most tokens occur only a few times, and many pieces of unseen words never. With a
vector for each character n-gram besides those of the tokens (Bojanowski et al. 2017), "bebí" begins
close to the trained vector of "bebo". N-grams exist only in training: a saved model holds the sums
of the vectors, and is as fast and as small as any other.

In training, torch's parametrizations compute the `weight` of an embedding, and of an output layer
tied to one, from its parts.

In plain code: `composed_vectors` in docs/learn/plain.py.
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
"""Number of characters of the shortest n-grams, including the space mark that begins a piece."""

MAX_LENGTH = 6
"""Number of characters of the longest n-grams."""

SPECIAL_TOKEN = re.compile(r"<(unk|pad|s|/s|0x[0-9A-F]{2})>")
"""Pattern of special tokens and bytes, which have no spelling."""


@dataclass(frozen=True)
class Spelling:
    """Spelling of the tokens of a vocabulary.

    Attributes:
        pieces: Text of each id.
        seen: Ids that occur in the training text.
    """

    pieces: Sequence[str]
    seen: Set[int]


def attach_ngrams(model: Seq2SeqModel, source: Spelling, target: Spelling, *, fresh: bool) -> None:
    """Add n-gram vectors to both embeddings and to an output layer that is tied to one.

    Args:
        model: Changed in place.
        source: Spelling of the source vocabulary. Ids beyond it have no n-grams.
        target: Spelling of the target vocabulary. Ids beyond it have no n-grams.
        fresh: True for a model with initial weights. Tokens with similar spelling then begin with
            similar vectors, and a token that does not occur in the text is the sum of its n-grams
            only. If false, every vector keeps its value, and for a token that does not occur in the
            text only the n-grams are trained.
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
    """Return the model with a single vector per token, the sum, for saving.

    Args:
        model: A model with or without n-grams; not changed.

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
    """Parametrization of a matrix (V, E) by token vectors and n-gram vectors.

    The vector of a token with n n-grams is (its own vector + sum of its n-grams' vectors / sqrt(n))
    / sqrt(2). A token without n-grams has only its own vector. Case and accents are ignored, and an
    n-gram counts if at least two tokens contain it.

    Args:
        pieces: Text of each id.
        vocabulary: Number V of ids; those beyond the pieces have no n-grams.
        size: Width E of the vectors.
        unseen: Ids that do not occur in the text. Their own vectors are not trained, since a token
            without positive examples would only be pushed away.
        fresh: Leave out the own vectors of unseen ids instead of keeping them.
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
            vectors: Own vectors (V, E) of the tokens.

        Returns:
            Vectors (V, E), including n-grams.
        """
        own = torch.where(self.fixed, vectors.detach(), vectors) * self.own
        return own + self._sums() * self.shared

    def right_inverse(self, wanted: Tensor) -> Tensor:
        """Return the own vectors for which the tokens have the given vectors.

        Args:
            wanted: Vectors (V, E) of the tokens, including n-grams.

        Returns:
            Own vectors (V, E), equal to `wanted` where they are left out.
        """
        return torch.where(self.own == 0, wanted, (wanted - self._sums() * self.shared) / self.own)

    def _sums(self) -> Tensor:
        bags = self.of_token_ids, self.of_token_starts, self.of_ngram_ids, self.of_ngram_starts
        sums: Tensor = _Sums.apply(self.table, *bags)  # type: ignore[no-untyped-call]
        return sums


class _Sums(torch.autograd.Function):
    """Function that sums rows of a table, with a gradient that is computed by sums of rows as well.

    On one core, 8,000 tokens of 9 n-grams each take 3 ms forward and 8 ms backward. The gradient of
    embedding_bag itself takes 17 ms.
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
    """Parametrization that replaces a layer's weight by that of an embedding.

    Args:
        embedding: Embedding to share the weight of.
    """

    def __init__(self, embedding: Embedding) -> None:
        super().__init__()
        self.embedding = embedding

    def forward(self, _own: Tensor) -> Tensor:
        return self.embedding.weight


def ngrams(piece: str) -> set[str]:
    """Return the character n-grams of a piece, without case and accents.

    Args:
        piece: Text of a token.

    Returns:
        The n-grams; an empty set for a special token or a byte.
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
    """Add n-grams to an embedding. If fresh, its weights become the tokens' own vectors."""
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
    """Return a plain embedding with the sums of an embedding that has n-grams."""
    with torch.device("meta"):  # draws no random numbers
        folded = Embedding(
            embedding.num_embeddings, embedding.embedding_dim, embedding.word_dropout
        )
    folded.factor = embedding.factor
    folded.weight = nn.Parameter(embedding.weight.detach().clone())
    return folded.train(embedding.training)


def _without_weight(output: Linear) -> Linear:
    """Return a plain output layer with the bias of a tied one, and a weight yet to be tied."""
    plain = Linear(output.in_features, output.out_features, device="meta")
    plain.bias = output.bias
    return plain.train(output.training)


def _turned(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Swap the two numbers of each pair, and sort."""
    return sorted((second, first) for first, second in pairs)


def _bags(pairs: Sequence[tuple[int, int]], count: int) -> tuple[Tensor, Tensor]:
    """Return the members of sorted pairs (bag, member), and the start of each of `count` bags."""
    sizes = torch.zeros(count, dtype=torch.int64)
    for bag, _ in pairs:
        sizes[bag] += 1
    return torch.tensor([member for _, member in pairs], dtype=torch.int64), sizes.cumsum(0) - sizes
