"""Word counts of a model's training text, which tell how rare the words of a test set are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from seq2seq.config.settings import DataConfig
from seq2seq.data.corpus.corpus import read_places
from seq2seq.data.corpus.readers import TextOptions
from seq2seq.errors import DataError
from seq2seq.metrics.groups import count_words


@dataclass(frozen=True)
class TrainingWords:
    """Words of the training text.

    Attributes:
        counts: How often each source word occurs in the first `sample_pairs` pairs; empty if the
            text cannot be read.
        notes: Why it cannot be read.
    """

    counts: Mapping[str, int]
    notes: Sequence[str] = ()

    @classmethod
    def count(cls, text: str | None, data: DataConfig, source: str | None) -> TrainingWords:
        """Count the words of a training text.

        Args:
            text: The text, or None. It is not the one that a configuration names, since a model
                from a stranger may name any file.
            data: Settings of the model's data: source column, and number of pairs to read.
            source: Source column for a model of several languages.

        Returns:
            The counts. What needs them is left out of a report if there are none.
        """
        if text is None:
            return cls({}, ["scores by rare words need the training text (--training-text)"])
        limit = min(data.sample_pairs, data.train_pairs or data.sample_pairs)
        counts = Counter[str]()
        pairs = 0
        column = source if data.directions else data.source
        target = None if data.directions else data.target
        options = TextOptions(
            data.encoding or "", "replace", data.source_language, data.target_language
        )
        try:
            for table in read_places(text, source=column, target=target, options=options):
                counts.update(count_words(table["source"].to_pylist()))
                pairs += len(table)
                if pairs >= limit:
                    break
        except DataError as error:
            reason = f"scores by rare words, as the training text cannot be read: {error}"
            return cls({}, [reason])
        return cls(counts)
