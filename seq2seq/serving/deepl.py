"""Interface of DeepL, as its own client and Weblate call it."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from seq2seq.serving.catalogue import language_name
from seq2seq.serving.errors import RequestError
from seq2seq.serving.languages import AUTO
from seq2seq.serving.service import Service

TAG_HANDLING = ("", "html", "xml")
"""Values of `tag_handling`: texts are plain, or have tags that are kept."""


class DeepL:
    """Routes of DeepL's interface.

    Args:
        service: The service.
    """

    def __init__(self, service: Service) -> None:
        self._service = service

    def routes(self) -> list[Route]:
        """Return the routes."""
        both = ["GET", "POST"]
        return [
            Route("/v2/translate", self.translate, methods=["POST"]),
            Route("/v2/languages", self.languages, methods=both),
            Route("/v2/usage", self.usage, methods=both),
        ]

    async def translate(self, request: Request) -> Response:
        """Translate a list of texts."""
        given = await self._service.admitted(request)
        texts = self._service.texts(given, "text")
        tags = given.text("tag_handling", "")
        if tags not in TAG_HANDLING:
            raise RequestError(400, "tag_handling: must be html or xml")
        answer = await self._service.translate(
            request,
            texts,
            source=given.text("source_lang", "") or AUTO,
            target=given.text("target_lang"),
            is_html=bool(tags),
        )
        return JSONResponse(
            {
                "translations": [
                    {
                        "detected_source_language": answer.source.language.upper(),
                        "text": translations[0],
                        "billed_characters": len(text),
                    }
                    for text, translations in zip(texts, answer.texts, strict=True)
                ]
            }
        )

    async def languages(self, request: Request) -> Response:
        """Return the source or the target languages."""
        given = await self._service.admitted(request)
        kind = given.text("type", "source")
        if kind not in ("source", "target"):
            raise RequestError(400, "type: must be source or target")
        catalogue = self._service.catalogue
        codes = catalogue.sources if kind == "source" else catalogue.targets
        return JSONResponse(
            [
                {
                    "language": code.upper(),
                    "name": language_name(code),
                    **({"supports_formality": False} if kind == "target" else {}),
                }
                for code in codes
            ]
        )

    async def usage(self, request: Request) -> Response:
        """Return the number of characters that may be translated: any number."""
        await self._service.admitted(request)
        return JSONResponse({"character_count": 0, "character_limit": 1_000_000_000_000})
