"""Translate or score lines: one line out for each line in, in order."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path

from seq2seq.cli.continued_output import Begun, read_begun, skip_windows
from seq2seq.cli.input_lines import InputLines, RepairNotes
from seq2seq.cli.line_format import LineFormat
from seq2seq.cli.output_file import output_stream
from seq2seq.cli.trace_file import trace_writer
from seq2seq.cli.typed_directions import TypedDirections
from seq2seq.errors import ConfigError, DataError
from seq2seq.runtime.progress import track
from seq2seq.runtime.ranks import Ranks, process_group
from seq2seq.translation.doubts import MAY_BE_WRONG
from seq2seq.translation.options import TranslatorOptions
from seq2seq.translation.rank_pool import RankPool, lead
from seq2seq.translation.translator import Translator
from seq2seq.translation.values import Source, Term, Translation
from seq2seq.translation.workers import WorkerPool

COMMAND = "--no-python translate --model MODEL"
"""Arguments to give a launcher after its own options; the command is a program, not a module."""


def translate(
    model: Sequence[Path],
    lines: InputLines,
    *,
    output: Path | None,
    options: TranslatorOptions,
    scores: bool = False,
    as_json: bool = False,
    prefix: str = "",
    terms: Sequence[str | Term] = (),
    workers: int = 1,
    trace: Path | None = None,
    go_on: bool = False,
) -> None:
    """Translate lines.

    With several `workers`, processes share the work, except for lines that a person types.
    Processes started by a launcher share it too: rank 0 reads and writes.

    Args:
        model: Model directories, several for an ensemble. If there is none, each typed line chooses
            a shipped model by its language.
        lines: Source of the lines.
        output: File to write; None is standard output.
        options: Options for loading the model and for translating.
        scores: If true, append the score of each translation.
        as_json: If true, write one JSON object per line.
        prefix: Beginning of each translation.
        terms: Phrases that must appear in each translation; a `Term` only where its source occurs.
        workers: Number of worker processes.
        trace: File to write what the model did, as JSON lines; None for none.
        go_on: Continue a translation into `output` that was broken off.

    Raises:
        ConfigError: There are several workers in each of several launched processes, or several
            processes and a trace.
        Seq2SeqError: The model cannot be loaded, or input and output cannot be used.
    """
    notes = RepairNotes()
    with contextlib.ExitStack() as stack:
        ranks = stack.enter_context(process_group(os.environ, COMMAND))
        _check_processes(ranks.world_size, workers, lines, trace)
        translator = _start(stack, model, lines, options=options, ranks=ranks, workers=workers)
        if translator is None:  # another rank, which has served rank 0 until the end
            return
        line_format = LineFormat(
            scores=scores,
            alignments=options.alignments,
            numbered=translator.decoding.nbest > 1,
            as_json=as_json,
        )
        begun = _begun(output, line_format, trace) if go_on else Begun(Path())
        # No character has more than four bytes.
        windows = lines.windows(stack, 4 * translator.max_source_characters)
        skipped, windows = skip_windows(windows, begun) if begun.lines else (0, windows)
        texts = notes.texts(windows, skipped)
        sources = ([Source(text, prefix, tuple(terms)) for text in window] for window in texts)
        sink = stack.enter_context(output_stream(output, lines.source, kept=begun.size))
        if trace is None:
            found = translator.stream_windows(sources)
        else:
            assert isinstance(translator, Translator | TypedDirections)
            records = stack.enter_context(trace_writer(trace, lines.source, output))
            found = translator.stream_windows(sources, trace=records)
        if output is not None and not lines.typed:  # standard output shows its own progress
            found = track(found, f"translating into {output}")
        for number, translation in enumerate(found, skipped):
            made = line_format.lines(number, translation)
            content = b"".join(line.encode("utf-8", "replace") + b"\n" for line in made)
            if begun.check(number, content):
                continue
            if translation.cut:
                notes.add(number, f"cut at {translator.decoding.max_source_length} subwords")
            if translation.warning:
                notes.add(number, _warning(translation))
            sink.write(content)
            sink.flush()


def _begun(output: Path | None, line_format: LineFormat, trace: Path | None) -> Begun:
    """Return how far a translation that is to be continued has come."""
    if trace is not None:
        raise ConfigError("--continue cannot continue a trace: leave out --trace")
    numbered = line_format.numbered and not line_format.as_json
    return read_begun(output, numbered=numbered)


def _check_processes(world_size: int, workers: int, lines: InputLines, trace: Path | None) -> None:
    if workers > 1 and world_size > 1:
        raise ConfigError(
            f"{workers} workers in each of {world_size} processes: leave out --workers"
        )
    if trace is not None and (world_size > 1 or (workers > 1 and not lines.typed)):
        raise ConfigError("--trace needs a single process: leave out --workers and launchers")


def _start(
    stack: contextlib.ExitStack,
    model: Sequence[Path],
    lines: InputLines,
    *,
    options: TranslatorOptions,
    ranks: Ranks,
    workers: int,
) -> Translator | WorkerPool | RankPool | TypedDirections | None:
    """Load the model in all processes that share the work; None in a rank other than 0."""
    if not model:
        return TypedDirections(options)
    if workers > 1 and not lines.typed:
        return stack.enter_context(WorkerPool(model, options=options, workers=workers))
    own = Translator.from_pretrained(model, options=options, ranks=ranks)
    return stack.enter_context(lead(own))


def _warning(translation: Translation) -> str:
    """Return the note about a translation that may be wrong."""
    if translation.warning != MAY_BE_WRONG or translation.confidence is None:
        return translation.warning
    return f"{translation.warning} (confidence {translation.confidence:.2f})"


def score(
    model: Sequence[Path], lines: InputLines, *, output: Path | None, options: TranslatorOptions
) -> None:
    """Write the log-probability, in nats, of the translation on each line.

    A line holds a source, a tab and a translation. Processes share the work as in `translate`.

    Args:
        model: Model directories, several for an ensemble.
        lines: Source of the lines.
        output: File to write; None is standard output.
        options: Options for loading the model.

    Raises:
        DataError: A line does not hold exactly one tab.
        Seq2SeqError: The model cannot be loaded, or input and output cannot be used.
    """
    notes = RepairNotes()
    number = 0
    with contextlib.ExitStack() as stack:
        ranks = stack.enter_context(process_group(os.environ, COMMAND))
        own = Translator.from_pretrained(model, options=options, ranks=ranks)
        translator = stack.enter_context(lead(own))
        if translator is None:
            return
        windows = notes.texts(lines.windows(stack, 8 * translator.max_source_characters))
        sink = stack.enter_context(output_stream(output, lines.source))
        for window in windows:
            pairs = [text.split("\t") for text in window]
            for place, pair in enumerate(pairs):
                if len(pair) != 2:
                    raise DataError(
                        f"line {number + place + 1}: {len(pair) - 1} tabs; write SOURCE, a tab, "
                        "TRANSLATION"
                    )
            sources = [source for source, _ in pairs]
            translations = [translation for _, translation in pairs]
            for value in translator.score(sources, translations):
                sink.write(f"{value:.4f}\n".encode())
            number += len(window)
            sink.flush()
