"""File of a trace: a JSON object per line, written as soon as it is complete."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from seq2seq.cli.output_file import descriptor, is_same_file, output_stream, part_path
from seq2seq.cli.places import STANDARD
from seq2seq.errors import DataError
from seq2seq.translation.trace_records import Record, TraceSink


@contextlib.contextmanager
def trace_writer(path: Path, source: Path | int | None, output: Path | None) -> Iterator[TraceSink]:
    """Open a file for a trace.

    Args:
        path: File to write; the suffix .gz means gzip.
        source: Path or file descriptor that the input is read from, None if there is none.
        output: File of the translations; None is standard output.

    Yields:
        Function that writes a record.

    Raises:
        DataError: The file is that of the input or the translations, or standard output.
        StorageError: The file cannot be written.
    """
    if path == Path(STANDARD):
        raise DataError("--trace needs the name of a file: standard output is for translations")
    taken = set() if output is None else {part_path(output), part_path(output).with_suffix("")}
    if is_same_file(path, descriptor(sys.stdout)) or {path.resolve(), part_path(path)} & taken:
        raise DataError(f"{path}: holds the translations; name another file for the trace")
    with output_stream(path, source) as file:

        def write(record: Record) -> None:
            text = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
            file.write(text.encode("utf-8", "replace") + b"\n")
            file.flush()

        yield write
