"""Vocabulary: tokens and their ids, and the special ids that the whole toolkit shares.

SentencePiece has a vocabulary of its own, which is trained with the same special ids.
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
"""Ids of padding, unknown tokens, and the beginning and end of a sentence."""

SPECIAL_TOKENS = ("<pad>", "<unk>", "<s>", "</s>")
"""Spellings of the special ids, in their order."""

_FORMAT = 1
"""Version of the file."""

_FOREIGN_SPECIAL_TOKENS = {"<bos>", "<eos>", "<sos>", "<PAD>", "<UNK>", "<BOS>", "<EOS>", "<SOS>"}
"""Spellings that vocabularies of torchtext use for special tokens."""


class Vocabulary:
    """Special tokens, then ordinary ones in the order given.

    Special tokens cannot be looked up by their spelling: "<s>" in a text is an ordinary token.

    Attributes:
        tokens: the ordinary tokens.
    """

    def __init__(self, tokens: Iterable[str]) -> None:
        self.tokens = tuple(tokens)
        self._ids = {
            token: number for number, token in enumerate(self.tokens, start=len(SPECIAL_TOKENS))
        }
        assert len(self._ids) == len(self.tokens), "a token occurs twice"

    @classmethod
    def build(cls, tokens: Iterable[str], *, size: int | None = None, min_count: int = 1) -> Self:
        """Keep the most frequent tokens; ties are in alphabetical order.

        Args:
            tokens: the tokens of a text, read once.
            size: maximum number of tokens, special ones included; None sets no limit.
            min_count: minimum number of occurrences of a token.

        Raises:
            ConfigError: `size` leaves no room for an ordinary token.
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
        """Take the words of a torchtext vocabulary, in their order, without its special tokens.

        torchtext is not needed. Nothing else in a file is read or run.

        Args:
            vocabulary: torchtext's Vocab, of 0.6 or of 0.12 and later; or the path of a file: what
                0.12 and later saved with torch.save, or a pickle of 0.6 and before.

        Raises:
            DataError: it is no such vocabulary, or cannot be read; the message names the file.
        """
        special = _FOREIGN_SPECIAL_TOKENS.union(SPECIAL_TOKENS)
        tokens = dict.fromkeys(torchtext_tokens(vocabulary))
        return cls(token for token in tokens if token not in special)

    def __len__(self) -> int:
        return len(SPECIAL_TOKENS) + len(self.tokens)

    def __contains__(self, token: object) -> bool:
        return token in self._ids

    def id(self, token: str) -> int:
        """Return the token's id, or UNK."""
        return self._ids.get(token, UNK)

    def token(self, number: int) -> str:
        """Return the token with this id."""
        assert 0 <= number < len(self), f"id {number} outside a vocabulary of {len(self)}"
        if number < len(SPECIAL_TOKENS):
            return SPECIAL_TOKENS[number]
        return self.tokens[number - len(SPECIAL_TOKENS)]

    def to_json(self) -> dict[str, object]:
        """Return what `from_json` reads."""
        return {"format": _FORMAT, "size": len(self), "tokens": list(self.tokens)}

    @classmethod
    def from_json(cls, value: Mapping[str, object], path: Path) -> Self:
        """Return the vocabulary that `to_json` described.

        Args:
            value: what `to_json` returned.
            path: the file that it comes from, for messages.

        Raises:
            CheckpointError: it is damaged; the message names `path`.
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
        """Write JSON, one token per line."""
        write_json(path, self.to_json())

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` wrote.

        Raises:
            CheckpointError: the file is missing or damaged; the message names it.
        """
        return cls.from_json(read_json(path), path)
