"""The page of a report in a real browser: it loads nothing, logs no error, and its table can be
searched and sorted.

Needs Chromium (Debian's package chromium, or the one that $CHROMIUM names); .ci/run installs it.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from seq2seq.evaluation.examine import SystemOutput, TestSet, examine
from seq2seq.evaluation.training_runs import report
from seq2seq.metrics.label_scores import label_scores
from seq2seq.reports.classification_report import ClassificationReport, LabelledText
from seq2seq.reports.evaluation_report import EvaluationReport
from seq2seq.reports.sentence import Reading

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium is installed: apt-get install chromium"
)

HOSTILE = "</script><script>window.hacked = 1</script><img src=x onerror='window.hacked = 1'> & <b>"
REFERENCES = [f"sentence number {number} of the set" for number in range(50)] + ["a house", HOSTILE]
HYPOTHESES = [
    f"sentence number {number} of {'the set' if number % 3 else 'a bed'}" for number in range(50)
] + [
    "a house",
    HOSTILE,
]
SOURCES = [*(f"frase número {number}" for number in range(50)), "una casa", HOSTILE]
BASELINE = [*("sentence of the set" for _ in range(50)), "a home", HOSTILE]


class Opened(NamedTuple):
    """A page, the addresses it requested, and the errors it logged."""

    page: playwright.Page
    requests: list[str]
    complaints: list[str]


SCREENS = {"light, wide": ("light", 1200), "dark, a phone's width": ("dark", 380)}
"""Color scheme and width of the window."""


@pytest.fixture(scope="module")
def browser() -> Iterator[playwright.Browser]:
    options = [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
    ]
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=options)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def tab(browser: playwright.Browser) -> playwright.Page:
    """Return a tab for all tests: opening one takes far longer than loading a page in it."""
    return browser.new_page()


@contextlib.contextmanager
def opened_on(tab: playwright.Page, screen: tuple[str, int], path: Path) -> Iterator[Opened]:
    """Load a page; at the end, check that it has requested nothing else and logged no error."""
    scheme, width = screen
    opened = Opened(tab, [], [])
    listeners: dict[Any, Callable[[Any], None]] = {
        "request": lambda asked: opened.requests.append(asked.url),
        "console": lambda message: opened.complaints.append(message.text),
        "pageerror": lambda error: opened.complaints.append(str(error)),
    }
    tab.set_viewport_size({"width": width, "height": 800})
    tab.emulate_media(color_scheme=scheme)
    tab.mouse.move(0, 0)
    for event, listener in listeners.items():
        tab.on(event, listener)
    tab.goto(path.as_uri())
    yield opened
    for event, listener in listeners.items():
        tab.remove_listener(event, listener)
    assert opened.requests == [path.as_uri()]
    assert opened.complaints == []


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("page")
    references = [[text, f"another {text}"] for text in REFERENCES]
    eye = Reading(
        ["▁una", HOSTILE, "</s>"], ["a", "house\ue000", "</s>"], np.eye(3, dtype=np.float32)
    )
    alternatives = [[(text, -1.0), (f"{text}, perhaps", -2.0)] for text in HYPOTHESES]
    output = SystemOutput(HYPOTHESES, 2.0, alternatives, [eye] * len(HYPOTHESES))
    made = examine(
        HOSTILE, TestSet(HOSTILE, SOURCES, references), output, {}, baseline=("before", BASELINE)
    )
    EvaluationReport([made, made]).write(folder)
    return folder / "report.html"


@pytest.fixture(params=SCREENS, ids=SCREENS)
def opened(request: pytest.FixtureRequest, tab: playwright.Page, place: Path) -> Iterator[Opened]:
    with opened_on(tab, SCREENS[request.param], place) as opened:
        yield opened


def rows(page: playwright.Page) -> list[list[str]]:
    """Return the rows of the table: No., source, reference, hypothesis, chrF2, …"""
    shown = "[...document.querySelectorAll('#sentences tbody tr:not(.details)')]"
    found: list[list[str]] = page.evaluate(
        f"{shown}.map(row => [...row.cells].map(cell => cell.textContent))"
    )
    return found


def test_the_worst_are_first_and_more_come_when_asked_for(opened: Opened) -> None:
    page = opened.page
    first = [float(row[4]) for row in rows(page)]
    assert len(first) == 30
    assert first[:17] == sorted(first[:17])
    page.click("#more")
    assert len(rows(page)) == 104
    assert page.is_hidden("#more")
    assert page.text_content("#count") == "104 of 104 sentences"


def test_search_finds_in_any_text_and_a_set_can_be_chosen(opened: Opened) -> None:
    page = opened.page
    page.fill("#search", "  UNA CASA ")
    assert [row[1] for row in rows(page)] == ["una casa", "una casa"]
    page.select_option("#set", "1")
    assert page.text_content("#count") == "1 of 104 sentences"
    page.fill("#search", "nothing has this")
    assert rows(page) == []
    page.fill("#search", "")
    assert page.text_content("#count") == "52 of 104 sentences"


@pytest.mark.parametrize(("key", "column"), [("row", 0), ("chrf", 4), ("gain", 6)])
def test_a_column_sorts_up_and_down(opened: Opened, key: str, column: int) -> None:
    page = opened.page
    page.select_option("#set", "0")
    for direction in ("ascending", "descending"):
        page.eval_on_selector(f"#sentences button[data-key={key}]", "button => button.click()")
        found = [float(row[column]) for row in rows(page)]
        assert found == sorted(found, reverse=direction == "descending")
        assert (
            page.get_attribute(f"#sentences th:has(button[data-key={key}])", "aria-sort")
            == direction
        )


def test_texts_are_sorted_by_the_rules_of_the_language(opened: Opened) -> None:
    page = opened.page
    page.select_option("#set", "0")
    expected = page.evaluate("words => words.sort((a, b) => a.localeCompare(b))", SOURCES)
    for order in (expected, expected[::-1]):
        page.eval_on_selector("#sentences button[data-key=source]", "button => button.click()")
        assert [row[1] for row in rows(page)] == order[:30]


def test_differences_are_marked_word_by_word(opened: Opened) -> None:
    page = opened.page
    page.fill("#search", "número 3")
    marks = "[...document.querySelector('#sentences tbody tr').querySelectorAll('mark')]"
    assert page.evaluate(f"{marks}.map(mark => mark.textContent)") == ["the set", "a bed"]


def test_more_of_a_sentence_opens_and_closes(opened: Opened) -> None:
    page = opened.page
    page.fill("#search", "una casa")
    button = page.locator("#sentences tbody button").first
    button.click()
    text = page.text_content("#sentences tr.details") or ""
    for expected in ("another a house", "a home", "a house, perhaps (-2)", "▁una", HOSTILE, "100"):
        assert expected in text
    assert "▁ stands for the space before a word. </s> stands for the end of the sentence." in text
    assert "↑ stands for a capital letter that follows." in text
    assert "<unk>" not in text
    edges = page.eval_on_selector_all(
        "#sentences tr.details p", "all => all.map(one => one.getBoundingClientRect().right)"
    )
    assert max(edges) <= page.evaluate("window.innerWidth"), "the map alone is scrolled"
    assert button.get_attribute("aria-expanded") == "true"
    button.click()
    assert page.locator("#sentences tr.details").count() == 0


def test_markup_in_the_data_is_text(opened: Opened) -> None:
    page = opened.page
    page.fill("#search", "hacked")
    assert rows(page)[0][1] == HOSTILE
    page.locator("#sentences tbody button").first.click()
    assert page.evaluate("window.hacked") is None
    assert page.locator("img").count() == 0
    assert HOSTILE in (page.text_content("h1") or "")


def test_nothing_is_wider_than_the_screen_and_every_control_has_a_name(opened: Opened) -> None:
    page = opened.page
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert page.evaluate(
        "[...document.querySelectorAll('svg')].every(s => s.getAttribute('aria-label'))"
    )
    unnamed = "[...document.querySelectorAll('input, select')].filter(e => !e.labels.length).length"
    assert page.evaluate(unnamed) == 0
    levels = page.evaluate(
        "[...document.querySelectorAll('h1, h2, h3, h4')].map(h => Number(h.tagName[1]))"
    )
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


LAYERS = ["embedding+output", *(f"encoder.{way}_cells.{n}" for way in "ab" for n in range(4))]


@pytest.fixture(scope="module")
def trainings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of two trainings with nine layers, whose gradients end close to one another."""
    place = tmp_path_factory.mktemp("trainings")
    for name, steps in (("first", 8), ("second", 5)):
        lines = [
            {
                "step": 10 * n,
                "loss": 9.0 / n + len(name),
                **{f"gradient_norm/{layer}": 0.1 + k / 999 / n for k, layer in enumerate(LAYERS)},
            }
            for n in range(1, steps)
        ]
        text = "".join(f"{json.dumps(line)}\n" for line in lines)
        (place / name).mkdir()
        (place / name / "metrics.jsonl").write_text(text)
    report([place / "first", place / "second"]).write(place)
    return place / "report.html"


