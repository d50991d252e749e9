"""Training text of the shipped models: sources, their weights and licenses, and the mixture."""

from __future__ import annotations

import csv
import gzip
import io
import random
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from phrase_book import read_phrase_book
from phrase_variants import with_variants

from seq2seq import DataError
from seq2seq.data.corpus.lines import open_binary
from seq2seq.text import strip_combining

SOURCES = Path(__file__).with_name("shipped_sources.tsv")
SEED = 1

TRAIN = "train.tsv.gz"
"""Name of the training text in the folder of a direction."""

TABLE = "sources.tsv"
"""Name of the table of its sources."""

ADAPTED = "us-government"
"""Source that tools/adapt_gain.py adapts to: the training text leaves out some of its pairs."""

HELD_OUT = 500
"""Number of pairs that are held out of `ADAPTED`."""

BASICS = (
    "greetings",
    "introductions",
    "questions_and_answers",
    "set_phrases",
    "signs",
    "small_words",
    "thanks_and_apologies",
)
"""Topics of the phrase book that a model should know by heart."""

WORDS = tuple(f"everyday_words_{number}" for number in range(1, 7))
"""Topics of the phrase book with everyday words that the other sources have too seldom."""

PHRASE_BOOKS: dict[str, tuple[str, ...]] = {
    "phrase-book": (),
    "phrase-book-basics": BASICS,
    "phrase-book-words": WORDS,
}
"""Sources that are parts of the phrase book, and their topics; () for all of it."""

FEW_WORDS = 3
"""Maximum number of words of a phrase that is trained on although a dev or test set has it."""

COLUMNS = ["name", "pairs", "weight", "license", "origin"]
"""Columns of the table."""

Pair = tuple[str, str]


@dataclass(frozen=True)
class TextSource:
    """Source of training text.

    Attributes:
        name: Name of its file.
        weight: Number of times that each of its pairs is in the mixture; with a fraction, that
            fraction of the pairs is there once more.
        license: License of the text.
        permissive: True if the license asks for no more than naming the source.
        origin: Where the text comes from.
    """

    name: str
    weight: float
    license: str
    permissive: bool
    origin: str


@dataclass(frozen=True)
class SourceCount:
    """Source of a training text, as its table names it.

    Attributes:
        name: Name of the source.
        pairs: Number of its pairs.
        weight: Number of times that each of them is in the text.
        license: License of the source.
        origin: Where it comes from.
    """

    name: str
    pairs: int
    weight: float
    license: str
    origin: str


@dataclass(frozen=True)
class Folders:
    """Directories of the data.

    Attributes:
        general: Files NAME.tsv.gz (Spanish, a tab, English).
        tatoeba: train.tsv.gz, dev.tsv and test.tsv.
        elsewhere: Test sets of other domains.
    """

    general: Path = Path("data") / "es-en-general"
    tatoeba: Path = Path("data") / "tatoeba_es_en"
    elsewhere: Path = Path("data") / "es-en-ood"


def read_sources(*, permissive: bool) -> list[TextSource]:
    """Read the table of sources, all of them or only those with permissive licenses."""
    with SOURCES.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    sources = [
        TextSource(
            row["name"],
            float(row["weight"]),
            row["license"],
            row["permissive"] == "yes",
            row["origin"],
        )
        for row in rows
    ]
    return [source for source in sources if source.permissive or not permissive]


def write_mixture(
    place: Path, sources: Sequence[TextSource], direction: str, folders: Folders
) -> int:
    """Write the shuffled training text of a direction, and the table of its sources.

    Args:
        place: Folder to write to: TRAIN with a source, a tab and a target per line, and TABLE.
        sources: Sources to mix.
        direction: "es-en" or "en-es".
        folders: Where the data is.

    Returns:
        The number of pairs.

    Raises:
        DataError: A file is missing or has a line of another form.
    """
    draw = random.Random(SEED)
    held_out = _held_out(folders)
    pairs: list[Pair] = []
    counts = []
    for source in sources:
        part = _pairs_of(source.name, direction, folders, held_out)
        times = int(source.weight)
        pairs += part * times
        pairs += draw.sample(part, round((source.weight - times) * len(part)))
        counts.append([source.name, len(part), source.weight, source.license, source.origin])
    draw.shuffle(pairs)
    with gzip.open(place / TRAIN, "wt", encoding="utf-8", compresslevel=3) as file:
        file.writelines(f"{source}\t{target}\n" for source, target in pairs)
    with (place / TABLE).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t", quoting=csv.QUOTE_NONE, lineterminator="\n")
        writer.writerows([COLUMNS, *counts])
    return len(pairs)


def read_table(place: Path) -> list[SourceCount]:
    """Read the sources of a training text from its folder."""
    with (place / TABLE).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [
        SourceCount(
            row["name"], int(row["pairs"]), float(row["weight"]), row["license"], row["origin"]
        )
        for row in rows
    ]


