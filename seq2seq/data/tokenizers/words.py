"""Word-level tokenizer: words and punctuation characters; rare ones are UNK.

"don't, he" becomes  don ￭'￭ t ￭, he : the joiner "￭" marks the sides of a punctuation character
that had no space. A word is then the same token in all positions, and decoding restores the
spacing. A "￭" in a text becomes its twin "■".

A torchtext tokenizer can split the text instead. Its tokens have no joiners: decoding puts a space
between any two of them, and does not restore anything that the tokenizer drops or rewrites
(capitals, quotation marks, "&amp;" for "&").

No language is treated specially: a text without spaces between words is one long word.
"""

from __future__ import annotations

import bisect
import itertools
import re
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Self

import sentencepiece

from seq2seq.config.settings import TokenizerConfig
from seq2seq.data.tokenizers.base import (
    NORMALIZATIONS,
    SubwordSampling,
    Tokenizer,
)
from seq2seq.data.tokenizers.torchtext.tokenizer import torchtext_tokenizer
from seq2seq.data.tokenizers.vocabulary import SPECIAL_TOKENS, UNK, Vocabulary
from seq2seq.errors import CheckpointError, ConfigError, DataError
from seq2seq.runtime.saved_file import field, read_json, write_json
from seq2seq.text import one_line, vocabulary_token

_JOINER = "\uffed"
_JOINER_TWIN = unicodedata.normalize("NFKC", _JOINER)
_JOINED = re.compile(f" ?{_JOINER} ?")


class WordTokenizer(Tokenizer):
    """Words and punctuation characters, or the tokens of a torchtext tokenizer."""

    suffix = "json"

    def __init__(
        self, vocabulary: Vocabulary, normalization: str = "identity", torchtext: str | None = None
    ) -> None:
        """Set up the splitter.

        Args:
            vocabulary: Known tokens.
            normalization: One of NORMALIZATIONS.
            torchtext: Name of the torchtext tokenizer that splits text. By default text is split
                into words and punctuation characters.

        Raises:
            ConfigError: If torchtext, or a package that its tokenizer needs, is not installed.
        """
        self.vocabulary = vocabulary
        self.normalization = normalization
        self.torchtext = torchtext
        self._split = _Splitter(normalization, torchtext)

    @property
    def vocab_size(self) -> int:
        return len(self.vocabulary)

    def encode(
        self, texts: Sequence[str], *, sampling: SubwordSampling | None = None
    ) -> list[list[int]]:
        return [[self.vocabulary.id(token) for token in self._split(text)] for text in texts]

    def detokenize(self, ids: list[int], *, unknown: Sequence[str]) -> str:
        words = iter(unknown)
        tokens = (
            next(words, self.vocabulary.token(i)) if i == UNK else self.vocabulary.token(i)
            for i in ids
        )
        return _JOINED.sub("", " ".join(tokens))

    def surface_words(self, text: str) -> list[str]:
        return [token.replace(_JOINER, "") for token in self._split(text)]

    def word_ids(self, ids: Sequence[int], *, text: str | None = None) -> list[int]:
        if self.torchtext is not None and text is not None:
            return self._words_of_text(text)[: len(ids)]
        tokens = self.pieces(ids) if text is None else self._split(text)[: len(ids)]
        joined = [
            a.endswith(_JOINER) or b.startswith(_JOINER) for a, b in itertools.pairwise(tokens)
        ]
        return list(itertools.accumulate((not one for one in joined), initial=0)) if tokens else []

    def _words_of_text(self, text: str) -> list[int]:
        """Return the word index of each torchtext token.

        The tokens up to each word are counted. A word that is split differently at the end of a
        text than inside it, such as "Mr.", can shift a token to the neighboring word, but does not
        affect later words.
        """
        words = text.split()
        tokens = [len(self._split(" ".join(words[: end + 1]))) for end in range(len(words))]
        ends = list(itertools.accumulate(tokens, max))
        return [bisect.bisect(ends, number) for number in range(tokens[-1] if words else 0)]

    def pieces(self, ids: Sequence[int]) -> list[str]:
        return [self.vocabulary.token(number) for number in ids]

    def split_prefix(self, text: str) -> tuple[list[int], str]:
        [ids] = self.encode([text])
        tokens = self._split(text)
        # After a space, or a character that torchtext drops, the word is complete.
        if not tokens or self._split(text[:-1]) == tokens or not self.completions(tokens[-1]):
            return ids, ""
        return ids[:-1], tokens[-1]

    def completions(self, begun: str) -> dict[int, str]:
        known = enumerate(self.vocabulary.tokens, len(SPECIAL_TOKENS))
        return {number: "" for number, token in known if token.startswith(begun)}

    def continuation_ids(self) -> frozenset[int]:
        return frozenset()  # punctuation can be joined to a word, but does not continue it

    def save(self, path: Path) -> None:
        content: dict[str, object] = {"normalization": self.normalization}
        if self.torchtext is not None:
            content["torchtext"] = self.torchtext
        content["vocabulary"] = self.vocabulary.to_json()
        write_json(path, content)

    @classmethod
    def load(cls, path: Path) -> Self:
        saved = read_json(path)
        normalization = field(saved, "normalization", str, path)
        if normalization not in NORMALIZATIONS:
            raise CheckpointError(f"{path}: unknown normalization {normalization!r}")
        torchtext = field(saved, "torchtext", str, path) if "torchtext" in saved else None
        vocabulary = Vocabulary.from_json(field(saved, "vocabulary", dict, path), path)
        try:
            return cls(vocabulary, normalization, torchtext)
        except ConfigError as error:
            raise CheckpointError(f"{path}: {error}") from None

    @classmethod
    def train(
        cls,
        lines: Iterable[str],
        config: TokenizerConfig,
        *,
        seed: int = 0,
        symbols: Sequence[str] = (),
    ) -> Self:
        split = _Splitter(config.normalization, config.torchtext)
        texts = itertools.chain(tuple(symbols) * config.min_count, lines)
        tokens = (token for text in texts for token in split(text))
        vocabulary = Vocabulary.build(tokens, size=config.vocab_size, min_count=config.min_count)
        if not vocabulary.tokens:
            raise DataError(
                f"no word to learn a vocabulary from (a word must occur {config.min_count} times)"
            )
        return cls(vocabulary, config.normalization, config.torchtext)


class _Splitter:
    """Callable that splits a text into tokens without spaces."""

    def __init__(self, normalization: str, torchtext: str | None) -> None:
        self._normalizer = sentencepiece.SentencePieceNormalizer(
            rule_name=normalization, add_dummy_prefix=False, escape_whitespaces=False
        )
        self._torchtext = torchtext
        if torchtext is not None:
            torchtext_tokenizer(torchtext)  # reports a missing package at once

    def __call__(self, text: str) -> list[str]:
        text = self._normalizer.normalize(one_line(text)).replace(_JOINER, _JOINER_TWIN)
        if self._torchtext is None:
            return _words_and_punctuation(text)
        # revtok keeps the spaces of the text in its tokens, and fails on two in a row. The function
        # is looked up each time, because not all of them can be sent to another process.
        text = " ".join(text.split())
        return " ".join(torchtext_tokenizer(self._torchtext)(text)).split() if text else []


def _words_and_punctuation(text: str) -> list[str]:
    tokens: list[str] = []
    end = -1
    for match in vocabulary_token().finditer(text):
        token = match[0]
        is_word = match.lastindex
        if match.start() == end:
            if is_word:  # the preceding token is punctuation, as two words never touch
                tokens[-1] += _JOINER
            else:
                token = _JOINER + token
        tokens.append(token)
        end = match.end()
    return tokens
