"""Training speed of several models in rounds, next to a peer with the first of them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import benchmark_training as training
from benchmark_rounds import Round, System, measure_round, measure_rounds, ratio, summary
from machine_rates import matrix_rate
from peers.contract import PeerError, PeerText
from peers.text import write_text
from peers.training import LINES, TrainingPeer

from seq2seq import Config, Corpus
from seq2seq.kernels import use_fast_products
from seq2seq.models.model import build_model

HERE = Path(__file__).parent
MODELS = {
    "same": HERE / "benchmark_same.yaml",
    "default": HERE / "benchmark_default.yaml",
    "benchmark": HERE / "benchmark.yaml",
}
"""Configurations by name. Peers train the network of "same"."""

BATCHES = {
    "64 sentences": ["training.batch_sentences=64"],
    "4,096 tokens": ["training.batch_sentences=null", "training.batch_tokens=4096"],
}
MOST = 3
"""Number of rounds per clean round after which the benchmark gives up."""


@dataclass(frozen=True)
class Plan:
    """Settings of a measurement.

    Attributes:
        models: Names of models, of `MODELS`.
        precisions: Precisions of this toolkit.
        overrides: Settings that all models and the peer get.
        directory: Folder of the tokenizers and the runs.
        threads: Number of threads of each run.
        rounds: Number of clean rounds.
        steps: Number of steps of a run with 64 sentences; larger batches take a third.
        device: "cpu" or a GPU.
    """

    models: Sequence[str]
    precisions: Sequence[str]
    overrides: Sequence[str]
    directory: Path
    threads: int
    rounds: int
    steps: int
    device: str = "cpu"

    def config(self, model: str, batch: str) -> Config:
        """Return the configuration of a model with batches of a size."""
        return Config.load(MODELS[model], self.settings(batch))

    def settings(self, batch: str) -> list[str]:
        """Return the settings of a run with batches of a size."""
        steps = self.steps_of(batch)
        return [
            f"training.max_steps={steps}",
            f"training.log_every={max(1, steps // LINES)}",
            "training.validate_every=1000000",
            *BATCHES[batch],
            *self.overrides,
        ]

    def steps_of(self, batch: str) -> int:
        """Return the number of steps of a run."""
        return self.steps if batch.startswith("64") else self.steps // 3


def peer_text(plan: Plan, folder: Path) -> PeerText:
    """Write the text of the models in their pieces; see peers.text.write_text."""
    data = plan.config("same", next(iter(BATCHES))).data
    parts = {}
    for part, files in (("train", data.train), ("dev", data.dev)):
        corpus = Corpus.load(files)
        parts[part] = (corpus.sources(), corpus.targets())
    return write_text(folder.absolute(), plan.directory, parts)


def measure(plan: Plan, batch: str, peer: TrainingPeer | None, text: PeerText | None) -> list[Any]:
    """Measure with batches of one size.

    Args:
        plan: What is measured.
        batch: Batch size, of `BATCHES`.
        peer: Toolkit to compare with, if any.
        text: Its text.

    Returns:
        Rows of the table: each model in each precision with its share of the machine's rate and how
        many times faster it is than the peer, then the peer.

    Raises:
        PeerError: No round was clean.
    """
    ours = [
        _ours(plan, batch, model, precision)
        for model in plan.models
        for precision in plan.precisions
    ]
    theirs = [] if peer is None or text is None else [_theirs(plan, batch, peer, text)]

    use_fast_products()  # the machine's rate is that of the fastest product known

    def measure_one() -> Round:
        print(f"{batch}:", file=sys.stderr)
        return measure_round([*ours, *theirs], lambda name: matrix_rate(name, plan.device))

    clean, done = measure_rounds(measure_one, plan.rounds, MOST * plan.rounds)
    if not clean:
        raise PeerError("the machine's speed changed within every round; run nothing else")
    rows = []
    for system in [*ours, *theirs]:
        row = {"batch": batch, **summary(system.name, clean, done)}
        for other in theirs:
            row["times the peer"] = ratio(system.name, other.name, clean)
        rows.append(row)
    return rows


def _ours(plan: Plan, batch: str, model: str, precision: str) -> System:
    settings = [*plan.settings(batch), f"training.precision={precision}"]

    def run() -> float:
        output = plan.directory / "speed"
        return training.train(
            MODELS[model], plan.directory, output, settings, plan.threads, device=plan.device
        ).tokens_per_second

    return System(f"{model}, {precision}", precision, run, _operations(plan, batch, model))


def _theirs(plan: Plan, batch: str, peer: TrainingPeer, text: PeerText) -> System:
    config = plan.config("same", batch)
    steps = plan.steps_of(batch)

    def run() -> float:
        return peer.training_rate(text, config, steps=steps, threads=plan.threads)

    return System(f"{peer.version}, fp32", "fp32", run, _operations(plan, batch, "same"))


def _operations(plan: Plan, batch: str, model: str) -> float:
    """Return the operations of matrix products per target token, as many as per source token."""
    config = plan.config(model, batch)
    tokenizers = training.prepare(config, plan.directory)
    network = build_model(config.model, tokenizers.source_size, tokenizers.target_size)
    return training.operations_per_token(network, 1.0)