@pytest.fixture(params=SCREENS, ids=SCREENS)
def charts(
    request: pytest.FixtureRequest, tab: playwright.Page, trainings: Path
) -> Iterator[playwright.Page]:
    with opened_on(tab, SCREENS[request.param], trainings) as opened:
        yield opened.page


def chart(page: playwright.Page, title: str) -> playwright.Locator:
    """Return the drawing of a chart that is visible at this width."""
    return page.locator(f"figure.chart > svg[aria-label='{title}']:visible").first


def point_at(page: playwright.Page, drawing: playwright.Locator, across: float) -> None:
    """Move the mouse to a place in the plot of a chart: 0 is its left edge, 1 its right edge."""
    drawing.scroll_into_view_if_needed()
    left, top, right, bottom = (
        float(edge) for edge in (drawing.get_attribute("data-box") or "").split()
    )
    box = drawing.bounding_box()
    assert box is not None
    scale = box["width"] / float(drawing.evaluate("svg => svg.viewBox.baseVal.width"))
    page.mouse.move(
        box["x"] + scale * (left + across * (right - left)),
        box["y"] + scale * (top + bottom) / 2,
    )


def shown(page: playwright.Page) -> list[str]:
    """Return the lines that are shown for the place that the mouse is at."""
    text = page.locator(".values:visible").inner_text()
    return [" ".join(line.split()) for line in text.splitlines()]


