"""Translation of documents: the base class of `Translator`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from seq2seq.documents.read_file import within
from seq2seq.text_steps.language_names import language_code
from seq2seq.translation.document_translation import (
    DocumentJob,
    DocumentReport,
    translate_document,
)
from seq2seq.translation.fitting import NBEST
from seq2seq.translation.glossary_terms import target_forms
from seq2seq.translation.values import Source, Translation


class DocumentTranslator(ABC):
    """Translator of texts that translates documents with them.

    Attributes:
        source_language: Language that the model translates from; "" if unknown.
        target_language: The only language that the model translates into; "" if there are several,
            or it is unknown.
        to: Target language of texts that do not name one.
    """

    source_language: str
    target_language: str
    to: str

    @abstractmethod
    def stream(self, texts: Iterable[str | Source]) -> Iterator[Translation]:
        """Translate any number of texts, in their order."""

    @abstractmethod
    def with_alignments(self) -> DocumentTranslator:
        """Return a translator with word alignments, if the model has any."""

    @abstractmethod
    def with_nbest(self, count: int) -> DocumentTranslator:
        """Return a translator with n-best lists, if the search has any."""

    def translate_document(
        self,
        path: str | Path,
        output: str | Path,
        *,
        format: str = "",
        glossary: str | Path | None = None,
        memory: str | Path | None = None,
        columns: Sequence[str] = (),
        everything: bool = False,
        threshold: float | None = None,
    ) -> DocumentReport:
        """Translate a document into another file of the same format.

        Only the text is replaced; everything else, such as times, keys and layout, stays as it is.

        Args:
            path: File to read.
            output: File to write, whole or not at all.
            format: Format of the file, such as "srt" or "docx"; "" finds it from the name.
            glossary: File with a source term and a target term per line (TSV or CSV), or a termbase
                (TBX). Where the source term occurs, the target term is used.
            memory: Translation memory (TMX). Segments that are in it are taken from it.
            columns: Columns of a table to translate, by name or by number from 1.
            everything: If true, entries of a bilingual file that have a translation are translated,
                too.
            threshold: Confidence below which a segment is marked as doubtful, from 0 to 1. By
                default the model's own warnings decide.

        Returns:
            What was translated, and which terms were used.

        Raises:
            ConfigError: The format is unknown, or the columns are; or a term of the glossary is
                forbidden.
            DataError: A file cannot be read or written, or is damaged.
        """
        job = DocumentJob.of(
            path,
            self.languages,
            format=format,
            glossary=glossary,
            memory=memory,
            columns=columns,
            everything=everything,
            threshold=threshold,
        )
        if glossary is not None and job.glossary is not None:
            with within(Path(glossary)):
                self.check_terms(target_forms(job.glossary, job.target_language))
        translator = self.with_alignments() if job.has_markup else self
        several = translator.with_nbest(NBEST)
        return translate_document(job, Path(output), translator.stream, several.stream)

    def check_terms(self, terms: Sequence[str]) -> None:
        """Check that terms can appear in translations.

        Args:
            terms: Target terms.

        Raises:
            ConfigError: One cannot, because the decoding settings exclude it.
        """
        return

    @property
    def languages(self) -> tuple[str, str]:
        """Codes of the source and the target language, such as ("es", "en"); "" if unknown."""
        return language_code(self.source_language), language_code(self.target_language or self.to)
