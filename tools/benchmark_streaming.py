"""Streams a large corpus: memory, the seconds to the first step, a whole epoch of batches, and a
resume bit for bit.

python tools/benchmark_streaming.py [--pairs 5000000] [--config
recipes/tatoeba_es_en_fast/config.yaml] [--steps 600]

The corpus is made of the configuration's training pairs, joined by twos so that hardly two lines
are alike."""

from __future__ import annotations

import filecmp
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from benchmark_training import Resident

from seq2seq.cli.run import run_recipe
from seq2seq.config.config import Config
from seq2seq.data.batches.stream import BatchStream
from seq2seq.data.corpus.corpus import Corpus
from seq2seq.runtime.ranks import SINGLE_PROCESS
from seq2seq.training.load_text import read_text, training_text

MIB = 1 << 20


def main(
    pairs: Annotated[int, typer.Option(min=1, help="Lines of the corpus.")] = 5_000_000,
    config: Annotated[Path, typer.Option(help="Configuration of the training.")] = Path(
        "recipes/tatoeba_es_en_fast/config.yaml"
    ),
    steps: Annotated[int, typer.Option(min=20, help="Steps to train.")] = 600,
    threads: Annotated[int, typer.Option(min=1)] = 2,
    directory: Annotated[Path, typer.Option(help="For the corpus and the runs.")] = Path(
        "runs/benchmark_streaming"
    ),
    settings: Annotated[list[str] | None, typer.Argument(metavar="SECTION.KEY=VALUE")] = None,
) -> None:
    """Print what was measured; end with 1 if a resumed training does not end where the unbroken one
    does."""
    directory.mkdir(parents=True, exist_ok=True)
    corpus = directory / f"{pairs}.tsv"
    if not corpus.exists():
        write_corpus(Config.load(config), corpus, pairs)
    print(f"corpus: {pairs:,} pairs, {corpus.stat().st_size / MIB:,.0f} MiB", flush=True)
    overrides = [
        f"data.train={corpus}",
        "data.streaming=true",
        "data.dev_pairs=100",
        f"training.max_steps={steps}",
    ]
    overrides += [f"training.validate_every={steps}", "training.log_every=1", *(settings or [])]
    os.environ["OMP_NUM_THREADS"] = str(threads)
    whole, broken = directory / "whole", directory / "broken"
    for old in (whole, broken):
        shutil.rmtree(old, ignore_errors=True)
    first, peak = training(config, whole, overrides, None)
    print(
        f"first step after {first:.1f} s; peak resident memory in {steps:,} steps "
        f"{peak / MIB:,.0f} MiB",
        flush=True,
    )
    training(config, broken, overrides, steps // 2)
    again, _ = training(config, broken, overrides, None)
    name = f"checkpoints/step-{steps:08d}/model.safetensors"
    equal = filecmp.cmp(whole / name, broken / name, shallow=False)
    print(
        f"stopped halfway, first step after {again:.1f} s; the same weights in the end: {equal}",
        flush=True,
    )
    whole_epoch(Config.load(config, overrides), directory / "epoch")
    raise SystemExit(not equal)


def write_corpus(config: Config, path: Path, pairs: int) -> None:
    """Write pairs of pairs: the first of each is taken in turn, the second at random."""
    lines = list(Corpus.load(config.data.train).pairs())
    partner = np.random.default_rng(1).integers(len(lines), size=pairs)
    with path.open("w", encoding="utf-8") as file:
        for number, other in enumerate(partner.tolist()):
            (a, b), (c, d) = lines[number % len(lines)], lines[other]
            file.write(f"{a} {c}\t{b} {d}\n")


def training(
    config: Path, output: Path, overrides: list[str], stop: int | None
) -> tuple[float, int]:
    """Train, to the end or to a step; the seconds to the first step logged, and the peak of
    resident memory."""
    log = output / "metrics.jsonl"
    before = steps_of(log)
    command = [
        sys.executable,
        "-m",
        "seq2seq",
        "train",
        str(config),
        "--output",
        str(output),
        "--resume",
        "--cpu",
    ]
    began = time.monotonic()
    process = subprocess.Popen([*command, *overrides])
    resident = Resident(process.pid)
    first = None
    while process.poll() is None:
        time.sleep(0.1)
        step = steps_of(log)
        if first is None and step > before:
            first = time.monotonic() - began
        if stop is not None and step >= stop:
            process.send_signal(signal.SIGTERM)
            stop = None
    resident.stop()
    if first is None:
        raise SystemExit("the training took no step")
    return first, resident.peak


def steps_of(log: Path) -> int:
    """The number of lines of metrics, of which there is one for each step."""
    return log.read_bytes().count(b"\n") if log.exists() else 0


def whole_epoch(config: Config, output: Path) -> None:
    """Go through an epoch of batches."""
    shutil.rmtree(output, ignore_errors=True)
    output.mkdir()
    text = read_text(config, output=output, write=True)
    stream = BatchStream(
        training_text(config, text=text, ranks=SINGLE_PROCESS),
        batch_tokens=config.training.batch_tokens,
    )
    began, sentences = time.monotonic(), 0
    for batch in stream:
        if stream.position.epoch:
            break
        sentences += len(batch.batch.source)
    seconds = time.monotonic() - began
    peak = next(
        line
        for line in Path("/proc/self/status").read_text().splitlines()
        if line.startswith("VmHWM")
    )
    print(
        f"an epoch without training: {sentences:,} pairs in {seconds:.0f} s; peak "
        f"{int(peak.split()[1]) >> 10:,} MiB"
    )


if __name__ == "__main__":
    run_recipe(main)
