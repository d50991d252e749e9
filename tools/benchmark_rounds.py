"""Rounds of a speed benchmark: systems in turn, with the machine's rate before each run.

A machine that is shared changes its speed. A round in which it was slower than in its best moments
is disturbed: its figures are dropped, and the round is repeated.
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

ALLOWED = 0.15
"""Fraction of the best matrix rate by which the rates within a clean round may fall below it."""


@dataclass(frozen=True)
class System:
    """Toolkit with a model and a precision.

    Attributes:
        name: Name in the table.
        precision: Precision of its matrix products: "fp32" or "bf16".
        run: Trains for some steps and returns target tokens per second.
        operations: Operations of matrix products per target token.
    """

    name: str
    precision: str
    run: Callable[[], float]
    operations: float


@dataclass
class Round:
    """One run of each system.

    Attributes:
        tokens: Target tokens per second by system.
        shares: Fraction of the matrix rate by system, with the rates around its run.
        machine: Operations per second of matrix products by precision, before and after each run.
    """

    tokens: dict[str, float] = field(default_factory=dict)
    shares: dict[str, float] = field(default_factory=dict)
    machine: dict[str, list[float]] = field(default_factory=dict)


def measure_round(systems: Sequence[System], matrix_rate: Callable[[str], float]) -> Round:
    """Run each system once, and measure the machine's rate before and after it."""
    found = Round()
    for system in systems:
        before = matrix_rate(system.precision)
        tokens = system.run()
        after = matrix_rate(system.precision)
        found.tokens[system.name] = tokens
        found.shares[system.name] = tokens * system.operations / ((before + after) / 2)
        found.machine.setdefault(system.precision, []).extend((before, after))
        rates = f"{before / 1e9:.0f} and {after / 1e9:.0f} GFLOP/s"
        print(f"{system.name}: {tokens:,.0f} target tokens/s, {rates}", file=sys.stderr)
    return found


def best_rates(rounds: Sequence[Round]) -> dict[str, float]:
    """Return the best matrix rate of all rounds by precision."""
    precisions = {precision for one in rounds for precision in one.machine}
    return {name: max(max(one.machine.get(name, [0])) for one in rounds) for name in precisions}


def clean_rounds(rounds: Sequence[Round], best: Mapping[str, float]) -> list[Round]:
    """Return the rounds in which no matrix rate was far below the best."""

    def is_clean(one: Round) -> bool:
        return all(min(rates) >= (1 - ALLOWED) * best[name] for name, rates in one.machine.items())

    return [one for one in rounds if is_clean(one)]


def measure_rounds(
    measure: Callable[[], Round], wanted: int, most: int
) -> tuple[list[Round], list[Round]]:
    """Measure until enough rounds are clean.

    Args:
        measure: Measures a round.
        wanted: Number of clean rounds.
        most: Number of rounds to give up after.

    Returns:
        The clean rounds, and all rounds. If none is clean after `most` rounds, the first list is
        shorter than `wanted`.
    """
    done: list[Round] = []
    clean: list[Round] = []
    while len(clean) < wanted and len(done) < most:
        done.append(measure())
        clean = clean_rounds(done, best_rates(done))
    return clean, done


def summary(name: str, clean: Sequence[Round], done: Sequence[Round]) -> dict[str, object]:
    """Return a row of the table for a system: median, runs, share and number of repeated rounds."""
    rates = [one.tokens[name] for one in clean]
    return {
        "what": name,
        "median": round(statistics.median(rates)),
        "runs": [round(rate) for rate in rates],
        "share_of_machine": round(statistics.median(one.shares[name] for one in clean), 3),
        "repeated_rounds": len(done) - len(clean),
    }


def ratio(name: str, other: str, clean: Sequence[Round]) -> float:
    """Return the median over rounds of how many times faster a system is than another."""
    return round(statistics.median(one.tokens[name] / one.tokens[other] for one in clean), 2)
