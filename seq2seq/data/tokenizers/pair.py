"""Pair of tokenizers of a model: one for sources, one for targets.

The contract of a tokenizer is in `base`, the registry in `known_tokenizers`.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import itertools
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Self

from seq2seq.config.settings import TokenizerConfig
from seq2seq.data.tokenizers.base import SubwordSampling, Tokenizer
from seq2seq.data.tokenizers.known_tokenizers import TOKENIZERS
from seq2seq.data.tokenizers.saved_pair import SavedPair, load_pair, save_pair
from seq2seq.data.tokenizers.vocabulary import SPECIAL_TOKENS, UNK
from seq2seq.errors import ConfigError
from seq2seq.text_steps.case_marks import CASE_MARKS, mark_case
from seq2seq.text_steps.language_names import find_language
from seq2seq.text_steps.signs import with_capitals
from seq2seq.text_steps.steps import NO_STEPS, Prepared, TextSteps
from seq2seq.text_steps.word_maps import source_word_map

_BYTE = re.compile("<0x[0-9A-F]{2}>")

_ANY_WORD = "a"
"""Lowercase word that no mark is glued to, to encode what follows a word."""


@dataclasses.dataclass(frozen=True)
class TokenizerPair:
    """Source and target tokenizer of a model; the same object if the vocabulary is joint.

    In a model directory they are in `tokenizer/`: tokenizer.json (types and checksums), and the
    tokenizers' own files source.* and target.*, or joint.*. Nothing is unpickled.

    The pair also records the steps that a text goes through before its tokenizer and after it; they
    are part of tokenizer.json.

    With several target languages, a source begins with the tag of the language to translate into
    (Johnson et al. 2017). The ids of the tags follow those of the tokenizer; no text yields them.

    Attributes:
        source: Tokenizer for source texts.
        target: Tokenizer for target texts.
        languages: Target languages, if there are several.
        steps: Steps before and after the tokenizers.
    """

    source: Tokenizer
    target: Tokenizer
    languages: tuple[str, ...] = ()
    steps: TextSteps = NO_STEPS

    @property
    def joint(self) -> bool:
        """True if both sides share one vocabulary."""
        return self.source is self.target

    @property
    def source_size(self) -> int:
        """Number of source ids, tags included."""
        return self.source.vocab_size + len(self.languages)

    @property
    def target_size(self) -> int:
        """Number of target ids. A joint vocabulary includes the tags, which are never output."""
        return self.target.vocab_size + (len(self.languages) if self.joint else 0)

    @property
    def tags(self) -> int:
        """Number of tags before a source: 1 with several target languages, otherwise 0."""
        return 1 if self.languages else 0

    def encode_sources(
        self, texts: Sequence[str], *, to: Sequence[str], sampling: SubwordSampling | None = None
    ) -> list[list[int]]:
        """Return the ids of sources, each after the tag of its target language.

        Args:
            texts: N source texts.
            to: N target languages; "" if the model has only one.
            sampling: Subword regularization, for training.

        Returns:
            N rows of ids; the row of a blank text is [], without a tag.

        Raises:
            ConfigError: If the model does not have a target language, or one must be named.
        """
        ids = self.source.encode(texts, sampling=sampling)
        return [
            [*self.tag(language), *row] if row else []
            for language, row in zip(to, ids, strict=True)
        ]

    def encode_pairs(
        self,
        sources: Sequence[str],
        targets: Sequence[str],
        *,
        to: Sequence[str],
        samplings: Sequence[SubwordSampling | None] = (None, None),
    ) -> tuple[list[list[int]], list[list[int]]]:
        """Return the ids of training pairs, after the text steps.

        Args:
            sources: N source texts.
            targets: Their N translations.
            to: N target languages; "" if the model has only one.
            samplings: Subword regularization of the sources, and of the targets.

        Returns:
            N rows of ids of the sources, and N rows of the targets.

        Raises:
            ConfigError: As for `encode_sources`.
        """
        pairs = [
            self.steps.training_pair(source, target, places=self.places)
            for source, target in zip(sources, targets, strict=True)
        ]
        of_source, of_target = samplings
        return (
            self.encode_sources([source for source, _ in pairs], to=to, sampling=of_source),
            self.target.encode([target for _, target in pairs], sampling=of_target),
        )

    @functools.cached_property
    def source_characters(self) -> frozenset[str]:
        """Characters of the source vocabulary; with case marks, the capitals of its letters too."""
        pieces = self.source.pieces(range(len(SPECIAL_TOKENS), self.source.vocab_size))
        known = frozenset("".join(piece for piece in pieces if not _BYTE.fullmatch(piece)))
        return with_capitals(known) if self.steps.case_marks else known

    @functools.cached_property
    def unknown_pieces(self) -> frozenset[int]:
        """Ids that sources have where the vocabulary fails: bytes and the unknown token."""
        return _unknown(self.source)

    @functools.cached_property
    def unknown_target_pieces(self) -> frozenset[int]:
        """Ids that targets have where the vocabulary fails."""
        return _unknown(self.target)

    def encode_phrases(self, phrases: Sequence[str]) -> list[list[int]]:
        """Return the ids of phrases inside a target text, for terms and forbidden phrases.

        Args:
            phrases: N words or phrases, as typed.

        Returns:
            N rows of ids.
        """
        texts = [self.steps.inside(phrase) for phrase in phrases]
        if not self.steps.case_marks:
            return self.target.encode_mid_sentence(texts)
        # A mark before the phrase belongs to the word before it.
        [word] = self.target.encode([_ANY_WORD])
        rows = self.target.encode([_ANY_WORD + text for text in texts])
        return [row[len(word) :] for row in rows]

    @functools.cached_property
    def places(self) -> str:
        """Placeholders of protected items that both vocabularies have."""
        symbols = self.steps.symbols
        target = self.target.pieces(range(len(SPECIAL_TOKENS), self.target.vocab_size))
        known = self.source_characters.intersection("".join(target))
        return "".join(symbol for symbol in symbols if symbol in known)

    def prepare(self, text: str, *, keep_marks: bool = False) -> Prepared:
        """Prepare a source text for `encode_sources`; see `TextSteps.source`."""
        return self.steps.source(
            text, known=self.source_characters, places=self.places, keep_marks=keep_marks
        )

    def prepare_pair(self, source: str, target: str) -> tuple[str, str]:
        """Prepare a source and a translation to score; see `TextSteps.pair_to_score`."""
        return self.steps.pair_to_score(
            source, target, known=self.source_characters, places=self.places
        )

    def source_word_map(self, text: str) -> list[int]:
        """Return for each word of a prepared text its word in `text`; see `word_maps`."""
        prepared = self.prepare(text)
        words = source_word_map(
            prepared.marks.text,
            known=self.source_characters,
            places=self.places,
            protects=self.steps.protect,
        )
        before = prepared.marks.dropped_words
        words = [before + word for word in words[prepared.quotes.dropped_words :]]
        opening_mark = prepared.text[:1] in tuple(CASE_MARKS)
        return [words[0], *words] if opening_mark else words

    def prepare_raw(self, text: str) -> Prepared:
        """Prepare a source text that is to reach the model as it is, but for case marks."""
        return Prepared(mark_case(text) if self.steps.case_marks else text)

    def prepare_raw_pair(self, source: str, target: str) -> tuple[str, str]:
        """Prepare a source and a translation to score as they are, but for case marks."""
        return TextSteps(case_marks=self.steps.case_marks).training_pair(source, target)

    def tag(self, language: str) -> list[int]:
        """Return the tag of a target language, as ids to put before a source.

        Args:
            language: Target language as for `target_language`.

        Returns:
            One id, or [] if the model has only one target language.

        Raises:
            ConfigError: If there is no such language, or if it is "" with several languages.
        """
        found = self.target_language(language)
        return [self.source.vocab_size + self.languages.index(found)] if found else []

    def target_language(self, name: str) -> str:
        """Return one of `languages` by its name.

        Args:
            name: One of `languages`, or a code or name of the same language, such as "EN" or
                "English" for "en"; "" if the model has only one target language.

        Returns:
            The language as it is spelled in `languages`; "" if the model has only one.

        Raises:
            ConfigError: If there is no such language, or if it is "" with several languages.
        """
        if not self.languages and not name:
            return ""
        found = find_language(name, among=self.languages)
        if found is None:
            raise ConfigError(self._wrong_language(name))
        return found

    def _wrong_language(self, language: str) -> str:
        known = ", ".join(self.languages)
        if not self.languages:
            return (
                "this model has one target language: leave out the language to translate into "
                f"({language!r})"
            )
        if not language:
            return f"this model translates into several languages: say into which ({known})"
        return f"this model does not translate into {language!r}; it knows {known}"

    def fingerprint(self) -> str:
        """Return a short digest of both vocabularies, the tags and the text steps."""
        return self._fingerprint

    @functools.cached_property
    def _fingerprint(self) -> str:
        digest = hashlib.blake2b("\0".join(self.languages).encode(), digest_size=8)
        for tokenizer in (self.source, self.target):
            digest.update(
                "\0".join(tokenizer.pieces(range(tokenizer.vocab_size))).encode(
                    "utf-8", "surrogateescape"
                )
            )
        if self.steps != NO_STEPS:
            digest.update(repr(self.steps).encode())
        return digest.hexdigest()

    @classmethod
    def train(
        cls,
        sources: Iterable[str],
        targets: Iterable[str],
        config: TokenizerConfig,
        *,
        seed: int = 0,
        languages: Sequence[str] = (),
        steps: TextSteps = NO_STEPS,
        symbols: Sequence[str] = (),
    ) -> Self:
        """Learn the vocabularies of both sides, or a joint one.

        Args:
            sources: Source texts after the text steps, read once, before the targets.
            targets: Target texts after the text steps, read once.
            config: Settings of the tokenizers. `target_type`, `target_vocab_size` and
                `target_torchtext`, if given, take the place of `type`, `vocab_size` and `torchtext`
                on the target side.
            seed: Random seed for choosing the lines to learn from, if there are too many.
            languages: Target languages, if there are several.
            steps: Text steps that the texts have gone through.
            symbols: Characters that are always tokens of their own.

        Returns:
            The pair of tokenizers.

        Raises:
            ConfigError: If there is no such type, or its settings do not suit the texts.
            DataError: If a side has no text.
        """
        kind = TOKENIZERS[config.type]
        if config.joint:
            texts = itertools.chain(sources, targets)
            both = kind.train(texts, config, seed=seed, symbols=symbols)
            return cls(both, both, tuple(languages), steps)
        source = kind.train(sources, config, seed=seed, symbols=symbols)
        other = _of_target(config)
        target = TOKENIZERS[other.type].train(targets, other, seed=seed, symbols=symbols)
        return cls(source, target, tuple(languages), steps)

    def save(self, directory: Path) -> None:
        """Write both tokenizers to `directory`/tokenizer.

        Args:
            directory: Model directory.

        Raises:
            StorageError: If a file cannot be written.
        """
        save_pair(SavedPair(self.source, self.target, self.languages, self.steps), directory)

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Read both tokenizers from `directory`/tokenizer.

        Args:
            directory: Model directory.

        Returns:
            A pair of tokenizers that give the same ids as the saved ones.

        Raises:
            CheckpointError: If a file is missing, damaged or from another model; the message names
                it.
        """
        return cls(*load_pair(directory))


def _unknown(tokenizer: Tokenizer) -> frozenset[int]:
    pieces = tokenizer.pieces(range(tokenizer.vocab_size))
    return frozenset([UNK, *(i for i, piece in enumerate(pieces) if _BYTE.fullmatch(piece))])


def _of_target(config: TokenizerConfig) -> TokenizerConfig:
    """Return the settings of the target side, for a tokenizer of its own."""
    return config.model_copy(
        update={
            "type": config.target_type or config.type,
            "vocab_size": config.target_vocab_size or config.vocab_size,
            "torchtext": config.target_torchtext or config.torchtext,
        }
    )
