"""The main job through the real commands: train, go on for longer, translate a pipe, evaluate and report."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import yaml

from seq2seq import Translator

NUMBERS = ["cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve"]
ENGLISH = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]


def command(name: str, *arguments: str, cwd: Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name(name)
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


def test_a_model_from_a_tsv_to_a_report(tmp_path: Path) -> None:
    pairs = [
        (f"el {NUMBERS[a]} y el {NUMBERS[b]}", f"the {ENGLISH[a]} and the {ENGLISH[b]}")
        for a in range(10)
        for b in range(10)
    ]
    for name, part in (("train", pairs), ("test", pairs[::7])):
        (tmp_path / f"{name}.tsv").write_text("".join(f"{a}\t{b}\n" for a, b in part), encoding="utf-8")
    settings = {
        "data": {"train": "train.tsv", "dev": "test.tsv"},
        "tokenizer": {"vocab_size": 400, "joint": True},
        "model": {
            "cell": "gru",
            "embedding_size": 32,
            "hidden_size": 64,
            "attention": "bahdanau",
            "dropout": 0.0,
            "weight_tying": "three-way",
        },
        "training": {
            "max_steps": 100,
            "batch_tokens": 200,
            "learning_rate": 0.003,
            "warmup_steps": 20,
            "schedule": "constant",
        },
    }
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(settings))
    command("seq2seq", "train", "config.yaml", "--output", "run", cwd=tmp_path)
    command("seq2seq", "train", "config.yaml", "training.max_steps=700", "--output", "run", "--resume", cwd=tmp_path)
    steps = [json.loads(line)["step"] for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    assert steps == sorted(steps)
    assert steps[-1] == 700

    sources = [source for source, _ in pairs[::7]]
    piped = command("translate", "--model", "run", cwd=tmp_path, stdin="\n".join([*sources, "", sources[0]]) + "\n")
    assert piped.stdout.count("\n") == len(sources) + 2
    lines = piped.stdout.splitlines()
    assert lines[-2:] == ["", lines[0]]
    translator = Translator.from_pretrained(tmp_path / "run")
    assert [translator.translate(source).text for source in sources] == lines[: len(sources)]

    shown = command("seq2seq", "evaluate", "run", "--data", "test.tsv", "--output", "report", cwd=tmp_path)
    report = json.loads((tmp_path / "report" / "report.json").read_text())
    bleu = next(score for score in report["scores"] if score["name"] == "BLEU")
    assert bleu["value"] > 80, "so few pairs are learnt by heart"
    assert bleu["signature"].startswith("nrefs:1|bs:1000|seed:12345|case:mixed|eff:no|tok:13a")
    assert f"{bleu['value']:.1f}" in shown.stdout
    assert (tmp_path / "report" / "hypotheses.txt").read_text().splitlines() == lines[: len(sources)]
