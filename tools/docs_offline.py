"""Hook of MkDocs: the offline search loads a script of this project instead of one from a host."""

from __future__ import annotations

from typing import Any

from mkdocs.utils import get_relative_url

SHIM = "https://unpkg.com/iframe-worker/shim"
"""Address that the offline plugin of the theme puts into each page."""

SCRIPT = "assets/offline-search.js"


def on_post_page(output: str, *, page: Any, config: Any) -> str:
    """Replace the address of the shim in a page."""
    return output.replace(SHIM, get_relative_url(SCRIPT, page.url))


def on_post_template(output_content: str, *, template_name: str, config: Any) -> str:
    """Replace the address of the shim in a static template, such as 404.html."""
    return output_content.replace(SHIM, SCRIPT)
