"""Training benchmarks of tools/benchmark.py: speed, memory and operations of a run.

Each run is a separate process.
"""

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

from seq2seq import Config, ConfigError, Corpus, TrainingError
from seq2seq.config.settings import TokenizerConfig
from seq2seq.data.tokenizers.pair import TokenizerPair

_PROGRAM = """
import sys
from seq2seq import Config, train
train(Config.load(sys.argv[1], sys.argv[3:]), output=sys.argv[2], resume=True, cpu={cpu})
"""


@dataclass(frozen=True)
class Measurement:
    """Figures of a training run.

    Attributes:
        tokens_per_second: Target tokens per second, median over the lines of metrics.
        peak_bytes: Peak resident memory in bytes.
        resident: Resident memory in bytes, sampled every second.
    """

    tokens_per_second: float
    peak_bytes: int
    resident: list[int]


def prepare(config: Config, directory: Path) -> TokenizerPair:
    """Return the tokenizers of all runs, which are trained once and saved in `directory`."""
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
            f"{directory / 'tokenizer'} was made with other settings; remove it and run again"
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
) -> Measurement:
    """Train a new run into `output` with the prepared tokenizers."""
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
    return Measurement(statistics.median(rates[len(rates) // 4 :]), resident.peak, resident.samples)


def metrics(output: Path) -> list[dict[str, float]]:
    """Return the metrics of a run, one item per line."""
    return [json.loads(line) for line in (output / "metrics.jsonl").read_text().splitlines()]


class Resident:
    """Sampler of a process's resident memory, until the process ends."""

    def __init__(self, pid: int) -> None:
        self.peak = 0
        self.samples: list[int] = []
        self._status = Path(f"/proc/{pid}/status")
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop sampling."""
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
    """Return the floating-point operations of matrix products in training, per target token.

    Each weight of a matrix costs 2 operations in the forward pass and 4 in the backward pass per
    position: source positions for the encoder and the keys, target positions for the others.
    Embeddings (looked up) and the bridge (once per sentence) do not count.
    """
    total = 0.0
    for name, parameter in model.named_parameters(remove_duplicate=False):
        if parameter.dim() != 2 or "embedding" in name or "bridge" in name:
            continue
        of_source = name.startswith("encoder") or ".key" in name
        total += 6 * parameter.numel() * (source_per_target if of_source else 1.0)
    return total


def validations(output: Path) -> list[tuple[float, float]]:
    """Return (seconds of training without validation, dev BLEU) of each validation."""
    found = []
    validating = 0.0
    for line in metrics(output):
        if "dev_bleu" in line:
            found.append((line["seconds"] - validating, line["dev_bleu"]))
            validating += line["validation_seconds"]
    return found
