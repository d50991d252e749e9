"""The page in Firefox, which a program for node drives over WebDriver BiDi."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

PROGRAM = Path(__file__).parent / "page_programs" / "firefox.mjs"
_NAMES = ("firefox-esr", "firefox")


def firefox() -> str | None:
    """Return the path of Firefox, or None if there is none."""
    return os.environ.get("FIREFOX") or next(filter(None, map(shutil.which, _NAMES)), None)


def use_page(
    address: str,
    sentences: Sequence[str],
    *,
    npm: Path,
    visits: int = 1,
    wait: float = 300,
    axe: str = "",
    views: Sequence[tuple[str, int]] = (),
) -> dict[str, Any]:
    """Open a page in Firefox and translate with it.

    Args:
        address: Address of the page.
        sentences: Sentences to translate.
        npm: Folder with puppeteer-core in its node_modules.
        visits: Number of visits that are timed.
        wait: Seconds that the page may take for a step.
        axe: Source of axe-core, which checks the page; "" leaves it out.
        views: Color scheme and width of each check with axe-core.

    Returns:
        The "version" of Firefox, the milliseconds until the page was "ready" at each visit, the
        translations "found", the "complaints" of the browser, the "requests" during translation
        and, with `axe`, the "violations" of each view.
    """
    job = {
        "program": firefox(),
        "address": address,
        "sentences": list(sentences),
        "visits": visits,
        "wait": 1000 * wait,
        "axe": axe,
        "views": list(views),
    }
    done = subprocess.run(
        ["node", PROGRAM],
        input=json.dumps(job),
        env={**os.environ, "NODE_PATH": str((npm / "node_modules").resolve())},
        stdout=subprocess.PIPE,
        encoding="utf-8",
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found
