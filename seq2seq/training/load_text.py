"""What a run reads: the pairs of training and dev set, and the tokenizers, which are trained on the
former once."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from seq2seq.config.config import Config
from seq2seq.data.batches.epoch_text import InMemoryText, Part, TrainingText, Variation
from seq2seq.data.batches.streamed_text import StreamedPart, StreamedText
from seq2seq.data.corpus.corpus import Corpus
from seq2seq.data.corpus.directions import (
    dev_pairs,
    directions_of,
    target_languages,
    training_pairs,
    training_stream,
)
from seq2seq.data.tokenizers.pair import TokenizerPair
from seq2seq.model_directory.store import CONFIG
from seq2seq.runtime.atomic_file import atomic_write_text
from seq2seq.runtime.ranks import Ranks
from seq2seq.training.warm_start import load_tokenizers

log = logging.getLogger("seq2seq.training")


@dataclass(frozen=True)
class RunText:
    """The tokenizers, the dev pairs, and the training pairs of each direction: in memory, or to be
    streamed."""

    tokenizers: TokenizerPair
    dev: list[Part]
    train: list[Part] | list[StreamedPart]


def read_text(config: Config, output: Path, write: bool) -> RunText:
    """Read the pairs of training and dev set; train the tokenizers, or load those that there are
    already."""
    data = config.data
    directions = directions_of(data)
    there = (output / CONFIG).exists()
    train = (
        []
        if data.streaming and there
        else [training_pairs(data, direction) for direction in directions]
    )
    dev = [dev_pairs(data, direction) for direction in directions]
    if there:
        tokenizers = TokenizerPair.load(output)
    else:
        tokenizers = load_tokenizers(config) or _train_tokenizers(config, train)
        if write:
            tokenizers.save(output)
    # last: a directory with it has its tokenizers; a resumed run may be given some settings anew
    if write:
        atomic_write_text(config.to_yaml(), output / CONFIG)
    into = [direction.target if tokenizers.languages else "" for direction in directions]

    def parts(corpora: list[Corpus]) -> list[Part]:
        return [
            Part(pairs.sources(), pairs.targets(), to, direction.name)
            for direction, to, pairs in zip(directions, into, corpora, strict=True)
        ]

    if data.streaming:
        streamed = [
            StreamedPart(training_stream(data, d), to)
            for d, to in zip(directions, into, strict=True)
        ]
        return RunText(tokenizers, parts(dev), streamed)
    return RunText(tokenizers, parts(dev), parts(train))


def training_text(config: Config, text: RunText, ranks: Ranks) -> TrainingText:
    """The training pairs as ids: all of them, or block by block, of which each rank tokenizes its
    share."""
    data = config.data
    common: dict[str, Any] = {
        "max_tokens": data.max_tokens,
        "seed": config.training.seed,
        "variation": Variation(config.tokenizer.sampling, data.augment),
    }
    if not data.streaming:
        return InMemoryText(
            cast(list[Part], text.train), text.tokenizers, temperature=data.temperature, **common
        )
    return StreamedText(
        cast(list[StreamedPart], text.train),
        text.tokenizers,
        block_pairs=data.block_pairs,
        ranks=ranks,
        **common,
    )


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
        settings,
        seed=config.training.seed,
        languages=target_languages(config.data),
    )
