"""Measure what changes of the source cost: capitals, quotes, emoji, URLs, tags, glued lines ...

    python tools/robustness.py es-en
    python tools/robustness.py runs/mine --direction en-es --change "Title Case" --show 10

Each change of tools/robustness_changes.py is made to the first lines of a file, and the model
translates them as `translate` does by default. The table has, per change:

- BLEU (sacreBLEU, 13a). What was added is stripped from translation and reference.
- The percentage of the BLEU of the plain lines, scored in the same way.
- The length of the translations, in tokens, as a multiple of the references' (sacreBLEU's ratio).
- The number of overlong translations: more than twice the reference's characters, plus 10.

`MISS` marks a row below its bar or with overlong translations.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Annotated

import typer
from quality import read_pairs
from robustness_changes import CHANGES, LOCALES, Change, Changed, stripped
from sacrebleu.metrics.bleu import BLEU

import seq2seq
from seq2seq import Seq2SeqError, Translator

DIRECTIONS = ("es-en", "en-es")
"""Directions that can be measured."""

PLAIN = "plain"
"""Name of the row without a change."""

GLUED = "five lines glued"
"""Name of the row with several lines on one."""

GROUP = 5
"""Number of lines glued into one."""

GLUED_BAR = 97.0
"""Minimum percentage of the BLEU of the same lines apart."""

GLUED_LENGTH = (0.97, 1.03)
"""Bounds of the length ratio of glued lines."""

NAMES = (PLAIN, *(change.name for change in CHANGES), GLUED)
"""Names of all rows."""

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "tatoeba-es-en" / "dev.tsv"
"""File measured by default."""


class RobustnessError(Exception):
    """Raised for a mistake in the options; the message is one line."""


@dataclass(frozen=True)
class Overlong:
    """Translation that is far longer than its reference."""

    source: str
    output: str
    reference: str


@dataclass(frozen=True)
class Row:
    """Result of one change.

    Attributes:
        name: Name of the change.
        bleu: BLEU.
        percent: Percentage of the BLEU of the plain lines.
        length: Tokens of the translations divided by those of the references.
        overlong: Translations that are far longer than their references.
        bar: Minimum percentage, or None.
        length_bar: Bounds of the length ratio, or None.
        signature: Signature of sacreBLEU.
    """

    name: str
    bleu: float
    percent: float
    length: float
    overlong: tuple[Overlong, ...]
    bar: float | None
    length_bar: tuple[float, float] | None
    signature: str

    @property
    def missed(self) -> bool:
        """True if the row is below its bar or has overlong translations."""
        if self.bar is not None and self.percent < self.bar:
            return True
        if self.length_bar is not None:
            low, high = self.length_bar
            if not low <= self.length <= high:
                return True
        return bool(self.overlong)


def robustness_rows(
    translator: Translator,
    pairs: Sequence[tuple[str, str]],
    *,
    source_language: str,
    names: Sequence[str] = NAMES,
    seed: int = 1,
) -> Iterator[Row]:
    """Translate changed sources and compare with the translations of the plain ones.

    Args:
        translator: Translator of the direction.
        pairs: Source and reference of each line.
        source_language: "es" or "en"; changes that make no sense for it are left out.
        names: Names of the rows to measure.
        seed: Seed of the form that each change takes on each line.

    Yields:
        The rows, in the order of NAMES.
    """
    sources = [source for source, _ in pairs]
    references = [reference for _, reference in pairs]
    plain = _translated(translator, sources)
    if PLAIN in names:
        yield _row(PLAIN, [Changed(source) for source in sources], plain, plain, references)
    for change in CHANGES:
        if change.name in names and source_language in change.languages:
            rng = Random(f"{seed} {change.name}")
            changed = [change.make(text, rng, LOCALES[source_language]) for text in sources]
            outputs = _translated(translator, [each.text for each in changed])
            yield _row(change.name, changed, outputs, plain, references, change)
    if GLUED in names:
        glued = glue(sources)
        outputs = _translated(translator, glued)
        yield _row(GLUED, [Changed(line) for line in glued], outputs, glue(plain), glue(references))


def glue(lines: Sequence[str]) -> list[str]:
    """Return the lines with GROUP consecutive ones joined by spaces."""
    return [" ".join(lines[start : start + GROUP]) for start in range(0, len(lines), GROUP)]


def is_overlong(output: str, reference: str) -> bool:
    """Return whether an output has more than twice the reference's characters, plus 10."""
    return len(output) > 2 * len(reference) + 10


