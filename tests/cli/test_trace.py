"""The option `--trace` of `translate`: what is written, where, and what is refused."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from seq2seq.cli import typed_directions
from seq2seq.cli.typed_directions import TypedDirections
from seq2seq.translation.options import TranslatorOptions
from seq2seq.translation.values import Source
from tests.support.commands import Command

Record = dict[str, Any]


def records(path: Path) -> list[Record]:
    raw = path.read_bytes()
    text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode()
    assert text.endswith("\n")
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.parametrize("name", ["trace.jsonl", "trace.jsonl.gz"])
@pytest.mark.parametrize("engine", ["native", "torch"])
def test_a_trace_is_written_beside_the_translations(
    translate: Command, tmp_path: Path, engine: str, name: str
) -> None:
    text = "casa de papel. perro rojo.\n\n...\nniño\n".encode()
    options = ["--engine", engine, "--nbest", 2, "--split-sentences"]
    expected = translate(*options, stdin=text).lines
    found = translate(*options, "--trace", tmp_path / name, stdin=text).lines
    assert found == expected
    written = records(tmp_path / name)
    kinds = [(record["kind"], record.get("line")) for record in written]
    assert kinds == [
        ("model", None),
        *[("sentence", 0)] * 2,
        ("line", 0),
        ("line", 1),
        ("sentence", 2),
        ("line", 2),
        ("sentence", 3),
        ("line", 3),
    ]
    assert written[0]["format"] == 1
    assert written[3]["source"] == "casa de papel. perro rojo."
    printed = [
        f"{record['line']} ||| {one}"
        for record in written
        if record["kind"] == "line"
        for one in record["translations"] or [""]
    ]
    assert printed == expected
    assert [one["copied"] for one in written if one["kind"] == "sentence"] == [
        False,
        False,
        True,
        False,
    ]


def test_with_a_prefix_every_row_begins_with_it(translate: Command, tmp_path: Path) -> None:
    path = tmp_path / "trace"
    translate("--trace", path, "--prefix", "perro ", "casa").lines  # noqa: B018 - checks the code
    record = records(path)[1]
    second = record["steps"][1]["rows"]
    assert [row["piece"] for row in second] == [record["steps"][0]["candidates"][0]["piece"]]
    assert len(record["steps"][0]["candidates"]) == 1
    assert len(record["steps"][0]["rows"][0]["next"]) == 10


def test_files_that_cannot_take_a_trace_are_refused(translate: Command, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_text("casa\n")
    assert "is also the input" in translate("-i", source, "--trace", source).error
    assert source.read_text() == "casa\n"
    both = tmp_path / "both"
    assert "holds the translations" in translate("casa", "-o", both, "--trace", both).error
    assert "standard output is for translations" in translate("casa", "--trace", "-").error
    absent = tmp_path / "absent" / "trace"
    assert translate("casa", "--trace", absent).error.startswith(f"{absent}: cannot be written: ")


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--workers", 2], "a single process"),
        (["--score"], "no search to trace"),
        (["--set", "strategy=sampling"], "only strategy=beam and strategy=greedy"),
    ],
)
def test_what_cannot_be_traced_is_named(
    translate: Command, tmp_path: Path, options: list[object], reason: str
) -> None:
    assert reason in translate("casa", *options, "--trace", tmp_path / "trace").error


def test_typed_lines_are_numbered_on(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typed_directions, "default_model", lambda **_: model)
    monkeypatch.setattr(typed_directions, "source_language", lambda texts: "")
    written: list[Record] = []
    windows = [[Source("casa")], [Source("perro rojo")]]
    directions = TypedDirections(TranslatorOptions())
    assert len(list(directions.stream_windows(windows, trace=written.append))) == 2
    kinds = [(record["kind"], record.get("line")) for record in written]
    assert kinds == [
        ("model", None),
        ("sentence", 0),
        ("line", 0),
        ("model", None),
        ("sentence", 1),
        ("line", 1),
    ]
