"""SentencePiece tokenizers: byte-pair encoding, unigram language model, characters.

With byte fallback (the default) any text can be spelled, and decode(encode(text)) is the normalized
text with runs of spaces reduced to one. "▁" (U+2581) is SentencePiece's own character for a space,
and counts as a space in a text.
"""

from __future__ import annotations

import bisect
import functools
import io
import itertools
import logging
import random
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import ClassVar, Self

import sentencepiece

from seq2seq.config.settings import TokenizerConfig
from seq2seq.data.tokenizers.base import SubwordSampling, Tokenizer
from seq2seq.data.tokenizers.vocabulary import BOS, EOS, PAD, SPECIAL_TOKENS, UNK
from seq2seq.errors import CheckpointError, ConfigError, DataError
from seq2seq.runtime.saved_file import read_bytes
from seq2seq.text import WORD_BOUNDARY, one_line

_LOG = logging.getLogger("seq2seq.data")

MAX_LINES = 2_000_000
"""Maximum number of lines to learn from. More lines cost memory and do not improve the pieces."""

_MAX_LINE_BYTES = 16_384
"""Maximum length of a line to learn from, in bytes. Lines of any length are encoded."""

_REQUIRED_SIZE = re.compile(r"smaller than required_chars\. \d+ vs (\d+)")


class SentencePieceTokenizer(Tokenizer):
    """Base class for tokenizers with a SentencePiece model."""

    suffix = "model"

    model_type: ClassVar[str]
    """SentencePiece's name for the type of model."""

    can_sample: ClassVar[bool]
    """True if a text can have several segmentations."""

    required_characters: ClassVar[str] = ""
    """Characters that get a piece even if the text does not contain them."""

    bounded_by_text: ClassVar[bool]
    """True if the text limits the vocabulary, so that a smaller one needs no warning."""

    def __init__(self, model: bytes) -> None:
        """Load a serialized SentencePiece model that has the toolkit's special ids."""
        self._processor = sentencepiece.SentencePieceProcessor(model_proto=model)

    @property
    def vocab_size(self) -> int:
        return int(self._processor.get_piece_size())

    def encode(
        self, texts: Sequence[str], *, sampling: SubwordSampling | None = None
    ) -> list[list[int]]:
        # One text at a time, because SentencePiece passes lists to a thread pool. For a single
        # sentence that costs ten times its encoding, and all callers share the pool's random state.
        lines = map(clean_line, texts)
        if sampling is None or not self.can_sample:
            return [self._processor.encode(line) for line in lines]
        sentencepiece.set_random_generator_seed(sampling.seed % 2**32)
        return [
            self._processor.encode(line, enable_sampling=True, alpha=sampling.alpha, nbest_size=-1)
            for line in lines
        ]

    def detokenize(self, ids: list[int], *, unknown: Sequence[str]) -> str:
        return str(self._processor.decode(ids))

    def word_ids(self, ids: Sequence[int], *, text: str | None = None) -> list[int]:
        starts = [piece.startswith(WORD_BOUNDARY) for piece in self.pieces(ids)]
        return [max(0, count - 1) for count in itertools.accumulate(starts)]

    def pieces(self, ids: Sequence[int]) -> list[str]:
        return [self._pieces[number] for number in ids]

    @functools.cached_property
    def _pieces(self) -> list[str]:
        return [self._processor.id_to_piece(number) for number in range(self.vocab_size)]

    def split_prefix(self, text: str) -> tuple[list[int], str]:
        [ids] = self.encode([text])
        if not ids or text[-1].isspace():
            return ids, ""
        pieces = self.pieces(ids)
        last = max(
            (place for place, piece in enumerate(pieces) if piece.startswith(WORD_BOUNDARY)),
            default=0,
        )
        if any(number == UNK or self._processor.is_byte(number) for number in ids[last:]):
            return ids, ""
        return ids[:last], "".join(pieces[last:])

    def completions(self, begun: str) -> dict[int, str]:
        spellings, ids = self._spellings
        found = {}
        for place in range(bisect.bisect_left(spellings, begun), len(spellings)):
            if not spellings[place].startswith(begun):
                break
            found[ids[place]] = ""
        for size in range(1, len(begun)):
            place = bisect.bisect_left(spellings, begun[:size])
            if spellings[place : place + 1] == [begun[:size]]:
                found[ids[place]] = begun[size:]
        return found

    @functools.cached_property
    def _spellings(self) -> tuple[list[str], list[int]]:
        """Pieces that are text, not bytes, in alphabetical order, and their ids."""
        ids = [
            i for i in range(len(SPECIAL_TOKENS), self.vocab_size) if not self._processor.is_byte(i)
        ]
        pairs = sorted(zip(self.pieces(ids), ids, strict=True))
        return [spelling for spelling, _ in pairs], [number for _, number in pairs]

    @classmethod
    def spaced(cls, symbols: Sequence[str]) -> list[str]:
        """Return the symbols as they begin a word; without these, the space is another token."""
        return [WORD_BOUNDARY + symbol for symbol in symbols]

    def save(self, path: Path) -> None:
        path.write_bytes(self._processor.serialized_model_proto())

    @classmethod
    def load(cls, path: Path) -> Self:
        return cls.from_model(read_bytes(path), path)

    @classmethod
    def from_model(cls, model: bytes, path: Path) -> Self:
        """Load a serialized SentencePiece model and check it.

        Args:
            model: Content of a model file.
            path: Path of the file, for messages.

        Raises:
            CheckpointError: If the model is damaged, or has other special ids; the message names
                `path`.
        """
        try:
            tokenizer = cls(model)
        except RuntimeError as error:
            raise CheckpointError(
                f"{path}: truncated or not a SentencePiece model: {error}"
            ) from error
        processor = tokenizer._processor
        found = (processor.pad_id(), processor.unk_id(), processor.bos_id(), processor.eos_id())
        if found != (PAD, UNK, BOS, EOS):
            raise CheckpointError(
                f"{path}: its ids of pad, unk, bos, eos are {found}, but must be "
                f"{(PAD, UNK, BOS, EOS)}"
            )
        return tokenizer

    @classmethod
    def train(
        cls,
        lines: Iterable[str],
        config: TokenizerConfig,
        *,
        seed: int = 0,
        symbols: Sequence[str] = (),
    ) -> Self:
        texts = (line for line in map(clean_line, lines) if line.strip())
        sample = sample_lines(texts, MAX_LINES, seed)
        if not sample:
            raise DataError(f"no text to learn a {cls.model_type} vocabulary from")
        written = io.BytesIO()
        try:
            sentencepiece.SentencePieceTrainer.train(
                sentence_iterator=iter(sample),
                model_writer=written,
                model_type=cls.model_type,
                vocab_size=config.vocab_size,
                hard_vocab_limit=False,  # a small text gets the largest vocabulary it supports
                normalization_rule_name=config.normalization,
                byte_fallback=config.byte_fallback,
                character_coverage=config.character_coverage,
                required_chars=cls.required_characters,
                user_defined_symbols=[*symbols, *cls.spaced(symbols)],
                max_sentence_length=_MAX_LINE_BYTES,
                num_threads=1,  # sums over several threads vary, and so would the vocabulary
                minloglevel=2,
                pad_id=PAD,
                unk_id=UNK,
                bos_id=BOS,
                eos_id=EOS,
                pad_piece=SPECIAL_TOKENS[PAD],
                unk_piece=SPECIAL_TOKENS[UNK],
                bos_piece=SPECIAL_TOKENS[BOS],
                eos_piece=SPECIAL_TOKENS[EOS],
                unk_surface=SPECIAL_TOKENS[UNK],
            )
        except RuntimeError as error:
            raise _training_error(error, config) from error
        tokenizer = cls(written.getvalue())
        if tokenizer.vocab_size < config.vocab_size and not cls.bounded_by_text:
            _LOG.warning(
                "%s vocabulary: %d requested, but the text is so small that it supports only %d; "
                "using %d",
                cls.model_type,
                config.vocab_size,
                tokenizer.vocab_size,
                tokenizer.vocab_size,
            )
        return tokenizer


