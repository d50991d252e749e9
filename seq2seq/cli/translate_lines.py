"""What the command `translate` does: lines in, lines out, in order, as many of the one as of the
other."""

from __future__ import annotations

import contextlib
import io
import json
import os
import stat
import sys
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from seq2seq.cli.output_file import descriptor, output_stream
from seq2seq.data.corpus.lines import Line, decode, open_binary, read_lines
from seq2seq.errors import ConfigError, DataError
from seq2seq.runtime.progress import track
from seq2seq.runtime.ranks import process_group
from seq2seq.translation.rank_pool import RankPool, lead
from seq2seq.translation.translator import Translator
from seq2seq.translation.values import Alternative, Source, Translation
from seq2seq.translation.windows import full_windows, windows_at_hand
from seq2seq.translation.workers import WorkerPool

T = TypeVar("T")

COMMAND = "--no-python translate --model MODEL"
"""What follows a launcher's own options: the command is no module."""


@dataclass(frozen=True)
class Formatter:
    """How a translation is written: [N |||] TEXT [||| SCORE] [||| ALIGNMENT], or a JSON object.

    Alignments are in the Pharaoh format: 0-0 1-2, source word and target word, counted from 0.
    """

    scores: bool = False
    alignments: bool = False
    numbered: bool = False
    json: bool = False

    def lines(self, number: int, translation: Translation) -> list[str]:
        """The lines of the translation of input line `number`, counted from 0 as in Moses's n-best
        lists."""
        if self.json:
            return [json.dumps(self._record(translation), ensure_ascii=False)]
        if not translation.alternatives:
            return [f"{number} ||| " if self.numbered else ""]
        return [self._line(number, alternative) for alternative in translation.alternatives]

    def _line(self, number: int, one: Alternative) -> str:
        fields = [str(number)] * self.numbered + [one.text] + [f"{one.score:.4f}"] * self.scores
        if self.alignments:
            fields.append(" ".join(f"{source}-{target}" for source, target in one.alignment))
        return " ||| ".join(fields)

    def _record(self, translation: Translation) -> dict[str, object]:
        return {
            "source": translation.source,
            "translation": translation.text,
            "score": translation.score,
            "alternatives": [
                {"text": one.text, "score": one.score, "log_probability": one.log_probability}
                | ({"alignment": one.alignment} if self.alignments else {})
                for one in translation.alternatives
            ],
            "cut": translation.cut,
        }


@dataclass(frozen=True)
class Files:
    """Where lines come from, `texts`, `input` or standard input, and go to, `output` or standard
    output."""

    texts: list[str] | None = None
    input: Path | None = None
    output: Path | None = None

    @property
    def typed(self) -> bool:
        """Whether a person is going to be asked for the lines."""
        return (
            self.texts is None
            and self.input is None
            and sys.stdin is not None
            and sys.stdin.isatty()
        )

    @property
    def source(self) -> Path | int | None:
        """The path or file descriptor that lines are read from; None for texts given as arguments."""
        if self.texts is not None:
            return None
        return descriptor(sys.stdin) if self.input is None else self.input

    def windows(self, stack: contextlib.ExitStack, max_bytes: int) -> Iterator[list[Line]]:
        """The lines in groups: a person's one by one, a file's in full windows, those of a pipe as
        they come."""
        if self.texts is not None:
            return full_windows(map(_as_line, self.texts))
        stream = (
            _standard_input()
            if self.input is None
            else stack.enter_context(open_binary(str(self.input)))
        )
        lines = read_lines(stream, limit=max_bytes)
        if self.typed:
            return _prompted(lines)
        status = os.fstat(sys.stdin.fileno()) if self.input is None else self.input.stat()
        return full_windows(lines) if stat.S_ISREG(status.st_mode) else windows_at_hand(lines)

    def track(self, found: Iterator[T]) -> Iterator[T]:
        """What is found, with a progress bar where standard output has nothing to show."""
        return (
            found
            if self.output is None or self.typed
            else track(found, f"translating into {self.output}")
        )


