"""The page of a started service in Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.chromium import chromium
from tests.support.service_process import started
from tests.support.web_page import Opened

pytest.importorskip("starlette")
httpx = pytest.importorskip("httpx")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as browser:
        yield browser


def test_the_page_translates_with_the_service(
    tmp_path: Path, native_library: Path, browser: Any
) -> None:
    keys = tmp_path / "keys"
    keys.write_text("secret-key\n", encoding="utf-8")
    options = ("--url-prefix", "/mt", "--api-keys", keys)
    with started(tmp_path, "es-en", "en-es", *options) as service:
        address = f"http://127.0.0.1:{service.port}/mt/"
        opened = Opened(browser.new_context(locale="en-US"), address)
        assert opened.complaints == []
        opened.page.fill("#source", "Esta casa es muy grande.")
        opened.page.wait_for_selector("html[data-state=failed]")
        assert "key" in str(opened.page.text_content("#status"))
        opened.page.fill("#key", "secret-key")
        assert opened.translation("Esta casa es muy grande.") == "This house is very large."
        opened.page.select_option("#from", "auto")
        assert opened.translation("This house is very large.").startswith("Esta casa")
        assert opened.page.input_value("#to") == "es"
        assert all(one.startswith(address) for one in opened.requests)
        headers = httpx.get(f"{address}page/app.js").headers
        assert headers["content-type"].startswith("text/javascript")
        for path in ("", "page/app.js", "page/style.css", "page/icon.svg"):
            policy = httpx.get(address + path).headers["content-security-policy"]
            assert "unsafe-inline" not in policy
        assert httpx.get(f"{address}page/main.mjs").status_code == 404
