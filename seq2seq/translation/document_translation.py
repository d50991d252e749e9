"""Translation of a document: its segments, with a glossary and a translation memory."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from seq2seq.documents.document import Document, ReadOptions, Segment, Target
from seq2seq.documents.element_spans import Alone
from seq2seq.documents.glossary import Glossary, load_glossary
from seq2seq.documents.markup import Piece, Pieces, joined, marks_of
from seq2seq.documents.memory import Memory, load_memory
from seq2seq.documents.placing import MAX_MARKS, element_texts, place_marks
from seq2seq.documents.read_file import within
from seq2seq.documents.recognise import format_of, read_document
from seq2seq.errors import ConfigError, DataError
from seq2seq.runtime.atomic_file import atomic_write
from seq2seq.translation.fitting import Translate, fitting
from seq2seq.translation.glossary_terms import terms_of, uses
from seq2seq.translation.values import Source, Translation

_OUTER_SPACE = re.compile(r"^\s*|\s*$")


@dataclass(frozen=True, kw_only=True)
class DocumentReport:
    """Result of translating a document.

    Attributes:
        format: Name of the format.
        segments: Number of segments with something to translate.
        translated: Number of them that the model translated.
        reused: Number of them that came from the translation memory.
        left: Number of them that have too much markup, and were left as they are.
        doubtful: Number of translations that a person should look at.
        terms_used: How many segments use each term of the glossary, by source and target term.
        terms_missed: How many segments lack a term whose source they have.
    """

    format: str
    segments: int
    translated: int
    reused: int
    left: int
    doubtful: int
    terms_used: dict[tuple[str, str], int]
    terms_missed: dict[tuple[str, str], int]

    def __str__(self) -> str:
        counts = [f"{self.translated:,} of {self.segments:,} segments translated"]
        counts += [f"{self.reused:,} from the memory"] if self.reused else []
        counts += [f"{self.left:,} with too much markup left"] if self.left else []
        counts += [f"{self.doubtful:,} doubtful"] if self.doubtful else []
        used = sum(self.terms_used.values())
        missed = sum(self.terms_missed.values())
        if used or missed:
            counts.append(f"{used:,} of {used + missed:,} terms used")
        return ", ".join(counts)


@dataclass(frozen=True)
class DocumentJob:
    """A document to translate, with what helps to translate it.

    Attributes:
        path: The file.
        document: The file as it was read.
        format: Name of its format.
        target_language: Code of the target language, "" if unknown.
        glossary: Terms to use, if any.
        memory: Translations to reuse, if any.
        threshold: Confidence below which a translation is doubtful; None leaves it to the model.
    """

    path: Path
    document: Document
    format: str
    target_language: str = ""
    glossary: Glossary | None = None
    memory: Memory | None = None
    threshold: float | None = None

    @classmethod
    def of(
        cls,
        path: str | Path,
        languages: tuple[str, str],
        *,
        format: str = "",
        glossary: str | Path | None = None,
        memory: str | Path | None = None,
        columns: Sequence[str] = (),
        everything: bool = False,
        threshold: float | None = None,
    ) -> DocumentJob:
        """Read a document, a glossary and a memory.

        Args:
            path: The document.
            languages: Codes of the source and the target language, "" if unknown.
            format: Name of the format, "" to find it.
            glossary: File with terms.
            memory: File with translations.
            columns: Columns of a table to translate.
            everything: If true, what has a translation is translated, too.
            threshold: Confidence below which a translation is doubtful.

        Raises:
            ConfigError: The format, a column or the threshold is impossible.
            DataError: A file cannot be read.
        """
        if threshold is not None and not 0 <= threshold <= 1:
            raise ConfigError(f"the threshold must be from 0 to 1, not {threshold}")
        options = ReadOptions(tuple(columns), everything, *languages)
        document = read_document(Path(path), format, options)
        return cls(
            Path(path),
            document,
            format or format_of(Path(path)),
            languages[1],
            None if glossary is None else load_glossary(Path(glossary), *languages),
            None if memory is None else load_memory(Path(memory), *languages),
            threshold,
        )

    @property
    def has_markup(self) -> bool:
        """True if a segment has inline markup, for which an alignment is needed."""
        return any(marks_of(one.pieces) for one in self.document.segments)


@dataclass
class _Tally:
    translated: int = 0
    reused: int = 0
    left: int = 0
    doubtful: int = 0
    used: Counter[tuple[str, str]] = field(default_factory=Counter)
    missed: Counter[tuple[str, str]] = field(default_factory=Counter)


def translate_document(
    job: DocumentJob, output: Path, translate: Translate, search: Translate
) -> DocumentReport:
    """Translate a document, and write the translation.

    Args:
        job: The document.
        output: File to write, whole or not at all.
        translate: Translates texts; with alignments, if the document has markup.
        search: Translates texts likewise, with n-best lists.

    Returns:
        What was done.

    Raises:
        DataError: Input and output are the same file, or the output cannot be written.
    """
    _check_output(job.path, output)
    tally = _Tally()
    targets = _targets(job, translate, search, tally)
    with within(job.path):
        content = job.document.write(targets)
    try:
        atomic_write(output, lambda temporary: temporary.write_bytes(content))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise DataError(f"cannot write {output}: {reason}") from None
    return DocumentReport(
        format=job.format,
        segments=sum(one.has_letters for one in job.document.segments),
        translated=tally.translated,
        reused=tally.reused,
        left=tally.left,
        doubtful=tally.doubtful,
        terms_used=dict(tally.used),
        terms_missed=dict(tally.missed),
    )


def _check_output(path: Path, output: Path) -> None:
    try:
        same = os.path.samefile(path, output)
    except (OSError, ValueError):
        return
    if same:
        raise DataError(f"{output}: is also the input; name another file to write")


def _targets(
    job: DocumentJob, translate: Translate, search: Translate, tally: _Tally
) -> list[Target | None]:
    """Return the translation of each segment; None where nothing is to be changed."""
    targets: list[Target | None] = [None] * len(job.document.segments)
    waiting: dict[str, list[int]] = {}
    for place, segment in enumerate(job.document.segments):
        if not segment.has_letters:
            continue
        reused = job.memory.find(segment.text) if job.memory else None
        if reused is not None and not marks_of(segment.pieces):
            targets[place] = Target(_spaced(segment.pieces, (reused,)), reused=True)
            tally.reused += 1
        elif len(marks_of(segment.pieces)) > MAX_MARKS:
            tally.left += 1
        else:
            waiting.setdefault(segment.text.strip(), []).append(place)
    entries = [job.glossary.find(text) if job.glossary else [] for text in waiting]
    sources = [_source(job, text) for text in waiting]
    fits = [job.document.segments[places[0]].fits for places in waiting.values()]
    found = fitting(sources, list(translate(sources)), fits, search)
    alone = _alone(
        job,
        [job.document.segments[one] for places in waiting.values() for one in places],
        translate,
    )
    for places, known, translation in zip(waiting.values(), entries, found, strict=True):
        for place in places:
            targets[place] = _target(
                job.document.segments[place], translation, alone, job.threshold
            )
            tally.translated += 1
            tally.doubtful += targets[place].doubtful  # type: ignore[union-attr]
            for entry in known:
                counts = tally.used if uses(translation.text, entry) else tally.missed
                counts[entry.source, entry.target] += 1
    return targets


def _source(job: DocumentJob, text: str) -> Source:
    """Return a text to translate, with its terms."""
    entries = job.glossary.find(text) if job.glossary else []
    return Source(text, terms=terms_of(entries, text, job.target_language))


def _alone(job: DocumentJob, segments: Sequence[Segment], translate: Translate) -> Alone:
    """Return translations of what is in inline markup, by itself."""
    texts = dict.fromkeys(text for one in segments for text in element_texts(_stripped(one.pieces)))
    found = translate([_source(job, text) for text in texts])
    return {text: one.text for text, one in zip(texts, found, strict=True)}


def _target(
    segment: Segment, translation: Translation, alone: Alone, threshold: float | None
) -> Target:
    alignment = translation.alternatives[0].alignment if translation.alternatives else ()
    core = _stripped(segment.pieces)
    pieces = place_marks(core, translation.text, alignment, alone)
    confidence = translation.confidence
    doubtful = bool(translation.warning)
    if threshold is not None and confidence is not None:
        doubtful = confidence < threshold
    return Target(_spaced(segment.pieces, pieces), doubtful or translation.cut, confidence)


def _stripped(pieces: Pieces) -> Pieces:
    """Return pieces without the white space around them."""
    stripped: list[Piece] = list(pieces)
    if stripped and isinstance(stripped[0], str):
        stripped[0] = stripped[0].lstrip()
    if stripped and isinstance(stripped[-1], str):
        stripped[-1] = stripped[-1].rstrip()
    return joined(stripped)


def _spaced(source: Pieces, target: Pieces) -> Pieces:
    """Return a translation with the white space that is around its source."""
    if target == _stripped(source):
        return source
    first = source[0] if source and isinstance(source[0], str) else ""
    last = source[-1] if source and isinstance(source[-1], str) else ""
    lead = first[: len(first) - len(first.lstrip())]
    trail = last[len(last.rstrip()) :]
    return joined([lead, *target, trail])