def translate(
    model: Sequence[Path],
    files: Files,
    *,
    beam: int | None,
    nbest: int,
    format: Formatter,
    device: str,
    prefix: str = "",
    terms: Sequence[str] = (),
    to: str = "",
    dtype: str = "auto",
    shortlist: bool = False,
    settings: Sequence[str] = (),
    workers: int = 1,
) -> None:
    """Translate lines.

    With several `workers`, processes share the work; what a person types on a terminal needs no
    more than one. So do processes that a launcher has started, of which the first reads and writes.
    Raises ConfigError if there are both."""
    arguments: dict[str, Any] = {
        "directory": model,
        "device": device,
        "dtype": dtype,
        "shortlist": shortlist,
    }
    arguments |= {"settings": list(settings), "alignments": format.alignments, "to": to}
    notes = _Notes()
    with contextlib.ExitStack() as stack:
        ranks = stack.enter_context(process_group(os.environ, COMMAND))
        if workers > 1 and ranks.world_size > 1:
            raise ConfigError(
                f"{workers} workers in each of {ranks.world_size} processes: leave out --workers"
            )
        translator: Translator | WorkerPool | RankPool | None
        if workers == 1 or files.typed:
            translator = stack.enter_context(
                lead(Translator.from_pretrained(**arguments, ranks=ranks))
            )
            if translator is None:  # the first rank has had what it wanted of this one
                return
        else:
            translator = stack.enter_context(WorkerPool(arguments, workers))
        # No character has more than four bytes.
        texts = notes.texts(files.windows(stack, 4 * translator.max_source_characters))
        sources = ([Source(text, prefix, tuple(terms)) for text in window] for window in texts)
        found = translator.stream_windows(sources, beam, nbest)
        sink = stack.enter_context(output_stream(files.output, files.source))
        for number, translation in enumerate(files.track(found)):
            if translation.cut:
                notes.say(number, f"cut at {translator.decoding.max_source_length} subwords")
            for line in format.lines(number, translation):
                sink.write(line.encode("utf-8", "replace") + b"\n")
            sink.flush()


def score(
    model: Sequence[Path], files: Files, *, device: str, to: str = "", dtype: str = "auto"
) -> None:
    """Write the log-probability, in nats, of each line's translation: the lines hold a source, a
    tab, a translation.

    Processes share the work as in `translate`. Raises DataError at a line that does not.
    """
    notes, number = _Notes(), 0
    with contextlib.ExitStack() as stack:
        ranks = stack.enter_context(process_group(os.environ, COMMAND))
        translator = stack.enter_context(
            lead(Translator.from_pretrained(model, device, dtype, to=to, ranks=ranks))
        )
        if translator is None:
            return
        windows = notes.texts(files.windows(stack, 8 * translator.max_source_characters))
        sink = stack.enter_context(output_stream(files.output, files.source))
        for window in windows:
            pairs = [text.split("\t") for text in window]
            for place, pair in enumerate(pairs):
                if len(pair) != 2:
                    raise DataError(
                        f"line {number + place + 1}: {len(pair) - 1} tabs; write SOURCE, a tab, "
                        "TRANSLATION"
                    )
            for value in translator.score(*(list(side) for side in zip(*pairs, strict=True))):
                sink.write(f"{value:.4f}\n".encode())
            number += len(window)
            sink.flush()


class _Notes:
    """Says on stderr what was mended, line by line, up to a number of lines that someone would
    read."""

    most = 20

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._said = 0
        self._read = 0

    def say(self, number: int, what: str) -> None:
        with self._lock:  # with several workers, a thread of their own reads the lines
            self._said += 1
            said = self._said
        if said <= self.most:
            print(f"line {number + 1}: {what}", file=sys.stderr)
        elif said == self.most + 1:
            print("further lines were mended too; no more is said of them", file=sys.stderr)

    def texts(self, windows: Iterable[list[Line]]) -> Iterator[list[str]]:
        """The lines' texts; says what was mended in them."""
        for window in windows:
            for line in window:
                if line.problems:
                    self.say(self._read, ", ".join(line.problems))
                self._read += 1
            yield [line.text for line in window]


def _as_line(argument: str) -> Line:
    """An argument as it would be read from a file: one line, no undecodable bytes."""
    text, problems = decode(argument.encode("utf-8", "surrogateescape"))
    return Line(" ".join(text.split("\n")), (*problems, "line break") if "\n" in text else problems)


def _standard_input() -> BinaryIO:
    """Standard input through a buffer of its own: the interpreter wants sys.stdin's to itself when
    it ends, and must not find a thread there that waits for input."""
    try:
        return io.BufferedReader(io.FileIO(sys.stdin.fileno(), closefd=False))
    except (OSError, AttributeError):  # a directory; or closed, then sys.stdin is None
        raise DataError(
            "standard input cannot be read; give sentences as arguments or a file with --input"
        ) from None


def _prompted(lines: Iterator[Line]) -> Iterator[list[Line]]:
    """Ask for each line on standard error, so that standard output holds translations alone."""
    print("Type a sentence and press Enter; Ctrl-D ends.", file=sys.stderr)
    while True:
        print("> ", end="", file=sys.stderr, flush=True)
        line = next(lines, None)
        if line is None:
            print(file=sys.stderr)
            return
        yield [line]
