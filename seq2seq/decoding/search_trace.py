"""Trace of a search: what a model computed and what the search chose, in plain Python.

A search takes steps. At each step, the model reads the last token of each row, which is an
unfinished hypothesis, and the search chooses among candidates, which extend rows by a token. The
candidates that are kept are the rows of the next step, in the same order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from seq2seq.decoding.hypothesis import Hypothesis
from seq2seq.errors import ConfigError

KEPT = "kept"
FINISHED = "finished"
DROPPED = "dropped"

STATE_PARTS = ("hidden", "cell")
"""Names of the parts of a cell's state, in their order."""

MOST_LIKELY = 10
"""Number of next tokens that a trace has for each row."""

MAX_NUMBERS = 1 << 26
"""Maximum number of numbers that an engine remembers for the trace of a sentence."""

Vectors = dict[str, list[float]]
"""Vectors by name, such as those of the gates of a cell."""


class Candidate(NamedTuple):
    """Token that may extend a row.

    Attributes:
        row: Row of this step that it extends.
        token: Its id.
        total: Log-probability of the row with the token, in nats.
        status: KEPT if it is a row of the next step, FINISHED if it is the end token of a
            hypothesis, or DROPPED.
    """

    row: int
    token: int
    total: float
    status: str


class CellStep(NamedTuple):
    """One step of a cell.

    Attributes:
        gates: Values of the gates by name (H,); empty for a cell without gates.
        state: Parts of the state after the step (H,), named as in STATE_PARTS.
    """

    gates: Vectors
    state: Vectors


class TracedRow(NamedTuple):
    """What the model computed for a row.

    Attributes:
        attention: Weights of the source tokens, or None for a model without attention.
        likely: The most likely next tokens and their log-probabilities in nats, best first, as the
            model has them before any filter.
        cells: The step of each decoder layer, from the first; empty for a row that does not lead to
            a hypothesis of the n-best list.
    """

    attention: list[float] | None
    likely: list[tuple[int, float]]
    cells: list[CellStep]


@dataclass(frozen=True)
class TracedStep:
    """One step of a search.

    Attributes:
        rows: The unfinished hypotheses before the step.
        candidates: The best candidates, best first, and all that are kept or finished.
    """

    rows: list[TracedRow]
    candidates: list[Candidate]


@dataclass(frozen=True)
class SearchTrace:
    """Trace of the search for the translations of one sentence.

    Attributes:
        source: Ids of the source, with its end token.
        encoder: For each layer, from the first, and each direction, forward first: the step of the
            cell at each source token.
        steps: The steps of the search.
        hypotheses: The n-best list.
    """

    source: list[int]
    encoder: list[list[list[CellStep]]]
    steps: list[TracedStep]
    hypotheses: list[Hypothesis]


@dataclass(frozen=True)
class BeamTree:
    """Tree of the candidates of a search.

    Attributes:
        steps: Candidates of each step.
    """

    steps: list[list[Candidate]]

    @cached_property
    def origins(self) -> list[list[int | None]]:
        """For each step and row, the candidate of the step before that it is; at first None."""
        kept = [
            [place for place, one in enumerate(step) if one.status == KEPT] for step in self.steps
        ]
        return [[None], *kept[:-1]]  # type: ignore[list-item]  # a list of int is one of int | None

    def path(self, step: int, row: int) -> tuple[list[int], list[int]]:
        """Follow a row back to the beginning.

        Args:
            step: Step of the row.
            row: The row.

        Returns:
            Its row at each of the steps 0 to `step`, and the tokens between them.
        """
        rows = [row]
        tokens = []
        for here in range(step, 0, -1):
            origin = self.origins[here][rows[-1]]
            assert origin is not None
            one = self.steps[here - 1][origin]
            rows.append(one.row)
            tokens.append(one.token)
        return rows[::-1], tokens[::-1]

    def ending(self, hypothesis: Hypothesis) -> tuple[int, int]:
        """Return the step and the index of the candidate with which a hypothesis ends."""
        step = len(hypothesis.tokens)
        [place] = [
            place
            for place, one in enumerate(self.steps[step])
            if one.status == FINISHED and self.path(step, one.row)[1] == hypothesis.tokens
        ]
        return step, place

    def leading(self, hypotheses: Sequence[Hypothesis]) -> list[set[int]]:
        """Return for each step the rows that lead to one of the hypotheses."""
        found: list[set[int]] = [set() for _ in self.steps]
        for one in hypotheses:
            step, place = self.ending(one)
            for here, row in enumerate(self.path(step, self.steps[step][place].row)[0]):
                found[here].add(row)
        return found


def check_size(numbers: int) -> None:
    """Check that a trace does not need too much memory.

    Raises:
        ConfigError: It has more than MAX_NUMBERS numbers.
    """
    if numbers > MAX_NUMBERS:
        raise ConfigError("the trace of a sentence would be too large; choose a smaller beam")
