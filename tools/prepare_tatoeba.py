"""Make the splits of recipes/tatoeba_es_en from the Spanish-English file of manythings.org/anki.

    python tools/prepare_tatoeba.py spa-eng.zip [--output data/tatoeba_es_en] [--dev 2000]
        [--test 2000] [--seed N]

The input is the downloaded archive, or the text file in it (English, a tab, Spanish, and possibly
the attribution). The output is train.tsv.gz, dev.tsv and test.tsv (Spanish, a tab, English), with
the same bytes on every run. The sentences are from tatoeba.org, CC BY 2.0 FR.

The rules are those behind the table in the recipe's README, but the sentences are not the same: the
splits of that table were grouped over three language pairs at once, and the published file grows.
A score on these splits is therefore close to the table's, not equal to it. The rules:

- Text is normalized to NFC, zero-width characters are removed, each run of whitespace becomes one
  space, and exact duplicates are dropped.
- Two pairs belong to the same group if they share a sentence of either language after folding to
  lowercase without accents and punctuation. A group goes to one split as a whole, so no sentence of
  dev or test is in train on either side. Groups of more than 20 pairs go to train.
- train has a pair for every translation of a sentence; dev and test have one line per Spanish
  sentence.
"""

from __future__ import annotations

import argparse
import gzip
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path
from random import Random
from typing import IO

DEFAULT_OUTPUT = Path("data") / "tatoeba_es_en"
DEFAULT_SEED = 2018
MAX_GROUP = 20
MAX_BYTES = 1_000_000_000
"""Maximum size of the text in bytes, against malicious archives; the real text has tens of MB."""

ZERO_WIDTH = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff"))

Pair = tuple[str, str]
"""A Spanish sentence and its English translation."""


def read(path: Path) -> str:
    """Return the text of a .zip or .txt file; raise SystemExit with one line if that fails."""
    try:
        if path.suffix.lower() == ".zip":
            with zipfile.ZipFile(path) as archive, archive.open(_member(path, archive)) as file:
                raw = _limited(path, file)
        else:
            with path.open("rb") as file:
                raw = _limited(path, file)
    except OSError as error:
        raise SystemExit(f"{path}: cannot be read: {error.strerror or error}") from None
    # zipfile raises RuntimeError for an encrypted archive.
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:
        raise SystemExit(f"{path}: damaged or not a readable zip archive: {error}") from None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SystemExit(f"{path}: is not UTF-8 at byte {error.start:,}") from None


