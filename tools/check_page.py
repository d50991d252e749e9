"""Check the page of `seq2seq export --web` in a browser: 200 lines, accessibility, sizes, time.

    python tools/check_page.py
    python tools/check_page.py --browser firefox
    python tools/check_page.py --screenshots docs/how-to/figures

It exports the shipped models into a folder and a single file, and compares the translations with
those of the command line with generic kernels, whose arithmetic is that of the page. Other kernels
round differently; it prints how many lines they change. axe-core and puppeteer-core, which drives
Firefox, come from npm. It exits with 1 if a check fails.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from page_firefox import firefox, use_page
from page_screenshots import take_screenshots

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.support.chromium import chromium, served  # noqa: E402

MODELS = ("es-en", "en-es")
LINES = ROOT / "recipes" / "sample_es_en" / "test.tsv"
NPM = ROOT / ".cache" / "npm"
PACKAGES = ("axe-core@4", "puppeteer-core@24")
AXE_VIEWS = (("light", 1200), ("dark", 390))
"""Color scheme and width of each check with axe-core."""

SERIOUS = {"serious", "critical"}
MAX_BYTES = 2_000_000
"""Maximum size of everything but the weights."""

MAX_SECONDS = {"folder": 0.5, "single file": 1.5}
"""Time from the beginning of loading until the page can translate, on an idle machine; there it
is at most the processor time of the browser."""

VISITS = 5
"""Number of visits that are timed; the fastest one counts."""

WAIT = 120_000
"""Milliseconds that a slow machine may take."""

Check = Callable[[str, bool, object], None]


class Browser(StrEnum):
    """Browser to check the page in."""

    CHROMIUM = "chromium"
    FIREFOX = "firefox"


def main(
    browser: Annotated[Browser, typer.Option(help="The browser.")] = Browser.CHROMIUM,
    lines: Annotated[
        Path, typer.Option(help="Spanish sentences, one a line or in the first column.")
    ] = LINES,
    count: Annotated[int, typer.Option(min=1, help="Number of sentences.")] = 200,
    screenshots: Annotated[
        Path | None, typer.Option(help="Folder for screenshots of Chromium; none by default.")
    ] = None,
) -> None:
    """Check the page."""
    passed = True

    def check(name: str, holds: bool, found: object) -> None:
        nonlocal passed
        passed &= holds
        print(f"{'ok    ' if holds else 'FAILED'} {name}: {found}", flush=True)

    sentences = [line.split("\t")[0] for line in lines.read_text("utf-8").splitlines()][:count]
    with tempfile.TemporaryDirectory() as directory:
        place = Path(directory)
        expected = command_line(sentences, place, kernels="generic")
        here = command_line(sentences, place)
        print(f"       lines that the fastest kernels change: {differing(here, expected)}")
        for name, options in (("folder", []), ("single file", ["--single-file"])):
            folder = place / name.replace(" ", "-")
            run("export", *MODELS, "--web", folder, *options)
            check_size(name, folder, check)
            with address_of(folder, single=bool(options)) as address:
                if browser is Browser.FIREFOX:
                    check_in_firefox(name, address, sentences, expected, check)
                else:
                    check_in_chromium(name, address, sentences, expected, check)
        if screenshots:
            with served(place / "folder") as address, chromium() as started:
                take_screenshots(started, address, screenshots)
    sys.exit(not passed)


def run(*arguments: object) -> None:
    """Run `seq2seq`."""
    subprocess.run([sys.executable, "-m", "seq2seq", *map(str, arguments)], check=True)


def command_line(sentences: list[str], folder: Path, *, kernels: str | None = None) -> list[str]:
    """Return the translations of `translate`, by default with the fastest kernels."""
    source = folder / "source.txt"
    target = folder / "target.txt"
    source.write_text("".join(f"{line}\n" for line in sentences), "utf-8")
    program = "from seq2seq.cli.app import translate_main; translate_main()"
    options = ["--model", MODELS[0], "--input", source, "--output", target]
    environment = {**os.environ, "SEQ2SEQ_KERNELS": kernels} if kernels else None
    command = [sys.executable, "-c", program, *map(str, options)]
    subprocess.run(command, check=True, env=environment)
    return target.read_text("utf-8").splitlines()


def differing(found: list[str], expected: list[str]) -> list[tuple[str, str]]:
    """Return the lines that differ."""
    return [pair for pair in zip(found, expected, strict=True) if pair[0] != pair[1]]


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


def check_in_chromium(
    name: str, address: str, sentences: list[str], expected: list[str], check: Check
) -> None:
    """Check the page in Chromium."""
    with chromium() as browser:
        time_visits(name, browser, address, check)
        translate_lines(name, browser, address, sentences, expected, check)
        for scheme, width in AXE_VIEWS:
            violations = violations_of(browser, address, scheme, width)
            check_violations(f"{name}: axe-core, {scheme}, {width} pixels", violations, check)


def check_in_firefox(
    name: str, address: str, sentences: list[str], expected: list[str], check: Check
) -> None:
    """Check the page in Firefox."""
    if firefox() is None:
        sys.exit("no Firefox is installed: apt-get install firefox-esr")
    axe = axe_source()
    found = use_page(address, sentences, npm=NPM, visits=VISITS, axe=axe, views=AXE_VIEWS)
    print(f"       {found['version']}")
    check_ready(name, [one / 1000 for one in found["ready"]], check)
    check_lines(name, found["found"], expected, check)
    check_quiet(name, found["requests"], found["complaints"], check)
    for (scheme, width), violations in zip(AXE_VIEWS, found["violations"], strict=True):
        check_violations(f"{name}: axe-core, {scheme}, {width} pixels", violations, check)


def check_ready(name: str, seconds: list[float], check: Check) -> None:
    """Check how long the page takes until it can translate: the best of some visits."""
    shown = [round(one, 2) for one in sorted(seconds)]
    check(f"{name}: seconds until ready", min(seconds) <= MAX_SECONDS[name], shown)


def check_lines(name: str, found: list[str], expected: list[str], check: Check) -> None:
    """Check the translations."""
    lines = differing(found, expected)
    check(f"{name}: lines that differ of {len(found)}", not lines, lines)


def check_quiet(name: str, requests: list[str], complaints: list[str], check: Check) -> None:
    """Check that the page has asked for nothing, and that the browser has not complained."""
    check(f"{name}: requests while translating", not requests, requests)
    check(f"{name}: complaints of the browser", not complaints, complaints)


def check_violations(name: str, violations: list[Any], check: Check) -> None:
    """Check what axe-core has found."""
    serious = [[one["id"], one["html"]] for one in violations if one["impact"] in SERIOUS]
    others = [one["id"] for one in violations if one["impact"] not in SERIOUS]
    check(name, not serious, serious or others or "-")


def time_visits(name: str, browser: Any, address: str, check: Check) -> None:
    """Check how long the page takes until it can translate."""
    seconds = []
    used = []
    for _ in range(VISITS):
        context = browser.new_context()
        page = context.new_page()
        before = processor_seconds()
        page.goto(address, wait_until="commit")
        page.wait_for_selector("html[data-state=ready]", timeout=WAIT)
        used.append(round(processor_seconds() - before, 2))
        ready = page.evaluate("performance.getEntriesByName('ready')[0].startTime")
        seconds.append(ready / 1000)
        context.close()
    check_ready(name, seconds, check)
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


def translate_lines(
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
    page.select_option("#from", "es")
    context.on("request", lambda request: requests.append(request.url))
    found = []
    begun = time.monotonic()
    for sentence in sentences:
        page.fill("#source", sentence)
        page.wait_for_selector("html[data-state=ready]", timeout=WAIT)
        found.append(page.input_value("#target"))
    seconds = (time.monotonic() - begun) / len(sentences)
    check_lines(name, found, expected, check)
    check_quiet(name, requests, complaints, check)
    print(f"       {name}: {seconds:.2f} s a line, with the pause after typing")
    context.close()


def violations_of(browser: Any, address: str, scheme: str, width: int) -> list[Any]:
    """Return what axe-core finds in both views."""
    context = browser.new_context(color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(address)
    page.wait_for_selector("html[data-models=ready]", timeout=WAIT)
    page.fill("#source", "Tengo hambre.")
    page.wait_for_selector("html[data-state=ready]", timeout=WAIT)
    page.evaluate(axe_source())
    violations = page.evaluate("axe.run()")["violations"]
    page.click("#tab-inside")
    page.wait_for_selector("#inside .sentence", timeout=WAIT)
    violations += page.evaluate("axe.run()")["violations"]
    context.close()
    return [{**one, "html": one["nodes"][0]["html"]} for one in violations]


def axe_source() -> str:
    """Return axe-core, which npm downloads the first time, together with puppeteer-core."""
    script = NPM / "node_modules" / "axe-core" / "axe.min.js"
    if not script.exists():
        NPM.mkdir(parents=True, exist_ok=True)
        command = ["npm", "install", "--silent", "--no-save", "--prefix", str(NPM), *PACKAGES]
        subprocess.run(command, check=True)
    return script.read_text("utf-8")


if __name__ == "__main__":
    program = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    program.command()(main)
    program()
