"""The view inside a translation in a real browser, opened from a file.

Needs Chromium (Debian's package chromium, or the one that $CHROMIUM names); .ci/run installs it.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from seq2seq import Source, Translator
from seq2seq.web.join_modules import join_modules
from seq2seq.web.modules import modules_in
from seq2seq.web.page import self_contained
from seq2seq.web.trace_page import INSIDE, STYLES, trace_page
from tests.web.test_trace_page import HOSTILE, write

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium is installed: apt-get install chromium"
)
NPM = Path(os.environ.get("SEQ2SEQ_NPM", "."))
AXE = NPM / "node_modules" / "axe-core" / "axe.min.js"
"""Script of npm's axe-core, which checks accessibility."""

Record = dict[str, Any]
TEXT = "perro de papel"
SCREENS = {"light, wide": ("light", 1280), "dark, a phone's width": ("dark", 390)}
"""Color scheme and width of the window."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def translator(model: Path) -> Translator:
    return Translator.from_pretrained(model)


def traced(translator: Translator, *sources: str | Source) -> list[Record]:
    records: list[Record] = []
    translator.translate_all(sources, trace=records.append)
    return records


@pytest.fixture(scope="module")
def records(translator: Translator) -> list[Record]:
    return traced(translator, TEXT, "...", f"{HOSTILE} perro")


@pytest.fixture(params=list(SCREENS))
def tab(request: pytest.FixtureRequest, browser: Any) -> Iterator[Any]:
    """Return a tab; at the end, check that it has requested one file and logged no error."""
    scheme, width = SCREENS[request.param]
    context = browser.new_context(
        color_scheme=scheme, viewport={"width": width, "height": 800}, locale="en-US"
    )
    page = context.new_page()
    requests: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda asked: requests.append(asked.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    assert [one for one in requests if not one.startswith("data:")] == requests[:1]
    assert complaints == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert page.evaluate("window.hacked") is None
    context.close()


@pytest.fixture
def page(tab: Any, records: list[Record], tmp_path: Path) -> Any:
    """Return the tab with the page of a trace."""
    path = tmp_path / "page.html"
    path.write_text(trace_page(write(tmp_path / "trace", records)), encoding="utf-8")
    tab.goto(path.as_uri())
    return tab


def move_to(page: Any, moment: int) -> None:
    page.locator(".time input").fill(str(moment))


def test_the_slider_moves_through_time(page: Any, records: list[Record]) -> None:
    sentence = records[1]
    length = len(sentence["pieces"])
    count = length + sentence["hypotheses"][0]["step"] + 1
    moment = page.locator(".moment")
    assert f"({count} of {count})" in moment.inner_text()
    move_to(page, 0)
    assert moment.inner_text().startswith("Reading “")
    assert page.locator(".bars li").count() == 0
    assert page.locator(".tree .node:not(.coming)").count() == 0
    move_to(page, length)
    assert moment.inner_text().startswith("Step 1: writing “")
    kept = [one for one in sentence["steps"][0]["candidates"] if one["status"] != "dropped"]
    assert page.locator(".tree .node:not(.coming)").count() == len(kept)
    assert page.locator(".bars li").count() == 10
    page.locator(".time input").press("ArrowRight")
    assert moment.inner_text().startswith("Step 2")
    page.click(".play")
    assert "Pause" in page.locator(".play").inner_text()
    playwright.expect(moment).to_contain_text(f"({count} of {count})", timeout=30_000)
    playwright.expect(page.locator(".play")).to_contain_text("Play")


def test_pointing_at_a_written_token_shows_what_was_read(page: Any, records: list[Record]) -> None:
    sentence = records[1]
    [row] = sentence["steps"][0]["rows"]
    most = max(range(len(row["attention"])), key=lambda place: row["attention"][place])
    first = page.locator(".written button").first
    for show in (first.hover, first.focus):
        page.mouse.move(0, 0)
        show()
        shown = page.locator(".read .place").all_inner_texts()
        assert [one == "·" for one in shown] == [one < 0.005 for one in row["attention"]]
        assert re.fullmatch(r"\d+%", shown[most])
        said = page.locator(".attention .readout").inner_text()
        assert said.startswith("For “")
        assert shown[most] in said
    colors = page.locator(".read .piece").evaluate_all(
        "all => all.map(one => getComputedStyle(one).backgroundColor)"
    )
    assert len(set(colors)) > 1
    page.locator(".attention summary").click()
    table = page.locator(".attention details tbody tr").last.locator("td")
    playwright.expect(table).to_have_count(len(sentence["pieces"]))


def test_a_branch_of_the_beam_can_be_followed_with_the_keyboard(page: Any) -> None:
    before = page.locator(".written").inner_text()
    node = page.locator(".tree .node.current")
    node.focus()
    for key in ("ArrowLeft", "ArrowLeft", "ArrowDown"):
        page.keyboard.press(key)
    description = page.evaluate("document.activeElement.getAttribute('aria-description')")
    assert "log-probability −" in description
    page.keyboard.press("Enter")
    assert page.locator(".written").inner_text() != before
    assert page.locator(".tree .node.current").count() == 1
    assert page.locator(".tree .node[tabindex='0']").count() == 1


def test_a_cell_says_how_it_got_its_value(page: Any) -> None:
    for part in ("encoder", "decoder"):
        field = page.locator(f".{part} .field").first
        field.hover()
        said = page.locator(f".{part} .readout").first
        assert "h′ = z·h + (1 − z)·n = " in said.inner_text()
        page.locator(f".{part} .heat").first.focus()
        before = said.inner_text()
        page.keyboard.press("ArrowDown")
        assert said.inner_text() != before
    drawn = page.locator(".encoder canvas").first.evaluate(
        """canvas => {
          const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          return new Set(new Uint32Array(data.buffer)).size;
        }"""
    )
    assert drawn > 5


def test_the_language_and_the_sentence_can_be_chosen(page: Any) -> None:
    page.locator("header select").last.select_option("es")
    assert page.locator("h1").inner_text() == "La traducción por dentro"
    assert page.locator("html").get_attribute("lang") == "es"
    page.locator("summary").evaluate_all("all => all.forEach(one => one.click())")
    said = page.locator("main").inner_text()
    assert len(re.findall(r"\d,\d\d", said)) > 50
    assert not re.findall(r"\d\.\d", said)
    page.locator("header select").first.select_option("1")
    assert "se copió" in page.locator("main").inner_text()
    page.locator("header select").first.select_option("2")
    assert HOSTILE in page.locator("main").inner_text()
    assert page.locator("math").count() > 10


def test_a_trace_puts_no_markup_into_an_equation(
    tab: Any, records: list[Record], tmp_path: Path
) -> None:
    model = {**records[0], "decoding": {"length_penalty": "</mn><mtext><b>bold</b></mtext>"}}
    path = tmp_path / "page.html"
    page = trace_page(write(tmp_path / "trace", [model, *records[1:]]))
    path.write_text(page, encoding="utf-8")
    tab.goto(path.as_uri())
    assert tab.locator(".beam math").count() > 2
    assert tab.locator("math b").count() == 0


@pytest.mark.skipif(
    not AXE.is_file(), reason="$SEQ2SEQ_NPM does not name a folder with axe-core of npm"
)
def test_nothing_serious_keeps_people_out(page: Any) -> None:
    page.evaluate(AXE.read_text(encoding="utf-8"))
    for moment in (0, 7):
        move_to(page, moment)
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
        found = page.evaluate("axe.run().then(result => result.violations)")
        assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []


def test_another_token_can_be_forced_and_taken_back(
    tab: Any, translator: Translator, tmp_path: Path
) -> None:
    style = "\n".join((INSIDE / name).read_text(encoding="utf-8") for name in STYLES)
    entry = 'import * as inside from "./inside/inside.mjs";\nwindow.inside = inside;\n'
    script = join_modules("main.mjs", {"main.mjs": entry, **modules_in("inside")})
    path = tmp_path / "page.html"
    path.write_text(
        self_contained(title="", body="<main></main>", style=style, script=script, data={}),
        encoding="utf-8",
    )
    asked: list[list[str]] = []

    def force(pieces: list[str]) -> list[Record]:
        asked.append(pieces)
        if len(asked) > 1:
            raise ValueError("out of memory")
        return traced(translator, Source(TEXT, prefix="".join(pieces).replace("▁", " ").strip()))

    tab.expose_function("force", force)
    tab.goto(path.as_uri())
    trace = traced(translator, TEXT)
    tab.evaluate(
        """trace => {
          const options = { trace, force: window.force, language: "en" };
          window.inside.mountInside(document.querySelector("main"), options);
        }""",
        trace,
    )
    before = tab.locator(".sentence dd").last.inner_text()
    move_to(tab, len(trace[1]["pieces"]))
    choice = tab.locator(".bars button", has_text="▁").last
    piece = choice.locator(".piece span").first.inner_text()
    choice.click()
    tab.locator(".forced button").wait_for()
    assert asked == [[piece]]
    assert tab.locator(".written button span").first.inner_text() == piece
    after = tab.locator(".sentence dd").last.inner_text()
    assert after != before
    assert tab.locator(".forced dd").all_inner_texts() == [before, after]
    tab.click(".forced button")
    assert tab.locator(".sentence dd").last.inner_text() == before
    tab.locator(".bars button").first.click()
    tab.get_by_text("The translation failed").wait_for()
    assert tab.locator(".sentence dd").last.inner_text() == before
