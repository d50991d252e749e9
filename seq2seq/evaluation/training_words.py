"""Word counts of a model's training text, which tell how rare the words of a test set are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from seq2seq.config.config import Config
from seq2seq.data.corpus.corpus import is_local, read_places
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
    def count(cls, config: Config, source: str | None, target: str | None) -> TrainingWords:
        """Count the words of the training text that a configuration names.

        The text need not be where the model is; then what needs it is left out of a report.
        """
        data = config.data
        places = [data.train] if isinstance(data.train, str) else data.train
        if not all(map(is_local, places)):
            return cls({}, ["scores by rare words: the training text is not in local files"])
        source_column = source if data.directions else data.source
        target_column = target if data.directions else data.target
        limit = min(data.sample_pairs, data.train_pairs or data.sample_pairs)
        counts = Counter[str]()
        pairs = 0
        try:
            tables = read_places(data.train, source=source_column, target=target_column)
            for table in tables:
                counts.update(count_words(table["source"].to_pylist()))
                pairs += len(table)
                if pairs >= limit:
                    break
        except DataError as error:
            reason = f"scores by rare words, as the training text cannot be read: {error}"
            return cls({}, [reason])
        return cls(counts)
