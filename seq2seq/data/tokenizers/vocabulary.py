"""Vocabulary of tokens and their ids, and the special ids that the whole toolkit shares.

SentencePiece has its own vocabulary, which is trained with the same special ids.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Self

from seq2seq.data.tokenizers.torchtext.vocabulary import torchtext_tokens
from seq2seq.errors import CheckpointError, ConfigError
from seq2seq.runtime.saved_file import field, read_json, write_json

PAD = 0
UNK = 1
BOS = 2
EOS = 3
"""Ids for padding, unknown tokens, and the beginning and end of a sentence."""

SPECIAL_TOKENS = ("<pad>", "<unk>", "<s>", "</s>")
"""Spellings of the special ids, in order."""

_FORMAT = 1
"""Version of the file format."""

_FOREIGN_SPECIAL_TOKENS = {"<bos>", "<eos>", "<sos>", "<PAD>", "<UNK>", "<BOS>", "<EOS>", "<SOS>"}
"""Spellings of special tokens in torchtext vocabularies."""


class Vocabulary:
    """Mapping between tokens and ids: the special tokens first, then ordinary ones in order.

    Special tokens cannot be looked up by their spelling: `<s>` in a text is an ordinary token. The
    length of a vocabulary includes the special tokens.

    Args:
        tokens: Ordinary tokens, without duplicates.

    Attributes:
        tokens: Ordinary tokens, in the order of their ids.
    """

    def __init__(self, tokens: Iterable[str]) -> None:
        self.tokens = tuple(tokens)
        self._ids = {
            token: number for number, token in enumerate(self.tokens, start=len(SPECIAL_TOKENS))
        }
        assert len(self._ids) == len(self.tokens), "a token occurs twice"

    @classmethod
    def build(cls, tokens: Iterable[str], *, size: int | None = None, min_count: int = 1) -> Self:
        """Build a vocabulary of the most frequent tokens; ties are in alphabetical order.

        Args:
            tokens: Tokens of a text, read once.
            size: Maximum number of tokens, special tokens included. If None, there is no limit.
            min_count: Minimum number of occurrences of a token.

        Returns:
            The vocabulary, with the most frequent token first.

        Raises:
            ConfigError: If `size` leaves no room for an ordinary token.
        """
        if size is not None and size <= len(SPECIAL_TOKENS):
            raise ConfigError(
                f"a vocabulary of {size} is too small: the minimum is {len(SPECIAL_TOKENS) + 1}"
            )
        counts = Counter(tokens)
        kept = sorted(
            (t for t, n in counts.items() if n >= min_count),
            key=lambda token: (-counts[token], token),
        )
        return cls(kept if size is None else kept[: size - len(SPECIAL_TOKENS)])

    @classmethod
    def from_torchtext(cls, vocabulary: object) -> Self:
        """Build a vocabulary from the words of a torchtext vocabulary, in the same order.

        Special tokens are left out. torchtext need not be installed. No code in a file is run.

        Args:
            vocabulary: Vocab of torchtext (0.6, or 0.12 and later), or the path of a file: a pickle
                from 0.6 or before, or a file that 0.12 or later saved with torch.save.

        Returns:
            The vocabulary.

        Raises:
            DataError: If it is not such a vocabulary, or cannot be read; the message names the
                file.
        """
        special = _FOREIGN_SPECIAL_TOKENS.union(SPECIAL_TOKENS)
        tokens = dict.fromkeys(torchtext_tokens(vocabulary))
        return cls(token for token in tokens if token not in special)

    def __len__(self) -> int:
        return len(SPECIAL_TOKENS) + len(self.tokens)

    def __contains__(self, token: object) -> bool:
        return token in self._ids

    def id(self, token: str) -> int:
        """Return the id of a token.

        Args:
            token: Spelling of an ordinary token.

        Returns:
            The id, or UNK if the vocabulary does not contain the token.
        """
        return self._ids.get(token, UNK)

    def token(self, number: int) -> str:
        """Return the token with this id.

        Args:
            number: Id from 0 to the length of the vocabulary, exclusive.

        Returns:
            The spelling of the token.
        """
        assert 0 <= number < len(self), f"id {number} outside a vocabulary of {len(self)}"
        if number < len(SPECIAL_TOKENS):
            return SPECIAL_TOKENS[number]
        return self.tokens[number - len(SPECIAL_TOKENS)]

    def to_json(self) -> dict[str, object]:
        """Return the vocabulary as JSON data, for `from_json`."""
        return {"format": _FORMAT, "size": len(self), "tokens": list(self.tokens)}

    @classmethod
    def from_json(cls, value: Mapping[str, object], path: Path) -> Self:
        """Build a vocabulary from JSON data.

        Args:
            value: Data returned by `to_json`.
            path: Path of the file with the data, for messages.

        Returns:
            The vocabulary.

        Raises:
            CheckpointError: If the data are damaged; the message names `path`.
        """
        if value.get("format") != _FORMAT:
            raise CheckpointError(f"{path}: not a vocabulary of format {_FORMAT}")
        found = field(value, "tokens", list, path)
        tokens = [token for token in found if isinstance(token, str)]
        if len(set(tokens)) != len(found):
            raise CheckpointError(
                f"{path}: the vocabulary contains a token twice, or one that is not text"
            )
        vocabulary = cls(tokens)
        if field(value, "size", int, path) != len(vocabulary):
            raise CheckpointError(
                f"{path}: {len(vocabulary)} tokens, but its 'size' says {value['size']}"
            )
        return vocabulary

    def save(self, path: Path) -> None:
        """Write the vocabulary as JSON, one token per line.

        Args:
            path: Path of the file.

        Raises:
            OSError: If the file cannot be written.
        """
        write_json(path, self.to_json())

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a saved vocabulary.

        Args:
            path: Path of a file written by `save`.

        Returns:
            The vocabulary.

        Raises:
            CheckpointError: If the file is missing or damaged; the message names it.
        """
        return cls.from_json(read_json(path), path)
