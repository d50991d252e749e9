"""JoeyNMT 2.3.0 (Apache 2.0) as the peer of tools/benchmark.py: same text, similar model.

JoeyNMT is installed from PyPI into its own environment and run from the command line, as its users
run it. The figures are read from its log; it is never imported here.
"""

from __future__ import annotations

import math
import re
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import sentencepiece
import torch
import yaml

from peers.contract import PeerError
from peers.environment import Environment

TORCH = torch.__version__.partition("+")[0]
"""Version of torch that JoeyNMT gets: the one of this toolkit."""

REQUIREMENTS = ("joeynmt==2.3.0", "importlib_metadata", "sentencepiece==0.2.0")
"""Packages of the environment. JoeyNMT imports importlib_metadata without requiring it, and calls
functions that later versions of sentencepiece no longer have."""

QUALITY: dict[str, Any] = {
    "batch_size": 64,
    "batch_type": "sentence",
    "logging_freq": 50,
    "validation_freq": 300,
    "keep_best_ckpts": 1,
}
TOKENS_PER_STEP = 590
"""Average number of target tokens in 64 sentences of the text."""


@dataclass(frozen=True)
class JoeyNMT:
    """JoeyNMT in a directory: its environment, the text in its format, and its runs."""

    directory: Path
    threads: int

    @property
    def environment(self) -> Environment:
        return Environment(self.directory / "env", [[f"torch=={TORCH}"], REQUIREMENTS])

    def install(self) -> None:
        """Create the environment, with the torch version of this toolkit, unless it exists."""
        self.environment.create()

    def write_text(self, name: str, sources: Sequence[str], targets: Sequence[str]) -> None:
        """Write a corpus as two line-aligned files."""
        for side, lines in (("source", sources), ("target", targets)):
            text = "".join(f"{line}\n" for line in lines)
            (self.directory / f"{name}.{side}").write_text(text, encoding="utf-8", newline="\n")

    def write_vocabulary(self, side: str, model: Path) -> None:
        """Write a SentencePiece model and its list of tokens, as JoeyNMT needs them."""
        processor = sentencepiece.SentencePieceProcessor(model_file=str(model))
        special = {
            processor.id_to_piece(i) for i in range(len(processor)) if processor.is_control(i)
        }
        pieces = [processor.id_to_piece(i) for i in range(len(processor))]
        tokens = [
            piece for piece in pieces if piece not in special | {"<unk>", "<pad>", "<s>", "</s>"}
        ]
        lines = "".join(f"{token}\n" for token in ("<unk>", "<pad>", "<s>", "</s>", *tokens))
        (self.directory / f"{side}.vocab").write_text(lines, encoding="utf-8")
        (self.directory / f"{side}.model").write_bytes(model.read_bytes())

    def write_configuration(
        self, name: str, training: dict[str, Any], testing: dict[str, Any]
    ) -> Path:
        """Write the YAML file of a run: the reference model of docs/BENCHMARKS.md."""
        path = self.directory / f"{name}.yaml"
        path.write_text(yaml.safe_dump(configuration(self.directory, name, training, testing)))
        return path

    def training_rate(self, configuration: Path) -> float:
        """Train for the configured steps; return target tokens per second.

        The rate is the median over the lines of the log, without the first.
        """
        self._run("-m", "joeynmt", "train", str(configuration), "--skip-test")
        rates = tokens_per_second(self.log(configuration.stem, "train"))
        if len(rates) < 3:
            raise PeerError(
                f"the log of {configuration} has {len(rates)} rates; train for more steps"
            )
        return statistics.median(rates[1:])

    def weights(self, name: str) -> int:
        """Return the number of weights of a run's model, from its log."""
        found = re.findall(r"Total params: (\d+)", self.log(name, "train"))
        return int(found[-1]) if found else 0

    def bleu_after(self, seconds: float) -> tuple[float, float]:
        """Return the best dev BLEU within `seconds` of training, and the seconds until it.

        The run has batches of 64 sentences. A finished run that is long enough is reused.
        Validation does not count as training time.
        """
        pace = _pace(self.log("quality", "train"))
        if pace is None or pace[0] * pace[1] < 0.99 * seconds:
            rate = self.training_rate(
                self.write_configuration("pace", {**QUALITY, "updates": 200}, {})
            )
            steps = math.ceil(1.2 * seconds * rate / TOKENS_PER_STEP / QUALITY["validation_freq"])
            settings = {**QUALITY, "updates": steps * QUALITY["validation_freq"]}
            self._run(
                "-m",
                "joeynmt",
                "train",
                str(self.write_configuration("quality", settings, {})),
                "--skip-test",
            )
            pace = _pace(self.log("quality", "train"))
        scored = (self.directory / "quality" / "validations.txt").read_text()
        found = [
            (float(score), int(step))
            for step, score in re.findall(r"Steps: (\d+)\t.*?bleu: ([\d.]+)", scored)
        ]
        found = [
            (score, step) for score, step in found if pace is not None and step * pace[0] <= seconds
        ]
        if pace is None or not found:
            raise PeerError(f"the peer was not validated within {seconds:.0f} s")
        score, step = max(found)
        return score, step * pace[0]

    def log(self, name: str, mode: str) -> str:
        """Return the log of a run, or "" if there is none yet."""
        path = self.directory / name / f"{mode}.log"
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def _run(self, *arguments: str) -> None:
        self.environment.run(arguments, threads=self.threads)


