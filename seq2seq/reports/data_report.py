"""DataReport: what the pairs of a text are like, as a page and as JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from seq2seq.reports.line_chart import Axes, Curve
from seq2seq.reports.page import render
from seq2seq.reports.page_chart import PageChart

FORMAT = 1
"""Version of the JSON form, raised when a key is removed or changes its meaning."""

MAX_EXAMPLES = 50
"""Maximum number of examples of each fault."""


@dataclass(frozen=True)
class Side:
    """The sources or the targets that were kept.

    Attributes:
        name: "source" or "target".
        language: Code of the language; "" if it is unknown.
        words: Number of words of each text; of characters in a script without spaces.
        vocabulary: Number of different words.
        scripts: Number of texts by script, before those in a wrong one were left out.
        languages: Number of texts by language, as far as it can be told.
    """

    name: str
    language: str
    words: Sequence[int]
    vocabulary: int
    scripts: Mapping[str, int]
    languages: Mapping[str, int]

    @property
    def mean(self) -> float:
        """Mean number of words."""
        return sum(self.words) / len(self.words) if self.words else 0.0

    def quantile(self, part: float) -> int:
        """Return the number of words that this part of the texts does not exceed."""
        return sorted(self.words)[int(part * (len(self.words) - 1))] if self.words else 0


@dataclass(frozen=True)
class Example:
    """A pair with a fault, or one that is put right.

    Attributes:
        fault: The fault.
        place: File and number of the pair in it.
        source: The source.
        target: The target.
        evidence: Evidence that they belong together; None if it was not measured.
    """

    fault: str
    place: str
    source: str
    target: str
    evidence: float | None = None


@dataclass(frozen=True)
class DataReport:
    """Statistics of the pairs of files, and what was kept of them.

    Attributes:
        files: Number of pairs by file.
        faults: Number of pairs that were left out by fault, with all faults that are looked for.
        meanings: What each fault means.
        swapped: Number of pairs whose sides were exchanged.
        repaired: Number of pairs whose wrong decoding was undone.
        trouble: Number of pairs by trouble with their encoding.
        sides: The sources and the targets that were kept.
        ratios: Characters of the target per character of the source, of the pairs kept.
        evidence: Evidence that the sides of each pair belong together, where it was measured.
        exchanged: The same of pairs that were made by exchanging sentences.
        limit: Evidence below which a pair counts as misaligned; None if it was not measured.
        parts: Number of pairs of train, dev and test.
        leaks: Number of pairs of one part with a sentence of another, after those in training that
            have one were left out.
        examples: Pairs with faults, the worst first.
        expectation: BLEU and time of training to expect.
    """

    files: Mapping[str, int]
    faults: Mapping[str, int]
    meanings: Mapping[str, str]
    swapped: int
    repaired: int
    trouble: Mapping[str, int]
    sides: Sequence[Side]
    ratios: Sequence[float]
    evidence: Sequence[float]
    exchanged: Sequence[float]
    limit: float | None
    parts: Mapping[str, int]
    leaks: Mapping[str, int]
    examples: Sequence[Example]
    expectation: str

    @property
    def read(self) -> int:
        """Number of pairs that were read."""
        return sum(self.files.values())

    @property
    def kept(self) -> int:
        """Number of pairs that were kept."""
        return self.read - sum(self.faults.values())

    def summary(self) -> str:
        """Return the counts as lines of text."""
        dropped = [f"{count:,} {name}" for name, count in self.faults.items() if count]
        source, target = self.sides
        rows = {
            "pairs": f"{self.read:,} read, {self.kept:,} kept",
            "left out": ", ".join(dropped) or "none",
            "put right": f"{self.swapped:,} swapped, {self.repaired:,} decoded again",
            "words": f"{source.mean:.1f} and {target.mean:.1f} per sentence, "
            f"{source.vocabulary:,} and {target.vocabulary:,} different",
            "parts": ", ".join(f"{name} {count:,}" for name, count in self.parts.items()),
            "leaks": ", ".join(f"{count:,} {name}" for name, count in self.leaks.items() if count)
            or "none",
            "expect": self.expectation,
        }
        return "\n".join(f"{name:10}{value}" for name, value in rows.items())

    def to_json(self) -> dict[str, object]:
        """Return the report as a value for `json.dumps`.

        Returns:
            The content of data.json, of which docs/reference/files.md describes each key.
        """
        return {
            "format": FORMAT,
            "files": dict(self.files),
            "read": self.read,
            "kept": self.kept,
            "faults": dict(self.faults),
            "swapped": self.swapped,
            "repaired": self.repaired,
            "trouble": dict(self.trouble),
            "sides": [_side(side) for side in self.sides],
            "ratio": _quantiles(self.ratios),
            "evidence": _quantiles(self.evidence),
            "evidence_limit": self.limit,
            "parts": dict(self.parts),
            "leaks": dict(self.leaks),
            "expectation": self.expectation,
            "examples": [asdict(example) for example in self.examples],
        }

    def to_html(self) -> str:
        """Return the report as an HTML page, which loads no other file."""
        return render(
            "data.html.j2",
            report=self,
            charts_=_charts(self),
            groups={
                fault: [one for one in self.examples if one.fault == fault]
                for fault in dict.fromkeys(one.fault for one in self.examples)
            },
        )


def _side(side: Side) -> dict[str, object]:
    return {
        "name": side.name,
        "language": side.language,
        "words_mean": round(side.mean, 2),
        "words_median": side.quantile(0.5),
        "words_99": side.quantile(0.99),
        "vocabulary": side.vocabulary,
        "scripts": dict(side.scripts),
        "languages": dict(side.languages),
    }


def _quantiles(values: Sequence[float]) -> dict[str, float]:
    """Return the values below which 1, 50 and 99 percent of all values are."""
    ascending = sorted(values)
    return {
        name: round(ascending[int(part * (len(ascending) - 1))], 3)
        for name, part in (("1%", 0.01), ("50%", 0.5), ("99%", 0.99))
        if ascending
    }


def _charts(report: DataReport) -> list[PageChart]:
    longest = max(side.quantile(0.99) for side in report.sides)
    lengths = [
        _distribution(
            side.name, [float(count) for count in side.words], 0, longest + 1, longest + 1
        )
        for side in report.sides
    ]
    unit = "part of all pairs"
    charts = [
        PageChart(lengths, Axes("Length", "words per sentence", unit)),
        PageChart(
            [_distribution("pairs", report.ratios, 0.0, 3.0, 30)],
            Axes("Ratio of lengths", "characters of the target per character of the source", unit),
        ),
    ]
    if report.evidence:
        low = math.floor(min(-20.0, sorted(report.exchanged)[len(report.exchanged) // 100]))
        high = math.ceil(sorted(report.evidence)[int(0.95 * (len(report.evidence) - 1))])
        curves = [
            _distribution("your pairs", report.evidence, low, high, 40),
            _distribution("exchanged sentences", report.exchanged, low, high, 40),
        ]
        axes = Axes("Do the sides belong together?", "evidence of the words, in nats", unit)
        charts.append(PageChart(curves, axes))
    return charts


def _distribution(name: str, values: Sequence[float], low: float, high: float, bins: int) -> Curve:
    """Return which part of the values lies in each of several intervals, as a curve."""
    width = (high - low) / bins
    counts = [0] * bins
    for value in values:
        place = math.floor((value - low) / width)
        if 0 <= place < bins:
            counts[place] += 1
    total = max(1, len(values))
    return Curve(
        name,
        [low + place * width for place in range(bins)],
        [count / total for count in counts],
    )
