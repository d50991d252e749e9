"""Hooks of MkDocs: generated pages, links to files outside docs/, and a small search index."""

from __future__ import annotations

import json
import posixpath
import re
from pathlib import Path

from docs_commands import commands_page
from docs_settings import settings_page
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import event_priority
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

REPOSITORY = "https://github.com/seq2seq-translate/seq2seq/blob/main"
"""Address under which the files of the repository are shown."""

_EFFECTS = "reference/effects.yaml"
"""Source of the page of settings, which is not part of the site."""

_FROM_DOCSTRINGS = ("reference/api.html", "reference/plugins.html")
"""Pages of which the search index has the names and the beginnings only."""

_BEGINNING = 200
"""Number of characters that the search index has of a docstring."""

_WITH_PROGRAMS = ("learn/", "tutorials/look-inside")
"""Pages that the search index covers without their programs and output."""

_PROGRAM = re.compile(r"<pre>.*?</pre>", re.DOTALL)

_LINK = re.compile(r"(?<=\]\()(\.\./[^)\s#]*)")
"""Target of a relative link that leaves the folder of its page."""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages of commands and settings.

    Args:
        files: Files of the site.
        config: Configuration of the site.

    Returns:
        The files with both pages, and without the file of measured effects.
    """
    pages = {
        "reference/commands.md": commands_page(),
        "reference/settings.md": settings_page(REPOSITORY),
    }
    for path, content in pages.items():
        files.append(File.generated(config, path, content=content))
    if (effects := files.get_file_from_path(_EFFECTS)) is not None:
        files.remove(effects)
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Point links to files of the repository that are outside docs/ to the repository's site.

    Args:
        markdown: Text of the page.
        page: The page.
        config: Configuration of the site.
        files: Files of the site.

    Returns:
        The text with the changed links.
    """
    folder = posixpath.dirname(page.file.src_uri)

    def target(match: re.Match[str]) -> str:
        path = posixpath.normpath(posixpath.join("docs", folder, match[1]))
        inside = path == "docs" or path.startswith("docs/")
        return match[1] if inside else f"{REPOSITORY}/{path}"

    return _LINK.sub(target, markdown)


@event_priority(-100)  # after the index has been written
def on_post_build(config: MkDocsConfig) -> None:
    """Shorten the search index, which every page loads, by docstrings and programs.

    Args:
        config: Configuration of the site.
    """
    path = Path(config.site_dir) / "search" / "search_index.json"
    index = json.loads(path.read_text(encoding="utf-8"))
    for entry in index["docs"]:
        if entry["location"].startswith(_FROM_DOCSTRINGS):
            entry["text"] = entry["text"][:_BEGINNING]
        elif entry["location"].startswith(_WITH_PROGRAMS):
            entry["text"] = _PROGRAM.sub("", entry["text"])
    path.write_text(json.dumps(index, separators=(",", ":")), encoding="utf-8")