def tokens_per_second(log: str) -> list[float]:
    """Return the rates in a training log, in target tokens per second without padding."""
    return [float(rate) for rate in re.findall(r"Tokens per Sec: *([\d.]+)", log)]


def configuration(
    directory: Path, name: str, training: dict[str, Any], testing: dict[str, Any]
) -> dict[str, Any]:
    """Return the configuration of the reference model.

    The model has embeddings of 256, a bidirectional LSTM encoder of 2 x 256, and an LSTM decoder of
    512 with bilinear attention and input feeding.
    """

    def side(lang: str) -> dict[str, Any]:
        return {
            "lang": lang,
            "max_length": 100,
            "lowercase": False,
            "normalize": False,
            "level": "bpe",
            "voc_file": str(directory / f"{lang}.vocab"),
            "tokenizer_type": "sentencepiece",
            "tokenizer_cfg": {"model_file": str(directory / f"{lang}.model")},
        }

    layer = {"type": "recurrent", "rnn_type": "lstm", "num_layers": 1, "dropout": 0.2}
    embeddings = {"embedding_dim": 256, "dropout": 0.2}
    return {
        "name": name,
        "joeynmt_version": "2.3.0",
        "model_dir": str(directory / name),
        "use_cuda": False,
        "random_seed": 1,
        "data": {
            "train": str(directory / "train"),
            "dev": str(directory / "dev"),
            "test": str(directory / "test"),
            "dataset_type": "plain",
            "src": side("source"),
            "trg": side("target"),
        },
        "testing": {"max_output_length": 100, "eval_metrics": ["bleu"], **testing},
        "training": {
            "optimizer": "adam",
            "learning_rate": 0.001,
            "clip_grad_norm": 1.0,
            "label_smoothing": 0.1,
            "normalization": "tokens",
            "loss": "crossentropy",
            "scheduling": "warmupinversesquareroot",
            "learning_rate_warmup": 1000,
            "learning_rate_min": 1e-9,
            "early_stopping_metric": "bleu",
            "epochs": 1000,
            "overwrite": True,
            "shuffle": True,
            "print_valid_sents": [],
            **training,
        },
        "model": {
            "initializer": "xavier_uniform",
            "embed_initializer": "normal",
            "embed_init_weight": 0.1,
            "bias_initializer": "zeros",
            "tied_embeddings": False,
            "tied_softmax": False,
            "encoder": {
                **layer,
                "hidden_size": 256,
                "bidirectional": True,
                "embeddings": embeddings,
            },
            "decoder": {
                **layer,
                "hidden_size": 512,
                "hidden_dropout": 0.2,
                "attention": "luong",
                "input_feeding": True,
                "init_hidden": "bridge",
                "embeddings": embeddings,
            },
        },
    }


def _pace(log: str) -> tuple[float, int] | None:
    """Return the median seconds per step and the last step of a training log; None if too short.

    The median discounts the time of validations.
    """
    lines = re.findall(r"^(\S+ [\d:]+),(\d+) .*Step: +(\d+), Batch Loss", log, re.MULTILINE)
    times = [
        datetime.fromisoformat(stamp).timestamp() + int(milli) / 1000 for stamp, milli, _ in lines
    ]
    steps = [int(step) for *_, step in lines]
    paces = [
        (b - a) / (n - m)
        for a, b, m, n in zip(times, times[1:], steps, steps[1:], strict=False)
        if n > m
    ]
    return (statistics.median(paces), steps[-1]) if len(paces) >= 2 else None
