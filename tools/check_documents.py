"""Check the formats of documents on real files: what stays, and whether other programs read it.

    python tools/check_documents.py files DIRECTORY [--translate]
    python tools/check_documents.py subtitles FILE... --model es-en
    python tools/check_documents.py hostile

`files` gives every file below a directory back through an identity translation and compares the
bytes. With --translate it translates the first files of each format as well, and has other programs
read the results, as far as these are installed: see `document_programs`.
"""

from __future__ import annotations

import re
import tempfile
from collections import Counter, defaultdict
from pathlib import Path
from typing import Annotated

import typer
from document_programs import verdict
from hostile_documents import hostile_documents

from seq2seq import Seq2SeqError, Translator
from seq2seq.documents.document import FORMATS, ReadOptions, Target
from seq2seq.documents.formats.subtitles import cues
from seq2seq.documents.recognise import format_of, read_document

LIMIT = 3_000_000
"""Larger files are left out, in bytes."""

app = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False)


def _options(name: str) -> ReadOptions:
    return ReadOptions(("1",) if name in ("csv", "tsv") else (), True, "en", "es")


def _files(directory: Path) -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = defaultdict(list)
    for path in sorted(directory.rglob("*")):
        if path.is_file() and format_of(path) and path.stat().st_size < LIMIT:
            found[format_of(path)].append(path)
    return found


@app.command()
def files(
    directory: Path,
    translate: Annotated[bool, typer.Option(help="Translate files, too.")] = False,
    count: Annotated[int, typer.Option(help="Number of files of each format to translate.")] = 3,
    model: Annotated[str, typer.Option(help="Model to translate with.")] = "en-es",
) -> None:
    """Check that an identity translation gives each file back, and that translations are legal."""
    found = _files(directory)
    readable: dict[str, list[Path]] = defaultdict(list)
    for name, paths in found.items():
        counts: Counter[str] = Counter()
        for path in paths:
            counts[_identity(path, name)] += 1
            if path.stat().st_size > 200:
                readable[name].append(path)
        print(f"{name:12}", ", ".join(f"{number} {what}" for what, number in counts.items()))
    if translate:
        translator = Translator.from_pretrained(model)
        for name in FORMATS:
            _translations(readable.get(name, []), name, translator, count)


def _identity(path: Path, name: str) -> str:
    try:
        document = read_document(path, name, _options(name))
    except Seq2SeqError as error:
        print(f"  {error}")
        return "refused"
    same = [None if one.current is None else Target(one.current) for one in document.segments]
    if document.write(same) == path.read_bytes():
        return "the same"
    print(f"  {path}: differs")
    return "different"


def _translations(paths: list[Path], name: str, translator: Translator, count: int) -> None:
    done = 0
    for path in paths:
        with tempfile.TemporaryDirectory() as folder:
            output = Path(folder) / path.name
            try:
                report = translator.translate_document(
                    path, output, everything=True, columns=_options(name).columns
                )
            except Seq2SeqError as error:
                print(f"  {error}")
                continue
            if not report.translated or report.translated > 400:
                continue
            before = verdict(path, name)
            print(f"{name:12} {path.name}: {report}; source {before}, {verdict(output, name)}")
            done += 1
        if done == count:
            return


@app.command()
def subtitles(paths: list[Path], model: str = "en-es") -> None:
    """Measure lines and reading speeds of translated subtitles."""
    translator = Translator.from_pretrained(model)
    for path in paths:
        with tempfile.TemporaryDirectory() as folder:
            output = Path(folder) / path.name
            report = translator.translate_document(path, output)
            ours, theirs = (one.read_text(encoding="utf-8-sig") for one in (path, output))
        print(f"{path.name}: {report}; times the same: {_times(ours) == _times(theirs)}")
        for name, text in (("source", ours), ("translation", theirs)):
            lines = [_seen(line) for cue in cues(text) for line in cue.text.splitlines()]
            print(f"  {name}: longest line {max(map(len, lines))}")
        pairs = list(zip(cues(ours), cues(theirs), strict=True))
        faster = sum(len(_seen(b.text)) > 1.2 * len(_seen(a.text)) for a, b in pairs)
        total = sum(len(_seen(b.text)) for _, b in pairs) / sum(
            len(_seen(a.text)) for a, _ in pairs
        )
        rates = [
            max(len(_seen(cue.text)) / max(0.1, cue.stop - cue.start) for cue in side)
            for side in zip(*pairs, strict=True)
        ]
        print(
            f"  speed in all: {total:.2f} of the source's; cues more than 20 % faster: {faster} of "
            f"{len(pairs)}; highest: {rates[1]:.0f} characters per second, source {rates[0]:.0f}"
        )


def _times(text: str) -> list[str]:
    return [line for line in text.splitlines() if "-->" in line]


def _seen(text: str) -> str:
    return re.sub(r"<[^<>]*>|\{\\[^{}]*\}", "", text).strip()


@app.command()
def hostile() -> None:
    """Check that each hostile document is refused in one line, or read within seconds."""
    for name, data in hostile_documents().items():
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / name
            path.write_bytes(data)
            try:
                document = read_document(path, options=_options(format_of(path)))
                print(f"{name}: read, {len(document.segments)} segments")
            except Seq2SeqError as error:
                message = str(error).removeprefix(f"{path}: ")
                print(f"{name}: {message}" if "\n" not in message else f"{name}: SEVERAL LINES")


if __name__ == "__main__":
    app()