def _member(path: Path, archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    """Return the only text in the archive besides _about.txt."""
    texts = [info for info in archive.infolist() if info.filename.endswith(".txt")]
    texts = [info for info in texts if not info.filename.rpartition("/")[2].startswith("_")]
    if len(texts) != 1:
        raise SystemExit(f"{path}: holds {len(texts)} texts (*.txt), where one is needed")
    return texts[0]


def _limited(path: Path, file: IO[bytes]) -> bytes:
    """Return the content; check its size while reading, as an archive may state a false one."""
    raw = file.read(MAX_BYTES + 1)
    if len(raw) > MAX_BYTES:
        raise SystemExit(
            f"{path}: its text is over {MAX_BYTES:,} bytes; this cannot be the right file"
        )
    return raw


def clean(text: str) -> str:
    """Return the sentence in NFC, without zero-width characters, with single spaces."""
    return " ".join(unicodedata.normalize("NFC", text.translate(ZERO_WIDTH)).split())


def fold(sentence: str) -> str:
    """Return the sentence without case, accents and punctuation."""
    letters = (character for character in unicodedata.normalize("NFKD", sentence.casefold()))
    return " ".join(
        "".join(letter for letter in letters if letter.isalnum() or letter.isspace()).split()
    )


def parse(text: str, name: str) -> list[Pair]:
    """Return the distinct pairs, in an order that does not depend on the order of the lines."""
    pairs = set()
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        fields = line.split("\t")
        if len(fields) < 2:
            raise SystemExit(
                f"{name}: line {number:,} has no tab; it should be English, a tab, Spanish"
            )
        english = clean(fields[0])
        spanish = clean(fields[1])
        if english and spanish:
            pairs.add((spanish, english))
    return sorted(pairs)


def grouped(pairs: list[Pair]) -> list[list[Pair]]:
    """Return groups of pairs such that no two groups share a folded sentence.

    Groups are in the order of their first pairs.
    """
    parent = list(range(len(pairs)))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    first: dict[tuple[int, str], int] = {}
    for index, pair in enumerate(pairs):
        for side, sentence in enumerate(pair):
            parent[root(index)] = root(first.setdefault((side, fold(sentence)), index))
    groups: dict[int, list[Pair]] = {}
    for index, pair in enumerate(pairs):
        groups.setdefault(root(index), []).append(pair)
    return list(groups.values())


def split(pairs: list[Pair], sizes: dict[str, int], seed: int) -> dict[str, list[Pair]]:
    """Assign groups to splits of `sizes` Spanish sentences; train gets the rest."""
    random = Random(seed)
    pairs = list(pairs)
    random.shuffle(pairs)
    groups = grouped(pairs)
    random.shuffle(groups)
    splits: dict[str, list[Pair]] = {name: [] for name in ("train", *sizes)}
    for group in groups:
        lines = dict(group)  # one English sentence per Spanish one
        fitting = (name for name, size in sizes.items() if len(splits[name]) + len(lines) <= size)
        name = "train" if len(group) > MAX_GROUP else next(fitting, "train")
        splits[name] += group if name == "train" else lines.items()
    for each in splits.values():
        random.shuffle(each)
    return splits


def write(splits: dict[str, list[Pair]], folder: Path) -> list[Path]:
    """Write the files and return their paths; train is compressed."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, pairs in splits.items():
        raw = as_text(pairs).encode("utf-8")
        packed = name == "train"
        path = folder / (f"{name}.tsv.gz" if packed else f"{name}.tsv")
        path.write_bytes(gzip.compress(raw, mtime=0) if packed else raw)
        written.append(path)
    return written


def as_text(pairs: Iterable[Pair]) -> str:
    """Return the lines of one file."""
    return "".join(f"{spanish}\t{english}\n" for spanish, english in pairs)


def main(arguments: list[str] | None = None) -> None:
    """Write the splits into a directory."""
    parser = argparse.ArgumentParser(
        description="Make the Tatoeba splits from the file of www.manythings.org/anki."
    )
    parser.add_argument("file", type=Path, help="spa-eng.zip, or the spa.txt in it")
    parser.add_argument(
        "--output",
        type=Path,
        default=DEFAULT_OUTPUT,
        metavar="DIR",
        help="directory of the three files",
    )
    parser.add_argument("--dev", type=int, default=2000, metavar="N", help="lines of dev.tsv")
    parser.add_argument("--test", type=int, default=2000, metavar="N", help="lines of test.tsv")
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED, help="seed of the random choices")
    options = parser.parse_args(arguments)
    sizes = {"dev": options.dev, "test": options.test}
    if min(sizes.values()) < 1:
        parser.error("dev and test need at least one line each")
    pairs = parse(read(options.file), str(options.file))
    splits = split(pairs, sizes, options.seed)
    if not splits["train"] or any(len(splits[name]) < size for name, size in sizes.items()):
        raise SystemExit(
            f"{options.file}: {len(pairs):,} pairs are too few for dev and test sets of these sizes"
        )
    try:
        written = write(splits, options.output)
    except OSError as error:
        raise SystemExit(
            f"{options.output}: cannot be written: {error.strerror or error}"
        ) from None
    for path, each in zip(written, splits.values(), strict=True):
        print(f"{path}: {len(each):,} pairs")


if __name__ == "__main__":
    main()
