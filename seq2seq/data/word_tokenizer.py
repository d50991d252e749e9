"""Word-level tokenizer: words and signs, the frequent ones kept, the others UNK.

"don't, he" becomes  don ￭'￭ t ￭, he : the joiner "￭" stands on a sign, at the side where there was no space, so words
are the same wherever they stand and decoding restores the spacing. "￭" in a text reads as its twin "■".

It does not know any language: a text without spaces between words is one long word.
"""

from __future__ import annotations

import functools
import itertools
import re
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Self

import sentencepiece

from seq2seq.data.saved_file import field, read_json, write_json
from seq2seq.data.tokenizer_contract import NORMALIZATIONS, Sampling, Tokenizer, check_normalization, one_line
from seq2seq.data.vocabulary import SPECIAL_TOKENS, UNK, Vocabulary
from seq2seq.errors import CheckpointError, DataError

_JOINER = "\uffed"
_JOINER_TWIN = unicodedata.normalize("NFKC", _JOINER)
_JOINED = re.compile(f" ?{_JOINER} ?")


class WordTokenizer(Tokenizer):
    """Words and signs."""

    suffix = "json"

    def __init__(self, vocabulary: Vocabulary, normalization: str = "identity") -> None:
        self.vocabulary = vocabulary
        self.normalization = normalization
        self._normalizer = _normalizer(normalization)

    @property
    def vocab_size(self) -> int:
        return len(self.vocabulary)

    @property
    def can_unk(self) -> bool:
        return True

    def encode(self, texts: Sequence[str], sampling: Sampling | None = None) -> list[list[int]]:
        return [[self.vocabulary.id(token) for token in _split(text, self._normalizer)] for text in texts]

    def _text(self, row: list[int], unknown: Sequence[str]) -> str:
        words = iter(unknown)
        tokens = (next(words, self.vocabulary.token(i)) if i == UNK else self.vocabulary.token(i) for i in row)
        return _JOINED.sub("", " ".join(tokens))

    def surfaces(self, text: str) -> list[str]:
        return [token.replace(_JOINER, "") for token in _split(text, self._normalizer)]

    def words(self, ids: Sequence[int], text: str | None = None) -> list[int]:
        tokens = self.pieces(ids) if text is None else _split(text, self._normalizer)[: len(ids)]
        joined = [a.endswith(_JOINER) or b.startswith(_JOINER) for a, b in itertools.pairwise(tokens)]
        return list(itertools.accumulate((not one for one in joined), initial=0)) if tokens else []

    def pieces(self, ids: Sequence[int]) -> list[str]:
        return [self.vocabulary.token(number) for number in ids]

    def opening(self, text: str) -> tuple[list[int], str]:
        [ids], tokens = self.encode([text]), _split(text, self._normalizer)
        if not tokens or text[-1].isspace() or not self.completions(tokens[-1]):
            return ids, ""
        return ids[:-1], tokens[-1]

    def completions(self, begun: str) -> dict[int, str]:
        known = enumerate(self.vocabulary.tokens, len(SPECIAL_TOKENS))
        return {number: "" for number, token in known if token.startswith(begun)}

    def joining(self) -> frozenset[int]:
        return frozenset()

    def save(self, path: Path) -> None:
        write_json(path, {"normalization": self.normalization, "vocabulary": self.vocabulary.as_json()})

    @classmethod
    def load(cls, path: Path) -> Self:
        saved = read_json(path)
        normalization = field(saved, "normalization", str, path)
        if normalization not in NORMALIZATIONS:
            raise CheckpointError(f"{path}: unknown normalization {normalization!r}")
        return cls(Vocabulary.from_json(field(saved, "vocabulary", dict, path), path), normalization)

    @classmethod
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
    ) -> Self:
        check_normalization(normalization)
        normalizer = _normalizer(normalization)
        tokens = (token for line in lines for token in _split(line, normalizer))
        vocabulary = Vocabulary.build(tokens, vocab_size, min_count)
        if not vocabulary.tokens:
            raise DataError(f"no word to learn a vocabulary from (a word must occur {min_count} times)")
        return cls(vocabulary, normalization)


def _split(text: str, normalizer: sentencepiece.SentencePieceNormalizer) -> list[str]:
    text = normalizer.normalize(one_line(text)).replace(_JOINER, _JOINER_TWIN)
    tokens: list[str] = []
    end = -1
    for match in _pattern().finditer(text):
        token, is_word = match[0], match.lastindex
        if match.start() == end:
            if is_word:  # what stands before is a sign, as two words never touch
                tokens[-1] += _JOINER
            else:
                token = _JOINER + token
        tokens.append(token)
        end = match.end()
    return tokens


@functools.cache
def _pattern() -> re.Pattern[str]:
    # A word goes on over combining marks (the vowels of Hindi, a separate accent) and over the two zero-width
    # joiners of Persian and Indic scripts; Python's \w leaves both out. The marks are found once, when first needed.
    marks = "".join(c for c in map(chr, range(sys.maxunicode + 1)) if unicodedata.category(c).startswith("M"))
    return re.compile(rf"(\w+(?:[{marks}\u200c\u200d]+\w*)*)|\S")


def _normalizer(name: str) -> sentencepiece.SentencePieceNormalizer:
    return sentencepiece.SentencePieceNormalizer(rule_name=name, add_dummy_prefix=False, escape_whitespaces=False)
