"""Choice of `decoding.split_sentences` from the training text."""

from __future__ import annotations

import logging

from seq2seq.config.config import Config
from seq2seq.data.corpus.corpus import Corpus
from seq2seq.data.corpus.directions import Direction, directions_of, training_stream
from seq2seq.data.corpus.pair_stream import first_rows
from seq2seq.text_steps.sentences import split_sentences

log = logging.getLogger("seq2seq.training")

SAMPLE = 5_000
"""Number of training pairs per direction that are looked at."""

MAX_FRACTION = 0.2
"""Maximum fraction of sources with several sentences for which texts are split."""


def choose_splitting(config: Config) -> Config:
    """Return the configuration with `decoding.split_sentences` set, if it was null.

    A model that was trained on single sentences translates several at once badly, and one that was
    trained on paragraphs can use what the sentences before say.

    Raises:
        DataError: If the training text cannot be read.
    """
    if config.decoding.split_sentences is not None:
        return config
    several = [
        sum(bool(sentence.strip()) for sentence, _ in split_sentences(source)) > 1
        for direction in directions_of(config.data)
        for source in _first_sources(config, direction)
    ]
    fraction = sum(several) / max(1, len(several))
    splits = fraction <= MAX_FRACTION
    log.info(
        "%.0f%% of the training sources hold several sentences; split_sentences: %s",
        100 * fraction,
        str(splits).lower(),
    )
    decoding = config.decoding.model_copy(update={"split_sentences": splits})
    return config.model_copy(update={"decoding": decoding})


def _first_sources(config: Config, direction: Direction) -> list[str]:
    stream = training_stream(config.data, direction)
    return Corpus.from_tables(first_rows(stream.read(), SAMPLE), name=stream.name).sources()
