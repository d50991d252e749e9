"""Trace of a translation as a page that shows what the model did."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from seq2seq.data.corpus.lines import open_binary, read_lines
from seq2seq.errors import DataError
from seq2seq.web.join_modules import join_modules
from seq2seq.web.modules import modules_in
from seq2seq.web.page import self_contained
from seq2seq.web.trace_form import SentenceForm, form_of

INSIDE = Path(__file__).parent / "inside"
"""The view: modules in JavaScript, and style sheets."""

STYLES = ("trace_page.css", "inside.css")
"""Style sheets of the page."""

MAX_LINE = 1 << 26
"""Maximum number of bytes of a line of a trace."""

MAX_TRACE = 1 << 28
"""Maximum number of characters of a trace that becomes a page."""

FORMAT = 1
"""Version of the records that the page reads."""

Record = dict[str, object]


def trace_page(path: Path) -> str:
    """Return the page of a trace, which loads nothing and shows all its sentences.

    Args:
        path: File that `translate --trace` has written; it may be gzipped.

    Returns:
        HTML.

    Raises:
        DataError: The file cannot be read, is no trace, or is too large.
    """
    records = list(_records(path))
    if not any(record["kind"] == "sentence" for record in records):
        raise DataError(f"{path}: it has no sentence; write one with `translate --trace {path}`")
    style = [(INSIDE / name).read_text(encoding="utf-8") for name in STYLES]
    return self_contained(
        title="Inside the translation",
        body="<header></header>\n<main></main>",
        style="\n".join(style),
        script=join_modules("inside/trace_page.mjs", modules_in("inside")),
        data={"trace": records},
    )


def _records(path: Path) -> Iterator[Record]:
    """Yield the models and sentences of a trace."""
    size = 0
    with open_binary(str(path)) as file:
        for number, line in enumerate(read_lines(file, MAX_LINE), 1):
            place = f"{path}: line {number:,}"
            size += len(line.text)
            if size > MAX_TRACE or any(problem.startswith("cut") for problem in line.problems):
                raise DataError(f"{place}: too large for a page; trace fewer sentences")
            record = _record(line.text, place)
            if record["kind"] in ("model", "sentence"):
                yield record


def _record(text: str, place: str) -> Record:
    """Return a line of a trace, checked.

    Raises:
        DataError: It is no record of a trace.
    """
    try:
        record = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise DataError(f"{place}: not JSON; a trace is what `translate --trace` writes") from None
    kind = record.get("kind") if isinstance(record, dict) else None
    if kind not in ("model", "sentence", "line"):
        raise DataError(f"{place}: not a record of a trace; write one with `translate --trace`")
    if kind == "model" and record.get("format") != FORMAT:
        raise DataError(f"{place}: a trace of another format; write it again with this version")
    if kind == "sentence":
        _check(record, place)
    found: Record = record
    return found


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _check(record: Record, place: str) -> None:
    """Check a sentence.

    Raises:
        DataError: A key is missing or wrong.
    """
    try:
        sentence = form_of(record).model_validate(record)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"]))
        raise DataError(f"{place}: {key}: {first['msg'].lower()}") from None
    fault = sentence.fault() if isinstance(sentence, SentenceForm) else ""
    if fault:
        raise DataError(f"{place}: {fault}")
