"""The scores of a report agree with its groups, and its sentences with the test set."""

from __future__ import annotations

import itertools
import json
import os
import random
import subprocess
import sys
import unicodedata
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF

from seq2seq.documents.glossary import Entry, Glossary
from seq2seq.errors import DataError
from seq2seq.evaluation.examine import SystemOutput, TestSet, examine
from seq2seq.metrics.faults import FAULTS
from seq2seq.metrics.scores import measure, to_score
from seq2seq.metrics.tokens import tokens
from seq2seq.reports.differences import differences, nearest
from seq2seq.reports.evaluation_page import to_html
from seq2seq.reports.evaluation_report import EvaluationReport
from seq2seq.reports.findings import Findings
from seq2seq.reports.selection import BEST, RANDOM, WORST, select_examples
from seq2seq.reports.sentence import Reading
from seq2seq.reports.term_table import TermUse

SOURCES = ["el gato come", "la casa es azul", "el perro y el gato duermen en la casa azul", "no"]
REFERENCES = [
    ["the cat eats", "the cat is eating"],
    ["the house is blue"],
    ["the dog and the cat sleep"],
    ["no"],
]
HYPOTHESES = ["the cat eats", "the casa es azul", "the dog and the dog and the dog and the", ""]


def made(**more: object) -> Findings:
    test = TestSet("set", SOURCES, REFERENCES, {"el": 9, "gato": 2}, ["a", "b", "a", "a"], "domain")
    return examine("model", test, SystemOutput(HYPOTHESES, 2.0), {}, **more)  # type: ignore[arg-type]


def test_scores_are_those_of_the_lines() -> None:
    measured = measure(HYPOTHESES, REFERENCES)
    assert made().scores == [to_score(one) for one in measured.values()]


def test_each_sentence_has_sacrebleu_s_sentence_scores_and_its_faults() -> None:
    found = made().sentences
    for one, hypothesis, references in zip(found, HYPOTHESES, REFERENCES, strict=True):
        assert one.bleu == BLEU(effective_order=True).sentence_score(hypothesis, references).score
        assert one.chrf == CHRF().sentence_score(hypothesis, references).score
    assert [list(one.faults) for one in found] == [[], ["untranslated"], ["repeated"], ["empty"]]
    assert made().faults == dict.fromkeys(FAULTS, 0) | {
        "untranslated": 1,
        "repeated": 1,
        "empty": 1,
    }


def test_every_breakdown_covers_the_whole_set() -> None:
    found = made().breakdowns
    assert [one.by for one in found] == [
        "length of the source in words",
        "rare words in the source",
        "domain",
    ]
    for one in found:
        assert sum(group.sentences for group in one.groups) == len(SOURCES)
        for group in one.groups:
            low, high = group.interval
            assert low - 1e-3 <= group.scores["BLEU"] <= high + 1e-3
    assert [group.name for group in found[2].groups] == ["a", "b"]


def test_a_baseline_is_compared_and_shown_beside_each_sentence() -> None:
    theirs = [references[0] for references in REFERENCES]
    report = made(baseline=("other", theirs))
    assert report.baseline == "other"
    assert [one.verdict in ("worse", "no clear difference") for one in report.comparisons] == [
        True
    ] * 4
    assert [one.baseline for one in report.sentences] == theirs
    assert [one.baseline_chrf for one in report.sentences] == [100.0] * 4
    assert len(report.verdicts) == 4
    with pytest.raises(DataError, match="other: 3 hypotheses for 4 sentences"):
        made(baseline=("other", theirs[:3]))


def test_terms_of_a_glossary_are_counted_for_both_systems() -> None:
    test = TestSet("pets", ["el gato", "los gatos", "el perro"], [["the cat"], ["cats"], ["dog"]])
    glossary = Glossary([Entry("gato", "cat"), Entry("perro", "hound"), Entry("ratón", "mouse")])
    output = SystemOutput(["the cat", "the cats", "the dog"])
    found = examine(
        "model", test, output, {}, glossary=glossary, baseline=("other", ["cat", "", "a hound"])
    )
    assert found.terms == [TermUse("perro", "hound", 1, 0, 1), TermUse("gato", "cat", 2, 2, 1)]
    assert dict(found.facts)["Terms"] == "2 of 3 used; by the baseline 2"
    listed = found.to_json()["terms"]
    assert isinstance(listed, list)
    assert listed[0] == {
        "source": "perro",
        "target": "hound",
        "used": 0,
        "missed": 1,
        "used_by_baseline": 1,
        "missed_by_baseline": 0,
    }
    report = EvaluationReport([found])
    assert "| perro | hound | 1 | 0 | 1 | 1 |" in report.to_markdown()
    assert "Terms of the glossary" in to_html([found])
    alone = examine("model", test, output, {}, glossary=Glossary([Entry("pez", "fish")]))
    assert alone.terms == []
    assert alone.term_table == []
    assert dict(alone.facts)["Terms"] == "0 of 0 used"
    assert examine("model", test, output, {}).to_json()["terms"] is None


def test_attention_is_summarized_and_kept() -> None:
    eye = Reading(["a", "b", "</s>"], ["x", "y", "</s>"], np.eye(3, dtype=np.float32))
    output = SystemOutput(HYPOTHESES, 2.0, readings=[eye, None, eye, None])
    report = examine("model", TestSet("set", SOURCES, REFERENCES), output, {})
    assert report.attention is not None
    assert report.attention.entropy == pytest.approx(0, abs=1e-6)
    assert [one.reading for one in report.sentences] == [eye, None, eye, None]


