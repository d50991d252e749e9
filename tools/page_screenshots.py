"""Screenshots of the page for the documentation: with a palette, so that they are small."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from PIL import Image

MAX_BYTES = 60_000
"""Maximum size of a screenshot."""

COLORS = 48
TEXT = (
    "Mi hermana vive en una casa cerca del mar. Su correo es ana@example.org, y el alquiler cuesta "
    "1.200 € al mes.\n\n¿Dónde está la biblioteca?"
)
VIEWS = (("page-desktop", 1100, 620, "light"), ("page-phone", 390, 760, "dark"))
"""Name, width, height and color scheme of each screenshot."""


def take_screenshots(browser: Any, address: str, folder: Path) -> None:
    """Write the screenshots of a page that translates a short text.

    Args:
        browser: The browser.
        address: Address of the page.
        folder: Folder to write them into.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, width, height, scheme in VIEWS:
        context = browser.new_context(locale="en-US", color_scheme=scheme)
        page = context.new_page()
        page.set_viewport_size({"width": width, "height": height})
        page.goto(address)
        page.wait_for_selector("html[data-models=ready]", timeout=120_000)
        page.fill("#source", TEXT)
        page.wait_for_selector("html[data-state=ready]", timeout=120_000)
        image = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
        path = folder / f"{name}.png"
        image.quantize(COLORS, dither=Image.Dither.NONE).save(path, optimize=True)
        print(f"       {path}: {path.stat().st_size:,} bytes")
        assert path.stat().st_size <= MAX_BYTES
        context.close()
