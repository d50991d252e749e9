"""Settings of a run, section by section: names, ranges, defaults and descriptions.

Each section has a file of its own. A description says what the setting does and its unit;
docs/reference/effects.yaml has the effects that were measured. None of these files imports torch,
so that a mistyped key is reported at once.
"""

from __future__ import annotations

from seq2seq.config.data_settings import DataConfig
from seq2seq.config.decoding_settings import DecodingConfig
from seq2seq.config.model_settings import ModelConfig
from seq2seq.config.section import Section
from seq2seq.config.text_settings import TextConfig
from seq2seq.config.tokenizer_settings import TokenizerConfig, is_joint
from seq2seq.config.training_settings import TrainingConfig

__all__ = [
    "DataConfig",
    "DecodingConfig",
    "ModelConfig",
    "Section",
    "TextConfig",
    "TokenizerConfig",
    "TrainingConfig",
    "is_joint",
]
