"""Compare the translations of the two engines, native and torch, on lines of text.

    python tools/compare_engines.py es-en
    python tools/compare_engines.py en-es --data pairs.tsv --column 2 --dtype fp32 --dtype auto
    python tools/compare_engines.py es-en --hostile 1000
    python tools/compare_engines.py --recipes
    python tools/compare_engines.py --thorough

Each line is translated by greedy search, by beam search with a beam of 5, and into the 3 best of
such a beam. The table has, per search:

- lines, and how many of them have the same translations from both engines.
- near-ties: other lines whose native translations are at most 0.001 behind PyTorch's in PyTorch's
  own scores, so that rounding decides. --show prints the lines that are no near-ties.
- unstable: lines whose native translations are not the same to the bit in batches of 64 on one
  thread, in batches of 64 on two threads, and one by one.

The last line of a model compares the log-probability of each target token of PyTorch's translations
in float32.

--hostile takes lines that mix scripts, repeat a sign, hold several sentences, control characters or
nothing at all. --recipes takes models of six recipes, trained for 200 steps on the sample text.
--thorough runs the tests of random models and Markov chains on thousands of examples.

MISS marks what misses its bar: fewer than 97% of the lines are equal; in float32, a line differs
that is no near-tie, or a log-probability by more than 0.001; or a line is unstable.
"""

from __future__ import annotations

import datetime
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import torch
import typer
from engine_comparison import NEAR_TIE, Compared, EnginePair, Steps
from hostile_lines import hostile_lines
from recipe_models import RECIPES, ROOT, SAMPLE, train_recipe

from seq2seq import Seq2SeqError
from seq2seq.engine.load_library import load_library

EQUAL_BAR = 0.97
"""Minimum fraction of equal lines."""

STEP_LINES = 300
"""Number of lines whose target tokens are compared one by one."""

TESTS = ("tests/translation/test_search_rules.py", "tests/translation/test_random_models.py")
"""Tests that --thorough runs."""

HEADING = (
    f"{'':14} {'lines':>7} {'equal':>7} {'':>7} {'near-ties':>10} {'others':>7} {'unstable':>9}"
)
"""Heading of a table."""

HELP = (
    (__doc__ or "").replace("\n\n    python", "\n\n\b\n    python").replace("\n\n- ", "\n\n\b\n- ")
)
"""The text above; typer keeps its lines of commands and its lists as they are."""

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@dataclass(frozen=True)
class Report:
    """Comparison of the engines for one model.

    Attributes:
        model: Name of the model.
        dtype: Precision of its decoder's weights.
        searches: Comparison of each search.
        steps: Comparison of single tokens in float32.
    """

    model: str
    dtype: str
    searches: list[Compared]
    steps: Steps

    def missed(self, search: Compared) -> bool:
        """Return whether a search misses a bar."""
        wrong = self.dtype == "fp32" and bool(search.others)
        return wrong or search.equal < EQUAL_BAR or any(search.unstable.values())

    @property
    def any_missed(self) -> bool:
        """True if anything misses its bar."""
        return self.steps.largest > NEAR_TIE or any(map(self.missed, self.searches))


def read_lines(path: Path, column: int, count: int) -> list[str]:
    """Return a column, counted from 1, of the first lines of a file.

    Raises:
        Seq2SeqError: The file cannot be read, or has fewer columns.
    """
    try:
        rows = path.read_text(encoding="utf-8").split("\n")[:count]
        return [row.rstrip("\r").split("\t")[column - 1] for row in rows if row]
    except (OSError, UnicodeDecodeError) as error:
        raise Seq2SeqError(f"{path}: cannot be read: {error}") from None
    except IndexError:
        raise Seq2SeqError(f"{path}: a line has no column {column}; choose --column") from None


def compare(
    model: str | Path, lines: Sequence[str], *, dtype: str, to: str = "", show: int = 0
) -> Report:
    """Compare the engines for a model, and print the table as it grows.

    Args:
        model: Model directory, or the name of a shipped model.
        lines: Lines to translate.
        dtype: Precision of the decoder's weights.
        to: Target language, for a model of several.
        show: Number of lines to print that differ and are no near-ties.

    Returns:
        The comparison.
    """
    pair = EnginePair(model, dtype=dtype, to=to)
    name = Path(model).name
    print(f"\n{name}, {pair.dtype}\n{HEADING}")
    report = Report(name, pair.dtype, [], Steps(0, 0.0))
    for search in pair.compare(lines):
        report.searches.append(search)
        print(line_of(search) + ("  MISS" if report.missed(search) else ""), flush=True)
        for one in search.others[:show]:
            print(f"    line {one.line}, {one.gap:.4f} behind: {one.source!r}")
            print(f"      torch  {one.torch}\n      native {one.native}")
    exact = pair if pair.dtype == "fp32" else EnginePair(model, dtype="fp32", to=to)
    steps = exact.compare_steps(lines[:STEP_LINES])
    missed = "  MISS" if steps.largest > NEAR_TIE else ""
    print(f"{steps.tokens:,} tokens, fp32: at most {steps.largest:.1e} apart{missed}", flush=True)
    return Report(name, pair.dtype, report.searches, steps)