def write_dev(path: Path, direction: str, folders: Folders) -> int:
    """Write the dev text: lines of Tatoeba dev and of the first halves of the other sets.

    Returns:
        The number of pairs.
    """
    kept: list[Pair] = []
    for name, count in DEV_LINES.items():
        pairs = dev_pairs(name, folders)
        kept += pairs[:: len(pairs) // count][:count]
    with path.open("w", encoding="utf-8") as file:
        file.writelines("\t".join(turned(pair, direction)) + "\n" for pair in kept)
    return len(kept)


DEV_LINES = {"tatoeba": 400, "ted-tst2013": 150, "newstest2012": 150, "flores-dev": 100}
"""Number of lines of each set in the dev text of the training."""


def dev_pairs(name: str, folders: Folders) -> list[Pair]:
    """Return the pairs (Spanish, English) of a set that may be looked at while developing.

    Pairs with a short phrase of the phrase book, such as "Hola.", are left out.
    """
    if name == "tatoeba":
        return _without_known(read_pairs(folders.tatoeba / "dev.tsv"))
    pairs = list(read_pairs(folders.elsewhere / f"{name}.tsv"))
    return _without_known(pairs[: len(pairs) // 2])


def final_pairs(name: str, folders: Folders) -> list[Pair]:
    """Return the pairs (Spanish, English) of a set that are scored once, at the end.

    Pairs with a short phrase of the phrase book, such as "Hola.", are left out.
    """
    if name == "tatoeba":
        return _without_known(read_pairs(folders.tatoeba / "test.tsv"))
    pairs = list(read_pairs(folders.elsewhere / f"{name}.tsv"))
    return _without_known(pairs[len(pairs) // 2 :])


def _without_known(pairs: Iterable[Pair]) -> list[Pair]:
    """Return the pairs neither side of which is a phrase that the models are trained on."""
    known = {folded(side) for pair in read_phrase_book("es-en") for side in pair if _is_short(side)}
    return [pair for pair in pairs if not known.intersection(map(folded, pair))]


def _is_short(text: str) -> bool:
    return len(folded(text).split()) <= FEW_WORDS


def _pairs_of(name: str, direction: str, folders: Folders, held_out: set[str]) -> list[Pair]:
    """Return the pairs of a source in a direction."""
    if name in PHRASE_BOOKS:  # written without looking at the sets, with which it shares phrases
        book = read_phrase_book(direction, PHRASE_BOOKS[name])
        unseen = [pair for pair in book if not any(_is_held_out(side, held_out) for side in pair)]
        return with_variants(unseen)
    place = folders.tatoeba / "train" if name == "tatoeba" else folders.general / name
    pairs = [turned(pair, direction) for pair in read_pairs(place.with_suffix(".tsv.gz"))]
    return split_adapted(pairs)[0] if name == ADAPTED else pairs


def _is_held_out(text: str, held_out: set[str]) -> bool:
    """Return whether a phrase must not be trained on because a dev or test set has it."""
    return not _is_short(text) and folded(text) in held_out


def split_adapted(pairs: Sequence[Pair]) -> tuple[list[Pair], list[Pair]]:
    """Return the pairs of `ADAPTED` to train on and those held out, which are spread evenly."""
    step = max(1, len(pairs) // HELD_OUT)
    held_out = set(range(0, len(pairs), step)[:HELD_OUT])
    kept = [pair for number, pair in enumerate(pairs) if number not in held_out]
    return kept, [pairs[number] for number in sorted(held_out)]


def _held_out(folders: Folders) -> set[str]:
    """Return the folded lines of all dev and test sets, on both sides."""
    files = [folders.tatoeba / "dev.tsv", folders.tatoeba / "test.tsv"]
    files += sorted(folders.elsewhere.glob("*.tsv"))
    return {folded(side) for file in files for pair in read_pairs(file) for side in pair}


def folded(text: str) -> str:
    """Return a text without case, accents and punctuation."""
    return " ".join(re.findall(r"\w+", strip_combining(text.lower())))


def turned(pair: Pair, direction: str) -> Pair:
    """Return a pair (Spanish, English) as (source, target)."""
    return pair if direction == "es-en" else (pair[1], pair[0])


def read_pairs(path: Path) -> Iterator[Pair]:
    """Yield the pairs of a file, gzipped or not; raise DataError if it cannot be read."""
    try:
        with open_binary(str(path)) as file, io.TextIOWrapper(file, encoding="utf-8") as lines:
            yield from _parsed(lines, path)
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}") from None


def _parsed(lines: Iterable[str], path: Path) -> Iterator[Pair]:
    for number, line in enumerate(lines, 1):
        columns = line.rstrip("\n").split("\t")
        if len(columns) < 2:
            raise DataError(f"{path}, line {number}: 1 column where 2 are needed")
        yield columns[0], columns[1]
