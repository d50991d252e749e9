"""Untrained models of every architecture that the native engine supports, drawn at random."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import torch
from hypothesis import strategies as st

from seq2seq.config.config import Config
from seq2seq.config.model_settings import ModelConfig
from seq2seq.data.tokenizers.pair import TokenizerPair
from seq2seq.data.tokenizers.vocabulary import SPECIAL_TOKENS, Vocabulary
from seq2seq.data.tokenizers.words import WordTokenizer
from seq2seq.engine.interface import ATTENTIONS, CELLS, ORDERS, TYINGS
from seq2seq.model_directory.names import CONFIG, WEIGHTS
from seq2seq.model_directory.store import save_weights
from seq2seq.models.model import build_model


@dataclass(frozen=True)
class RandomModel:
    """Model to be made: its settings, its number of ids, and how its weights are drawn and kept."""

    settings: ModelConfig
    ids: int
    seed: int
    stored_in_int8: bool

    def save(self, directory: Path) -> Path:
        """Write the model and return its directory."""
        directory.mkdir()
        words = WordTokenizer(Vocabulary(f"w{i}" for i in range(self.ids - len(SPECIAL_TOKENS))))
        TokenizerPair(words, words).save(directory)
        config = Config.from_dict(
            {
                "data": {"train": "train.tsv", "dev": "dev.tsv"},
                "tokenizer": {"type": "word", "joint": True},
                # Other tasks read these two.
                "model": self.settings.model_dump(exclude={"pooling", "vector_layers"}),
            }
        )
        (directory / CONFIG).write_text(config.to_yaml())
        torch.manual_seed(self.seed)
        model = build_model(self.settings, self.ids, self.ids)
        with torch.no_grad():
            for weight in model.parameters():
                # Larger weights make rounding errors grow from step to step.
                scale = 0.5 / math.sqrt(weight.shape[1]) if weight.dim() == 2 else 0.2
                weight.add_(torch.randn_like(weight) * scale)
                if self.settings.cell == "elman-relu":  # nothing else bounds its states
                    weight.mul_(0.5)
        save_weights(model, directory / WEIGHTS, quantized=self.stored_in_int8)
        return directory


@st.composite
def random_models(draw: st.DrawFn) -> RandomModel:
    """Draw a model. Most of its widths are no multiples of the library's vectors."""
    heads = draw(st.sampled_from([1, 2, 4]))
    attention = draw(st.sampled_from([*ATTENTIONS, "luong-concat"]))
    additive = attention in ("bahdanau", "luong-concat")
    tying = draw(st.sampled_from(TYINGS))
    lexical = attention != "none" and draw(st.booleans())
    free_readout = tying == "none" and not lexical
    settings = ModelConfig(
        cell=draw(st.sampled_from(CELLS)),
        attention=attention,
        attention_heads=heads,
        coverage=additive and draw(st.booleans()),
        decoder_order=draw(st.sampled_from(ORDERS)),
        lexical_model=lexical,
        bidirectional=draw(st.booleans()),
        residual=draw(st.booleans()),
        scale_embeddings=draw(st.booleans()),
        weight_tying=tying,
        encoder_layers=draw(st.integers(1, 3)),
        decoder_layers=draw(st.integers(1, 3)),
        embedding_size=draw(st.integers(9, 40)),
        hidden_size=4 * draw(st.integers(4, 12)),
        readout_size=draw(st.none() | st.integers(9, 40)) if free_readout else None,
    )
    ids = draw(st.integers(20, 70))
    return RandomModel(settings, ids, draw(st.integers(0, 9999)), draw(st.booleans()))
