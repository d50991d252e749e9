"""Rebuild the pages in docs/reports with the present package.

    python tools/build_reports.py
    python tools/build_reports.py tatoeba_es_en --run tatoeba_es_en=/data/runs/tatoeba_es_en

A page needs the run of its recipe, by default runs/NAME, and the recipe's test set. Where the data
are in this repository, a missing run is trained first (sample_es_en: three minutes on one core).
All other pages whose run or test set is missing are kept as they are, and the command says what
they lack. At the end it takes the picture report.png, if playwright and Chromium are installed.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer

ROOT = Path(__file__).resolve().parents[1]
PAGES = ROOT / "docs" / "reports"
MODEL = "model.safetensors"
EXCERPTS = """for (const part of document.querySelectorAll(
    "nav, footer, details, #more, .chart, .pointing, [aria-labelledby=training], #set-1, " +
    "[aria-labelledby=set-1] > .wide, #sentences > tbody > tr:nth-child(n + 5)")) part.remove()"""
"""Script that removes what the picture does not show."""

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")


@dataclass(frozen=True)
class Page:
    """A directory of docs/reports, and what it is made from.

    Attributes:
        name: Name of the recipe and of the directory.
        test_files: Files of the test set, from the top of the checkout.
        options: Options of `seq2seq evaluate` besides the run and --output.
        in_repository: True if all data of the recipe are in the repository.
    """

    name: str
    test_files: Sequence[str]
    options: Sequence[str] = field(repr=False)
    in_repository: bool = False


REPORTS = [
    Page(
        "sample_es_en",
        ["recipes/sample_es_en/test.tsv"],
        [
            *("--data", "recipes/sample_es_en/test.tsv", "--nbest", "3"),
            *("--training-text", "recipes/sample_es_en/train.tsv"),
        ],
        in_repository=True,
    ),
    Page(
        "tatoeba_es_en",
        ["data/tatoeba_es_en/test.tsv"],
        [
            *("--data", "data/tatoeba_es_en/test.tsv", "--sentences", "50", "--credit"),
            "Sentences of tatoeba.org, in the form of www.manythings.org/anki, CC BY 2.0 FR.",
        ],
    ),
    Page(
        "multi30k_de_en",
        ["data/multi30k/test_2016_flickr.de", "data/multi30k/test_2016_flickr.en"],
        [
            *("--data", "data/multi30k/test_2016_flickr.{lang}"),
            *("--source", "de", "--target", "en", "--sentences", "0"),
        ],
    ),
]

Names = Annotated[list[str] | None, typer.Argument(help="Directories; by default all.")]
Runs = Annotated[
    list[str] | None, typer.Option("--run", metavar="NAME=DIRECTORY", help="Run of a page.")
]
Output = Annotated[Path, typer.Option(help="Directory to write the pages to.")]


def main(names: Names = None, runs: Runs = None, output: Output = PAGES) -> None:
    """Rebuild the named pages, and say of each whether it was rebuilt or kept."""
    known = [page.name for page in REPORTS]
    given = dict(each.partition("=")[::2] for each in runs or [])
    for name in [*(names or []), *given]:
        if name not in known:
            raise SystemExit(f"there is no page {name!r}; the pages are {', '.join(known)}")
    rebuilt = [
        page.name
        for page in REPORTS
        if page.name in (names or known) and build(page, given, output.resolve())
    ]
    if "sample_es_en" in rebuilt:
        picture(output / "sample_es_en" / "report.html", output / "report.png")


def build(page: Page, given: Mapping[str, str], output: Path) -> bool:
    """Rebuild a page, after training its model if that is needed and possible.

    Args:
        page: The page.
        given: Run directories by name of the page, where they are not runs/NAME.
        output: Directory of all pages.

    Returns:
        False if something is missing and the page was kept.
    """
    run = Path(given.get(page.name, f"runs/{page.name}"))
    missing = [name for name in page.test_files if not (ROOT / name).is_file()]
    trainable = page.in_repository and page.name not in given
    if not (ROOT / run / MODEL).is_file() and not trainable:
        missing.insert(0, f"{run}/{MODEL}")
    if missing:
        print(
            f"kept {output / page.name}: {' and '.join(missing)} not found; see "
            f"recipes/{page.name}/README.md; --run {page.name}=DIRECTORY names another run"
        )
        return False
    if trainable:
        # Trains only what is still to be trained.
        command(f"recipes/{page.name}/train.py", "--output", str(run))
    there = output / page.name
    command("-m", "seq2seq", "evaluate", str(run), *page.options, "--output", str(there))
    command("-m", "seq2seq", "report", str(run), "--output", str(there / "training"))
    print(f"rebuilt {there}")
    return True


def command(*arguments: str) -> None:
    """Run a Python program at the top of the checkout; leave if it fails."""
    finished = subprocess.run([sys.executable, *arguments], cwd=ROOT, check=False)
    if finished.returncode:
        raise SystemExit(f"failed: python {' '.join(arguments)}")


def picture(page: Path, path: Path) -> None:
    """Write a picture of excerpts of a page, if there is a browser.

    It shows the scores, two charts, and some sentences, one of them with its attention.
    """
    chromium = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        chromium = None
    if chromium is None:
        print(f"kept {path}: playwright or Chromium is not installed")
        return
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        opened = browser.new_page(viewport={"width": 1130, "height": 400}, color_scheme="light")
        opened.goto(page.resolve().as_uri())
        opened.locator("#sentences tbody button").first.click()
        opened.evaluate(EXCERPTS)
        opened.screenshot(path=path, full_page=True)
        browser.close()
    print(f"wrote {path}")


if __name__ == "__main__":
    typer.run(main)
