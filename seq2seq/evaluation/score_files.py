"""Files with the scores of another metric, one number per sentence."""

from __future__ import annotations

import math
from collections.abc import Collection
from itertools import islice
from pathlib import Path

from seq2seq.data.corpus.lines import read_lines
from seq2seq.data.corpus.text_stream import open_text
from seq2seq.errors import ConfigError, DataError
from seq2seq.metrics.mean_metric import GivenScores
from seq2seq.metrics.statistics import SentenceStatistics


def read_scores(
    name: str, path: Path, count: int, *, higher_is_better: bool = True
) -> SentenceStatistics:
    """Read the scores of a system.

    Args:
        name: Name of the metric.
        path: File with a number per line.
        count: Number of sentences.
        higher_is_better: True if a better translation has a higher score.

    Returns:
        Statistics of the metric, whose score is the mean.

    Raises:
        DataError: The file cannot be read, a line is no number, or there is not one per sentence.
    """
    with open_text(str(path)) as stream:
        lines = [line.text for line in islice(read_lines(stream), count + 1)]
    if len(lines) != count:
        there = f"{len(lines):,}" if len(lines) < count else f"more than {count:,}"
        raise DataError(f"{path}: {there} lines, for {count:,} sentences")
    values = [_number(text, path, number) for number, text in enumerate(lines, start=1)]
    metric = GivenScores(name, values, f"file:{path.name}", higher_is_better=higher_is_better)
    return metric.counted()


def check_names(lower_is_better: Collection[str], scores: Collection[str]) -> None:
    """Raise ConfigError if a metric for which a lower score is better has no scores."""
    for name in lower_is_better:
        if name not in scores:
            raise ConfigError(f"--lower-is-better {name}: no --scores {name}=FILE is given")


def _number(text: str, path: Path, line: int) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise DataError(
            f"{path}, line {line:,}: {text[:40]!r} is no score; write a number per line"
        )
    return value
