"""Base class for all tokenizers, which turn text into ids and back.

A new tokenizer defines the seven abstract methods of `Tokenizer` and is entered in `TOKENIZERS`
(see `pair`). Constrained decoding and alignments need more: the other methods derive it from these
seven, and a tokenizer that knows better overrides them.
"""

from __future__ import annotations

import bisect
import functools
import itertools
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Self

from seq2seq.config.settings import TokenizerConfig
from seq2seq.data.tokenizers.vocabulary import EOS, SPECIAL_TOKENS, UNK
from seq2seq.text import LINE_BREAK, WORD_BOUNDARY, continues_word

NORMALIZATIONS = ("identity", "nmt_nfkc", "nmt_nfkc_cf")
"""SentencePiece's rules, which the word tokenizer applies too: spaces only; Unicode's compatibility
form (full-width letters, ligatures, "…"); the same with case folded."""


@dataclass(frozen=True)
class SubwordSampling:
    """Subword regularization: a different segmentation for each seed, the same one for one seed.

    Tokenizers with a single segmentation of a text ("char", "word") ignore it.

    Attributes:
        alpha: for "bpe" the probability to skip a merge (0 skips none), as in BPE-dropout
            (Provilkov et al. 2020). For "unigram" the sharpness of the distribution over
            segmentations (0 makes all equally likely; Kudo 2018). 0.1 is usual for both.
        seed: any integer.
    """

    alpha: float
    seed: int


