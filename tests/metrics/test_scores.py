"""Scores equal those of sacrebleu to the last digit, and intervals are repeatable."""

from __future__ import annotations

import json
import logging
import os
import random
import subprocess
import sys
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF
from sacrebleu.metrics.ter import TER

from seq2seq.errors import ConfigError, DataError
from seq2seq.metrics.scores import Score, bleu, length_ratio, measure, to_score
from seq2seq.metrics.statistics import RESAMPLES, SEED

TEXT = (
    "The the cat Cat house, walks runs (on) under “green” small . big! "
    "I'm you we 3.5 see niño ßtraße 猫 well-known"
)
WORDS = TEXT.split()
NAMES = ["BLEU", "chrF2", "chrF2++", "TER"]
OPTIONS = ["--confidence", "-cin", "200", "-w", "12"]


def corpus(sentences: int, references: int) -> tuple[list[str], list[list[str]]]:
    """Return random hypotheses, each made from its first reference by dropping and changing
    words."""
    rng = random.Random(7)
    choices = [
        [" ".join(rng.choices(WORDS, k=rng.randint(1, 14))) for _ in range(references)]
        for _ in range(sentences)
    ]
    hypotheses = [
        " ".join(rng.choice(WORDS) if rng.random() < 0.1 else w for w in c[0].split()[:11])
        for c in choices
    ]
    hypotheses[3] = ""
    return hypotheses, choices


def score(
    hypotheses: list[str],
    references: list[list[str]],
    bootstrap: int = RESAMPLES,
    seed: int = SEED,
    **options: Any,
) -> dict[str, Score]:
    """Score by all metrics; return the scores by name."""
    measured = measure(hypotheses, references, **options)
    return {name: to_score(one, bootstrap=bootstrap, seed=seed) for name, one in measured.items()}


def command(
    folder: Path, hypotheses: list[str], references: list[list[str]], seed: int
) -> dict[str, dict[str, object]]:
    """Run the sacrebleu command on files with these lines; return its records by metric, 12 digits
    wide."""
    files = []
    for number, lines in enumerate([hypotheses, *zip(*references, strict=True)]):
        files.append(folder / f"{number}.txt")
        files[-1].write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    arguments = [*map(str, files[1:]), "-i", str(files[0]), *OPTIONS, "-m"]
    environment = os.environ | {"SACREBLEU_SEED": str(seed), "PYTHONUTF8": "1"}
    environment.pop("SACREBLEU_FORMAT", None)
    found = {}
    for metrics in (["bleu", "chrf", "ter"], ["chrf", "--chrf-word-order", "2"]):
        run = [sys.executable, "-m", "sacrebleu", *arguments, *metrics]
        output = subprocess.run(
            run, env=environment, capture_output=True, check=True, encoding="utf-8"
        ).stdout
        records = json.loads(output)
        found.update(
            {
                record["name"]: record
                for record in (records if isinstance(records, list) else [records])
            }
        )
    return found


@pytest.mark.parametrize("references", [1, 3])
def test_scores_intervals_and_signatures_are_those_of_the_sacrebleu_command(
    tmp_path: Path, references: int
) -> None:
    hypotheses, choices = corpus(80, references)
    expected = command(tmp_path, hypotheses, choices, seed=99)
    scores = score(hypotheses, choices, bootstrap=200, seed=99)
    assert list(scores) == NAMES == sorted(expected, key=NAMES.index)
    for ours in scores.values():
        theirs = expected[ours.name]
        assert ours.interval is not None
        assert float(f"{ours.value:.12f}") == theirs["score"]
        assert ours.signature == theirs["signature"]
        half = (
            ours.interval[1] - ours.interval[0]
        ) / 2  # the command prints chrF and TER's in single precision
        assert half == pytest.approx(theirs["confidence_var"], rel=1e-5)


def test_sentences_may_have_different_numbers_of_references() -> None:
    hypotheses, choices = corpus(60, 3)
    varied = [lines[: 1 + i % 3] for i, lines in enumerate(choices)]
    streams: Any = [[lines[k] if k < len(lines) else None for lines in varied] for k in range(3)]
    by_name = score(hypotheses, varied, bootstrap=0)
    for metric in (BLEU(), CHRF(), CHRF(word_order=2), TER()):
        theirs = metric.corpus_score(hypotheses, streams)
        assert by_name[theirs.name].value == theirs.score
    assert all("nrefs:var" in s.signature for s in by_name.values())


def test_a_missing_reference_is_not_an_empty_one() -> None:
    hypotheses = ["a b c d e", "f g h i"]
    references = [["a b c d e f g h i j k l"], ["f g h i", "f g h i j"]]
    with_gap = bleu(hypotheses, references).value
    with_empty = bleu(hypotheses, [[*references[0], ""], references[1]]).value
    assert (
        with_gap < with_empty == pytest.approx(100)
    )  # the empty one is nearer in length, so no penalty is left


@pytest.mark.parametrize("references", [1, 3])
def test_intervals_hold_the_value_and_repeat_with_the_seed(references: int) -> None:
    hypotheses, choices = corpus(80, references)
    first, again, other = (
        score(hypotheses, choices, bootstrap=200, seed=seed) for seed in (1, 1, 2)
    )
    assert first == again
    for a, b in zip(first.values(), other.values(), strict=True):
        assert a.interval is not None
        assert a.interval[0] < a.value < a.interval[1]
        assert a.value == b.value
        assert a.interval != b.interval
        assert "bs:200|seed:1|" in a.signature


