"""Comparisons have the figures of the sacrebleu command, and verdicts that agree with them."""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
from pathlib import Path

import pytest

from seq2seq.errors import DataError
from seq2seq.metrics.scores import measure
from seq2seq.metrics.significance import Comparison, compare

WORDS = [
    "the",
    "cat",
    "house",
    "walks",
    "runs",
    "under",
    "green",
    "niño",
    "we",
    "see",
    ".",
    ",",
    "well-known",
]


def corpus(sentences: int, *spoilt: float) -> list[list[str]]:
    """Return references, and one copy per fraction `spoilt` with that fraction of words changed."""
    rng = random.Random(3)
    lines = [[rng.choice(WORDS) for _ in range(rng.randint(3, 12))] for _ in range(sentences)]
    changed = [
        [" ".join(rng.choice(WORDS) if rng.random() < s else w for w in line) for line in lines]
        for s in spoilt
    ]
    return [[" ".join(line) for line in lines], *changed]


def command(
    folder: Path, test: str, lines: list[list[str]], *metrics: str
) -> tuple[list[float], list[str]]:
    """Return the probabilities and signatures that sacrebleu prints for a baseline and a system."""
    files = [folder / f"{number}.txt" for number in range(len(lines))]
    for file, text in zip(files, lines, strict=True):
        file.write_text("".join(f"{line}\n" for line in text), encoding="utf-8")
    words = [
        "-m",
        "sacrebleu",
        str(files[0]),
        "-i",
        *map(str, files[1:]),
        test,
        "-f",
        "text",
        "-m",
        *metrics,
    ]
    environment = os.environ | {"SACREBLEU_SEED": "12345", "PYTHONUTF8": "1"}
    done = subprocess.run(
        [sys.executable, *words], env=environment, capture_output=True, check=True, encoding="utf-8"
    )
    found = [float(value) for value in re.findall(r"\(p = ([\d.]+)\)", done.stdout)]
    return found, re.findall(r"nrefs:\S+", done.stdout)


@pytest.mark.parametrize(
    ("test", "kind"), [("--paired-bs", "bootstrap"), ("--paired-ar", "randomisation")]
)
def test_probabilities_are_those_of_the_sacrebleu_command(
    tmp_path: Path, test: str, kind: str
) -> None:
    references, worse, better = corpus(60, 0.30, 0.26)
    bleu, chrf, more, ter = compare(
        *(measure(lines, [[line] for line in references]) for lines in (better, worse))
    )
    lines = [references, worse, better]
    for ours, metrics in (
        ([bleu, chrf, ter], ["bleu", "chrf", "ter"]),
        ([more], ["chrf", "--chrf-word-order", "2"]),
    ):
        probabilities, signatures = command(tmp_path, test, lines, *metrics)
        assert [round(getattr(one, f"p_{kind}"), 4) for one in ours] == probabilities
        assert [getattr(one, f"signature_{kind}") for one in ours] == signatures
        assert all(0.001 < probability < 0.999 for probability in probabilities)


def test_a_much_better_system_is_better_and_its_baseline_worse() -> None:
    references, bad, good = corpus(80, 0.7, 0.1)
    measured = [measure(lines, [[line] for line in references]) for lines in (good, bad)]
    there, back = (
        compare(*systems, resamples=200, trials=200) for systems in (measured, measured[::-1])
    )
    assert [one.verdict for one in there] == ["better"] * 4
    assert [one.verdict for one in back] == ["worse"] * 4
    for one, other in zip(there, back, strict=True):
        assert one.difference == -other.difference
        assert (one.p_bootstrap, one.p_randomisation) == (other.p_bootstrap, other.p_randomisation)
        assert str(one).startswith("better, p = 0.005")


def test_a_system_is_not_better_than_itself() -> None:
    references, spoilt = corpus(30, 0.3)
    measured = measure(spoilt, [[line] for line in references])
    for one in compare(measured, measured, resamples=100, trials=100):
        assert (one.difference, one.verdict) == (0, "no clear difference")
        assert one.p_bootstrap == one.p_randomisation == 1


def test_both_tests_must_be_significant() -> None:
    def said(bootstrap: float, randomisation: float, higher: bool = True) -> str:
        return str(Comparison("x", 2, 1, bootstrap, randomisation, higher, "", ""))

    assert said(0.003, 0.001) == "better, p = 0.003"
    assert said(0.003, 0.001, higher=False) == "worse, p = 0.003"
    assert said(0.003, 0.2) == said(0.2, 0.003) == "no clear difference, p = 0.2"


def test_sets_of_different_length_are_not_compared() -> None:
    long = measure(["a", "b"], [["a"], ["b"]])
    short = measure(["a"], [["a"]])
    with pytest.raises(DataError, match="cannot compare 2 hypotheses with the baseline's 1"):
        compare(long, short)
