"""Files that the service translates: documents, each read in a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from starlette.requests import Request

import seq2seq
from seq2seq.documents.document import FORMATS
from seq2seq.documents.recognise import format_of
from seq2seq.serving.document_process import as_json
from seq2seq.serving.errors import RequestError
from seq2seq.serving.languages import AUTO
from seq2seq.serving.service import Service
from seq2seq.translation.fitting import NBEST

MAX_AT_ONCE = 4
"""Number of documents that a worker has open at a time; others wait."""

MAX_LINE = 1 << 26
"""Maximum number of bytes of a message of a process."""


def suffixes() -> list[str]:
    """Return the ends of the names of files that are translated."""
    return sorted(suffix for one in FORMATS.values() for suffix in one.suffixes)


def suffix_of(name: str) -> str:
    """Return the end of a file's name.

    Args:
        name: Name that the client gave the file; nothing else of it is used.

    Returns:
        The end, one of `suffixes`.

    Raises:
        RequestError: Such files are not translated.
    """
    found = PurePath(name).suffix.casefold()
    if not found or not format_of(Path(f"file{found}")):
        raise RequestError(400, f"file: this format is not supported; send {', '.join(suffixes())}")
    return found


@dataclass(frozen=True, kw_only=True)
class Order:
    """Document of a request: its format, languages and columns.

    Attributes:
        suffix: End of its name.
        source: Source language, or "auto".
        target: Target language.
        columns: Columns of a table to translate, by name or by number from 1.
    """

    suffix: str
    source: str
    target: str
    columns: Sequence[str]


class Documents:
    """Translator of documents.

    Args:
        service: The service.
    """

    def __init__(self, service: Service) -> None:
        self._service = service
        self._free = asyncio.Semaphore(MAX_AT_ONCE)

    async def translate(self, request: Request, content: bytes, order: Order) -> bytes:
        """Translate a document.

        Args:
            request: The request; if its client goes away, the work ends.
            content: The document.
            order: What the request says about it.

        Returns:
            The translated document.

        Raises:
            ClientGoneError: The client has closed the connection.
            RequestError: The document is damaged, hostile or too long, a language is not supported,
                or too many requests wait.
        """
        if format_of(Path(f"file{order.suffix}")) in ("csv", "tsv") and not order.columns:
            raise RequestError(400, "column: name each column of the table to translate")
        async with self._free:
            with tempfile.TemporaryDirectory(dir=self._service.settings.files) as folder:
                path = Path(folder) / f"file{order.suffix}"
                output = path.with_name(f"translated{order.suffix}")
                path.write_bytes(content)
                async with _process(path, output) as process:
                    same = await self._serve(request, process, order)
                return content if same else output.read_bytes()

    async def _serve(
        self, request: Request, process: asyncio.subprocess.Process, order: Order
    ) -> bool:
        """Answer the messages of a process; return whether the document stays as it is."""
        await _send(process, {"columns": list(order.columns)})
        texts = (await _message(process)).get("texts", [])
        characters = sum(map(len, texts))
        most = self._service.settings.file_characters
        if characters > most:
            raise RequestError(400, f"file: has {characters:,} characters; at most {most:,}")
        detected, target = self._service.languages(texts, order.source or AUTO, order.target)
        pair = (detected.language, target)
        if detected.language == target:
            return True
        self._service.check_pair(pair)
        self._service.metrics.count_characters(characters)
        await _send(process, {"source": pair[0], "target": pair[1]})
        while "done" not in (message := await _message(process)):
            found = await self._service.run(
                request,
                message["translate"],
                pair,
                nbest=min(message["nbest"], NBEST),
                alignments=message["alignments"],
            )
            await _send(process, {"translations": list(map(as_json, found))})
        return False


@contextlib.asynccontextmanager
async def _process(path: Path, output: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """Start a process for a document, and end it."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "seq2seq.serving.document_process", path, output),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,  # a traceback may quote a text
        cwd=Path(seq2seq.__file__).parents[1],
        env=os.environ | {"PYTHONUTF8": "1", "PYTHONSAFEPATH": ""},
        limit=MAX_LINE,
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _message(process: asyncio.subprocess.Process) -> dict[str, Any]:
    """Return the next message of a process.

    Raises:
        RequestError: The process refuses the document, or could not read it.
    """
    assert process.stdout is not None
    line = await process.stdout.readline()
    if not line:
        raise RequestError(400, "file: cannot be read; it is damaged, or takes too much memory")
    message: dict[str, Any] = json.loads(line)
    if "refused" in message:
        raise RequestError(400, f"file: {message['refused']}")
    return message


async def _send(process: asyncio.subprocess.Process, message: dict[str, Any]) -> None:
    assert process.stdin is not None
    process.stdin.write(json.dumps(message).encode() + b"\n")
    with contextlib.suppress(ConnectionError):  # its end is noticed when it is read
        await process.stdin.drain()
