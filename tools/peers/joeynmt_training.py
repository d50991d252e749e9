"""JoeyNMT 2.3.0 as a peer in training: the network of a configuration of this toolkit."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import yaml

from peers.contract import PeerError, PeerText
from peers.joeynmt import JoeyNMT, tokens_per_second
from peers.joeynmt_translation import piece_configuration
from peers.training import LINES, steady_rate
from seq2seq import Config

RUN = "speed"
"""Name of the run."""

ATTENTIONS = {"luong-general": "luong", "bahdanau": "bahdanau"}


@dataclass(frozen=True)
class JoeyNMTTraining:
    """JoeyNMT with the network of a configuration of this toolkit, in fp32."""

    folder: Path
    version: ClassVar[str] = "JoeyNMT 2.3.0"

    def install(self) -> None:
        """Install it; see TrainingPeer."""
        JoeyNMT(self.folder, threads=1).install()

    def training_rate(self, text: PeerText, config: Config, *, steps: int, threads: int) -> float:
        """Train for some steps; see TrainingPeer."""
        path = self.folder / f"{RUN}.yaml"
        options = configuration(self.folder, text, config, steps)
        path.write_text(yaml.safe_dump(options), encoding="utf-8")
        toolkit = JoeyNMT(self.folder, threads)
        command = ["-m", "joeynmt", "train", str(path), "--skip-test"]
        toolkit.environment.run(command, threads=threads)
        return steady_rate(tokens_per_second(toolkit.log(RUN, "train")), self.folder / RUN)


def configuration(folder: Path, text: PeerText, config: Config, steps: int) -> dict[str, Any]:
    """Return the configuration of `joeynmt train`.

    Raises:
        PeerError: It has no such attention.
    """
    model = config.model
    if model.attention not in ATTENTIONS:
        raise PeerError(f"JoeyNMT has no attention {model.attention!r}")
    every = max(1, steps // LINES)
    sentences = config.training.batch_sentences
    training = {
        "batch_size": sentences or config.training.batch_tokens,
        "batch_type": "sentence" if sentences else "token",
        "updates": steps,
        "logging_freq": every,
        "validation_freq": every * 1_000_000,
        "learning_rate": config.training.learning_rate,
        "label_smoothing": config.training.label_smoothing,
    }
    options = piece_configuration(folder, RUN, text, training, {})
    for part, size in (("encoder", model.hidden_size // 2), ("decoder", model.hidden_size)):
        sizes = {"hidden_size": size, "num_layers": getattr(model, f"{part}_layers")}
        common = {"rnn_type": model.cell, "dropout": model.dropout}
        options["model"][part].update({**sizes, **common})
        embeddings = {"embedding_dim": model.embedding_size, "dropout": model.dropout}
        options["model"][part]["embeddings"] = embeddings
    options["model"]["decoder"].update(
        hidden_dropout=model.dropout,
        attention=ATTENTIONS[model.attention],
        input_feeding=model.decoder_order == "input-feeding",
    )
    return options