def test_the_names_of_curves_do_not_overlap_and_are_within_the_page(
    charts: playwright.Page,
) -> None:
    boxes = charts.eval_on_selector_all(
        "figure.chart > svg",
        """pictures => pictures.filter(svg => svg.getBoundingClientRect().width).map(svg =>
        [...svg.querySelectorAll("text")].map(text => text.getBoundingClientRect().toJSON()))""",
    )
    assert max(map(len, boxes)) > 9
    width = charts.evaluate("window.innerWidth")
    for texts in boxes:
        assert all(text["left"] >= 0 and text["right"] <= width for text in texts)
        for one, other in itertools.combinations(texts, 2):
            assert (
                one["right"] <= other["left"] + 1
                or other["right"] <= one["left"] + 1
                or one["bottom"] <= other["top"] + 2
                or other["bottom"] <= one["top"] + 2
            )
    assert charts.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_pointing_at_a_chart_shows_the_value_of_each_curve_at_the_step(
    charts: playwright.Page,
) -> None:
    drawing = chart(charts, "Gradient norm by layer")
    point_at(charts, drawing, 0.02)
    step, *lines = shown(charts)
    assert step == "step 10"
    assert len(lines) == len(LAYERS)
    assert any(line.split() == ["0.1", LAYERS[0]] for line in lines)
    assert any(line.split() == ["0.108", LAYERS[-1]] for line in lines)
    assert [line.split()[1] for line in lines] == LAYERS[::-1], "as in the picture, from above"
    assert charts.locator(".values:visible .near").count() == 1
    assert drawing.locator(".curve.faint").count() == len(LAYERS) - 1
    point_at(charts, drawing, 0.99)
    assert shown(charts)[0] == "step 70"
    charts.mouse.move(0, 0)
    assert charts.locator(".values:visible").count() == 0
    assert drawing.locator(".curve.faint").count() == 0


