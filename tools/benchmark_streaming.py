"""Measure memory, the time to the first step and an epoch of batches on a large streamed corpus.

The tool also checks that a resumed training ends with the same weights as an uninterrupted one.

    python tools/benchmark_streaming.py [--pairs 5000000] [--steps 600]
        [--config recipes/tatoeba_es_en_fast/config.yaml]

Each line of the corpus joins two training pairs of the configuration, so few lines are equal.
"""

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

from seq2seq import Config, Corpus, run_recipe
from seq2seq.data.batches.stream import BatchStream
from seq2seq.runtime.ranks import SINGLE_PROCESS
from seq2seq.training.load_text import read_text, training_text

MIB = 1 << 20


def main(
    pairs: Annotated[int, typer.Option(min=1, help="Number of lines of the corpus.")] = 5_000_000,
    config: Annotated[Path, typer.Option(help="Configuration of the training.")] = Path(
        "recipes/tatoeba_es_en_fast/config.yaml"
    ),
    steps: Annotated[int, typer.Option(min=20, help="Number of training steps.")] = 600,
    threads: Annotated[int, typer.Option(min=1)] = 2,
    directory: Annotated[Path, typer.Option(help="Directory of the corpus and the runs.")] = Path(
        "runs/benchmark_streaming"
    ),
    settings: Annotated[list[str] | None, typer.Argument(metavar="SECTION.KEY=VALUE")] = None,
) -> None:
    """Print the figures; exit with 1 if the resumed training ends with other weights."""
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
    whole = directory / "whole"
    broken = directory / "broken"
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
        f"stopped halfway, first step after {again:.1f} s; same weights at the end: {equal}",
        flush=True,
    )
    whole_epoch(Config.load(config, overrides), directory / "epoch")
    raise SystemExit(not equal)


def write_corpus(config: Config, path: Path, pairs: int) -> None:
    """Write lines that join two pairs each: the first in order, the second at random."""
    lines = list(Corpus.load(config.data.train).pairs())
    partner = np.random.default_rng(1).integers(len(lines), size=pairs)
    with path.open("w", encoding="utf-8") as file:
        for number, other in enumerate(partner.tolist()):
            first_source, first_target = lines[number % len(lines)]
            second_source, second_target = lines[other]
            source = f"{first_source} {second_source}"
            file.write(f"{source}\t{first_target} {second_target}\n")


def training(
    config: Path, output: Path, overrides: list[str], stop: int | None
) -> tuple[float, int]:
    """Train to the end or to `stop`; return the seconds to the first step and the peak memory."""
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
    """Return the number of lines of metrics, one per step."""
    return log.read_bytes().count(b"\n") if log.exists() else 0


def whole_epoch(config: Config, output: Path) -> None:
    """Iterate over an epoch of batches; print the time and the peak memory."""
    shutil.rmtree(output, ignore_errors=True)
    output.mkdir()
    text = read_text(config, output=output, write=True)
    stream = BatchStream(
        training_text(config, text=text, ranks=SINGLE_PROCESS),
        batch_tokens=config.training.batch_tokens,
    )
    began = time.monotonic()
    sentences = 0
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
