"""Measure quality, speed, start-up and memory, and write them beside the last figures.

    make quality
    python tools/quality.py --note "why a figure changed"
    python tools/quality.py --no-timings
    python tools/quality.py --against CHECKOUT --rounds 11

The first two take a few minutes on two cores and add a table to docs/QUALITY.md. The third leaves
out speed, start-up and memory, so it can run beside other work. The fourth alternates with the
package of another checkout and prints ratios of CPU time, which are more reliable than two figures
from different hours. Run nothing else at the same time.

The dev BLEU and the robustness need Tatoeba's dev.tsv (tools/prepare_tatoeba.py makes it);
everything else uses text in the repository. Each piece of work runs in a process of its own
(tools/quality_work.py).
"""

from __future__ import annotations

import datetime
import json as json_text
import os
import re
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

ROOT = Path(__file__).resolve().parents[1]
WORK = ROOT / "tools" / "quality_work.py"
SAMPLE = ROOT / "recipes" / "sample_es_en"
SENTENCE = "¿Dónde está la biblioteca?"

TRANSLATE = """
try:
    from seq2seq.cli.app import translate_main
except ImportError:
    from seq2seq.cli import translate_main  # before the command line became a package
translate_main()
"""
SEQ2SEQ = """
try:
    from seq2seq.cli.app import main
except ImportError:
    from seq2seq.cli import main
main()
"""

BLEU_TOLERANCE = 0.1
"""Loss of BLEU above which a figure counts as worse."""

PERCENT_TOLERANCE = 0.5
"""Loss of a percentage, in points, above which a figure counts as worse."""

TOLERANCE = 0.05
"""Relative growth of time or memory above which a figure counts as worse."""


class QualityError(Exception):
    """Raised when a measurement fails; the message is one line."""


@dataclass(frozen=True)
class Figure:
    """Line of the table: a name, a value (None if it was not measured) and a unit."""

    name: str
    value: float | None
    unit: str

    def text(self) -> str:
        """Return the value as shown in the table."""
        if self.value is None:
            return "not measured"
        digits = {"BLEU": 2, "%": 1, "s": 3, "MiB": 0, "GFLOP/s": 0}[self.unit]
        return f"{self.value:,.{digits}f}{'' if self.unit == '%' else ' '}{self.unit}"


@dataclass(frozen=True)
class Run:
    """Figures of one run, with the date, the commit and the machine."""

    date: str
    commit: str
    machine: str
    figures: list[Figure]


