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
    from seq2seq.config.config import Config
    from seq2seq.data.corpus.corpus import Corpus
    from seq2seq.evaluation.evaluate import evaluate
    from seq2seq.evaluation.training_runs import report
    from seq2seq.training.run import train
    from seq2seq.translation.translator import Translator
    from seq2seq.translation.values import Translation

_LAZY = {
    "Config": "seq2seq.config.config",
    "Corpus": "seq2seq.data.corpus.corpus",
    "evaluate": "seq2seq.evaluation.evaluate",
    "report": "seq2seq.evaluation.training_runs",
    "Translation": "seq2seq.translation.values",
    "Translator": "seq2seq.translation.translator",
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