def _translated(translator: Translator, sources: Sequence[str]) -> list[str]:
    return [translation.text for translation in translator.translate_all(sources)]


def _row(
    name: str,
    changed: Sequence[Changed],
    outputs: Sequence[str],
    plain: Sequence[str],
    references: Sequence[str],
    change: Change | None = None,
) -> Row:
    """Score the outputs and the plain outputs in the same way."""
    metric = BLEU(lowercase=change is not None and change.fold_case)

    def comparable(texts: Sequence[str]) -> list[str]:
        return [stripped(text, each.strip) for text, each in zip(texts, changed, strict=True)]

    ours = comparable(outputs)
    theirs = comparable(references)
    score = metric.corpus_score(ours, [theirs])
    whole = metric.corpus_score(comparable(plain), [theirs]).score
    overlong = tuple(
        Overlong(each.text, output, reference)
        for each, output, mine, reference in zip(changed, outputs, ours, theirs, strict=True)
        if is_overlong(mine, reference)
    )
    bar = change.bar if change is not None else None
    return Row(
        name,
        score.score,
        100 * score.score / whole if whole else 0.0,
        score.sys_len / max(1, score.ref_len),
        overlong,
        GLUED_BAR if name == GLUED else bar,
        GLUED_LENGTH if name == GLUED else None,
        str(metric.get_signature()),
    )


def load(model: str) -> Translator:
    """Load a model directory or, if there is none of that name, the shipped model of that name."""
    shipped = Path(seq2seq.__file__).parent / "shipped" / model
    return Translator.from_pretrained(
        shipped if model in DIRECTIONS and not Path(model).exists() else model
    )


def line_of(row: Row) -> str:
    """Return a row of the table."""
    bar = "" if row.bar is None else f"{row.bar:.0f}%"
    bounds = "" if row.length_bar is None else "{:.2f}-{:.2f}".format(*row.length_bar)
    cells = f"{row.name:26} {row.bleu:6.2f} {row.percent:9.1f}% {bar:>6} {row.length:7.2f}"
    return f"{cells} {bounds:>9} {len(row.overlong):9}  {'MISS' if row.missed else ''}".rstrip()


HEADING = (
    f"{'':26} {'BLEU':>6} {'of plain':>10} {'bar':>6} {'length':>7} {'bar':>9} {'overlong':>9}"
)
"""Heading of the table."""


def main(
    model: Annotated[
        str, typer.Argument(help="Model directory, or es-en or en-es for a shipped model.")
    ],
    direction: Annotated[
        str | None, typer.Option(help="es-en or en-es; by default, the name of the model.")
    ] = None,
    data: Annotated[
        Path, typer.Option(help="TSV file of Spanish, English; never the test set before the end.")
    ] = DATA,
    lines: Annotated[int, typer.Option(min=1, help="Number of lines to use.")] = 500,
    changes: Annotated[
        list[str] | None, typer.Option("--change", help="Row to measure; by default, all of them.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the forms of each change.")] = 1,
    show: Annotated[int, typer.Option(help="Number of overlong translations to print.")] = 0,
) -> None:
    """Print a table of what each change costs."""
    try:
        direction = direction or model
        if direction not in DIRECTIONS:
            raise RobustnessError(f"{direction}: say which direction it is, with --direction es-en")
        unknown = set(changes or []) - set(NAMES)
        if unknown:
            raise RobustnessError(f"no change {min(unknown)!r}: there are {', '.join(NAMES)}")
        pairs = read_pairs(data, lines)
        if direction == "en-es":
            pairs = [(english, spanish) for spanish, english in pairs]
        rows = robustness_rows(
            load(model),
            pairs,
            source_language=direction[:2],
            names=changes or NAMES,
            seed=seed,
        )
        _print(rows, f"{direction}, {len(pairs):,} lines of {data.name}, seed {seed}", show)
    except (RobustnessError, Seq2SeqError, OSError) as error:
        typer.echo(f"robustness: {error}", err=True)
        raise typer.Exit(2) from None


def _print(rows: Iterator[Row], title: str, show: int) -> None:
    """Print rows as they come, the signatures, and on demand overlong translations."""
    print(f"{title}\n{HEADING}")
    signatures: dict[str, None] = {}
    for row in rows:
        print(line_of(row), flush=True)
        signatures[row.signature] = None
        for each in row.overlong[:show]:
            print(f"    {each.source}\t{each.output}\t({each.reference})")
    print(*signatures, sep="\n")


if __name__ == "__main__":
    typer.run(main)
