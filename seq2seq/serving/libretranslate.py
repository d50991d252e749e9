"""Interface of LibreTranslate."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from seq2seq.serving.catalogue import language_name
from seq2seq.serving.documents import Documents, Order, suffix_of, suffixes
from seq2seq.serving.errors import RequestError
from seq2seq.serving.languages import AUTO, detect
from seq2seq.serving.parameters import Parameters
from seq2seq.serving.service import Answer, Service, alternatives_of
from seq2seq.serving.settings import MAX_ALTERNATIVES

TEXT_FORMATS = ("text", "html")
"""Formats of the texts of a request."""


class LibreTranslate:
    """Routes of LibreTranslate's interface.

    Args:
        service: The service.
    """

    def __init__(self, service: Service) -> None:
        self._service = service
        self._documents = Documents(service)

    def routes(self) -> list[Route]:
        """Return the routes."""
        both = ["GET", "POST"]
        return [
            Route("/translate", self.translate, methods=["POST"]),
            Route("/detect", self.detect, methods=["POST"]),
            Route("/languages", self.languages, methods=both),
            Route("/translate_file", self.translate_file, methods=["POST"]),
            Route("/download_file/{name}", self.download, methods=["GET"], name="download"),
            Route("/frontend/settings", self.settings, methods=["GET"]),
        ]

    async def translate(self, request: Request) -> Response:
        """Translate a text or a list of texts."""
        given = await self._service.admitted(request)
        texts = self._service.texts(given, "q")
        text_format = given.text("format", "text") or "text"
        if text_format not in TEXT_FORMATS:
            raise RequestError(400, f"format: must be {' or '.join(TEXT_FORMATS)}")
        alternatives = given.number("alternatives", most=MAX_ALTERNATIVES)
        source = given.text("source", AUTO) or AUTO
        answer = await self._service.translate(
            request,
            texts,
            source=source,
            target=given.text("target"),
            is_html=text_format == "html",
            alternatives=alternatives,
        )
        listed = isinstance(given.texts("q"), list)
        return JSONResponse(
            _translated(answer, listed=listed, auto=source == AUTO, alternatives=alternatives > 0)
        )

    async def detect(self, request: Request) -> Response:
        """Return the language of a text."""
        given = await self._service.admitted(request)
        texts = self._service.texts(given, "q")
        return JSONResponse([detect(texts, self._service.catalogue).as_json()])

    async def languages(self, request: Request) -> Response:
        """Return the languages, each with those that it is translated into."""
        catalogue = self._service.catalogue
        return JSONResponse(
            [
                {
                    "code": code,
                    "name": language_name(code),
                    "targets": sorted({code, *catalogue.targets_of(code)}),
                }
                for code in catalogue.languages
            ]
        )

    async def translate_file(self, request: Request) -> Response:
        """Translate a file; the answer says where to download it."""
        given = await Parameters.of(request)
        self._service.admit(request, given)
        file = given.file("file")
        order = Order(
            suffix=suffix_of(file.filename or ""),
            source=given.text("source", AUTO) or AUTO,
            target=given.text("target"),
            columns=given.several("column"),
        )
        content = await self._documents.translate(request, await file.read(), order)
        name = self._service.files.add(content, order.suffix)
        return JSONResponse({"translatedFileUrl": str(request.url_for("download", name=name))})

    async def download(self, request: Request) -> Response:
        """Return a translated file."""
        name = request.path_params["name"]
        path = self._service.files.path(name)
        headers = {"x-content-type-options": "nosniff", "cache-control": "no-store"}
        return FileResponse(
            path, media_type="application/octet-stream", filename=name, headers=headers
        )

    async def settings(self, request: Request) -> Response:
        """Return what a page needs to know about the service."""
        settings = self._service.settings
        catalogue = self._service.catalogue
        first = catalogue.sources[0]
        return JSONResponse(
            {
                "apiKeys": self._service.keys is not None,
                "charLimit": settings.char_limit,
                "filesTranslation": True,
                "frontendTimeout": 500,
                "keyRequired": self._service.keys is not None,
                "language": {
                    "source": {"code": AUTO, "name": "Auto Detect"},
                    "target": {
                        "code": catalogue.targets_of(first)[0],
                        "name": language_name(catalogue.targets_of(first)[0]),
                    },
                },
                "suggestions": False,
                "supportedFilesFormat": suffixes(),
            }
        )


def _translated(
    answer: Answer, *, listed: bool, auto: bool, alternatives: bool
) -> dict[str, object]:
    """Return the answer to a request: texts, or lists of them for a list."""
    texts = [one[0] for one in answer.texts]
    content: dict[str, object] = {"translatedText": texts if listed else texts[0]}
    if auto:
        detected = answer.source.as_json()
        content["detectedLanguage"] = [detected] * len(texts) if listed else detected
    if alternatives:
        others = [alternatives_of(one) for one in answer.texts]
        content["alternatives"] = others if listed else others[0]
    return content
