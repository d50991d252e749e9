"""Check the built documentation: weight of the first page, and no request to another host.

    python tools/check_site.py site

`mkdocs build --strict` has checked the links between pages before.
"""

from __future__ import annotations

import gzip
import re
import sys
from pathlib import Path
from typing import Annotated

import typer

MAX_FIRST_PAGE = 300_000
"""Maximum number of bytes that the first page transfers, compressed with gzip."""

_ASSET = re.compile(
    r'<(?:script|img|link rel="(?:stylesheet|icon)")[^>]* (?:src|href)="([^"]+)"', re.IGNORECASE
)
_FETCHED = ("search/search_index.json",)
"""Files that scripts of a page fetch, if they are there."""


class SiteError(Exception):
    """Raised when a page breaks a rule; the message is one line."""


def assets(page: Path) -> list[str]:
    """Return the addresses of scripts, style sheets and images that a page loads, as written."""
    return list(dict.fromkeys(_ASSET.findall(page.read_text(encoding="utf-8"))))


def transferred(page: Path) -> int:
    """Return the number of bytes that a page and its assets take, each compressed with gzip."""
    files = [page, *(page.parent / address.split("?")[0] for address in assets(page))]
    files += [page.parent / name for name in _FETCHED]
    return sum(len(gzip.compress(file.read_bytes())) for file in files if file.is_file())


def check(site: Path) -> int:
    """Check a site and return the bytes that its first page transfers.

    Raises:
        SiteError: A page loads something from another host, or the first page is too large.
    """
    for page in sorted(site.rglob("*.html")):
        remote = [address for address in assets(page) if re.match(r"(?:https?:)?//", address)]
        if remote:
            raise SiteError(f"{page}: loads {remote[0]} from another host")
    size = transferred(site / "index.html")
    if size > MAX_FIRST_PAGE:
        raise SiteError(f"{site / 'index.html'}: {size:,} bytes; the limit is {MAX_FIRST_PAGE:,}")
    return size


def main(site: Annotated[Path, typer.Argument(help="Directory of the built site.")]) -> None:
    """Check a site and print the weight of its first page."""
    pages = sum(1 for _ in site.rglob("*.html"))
    print(f"{site}: {pages} pages; the first one transfers {check(site):,} bytes")


if __name__ == "__main__":
    program = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    program.command()(main)
    try:
        program()
    except SiteError as error:
        sys.exit(f"error: {error}")
