"""OpenAPI document of the service, written by hand: clients post forms, JSON and queries alike."""

from __future__ import annotations

from typing import Any

from seq2seq.serving.libretranslate import TEXT_FORMATS
from seq2seq.serving.settings import MAX_ALTERNATIVES, ServiceSettings
from seq2seq.version import __version__

Schema = dict[str, Any]

_STRING: Schema = {"type": "string"}
_NUMBER: Schema = {"type": "number"}
_INTEGER: Schema = {"type": "integer"}


def specification(settings: ServiceSettings) -> Schema:
    """Return the OpenAPI document.

    Args:
        settings: Settings of the service.

    Returns:
        The document, version 3.0.
    """
    document: Schema = {
        "openapi": "3.0.3",
        "info": {
            "title": "seq2seq",
            "version": __version__,
            "description": "Translation, by the interfaces of LibreTranslate and DeepL.",
        },
        "paths": _paths(settings),
        "components": {"schemas": {"Error": _object(error=_STRING, message=_STRING)}},
    }
    if settings.url_prefix:
        document["servers"] = [{"url": settings.url_prefix}]
    return document


def _paths(settings: ServiceSettings) -> Schema:
    languages = _post("Languages", {}, _list(_language()), (400,))
    deepl_languages = _post(
        "Languages, for DeepL's clients",
        {"type": {"type": "string", "enum": ["source", "target"]}},
        _list(_object(language=_STRING, name=_STRING)),
        (400, 403, 429),
    )
    usage = _object(character_count=_INTEGER, character_limit=_INTEGER)
    usage_post = _post("Usage, for DeepL's clients", {}, usage, (400, 403, 429))
    return {
        "/translate": {"post": _translate(settings)},
        "/detect": {"post": _detect(settings)},
        "/languages": {"get": _get("Languages", languages["responses"]), "post": languages},
        "/translate_file": {"post": _translate_file()},
        "/download_file/{name}": {"get": _download()},
        "/frontend/settings": {"get": _get("Settings", _answers(_object(), ()))},
        "/v2/translate": {"post": _deepl_translate(settings)},
        "/v2/languages": {
            "get": _get(deepl_languages["summary"], deepl_languages["responses"])
            | {"parameters": [_query("type", _STRING)]},
            "post": deepl_languages,
        },
        "/v2/usage": {
            "get": _get(usage_post["summary"], usage_post["responses"]),
            "post": usage_post,
        },
        "/health": {"get": _get("Whether the process lives", _answers(_status(), ()))},
        "/ready": {"get": _get("Whether another request is taken", _answers(_status(), (503,)))},
        "/metrics": {"get": _get("Counters for Prometheus", _plain("text/plain", (403,)))},
        "/spec": {"get": _get("This document", _answers(_object(), ()))},
        "/docs": {"get": _get("This document as a page", _plain("text/html", ()))},
        "/": {"get": _get("Page that translates", _plain("text/html", ()))},
    }


def _translate(settings: ServiceSettings) -> Schema:
    fields = {
        "q": _one_or_several(settings),
        "source": _STRING | {"example": "auto", "description": 'Language code, or "auto".'},
        "target": _STRING | {"example": "en", "description": "Language code."},
        "format": {"type": "string", "enum": list(TEXT_FORMATS)},
        "alternatives": {"type": "integer", "minimum": 0, "maximum": MAX_ALTERNATIVES},
        "api_key": _STRING,
    }
    either = {"oneOf": [_STRING, _list(_STRING)]}
    answer = _object(
        translatedText=either,
        detectedLanguage={"oneOf": [_detected(), _list(_detected())]},
        alternatives={"type": "array", "items": either},
    ) | {"required": ["translatedText"]}
    return _post("Translate texts", fields, answer, (400, 403, 429), required=["q", "target"])


def _detect(settings: ServiceSettings) -> Schema:
    fields = {"q": _one_or_several(settings), "api_key": _STRING}
    answer = _list(_detected())
    return _post("Detect a language", fields, answer, (400, 403, 429), required=["q"])


def _translate_file() -> Schema:
    fields = {
        "file": {"type": "string", "format": "binary"},
        "source": _STRING,
        "target": _STRING,
        "column": _list(_STRING),
        "api_key": _STRING,
    }
    schema = _object(**fields) | {"required": ["file", "target"]}
    return {
        "summary": "Translate a document",
        "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}},
        "responses": _answers(_object(translatedFileUrl=_STRING), (400, 403, 413, 429, 503)),
    }


def _download() -> Schema:
    parameter = {"name": "name", "in": "path", "required": True, "schema": _STRING}
    responses = _plain("application/octet-stream", (404,))
    return _get("Download a translated file", responses) | {"parameters": [parameter]}


def _deepl_translate(settings: ServiceSettings) -> Schema:
    fields = {
        "text": _one_or_several(settings),
        "source_lang": _STRING | {"example": "ES"},
        "target_lang": _STRING | {"example": "EN-US"},
        "tag_handling": {"type": "string", "enum": ["html", "xml"]},
    }
    translation = _object(
        detected_source_language=_STRING, text=_STRING, billed_characters=_INTEGER
    )
    answer = _object(translations=_list(translation))
    return _post(
        "Translate texts, for DeepL's clients",
        fields,
        answer,
        (400, 403, 429),
        required=["text", "target_lang"],
    )


def _post(
    summary: str,
    fields: Schema,
    answer: Schema,
    errors: tuple[int, ...],
    *,
    required: list[str] | None = None,
) -> Schema:
    """Return an operation whose fields come as JSON or as a form."""
    schema = _object(**fields) | ({"required": required} if required else {})
    kinds = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data")
    return {
        "summary": summary,
        "requestBody": {
            "required": bool(required),
            "content": {kind: {"schema": schema} for kind in kinds},
        },
        "responses": _answers(answer, (*errors, 413, 503)),
    }


def _get(summary: str, responses: Schema) -> Schema:
    return {"summary": summary, "responses": responses}


def _query(name: str, schema: Schema) -> Schema:
    return {"name": name, "in": "query", "required": False, "schema": schema}


def _answers(schema: Schema, errors: tuple[int, ...]) -> Schema:
    """Return the responses of an operation that answers with JSON."""
    done = {"description": "Done", "content": {"application/json": {"schema": schema}}}
    return {"200": done} | _errors(errors)


def _plain(kind: str, errors: tuple[int, ...]) -> Schema:
    """Return the responses of an operation that answers with text."""
    return {"200": {"description": "Done", "content": {kind: {}}}} | _errors(errors)


def _errors(statuses: tuple[int, ...]) -> Schema:
    reasons = {
        400: "The request is wrong",
        403: "The API key is missing or wrong",
        404: "There is no such file",
        413: "The body is too large",
        429: "Too many requests of this client",
        503: "Too many requests wait, or the time is up",
    }
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    return {
        str(status): {"description": reasons[status], "content": content}
        for status in sorted(statuses)
    }


def _object(**properties: Schema) -> Schema:
    return {"type": "object", "properties": properties}


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _language() -> Schema:
    return _object(code=_STRING, name=_STRING, targets=_list(_STRING))


def _detected() -> Schema:
    return _object(confidence=_NUMBER, language=_STRING)


def _status() -> Schema:
    return _object(status=_STRING)


def _one_or_several(settings: ServiceSettings) -> Schema:
    text = _STRING | {"maxLength": settings.char_limit}
    several = {"type": "array", "items": _STRING, "maxItems": settings.batch_limit}
    return {"oneOf": [text, several]}
