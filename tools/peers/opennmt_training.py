"""OpenNMT-py 3.5.1 as a peer in training: its log has the rate of every few steps."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import yaml

from peers import opennmt
from peers.contract import PeerText
from peers.training import LINES, MINUTES, attention_of, onmt_batches, onmt_rates, steady_rate
from seq2seq import Config


@dataclass(frozen=True)
class OpenNMTTraining:
    """OpenNMT-py with the network of a configuration of this toolkit, in fp32."""

    folder: Path
    version: ClassVar[str] = "OpenNMT-py 3.5.1"

    def install(self) -> None:
        """Install it; see TrainingPeer."""
        opennmt.environment(self.folder).create()

    def training_rate(self, text: PeerText, config: Config, *, steps: int, threads: int) -> float:
        """Train for some steps; see TrainingPeer."""
        run = self.folder / "speed"
        run.mkdir(parents=True, exist_ok=True)
        path = run / "config.yaml"
        options = configuration(run, text, config, steps)
        path.write_text(yaml.safe_dump(options), encoding="utf-8")
        place = opennmt.environment(self.folder)
        log = run / "train.log"
        place.run_for(MINUTES, ["onmt_train", "-config", str(path)], threads=threads, log=log)
        return steady_rate(onmt_rates(log.read_text(encoding="utf-8")), log)


def configuration(run: Path, text: PeerText, config: Config, steps: int) -> dict[str, Any]:
    """Return the options of `onmt_train`."""
    model = config.model
    return {
        **opennmt.options(run, text),
        **opennmt.TRAINING,
        **opennmt.RECURRENT,
        **onmt_batches(config),
        "train_steps": steps,
        "save_checkpoint_steps": steps,
        "report_every": max(1, steps // LINES),
        "rnn_type": model.cell.upper(),
        "enc_layers": model.encoder_layers,
        "dec_layers": model.decoder_layers,
        "word_vec_size": model.embedding_size,
        "hidden_size": model.hidden_size,
        "global_attention": attention_of(config),
        "input_feed": int(model.decoder_order == "input-feeding"),
        "dropout": [model.dropout],
        "learning_rate": config.training.learning_rate,
        "label_smoothing": config.training.label_smoothing,
    }