def test_a_set_without_sentences_is_refused_in_one_line() -> None:
    with pytest.raises(DataError, match="nothing to score"):
        examine("model", TestSet("set", [], []), SystemOutput([]), {})


def test_the_json_agrees_with_the_sacrebleu_command_to_the_last_digit(tmp_path: Path) -> None:
    """The command prints 16 digits for the hypotheses file beside report.json."""
    hypotheses, references = (
        [*HYPOTHESES[:3], "yes"] * 5,
        [[choices[0]] for choices in REFERENCES] * 5,
    )
    test = TestSet("set", SOURCES * 5, references)
    folder = tmp_path / "report"
    EvaluationReport([examine("model", test, SystemOutput(hypotheses), {})]).write(folder)
    (tmp_path / "references.txt").write_text("".join(f"{choices[0]}\n" for choices in references))
    found = {
        one["name"]: one
        for one in json.loads((folder / "report.json").read_text())["sets"][0]["scores"]
    }
    for metrics in (["bleu", "chrf", "ter"], ["chrf", "--chrf-word-order", "2"]):
        words = [
            str(tmp_path / "references.txt"),
            "-i",
            str(folder / "hypotheses.txt"),
            "-w",
            "16",
            "-m",
            *metrics,
        ]
        environment = os.environ | {"PYTHONUTF8": "1"}
        done = subprocess.run(
            [sys.executable, "-m", "sacrebleu", "-f", "json", *words],
            capture_output=True,
            check=True,
            env=environment,
        )
        records = json.loads(done.stdout)
        for record in records if isinstance(records, list) else [records]:
            assert f"{found[record['name']]['value']:.16f}" == f"{record['score']:.16f}"


def test_the_worst_come_first_then_the_best_then_others_each_once() -> None:
    report = made()
    for most in range(6):
        found = select_examples(report.sentences, most)
        assert len(found) == min(most, 4) == len({row for _, row in found})
        assert [why for why, _ in found] == sorted(
            (why for why, _ in found), key=[WORST, BEST, RANDOM].index
        )
    assert select_examples(report.sentences, 2) == [(WORST, 3), (BEST, 0)]
    assert select_examples(report.sentences, 3) == select_examples(report.sentences, 3)


def test_a_smaller_selection_is_part_of_a_larger_one() -> None:
    rng = random.Random(1)
    one = made().sentences[0]
    sentences = [replace(one, chrf=rng.random()) for _ in range(60)]
    chosen = [{row for _, row in select_examples(sentences, most)} for most in range(0, 60, 7)]
    assert all(few <= more for few, more in itertools.pairwise(chosen))


texts = st.text(st.sampled_from("ab 猫,"), max_size=30)


@given(texts, texts)
def test_pieces_join_to_the_text_and_equal_ones_are_in_both(
    hypothesis: str, reference: str
) -> None:
    own, other = differences(hypothesis, reference)
    for pieces, text in ((own, hypothesis), (other, reference)):
        assert tokens("".join(pieces)) == tokens(text)
    assert [tokens(piece) for piece in own[::2] if piece.strip()] or not set(
        tokens(hypothesis)
    ) & set(tokens(reference))
    assert "".join("".join(own[::2]).split()) == "".join("".join(other[::2]).split())


def test_differences_are_word_by_word() -> None:
    assert differences("the dog runs", "the cat runs") == (
        ["the", " dog", " runs"],
        ["the", " cat", " runs"],
    )
    assert differences("a b", "a b") == (["a b"], ["a b"])
    assert differences("x", "a b") == (["", "x"], ["", "a b"])
    assert nearest("the dog", ["a cat", "the dog runs", "no"]) == "the dog runs"


def test_unicode_forms_do_not_matter_and_are_reported() -> None:
    def findings(form: str, hypotheses_form: str = "NFC") -> Findings:
        def in_form(text: str) -> str:
            return unicodedata.normalize(form, text)

        sources = ["¿Dónde está Zoë?", "Él comió maní.", "Señor Núñez"]
        references = [["Où est Zoë ?"], ["Il a mangé.", "Il mangea là."], ["M. Núñez"]]
        hypotheses = ["Où est Zoë ?", "Él comió maní.", "Núñez Núñez Núñez"]
        test = TestSet(
            "set",
            list(map(in_form, sources)),
            [list(map(in_form, choices)) for choices in references],
        )
        written = [unicodedata.normalize(hypotheses_form, text) for text in hypotheses]
        baseline = ("other", [in_form(hypotheses[0])] * 3)
        return examine("model", test, SystemOutput(written), {}, baseline=baseline)

    composed = findings("NFC")
    assert composed.faults["untranslated"] == 1
    assert replace(findings("NFD"), decomposed=0) == composed
    assert replace(findings("NFC", "NFD"), decomposed=0) == composed
    assert (composed.decomposed, findings("NFD").decomposed) == (0, 4)
    assert "composed form (NFC)" in "\n".join(composed.summary())
    assert "4 of them were not composed" in "\n".join(findings("NFD").summary())
    assert findings("NFC", "NFD").to_json()["decomposed"] == 3
