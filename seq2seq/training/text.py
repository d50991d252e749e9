"""What a run reads: the pairs of training and dev set, and the tokenizers, which are trained on the former once."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from seq2seq.checkpoint import CONFIG
from seq2seq.config import Config
from seq2seq.corpora import dev_pairs, directions_of, target_languages, training_pairs
from seq2seq.data.corpus import Corpus
from seq2seq.data.stream import Part
from seq2seq.data.tokenizer import TokenizerPair
from seq2seq.training.starting_point import its_tokenizers
from seq2seq.whole_file import save_text

log = logging.getLogger("seq2seq.training")


def read_text(config: Config, output: Path, write: bool) -> tuple[list[Part], list[Part], TokenizerPair]:
    """Read the pairs of training and dev set; train the tokenizers, or load those that there are already."""
    directions = directions_of(config.data)
    train = [training_pairs(config.data, direction) for direction in directions]
    dev = [dev_pairs(config.data, direction) for direction in directions]
    if (output / CONFIG).exists():
        tokenizers = TokenizerPair.load(output)
    else:
        tokenizers = its_tokenizers(config) or _train_tokenizers(config, train)
        if write:
            tokenizers.save(output)
    if write:  # last: a directory with it has its tokenizers; a resumed run may be given some settings anew
        save_text(config.to_yaml(), output / CONFIG)

    def parts(corpora: list[Corpus]) -> list[Part]:
        return [
            Part(pairs.sources(), pairs.targets(), direction.target if tokenizers.languages else "", direction.name)
            for direction, pairs in zip(directions, corpora, strict=True)
        ]

    return parts(train), parts(dev), tokenizers


def _train_tokenizers(config: Config, corpora: Sequence[Corpus]) -> TokenizerPair:
    settings = config.tokenizer
    log.info("training the %s tokenizer%s", settings.type, "" if settings.joint else "s")
    sources = [text for pairs in corpora for text in pairs.sources()]
    targets = [text for pairs in corpora for text in pairs.targets()]
    if len(corpora) > 1:  # a text counts once, in however many directions it is
        sources, targets = list(dict.fromkeys(sources)), list(dict.fromkeys(targets))
    return TokenizerPair.train(
        sources,
        targets,
        type=settings.type,
        vocab_size=settings.vocab_size,
        target_vocab_size=settings.target_vocab_size,
        joint=settings.joint,
        byte_fallback=settings.byte_fallback,
        character_coverage=settings.character_coverage,
        normalization=settings.normalization,
        min_count=settings.min_count,
        torchtext=settings.torchtext,
        target_torchtext=settings.target_torchtext,
        seed=config.training.seed,
        languages=target_languages(config.data),
    )
