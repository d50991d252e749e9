"""Check the page of `seq2seq export --web` in Chromium: 200 lines, accessibility, sizes, time.

    python tools/check_page.py
    python tools/check_page.py --screenshots docs/how-to/figures

It exports the shipped models into a folder and a single file, and compares the translations with
those of the command line. axe-core comes from npm. It exits with 1 if a check fails.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from page_screenshots import take_screenshots

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.support.chromium import chromium, served  # noqa: E402

MODELS = ("es-en", "en-es")
LINES = ROOT / "recipes" / "sample_es_en" / "test.tsv"
AXE = ROOT / ".cache" / "axe"
AXE_PACKAGE = "axe-core@4"
SERIOUS = {"serious", "critical"}
MAX_BYTES = 2_000_000
"""Maximum size of everything but the weights."""

MAX_SECONDS = {"folder": 0.5, "single file": 1.5}
"""Time from the beginning of loading until the page can translate, on an idle machine; there it
is at most the processor time of the browser."""

WAIT = 120_000
"""Milliseconds that a slow machine may take."""

Check = Callable[[str, bool, object], None]


def main(
    lines: Annotated[
        Path, typer.Option(help="Spanish sentences, one a line or in the first column.")
    ] = LINES,
    count: Annotated[int, typer.Option(min=1, help="Number of sentences.")] = 200,
    screenshots: Annotated[
        Path | None, typer.Option(help="Folder for screenshots; none are taken without it.")
    ] = None,
) -> None:
    """Check the page."""
    passed = True

    def check(name: str, holds: bool, found: object) -> None:
        nonlocal passed
        passed &= holds
        print(f"{'ok    ' if holds else 'FAILED'} {name}: {found}", flush=True)

    sentences = [line.split("\t")[0] for line in lines.read_text("utf-8").splitlines()][:count]
    with tempfile.TemporaryDirectory() as directory, chromium() as browser:
        place = Path(directory)
        expected = command_line(sentences, place)
        for name, options in (("folder", []), ("single file", ["--single-file"])):
            folder = place / name.replace(" ", "-")
            run("export", *MODELS, "--web", folder, *options)
            check_size(name, folder, check)
            with address_of(folder, single=bool(options)) as address:
                check_ready(name, browser, address, check)
                check_lines(name, browser, address, sentences, expected, check)
                check_accessibility(name, browser, address, check)
                if screenshots and not options:
                    take_screenshots(browser, address, screenshots)
    sys.exit(not passed)


def run(*arguments: object) -> None:
    """Run `seq2seq`."""
    subprocess.run([sys.executable, "-m", "seq2seq", *map(str, arguments)], check=True)


def command_line(sentences: list[str], folder: Path) -> list[str]:
    """Return the translations of `translate`."""
    source = folder / "source.txt"
    target = folder / "target.txt"
    source.write_text("".join(f"{line}\n" for line in sentences), "utf-8")
    program = "from seq2seq.cli.app import translate_main; translate_main()"
    options = ["--model", MODELS[0], "--input", source, "--output", target]
    subprocess.run([sys.executable, "-c", program, *map(str, options)], check=True)
    return target.read_text("utf-8").splitlines()


def check_size(name: str, folder: Path, check: Check) -> None:
    """Check the size of everything but the weights; in a single file they are in base64."""
    shipped = ROOT / "seq2seq" / "shipped"
    weights = sum((shipped / one / "model.safetensors").stat().st_size for one in MODELS)
    if name == "single file":
        weights = -(-weights // 3) * 4
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    check(f"{name}: bytes besides the weights", size - weights <= MAX_BYTES, size - weights)


@contextlib.contextmanager
def address_of(folder: Path, *, single: bool) -> Iterator[str]:
    """Yield the address of a page: a file, or a server."""
    if single:
        yield (folder / "index.html").as_uri()
        return
    with served(folder) as address:
        yield address


def check_ready(name: str, browser: Any, address: str, check: Check) -> None:
    """Check how long the page takes until it can translate: the best of five visits."""
    seconds = []
    used = []
    for _ in range(5):
        context = browser.new_context()
        page = context.new_page()
        before = processor_seconds()
        page.goto(address, wait_until="commit")
        page.wait_for_selector("html[data-state=ready]", timeout=WAIT)
        used.append(round(processor_seconds() - before, 2))
        ready = page.evaluate("performance.getEntriesByName('ready')[0].startTime")
        seconds.append(round(ready / 1000, 2))
        context.close()
    check(f"{name}: seconds until ready", min(seconds) <= MAX_SECONDS[name], sorted(seconds))
    print(f"       {name}: processor seconds of all processes of the browser: {sorted(used)}")


def processor_seconds() -> float:
    """Return the processor time of all processes that this one has started, and that still run."""
    total = 0.0
    for process in descendants(os.getpid()):
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
            total += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return total


def descendants(process: int) -> Iterator[int]:
    """Yield the processes that a process has started, and those that these have started."""
    with contextlib.suppress(OSError):
        for thread in Path(f"/proc/{process}/task").iterdir():
            for child in map(int, (thread / "children").read_text().split()):
                yield child
                yield from descendants(child)


def check_lines(
    name: str,
    browser: Any,
    address: str,
    sentences: list[str],
    expected: list[str],
    check: Check,
) -> None:
    """Check the translations, and what the page asks for meanwhile."""
    context = browser.new_context(locale="en-US")
    page = context.new_page()
    complaints: list[str] = []
    requests: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(address)
    done = "models" if address.startswith("file:") else "offline"
    page.wait_for_selector(f"html[data-{done}=ready]", timeout=WAIT)
    context.on("request", lambda request: requests.append(request.url))
    found = []
    begun = time.monotonic()
    for sentence in sentences:
        page.fill("#source", sentence)
        page.wait_for_selector("html[data-state=ready]", timeout=WAIT)
        found.append(page.input_value("#target"))
    seconds = (time.monotonic() - begun) / len(sentences)
    differing = [pair for pair in zip(found, expected, strict=True) if pair[0] != pair[1]]
    check(f"{name}: lines that differ of {len(sentences)}", not differing, differing)
    check(f"{name}: requests while translating", not requests, requests)
    check(f"{name}: complaints of the browser", not complaints, complaints)
    print(f"       {name}: {seconds:.2f} s a line, with the pause after typing")
    context.close()


def check_accessibility(name: str, browser: Any, address: str, check: Check) -> None:
    """Check the page with axe-core, light and dark, wide and narrow."""
    axe = axe_source()
    for scheme, width in (("light", 1200), ("dark", 390)):
        context = browser.new_context(color_scheme=scheme, bypass_csp=True)
        page = context.new_page()
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(address)
        page.wait_for_selector("html[data-models=ready]", timeout=WAIT)
        page.fill("#source", "Tengo hambre.")
        page.wait_for_selector("html[data-state=ready]", timeout=WAIT)
        page.evaluate(axe)
        violations = page.evaluate("axe.run()")["violations"]
        serious = [
            [one["id"], one["nodes"][0]["html"]] for one in violations if one["impact"] in SERIOUS
        ]
        others = [one["id"] for one in violations if one["impact"] not in SERIOUS]
        check(f"{name}: axe-core, {scheme}, {width} pixels", not serious, serious or others or "-")
        context.close()


def axe_source() -> str:
    """Return axe-core, which npm downloads the first time."""
    script = AXE / "node_modules" / "axe-core" / "axe.min.js"
    if not script.exists():
        AXE.mkdir(parents=True, exist_ok=True)
        command = ["npm", "install", "--silent", "--no-save", "--prefix", str(AXE), AXE_PACKAGE]
        subprocess.run(command, check=True)
    return script.read_text("utf-8")


if __name__ == "__main__":
    program = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    program.command()(main)
    program()
