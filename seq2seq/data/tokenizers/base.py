"""Base class for all tokenizers, which turn text into ids and back.

A new tokenizer defines the seven abstract methods of `Tokenizer` and is registered in `TOKENIZERS`
(see `pair`). The other methods serve constrained decoding and alignments. Their defaults are
derived from the seven; a tokenizer with more direct answers overrides them.
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
"""SentencePiece's normalization rules, which the word tokenizer applies too: spaces only; Unicode's
compatibility form NFKC (full-width letters, ligatures, "…"); the same with case folding."""


@dataclass(frozen=True)
class SubwordSampling:
    """Subword regularization: random segmentations that depend only on the seed.

    Tokenizers with a single segmentation of a text ("char", "word") ignore it.

    Attributes:
        alpha: For "bpe", the probability of skipping a merge (0 skips none), as in BPE-dropout
            (Provilkov et al. 2020). For "unigram", the sharpness of the distribution over
            segmentations (0 makes all equally likely; Kudo 2018). 0.1 is usual for both.
        seed: Random seed, any integer.
    """

    alpha: float
    seed: int


class Tokenizer(ABC):
    """Base class for all tokenizers, which turn text into ids and back.

    Ids below 4 are special (see `vocabulary`); a text never yields any of them except UNK.
    """

    suffix: ClassVar[str] = "model"
    """Suffix of the file that `save` writes, without the dot."""

    @property
    @abstractmethod
    def vocab_size(self) -> int:
        """Number of ids V, special ids included."""

    @abstractmethod
    def encode(
        self, texts: Sequence[str], *, sampling: SubwordSampling | None = None
    ) -> list[list[int]]:
        """Return the ids of texts, without BOS and EOS.

        Args:
            texts: N texts with any content; a line break counts as a space.
            sampling: Subword regularization, for training. None gives the best segmentation.

        Returns:
            N rows of ids; the row of an empty or blank text is [].
        """

    def decode(
        self, ids: Sequence[Sequence[int]], *, unknown: Sequence[Sequence[str]] | None = None
    ) -> list[str]:
        """Return the texts of rows of ids. PAD, BOS and EOS are skipped; UNK becomes `<unk>`.

        Args:
            ids: N rows of ids below `vocab_size`.
            unknown: For each row, the words to write in place of its UNKs, in order. Subword
                tokenizers ignore it.

        Returns:
            N texts without line breaks.
        """
        for row in ids:
            assert not row or 0 <= min(row) <= max(row) < self.vocab_size, (
                "id outside the vocabulary"
            )
        words = [[]] * len(ids) if unknown is None else unknown
        # Byte pieces can spell a line break, but a translation must stay on one line.
        return [
            LINE_BREAK.sub(
                " ", self.detokenize([i for i in row if i > EOS or i == UNK], unknown=of_row)
            )
            for row, of_row in zip(ids, words, strict=True)
        ]

    @abstractmethod
    def detokenize(self, ids: list[int], *, unknown: Sequence[str]) -> str:
        """Return the text of one row of ids; called by `decode`.

        Args:
            ids: Ordinary ids and UNK.
            unknown: Words to write in place of the UNKs, in order. There may be fewer words than
                UNKs, or none.

        Returns:
            The text, with words separated by single spaces. It may contain line breaks.
        """

    @abstractmethod
    def pieces(self, ids: Sequence[int]) -> list[str]:
        """Return the tokens of ids as the vocabulary spells them, for display and comparison.

        Args:
            ids: T ids below `vocab_size`; special ids are allowed.

        Returns:
            T tokens. Different ids have different tokens.
        """

    def encode_mid_sentence(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the ids of texts inside a sentence, for terms and forbidden phrases.

        The default is `encode`. Override it if the first word of a sentence is encoded differently.

        Args:
            texts: N words or phrases.

        Returns:
            N rows of ids.
        """
        return self.encode(texts)

    def surface_words(self, text: str) -> list[str] | None:
        """Return the word of the text behind each of its ids, for UNK replacement.

        Args:
            text: Text before encoding.

        Returns:
            One word per id of `encode([text])`, or None (the default) if ids do not stand for whole
            words.
        """
        return None

    def word_ids(self, ids: Sequence[int], *, text: str | None = None) -> list[int]:
        """Return the word index of each id, for alignments.

        The default decodes every prefix of the ids and counts words.

        Args:
            ids: T ids without BOS and EOS.
            text: Text that the ids encode, if known. Without it an unknown character counts as a
                separate word, as it does when decoded.

        Returns:
            T ascending indices of words, from 0. Words are separated by spaces.
        """
        prefixes = self.decode([ids[:end] for end in range(1, len(ids) + 1)])
        counts = itertools.accumulate((len(prefix.split()) for prefix in prefixes), max)
        return [max(0, count - 1) for count in counts]

    def split_prefix(self, text: str) -> tuple[list[int], str]:
        """Split the prefix of a translation into whole words and a last word to complete.

        Args:
            text: Required beginning of the translation.

        Returns:
            The ids of the whole words, and the spelling of the last, possibly incomplete word, in
            the form that `completions` takes. If the text ends with a space, or `completions`
            cannot complete the word, the spelling is "" and the ids are those of the whole text.
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
        """Return the ids that can come next in an incomplete word.

        Args:
            begun: Spelling of the part of the word that the ids so far do not cover: from
                `split_prefix`, or a value that an earlier call returned.

        Returns:
            For each id, the part of `begun` that it leaves uncovered; "" if it covers all of it.
        """
        found = dict.fromkeys(self._ids_starting(begun), "")
        # An id that spells only part of the word must not lead to a dead end.
        places: list[int] = []
        for place in reversed(range(1, len(begun))):
            if self._ids_starting(begun[place:]) or any(
                self._ids_spelled(begun[place:end]) for end in places
            ):
                places.append(place)
                found |= dict.fromkeys(self._ids_spelled(begun[:place]), begun[place:])
        return found

    def continuation_ids(self) -> frozenset[int]:
        """Return the ids that continue the word of the preceding id.

        Returns:
            A set of ids. In scripts that do not separate words by spaces no id continues a word.
        """
        return self._continuations

    def _spelled(self, ids: Sequence[int]) -> str:
        """Return the joint spelling of ids, or "" if one of them has no spelling."""
        spellings, known = self._spellings
        by_id = dict(zip(known, spellings, strict=True))
        return "".join(by_id[number] for number in ids) if by_id.keys() >= set(ids) else ""

    def _ids_starting(self, begun: str) -> list[int]:
        """Return the ids whose spelling starts with `begun`."""
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
        are found by decoding each id after the id of a word.
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
        word = (words or letters)[0]  # without words, as with characters, any letter will do
        after = texts([ordinary[word], number] for number in ordinary)
        spelled = []
        for number, by_itself, text in zip(ordinary, alone, after, strict=True):
            spelling = text[len(alone[word]) :]
            # Half a character has no spelling, and neither has a space that begins a text.
            if spelling and "\ufffd" not in spelling and by_itself != " ":
                joined = spelling[0] != " "
                spelled.append((spelling if joined else WORD_BOUNDARY + spelling[1:], number))
        spelled.sort()
        return [spelling for spelling, _ in spelled], [number for _, number in spelled]

    @abstractmethod
    def save(self, path: Path) -> None:
        """Write the tokenizer to a single file.

        Args:
            path: Path of the file, in an existing directory.

        Raises:
            OSError: If the file cannot be written.
        """

    @classmethod
    @abstractmethod
    def load(cls, path: Path) -> Self:
        """Read a saved tokenizer.

        Args:
            path: Path of a file written by `save`.

        Returns:
            A tokenizer that gives the same ids as the saved one.

        Raises:
            CheckpointError: If the file is missing or damaged; the message names it.
        """

    @classmethod
    @abstractmethod
    def train(
        cls,
        lines: Iterable[str],
        config: TokenizerConfig,
        *,
        seed: int = 0,
        symbols: Sequence[str] = (),
    ) -> Self:
        """Learn a vocabulary from text; the same text gives the same vocabulary.

        Args:
            lines: Texts in one or more languages, read once.
            config: Settings of the tokenizer; each type uses those that apply to it. Ignore
                `joint` and the settings of the target side: `TokenizerPair` handles them.
            seed: Random seed for choosing the lines to learn from, if there are too many.
            symbols: Case marks and placeholders (see `seq2seq.text_steps`), which should be tokens
                of their own even if the text has none. A model without such tokens does without
                the steps that need them.

        Returns:
            A tokenizer with at most `config.vocab_size` ids.

        Raises:
            ConfigError: If the settings do not suit the text, or need a package that is missing.
            DataError: If there is no text.
        """
