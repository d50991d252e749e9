"""Scores by groups of sentences, such as by their length."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple


class ScoreGroup(NamedTuple):
    """Scores of a group of sentences.

    Attributes:
        name: Name of the group.
        sentences: Number of sentences.
        scores: Score by the name of the metric, BLEU and chrF2 among them.
        interval: 95% bootstrap interval of BLEU.
    """

    name: str
    sentences: int
    scores: Mapping[str, float]
    interval: tuple[float, float]

    def to_json(self) -> dict[str, object]:
        """Return the group as a value for `json.dumps`."""
        return {
            "name": self.name,
            "sentences": self.sentences,
            "bleu": self.scores["BLEU"],
            "interval": list(self.interval),
            "chrf": self.scores["chrF2"],
            "scores": dict(self.scores),
        }


class Breakdown(NamedTuple):
    """Scores by groups of sentences.

    Attributes:
        by: What the set is grouped by, such as "length of the source in words".
        groups: Groups that together are the whole set.
    """

    by: str
    groups: Sequence[ScoreGroup]

    @property
    def table(self) -> list[tuple[str, ...]]:
        """Header and rows as text: group, sentences, BLEU with its interval, other metrics."""
        others = [name for name in self.groups[0].scores if name != "BLEU"]
        header = (self.by.capitalize(), "Sentences", "BLEU", "95% interval", *others)
        rows = [
            (
                group.name,
                f"{group.sentences:,}",
                f"{group.scores['BLEU']:.2f}",
                f"{group.interval[0]:.2f} to {group.interval[1]:.2f}",
                *(f"{group.scores[name]:.2f}" for name in others),
            )
            for group in self.groups
        ]
        return [header, *rows]
