"""Eole 0.5.3 (MIT), the successor of OpenNMT-py, with a recurrent network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import yaml

from peers.contract import PeerError, PeerText, Timing
from peers.environment import Environment

PACKAGES = (
    ["torch==2.13.0"],
    ["numpy", "pydantic", "regex", "safetensors", "pyonmttok", "pyyaml", "huggingface_hub"],
    ["sentencepiece", "tokenizers", "rich", "sacrebleu", "six", "tensorboard", "configargparse"],
    ["aiohttp", "fastapi", "requests", "uvicorn"],
    ["--no-deps", "eole==0.5.3"],
)
"""Packages of the environment. Eole asks for an older torch, so this lists what it needs."""

MODULES = ("torchaudio", "torchaudio.transforms")


@dataclass(frozen=True)
class Eole:
    """Eole with a recurrent network like the toolkit's default."""

    folder: Path
    model: ClassVar[str] = "eole 0.5.3, GRU 512, fp32"

    def install(self) -> None:
        """Install it; see Peer."""
        environment(self.folder).create()

    def train(self, text: PeerText, *, minutes: float, threads: int) -> None:
        """Train the network; see Peer."""
        run = self.folder / "gru"
        if self._has_checkpoint(run):
            return
        run.mkdir(parents=True, exist_ok=True)
        path = run / "config.yaml"
        path.write_text(yaml.safe_dump(configuration(run, text)), encoding="utf-8")
        environment(self.folder).run_for(
            minutes, ["eole", "train", "-c", str(path)], threads=threads, log=run / "train.log"
        )
        if not self._has_checkpoint(run):
            raise PeerError(f"{run}: no checkpoint; train for more minutes")

    def translate(
        self, sources: Sequence[str], text: PeerText, *, beam: int, threads: int, alone: bool
    ) -> Timing:
        """Translate sentences; see Peer."""
        model = self.folder / "gru" / "model"
        return environment(self.folder).ask(
            "run_eole.py", model, sources, text, beam=beam, threads=threads, alone=alone
        )

    @staticmethod
    def _has_checkpoint(run: Path) -> bool:
        return any(run.glob("model/**/*.safetensors"))


def environment(folder: Path) -> Environment:
    """Return the environment of eole in its folder."""
    return Environment(folder / "env", PACKAGES, modules=MODULES)


def configuration(run: Path, text: PeerText) -> dict[str, Any]:
    """Return the configuration of `eole train` for a run."""
    data = {
        name: {
            "path_src": str(text.folder / f"{part}.source"),
            "path_tgt": str(text.folder / f"{part}.target"),
        }
        for name, part in (("corpus_1", "train"), ("valid", "dev"))
    }
    return {
        "seed": 1,
        "save_data": str(run),
        "src_vocab": str(text.folder / "source.vocab"),
        "tgt_vocab": str(text.folder / "target.vocab"),
        "overwrite": True,
        "report_every": 20,
        "data": data,
        "model": {
            "architecture": "custom",
            "embeddings": {"word_vec_size": 256},
            "encoder": {"encoder_type": "brnn", "rnn_type": "GRU", "hidden_size": 512, "layers": 1},
            "decoder": {
                "decoder_type": "rnn",
                "rnn_type": "GRU",
                "hidden_size": 512,
                "layers": 1,
                "global_attention": "mlp",
            },
        },
        "training": {
            "model_path": str(run / "model"),
            "train_steps": 1_000_000,
            "save_checkpoint_steps": 100,
            "keep_checkpoint": 2,
            "valid_steps": 1_000_000,
            "batch_type": "tokens",
            "batch_size": 4096,
            "bucket_size": 32768,
            "num_workers": 0,
            "optim": "adam",
            "learning_rate": 0.001,
            "max_grad_norm": 1,
            "dropout": [0.1],
            "label_smoothing": 0.1,
            "compute_dtype": "fp32",
            "world_size": 1,
            "gpu_ranks": [],
        },
    }
