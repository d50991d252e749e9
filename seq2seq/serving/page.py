"""Pages of the service: a form that translates, and the documentation of the interface."""

from __future__ import annotations

import html
import json

from seq2seq.serving.catalogue import language_name
from seq2seq.serving.service import Service
from seq2seq.web.export import page_settings
from seq2seq.web.page_html import folder_html, policy

FOLDER = "page"
"""Folder of the script, the style and the icon of the page, below the address of the service."""

_COMMON = {"referrer-policy": "no-referrer", "x-content-type-options": "nosniff"}

_POLICY = policy("'self'")

PAGE_HEADERS = {
    "content-security-policy": f"{_POLICY}; frame-ancestors 'none'",
    **_COMMON,
}
"""Headers of the page and its files: it takes nothing from elsewhere, and sends nothing there."""

DOCUMENTATION_HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    **_COMMON,
}
"""Headers of the documentation, which runs no script."""

MEDIA_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
"""Media types of the files of the page, by the ends of their names."""


def translation_page(service: Service) -> str:
    """Return the page that translates: that of `seq2seq export --web`, with this service."""
    catalogue = service.catalogue
    directions = [
        {"name": f"{one.source}-{one.target}", "source": one.source, "target": one.target}
        for one in catalogue.directions.values()
    ]
    languages = {code: language_name(code) for code in catalogue.languages}
    settings = page_settings(directions, languages, service=True, key=service.keys is not None)
    return folder_html(settings, beside=f"{FOLDER}/")


def documentation_page(specification: dict[str, object]) -> str:
    """Return the OpenAPI document as a page."""
    parts = ["<!doctype html><html lang=en><meta charset=utf-8><title>Interface</title>"]
    parts.append(
        "<style>body{font:16px/1.5 sans-serif;max-width:50em;margin:2em auto;padding:0 1em}"
    )
    parts.append("pre{background:#8882;padding:.5em;overflow:auto}</style>")
    parts.append("<h1>Interface</h1><p>As an OpenAPI document: <a href=spec>spec</a>.</p>")
    paths = specification["paths"]
    assert isinstance(paths, dict)
    for path, methods in paths.items():
        for method, operation in methods.items():
            parts.append(f"<h2>{method.upper()} {html.escape(path)}</h2>")
            parts.append(f"<p>{html.escape(operation['summary'])}</p>")
            if "requestBody" in operation:
                content = operation["requestBody"]["content"]
                shown = json.dumps(next(iter(content.values()))["schema"], indent=2)
                parts.append(f"<p>{html.escape(', '.join(content))}</p>")
                parts.append(f"<pre>{html.escape(shown)}</pre>")
    return "".join(parts)
