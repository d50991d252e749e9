"""A report keeps its JSON keys, shows any text as it is in Markdown, and is written whole or not at all."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest

from seq2seq.errors import DataError
from seq2seq.evaluation.copying import Copied
from seq2seq.evaluation.metrics import Score
from seq2seq.evaluation.report import EvaluationReport, Example

SIGNATURE = "nrefs:1|bs:1000|seed:12345|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0"
HOSTILE = (
    "a | b \\| c\r\n\n| --- |\u2028<script>alert('x')</script> & &amp; `code` **bold** [x](y) ![i](j) ~~s~~ $m$ \\"
)


def report(**changes: object) -> EvaluationReport:
    base = EvaluationReport(
        model="small-es-en",
        data="tatoeba test",
        hypotheses=["One.", "Two."],
        scores=[
            Score("BLEU", 31.4159, SIGNATURE, (30.123, 32.987), higher_is_better=True),
            Score("TER", 50.5, "nrefs:1|tok:tercom", None, higher_is_better=False),
        ],
        decoding={"beam": 5, "length_penalty": 0.6, "strategy": "beam"},
        seconds=4.0,
        length_ratio=0.98765,
        copied=Copied(8, 7),
        examples=[Example("Uno.", ["One.", "A one."], "One."), Example("Dos.", ["Two."], "Two.")],
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def cells(line: str) -> list[str]:
    """Split a table's line as Markdown does, at each bar that has no backslash; return what a reader is shown."""
    assert line.startswith("| ")
    assert line.endswith(" |")
    return [unescape(cell.replace("\\|", "|")) for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def test_json_keys_and_values_are_stable() -> None:
    assert json.loads(json.dumps(report().to_json())) == report().to_json()
    assert json.dumps(report().to_json()) == json.dumps(
        {
            "format": 1,
            "model": "small-es-en",
            "data": "tatoeba test",
            "sentences": 2,
            "seconds": 4.0,
            "length_ratio": 0.98765,
            "copied": {"words": 8, "kept": 7},
            "decoding": {"beam": 5, "length_penalty": 0.6, "strategy": "beam"},
            "scores": [
                {
                    "name": "BLEU",
                    "value": 31.4159,
                    "signature": SIGNATURE,
                    "interval": [30.123, 32.987],
                    "higher_is_better": True,
                },
                {
                    "name": "TER",
                    "value": 50.5,
                    "signature": "nrefs:1|tok:tercom",
                    "interval": None,
                    "higher_is_better": False,
                },
            ],
            "examples": [
                {"source": "Uno.", "references": ["One.", "A one."], "hypothesis": "One."},
                {"source": "Dos.", "references": ["Two."], "hypothesis": "Two."},
            ],
        }
    )


def test_markdown_shows_facts_scores_and_examples() -> None:
    text = report().to_markdown()
    assert text.startswith("# Evaluation\n\n- Model: small-es-en\n- Data: tatoeba test (2 sentences)\n")
    assert "- Decoding: beam 5, length penalty 0.6, strategy beam\n- Time: 4.0 s, 0.5 sentences/s\n" in text
    tables = [cells(line) for line in text.splitlines() if line.startswith("|")]
    assert [[cell.strip() for cell in row] for row in tables] == [
        ["Metric", "Score", "95 % interval", "Signature"],
        ["---"] * 4,
        ["BLEU", "31.42", "30.12 to 32.99", SIGNATURE],
        ["TER (lower is better)", "50.50", "–", "nrefs:1|tok:tercom"],
        ["Source", "Reference", "Hypothesis"],
        ["---"] * 3,
        ["Uno.", "(1) One. (2) A one.", "One."],
        ["Dos.", "Two.", "Two."],
    ]


def test_markdown_without_examples_has_no_empty_table() -> None:
    assert "Examples" not in report(examples=()).to_markdown()


def test_no_text_can_break_a_table_or_become_markup() -> None:
    hostile = report(
        model=HOSTILE,
        data=HOSTILE,
        decoding={HOSTILE: HOSTILE},
        scores=[Score("BLEU", 1.0, HOSTILE, None, higher_is_better=True)],
        examples=[Example(HOSTILE, [HOSTILE, HOSTILE], HOSTILE), Example("", [""], "")],
    )
    lines = hostile.to_markdown().splitlines()
    plain = report(examples=[*report().examples][:2], scores=report().scores[:1]).to_markdown().splitlines()
    assert len(lines) == len(plain)
    assert [len(cells(line)) for line in lines if line.startswith("|")] == [4, 4, 4, 3, 3, 3, 3]
    body = "\n".join(lines)
    assert not set("<>`*_[]~$") & set(body)
    assert not re.search(r"&(?!amp;|lt;|gt;|#\d+;)", body)
    assert set(re.findall(r"\\.", body)) == {"\\|"}
    assert cells(lines[-2])[0].strip() == " ".join(HOSTILE.splitlines())  # and yet a reader sees what it was


def test_summary_has_a_line_for_each_fact_and_score() -> None:
    lines = report().summary()
    assert lines[0].split() == ["Model", "small-es-en"]
    assert lines[-2].split() == ["BLEU", "31.42", "30.12", "to", "32.99", SIGNATURE]
    assert len(lines) == 8


def test_no_time_gives_no_speed_and_no_decoding_options_are_defaults() -> None:
    facts = dict(report(seconds=0.0, decoding={}).facts)
    assert facts["Time"] == "0.0 s"
    assert facts["Decoding"] == "defaults"


def test_written_files_are_whole_utf8_and_aligned(tmp_path: Path) -> None:
    hypotheses = ["niño 猫", "", "two\nlines\u2028or\r\nthree", "lone \udcff surrogate"]
    written = report(hypotheses=hypotheses).write(tmp_path / "new" / "folder")
    assert [path.name for path in written] == ["report.json", "report.md", "hypotheses.txt"]
    assert sorted(os.listdir(written[0].parent)) == ["hypotheses.txt", "report.json", "report.md"]
    document, markdown, lines = (path.read_bytes().decode("utf-8") for path in written)
    assert json.loads(document) == report(hypotheses=hypotheses).to_json()
    assert markdown == report(hypotheses=hypotheses).to_markdown()
    assert lines.splitlines() == ["niño 猫", "", "two lines or three", "lone ? surrogate"]


def test_writing_again_replaces(tmp_path: Path) -> None:
    report().write(tmp_path)
    report(model="second").write(str(tmp_path))
    assert json.loads((tmp_path / "report.json").read_text())["model"] == "second"


def test_a_directory_that_cannot_be_written_is_a_data_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DataError, match=r"cannot write the report to .*file"):
        report().write(tmp_path / "file")


def test_a_failed_write_leaves_the_old_report_and_no_drafts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report().write(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def full_disk(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full_disk)
    with pytest.raises(DataError, match="No space left on device"):
        report(model="second").write(tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
