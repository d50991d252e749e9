"""Translate a document: what the command does with a file that is more than lines of text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from seq2seq.cli.choose_model import model_for_languages, model_for_text
from seq2seq.cli.document_options import DocumentOptions
from seq2seq.cli.input_lines import InputLines
from seq2seq.documents.document import ReadOptions
from seq2seq.documents.recognise import read_document
from seq2seq.errors import Seq2SeqError
from seq2seq.runtime.notes import note
from seq2seq.translation.options import TranslatorOptions
from seq2seq.translation.translator import Translator


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
        raise Seq2SeqError(f"{path}: is a document, which {', '.join(other)} cannot be used with")
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
        columns=document.columns or (),
        everything=document.everything,
        threshold=document.threshold,
    )
    note(f"{output}: {report}")
    for terms, what in ((report.terms_used, "used"), (report.terms_missed, "missed")):
        for (source, target), count in terms.items():
            note(f"term {what}: {source} -> {target} ({count:,})")


def _shipped_model(path: Path, document: DocumentOptions, options: TranslatorOptions) -> Path:
    """Return the shipped model for the languages that are named, or that the document is in."""
    if options.from_ or options.to:
        return model_for_languages(from_=options.from_, to=options.to)
    read = ReadOptions(tuple(document.columns or ()), document.everything)
    segments = read_document(path, document.format, read).segments
    texts = [one.text for one in segments if one.has_letters]
    return model_for_text(InputLines(texts=texts))
