"""One HTML page with its script, its style and its data, which runs nothing else."""

from __future__ import annotations

import base64
import hashlib
import html
import json
from collections.abc import Mapping

_PAGE = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="data:,">
<style>{style}</style>
</head>
<body>
{body}
{data}
<script type="module">{script}</script>
</body>
</html>
"""


def self_contained(
    *,
    title: str,
    body: str,
    style: str,
    script: str,
    data: Mapping[str, object],
    language: str = "en",
) -> str:
    """Return a page that loads nothing, and runs nothing but its script.

    Args:
        title: Title of the page.
        body: Its markup.
        style: Its style sheet.
        script: Its script, a module without imports.
        data: Values that the script reads, as JSON in elements of these ids.
        language: Language of the page.

    Returns:
        HTML.

    Raises:
        ValueError: The script or the style would end its own element.
    """
    if "</script" in script.lower() or "<!--" in script or "</style" in style.lower():
        raise ValueError("the script or the style would end its own element")
    policy = {
        "default-src": "'none'",
        "script-src": _hash(script),
        "style-src": _hash(style),
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    return _PAGE.format(
        language=html.escape(language),
        policy=html.escape("; ".join(" ".join(pair) for pair in policy.items()), quote=False),
        title=html.escape(title),
        style=style,
        body=body,
        script=script,
        data="\n".join(_data(name, value) for name, value in data.items()),
    )


def _hash(text: str) -> str:
    """Return what a policy calls an inline script or style."""
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _data(name: str, value: object) -> str:
    """Return a value as JSON in an element that no text can end."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    return f'<script type="application/json" id="{html.escape(name)}">{text}</script>'
