"""Recurrent sequence-to-sequence translation.

    from seq2seq import Translator
    translator = Translator.from_pretrained("runs/sample_es_en")
    print(translator.translate("casa de papel"))

The public names are loaded when they are first used: importing `seq2seq` imports no torch.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from seq2seq.errors import CheckpointError, ConfigError, DataError, Seq2SeqError, TrainingError
from seq2seq.version import __version__

if TYPE_CHECKING:
    from seq2seq.config import Config
    from seq2seq.data.corpus import Corpus
    from seq2seq.evaluator import evaluate
    from seq2seq.reporter import report
    from seq2seq.training.run import train
    from seq2seq.translation import Translation
    from seq2seq.translator import Translator

_LAZY = {
    "Config": "seq2seq.config",
    "Corpus": "seq2seq.data.corpus",
    "evaluate": "seq2seq.evaluator",
    "report": "seq2seq.reporter",
    "Translation": "seq2seq.translation",
    "Translator": "seq2seq.translator",
    "train": "seq2seq.training.run",
}

__all__ = [
    "CheckpointError",
    "Config",
    "ConfigError",
    "Corpus",
    "DataError",
    "Seq2SeqError",
    "TrainingError",
    "Translation",
    "Translator",
    "__version__",
    "evaluate",
    "report",
    "train",
]


def __getattr__(name: str) -> object:
    if name in _LAZY:
        return getattr(importlib.import_module(_LAZY[name]), name)
    raise AttributeError(f"module 'seq2seq' has no attribute {name!r}")