class Tokenizer(ABC):
    """Base class for all tokenizers: text to ids and back.

    Ids below 4 are special (see `vocabulary`); UNK is the only one of them that a text can yield.
    """

    suffix: ClassVar[str] = "model"
    """Suffix of the file that `save` writes, without the dot."""

    @property
    @abstractmethod
    def vocab_size(self) -> int:
        """Number of ids, special ones included."""

    @abstractmethod
    def encode(
        self, texts: Sequence[str], *, sampling: SubwordSampling | None = None
    ) -> list[list[int]]:
        """Return the ids of texts, without BOS and EOS.

        Args:
            texts: texts of any kind; a line break counts as a space.
            sampling: subword regularization, for training; None gives the best segmentation.

        Returns:
            One row of ids per text; [] for a text without anything but spaces.
        """

    def decode(
        self, ids: Sequence[Sequence[int]], *, unknown: Sequence[Sequence[str]] | None = None
    ) -> list[str]:
        """Return the texts of rows of ids. PAD, BOS and EOS are left out; UNK reads "<unk>".

        Args:
            ids: rows of ids, each below `vocab_size`.
            unknown: for each row the words that its UNKs stand for, in order, to be written
                instead. Tokenizers of subwords ignore it.

        Returns:
            One text per row, without line breaks.
        """
        for row in ids:
            assert not row or 0 <= min(row) <= max(row) < self.vocab_size, (
                "id outside the vocabulary"
            )
        words = [[]] * len(ids) if unknown is None else unknown
        # Pieces that are bytes can spell a line break, and a translation must stay on its line.
        return [
            LINE_BREAK.sub(
                " ", self.detokenize([i for i in row if i > EOS or i == UNK], unknown=of_row)
            )
            for row, of_row in zip(ids, words, strict=True)
        ]

    @abstractmethod
    def detokenize(self, ids: list[int], *, unknown: Sequence[str]) -> str:
        """Return the text of one row of ids, for `decode`.

        Args:
            ids: ordinary ids and UNK.
            unknown: the words that the UNKs stand for, in order; fewer or none if not known.

        Returns:
            The text, with words separated by single spaces. It may contain line breaks.
        """

    @abstractmethod
    def pieces(self, ids: Sequence[int]) -> list[str]:
        """Return the tokens of ids as the vocabulary spells them: for display and comparison.

        Args:
            ids: ids below `vocab_size`, special ones among them.

        Returns:
            One token per id. Different ids have different tokens.
        """

    def encode_mid_sentence(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the ids that texts have inside a sentence: for terms and forbidden phrases.

        The default is `encode`. A tokenizer that writes the first word of a sentence differently
        overrides it.

        Args:
            texts: words or phrases.

        Returns:
            One row of ids per text.
        """
        return self.encode(texts)

    def surface_words(self, text: str) -> list[str] | None:
        """Return the word of the text that each of its ids stands for: for UNK replacement.

        Args:
            text: the text before encoding.

        Returns:
            One word per id of `encode([text])`; None (the default) if ids do not stand for whole
            words.
        """
        return None

    def word_ids(self, ids: Sequence[int], *, text: str | None = None) -> list[int]:
        """Return the index of the word that each id belongs to, for alignments.

        The default decodes every prefix of the ids and counts words.

        Args:
            ids: ids without BOS and EOS.
            text: the text that the ids encode, if known. Without it an unknown character counts as
                a word of its own, as it does when decoded.

        Returns:
            One index per id, from 0, ascending; words are what spaces separate.
        """
        prefixes = self.decode([ids[:end] for end in range(1, len(ids) + 1)])
        counts = itertools.accumulate((len(prefix.split()) for prefix in prefixes), max)
        return [max(0, count - 1) for count in counts]

    def split_prefix(self, text: str) -> tuple[list[int], str]:
        """Split a translation's prefix into its whole words and a last word to be completed.

        Args:
            text: what the translation has to begin with.

        Returns:
            The ids of the whole words, and the spelling of the last, possibly incomplete word, as
            `completions` takes it. The spelling is "" after a space, and if `completions` cannot
            complete the word; then the ids are those of the whole text.
        """
        [whole] = self.encode([text])
        if not whole or text[-1].isspace():
            return whole, ""
        last = text.rsplit(maxsplit=1)[-1]
        [ids] = self.encode([text.removesuffix(last)])
        as_encoded = self._spelled(whole[len(ids) :]) if whole[: len(ids)] == ids else ""
        for begun in (as_encoded, WORD_BOUNDARY + last):
            if begun and self.completions(begun):
                return ids, begun
        return whole, ""

    def completions(self, begun: str) -> dict[int, str]:
        """Return the ids that may come next where a word is begun.

        Args:
            begun: spelling of the part of the word that no id stands for yet: from `split_prefix`,
                or a value of an earlier answer.

        Returns:
            Each id with what is still to be spelled after it; "" if it completes the given part.
        """
        found = dict.fromkeys(self._ids_starting(begun), "")
        # An id that spells a part of the word only must not lead where nothing can follow.
        places: list[int] = []
        for place in reversed(range(1, len(begun))):
            if self._ids_starting(begun[place:]) or any(
                self._ids_spelled(begun[place:end]) for end in places
            ):
                places.append(place)
                found |= dict.fromkeys(self._ids_spelled(begun[:place]), begun[place:])
        return found

    def continuation_ids(self) -> frozenset[int]:
        """Return the ids that continue the word of the id before them.

        Returns:
            A set of ids. Scripts that do not separate words by spaces have none.
        """
        return self._continuations

    def _spelled(self, ids: Sequence[int]) -> str:
        """Return how ids are spelled together, or "" if one of them has no spelling."""
        spellings, known = self._spellings
        by_id = dict(zip(known, spellings, strict=True))
        return "".join(by_id[number] for number in ids) if by_id.keys() >= set(ids) else ""

    def _ids_starting(self, begun: str) -> list[int]:
        """Return the ids whose spelling starts like this."""
        spellings, ids = self._spellings
        first = bisect.bisect_left(spellings, begun)
        known = itertools.takewhile(
            lambda place: spellings[place].startswith(begun), range(first, len(spellings))
        )
        return [ids[place] for place in known]

    def _ids_spelled(self, spelling: str) -> list[int]:
        """Return the ids with this spelling."""
        spellings, ids = self._spellings
        first = bisect.bisect_left(spellings, spelling)
        return ids[first : bisect.bisect_right(spellings, spelling)]

    @functools.cached_property
    def _continuations(self) -> frozenset[int]:
        spellings, ids = self._spellings
        return frozenset(
            number
            for spelling, number in zip(spellings, ids, strict=True)
            if continues_word(spelling[0])
        )

    @functools.cached_property
    def _spellings(self) -> tuple[list[str], list[int]]:
        """Spellings of ids inside a text, in alphabetical order, and the ids.

        As in SentencePiece, "▁" stands for the space before an id that begins a word. The spellings
        are found by decoding each id after one that is a word.
        """

        def texts(rows: Iterable[list[int]]) -> list[str]:
            return [self.detokenize(row, unknown=()) for row in rows]

        ordinary = range(len(SPECIAL_TOKENS), self.vocab_size)
        alone = texts([number] for number in ordinary)
        twice = texts([number, number] for number in ordinary)
        letters = [place for place, text in enumerate(alone) if text.isalnum()]
        words = [place for place in letters if twice[place] == f"{alone[place]} {alone[place]}"]
        if not letters:
            return [], []
        word = (words or letters)[0]  # without words, as with characters, any letter serves
        after = texts([ordinary[word], number] for number in ordinary)
        spelled = []
        for number, by_itself, text in zip(ordinary, alone, after, strict=True):
            spelling = text[len(alone[word]) :]
            # Half a character has no spelling, nor has a space that a text would begin with.
            if spelling and "\ufffd" not in spelling and by_itself != " ":
                joined = spelling[0] != " "
                spelled.append((spelling if joined else WORD_BOUNDARY + spelling[1:], number))
        spelled.sort()
        return [spelling for spelling, _ in spelled], [number for _, number in spelled]

    @abstractmethod
    def save(self, path: Path) -> None:
        """Write the one file that `load` reads.

        Args:
            path: the file; its folder exists.

        Raises:
            OSError: the file cannot be written.
        """

    @classmethod
    @abstractmethod
    def load(cls, path: Path) -> Self:
        """Read a saved tokenizer.

        Args:
            path: a file that `save` wrote.

        Returns:
            A tokenizer that gives the same ids.

        Raises:
            CheckpointError: the file is missing or damaged; the message names it.
        """

    @classmethod
    @abstractmethod
    def train(cls, lines: Iterable[str], config: TokenizerConfig, *, seed: int = 0) -> Self:
        """Learn a vocabulary from lines; the same lines give the same vocabulary.

        Args:
            lines: texts of one language or several, read once.
            config: the settings of the tokenizer, of which each type uses those that concern it.
                What tells the two sides apart (`joint`, `target_vocab_size`, `target_torchtext`) is
                left to `TokenizerPair`.
            seed: selects the lines to learn from, if there are too many.

        Returns:
            A tokenizer of at most `config.vocab_size` ids.

        Raises:
            ConfigError: the settings do not suit these lines, or need a package that is missing.
            DataError: there is no text.
        """
