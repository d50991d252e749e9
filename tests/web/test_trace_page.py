"""The page of a trace: what it holds, and which files are refused."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from seq2seq import Translator
from seq2seq.cli.trace_page import trace as command
from seq2seq.errors import DataError
from seq2seq.web import trace_page as module
from seq2seq.web.page import self_contained
from seq2seq.web.trace_page import trace_page

Record = dict[str, Any]
HOSTILE = "</script><script>window.hacked = 1</script><!-- & <img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def records(model: Path) -> list[Record]:
    found: list[Record] = []
    translator = Translator.from_pretrained(model)
    translator.translate_all(["perro de papel", "...", ""], trace=found.append)
    return found


def write(path: Path, records: list[Record]) -> Path:
    text = "".join(json.dumps(record) + "\n" for record in records)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


@pytest.mark.parametrize("name", ["trace.jsonl", "trace.jsonl.gz"])
def test_the_page_holds_the_models_and_sentences(
    records: list[Record], tmp_path: Path, name: str
) -> None:
    page = trace_page(write(tmp_path / name, records))
    [data] = re.findall(r'<script type="application/json" id="trace">(.*?)</script>', page)
    assert json.loads(data) == [record for record in records if record["kind"] != "line"]
    assert [record["kind"] for record in json.loads(data)] == ["model", "sentence", "sentence"]


def test_the_policy_allows_the_script_and_the_style_of_the_page_only(
    records: list[Record], tmp_path: Path
) -> None:
    page = trace_page(write(tmp_path / "trace", records))
    [policy] = re.findall(r'Content-Security-Policy" content="([^"]*)"', page)
    allowed = dict(part.split(" ", 1) for part in policy.split("; "))
    assert allowed["default-src"] == "'none'"
    for kind, element in (("script-src", 'script type="module"'), ("style-src", "style")):
        [text] = re.findall(f"<{element}>(.*?)</{element.split()[0]}>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert allowed[kind] == f"'sha256-{digest}'"
    assert not re.search(r"""(?:src|href)=["'](?!data:)""", page)


def test_no_text_ends_the_element_of_the_data(records: list[Record], tmp_path: Path) -> None:
    copied = {**records[-3], "source": HOSTILE}
    sentence = next(record for record in records if record["kind"] == "sentence")
    page = trace_page(write(tmp_path / "trace", [{**sentence, "source": HOSTILE}, copied]))
    assert "window.hacked" in page
    assert page.count("</script>") == 2
    assert "<!--" not in page.removeprefix("<!doctype html>")


def test_a_script_that_would_end_its_element_is_refused() -> None:
    for texts in ({"script": "'</SCRIPT>'"}, {"script": "<!--"}, {"style": "</style>"}):
        with pytest.raises(ValueError, match="would end"):
            self_contained(title="", body="", data={}, **{"style": "", "script": "", **texts})


def at(*keys: str | int) -> Callable[[Record, object], None]:
    """Return a function that changes what is at a place of a sentence."""

    def change(sentence: Record, value: object) -> None:
        here: Any = sentence
        for key in keys[:-1]:
            here = here[key]
        here[keys[-1]] = value

    return change


@pytest.mark.parametrize(
    ("change", "value", "reason"),
    [
        (at("pieces"), [], "pieces: list should have at least 1 item"),
        (at("pieces"), ["a"], "encoder: it has not a state for each piece"),
        (at("encoder", 0), {}, "encoder: a layer has no forward cell"),
        (at("encoder", 0, "forward", "state"), {}, "encoder: it has not a state"),
        (at("encoder", 0, "forward", "state", "hidden", 0), [0.5], "of different lengths"),
        (at("steps", 0, "rows", 0, "from"), 3, "they are not the candidates"),
        (at("steps", 0, "rows", 0, "attention"), [1.0], "has not a weight for each piece"),
        (at("steps", 0, "rows", 0, "next"), [["a"]], "steps.0.rows.0.next.0"),
        (at("steps", 0, "candidates", 0, "row"), 9, "there is no such row"),
        (at("steps", 0, "candidates", 0, "status"), "cut", "steps.0.candidates.0.status"),
        (at("hypotheses", 0, "step"), 1 << 70, "no such candidate"),
        (at("hypotheses", 0, "candidate"), -1, "hypotheses.0.candidate"),
        (at("alternatives"), [], "alternatives"),
        (at("steps", 0, "candidates", 0, "log_probability"), float("nan"), "not JSON"),
    ],
)
def test_a_sentence_that_does_not_fit_together_is_refused(
    records: list[Record],
    tmp_path: Path,
    change: Callable[[Record, object], None],
    value: object,
    reason: str,
) -> None:
    sentence = json.loads(json.dumps(records[1]))
    assert sentence["kind"] == "sentence"
    change(sentence, value)
    path = write(tmp_path / "trace", [records[0], sentence])
    with pytest.raises(DataError) as refused:
        trace_page(path)
    assert str(refused.value).startswith(f"{path}: line 2: ")
    assert reason in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it has no sentence"),
        (b"casa\n", "line 1: not JSON"),
        (b"\xff\x00\n", "line 1: not JSON"),
        (b"[]\n", "line 1: not a record of a trace"),
        (b'{"kind": 5}\n', "line 1: not a record of a trace"),
        (b"[" * 100_000 + b"\n", "line 1: not JSON"),
        (b'{"kind": "sentence"}\n', "line 1: source: field required"),
        (b'{"kind": "model", "format": 2}\n', "another format"),
        (gzip.compress(b"{}" * 100, mtime=0)[:-9], "incomplete gzip file"),
    ],
)
def test_a_file_that_is_no_trace_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "trace"
    path.write_bytes(content)
    with pytest.raises(DataError, match=reason):
        trace_page(path)


def test_a_large_trace_is_refused(
    records: list[Record], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "trace", records)
    for limit in ("MAX_LINE", "MAX_TRACE"):
        with monkeypatch.context() as patch:
            patch.setattr(module, limit, 500)
            with pytest.raises(DataError, match="trace fewer sentences"):
                trace_page(path)


def test_the_command_writes_the_page(
    records: list[Record], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path / "trace.jsonl", records)
    command(path)
    assert capsys.readouterr().out == f"wrote {tmp_path / 'trace.html'}\n"
    assert (tmp_path / "trace.html").read_text(encoding="utf-8") == trace_page(path)
    with pytest.raises(DataError, match="is the trace"):
        command(path, path)
    with pytest.raises(DataError, match="no such file"):
        command(tmp_path / "absent")
