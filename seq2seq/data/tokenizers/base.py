"""What every tokenizer does: text to ids and back.

It knows no tokenizer in particular, and nothing of batches, tensors or models.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Self

from seq2seq.data.tokenizers.vocabulary import EOS, UNK
from seq2seq.errors import ConfigError
from seq2seq.registry import suggestion
from seq2seq.text import LINE_BREAK

# SentencePiece's rules, which the word tokenizer applies too: nothing but spaces; Unicode's
# compatibility form
# (full-width letters, ligatures, "…"); the same with case folded.
NORMALIZATIONS = ("identity", "nmt_nfkc", "nmt_nfkc_cf")


@dataclass(frozen=True)
class Sampling:
    """Subword regularisation: another segmentation at each seed, the same one for one seed.

    `alpha` is for "bpe" the probability to skip a merge (0 skips none), for "unigram" the sharpness
    with which likely segmentations are preferred (0 makes all equally likely); 0.1 is usual for
    both. "char" and "word" have one segmentation of a text, and take no notice."""

    alpha: float
    seed: int


class Tokenizer(ABC):
    """Text <-> ids. Ids below 4 are special (see `vocabulary`); of these only UNK comes from a
    text."""

    suffix: ClassVar[str]  # of the file that `save` writes

    @property
    @abstractmethod
    def vocab_size(self) -> int:
        """The number of ids, special ones included."""

    @property
    @abstractmethod
    def can_unk(self) -> bool:
        """Whether a text can yield UNK; with bytes to fall back on it cannot."""

    @abstractmethod
    def encode(self, texts: Sequence[str], sampling: Sampling | None = None) -> list[list[int]]:
        """Return ids without BOS and EOS; a text of spaces gives []. A line break counts as a
        space."""

    def decode(
        self, ids: Sequence[Sequence[int]], unknown: Sequence[Sequence[str]] | None = None
    ) -> list[str]:
        """Return texts without line breaks. PAD, BOS and EOS are passed over; UNK reads "<unk>".

        A tokenizer of words takes for each row the words that its UNKs stand for instead.
        """
        for row in ids:
            assert not row or 0 <= min(row) <= max(row) < self.vocab_size, (
                "id outside the vocabulary"
            )
        words = [[]] * len(ids) if unknown is None else unknown
        # Pieces that are bytes can spell a line break, and a translation must stay on its line.
        return [
            LINE_BREAK.sub(" ", self._text([i for i in row if i > EOS or i == UNK], of_row))
            for row, of_row in zip(ids, words, strict=True)
        ]

    def encode_mid_sentence(self, texts: Sequence[str]) -> list[list[int]]:
        """The ids that texts have inside a sentence, where what begins one may be written
        otherwise."""
        return self.encode(texts)

    def surface_words(self, text: str) -> list[str] | None:
        """The word in the text that each id of it stands for; None if ids are not of whole
        words."""
        return None

    @abstractmethod
    def word_ids(self, ids: Sequence[int], text: str | None = None) -> list[int]:
        """Which word, counted from 0, each id belongs to; words are what spaces part.

        Without the `text` of the ids, an unknown sign counts as a word of its own, which is how it
        is decoded."""

    @abstractmethod
    def split_prefix(self, text: str) -> tuple[list[int], str]:
        """Part what a text begins with: the ids of its whole words, and how the word that it breaks
        off in is spelt.

        Behind a space no word is begun: "". Nor is one that `completions` could not complete.
        """

    @abstractmethod
    def completions(self, begun: str) -> dict[int, str]:
        """The ids that may come where a word is begun so, each with what is still to be spelt of it
        after that id."""

    @abstractmethod
    def continuation_ids(self) -> frozenset[int]:
        """Ids that, behind another, go on with its word, in scripts that part words with spaces."""

    @abstractmethod
    def _text(self, row: list[int], unknown: Sequence[str]) -> str:
        """Return the text of ordinary ids and UNK; `unknown` are the words that UNKs stand for, if
        they are known."""

    @abstractmethod
    def pieces(self, ids: Sequence[int]) -> list[str]:
        """Return each id's token as it is spelt in the vocabulary, special ones too: for
        display."""

    @abstractmethod
    def save(self, path: Path) -> None:
        """Write the one file that `load` reads."""

    @classmethod
    @abstractmethod
    def load(cls, path: Path) -> Self:
        """Read a saved tokenizer; raise CheckpointError naming the file if it is missing or
        damaged."""

    @classmethod
    @abstractmethod
    def train(
        cls,
        lines: Iterable[str],
        *,
        vocab_size: int,
        normalization: str = "nmt_nfkc",
        byte_fallback: bool = True,
        character_coverage: float = 1.0,
        min_count: int = 1,
        seed: int = 0,
        torchtext: str | None = None,
    ) -> Self:
        """Learn a vocabulary from lines, the same one from the same lines.

        All tokenizers take the same arguments, so that one call serves any of them.
        `byte_fallback`, `character_coverage` and `seed` (which lines to learn from, if there are
        very many) concern SentencePiece; `min_count` and `torchtext` (one of its tokenizers by
        name, to cut the text) concern words.

        Raises:
            ConfigError: a value that cannot be used.
            DataError: no text.
        """


def check_normalization(name: str) -> None:
    """Raise ConfigError unless there is such a normalization."""
    if name not in NORMALIZATIONS:
        raise ConfigError(f"unknown normalization {name!r}{suggestion(name, NORMALIZATIONS)}")
