"""Text of a run: training and dev pairs, and the tokenizers trained on them."""

from __future__ import annotations

import itertools
import logging
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from seq2seq.config.config import Config
from seq2seq.data.batches.epoch_text import InMemoryText, Part, TrainingText, Variation
from seq2seq.data.batches.streamed_text import StreamedPart, StreamedText
from seq2seq.data.corpus.corpus import Corpus
from seq2seq.data.corpus.directions import (
    Direction,
    dev_pairs,
    directions_of,
    target_languages,
    training_pairs,
    training_stream,
)
from seq2seq.data.tokenizers.pair import TokenizerPair
from seq2seq.model_directory.manifest import sealing
from seq2seq.model_directory.names import CONFIG
from seq2seq.runtime.atomic_file import atomic_write_text
from seq2seq.runtime.ranks import Ranks
from seq2seq.text_steps.steps import TextSteps
from seq2seq.training.text_warnings import warn_of_leaks, warn_of_unknown_words
from seq2seq.training.warm_start import load_tokenizers

log = logging.getLogger("seq2seq.training")

MIN_OCCURRENCES = 10
"""Number of occurrences from which a case mark or placeholder is a token."""


@dataclass(frozen=True)
class RunText:
    """Tokenizers, dev pairs and training pairs, which are in memory or streamed."""

    tokenizers: TokenizerPair
    dev: list[Part]
    train: list[Part] | list[StreamedPart]


def read_text(config: Config, *, output: Path, write: bool) -> RunText:
    """Read the training and dev pairs, and load or train the tokenizers of the run.

    Args:
        config: Settings of the run.
        output: Run directory.
        write: Save the tokenizers and the configuration in the run directory.

    Raises:
        DataError: If the text or a tokenizer cannot be read.
        CheckpointError: If the tokenizers to load are missing or damaged.
    """
    data = config.data
    directions = directions_of(data)
    has_tokenizers = (output / CONFIG).exists()
    train: list[Corpus] = []
    if not (data.streaming and has_tokenizers):
        train = [training_pairs(data, direction) for direction in directions]
    dev = [dev_pairs(data, direction) for direction in directions]
    for pairs, held_out in zip(train, dev, strict=False):  # streamed text is not in memory
        warn_of_leaks(pairs, held_out)
    tokenizers = save_settings(
        config,
        output=output,
        write=write,
        train=lambda: load_tokenizers(config) or _train_tokenizers(config, train),
    )
    dev_parts = _parts(dev, directions, tokenizers)
    if data.streaming:
        streams = [
            StreamedPart(training_stream(data, direction), _target_tag(direction, tokenizers))
            for direction in directions
        ]
        return RunText(tokenizers, dev_parts, streams)
    parts = _parts(train, directions, tokenizers)
    for part in parts:
        warn_of_unknown_words(tokenizers, part.sources, part.targets, to=part.to)
    return RunText(tokenizers, dev_parts, parts)


def save_settings(
    config: Config, *, output: Path, write: bool, train: Callable[[], TokenizerPair]
) -> TokenizerPair:
    """Return the tokenizers of a run, and write them and the configuration if asked to.

    Args:
        config: Settings of the run.
        output: Run directory. If it has tokenizers, they are loaded.
        write: Save the tokenizers and the configuration.
        train: Makes the tokenizers of a new run.
    """
    if (output / CONFIG).exists():
        tokenizers = TokenizerPair.load(output)
    else:
        tokenizers = train()
        if write:
            tokenizers.save(output)
    # The configuration is written last: a directory that has one also has the tokenizers. It is
    # written on resume too, because some settings may have changed.
    if write:
        with sealing(output, CONFIG):
            atomic_write_text(config.to_yaml(), output / CONFIG)
    return tokenizers


def training_text(config: Config, *, text: RunText, ranks: Ranks) -> TrainingText:
    """Return the training pairs as token ids, all at once or block by block.

    In a block, each rank tokenizes only its own part.
    """
    data = config.data
    variation = Variation(config.tokenizer.sampling, data.augment)
    if data.streaming:
        return StreamedText(
            cast(list[StreamedPart], text.train),
            text.tokenizers,
            max_tokens=data.max_tokens,
            seed=config.training.seed,
            variation=variation,
            block_pairs=data.block_pairs,
            ranks=ranks,
        )
    return InMemoryText(
        cast(list[Part], text.train),
        text.tokenizers,
        max_tokens=data.max_tokens,
        seed=config.training.seed,
        variation=variation,
        temperature=data.temperature,
    )


def _parts(
    corpora: Sequence[Corpus], directions: Sequence[Direction], tokenizers: TokenizerPair
) -> list[Part]:
    """Return the pairs of each direction."""
    return [
        Part(pairs.sources(), pairs.targets(), _target_tag(direction, tokenizers), direction.name)
        for direction, pairs in zip(directions, corpora, strict=True)
    ]


def _target_tag(direction: Direction, tokenizers: TokenizerPair) -> str:
    """Return the language that sources are tagged with, or "" for a model with one direction."""
    return direction.target if tokenizers.languages else ""


def _train_tokenizers(config: Config, corpora: Sequence[Corpus]) -> TokenizerPair:
    settings = config.tokenizer
    log.info("training the %s tokenizer%s", settings.type, "" if settings.joint else "s")
    steps = TextSteps(**config.text.model_dump())
    prepared = [
        steps.training_pair(source, target)
        for pairs in corpora
        for source, target in zip(pairs.sources(), pairs.targets(), strict=True)
    ]
    sources = [source for source, _ in prepared]
    targets = [target for _, target in prepared]
    if len(corpora) > 1:  # a sentence counts once, however many directions share it
        sources = list(dict.fromkeys(sources))
        targets = list(dict.fromkeys(targets))
    return TokenizerPair.train(
        sources,
        targets,
        settings,
        seed=config.training.seed,
        languages=target_languages(config.data),
        steps=steps,
        symbols=frequent_symbols(steps.symbols, itertools.chain(sources, targets)),
    )


def text_tokenizers(config: Config, texts: Sequence[str]) -> TokenizerPair:
    """Return the tokenizers of a model of texts without sources, which has one vocabulary.

    Args:
        config: Settings of the run. If it starts from a model, that model has the tokenizers.
        texts: Training texts.
    """
    if (loaded := load_tokenizers(config)) is not None:
        return loaded
    log.info("training the %s tokenizer", config.tokenizer.type)
    steps = TextSteps(**config.text.model_dump())
    prepared = [steps.target(text) for text in texts]
    return TokenizerPair.train(
        prepared,
        [],
        config.tokenizer.model_copy(update={"joint": True}),
        seed=config.training.seed,
        steps=steps,
        symbols=frequent_symbols(steps.symbols, prepared),
    )


def frequent_symbols(symbols: Sequence[str], texts: Iterable[str]) -> list[str]:
    """Return the symbols that occur often enough to be learned."""
    if not symbols:
        return []
    pattern = re.compile(f"[{''.join(symbols)}]")
    counts = Counter(symbol for text in texts for symbol in pattern.findall(text))
    return [symbol for symbol in symbols if counts[symbol] >= MIN_OCCURRENCES]