def test_arrow_keys_move_along_a_chart(charts: playwright.Page) -> None:
    drawing = chart(charts, "Loss")
    drawing.focus()
    charts.keyboard.press("ArrowRight")
    assert shown(charts) == ["step 10", "15 second", "14 first"]
    charts.keyboard.press("ArrowRight")
    assert shown(charts)[0] == "step 20"
    charts.keyboard.press("End")
    assert shown(charts) == ["step 70", "6.286 first"], "the second run has no such step"
    charts.keyboard.press("Escape")
    assert charts.locator(".values:visible").count() == 0


def test_a_run_has_one_style_in_the_table_the_charts_and_the_values(
    charts: playwright.Page,
) -> None:
    styles = charts.eval_on_selector_all(
        "th .swatch", "all => all.map(one => getComputedStyle(one).stroke)"
    )
    assert len(set(styles)) == 2
    drawing = chart(charts, "Loss")
    for number, color in enumerate(styles):
        curve = drawing.locator(f".curve[data-curve='{number}']")
        assert curve.evaluate("curve => getComputedStyle(curve).stroke") == color
    point_at(charts, drawing, 0.02)
    lines = charts.locator(".values:visible .swatch").evaluate_all(
        "all => all.map(one => getComputedStyle(one).stroke)"
    )
    assert lines == styles[::-1]


@pytest.mark.parametrize("screen", SCREENS)
def test_the_page_of_a_training_opens_too(
    tab: playwright.Page, tmp_path: Path, screen: str
) -> None:
    run = tmp_path / "<b>run"
    run.mkdir()
    lines = [
        {"step": n, "loss": 9.0 / n, "learning_rate": 1e-3, "gradient_norm": 1.0, "seconds": n}
        for n in (1, 2, 3)
    ]
    (run / "metrics.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    report([run]).write(tmp_path)
    with opened_on(tab, SCREENS[screen], tmp_path / "report.html"):
        assert tab.locator("svg").count() >= 3
        assert tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize("screen", SCREENS)
def test_the_page_of_a_classification_opens_too(
    tab: playwright.Page, tmp_path: Path, screen: str
) -> None:
    probabilities = np.array([[0.9, 0.1], [0.3, 0.7], [0.6, 0.4]])
    scores = label_scores(["fine", HOSTILE], [0, 1, 1], probabilities)
    words = [("a", 0.5), (HOSTILE, 0.4), ("", 0.1)]
    examples = [LabelledText(HOSTILE, "fine", label, 0.6, words) for label in ("fine", HOSTILE)]
    ClassificationReport(HOSTILE, HOSTILE, scores, examples).write(tmp_path)
    with opened_on(tab, SCREENS[screen], tmp_path / "report.html"):
        assert tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert tab.evaluate("window.hacked") is None
        assert tab.locator("img").count() == 0
        assert tab.locator(".matrix td.right").all_text_contents() == ["1", "1"]
        shades = tab.locator(".reading span").evaluate_all(
            "all => all.map(one => getComputedStyle(one).backgroundColor)"
        )
        assert len(set(shades[:2])) == 2
        tab.locator("figure.chart svg:visible").first.focus()
        tab.keyboard.press("End")
        assert "perfect calibration" in (tab.text_content(".values:not([hidden])") or "")


def test_without_its_script_the_page_still_shows_sentences(
    browser: playwright.Browser, place: Path
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(place.as_uri())
    assert page.locator("#sentences tbody tr").count() == 30
    context.close()


def test_the_page_links_to_no_other_place(place: Path) -> None:
    text = place.read_text(encoding="utf-8")
    markup = re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL)
    assert not re.search(r"""(?:src|href)=["'](?!#)""", markup)
