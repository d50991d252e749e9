"""Gate: what every request passes, before it is read and after it is answered.

It bounds the size of a body and the time of a request, turns every error into an answer, counts,
and writes the log, which has no texts: neither queries nor bodies nor unknown paths.
"""

from __future__ import annotations

import asyncio
import logging
import time
import traceback

from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from seq2seq.serving.errors import ClientGoneError, RequestError
from seq2seq.serving.service import Service

log = logging.getLogger("seq2seq.serving")
access = logging.getLogger("seq2seq.access")

MAX_DISCARDED = 32 * 1024 * 1024
"""Bytes of a body that is too large which are read, so that the client gets to see the answer."""

CLIENT_GONE = 499
"""Status in the log of a request whose client closed the connection."""


class Gate:
    """Middleware that every request passes.

    Args:
        app: The application behind it.
        service: The service.
        routes: Paths that are named in the log and the metrics.
    """

    def __init__(self, app: ASGIApp, service: Service, routes: frozenset[str]) -> None:
        self._app = app
        self._service = service
        self._routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request pass."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(receive, send, self._most_bytes(scope))
        started = time.monotonic()
        try:
            async with asyncio.timeout(self._service.settings.timeout):
                exchange.check_declared(scope)
                await self._app(scope, exchange.receive, exchange.send)
        except Exception as error:
            await self._answer(error, exchange, scope)
        seconds = time.monotonic() - started
        route = self._route(scope)
        self._service.metrics.count_request(route, exchange.status, seconds)
        client = scope["client"][0] if scope.get("client") else "-"
        access.info(
            "%s %s %s %d %.0f ms", client, scope["method"], route, exchange.status, 1000 * seconds
        )

    async def _answer(self, error: Exception, exchange: _Exchange, scope: Scope) -> None:
        """Answer a request that ended in an error, unless an answer has begun."""
        if isinstance(error, ClientGoneError | ClientDisconnect):
            exchange.status = CLIENT_GONE
            return
        if isinstance(error, RequestError):
            refused = error
        elif isinstance(error, TimeoutError):
            seconds = self._service.settings.timeout
            refused = RequestError(503, f"not finished in {seconds:g} seconds", retry_after=1)
        else:
            place = "".join(traceback.format_tb(error.__traceback__))  # its message may quote texts
            log.error("%s: %s\n%s", self._route(scope), type(error).__name__, place)
            refused = RequestError(500, "internal error")
        if exchange.started:
            return  # the server closes the connection
        if refused.status == 413:
            await exchange.discard()
        await error_response(refused)(scope, exchange.receive, exchange.send)

    def _most_bytes(self, scope: Scope) -> int:
        settings = self._service.settings
        is_file = scope["path"] == f"{settings.url_prefix}/translate_file"
        return settings.file_bytes if is_file else settings.body_bytes

    def _route(self, scope: Scope) -> str:
        """Return the path of a request; "other" for one that is not known."""
        path = str(scope["path"]).removeprefix(self._service.settings.url_prefix)
        if path.startswith("/download_file/"):
            return "/download_file"
        return path if path in self._routes else "other"


class _Exchange:
    """One request and its answer: counts the bytes that come, and notes the status that goes."""

    def __init__(self, receive: Receive, send: Send, most: int) -> None:
        self._receive = receive
        self._send = send
        self._most = most
        self._bytes = 0
        self._more = True
        self.started = False
        self.status = 0

    def check_declared(self, scope: Scope) -> None:
        """Check the size that the headers declare."""
        for name, value in scope["headers"]:
            if name == b"content-length" and value.isdigit() and int(value[:20]) > self._most:
                raise self._too_large()

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._bytes += len(message.get("body", b""))
            self._more = message.get("more_body", False)
            if self._bytes > self._most:
                raise self._too_large()
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            self.status = message["status"]
        await self._send(message)

    async def discard(self) -> None:
        """Read the rest of a body and forget it, for a second at most."""
        try:
            async with asyncio.timeout(1):
                while self._more and self._bytes <= MAX_DISCARDED:
                    message = await self._receive()
                    if message["type"] != "http.request":
                        return
                    self._bytes += len(message.get("body", b""))
                    self._more = message.get("more_body", False)
        except TimeoutError:
            return

    def _too_large(self) -> RequestError:
        return RequestError(413, f"body: more than {self._most:,} bytes")


def error_response(error: RequestError) -> JSONResponse:
    """Return the answer to a request that is refused: `error`, and `message` for DeepL's client."""
    headers = {"retry-after": str(error.retry_after)} if error.retry_after else {}
    if error.status == 413:
        headers["connection"] = "close"
    content = {"error": str(error), "message": str(error)}
    return JSONResponse(content, error.status, headers)