def test_without_bootstrap_there_is_no_interval_and_no_mention_of_it_in_the_signature() -> None:
    hypotheses, choices = corpus(20, 1)
    for resamples in (0, 1):
        for result in score(hypotheses, choices, bootstrap=resamples).values():
            assert result.interval is None
            assert "bs:" not in result.signature


def test_perfect_and_empty_translations() -> None:
    lines = [
        "The cat sat on the mat.",
        "¿Dónde está la biblioteca?",
        "Nothing is so well learned as this.",
    ]
    perfect = score(lines, [[line, "another one"] for line in lines], bootstrap=50)
    assert perfect["BLEU"].value == pytest.approx(100)
    assert perfect["chrF2"].value == pytest.approx(100)
    assert perfect["TER"].value == 0
    assert perfect["TER"].interval == (0, 0)
    assert [s.higher_is_better for s in perfect.values()] == [True, True, True, False]
    empty = score([""] * 3, [[line] for line in lines], bootstrap=50)
    assert {name: one.value for name, one in empty.items()} == {
        "BLEU": 0,
        "chrF2": 0,
        "chrF2++": 0,
        "TER": 100,
    }


def test_only_bleu_is_the_same_bleu_and_does_not_warn_of_tokenized_text(
    caplog: pytest.LogCaptureFixture,
) -> None:
    hypotheses, choices = corpus(120, 2)
    hypotheses = [f"{line} ." for line in hypotheses]
    with caplog.at_level(logging.WARNING):
        alone = bleu(hypotheses, choices)
    assert not caplog.records
    assert alone == score(hypotheses, choices, bootstrap=0)["BLEU"]


def test_lowercase_and_tokenization_are_used_and_in_the_signature() -> None:
    hypotheses = ["THE CAT SAT ON THE MAT"]
    references = [["the cat sat on the mat"]]
    assert bleu(hypotheses, references).value == 0
    assert bleu(hypotheses, references, lowercase=True).value == pytest.approx(100)
    results = score(hypotheses, references, lowercase=True, tokenize="char", bootstrap=0)
    assert all("case:lc" in s.signature for s in results.values())
    assert "tok:char" in results["BLEU"].signature
    assert results["chrF2"].value == pytest.approx(100)


def test_length_ratio_counts_tokens() -> None:
    def ratio(
        hypotheses: list[str], references: list[list[str]], tokenize: str | None = None
    ) -> float:
        return length_ratio(measure(hypotheses, references, tokenize=tokenize))

    assert (
        ratio(["a b c", "d e f."], [["a b"], ["d e", "d e f g h i"]]) == 7 / 4
    )  # "f." is two tokens in 13a
    assert ratio(["a b c"], [["a b"]], tokenize="char") == 3 / 2
    assert ratio(["a"], [[""]]) == 0


def test_an_unknown_tokenization_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(
        ConfigError, match="unknown tokenization 'ja-mecap'; did you mean 'ja-mecab'"
    ):
        measure(["a"], [["a"]], tokenize="ja-mecap")
    with pytest.raises(ConfigError, match="there are: none, zh, 13a"):
        bleu(["a"], [["a"]], tokenize="???")


@pytest.mark.parametrize(
    ("name", "package"), [("ja-mecab", "sacrebleu[ja]"), ("ko-mecab", "sacrebleu[ko]")]
)
def test_a_tokenization_that_is_not_installed_says_what_to_install(
    name: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"sacrebleu.tokenizers.tokenizer_{name.replace('-', '_')}.MeCab", None)
    with pytest.raises(ConfigError) as caught:
        bleu(["a"], [["a"]], tokenize=name)
    assert (
        str(caught.value) == f"tokenization '{name}' is not installed; run: pip install '{package}'"
    )


def test_a_tokenization_model_that_cannot_be_fetched_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_network(*_: object) -> None:
        raise OSError("no route to host")

    monkeypatch.setattr("sacrebleu.tokenizers.tokenizer_spm.SACREBLEU_DIR", str(tmp_path))
    monkeypatch.setattr("sacrebleu.tokenizers.tokenizer_spm.download_file", no_network)
    with pytest.raises(
        ConfigError, match=r"'flores200' needs a model .* could not fetch: no route to host"
    ):
        bleu(["a"], [["a"]], tokenize="flores200")


@pytest.mark.parametrize(
    ("hypotheses", "references", "message"),
    [
        ([], [], "nothing to score: 0 hypotheses and 0 sentences"),
        (["a"], [], "nothing to score: 1 hypotheses and 0 sentences"),
        (["a", "b", "c"], [["a"], ["b"]], "cannot score: 3 hypotheses and 2 sentences"),
        (["a", "b"], [["a"], []], "sentence 2 of 2 has no reference"),
        (["a", "b"], ["a", "b"], "references of sentence 1 are one string"),
    ],
)
def test_hypotheses_without_references_are_refused_in_one_line(
    hypotheses: list[str], references: list[list[str]], message: str
) -> None:
    for function in (bleu, measure):
        with pytest.raises(DataError, match=message) as caught:
            function(hypotheses, references)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("references", [1, 2])
def test_unicode_forms_of_hypotheses_and_references_do_not_matter(references: int) -> None:
    hypotheses, choices = corpus(40, references)
    composed = score(hypotheses, choices)
    decomposed = [[unicodedata.normalize("NFD", text) for text in one] for one in choices]
    assert decomposed != choices
    assert score(hypotheses, decomposed) == composed
    changed = [unicodedata.normalize("NFD", text) for text in hypotheses]
    assert score(changed, choices) == composed
    assert bleu(hypotheses, decomposed) == bleu(hypotheses, choices)
