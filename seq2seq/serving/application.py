"""Application: the routes of all interfaces behind the gate."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from pathlib import PurePosixPath

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route

from seq2seq.runtime.terminal import LogHandler
from seq2seq.serving.deepl import DeepL
from seq2seq.serving.errors import RequestError
from seq2seq.serving.gate import Gate, error_response
from seq2seq.serving.libretranslate import LibreTranslate
from seq2seq.serving.metrics import EVERY
from seq2seq.serving.openapi import specification
from seq2seq.serving.page import (
    DOCUMENTATION_HEADERS,
    FOLDER,
    MEDIA_TYPES,
    PAGE_HEADERS,
    documentation_page,
    translation_page,
)
from seq2seq.serving.service import Service
from seq2seq.serving.settings import ServiceSettings
from seq2seq.web.page_html import service_files

MAX_AGE = 86400
"""Seconds that a browser remembers which pages may call the service."""


def make_application(settings: ServiceSettings) -> Starlette:
    """Return the application of a worker.

    Args:
        settings: Settings of the service.

    Returns:
        The application. Models are loaded on first use.

    Raises:
        CheckpointError: A model directory is damaged.
        ConfigError: A setting is invalid.
    """
    _log_to_standard_error(settings.log_level)
    service = Service(settings)
    routes = [
        *LibreTranslate(service).routes(),
        *DeepL(service).routes(),
        *_Operation(service).routes(),
    ]
    paths = frozenset(route.path for route in routes)
    middleware = [Middleware(Gate, service=service, routes=paths)]
    if settings.cors:
        cors = Middleware(
            CORSMiddleware,
            allow_origins=list(settings.cors),
            allow_methods=["GET", "POST"],
            allow_headers=["*"],
            max_age=MAX_AGE,
        )
        middleware.insert(0, cors)
    return Starlette(
        routes=[Mount(settings.url_prefix, routes=routes)] if settings.url_prefix else routes,
        middleware=middleware,
        exception_handlers={HTTPException: _http_error, RequestError: _request_error},
        lifespan=_lifespan(service),
    )


class _Operation:
    """Routes for people and for who runs the service."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._files = service_files()

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/", self.page, methods=["GET"]),
            *(Route(f"/{FOLDER}/{name}", self.page_file, methods=["GET"]) for name in self._files),
            Route("/docs", self.documentation, methods=["GET"]),
            Route("/spec", self.specification, methods=["GET"]),
            Route("/health", self.health, methods=["GET"]),
            Route("/ready", self.ready, methods=["GET"]),
            Route("/metrics", self.metrics, methods=["GET"]),
        ]

    async def page(self, request: Request) -> Response:
        """Return the page that translates."""
        return HTMLResponse(translation_page(self._service), headers=PAGE_HEADERS)

    async def page_file(self, request: Request) -> Response:
        """Return the script, the style or the icon of the page."""
        path = PurePosixPath(request.url.path)
        media_type = MEDIA_TYPES[path.suffix]
        return Response(self._files[path.name], media_type=media_type, headers=PAGE_HEADERS)

    async def documentation(self, request: Request) -> Response:
        """Return the documentation of the interface."""
        content = documentation_page(self._specification())
        return HTMLResponse(content, headers=DOCUMENTATION_HEADERS)

    async def specification(self, request: Request) -> Response:
        """Return the OpenAPI document."""
        return JSONResponse(self._specification())

    def _specification(self) -> dict[str, object]:
        return specification(self._service.settings)

    async def health(self, request: Request) -> Response:
        """Say that the process lives."""
        return JSONResponse({"status": "ok"})

    async def ready(self, request: Request) -> Response:
        """Say whether another request is taken."""
        if not self._service.queue.ready:
            raise RequestError(503, "too many requests wait", retry_after=1)
        return JSONResponse({"status": "ok"})

    async def metrics(self, request: Request) -> Response:
        """Return the counters of all workers; with API keys, only to those who have one."""
        self._service.check_key(request)
        _write_metrics(self._service)
        return PlainTextResponse(
            self._service.metrics.page(), media_type="text/plain; version=0.0.4"
        )


def _lifespan(
    service: Service,
) -> Callable[[Starlette], contextlib.AbstractAsyncContextManager[None]]:
    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        service.queue.start()
        writing = asyncio.create_task(_write_now_and_then(service))
        yield
        writing.cancel()
        await asyncio.to_thread(service.queue.stop)

    return lifespan


async def _write_now_and_then(service: Service) -> None:
    while True:
        _write_metrics(service)
        await asyncio.sleep(EVERY)


def _write_metrics(service: Service) -> None:
    service.metrics.write(waiting=service.queue.length, models=service.catalogue.bytes_loaded)


async def _http_error(request: Request, error: Exception) -> Response:
    """Answer an unknown path, a wrong method or a damaged form."""
    assert isinstance(error, HTTPException)
    content = {"error": error.detail, "message": error.detail}
    return JSONResponse(content, error.status_code, error.headers)


async def _request_error(request: Request, error: Exception) -> Response:
    """Answer a request that is refused."""
    assert isinstance(error, RequestError)
    if error.status == 413:
        raise error  # the gate reads the rest of the body first
    return error_response(error)


def _log_to_standard_error(level: int) -> None:
    """Write the log of this process, which may be a fresh one, to standard error."""
    if not logging.getLogger().handlers:
        handlers = [LogHandler()]
        logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", handlers=handlers)
        logging.getLogger("seq2seq").setLevel(level)
