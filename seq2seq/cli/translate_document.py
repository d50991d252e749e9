"""Translate a document: what the command does with a file that is more than lines of text."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from seq2seq.cli.choose_model import model_for_languages, model_for_text
from seq2seq.cli.input_lines import InputLines
from seq2seq.documents.document import ReadOptions
from seq2seq.documents.recognise import format_of, read_document
from seq2seq.errors import Seq2SeqError
from seq2seq.translation.options import TranslatorOptions
from seq2seq.translation.translator import Translator

LINES = ("", "text")
"""Formats whose lines the command translates one by one, in constant memory."""


@dataclass(frozen=True, kw_only=True)
class DocumentOptions:
    """Options of the command that concern documents.

    Attributes:
        format: Name of the format; "" finds it.
        glossary: File with terms.
        memory: File with translations to reuse.
        columns: Columns of a table to translate.
        everything: If true, what has a translation is translated, too.
        threshold: Confidence below which a segment is doubtful.
    """

    format: str = ""
    glossary: Path | None = None
    memory: Path | None = None
    columns: Sequence[str] = ()
    everything: bool = False
    threshold: float | None = None

    def concern(self, path: Path | None) -> bool:
        """Return whether the input is to be read as a document, not as lines."""
        if path is None:
            if self != DocumentOptions():
                raise Seq2SeqError(
                    "--format, --glossary, --memory, --column, --all and --threshold need a "
                    "document: name it with --input"
                )
            return False
        helped = self.glossary is not None or self.memory is not None
        return helped or (self.format or format_of(path)) not in LINES


def translate_document(
    model: Sequence[Path],
    path: Path,
    output: Path | None,
    *,
    document: DocumentOptions,
    options: TranslatorOptions,
    other: Sequence[str] = (),
) -> None:
    """Translate a document, and report on standard error.

    Args:
        model: Model directories; none chooses a shipped model.
        path: File to read.
        output: File to write.
        document: What to translate, and with which help.
        options: Options for loading the model and for translating.
        other: Options that were given and that apply to lines only.

    Raises:
        Seq2SeqError: A file or an option cannot be used, or the model cannot be loaded.
    """
    if output is None:
        raise Seq2SeqError(f"{path}: is a document; name the translation with --output")
    if other:
        raise Seq2SeqError(f"{path}: is a document, for which there is no {', '.join(other)}")
    if not model:
        model = [_shipped_model(path, document, options)]
        options = replace(options, to="", from_="")
    translator = Translator.from_pretrained(model, options=options)
    report = translator.translate_document(
        path,
        output,
        format=document.format,
        glossary=document.glossary,
        memory=document.memory,
        columns=document.columns,
        everything=document.everything,
        threshold=document.threshold,
    )
    print(f"{output}: {report}", file=sys.stderr)
    for terms, what in ((report.terms_used, "used"), (report.terms_missed, "missed")):
        for (source, target), count in terms.items():
            print(f"term {what}: {source} -> {target} ({count:,})", file=sys.stderr)


def _shipped_model(path: Path, document: DocumentOptions, options: TranslatorOptions) -> Path:
    """Return the shipped model for the languages that are named, or that the document is in."""
    if options.from_ or options.to:
        return model_for_languages(from_=options.from_, to=options.to)
    read = ReadOptions(tuple(document.columns), document.everything)
    segments = read_document(path, document.format, read).segments
    texts = [one.text for one in segments if one.has_letters]
    return model_for_text(InputLines(texts=texts))
