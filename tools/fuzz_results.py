"""Results of tools/fuzz_engine.py: a line of JSON per run, and a table of their sums."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = "results.jsonl"
COLUMNS = (
    "harness",
    "sanitizers",
    "kernels",
    "executions",
    "per second",
    "translated",
    "edges",
    "findings",
)


@dataclass(frozen=True)
class Result:
    """Result of a run, or of several with the same setting.

    Attributes:
        harness: Name of the harness.
        sanitizers: Sanitizers, as a key of `fuzz_build.SANITIZERS`.
        kernels: Name of the kernels.
        executions: Number of inputs, or of calls.
        seconds: Time that they took.
        edges: Edges of the engine's control flow that were taken; 0 if they are not counted.
        all_edges: Edges that could be taken.
        translated: Translations that were answered, and not refused.
        findings: Files of inputs that fail, or the end of the output.
    """

    harness: str
    sanitizers: str
    kernels: str
    executions: int
    seconds: float
    edges: int
    all_edges: int
    translated: int
    findings: list[str]

    @property
    def setting(self) -> tuple[str, str, str]:
        """Key by which runs are grouped into rows of the table."""
        return self.harness, self.sanitizers, self.kernels


def number(pattern: str, output: str) -> int:
    """Return the last number that a pattern finds in the output of a harness, or 0."""
    found: list[str] = re.findall(pattern, output)
    return int(found[-1]) if found else 0


def save(result: Result, directory: Path) -> None:
    """Add a result to those of a directory."""
    with (directory / FILE).open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(result)) + "\n")


def load(directory: Path) -> list[Result]:
    """Return all results of a directory."""
    path = directory / FILE
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    return [Result(**json.loads(line)) for line in lines]


def table(results: Iterable[Result]) -> str:
    """Return a table in Markdown, with a row per setting."""
    rows: dict[tuple[str, str, str], list[Result]] = {}
    for result in results:
        rows.setdefault(result.setting, []).append(result)
    lines = [f"| {' | '.join(COLUMNS)} |", "|---" * len(COLUMNS) + "|"]
    for (harness, sanitizers, kernels), some in sorted(rows.items()):
        executions = sum(one.executions for one in some)
        seconds = sum(one.seconds for one in some)
        last = some[-1]
        edges = f"{last.edges:,} of {last.all_edges:,}" if last.all_edges else ""
        translated = sum(one.translated for one in some)
        cells = (
            harness,
            {"address": "address, undefined"}.get(sanitizers, sanitizers),
            kernels,
            f"{executions:,}",
            f"{executions / max(seconds, 1):,.0f}",
            f"{translated:,}" if translated else "",
            edges,
            str(sum(len(one.findings) for one in some)),
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)
