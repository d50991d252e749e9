"""Byte-pair encoding of truecased text (see `truecase`).

A word has the same pieces at the beginning of a sentence as inside one.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Self

import sentencepiece

from seq2seq.config.settings import TokenizerConfig
from seq2seq.data.tokenizers.base import SubwordSampling
from seq2seq.data.tokenizers.sentencepieces import (
    MAX_LINES,
    BPETokenizer,
    clean_line,
    sample_lines,
)
from seq2seq.data.tokenizers.truecase import (
    LOWERCASE_MARK,
    SPACE_MARK,
    find_names,
    restore_case,
    truecase,
    word_indices,
)
from seq2seq.errors import CheckpointError
from seq2seq.runtime.saved_file import read_bytes
from seq2seq.text import WORD_BOUNDARY


class TruecasedTokenizer(BPETokenizer):
    """BPE of truecased text; decoding restores the capitals.

    The first line of a saved file is a JSON list of the words that keep their capital.
    """

    suffix = "truecased"
    required_characters = LOWERCASE_MARK + SPACE_MARK

    def __init__(self, model: bytes, names: Iterable[str] = ()) -> None:
        """Load a serialized SentencePiece model; `names` are words that keep their capital."""
        super().__init__(model)
        self._names = frozenset(names)

    def encode(
        self, texts: Sequence[str], *, sampling: SubwordSampling | None = None
    ) -> list[list[int]]:
        return super().encode(
            [self._truecased(text, first=True) for text in texts], sampling=sampling
        )

    def encode_mid_sentence(self, texts: Sequence[str]) -> list[list[int]]:
        return super().encode([self._truecased(text, first=False) for text in texts])

    def word_ids(self, ids: Sequence[int], *, text: str | None = None) -> list[int]:
        indices = super().word_ids(ids, text=text)
        pieces = self.pieces(ids)
        groups = itertools.groupby(zip(indices, pieces, strict=True), key=lambda pair: pair[0])
        words = [
            "".join(piece for _, piece in group).removeprefix(WORD_BOUNDARY) for _, group in groups
        ]
        original = word_indices(words)
        return [original[index] for index in indices]

    def save(self, path: Path) -> None:
        names = json.dumps(sorted(self._names), ensure_ascii=False).encode()
        path.write_bytes(names + b"\n" + self._processor.serialized_model_proto())

    def detokenize(self, ids: list[int], *, unknown: Sequence[str]) -> str:
        return restore_case(super().detokenize(ids, unknown=unknown).split())

    def _truecased(self, text: str, first: bool) -> str:
        return " ".join(
            truecase(_words(self._processor.normalize(clean_line(text))), self._names, first)
        )

    @classmethod
    def load(cls, path: Path) -> Self:
        first, _, model = read_bytes(path).partition(b"\n")
        try:
            names = json.loads(first)
            if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
                raise ValueError("the first line is not a list of words")
        except ValueError as error:
            raise CheckpointError(
                f"{path}: truncated or not a truecased tokenizer: {error}"
            ) from error
        tokenizer = cls.from_model(model, path)
        tokenizer._names = frozenset(names)
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
        normalize = sentencepiece.SentencePieceNormalizer(rule_name=config.normalization).normalize
        texts = [
            words
            for line in sample_lines(lines, MAX_LINES, seed)
            if (words := _words(normalize(clean_line(line))))
        ]
        names = find_names(texts)
        known = frozenset(names)
        plain = [" ".join(truecase(words, known)) for words in texts]
        plain += [f"{LOWERCASE_MARK} {SPACE_MARK}"] * len(texts)  # so that each mark is one piece
        tokenizer = super().train(plain, config, seed=seed, symbols=symbols)
        tokenizer._names = known
        return tokenizer


def _words(normalized: str) -> list[str]:
    return [word for word in normalized.split(WORD_BOUNDARY) if word]
