"""Eole 0.5.3 as a peer in training: its log has the rate of every few steps."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import yaml

from peers import eole
from peers.contract import PeerText
from peers.training import LINES, MINUTES, attention_of, onmt_batches, onmt_rates, steady_rate
from seq2seq import Config


@dataclass(frozen=True)
class EoleTraining:
    """Eole with the network of a configuration of this toolkit, in fp32."""

    folder: Path
    version: ClassVar[str] = "eole 0.5.3"

    def install(self) -> None:
        """Install it; see TrainingPeer."""
        eole.environment(self.folder).create()

    def training_rate(self, text: PeerText, config: Config, *, steps: int, threads: int) -> float:
        """Train for some steps; see TrainingPeer."""
        run = self.folder / "speed"
        run.mkdir(parents=True, exist_ok=True)
        path = run / "config.yaml"
        options = configuration(run, text, config, steps)
        path.write_text(yaml.safe_dump(options), encoding="utf-8")
        place = eole.environment(self.folder)
        log = run / "train.log"
        place.run_for(MINUTES, ["eole", "train", "-c", str(path)], threads=threads, log=log)
        return steady_rate(onmt_rates(log.read_text(encoding="utf-8")), log)


def configuration(run: Path, text: PeerText, config: Config, steps: int) -> dict[str, Any]:
    """Return the configuration of `eole train`."""
    model = config.model
    options = eole.configuration(run, text)
    cell = {"rnn_type": model.cell.upper(), "hidden_size": model.hidden_size}
    encoder = {"encoder_type": "brnn", **cell, "layers": model.encoder_layers}
    decoder = {"decoder_type": "rnn", **cell, "layers": model.decoder_layers}
    decoder["global_attention"] = attention_of(config)
    return {
        **options,
        "report_every": max(1, steps // LINES),
        "model": {
            "architecture": "custom",
            "input_feed": int(model.decoder_order == "input-feeding"),
            "embeddings": {"word_vec_size": model.embedding_size},
            "encoder": encoder,
            "decoder": decoder,
        },
        "training": {
            **options["training"],
            **onmt_batches(config),
            "train_steps": steps,
            "save_checkpoint_steps": steps,
            "learning_rate": config.training.learning_rate,
            "label_smoothing": config.training.label_smoothing,
            "dropout": [model.dropout],
        },
    }
