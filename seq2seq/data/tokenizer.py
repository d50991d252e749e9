"""The tokenizers by name, and the pair of them that a model owns: one for its sources, one for its targets.

It does not know how any of them cuts text (see `tokenizer_contract` for what they promise), nor what else lies in a
model directory.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from seq2seq.data.saved_file import field, read_bytes, read_json, write_json
from seq2seq.data.sentencepiece_tokenizer import BPETokenizer, CharTokenizer, UnigramTokenizer
from seq2seq.data.tokenizer_contract import NORMALIZATIONS, Sampling, Tokenizer
from seq2seq.data.word_tokenizer import WordTokenizer
from seq2seq.errors import CheckpointError, ConfigError
from seq2seq.registry import Registry
from seq2seq.whole_file import replace_whole

__all__ = ["NORMALIZATIONS", "TOKENIZERS", "Sampling", "Tokenizer", "TokenizerPair"]

TOKENIZERS = Registry[type[Tokenizer]]("tokenizer")
TOKENIZERS.register("bpe")(BPETokenizer)
TOKENIZERS.register("unigram")(UnigramTokenizer)
TOKENIZERS.register("char")(CharTokenizer)
TOKENIZERS.register("word")(WordTokenizer)

_FORMAT = 1


@dataclass(frozen=True)
class TokenizerPair:
    """A source and a target tokenizer, which may be one object.

    In a model directory they lie in `tokenizer/`: tokenizer.json (types and checksums), and source.*, target.* or
    joint.* as each tokenizer writes itself. Nothing is unpickled.
    """

    source: Tokenizer
    target: Tokenizer

    @property
    def joint(self) -> bool:
        """Whether both languages share one vocabulary."""
        return self.source is self.target

    def fingerprint(self) -> str:
        """A short digest of both vocabularies, token by token: equal for equal ones."""
        digest = hashlib.blake2b(digest_size=8)
        for tokenizer in (self.source, self.target):
            digest.update("\0".join(tokenizer.pieces(range(tokenizer.vocab_size))).encode("utf-8", "surrogateescape"))
        return digest.hexdigest()

    @classmethod
    def train(
        cls,
        sources: Iterable[str],
        targets: Iterable[str],
        *,
        type: str = "bpe",
        vocab_size: int = 8000,
        target_vocab_size: int | None = None,
        joint: bool = False,
        normalization: str = "nmt_nfkc",
        byte_fallback: bool = True,
        character_coverage: float = 1.0,
        min_count: int = 1,
        seed: int = 0,
    ) -> Self:
        """Learn both vocabularies; see `Tokenizer.train`. Each side is read once, the sources first.

        `target_vocab_size` is `vocab_size` unless given, and cannot differ from it for a joint vocabulary.
        """
        target_size = vocab_size if target_vocab_size is None else target_vocab_size
        if joint and target_size != vocab_size:
            raise ConfigError(f"a joint vocabulary has one size, not {vocab_size} and {target_size}")
        kind = TOKENIZERS[type]

        def learn(lines: Iterable[str], size: int) -> Tokenizer:
            return kind.train(
                lines,
                vocab_size=size,
                normalization=normalization,
                byte_fallback=byte_fallback,
                character_coverage=character_coverage,
                min_count=min_count,
                seed=seed,
            )

        if joint:
            both = learn(itertools.chain(sources, targets), vocab_size)
            return cls(both, both)
        return cls(learn(sources, vocab_size), learn(targets, target_size))

    def save(self, directory: Path) -> None:
        """Write `directory`/tokenizer."""
        folder = directory / "tokenizer"
        folder.mkdir(parents=True, exist_ok=True)
        parts = {"joint": self.source} if self.joint else {"source": self.source, "target": self.target}
        entries: dict[str, object] = {}
        for role, tokenizer in parts.items():
            path = folder / f"{role}.{tokenizer.suffix}"
            replace_whole(path, tokenizer.save)
            entries[role] = {"type": _name(tokenizer), "sha256": _checksum(path)}
        index = {"format": _FORMAT, "joint": self.joint, "tokenizers": entries}
        replace_whole(folder / "tokenizer.json", lambda path: write_json(path, index))

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Read `directory`/tokenizer; raise CheckpointError naming the file that is missing or damaged."""
        index = directory / "tokenizer" / "tokenizer.json"
        saved = read_json(index)
        if saved.get("format") != _FORMAT:
            raise CheckpointError(f"{index}: format {saved.get('format')!r}, but this version reads {_FORMAT}")
        entries = field(saved, "tokenizers", dict, index)
        if field(saved, "joint", bool, index):
            both = _load_part(index, "joint", field(entries, "joint", dict, index))
            return cls(both, both)
        source, target = (_load_part(index, role, field(entries, role, dict, index)) for role in ("source", "target"))
        return cls(source, target)


def _load_part(index: Path, role: str, entry: dict[str, object]) -> Tokenizer:
    name = field(entry, "type", str, index)
    if name not in TOKENIZERS:
        raise CheckpointError(f"{index}: unknown tokenizer {name!r}; there are: {', '.join(TOKENIZERS)}")
    path = index.with_name(f"{role}.{TOKENIZERS[name].suffix}")
    # Another model's file with as many tokens would load, and translate into nonsense.
    if _checksum(path) != field(entry, "sha256", str, index):
        raise CheckpointError(f"{path}: truncated, changed, or of another model: it does not match {index.name}")
    return TOKENIZERS[name].load(path)


def _checksum(path: Path) -> str:
    return hashlib.sha256(read_bytes(path)).hexdigest()


def _name(tokenizer: Tokenizer) -> str:
    return next(name for name, kind in TOKENIZERS.items() if kind is type(tokenizer))
