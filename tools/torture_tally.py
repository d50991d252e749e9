"""Results of tools/torture.py: a JSON file that is added to, and a table of the counts."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from seq2seq.runtime.atomic_file import atomic_write_text

FAILURES = ("silent", "differs", "traceback", "slow", "large")
"""Outcomes that must not be."""

OUTCOMES = ("refused", "recovered", "noted", "equal", "unread", "not killed", "accepted", *FAILURES)
"""All outcomes: an error of one line; the older checkpoint was taken, with the same end; another
result, and a line that names the file; the same result; a damaged file that was not read, and that
`seq2seq seal --check` names; a program that had ended before it was to be killed; and the failures.
"""


@dataclass(frozen=True)
class Result:
    """Result of a case.

    Attributes:
        kind: Row of the table that it counts in.
        outcome: One of `OUTCOMES`.
        seconds: Time of the processor that the program took.
        mebibytes: Largest memory of the program.
        message: First line of its error output.
    """

    kind: str
    outcome: str
    seconds: float
    mebibytes: float
    message: str

    @property
    def is_failure(self) -> bool:
        """Whether the outcome must not be."""
        return self.outcome in FAILURES


class Tally:
    """Results by the names of their cases, kept in a file.

    Args:
        path: The file; it is made with the first result.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        saved = json.loads(path.read_bytes()) if path.is_file() else {}
        self.results = {name: Result(**entry) for name, entry in saved.items()}

    def add(self, name: str, result: Result) -> None:
        """Add the result of a case, and write the file."""
        self.results[name] = result
        content = {one: asdict(entry) for one, entry in self.results.items()}
        atomic_write_text(json.dumps(content, indent=1, ensure_ascii=False), self.path)

    def table(self) -> str:
        """Return the counts by kind and outcome as a table in Markdown."""
        kinds = sorted({result.kind for result in self.results.values()})
        counts = Counter((result.kind, result.outcome) for result in self.results.values())
        found = {outcome for _, outcome in counts}
        shown = [outcome for outcome in OUTCOMES if outcome in found]
        rows = [["kind", "cases", *shown, "slowest", "largest"]]
        rows.append(["---"] * len(rows[0]))
        for kind in kinds:
            own = [result for result in self.results.values() if result.kind == kind]
            rows.append(
                [
                    kind,
                    str(len(own)),
                    *(str(counts[kind, outcome]) for outcome in shown),
                    f"{max(result.seconds for result in own):.1f} s",
                    f"{max(result.mebibytes for result in own):.0f} MiB",
                ]
            )
        return "\n".join(f"| {' | '.join(row)} |" for row in rows)


class Counts:
    """Counts by kind and outcome of cases that are too many to be listed, kept in a file.

    Args:
        path: The file; it is made with the first results.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        saved = json.loads(path.read_bytes()) if path.is_file() else {}
        self.counts: dict[str, Counter[str]] = {
            kind: Counter(counts) for kind, counts in saved.get("counts", {}).items()
        }
        self.most: dict[str, list[float]] = saved.get("most", {})
        self.failures: list[str] = saved.get("failures", [])

    @property
    def done(self) -> dict[str, int]:
        """Number of cases of each kind."""
        return {kind: counts.total() for kind, counts in self.counts.items()}

    def add(self, results: Sequence[Result]) -> None:
        """Add results, and write the file."""
        for result in results:
            self.counts.setdefault(result.kind, Counter())[result.outcome] += 1
            most = self.most.setdefault(result.kind, [0.0, 0.0])
            most[:] = max(most[0], result.seconds), max(most[1], result.mebibytes)
            if result.is_failure:
                self.failures.append(f"{result.kind}: {result.outcome}: {result.message}")
        content = {"counts": self.counts, "most": self.most, "failures": self.failures}
        atomic_write_text(json.dumps(content, indent=1, ensure_ascii=False), self.path)

    def table(self) -> str:
        """Return the counts by kind and outcome as a table in Markdown."""
        shown = ("refused", "accepted", "traceback", "slow", "large")
        rows = [["kind", "cases", *shown, "slowest", "largest"]]
        rows.append(["---"] * len(rows[0]))
        for kind, counts in self.counts.items():
            seconds, mebibytes = self.most[kind]
            cells = [str(counts[outcome]) for outcome in shown]
            rows.append([kind, str(counts.total()), *cells])
            rows[-1] += [f"{seconds:.1f} s", f"{mebibytes:.0f} MiB"]
        return "\n".join(f"| {' | '.join(row)} |" for row in rows)
