"""Pages of the service: a form that translates, and the documentation of the interface."""

from __future__ import annotations

import html
import json
from pathlib import Path

from seq2seq.serving.catalogue import language_name
from seq2seq.serving.service import Service

PAGE_HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self' 'unsafe-inline'; "
    "style-src 'self' 'unsafe-inline'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
"""Headers of a page: it takes nothing from elsewhere, and sends nothing there."""

_PAGE = Path(__file__).with_name("page.html")


def translation_page(service: Service) -> str:
    """Return the page that translates."""
    catalogue = service.catalogue
    options = {
        "SOURCES": [("auto", "Detect language")]
        + [(code, language_name(code)) for code in catalogue.sources],
        "TARGETS": [(code, language_name(code)) for code in reversed(catalogue.targets)],
    }
    text = _PAGE.read_text(encoding="utf-8")
    for name, languages in options.items():
        choices = "".join(
            f'<option value="{html.escape(code)}">{html.escape(label)}</option>'
            for code, label in languages
        )
        text = text.replace(f"<!--{name}-->", choices)
    return text.replace("KEY_HIDDEN", "" if service.keys else "hidden")


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
