"""The page that translates, opened in Chromium."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

SOON = 60
"""Seconds that a slow machine may take."""


class Opened:
    """Page in a tab, the addresses it has requested, and the errors it has logged.

    Args:
        context: Context of the browser.
        address: Address of the page.
    """

    def __init__(self, context: Any, address: str) -> None:
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.page = context.new_page()
        context.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(address)
        self.page.wait_for_selector("html[data-models=ready]", timeout=1000 * SOON)

    def translation(self, text: str) -> str:
        """Type a text, and return its translation."""
        self.page.fill("#source", text)
        self.page.wait_for_selector("html[data-state=ready]", timeout=1000 * SOON)
        assert self.page.text_content("#status") == "Translated"
        return str(self.page.input_value("#target"))

    def wait(self, is_so: Callable[[], bool]) -> None:
        """Wait for something; the page's policy forbids waiting inside it."""
        deadline = time.monotonic() + SOON
        while not is_so():
            assert time.monotonic() < deadline, self.complaints
            time.sleep(0.02)
