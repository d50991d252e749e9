"""From files of pairs as people have them to train.tsv, dev.tsv and test.tsv, with a report."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from seq2seq.data.corpus.corpus import Corpus, read_places
from seq2seq.data.corpus.guess_encoding import foreign_message
from seq2seq.data.corpus.local_files import LANGUAGE
from seq2seq.data.corpus.readers import Column, TextOptions
from seq2seq.data.inspection.faults import FAULTS, LEAK, MISALIGNED
from seq2seq.data.inspection.groups import group_pairs
from seq2seq.data.inspection.inspect_pairs import CODES, Inspection, Rules, inspect_pairs
from seq2seq.data.inspection.languages import SideLanguages
from seq2seq.data.inspection.leaks import leaking
from seq2seq.data.inspection.split import DEV, TEST, TRAIN, split_groups
from seq2seq.data.inspection.tidy import tidied
from seq2seq.errors import DataError
from seq2seq.reports.data_report import MAX_EXAMPLES, DataReport, Example, Side
from seq2seq.runtime.atomic_file import atomic_write_text
from seq2seq.runtime.storage import writing
from seq2seq.text_steps.language_names import NAMES, find_language
from seq2seq.text_steps.scripts import UNSPACED
from seq2seq.training.expectations import expectation

PARTS = {"train": TRAIN, "dev": DEV, "test": TEST}
"""Names of the parts."""

SWAPPED = "swapped"
WEAK = "kept, but with little evidence"
"""Names of examples that are no faults."""

DOCUMENT = "data.json"
"""Name of the JSON form, written last."""

DROPPED = "dropped.tsv"
"""Name of the file of the pairs that were left out."""

Pairs = list[tuple[str, str]]


@dataclass(frozen=True)
class Held:
    """Dev or test pairs.

    Attributes:
        count: Number of pairs to split off, if they are not in a file.
        file: File of them; "" to split them off.
    """

    count: int = 0
    file: str = ""


@dataclass(frozen=True)
class CleanedData:
    """Pairs of each part, and what was found.

    Attributes:
        parts: Pairs of train, dev and test.
        dropped: Pairs that were left out, each with its fault and place.
        report: The report.
    """

    parts: dict[str, Pairs]
    dropped: list[Example]
    report: DataReport

    def write(self, directory: Path) -> list[Path]:
        """Write the parts, the pairs that were left out, the page and, last, data.json.

        Args:
            directory: Directory to write to; it is created if it does not exist.

        Returns:
            The paths of the files.

        Raises:
            DataError: The directory has files of these names that are not by this function.
            StorageError: The directory cannot be created or written to.
        """
        names = [f"{part}.tsv" for part in self.parts]
        check_directory(directory)
        with writing(directory):
            directory.mkdir(parents=True, exist_ok=True)
            (directory / DOCUMENT).unlink(missing_ok=True)
        for name, pairs in zip(names, self.parts.values(), strict=True):
            Corpus.from_pairs(pairs).write(directory / name)
        rows = ((one.fault, one.place, one.source, one.target) for one in self.dropped)
        lines = [("fault", "place", "source", "target"), *rows]
        table = "".join("\t".join(map(_one_cell, line)) + "\n" for line in lines)
        atomic_write_text(table, directory / DROPPED)
        atomic_write_text(self.report.to_html(), directory / "data.html")
        document = json.dumps(self.report.to_json(), ensure_ascii=False, indent=2) + "\n"
        atomic_write_text(document, directory / DOCUMENT)
        return [directory / name for name in (*names, DROPPED, "data.html", DOCUMENT)]


def check_directory(directory: Path) -> None:
    """Check that nothing in a directory would be lost that `seq2seq data` has not written.

    Raises:
        DataError: There is such a file.
    """
    names = [*(f"{part}.tsv" for part in PARTS), DROPPED, "data.html"]
    foreign = [name for name in names if (directory / name).exists()]
    if foreign and not (directory / DOCUMENT).exists():
        raise DataError(
            f"{directory}: holds {', '.join(foreign)}, which `seq2seq data` has not written; move "
            "it away, or choose another --output"
        )


def clean_data(
    files: Sequence[str],
    *,
    source: str,
    target: str,
    dev: Held,
    test: Held,
    rules: Rules,
    encoding: str = "",
    seed: int = 1,
) -> CleanedData:
    """Read pairs, tidy and filter them, and divide them into train, dev and test.

    Args:
        files: Files of pairs.
        source: Language of the source, or its column.
        target: Language of the target, or its column.
        dev: Dev pairs.
        test: Test pairs.
        rules: Limits of the inspection; its languages are set here.
        encoding: Encoding of the files; "" is UTF-8, or what their byte-order mark says.
        seed: Seed of the split.

    Returns:
        The pairs of each part, and a report.

    Raises:
        DataError: A file cannot be read, or too few pairs are left.
    """
    reader = _Reader(source, target, encoding)
    counts: dict[str, int] = {}
    pairs: Pairs = []
    for file in files:
        found = reader.read(file)
        counts[file] = counts.get(file, 0) + len(found)
        pairs += found
    rules = replace(rules, source=reader.languages[0], target=reader.languages[1])
    inspection = inspect_pairs([one for one, _ in pairs], [two for _, two in pairs], rules)
    del pairs
    held = {
        part: [(tidied(one), tidied(two)) for one, two in reader.read(given.file)]
        for part, given in ((DEV, dev), (TEST, test))
        if given.file
    }
    _leave_out_leaks(inspection, held)
    parts = _divide(inspection, held, {DEV: dev.count, TEST: test.count}, seed)
    leaks = _count_leaks(parts, held)
    examples = _Examples(inspection, counts)
    report = _report(inspection, counts, parts, leaks, examples, reader.languages)
    return CleanedData(parts, list(examples.dropped()), report)


class _Reader:
    """Reads files whose sides are given as languages or as columns.

    Attributes:
        languages: Codes of the two languages, "" where a column is given.
    """

    def __init__(self, source: str, target: str, encoding: str) -> None:
        self.given = (source, target)
        self.languages = tuple(find_language(name, among=NAMES) or "" for name in self.given)
        self.options = TextOptions(encoding, "replace", *self.languages)

    def read(self, file: str) -> Pairs:
        """Return the pairs of a file."""
        source, target = (
            self._column(file, name, language)
            for name, language in zip(self.given, self.languages, strict=True)
        )
        pairs = [
            pair
            for table in read_places(file, source=source, target=target, options=self.options)
            for pair in zip(table["source"].to_pylist(), table["target"].to_pylist(), strict=True)
        ]
        if not self.options.encoding and any("\ufffd" in one + two for one, two in pairs):
            self._check_encoding(file)
        return pairs

    def _check_encoding(self, file: str) -> None:
        """Raise DataError if a whole file is in another encoding, rather than some of its lines."""
        for path in {file.replace(LANGUAGE, name) for name in self.given}:
            if message := foreign_message(path):
                raise DataError(message)

    @staticmethod
    def _column(file: str, name: str, language: str) -> Column:
        if name.isdecimal():
            return int(name)
        return None if language and LANGUAGE not in file else name or None


def _leave_out_leaks(inspection: Inspection, held: dict[int, Pairs]) -> None:
    """Mark the pairs with a sentence of the dev or test pairs that are given as files."""
    rows = inspection.kept
    given = [pair for pairs in held.values() for pair in pairs]
    if given and len(rows):
        sides = _sides([_pair(inspection, row) for row in rows.tolist()])
        inspection.faults[rows[leaking(sides, _sides(given))]] = CODES[LEAK]


def _divide(
    inspection: Inspection, held: dict[int, Pairs], wanted: dict[int, int], seed: int
) -> dict[str, Pairs]:
    """Return the pairs of each part."""
    rows = inspection.kept
    pairs = [_pair(inspection, row) for row in rows.tolist()]
    counts = {part: 0 if part in held else wanted[part] for part in (DEV, TEST)}
    if any(counts.values()):
        groups = group_pairs(*_sides(pairs))
        chosen = split_groups(groups, dev=counts[DEV], test=counts[TEST], seed=seed)
    else:
        chosen = np.full(len(pairs), TRAIN)
    parts = {
        name: held.get(part) or [pairs[row] for row in np.flatnonzero(chosen == part).tolist()]
        for name, part in PARTS.items()
    }
    if not parts["train"]:
        raise DataError("no pair is left to train on; look at the faults with --check")
    return parts


def _pair(inspection: Inspection, row: int) -> tuple[str, str]:
    return inspection.sources[row], inspection.targets[row]


def _sides(pairs: Pairs) -> tuple[list[str], list[str]]:
    return [one for one, _ in pairs], [two for _, two in pairs]


def _count_leaks(parts: dict[str, Pairs], held: dict[int, Pairs]) -> dict[str, int]:
    """Return how many pairs of a part have a sentence of another part.

    Only two files that are both given can share sentences: the pairs that are split off are in
    groups, and those with a sentence of a given file have been left out.
    """
    found = {}
    for one, other in itertools.combinations(parts, 2):
        if parts[one] and parts[other]:
            given = PARTS[one] in held and PARTS[other] in held
            leaks = leaking(_sides(parts[other]), _sides(parts[one])) if given else np.zeros(0)
            found[f"{other} pairs in {one}"] = int(leaks.sum())
    return found


class _Examples:
    """Pairs to show, with their places in the files."""

    def __init__(self, inspection: Inspection, counts: dict[str, int]) -> None:
        self.inspection = inspection
        self.files = list(counts)
        self.ends = np.cumsum(list(counts.values()))
        self.names = {code: name for name, code in CODES.items()}

    def worst(self) -> Iterator[Example]:
        """Yield pairs of each fault, the worst first, swapped pairs, and the weakest kept."""
        faults = self.inspection.faults
        evidence = self.inspection.evidence
        for name in (MISALIGNED, *(name for name in FAULTS if name != MISALIGNED)):
            rows = np.flatnonzero(faults == CODES[name])
            if name == MISALIGNED:
                rows = rows[np.argsort(evidence[rows], kind="stable")]
            yield from (self._example(row, name) for row in rows[:MAX_EXAMPLES].tolist())
        swapped = np.flatnonzero(self.inspection.swapped)[:MAX_EXAMPLES]
        yield from (self._example(row, SWAPPED) for row in swapped.tolist())
        kept = np.flatnonzero((faults == 0) & ~np.isnan(evidence))
        weak = kept[np.argsort(evidence[kept], kind="stable")][:MAX_EXAMPLES]
        yield from (self._example(row, WEAK) for row in weak.tolist())

    def dropped(self) -> Iterator[Example]:
        """Yield all pairs that were left out."""
        for row in np.flatnonzero(self.inspection.faults).tolist():
            yield self._example(row, self.names[int(self.inspection.faults[row])])

    def _example(self, row: int, fault: str) -> Example:
        file = int(np.searchsorted(self.ends, row, side="right"))
        before = int(self.ends[file - 1]) if file else 0
        evidence = float(self.inspection.evidence[row])
        shows = fault in (MISALIGNED, WEAK) and not np.isnan(evidence)
        return Example(
            fault,
            f"{self.files[file]}: pair {row - before + 1:,}",
            *_pair(self.inspection, row),
            round(evidence, 2) if shows else None,
        )


def _report(
    inspection: Inspection,
    counts: dict[str, int],
    parts: dict[str, Pairs],
    leaks: dict[str, int],
    examples: _Examples,
    languages: Sequence[str],
) -> DataReport:
    rows = inspection.kept.tolist()
    texts = (
        [inspection.sources[row] for row in rows],
        [inspection.targets[row] for row in rows],
    )
    sides = [
        _side(name, language, kept, found)
        for name, language, kept, found in zip(
            ("source", "target"), languages, texts, inspection.languages, strict=True
        )
    ]
    found = Counter(inspection.faults.tolist())
    alignments = inspection.alignments
    measured = bool(len(alignments.exchanged))
    return DataReport(
        files=counts,
        faults={name: found[CODES[name]] for name in FAULTS},
        meanings=FAULTS,
        swapped=int(inspection.swapped.sum()),
        repaired=int(inspection.repaired.sum()),
        trouble=inspection.trouble,
        sides=sides,
        ratios=[len(target) / len(source) for source, target in zip(*texts, strict=True)],
        evidence=alignments.evidence.tolist() if measured else [],
        exchanged=alignments.exchanged.tolist(),
        limit=round(alignments.limit, 3) if np.isfinite(alignments.limit) else None,
        parts={name: len(pairs) for name, pairs in parts.items()},
        leaks=leaks,
        examples=list(examples.worst()),
        expectation=expectation(len(parts["train"]), sides[0].mean),
    )


def _side(name: str, language: str, texts: Sequence[str], found: SideLanguages) -> Side:
    words: set[str] = set()
    lengths = []
    for text in texts:
        parts = list(text) if found.script in UNSPACED else text.split()
        lengths.append(len(parts))
        words.update(parts)
    return Side(name, language, lengths, len(words), found.scripts, found.languages)


def _one_cell(text: str) -> str:
    return " ".join(text.split())