def child(
    checkout: Path, name: str, command: Sequence[str], threads: int, *, text: str = ""
) -> tuple[str, float, float]:
    """Run Python with the package of a checkout and `text` as its standard input.

    `name` is for error messages.

    Returns:
        Standard output, CPU seconds and wall seconds of the process.

    Raises:
        QualityError: If the process fails, with the last line it printed.
    """
    environment = {
        **os.environ,
        "PYTHONPATH": str(checkout),
        "OMP_NUM_THREADS": str(threads),
        "PYTHONIOENCODING": "utf-8",
    }
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-P", *command],  # -P: the working directory also has the package
        cwd=checkout,
        env=environment,
        input=text,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    wall = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        last = (done.stderr.strip() or "it printed nothing").splitlines()[-1]
        raise QualityError(f"{name}, with the package of {checkout}: {last}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return done.stdout, cpu, wall


def work(checkout: Path, piece: str, threads: int, **options: Any) -> dict[str, Any]:
    """Run one piece of tools/quality_work.py with the package of a checkout."""
    # A dev set is too long for an argument.
    output, _, _ = child(
        checkout, piece, [str(WORK), piece], threads, text=json_text.dumps(options)
    )
    result = json_text.loads(output.splitlines()[-1])
    package = result["package"]
    if package is not None and checkout.resolve() not in Path(package).resolve().parents:
        raise QualityError(f"{checkout}: measured {package} instead; uninstall it first")
    figures: dict[str, Any] = result["figures"]
    return figures


def read_pairs(path: Path, count: int | None = None) -> list[tuple[str, str]]:
    """Return the first two columns of a TSV file, of the first `count` lines."""
    lines = path.read_text(encoding="utf-8").split("\n")
    rows = [line.split("\t") for line in lines if line][:count]
    return [(row[0], row[1]) for row in rows]


def fixed_work(
    checkout: Path, sentences: int, steps: int, settings: Sequence[str], threads: int
) -> dict[str, float]:
    """Return the CPU seconds of translating and training the same text."""
    sources = [source for source, _ in read_pairs(SAMPLE / "dev.tsv", sentences)]
    files = {"train": str(SAMPLE / "train.tsv"), "dev": str(SAMPLE / "dev.tsv")}
    return {
        **work(checkout, "translate", threads, sources=sources),
        **work(checkout, "train", threads, **files, steps=steps, settings=list(settings)),
    }


def start_up(checkout: Path, times: int, threads: int) -> dict[str, tuple[float, float]]:
    """Return the median CPU and wall seconds of short commands, without their first run."""
    commands = {
        "translate --help": [TRANSLATE, "--help"],
        "seq2seq --help": [SEQ2SEQ, "--help"],
        "first translation": [TRANSLATE, SENTENCE],
    }
    found = {}
    for name, command in commands.items():
        runs = [child(checkout, name, ["-c", *command], threads)[1:] for _ in range(times)]
        measured = runs[1:] or runs  # the first run fills the file cache
        cpu = statistics.median(cpu for cpu, _ in measured)
        wall = statistics.median(wall for _, wall in measured)
        found[name] = (cpu, wall)
    return found


def peak_memory(checkout: Path, sentences: int, threads: int) -> dict[str, float]:
    """Return the peak resident MiB of importing the package and of translating a file."""
    sources = [source for source, _ in read_pairs(SAMPLE / "dev.tsv", sentences)]
    programs = {
        "import seq2seq": ("import seq2seq", []),
        "import Translator": ("from seq2seq import Translator", []),
        f"translate, {len(sources)} sentences": (TRANSLATE, ["--beam", "5", *sources]),
    }
    return {
        name: work(checkout, "memory", threads, program=program, arguments=arguments)["peak_mib"]
        for name, (program, arguments) in programs.items()
    }


def quality_figures(
    data: Path, lines: int, phrases: int | None, sentences: int, threads: int
) -> list[Figure]:
    """Measure the translations of the shipped models.

    Args:
        data: Directory of dev.tsv; without it, BLEU and robustness are not measured.
        lines: Number of lines of dev.tsv for the robustness.
        phrases: Number of lines of each list of first words; None for all.
        sentences: Number of sentences for the survival.
        threads: Number of threads per process.

    Returns:
        The figures, in the order of the table.
    """
    dev = data / "dev.tsv"
    if dev.exists():
        _say("dev BLEU")
        figures = _figures(work(ROOT, "bleu", threads, pairs=read_pairs(dev)), "BLEU")
        _say(f"robustness, {lines} lines")
        kept = work(ROOT, "robustness", threads, pairs=read_pairs(dev, lines))
        figures += _figures(kept, "%")
    else:
        _say(f"no dev BLEU and no robustness: there is no {dev}; name its directory with --data")
        figures = [Figure("dev BLEU", None, "BLEU"), Figure("robustness", None, "%")]
    _say("first words")
    figures += _figures(work(ROOT, "first_words", threads, lines=phrases), "%")
    _say(f"survival, {sentences} sentences")
    return figures + _figures(work(ROOT, "survival", threads, sentences=sentences), "%")


def cost_figures(
    sentences: int, steps: int, rounds: int, starts: int, settings: Sequence[str], threads: int
) -> list[Figure]:
    """Measure speed, start-up and memory with the package of this checkout."""
    figures = []
    repeats = []
    for number in range(rounds):
        _say(f"fixed work, round {number + 1} of {rounds}")
        repeats.append(fixed_work(ROOT, sentences, steps, settings, threads))
    for name in repeats[0]:
        seconds = statistics.median(figures[name] for figures in repeats)
        figures.append(Figure(f"{name}: CPU", seconds, "s"))
    _say("start-up and memory")
    for name, (cpu, wall) in start_up(ROOT, starts, threads).items():
        figures.append(Figure(f"{name}: CPU", cpu, "s"))
        figures.append(Figure(f"{name}: wall", wall, "s"))
    for name, mib in peak_memory(ROOT, sentences, threads).items():
        figures.append(Figure(f"{name}: peak memory", mib, "MiB"))
    return figures


def _figures(values: dict[str, float], unit: str) -> list[Figure]:
    return [Figure(name, value, unit) for name, value in values.items()]


def compare(
    other: Path, sentences: int, steps: int, rounds: int, settings: Sequence[str], threads: int
) -> dict[str, list[float]]:
    """Return the ratios of CPU time to another checkout, one per round, by name of the work.

    The two checkouts alternate, and every other round starts with the other one.
    """
    ratios: dict[str, list[float]] = {}
    for number in range(rounds):
        seconds: dict[Path, dict[str, float]] = {}
        for checkout in [ROOT, other] if number % 2 == 0 else [other, ROOT]:
            seconds[checkout] = fixed_work(checkout, sentences, steps, settings, threads)
            name = "first translation"
            _, cpu, _ = child(checkout, name, ["-c", TRANSLATE, SENTENCE], threads)
            seconds[checkout][name] = cpu
        for name, ours in seconds[ROOT].items():
            ratios.setdefault(name, []).append(ours / seconds[other][name])
        medians = ", ".join(
            f"{name} {statistics.median(found):.3f}" for name, found in ratios.items()
        )
        _say(f"round {number + 1} of {rounds}, medians so far: {medians}")
    return ratios


def last_run(document: str) -> Run | None:
    """Read the newest run in a document written by `with_run`.

    A figure that this run did not measure is taken from the newest run that did.
    """
    title = re.search(r"^## (\S+), commit (.+)$", document, flags=re.MULTILINE)
    if title is None:
        return None
    machine = re.search(r"^Machine: (.+)$", document, flags=re.MULTILINE)
    figures: dict[str, Figure] = {}
    rows = re.findall(r"^\| ([^|]+) \| ([\d.,]+) ?(\S+) \|", document, flags=re.MULTILINE)
    for name, number, unit in rows:
        figures.setdefault(name, Figure(name, float(number.replace(",", "")), unit))
    return Run(title[1], title[2], machine[1] if machine else "", list(figures.values()))


def change(figure: Figure, before: Figure | None) -> tuple[str, bool]:
    """Return the change of a figure as text, and whether it is worse by more than its tolerance.

    The tolerance is BLEU_TOLERANCE for BLEU, PERCENT_TOLERANCE for percentages and TOLERANCE for
    everything else.
    """
    if figure.value is None or before is None or before.value is None:
        return "", False
    if figure.unit in ("BLEU", "%"):
        gain = figure.value - before.value
        tolerance = BLEU_TOLERANCE if figure.unit == "BLEU" else PERCENT_TOLERANCE
        return f"{gain:+.2f}", gain < -tolerance
    if not before.value:
        return "", False
    growth = figure.value / before.value - 1
    better_higher = figure.unit == "GFLOP/s"
    return f"{growth:+.1%}", growth > TOLERANCE and not better_higher


def table(run: Run, before: Run | None, note: str) -> tuple[str, list[str]]:
    """Return a run as a section of Markdown, and the figures that are worse than before."""
    known = {figure.name: figure for figure in before.figures} if before is not None else {}
    worse = []
    lines = [f"## {run.date}, commit {run.commit}", "", f"Machine: {run.machine}", ""]
    if before is not None and before.machine != run.machine:
        lines += [
            "The last run was on another machine or with other versions, so changes of speed say "
            "little.",
            "",
        ]
    if note:
        lines += [note, ""]
    lines += ["| | this run | last run | change |", "|---|---|---|---|"]
    for figure in run.figures:
        last = known.get(figure.name)
        text, is_worse = change(figure, last)
        lines.append(
            f"| {figure.name} | {figure.text()} | {last.text() if last else ''} | {text} |"
        )
        if is_worse:
            worse.append(f"{figure.name} ({text})")
    return "\n".join(lines) + "\n", worse


def with_run(document: str, section: str) -> str:
    """Return the document with a new section before the newest one."""
    head, mark, rest = document.partition("\n## ")
    return f"{head.rstrip()}\n\n{section}" + (f"\n{mark[1:]}{rest}" if mark else "")


def _commit() -> str:
    """Return the short hash of the current commit, and whether files differ from it."""

    def git(*arguments: str) -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
        )
        return done.stdout.strip()

    changed = git("status", "--porcelain", "--untracked-files=no", "--", "seq2seq")
    return (git("rev-parse", "--short", "HEAD") or "unknown") + (" and changes" if changed else "")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main(
    settings: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SECTION.KEY=VALUE", help="Settings of the training, if not the defaults."
        ),
    ] = None,
    data: Annotated[
        Path, typer.Option(envvar="SEQ2SEQ_DATA", help="Directory of Tatoeba's dev.tsv.")
    ] = ROOT.parent / "shared" / "data" / "tatoeba-es-en",
    against: Annotated[
        Path | None,
        typer.Option(help="Another checkout to alternate with; only the fixed work is measured."),
    ] = None,
    rounds: Annotated[
        int, typer.Option(min=1, help="Number of measurements of the fixed work.")
    ] = 3,
    starts: Annotated[int, typer.Option(min=1, help="Number of starts of each command.")] = 8,
    sentences: Annotated[int, typer.Option(min=1, help="Number of sentences to translate.")] = 500,
    steps: Annotated[int, typer.Option(min=1, help="Number of training steps.")] = 50,
    robustness_lines: Annotated[
        int, typer.Option(min=1, help="Number of lines of dev.tsv for the robustness.")
    ] = 100,
    first_words: Annotated[
        int | None, typer.Option(min=1, help="Number of lines of each list of first words.")
    ] = None,
    survival_sentences: Annotated[
        int, typer.Option(min=1, help="Number of sentences for the survival.")
    ] = 300,
    timings: Annotated[
        bool, typer.Option(help="Measure speed, start-up and memory as well.")
    ] = True,
    threads: Annotated[
        int, typer.Option(min=1, help="Number of threads per measured process.")
    ] = 1,
    note: Annotated[str, typer.Option(help="Sentence to put above the table.")] = "",
    output: Annotated[Path, typer.Option(help="Document to add the table to.")] = ROOT
    / "docs"
    / "QUALITY.md",
    json: Annotated[Path | None, typer.Option(help="File to write the figures to.")] = None,
) -> None:
    """Measure quality, speed, start-up and memory of this checkout."""
    if against is not None:
        if not (against / "seq2seq" / "__init__.py").exists():
            raise QualityError(f"{against} is no checkout: it has no seq2seq/__init__.py")
        ratios = compare(against.resolve(), sentences, steps, rounds, settings or [], threads)
        for name, found in ratios.items():
            print(f"{statistics.median(found):.3f}  {name} ({min(found):.3f} to {max(found):.3f})")
        report: dict[str, Any] = {"against": str(against), "ratios": ratios}
    else:
        place = work(ROOT, "machine", threads)
        figures = [Figure("matrix product, fp32", place["gflops"], "GFLOP/s")] if timings else []
        figures += quality_figures(data, robustness_lines, first_words, survival_sentences, threads)
        if timings:
            figures += cost_figures(sentences, steps, rounds, starts, settings or [], threads)
        machine = f"{place['machine']}; threads: {threads}"
        run = Run(datetime.date.today().isoformat(), _commit(), machine, figures)
        document = output.read_text(encoding="utf-8") if output.exists() else "# Quality\n"
        section, worse = table(run, last_run(document), note)
        output.write_text(with_run(document, section), encoding="utf-8")
        print(section)
        if worse and not note:
            _say(f"worse than last time: {', '.join(worse)}; give the reason with --note")
        report = {
            "date": run.date,
            "commit": run.commit,
            "machine": run.machine,
            "figures": {
                figure.name: {"value": figure.value, "unit": figure.unit} for figure in run.figures
            },
        }
    if json is not None:
        json.write_text(json_text.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    program = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    program.command()(main)
    try:
        program()
    except QualityError as error:
        sys.exit(f"error: {error}")
