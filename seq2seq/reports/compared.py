"""Compared systems and their scores, as plain data and as rows of tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Any

from seq2seq.metrics.significance import MAX_P_VALUE, Comparison

SIGNS = {"better": "*", "worse": "†"}
"""Sign after the score of a system that differs clearly from the baseline."""

TEST_COLUMNS = (
    "System",
    "Metric",
    "Difference",
    "Verdict",
    "p, paired bootstrap",
    "corrected p",
    "p, approximate randomization",
    "corrected p",
)
"""Header of a table of tests."""


@dataclass(frozen=True)
class ComparedSystem:
    """A system of a comparison.

    Attributes:
        name: Name in the table.
        places: Model directory or file of translations of each seed.
        seeds: Seed of each training, None where it is not known.
    """

    name: str
    places: Sequence[str]
    seeds: Sequence[int | None]


@dataclass(frozen=True)
class ComparedScore:
    """Score of a system on a test set by one metric, compared with the baseline.

    Attributes:
        data: Name of the test set.
        system: Name of the system.
        metric: Name of the metric.
        values: Score of each seed.
        interval: 95% bootstrap interval of a system with one seed, else None.
        signature: All that is needed to reproduce the scores.
        higher_is_better: True if a better system has a higher score.
        comparison: Mean scores of the system and the baseline, with p of both tests; None for the
            baseline itself.
        p_bootstrap: p of paired bootstrap resampling by Holm's correction.
        p_randomisation: p of approximate randomization by Holm's correction.
    """

    data: str
    system: str
    metric: str
    values: Sequence[float]
    interval: tuple[float, float] | None
    signature: str
    higher_is_better: bool
    comparison: Comparison | None = None
    p_bootstrap: float | None = None
    p_randomisation: float | None = None

    @property
    def mean(self) -> float:
        """Mean over the seeds."""
        return fmean(self.values)

    @property
    def deviation(self) -> float | None:
        """Standard deviation over the seeds; None for one seed."""
        return stdev(self.values) if len(self.values) > 1 else None

    @property
    def p(self) -> float | None:
        """Higher of both corrected p; None for the baseline."""
        if self.p_bootstrap is None or self.p_randomisation is None:
            return None
        return max(self.p_bootstrap, self.p_randomisation)

    @property
    def verdict(self) -> str:
        """Return "better", "worse" or "no clear difference" by `p`; "" for the baseline."""
        if self.comparison is None or self.p is None:
            return ""
        if self.p >= MAX_P_VALUE or not self.comparison.difference:
            return "no clear difference"
        return "better" if (self.comparison.difference > 0) == self.higher_is_better else "worse"

    @property
    def text(self) -> str:
        """Mean with two decimals, standard deviation over seeds, and the sign of the verdict."""
        spread = "" if self.deviation is None else f" ± {self.deviation:.2f}"
        return f"{self.mean:.2f}{spread}{SIGNS.get(self.verdict, '')}"

    @property
    def test_row(self) -> tuple[str, ...]:
        """Row of a table of tests; empty for the baseline."""
        if self.comparison is None or self.p_bootstrap is None or self.p_randomisation is None:
            return ()
        return (
            self.system,
            self.metric,
            f"{self.comparison.difference:+.2f}",
            self.verdict,
            f"{self.comparison.p_bootstrap:.4f}",
            f"{self.p_bootstrap:.4f}",
            f"{self.comparison.p_randomisation:.4f}",
            f"{self.p_randomisation:.4f}",
        )

    @property
    def extent(self) -> tuple[float, float]:
        """Interval, or one standard deviation below and above the mean."""
        return self.interval or (
            self.mean - (self.deviation or 0.0),
            self.mean + (self.deviation or 0.0),
        )

    def to_json(self) -> dict[str, Any]:
        """Return the score as a value for `json.dumps`."""
        tested = self.comparison
        return {
            "data": self.data,
            "system": self.system,
            "metric": self.metric,
            "values": list(self.values),
            "mean": self.mean,
            "deviation": self.deviation,
            "interval": list(self.interval) if self.interval else None,
            "higher_is_better": self.higher_is_better,
            "difference": None if tested is None else tested.difference,
            "verdict": self.verdict or None,
            "p_bootstrap": None if tested is None else tested.p_bootstrap,
            "p_randomisation": None if tested is None else tested.p_randomisation,
            "p_bootstrap_holm": self.p_bootstrap,
            "p_randomisation_holm": self.p_randomisation,
            "signature": self.signature,
        }