class BPETokenizer(SentencePieceTokenizer):
    """Byte-pair encoding, which merges frequent pairs of pieces (Sennrich et al. 2016)."""

    model_type = "bpe"
    can_sample = True
    bounded_by_text = False


class UnigramTokenizer(SentencePieceTokenizer):
    """Most likely segmentation by a unigram language model over pieces (Kudo 2018)."""

    model_type = "unigram"
    can_sample = True
    bounded_by_text = False


class CharTokenizer(SentencePieceTokenizer):
    """Most frequent characters; others are spelled in bytes."""

    model_type = "char"
    can_sample = False
    bounded_by_text = True


def sample_lines(lines: Iterable[str], limit: int, seed: int) -> list[str]:
    """Return all lines, or a uniform sample of `limit` lines if there are more."""
    rest = iter(lines)
    kept = list(itertools.islice(rest, limit))
    generator = random.Random(seed)
    for number, line in enumerate(rest, start=limit + 1):
        place = generator.randrange(number)
        if place < limit:
            kept[place] = line
    return kept


def clean_line(text: str) -> str:
    """Return a text as it is passed to SentencePiece: one line, with spaces instead of "▁".

    SentencePiece reads "▁" as a space, but reduces only runs of real spaces to one.
    """
    return one_line(text).replace(WORD_BOUNDARY, " ")


def _training_error(error: RuntimeError, config: TokenizerConfig) -> ConfigError | DataError:
    minimum = _REQUIRED_SIZE.search(str(error))
    if minimum is None:
        return DataError(f"SentencePiece cannot learn a vocabulary from this text: {error}")
    return ConfigError(
        f"vocab_size {config.vocab_size} is too small for the characters of this text: the minimum "
        f"is {minimum[1]}, or lower character_coverage (now {config.character_coverage})"
    )
