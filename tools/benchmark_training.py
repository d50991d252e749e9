"""The training side of tools/benchmark.py: one run in a process of its own, its speed, its memory,
its floor."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from torch import nn

from seq2seq.config.config import Config
from seq2seq.config.settings import TokenizerConfig
from seq2seq.data.corpus.corpus import Corpus
from seq2seq.data.tokenizers.pair import TokenizerPair
from seq2seq.errors import ConfigError, TrainingError

_PROGRAM = """
import sys
import seq2seq.training.run as run
from seq2seq.config.config import Config
run.train(Config.load(sys.argv[1], sys.argv[3:]), output=sys.argv[2], resume=True, cpu={cpu})
"""


@dataclass(frozen=True)
class SentenceStatistics:
    """A training run: target tokens a second (the median of its lines), peak resident memory, and
    how it grew."""

    tokens_per_second: float
    peak_bytes: int
    resident: list[int]  # bytes, sampled every second


def prepare(config: Config, directory: Path) -> TokenizerPair:
    """The tokenizers of all runs, trained once and kept in `directory`."""
    if not (directory / "tokenizer").exists():
        pairs = Corpus.load(config.data.train)
        tokenizers = TokenizerPair.train(
            pairs.sources(),
            pairs.targets(),
            TokenizerConfig.model_validate(
                {
                    "type": config.tokenizer.type,
                    "vocab_size": config.tokenizer.vocab_size,
                    "joint": False,
                }
            ),
        )
        directory.mkdir(parents=True, exist_ok=True)
        tokenizers.save(directory)
    tokenizers = TokenizerPair.load(directory)
    if tokenizers.source.vocab_size > config.tokenizer.vocab_size:
        raise ConfigError(
            f"{directory / 'tokenizer'} is of other settings; remove it, and it is made anew"
        )
    return tokenizers


def train(
    config: Path,
    prepared: Path,
    output: Path,
    overrides: Sequence[str],
    threads: int,
    *,
    device: str = "cpu",
) -> SentenceStatistics:
    """Train into `output`, afresh, with the prepared tokenizers."""
    shutil.rmtree(output, ignore_errors=True)
    output.mkdir(parents=True)
    shutil.copytree(prepared / "tokenizer", output / "tokenizer")
    (output / "config.yaml").write_text(Config.load(config, overrides).to_yaml(), encoding="utf-8")
    program = _PROGRAM.format(cpu=device == "cpu")
    command = [sys.executable, "-c", program, str(config), str(output), *overrides]
    process = subprocess.Popen(
        command, env={**os.environ, "OMP_NUM_THREADS": str(threads)}, stderr=subprocess.PIPE
    )
    resident = Resident(process.pid)
    _, errors = process.communicate()
    resident.stop()
    if process.returncode:
        raise TrainingError(errors.decode(errors="replace").strip().splitlines()[-1])
    rates = [line["tokens_per_second"] for line in metrics(output) if "tokens_per_second" in line]
    return SentenceStatistics(
        statistics.median(rates[len(rates) // 4 :]), resident.peak, resident.samples
    )


def metrics(output: Path) -> list[dict[str, float]]:
    """The lines of a run's metrics."""
    return [json.loads(line) for line in (output / "metrics.jsonl").read_text().splitlines()]


class Resident:
    """Watches a process's resident memory until it ends."""

    def __init__(self, pid: int) -> None:
        self.peak = 0
        self.samples: list[int] = []
        self._status = Path(f"/proc/{pid}/status")
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop watching."""
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        began = time.monotonic()
        while not self._done.wait(max(0.0, began + len(self.samples) - time.monotonic())):
            try:
                lines = dict(line.split(":", 1) for line in self._status.read_text().splitlines())
            except OSError:
                return
            if "VmHWM" in lines:
                self.peak = max(self.peak, int(lines["VmHWM"].split()[0]) << 10)
                self.samples.append(int(lines["VmRSS"].split()[0]) << 10)


def operations_per_token(model: nn.Module, source_per_target: float) -> float:
    """Floating-point operations of training for each target token, those of matrix products alone.

    Each weight of a matrix costs 2 in the forward pass and 4 in the backward pass for each position
        it is applied to:
    source positions for those of the encoder and of the keys, target positions for the others.
    Embeddings are looked up, and the bridge is crossed once a sentence: neither is counted."""
    total = 0.0
    for name, parameter in model.named_parameters(remove_duplicate=False):
        if parameter.dim() != 2 or "embedding" in name or "bridge" in name:
            continue
        of_source = name.startswith("encoder") or ".key" in name
        total += 6 * parameter.numel() * (source_per_target if of_source else 1.0)
    return total


def validations(output: Path) -> list[tuple[float, float]]:
    """Each validation of a run: the seconds of training before it, validations left out, and the
    dev BLEU."""
    found, validating = [], 0.0
    for line in metrics(output):
        if "dev_bleu" in line:
            found.append((line["seconds"] - validating, line["dev_bleu"]))
            validating += line["validation_seconds"]
    return found
