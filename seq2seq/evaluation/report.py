"""EvaluationReport: the result of one evaluation, as JSON, as Markdown, as files and as lines for the console.

A report is made of facts, rows of scores and examples, all plain text (`facts`, `score_rows`, `examples`); a form of
output only lays these out and escapes them. It does not know how the scores were computed or who translated.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

from seq2seq.evaluation.copying import Copied
from seq2seq.evaluation.markdown import escaped, one_line, table
from seq2seq.evaluation.metrics import Score
from seq2seq.evaluation.report_files import write_files

FORMAT = 1  # raised when a key of the JSON form changes its meaning or goes; a new key does not raise it


class Example(NamedTuple):
    """One sentence of the evaluation, to look at."""

    source: str
    references: Sequence[str]
    hypothesis: str


class ScoreRow(NamedTuple):
    """One score as text, ready to be laid out."""

    metric: str
    value: str
    interval: str
    signature: str


@dataclass(frozen=True)
class EvaluationReport:
    """What was evaluated, on what, how it was decoded, and what came out."""

    model: str
    data: str
    hypotheses: Sequence[str]  # all of them, in the order of the data
    scores: Sequence[Score]
    decoding: Mapping[str, str | int | float]  # beam size, length penalty, …
    seconds: float  # spent translating
    length_ratio: float  # hypothesis tokens per reference token
    copied: Copied  # names and numbers that source and reference share, and how many of them the hypothesis has
    examples: Sequence[Example] = ()

    @property
    def sentences(self) -> int:
        return len(self.hypotheses)

    @property
    def facts(self) -> list[tuple[str, str]]:
        """What is to be said besides the scores: (label, text)."""
        speed = f", {self.sentences / self.seconds:.1f} sentences/s" if self.seconds > 0 else ""
        decoding = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in self.decoding.items())
        copied = [("Copied", str(self.copied))] if self.copied.words else []
        return [
            ("Model", self.model),
            ("Data", f"{self.data} ({self.sentences:,} sentences)"),
            ("Decoding", decoding or "defaults"),
            ("Time", f"{self.seconds:.1f} s{speed}"),
            ("Length ratio", f"{self.length_ratio:.3f}"),
            *copied,
        ]

    @property
    def score_rows(self) -> list[ScoreRow]:
        """The scores as text, two digits after the point."""
        return [
            ScoreRow(
                metric=score.name if score.higher_is_better else f"{score.name} (lower is better)",
                value=f"{score.value:.2f}",
                interval=f"{score.interval[0]:.2f} to {score.interval[1]:.2f}" if score.interval else "–",
                signature=score.signature,
            )
            for score in self.scores
        ]

    def to_json(self) -> dict[str, object]:
        """Return the report as a value for `json.dumps`, its keys in this order.

        format              1, the version of this layout
        model, data         the names given
        sentences           number of sentences
        seconds             time spent translating
        length_ratio        hypothesis tokens per reference token
        copied              {words, kept}: names and numbers that source and reference share, and the hypothesis too
        decoding            option -> value
        scores              list of {name, value, signature, interval: [low, high] or null, higher_is_better}
        examples            list of {source, references: [text, …], hypothesis}

        The hypotheses are not in it: `write` puts them in a file beside it.
        """
        return {
            "format": FORMAT,
            "model": self.model,
            "data": self.data,
            "sentences": self.sentences,
            "seconds": self.seconds,
            "length_ratio": self.length_ratio,
            "copied": self.copied._asdict(),
            "decoding": dict(self.decoding),
            "scores": [
                asdict(score) | {"interval": list(score.interval) if score.interval else None} for score in self.scores
            ],
            "examples": [
                {"source": example.source, "references": list(example.references), "hypothesis": example.hypothesis}
                for example in self.examples
            ],
        }

    def to_markdown(self) -> str:
        """Return the report as Markdown; no text in it can break a table or become markup."""
        blocks = [
            "# Evaluation",
            "\n".join(f"- {label}: {escaped(text)}" for label, text in self.facts),
            table(("Metric", "Score", "95 % interval", "Signature"), self.score_rows),
        ]
        if self.examples:
            rows = [(source, _numbered(references), hypothesis) for source, references, hypothesis in self.examples]
            blocks += ["## Examples", table(("Source", "Reference", "Hypothesis"), rows)]
        return "\n\n".join(blocks) + "\n"

    def summary(self) -> list[str]:
        """Return the lines to print on a console."""
        facts = [f"{label:<12}  {text}" for label, text in self.facts]
        scores = [f"{row.metric:<21}  {row.value:>6}  {row.interval:<16}  {row.signature}" for row in self.score_rows]
        return [*facts, *scores]

    def write(self, directory: Path | str) -> list[Path]:
        """Write report.json, report.md and hypotheses.txt; return their paths in this order.

        hypotheses.txt has one line for each sentence, so a line break within a hypothesis becomes a space. Each file
        appears whole or not at all, and report.json last: where it is, the others are.

        Raises:
            DataError: the directory cannot be made or written to.
        """
        document = json.dumps(self.to_json(), ensure_ascii=False, indent=2) + "\n"
        texts = {
            "hypotheses.txt": "".join(f"{one_line(text)}\n" for text in self.hypotheses),
            "report.md": self.to_markdown(),
            "report.json": document,
        }
        return write_files(texts, directory)


def _numbered(texts: Sequence[str]) -> str:
    return texts[0] if len(texts) == 1 else " ".join(f"({i}) {text}" for i, text in enumerate(texts, start=1))
