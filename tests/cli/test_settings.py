"""The command `seq2seq settings`."""

from __future__ import annotations

import pytest

from seq2seq.config.describe import all_settings
from tests.support.commands import Command

SETTINGS = {one.key: one for one in all_settings()}


def keys(lines: list[str]) -> list[str]:
    """Return the keys that are at the beginning of a line."""
    return [line for line in lines if line in SETTINGS]


def test_each_setting_is_printed_once_with_its_default_and_meaning(seq2seq: Command) -> None:
    lines = seq2seq("settings").lines
    assert keys(lines) == list(SETTINGS)
    text = " ".join(line.strip() for line in lines)
    for one in SETTINGS.values():
        for part in (one.default, one.meaning):
            assert " ".join(part.replace("`", "").split()) in text, one.key


def test_a_section_a_setting_or_a_word_chooses(seq2seq: Command) -> None:
    assert keys(seq2seq("settings", "training").lines) == [
        key for key in SETTINGS if key.startswith("training.")
    ]
    assert keys(seq2seq("settings", "model.cell").lines) == ["model.cell"]
    assert {"model.dropout", "training.r_drop"} < set(keys(seq2seq("settings", "DROPOUT").lines))


def test_an_unknown_word_is_an_error_with_a_suggestion(seq2seq: Command) -> None:
    assert seq2seq("settings", "drpout").error == (
        "no setting contains 'drpout'; did you mean 'dropout'?\n"
    )


@pytest.mark.parametrize("columns", [40, 80, 300])
def test_lines_fit_the_terminal(
    columns: int, seq2seq: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    assert max(map(len, seq2seq("settings").lines)) <= min(columns, 100)
