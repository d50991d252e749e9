"""OpenNMT-py 3.5.1 (MIT): a recurrent network, and the Transformer that CTranslate2 runs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import yaml

from peers.contract import PeerError, PeerText, Timing
from peers.environment import Environment

PACKAGES = (
    ["torch==2.13.0"],
    ["ctranslate2==4.8.5", "sentencepiece", "pyyaml", "configargparse", "six", "tensorboard"],
    ["flask", "waitress", "sacrebleu", "rapidfuzz", "pyahocorasick", "pyonmttok", "spacy"],
    ["fasttext-wheel"],
    ["--no-deps", "OpenNMT-py==3.5.1"],
)
"""Packages of the environment. OpenNMT-py asks for an older torch, so this lists what it needs."""

VARIABLES = {"TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD": "1"}
"""OpenNMT-py pickles its options with its own checkpoints."""

TRAINING: dict[str, Any] = {
    "train_steps": 1_000_000,
    "save_checkpoint_steps": 100,
    "keep_checkpoint": 2,
    "valid_steps": 1_000_000,
    "batch_type": "tokens",
    "batch_size": 4096,
    "bucket_size": 32768,
    "num_workers": 0,
    "optim": "adam",
    "label_smoothing": 0.1,
    "report_every": 20,
    "seed": 1,
}
RECURRENT: dict[str, Any] = {
    "encoder_type": "brnn",
    "decoder_type": "rnn",
    "rnn_type": "GRU",
    "enc_layers": 1,
    "dec_layers": 1,
    "word_vec_size": 256,
    "hidden_size": 512,
    "global_attention": "mlp",
    "input_feed": 0,
    "dropout": [0.1],
    "learning_rate": 0.001,
    "max_grad_norm": 1,
}
TRANSFORMER: dict[str, Any] = {
    "encoder_type": "transformer",
    "decoder_type": "transformer",
    "enc_layers": 6,
    "dec_layers": 3,
    "heads": 4,
    "hidden_size": 256,
    "word_vec_size": 256,
    "transformer_ff": 1536,
    "position_encoding": True,
    "dropout": [0.1],
    "attention_dropout": [0.1],
    "batch_size": 1024,
    "learning_rate": 1,
    "decay_method": "noam",
    "warmup_steps": 800,
    "adam_beta2": 0.998,
    "max_grad_norm": 0,
    "param_init": 0,
    "param_init_glorot": True,
    "normalization": "tokens",
}


def environment(folder: Path) -> Environment:
    """Return the environment that OpenNMT-py and CTranslate2 share, for the folder of either."""
    return Environment(folder.parent / "opennmt" / "env", PACKAGES, VARIABLES)


def train(
    place: Environment,
    folder: Path,
    text: PeerText,
    network: dict[str, Any],
    *,
    minutes: float,
    threads: int,
) -> None:
    """Train a network for some minutes, unless a checkpoint is there."""
    if last_checkpoint(folder, missing_ok=True) is not None:
        return
    folder.mkdir(parents=True, exist_ok=True)
    config = {**options(folder, text), **TRAINING, **network}
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(config), encoding="utf-8")
    command = ["onmt_train", "-config", str(path)]
    place.run_for(minutes, command, threads=threads, log=folder / "train.log")
    last_checkpoint(folder)


def options(folder: Path, text: PeerText) -> dict[str, Any]:
    """Return the options of `onmt_train` that name the files of a run."""
    return {
        "save_data": str(folder),
        "save_model": str(folder / "model"),
        "overwrite": True,
        "src_vocab": str(text.folder / "source.vocab"),
        "tgt_vocab": str(text.folder / "target.vocab"),
        "data": {
            name: {
                "path_src": str(text.folder / f"{part}.source"),
                "path_tgt": str(text.folder / f"{part}.target"),
            }
            for name, part in (("corpus_1", "train"), ("valid", "dev"))
        },
    }


def last_checkpoint(folder: Path, *, missing_ok: bool = False) -> Path | None:
    """Return the checkpoint of the last step; raise PeerError if there is none."""
    steps = {
        int(found[1]): path
        for path in folder.glob("model_step_*.pt")
        if (found := re.fullmatch(r"model_step_(\d+)\.pt", path.name))
    }
    if not steps and not missing_ok:
        raise PeerError(f"{folder}: no checkpoint; train for more minutes")
    return steps[max(steps)] if steps else None


@dataclass(frozen=True)
class OpenNMT:
    """OpenNMT-py with a recurrent network like the toolkit's default."""

    folder: Path
    model: ClassVar[str] = "OpenNMT-py 3.5.1, GRU 512, fp32"

    def install(self) -> None:
        """Install it; see Peer."""
        environment(self.folder).create()

    def train(self, text: PeerText, *, minutes: float, threads: int) -> None:
        """Train the network; see Peer."""
        place = environment(self.folder)
        train(place, self.folder / "gru", text, RECURRENT, minutes=minutes, threads=threads)

    def translate(
        self, sources: Sequence[str], text: PeerText, *, beam: int, threads: int, alone: bool
    ) -> Timing:
        """Translate sentences; see Peer."""
        model = last_checkpoint(self.folder / "gru")
        assert model is not None
        return environment(self.folder).ask(
            "run_opennmt.py", model, sources, text, beam=beam, threads=threads, alone=alone
        )
