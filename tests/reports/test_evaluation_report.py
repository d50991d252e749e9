"""A report keeps its JSON keys, shows text literally, and is written completely or not at all."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import numpy as np
import pytest

from seq2seq.errors import StorageError
from seq2seq.metrics.attention_use import AttentionUse
from seq2seq.metrics.copying import Copied
from seq2seq.metrics.scores import Score
from seq2seq.metrics.significance import Comparison
from seq2seq.reports import evaluation_page as report_page
from seq2seq.reports.breakdown import Breakdown, ScoreGroup
from seq2seq.reports.evaluation_markdown import to_markdown
from seq2seq.reports.evaluation_report import EvaluationReport
from seq2seq.reports.findings import Findings, GradientFlow
from seq2seq.reports.sentence import Reading, Sentence
from seq2seq.version import __version__

SIGNATURE = "nrefs:1|bs:1000|seed:12345|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0"
HOSTILE = (
    "a | b \\| c\r\n\n| --- |\u2028<script>alert('x')</script> & &amp; "
    "`code` **bold** [x](y) ![i](j) ~~s~~ $m$ \\"
)


def sentence(
    source: str, references: list[str], hypothesis: str, chrf: float = 50.0, **more: object
) -> Sentence:
    return Sentence(source, references, hypothesis, chrf, 40.0, **more)  # type: ignore[arg-type]


def report(**changes: object) -> Findings:
    base = Findings(
        model="small-es-en",
        data="tatoeba test",
        sentences=[
            sentence("Uno.", ["One.", "A one."], "One.", 90.0),
            sentence("Dos.", ["Two."], "Dos.", 10.0, faults=["untranslated"]),
        ],
        scores=[
            Score("BLEU", 31.4159, SIGNATURE, (30.123, 32.987), higher_is_better=True),
            Score("TER", 50.5, "nrefs:1|tok:tercom", None, higher_is_better=False),
        ],
        decoding={"beam": 5, "length_penalty": 0.6, "strategy": "beam"},
        seconds=4.0,
        length_ratio=0.98765,
        copied=Copied(8, 7),
        faults={"empty": 0, "untranslated": 1},
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def cells(line: str) -> list[str]:
    """Split a table's line as Markdown does, at each bar that has no backslash; return what a
    reader is shown."""
    assert line.startswith("| ")
    assert line.endswith(" |")
    return [unescape(cell.replace("\\|", "|")) for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


GROUPS = [
    ScoreGroup("0 to 5", 1, {"BLEU": 30.0, "chrF2": 33.0}, (20.0, 40.0)),
    ScoreGroup("6 to 10", 1, {"BLEU": 20.0, "chrF2": 22.0}, (10.0, 30.0)),
]
BROKEN_DOWN = {"breakdowns": [Breakdown("length of the source in words", GROUPS)]}


def test_one_sentence_is_not_in_the_plural() -> None:
    assert dict(report().facts)["Data"] == "tatoeba test (2 sentences)"
    one = report(sentences=[sentence("Uno.", ["One."], "One.")], decomposed=1)
    assert dict(one.facts)["Data"] == "tatoeba test (1 sentence)"
    assert dict(one.facts)["Compared"].endswith("; 1 of them was not composed")


COMPARED = {
    "baseline": "old",
    "comparisons": [Comparison("BLEU", 31.4, 30.0, 0.25, 0.003, True, "x", "y")],
}


FLOWS = [GradientFlow("encoder", [1.0, 0.5], "healthy", (0.9, 1.1))]


def test_json_keys_and_values_are_stable() -> None:
    full = report(
        **BROKEN_DOWN,
        **COMPARED,
        attention=AttentionUse(1.0, 3.0, 0.1, 0.2),
        notes=["words"],
        gradients=FLOWS,
    )
    assert json.loads(json.dumps(full.to_json())) == full.to_json()
    assert json.dumps(full.to_json()) == json.dumps(
        {
            "model": "small-es-en",
            "data": "tatoeba test",
            "sentences": 2,
            "seconds": 4.0,
            "length_ratio": 0.98765,
            "copied": {"words": 8, "kept": 7},
            "faults": {"empty": 0, "untranslated": 1},
            "attention": {"entropy": 1.0, "even": 3.0, "unread": 0.1, "reread": 0.2},
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
            "breakdowns": [
                {
                    "by": "length of the source in words",
                    "parts": [
                        {
                            "name": "0 to 5",
                            "sentences": 1,
                            "bleu": 30.0,
                            "interval": [20.0, 40.0],
                            "chrf": 33.0,
                            "scores": {"BLEU": 30.0, "chrF2": 33.0},
                        },
                        {
                            "name": "6 to 10",
                            "sentences": 1,
                            "bleu": 20.0,
                            "interval": [10.0, 30.0],
                            "chrf": 22.0,
                            "scores": {"BLEU": 20.0, "chrF2": 22.0},
                        },
                    ],
                }
            ],
            "baseline": "old",
            "comparisons": [
                {
                    "name": "BLEU",
                    "value": 31.4,
                    "baseline": 30.0,
                    "p_bootstrap": 0.25,
                    "p_randomisation": 0.003,
                    "higher_is_better": True,
                    "signature_bootstrap": "x",
                    "signature_randomisation": "y",
                    "difference": 31.4 - 30.0,
                    "verdict": "no clear difference",
                }
            ],
            "gradients": [
                {
                    "layer": "encoder",
                    "norms": [1.0, 0.5],
                    "diagnosis": "healthy",
                    "singular_values": [0.9, 1.1],
                }
            ],
            "notes": ["words"],
            "decomposed": 0,
            "terms": None,
        }
    )
    assert (report().to_json()["attention"], report().to_json()["baseline"]) == (None, None)


def test_the_json_line_of_a_sentence_leaves_out_missing_values() -> None:
    assert report().sentences[1].to_json() == {
        "source": "Dos.",
        "references": ["Two."],
        "hypothesis": "Dos.",
        "chrf": 10.0,
        "bleu": 40.0,
        "faults": ["untranslated"],
    }
    more = sentence(
        "a", ["b"], "c", alternatives=[("c", -1.0)], baseline="d", baseline_chrf=3.0
    ).to_json()
    assert more["alternatives"] == [{"text": "c", "score": -1.0}]
    assert (more["baseline"], more["baseline_chrf"]) == ("d", 3.0)


def test_markdown_shows_facts_scores_and_sentences() -> None:
    text = to_markdown([report(**BROKEN_DOWN, **COMPARED)])
    assert text.startswith(
        "# Evaluation\n\n- Model: small-es-en\n- Data: tatoeba test (2 sentences)\n"
    )
    assert (
        "- Decoding: beam 5, length penalty 0.6, strategy beam\n- Time: 4.0 s, 0.5 sentences/s\n"
        in text
    )
    assert "- BLEU 31.40 against 30.00 (+1.40): no clear difference, p = 0.25\n" in text
    tables = [cells(line) for line in text.splitlines() if line.startswith("|")]
    assert [[cell.strip() for cell in row] for row in tables] == [
        ["Metric", "Score", "95% interval", "Signature"],
        ["---"] * 4,
        ["BLEU", "31.42", "30.12 to 32.99", SIGNATURE],
        ["TER (lower is better)", "50.50", "–", "nrefs:1|tok:tercom"],
        ["Length of the source in words", "Sentences", "BLEU", "95% interval", "chrF2"],
        ["---"] * 5,
        ["0 to 5", "1", "30.00", "20.00 to 40.00", "33.00"],
        ["6 to 10", "1", "20.00", "10.00 to 30.00", "22.00"],
        ["", "Source", "Reference", "Hypothesis", "chrF2", "Faults"],
        ["---"] * 6,
        ["worst", "Dos.", "Two.", "Dos.", "10.0", "untranslated"],
        ["best", "Uno.", "(1) One. (2) A one.", "One.", "90.0", ""],
    ]


def test_markdown_of_several_sets_begins_with_all_their_scores() -> None:
    text = to_markdown([report(), report(data="other")])
    assert (
        "| tatoeba test | 31.42 (30.12 to 32.99) | 50.50 (–) |\n| other | 31.42 (30.12 to 32.99)"
        in text
    )
    assert "## tatoeba test\n" in text
    assert "## other\n" in text


def test_markdown_without_sentences_has_no_empty_table() -> None:
    assert "Source" not in to_markdown([report()], sentences=0)


def test_no_text_can_break_a_table_or_become_markup() -> None:
    hostile = report(
        model=HOSTILE,
        data=HOSTILE,
        decoding={HOSTILE: HOSTILE},
        faults={HOSTILE: 3},
        scores=[Score("BLEU", 1.0, HOSTILE, None, higher_is_better=True)],
        sentences=[sentence(HOSTILE, [HOSTILE, HOSTILE], HOSTILE), sentence("", [""], "")],
    )
    lines = to_markdown([hostile]).splitlines()
    plain = to_markdown([report(scores=report().scores[:1])]).splitlines()
    assert len(lines) == len(plain)
    assert [len(cells(line)) for line in lines if line.startswith("|")] == [4, 4, 4, 6, 6, 6, 6]
    body = "\n".join(lines)
    assert not set("<>`*_[]~$") & set(body)
    assert not re.search(r"&(?!amp;|lt;|gt;|#\d+;)", body)
    assert set(re.findall(r"\\.", body)) == {"\\|"}
    assert cells(lines[-2])[1].strip() == " ".join(
        HOSTILE.splitlines()
    )  # and yet a reader sees the original text


def test_summary_has_a_line_for_each_fact_and_score() -> None:
    lines = report().summary()
    assert lines[0].split() == ["Model", "small-es-en"]
    assert lines[-2].split() == ["BLEU", "31.42", "30.12", "to", "32.99", SIGNATURE]
    assert len(lines) == 10
    assert report(**COMPARED).summary()[-1].startswith("BLEU 31.40 against 30.00")


def test_no_time_gives_no_speed_and_no_decoding_options_are_defaults() -> None:
    facts = dict(report(seconds=0.0, decoding={}, faults={"empty": 0}, notes=["why"]).facts)
    assert facts["Time"] == "0.0 s"
    assert facts["Decoding"] == "defaults"
    assert facts["Faults"] == "none found"
    assert facts["Missing"] == "why"


FILES = ["report.json", "report.html", "report.md", "sentences.jsonl", "hypotheses.txt"]


def test_written_files_are_whole_utf8_and_aligned(tmp_path: Path) -> None:
    hypotheses = ["niño 猫", "", "two\nlines\u2028or\r\nthree", "lone \udcff surrogate"]
    made = report(sentences=[sentence("a", ["b"], text) for text in hypotheses])
    written = EvaluationReport([made]).write(tmp_path / "new" / "folder")
    assert [path.name for path in written] == FILES
    assert sorted(os.listdir(written[0].parent)) == sorted(FILES)
    document, page, markdown, sentences, lines = (
        path.read_bytes().decode("utf-8") for path in written
    )
    assert json.loads(document) == {
        "format": 2,
        "version": __version__,
        "sets": [made.to_json()],
        "training": None,
        "credit": "",
    }
    assert page.startswith("<!doctype html>")
    assert markdown.rstrip().endswith("|")
    assert [json.loads(line)["source"] for line in sentences.split("\n")[:-1]] == ["a"] * 4
    assert lines.splitlines() == ["niño 猫", "", "two lines or three", "lone ? surrogate"]


def test_several_sets_have_one_report_and_their_own_translations(tmp_path: Path) -> None:
    written = EvaluationReport([report(), report(data="other")]).write(tmp_path)
    names = [
        f"{name}-{number}.{suffix}"
        for number in (2, 1)
        for name, suffix in (("sentences", "jsonl"), ("hypotheses", "txt"))
    ]
    assert [path.name for path in written] == [*FILES[:3], *names]
    assert [one["data"] for one in json.loads(written[0].read_text())["sets"]] == [
        "tatoeba test",
        "other",
    ]


def test_the_attention_weights_of_a_page_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    reading = Reading(["a", "b"], ["c", "d", "e"], np.full((3, 2), 0.5, dtype=np.float32))
    made = report(
        sentences=[sentence("x", ["y"], "z", chrf, reading=reading) for chrf in (1.0, 2.0, 3.0)]
    )
    for limit, maps in ((6, 1), (17, 2), (18, 3)):
        monkeypatch.setattr(report_page, "MAX_PAGE_WEIGHTS", limit)
        assert report_page.to_html([made]).count('"reading"') == maps


def test_the_credit_is_in_every_form(tmp_path: Path) -> None:
    document, page, markdown, *_ = EvaluationReport([report()]).write(
        tmp_path, credit="Tatoeba, <CC> BY 2.0"
    )
    assert json.loads(document.read_text())["credit"] == "Tatoeba, <CC> BY 2.0"
    assert "Tatoeba, &lt;CC&gt; BY 2.0" in page.read_text()
    assert markdown.read_text().endswith("\nTatoeba, &lt;CC&gt; BY 2.0\n")


def test_text_of_the_set_can_be_left_out(tmp_path: Path) -> None:
    source = "A sentence that must not be published."
    for path in EvaluationReport([report(sentences=[sentence(source, [source], source)])]).write(
        tmp_path, sentences=0
    ):
        assert (source in path.read_text()) == (path.name == "hypotheses.txt")


def test_writing_again_replaces(tmp_path: Path) -> None:
    EvaluationReport([report()]).write(tmp_path)
    EvaluationReport([report(model="second")]).write(str(tmp_path))
    assert json.loads((tmp_path / "report.json").read_text())["sets"][0]["model"] == "second"


def test_a_directory_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError, match="file: cannot be written: "):
        EvaluationReport([report()]).write(tmp_path / "file")


def test_a_failed_write_leaves_the_old_report_and_no_drafts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    EvaluationReport([report()]).write(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def full_disk(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full_disk)
    with pytest.raises(StorageError, match="No space left on device"):
        EvaluationReport([report(model="second")]).write(tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
