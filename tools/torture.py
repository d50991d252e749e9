"""Damage what the toolkit has written, and count what goes unnoticed.

    python tools/torture.py mutations --count 300   # changed files in models and runs
    python tools/torture.py kills --count 100       # trainings that are killed and resumed
    python tools/torture.py options --count 2000    # hostile options, configurations, files
    python tools/torture.py lines                   # a million, killed five times and continued
    python tools/torture.py hostile --count 100000  # lines that nobody writes
    python tools/torture.py report                  # the table of all cases so far

A run goes on from the tally of earlier ones with the same --work, so that many short runs are as
good as a long one. docs/RELIABILITY.md has the table of the last full run.
"""

from __future__ import annotations

import itertools
import time
from pathlib import Path
from typing import Annotated

import torture_kills
import typer
from torture_faults import run_with_faults
from torture_kills import KillBench
from torture_lines import HOSTILE, LineBench
from torture_mutations import TALLY, MutationBench
from torture_options import BATCH, OptionBench, draw_cases
from torture_tally import Counts, Tally

HELP = (__doc__ or "").replace("\n\n    python", "\n\n\b\n    python", 1)
"""The text above; typer keeps its lines of commands as they are."""

app = typer.Typer(
    help=HELP,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

Work = Annotated[Path, typer.Option(help="Folder of the tally and of the directories.")]
WORK = Path("runs") / "torture"
OPTIONS = "options.json"


@app.command()
def mutations(
    count: Annotated[int, typer.Option(min=1, help="Number of cases to run.")] = 300,
    seed: Annotated[int, typer.Option(help="Seed of the places that are changed.")] = 1,
    work: Work = WORK,
) -> None:
    """Change one file of a model or run directory, use the directory, and compare what comes out.

    Each bit, truncation and exchange is a case. A model translates; a run is resumed or averaged.
    """
    tally = Tally(work / TALLY)
    bench = MutationBench(work / "mutations", seed=seed)
    left = [case for case in bench.cases() if case.name not in tally.results]
    for case in left[:count]:
        result = bench.run(case)
        tally.add(case.name, result)
        if result.is_failure:
            print(f"{case.name}: {result.outcome}: {result.message}")
    print(tally.table())
    print(f"{len(left[count:])} cases of seed {seed} are left")


@app.command()
def kills(
    count: Annotated[int, typer.Option(min=1, help="Number of cases to run.")] = 100,
    seed: Annotated[int, typer.Option(help="Seed of the moments and ranks.")] = 1,
    kind: Annotated[
        str,
        typer.Option(help='Row of the table, such as "fp32, at a file operation". Default: all.'),
    ] = "",
    work: Work = WORK,
) -> None:
    """Kill a training at a moment or at an operation on files, resume it, and compare the files."""
    run_with_faults()
    tally = Tally(work / torture_kills.TALLY)
    bench = KillBench(work / "kills", seed=seed)
    left = (case for case in bench.cases() if case.name not in tally.results)
    if kind:
        most = max(bench.unbroken(kind.partition(",")[0]).operations)
        left = (case for case in itertools.islice(left, 20 * most) if case.kind == kind)
    for case in itertools.islice(left, count):
        result = bench.run(case)
        tally.add(case.name, result)
        if result.is_failure:
            print(f"{case.name}: {result.outcome}: {result.message}", flush=True)
    print(tally.table())
    print(f"{torture_kills.kills_of(tally.results)} kills")


@app.command()
def options(
    count: Annotated[int, typer.Option(min=1, help="Number of cases to run.")] = 2000,
    minutes: Annotated[float, typer.Option(help="Stop after this time.")] = 1e9,
    work: Work = WORK,
) -> None:
    """Run commands with hostile options, configurations, data files, models and runs."""
    counts = Counts((work / OPTIONS).resolve())
    bench = OptionBench(work / "options")
    ends = time.monotonic() + 60 * minutes
    for begin in range(0, count, BATCH):
        if time.monotonic() > ends:
            break
        results = bench.run(draw_cases(counts.done, min(BATCH, count - begin)))
        counts.add(results)
        for result in results:
            if result.is_failure:
                print(f"{result.kind}: {result.outcome}: {result.message}", flush=True)
    print(counts.table())


@app.command()
def lines(
    count: Annotated[int, typer.Option(min=1, help="Number of lines.")] = 1_000_000,
    kills: Annotated[int, typer.Option(min=1, help="Number of kills.")] = 5,
    seed: Annotated[int, typer.Option(help="Seed of the lines and of the moments.")] = 1,
    work: Work = WORK,
) -> None:
    """Translate lines into a file, kill that, and continue; compare with an unbroken run."""
    print(LineBench(work / "lines").killed(count, kills, seed))


@app.command()
def hostile(
    count: Annotated[int, typer.Option(min=1, help="Number of lines.")] = 100_000,
    size: Annotated[int, typer.Option(min=1, help="Number of lines in a file.")] = 5000,
    minutes: Annotated[float, typer.Option(help="Stop after this time.")] = 1e9,
    work: Work = WORK,
) -> None:
    """Translate hostile lines, and look whether each one has its line of output."""
    print(LineBench(work / "lines").hostile(work / HOSTILE, count, size, minutes))


@app.command()
def report(work: Work = WORK) -> None:
    """Print the table of all cases so far."""
    for name in (TALLY, torture_kills.TALLY):
        if (work / name).exists():
            print(Tally(work / name).table(), end="\n\n")
    if (work / OPTIONS).exists():
        print(Counts(work / OPTIONS).table())


if __name__ == "__main__":
    app()
