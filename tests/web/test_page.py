"""The exported page in Chromium: it translates like the package, and asks for nothing else."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from seq2seq import Translator
from seq2seq.web.export import export_page
from tests.support.chromium import chromium, served
from tests.support.web_page import SOON, Opened

LINES = [
    "¿Dónde está la biblioteca?",
    "Mi hermana vive en EE. UU. desde 2019. Escribe a ana@example.org.",
    "TENGO 12 PERROS",
    "“Hola”, dijo Ana.\n\nNo ha vuelto…",
    "Москва",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("folder")
    export_page(["es-en", "en-es"], folder)
    return folder


@pytest.fixture(scope="module")
def single(tmp_path_factory: pytest.TempPathFactory) -> Path:
    [path] = export_page(["es-en"], tmp_path_factory.mktemp("single"), single_file=True)
    return path


@pytest.fixture(scope="module")
def expected(native_library: Path) -> list[str]:
    translator = Translator.from_pretrained("es-en", engine="native")
    return [str(one) for one in translator.translate_all(LINES)]


@pytest.fixture
def context(browser: Any) -> Iterator[Any]:
    context = browser.new_context(locale="en-US")
    yield context
    context.close()


def test_a_folder_translates_and_keeps_working_without_a_network(
    folder: Path, context: Any, expected: list[str]
) -> None:
    with served(folder) as address:
        opened = Opened(context, address)
        opened.page.wait_for_selector("html[data-offline=ready]", timeout=1000 * SOON)
        assert all(request.startswith(address) for request in opened.requests)
        opened.requests.clear()
        opened.page.select_option("#from", "es")
        assert [opened.translation(line) for line in LINES] == expected
        assert opened.requests == []
        assert opened.complaints == []
    context.set_offline(True)
    again = Opened(context, address)
    assert again.translation(LINES[0]) == expected[0]


def test_a_single_file_opens_without_a_server(
    single: Path, context: Any, expected: list[str]
) -> None:
    opened = Opened(context, single.as_uri())
    assert [opened.translation(line) for line in LINES] == expected
    assert [one for one in opened.requests if not one.startswith("blob:")] == [single.as_uri()]
    assert opened.complaints == []


def test_languages_are_swapped_and_detected(folder: Path, context: Any) -> None:
    with served(folder) as address:
        opened = Opened(context, address)
        page = opened.page
        english = opened.translation("La casa es roja.")
        assert page.inner_text("#from option:checked") == "Spanish (auto)"
        page.click("#swap")
        assert page.input_value("#from") == "en"
        assert page.input_value("#to") == "es"
        assert page.input_value("#source") == english
        opened.wait(lambda: page.input_value("#target").startswith("La casa"))
        page.select_option("#from", "auto")
        assert opened.translation("Where is the library?").startswith("¿Dónde")
        assert opened.translation("¿Dónde está la biblioteca?") == "Where is the library?"
        assert page.get_attribute("#target", "lang") == "en"


def test_typing_on_cancels_the_translation_that_runs(single: Path, context: Any) -> None:
    opened = Opened(context, single.as_uri())
    long = " ".join(f"Vivo en la casa número {number}." for number in range(400))
    opened.page.fill("#source", long)
    opened.wait(lambda: opened.page.input_value("#target") != "")
    opened.page.fill("#source", "Tengo hambre.")
    opened.wait(lambda: "hungry" in opened.page.input_value("#target"))
    time.sleep(0.3)
    assert "house" not in opened.page.input_value("#target")


def test_a_file_is_opened_and_what_is_no_text_is_refused(
    single: Path, context: Any, tmp_path: Path
) -> None:
    opened = Opened(context, single.as_uri())
    text = tmp_path / "text.txt"
    text.write_text("Tengo hambre.", encoding="utf-16")
    opened.page.set_input_files("#file", text)
    opened.wait(lambda: "hungry" in opened.page.input_value("#target"))
    text.write_bytes(b"\xff\x00\x80")
    opened.page.set_input_files("#file", text)
    opened.wait(lambda: opened.page.text_content("#status") == "This file is not a text")
    opened.page.click("#clear")
    assert opened.page.input_value("#source") == ""
    assert opened.page.is_disabled("#clear")
    opened.wait(lambda: opened.page.is_disabled("#copy"))


def test_the_page_speaks_spanish_to_who_reads_it(single: Path, browser: Any) -> None:
    context = browser.new_context(locale="es-MX")
    opened = Opened(context, single.as_uri())
    assert opened.page.title() == "Traductor"
    assert opened.page.get_attribute("html", "lang") == "es"
    assert opened.page.text_content("#from option") == "Español"
    context.close()


def test_the_second_view_shows_the_text_and_what_else_could_follow(
    single: Path, context: Any
) -> None:
    opened = Opened(context, single.as_uri())
    page = opened.page
    opened.translation("Mi hermana vive en una casa.")
    page.click("#tab-inside")
    page.wait_for_selector("#inside .sentence", timeout=1000 * SOON)
    shown = page.locator("#inside .sentence dd")
    assert shown.all_inner_texts() == [
        "Mi hermana vive en una casa.",
        "My sister lives in a house.",
    ]
    assert page.text_content("#inside-note") == ""
    page.click("#tab-translate")
    opened.translation("Mi hermana vive en una casa. Tengo hambre.")
    page.click("#tab-inside")
    opened.wait(lambda: "first sentence" in page.text_content("#inside-note"))
    page.keyboard.press("ArrowLeft")
    assert page.is_visible("#source")
    assert page.is_hidden("#inside")
    assert opened.complaints == []
