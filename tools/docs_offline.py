"""Hook of MkDocs: the offline search loads nothing from a host, and its index stays small.

Every page transfers the index, so long lists of experiments, figures and papers are not in it.
"""

from __future__ import annotations

from typing import Any

from mkdocs.utils import get_relative_url

SHIM = "https://unpkg.com/iframe-worker/shim"
"""Address that the offline plugin of the theme puts into each page."""

SCRIPT = "assets/offline-search.js"

UNSEARCHED = ("NOTES.md", "QUALITY.md", "reference/bibliography.md")
"""Pages that the search does not find."""


def on_page_markdown(markdown: str, *, page: Any, config: Any, files: Any) -> None:
    """Leave a page out of the search."""
    if page.file.src_uri in UNSEARCHED:
        page.meta["search"] = {"exclude": True}


def on_post_page(output: str, *, page: Any, config: Any) -> str:
    """Replace the address of the shim in a page."""
    return output.replace(SHIM, get_relative_url(SCRIPT, page.url))


def on_post_template(output_content: str, *, template_name: str, config: Any) -> str:
    """Replace the address of the shim in a static template, such as 404.html."""
    return output_content.replace(SHIM, SCRIPT)
