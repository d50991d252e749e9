"""The whole workflow with the real commands: train, resume, translate, evaluate, report."""

from __future__ import annotations

import itertools
import json
import os
import random
import subprocess
from pathlib import Path

import yaml

from seq2seq import Translator

SYLLABLES = ["ba", "ko", "ri", "mu", "te", "la", "no", "si"]
THINGS = {"casas": "houses", "barcos": "boats", "libros": "books", "gatos": "cats"}


def sentences(
    names: list[str], numbers: list[str], count: int, draw: random.Random
) -> list[tuple[str, str]]:
    """Return pairs such as "Koribate tiene 417 libros.", "Koribate has 417 books."."""
    chosen = [
        (draw.choice(names), draw.choice(numbers), *draw.choice(list(THINGS.items())))
        for _ in range(count)
    ]
    return [
        (f"{name} tiene {number} {a}.", f"{name} has {number} {b}.")
        for name, number, a, b in chosen
    ]


def command(
    program: Path, *arguments: str, cwd: Path, stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [str(program), *arguments],
        cwd=cwd,
        input=stdin,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done


def test_a_model_from_a_tsv_to_a_report(tmp_path: Path, programs: Path) -> None:
    seq2seq = programs / "seq2seq"
    translate = programs / "translate"
    draw = random.Random(0)
    names = [
        "".join(syllables).capitalize() for syllables in itertools.product(SYLLABLES, repeat=3)
    ]
    numbers = [str(number) for number in range(100, 1000)]
    draw.shuffle(names)
    draw.shuffle(numbers)
    unseen = sentences(names[400:], numbers[800:], 50, draw)
    for name, part in (
        ("train", sentences(names[:400], numbers[:800], 2000, draw)),
        ("test", unseen),
    ):
        (tmp_path / f"{name}.tsv").write_text(
            "".join(f"{a}\t{b}\n" for a, b in part), encoding="utf-8"
        )
    settings = {
        "data": {"train": "train.tsv", "dev": "test.tsv"},
        "tokenizer": {"vocab_size": 320, "joint": True},
        "model": {
            "cell": "gru",
            "embedding_size": 64,
            "hidden_size": 64,
            "encoder_layers": 1,
            "decoder_layers": 1,
            "attention": "bahdanau",
            "decoder_order": "bahdanau",
            "dropout": 0.0,
            "weight_tying": "three-way",
        },
        "training": {
            "precision": "fp32",
            "seed": 1,
            "max_steps": 60,
            "batch_sentences": 24,
            "learning_rate": 0.008,
            "warmup_steps": 30,
            "schedule": "constant",
        },
    }
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(settings))
    command(seq2seq, "train", "config.yaml", "--output", "run", cwd=tmp_path)
    command(
        seq2seq,
        "train",
        "config.yaml",
        "training.max_steps=220",
        "--output",
        "run",
        "--resume",
        cwd=tmp_path,
    )
    steps = [
        json.loads(line)["step"]
        for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()
    ]
    assert steps == sorted(steps)
    assert steps[-1] == 220

    sources = [source for source, _ in unseen]
    piped = command(
        translate,
        "--model",
        "run",
        cwd=tmp_path,
        stdin="\n".join([*sources, "", sources[0]]) + "\n",
    )
    assert piped.stdout.count("\n") == len(sources) + 2
    lines = piped.stdout.splitlines()
    assert lines[-2:] == ["", lines[0]]
    translator = Translator.from_pretrained(tmp_path / "run")
    assert [translator.translate(source).text for source in sources] == lines[: len(sources)]

    shown = command(
        seq2seq, "evaluate", "run", "--data", "test.tsv", "--output", "report", cwd=tmp_path
    )
    [report] = json.loads((tmp_path / "report" / "report.json").read_text())["sets"]
    bleu = next(score for score in report["scores"] if score["name"] == "BLEU")
    assert bleu["value"] > 80, (
        "the sentences are learned, and their names and numbers, which are unseen, copied"
    )
    assert report["copied"]["words"] == 2 * len(unseen)
    assert report["copied"]["kept"] > 0.8 * 2 * len(unseen)
    assert "<unk>" not in (tmp_path / "report" / "hypotheses.txt").read_text()
    assert bleu["signature"].startswith("nrefs:1|bs:1000|seed:12345|case:mixed|eff:no|tok:13a")
    assert f"{bleu['value']:.1f}" in shown.stdout
    assert (tmp_path / "report" / "hypotheses.txt").read_text().splitlines() == lines[
        : len(sources)
    ]
