"""Process that reads, translates and writes one document, for the service.

A hostile document may take minutes to read, or gigabytes. In a process of its own, which has limits
and can be ended, it does no harm. The process has no model: it asks the service for translations.

Messages are lines of JSON. The process gets the columns to translate, sends the texts of the
document, gets the languages, and may then send texts to translate any number of times. Last, it
says that it is done, or what is wrong:

                                                    {"columns": []}
    {"texts": ["Hola."]}                            {"source": "es", "target": "en"}
    {"translate": ["Hola."], "alignments": false, "nbest": 1}
                                                    {"translations": [{"alternatives": …, …}]}
    {"done": true} or {"refused": "does not begin with WEBVTT"}
"""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from seq2seq.documents.document import ReadOptions
from seq2seq.documents.recognise import read_document
from seq2seq.errors import Seq2SeqError
from seq2seq.translation.document_translator import DocumentTranslator
from seq2seq.translation.values import Alternative, Source, Translation

MEMORY = 1 << 30
"""Maximum size of the process, in bytes."""

SECONDS = 60
"""Maximum processor time of the process, should the service not end it before."""


def as_json(translation: Translation) -> dict[str, Any]:
    """Return what a document needs of a translation, for a message.

    Args:
        translation: The translation.

    Returns:
        A JSON object.
    """
    return {
        "alternatives": [(one.text, one.alignment) for one in translation.alternatives],
        "confidence": translation.confidence,
        "warning": translation.warning,
        "cut": translation.cut,
    }


def _from_json(source: str, given: dict[str, Any]) -> Translation:
    alternatives = tuple(
        Alternative(text, 0.0, 0.0, tuple((first, second) for first, second in alignment))
        for text, alignment in given["alternatives"]
    )
    return Translation(
        source,
        alternatives,
        given["cut"],
        confidence=given["confidence"],
        warning=given["warning"],
    )


def _ask(message: dict[str, Any]) -> Any:
    """Send a message to the service; return its answer."""
    _tell(message)
    return _read()


def _read() -> Any:
    return json.loads(sys.stdin.readline())


def _tell(message: dict[str, Any]) -> None:
    sys.stdout.write(f"{json.dumps(message)}\n")
    sys.stdout.flush()


@dataclass(frozen=True)
class _DistantTranslator(DocumentTranslator):
    """Translator that has the service translate."""

    source_language: str
    target_language: str
    to: str = ""
    alignments: bool = False
    nbest: int = 1

    def stream(self, texts: Iterable[str | Source]) -> Iterator[Translation]:
        """Translate texts, in their order."""
        sources = [one if isinstance(one, str) else one.text for one in texts]
        wanted = {"alignments": self.alignments, "nbest": self.nbest}
        answer = _ask({"translate": sources, **wanted})
        yield from map(_from_json, sources, answer["translations"])

    def with_alignments(self) -> _DistantTranslator:
        """Return a translator with word alignments."""
        return replace(self, alignments=True)

    def with_nbest(self, count: int) -> _DistantTranslator:
        """Return a translator with n-best lists."""
        return replace(self, nbest=count)


def _translate(path: Path, output: Path, columns: tuple[str, ...]) -> None:
    document = read_document(path, options=ReadOptions(columns))
    texts = [one.text for one in document.segments if one.has_letters]
    languages = _ask({"texts": texts})
    translator = _DistantTranslator(languages["source"], languages["target"])
    translator.translate_document(path, output, columns=columns)


def main(path: Path, output: Path) -> None:
    """Translate a document.

    Args:
        path: File to read.
        output: File to write.
    """
    with contextlib.suppress(ImportError, OSError, ValueError):  # not every system has these limits
        import resource

        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    try:
        _translate(path, output, tuple(_read()["columns"]))
    except Seq2SeqError as error:
        _tell({"refused": str(error).removeprefix(f"{path}: ")})
    except MemoryError:
        _tell({"refused": "takes too much memory"})
    else:
        _tell({"done": True})


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