def line_of(search: Compared) -> str:
    """Return the line of a table for one search."""
    near = len(search.differences) - len(search.others)
    unstable = max(search.unstable.values(), default=0)
    counts = f"{near:>10} {len(search.others):>7} {unstable:>9}"
    equal = search.lines - len(search.differences)
    return f"{search.search:14} {search.lines:>7} {equal:>7} {search.equal:>7.2%} {counts}"


def _setting() -> dict[str, Any]:
    library = load_library()
    if library is None:
        raise Seq2SeqError("there is no compiled library to compare; install the package again")
    return {
        "date": datetime.date.today().isoformat(),
        "kernels": library.kernels,
        "torch": torch.__version__,
        "threads_of_torch": torch.get_num_threads(),
    }


def _thorough() -> None:
    """Run the tests of random models and Markov chains on many examples."""
    words = ["-m", "pytest", "--hypothesis-profile=thorough", "--hypothesis-show-statistics"]
    raise typer.Exit(subprocess.run([sys.executable, *words, *TESTS], cwd=ROOT).returncode)


@app.command(help=HELP)
def main(
    models: Annotated[
        list[str] | None, typer.Argument(help="Model directories, or names of shipped models.")
    ] = None,
    data: Annotated[Path, typer.Option(help="File of lines, or TSV file.")] = SAMPLE / "test.tsv",
    column: Annotated[int, typer.Option(min=1, help="Column of a TSV file.")] = 1,
    count: Annotated[int, typer.Option("--lines", min=1, help="Number of lines to use.")] = 2000,
    dtypes: Annotated[
        list[str] | None, typer.Option("--dtype", help="auto, fp32 or int8; repeat for more.")
    ] = None,
    hostile: Annotated[int, typer.Option(help="Number of hostile lines to make of them.")] = 0,
    seed: Annotated[int, typer.Option(help="Seed of the hostile lines.")] = 1,
    recipes: Annotated[bool, typer.Option("--recipes", help="Compare models of recipes.")] = False,
    steps: Annotated[int, typer.Option(min=1, help="Training steps of these models.")] = 200,
    work: Annotated[Path, typer.Option(help="Directory of these models.")] = Path(
        "runs/compare_engines"
    ),
    thorough: Annotated[bool, typer.Option("--thorough", help="Run tests instead.")] = False,
    show: Annotated[int, typer.Option(help="Lines to print that are no near-ties.")] = 3,
    output: Annotated[Path | None, typer.Option("--json", help="File for the results.")] = None,
) -> None:
    """Compare the engines; exit with 1 if something misses its bar."""
    if thorough:
        _thorough()
    try:
        setting = _setting()
        lines = read_lines(data, column, count)
        if hostile:
            lines = hostile_lines(lines, hostile, seed=seed)
        places: dict[str | Path, str] = dict.fromkeys(models or [], "")
        for name in RECIPES if recipes else ():
            run = train_recipe(name, work.resolve(), steps=steps)
            places[run] = "en" if name == "multi30k_many_to_many" else ""
        if not places:
            raise Seq2SeqError("name a model, such as es-en, or give --recipes or --thorough")
        kind = f"{hostile} hostile lines, seed {seed}, of" if hostile else f"{len(lines)} lines of"
        print(", ".join([f"{kind} {data.name}", *(f"{k} {v}" for k, v in setting.items())]))
        reports = [
            compare(model, lines, dtype=dtype, to=to, show=show)
            for model, to in places.items()
            for dtype in dtypes or ["auto"]
        ]
    except (Seq2SeqError, subprocess.CalledProcessError) as error:
        typer.echo(f"compare_engines: {error}", err=True)
        raise typer.Exit(2) from None
    if output is not None:
        content = {**setting, "data": kind, "models": [asdict(one) for one in reports]}
        output.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
    raise typer.Exit(any(one.any_missed for one in reports))


if __name__ == "__main__":
    app()
