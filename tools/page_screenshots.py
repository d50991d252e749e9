"""Screenshots of the page for the documentation: with a palette, so that they are small."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from PIL import Image

MAX_BYTES = 60_000
"""Maximum size of a screenshot."""

COLORS = 48
WAIT = 120_000
"""Milliseconds that a slow machine may take."""

TEXT = (
    "Mi hermana vive en una casa cerca del mar. Su correo es ana@example.org, y el alquiler cuesta "
    "1.200 € al mes.\n\n¿Dónde está la biblioteca?"
)
VIEWS = (("page-desktop", 1100, 620, "light"), ("page-phone", 390, 760, "dark"))
"""Name, width, height and color scheme of each screenshot."""


INSIDE = ("page-inside", 1100, 640, "Mi hermana no ha leído el libro que compraste ayer.", 2, 1)
"""Name, width and height of the screenshot of the second view, its text, the number of the written
token that is replaced, from 0, and the rank of the token that is chosen there."""


def take_screenshots(browser: Any, address: str, folder: Path) -> None:
    """Write the screenshots of a page: a short text, and a view inside with another token.

    Args:
        browser: The browser.
        address: Address of the page.
        folder: Folder to write them into.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, width, height, scheme in VIEWS:
        context, page = _open(browser, address, (width, height), scheme)
        _translate(page, TEXT)
        _write(page.screenshot(), folder / f"{name}.png")
        context.close()
    name, width, height, text, token, rank = INSIDE
    context, page = _open(browser, address, (width, height), "light")
    _translate(page, text)
    page.click("#tab-inside")
    page.locator("#inside .written button").nth(token).click()
    page.locator("#inside .bars button").nth(rank - 1).click()
    page.wait_for_selector("#inside .forced dd", timeout=WAIT)
    page.locator("#inside .forced").scroll_into_view_if_needed()
    _write(page.screenshot(), folder / f"{name}.png")
    context.close()


def _open(browser: Any, address: str, size: tuple[int, int], scheme: str) -> tuple[Any, Any]:
    context = browser.new_context(locale="en-US", color_scheme=scheme)
    page = context.new_page()
    page.set_default_timeout(WAIT)
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(address)
    page.wait_for_selector("html[data-models=ready]")
    return context, page


def _translate(page: Any, text: str) -> None:
    page.fill("#source", text)
    page.wait_for_selector("html[data-state=ready]")


def _write(screenshot: bytes, path: Path) -> None:
    image = Image.open(io.BytesIO(screenshot)).convert("RGB")
    image.quantize(COLORS, dither=Image.Dither.NONE).save(path, optimize=True)
    print(f"       {path}: {path.stat().st_size:,} bytes")
    assert path.stat().st_size <= MAX_BYTES
