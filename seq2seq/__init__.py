"""Recurrent sequence-to-sequence translation.

    from seq2seq import Translator

    translator = Translator.from_pretrained("runs/sample_es_en")
    print(translator.translate("casa de papel"))

All public names are here, and the contracts for extensions are in `seq2seq.plugins`; other modules
may change without notice. A name is loaded when it is first used: importing `seq2seq` imports no
torch.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from seq2seq.errors import (
    CheckpointError,
    ConfigError,
    DataError,
    Seq2SeqError,
    StorageError,
    TrainingError,
)
from seq2seq.version import __version__

if TYPE_CHECKING:
    from seq2seq.classification.classifier import Classification, Classifier
    from seq2seq.cli.run import run_recipe
    from seq2seq.config.config import Config
    from seq2seq.data.augmentation.augment import augment
    from seq2seq.data.augmentation.recombine import recombine_sources
    from seq2seq.data.corpus.corpus import Corpus
    from seq2seq.data.corpus.readers import TextOptions
    from seq2seq.data.tokenizers.vocabulary import Vocabulary
    from seq2seq.description.describer import Describer, Description, DescriptionChoice
    from seq2seq.description.scores import DescriptionScores
    from seq2seq.evaluation.compare import compare
    from seq2seq.evaluation.evaluate import evaluate
    from seq2seq.evaluation.training_runs import report
    from seq2seq.language_model.language_model import Continuation, LanguageModel
    from seq2seq.language_model.perplexity import Perplexity
    from seq2seq.metrics.label_scores import LabelScores
    from seq2seq.metrics.scores import Score
    from seq2seq.model_directory.average import average
    from seq2seq.model_directory.hub import push_to_hub
    from seq2seq.model_directory.learn_shortlist import shortlist
    from seq2seq.model_directory.quantize import quantize
    from seq2seq.models import diagnostics
    from seq2seq.reports import plots
    from seq2seq.reports.classification_report import ClassificationReport
    from seq2seq.reports.compared import ComparedScore, ComparedSystem
    from seq2seq.reports.comparison_report import ComparisonReport
    from seq2seq.reports.evaluation_report import EvaluationReport
    from seq2seq.reports.training_report import TrainingReport
    from seq2seq.runtime.plugins import MissingPluginError
    from seq2seq.runtime.progress import track
    from seq2seq.training.outcome import Outcome
    from seq2seq.training.run import train
    from seq2seq.translation.calibrate_confidence import Calibration, calibrate_confidence
    from seq2seq.translation.document_translation import DocumentReport
    from seq2seq.translation.options import TranslatorOptions
    from seq2seq.translation.translator import Translator
    from seq2seq.translation.values import Alternative, AttentionMatrix, Source, Term, Translation

_HOMES = {
    "Alternative": "seq2seq.translation.values",
    "AttentionMatrix": "seq2seq.translation.values",
    "Calibration": "seq2seq.translation.calibrate_confidence",
    "Classification": "seq2seq.classification.classifier",
    "ClassificationReport": "seq2seq.reports.classification_report",
    "Classifier": "seq2seq.classification.classifier",
    "ComparedScore": "seq2seq.reports.compared",
    "ComparedSystem": "seq2seq.reports.compared",
    "ComparisonReport": "seq2seq.reports.comparison_report",
    "Config": "seq2seq.config.config",
    "Continuation": "seq2seq.language_model.language_model",
    "Corpus": "seq2seq.data.corpus.corpus",
    "Describer": "seq2seq.description.describer",
    "Description": "seq2seq.description.describer",
    "DescriptionChoice": "seq2seq.description.describer",
    "DescriptionScores": "seq2seq.description.scores",
    "DocumentReport": "seq2seq.translation.document_translation",
    "EvaluationReport": "seq2seq.reports.evaluation_report",
    "LabelScores": "seq2seq.metrics.label_scores",
    "LanguageModel": "seq2seq.language_model.language_model",
    "MissingPluginError": "seq2seq.runtime.plugins",
    "Outcome": "seq2seq.training.outcome",
    "Perplexity": "seq2seq.language_model.perplexity",
    "Score": "seq2seq.metrics.scores",
    "Source": "seq2seq.translation.values",
    "Term": "seq2seq.translation.values",
    "TextOptions": "seq2seq.data.corpus.readers",
    "TrainingReport": "seq2seq.reports.training_report",
    "Translation": "seq2seq.translation.values",
    "Translator": "seq2seq.translation.translator",
    "TranslatorOptions": "seq2seq.translation.options",
    "Vocabulary": "seq2seq.data.tokenizers.vocabulary",
    "augment": "seq2seq.data.augmentation.augment",
    "average": "seq2seq.model_directory.average",
    "calibrate_confidence": "seq2seq.translation.calibrate_confidence",
    "compare": "seq2seq.evaluation.compare",
    "diagnostics": "seq2seq.models",
    "evaluate": "seq2seq.evaluation.evaluate",
    "plots": "seq2seq.reports",
    "push_to_hub": "seq2seq.model_directory.hub",
    "quantize": "seq2seq.model_directory.quantize",
    "recombine_sources": "seq2seq.data.augmentation.recombine",
    "report": "seq2seq.evaluation.training_runs",
    "run_recipe": "seq2seq.cli.run",
    "shortlist": "seq2seq.model_directory.learn_shortlist",
    "track": "seq2seq.runtime.progress",
    "train": "seq2seq.training.run",
}
"""Module of each public name that is loaded when it is first used."""

_MODULES = {"diagnostics", "plots"}
"""Public names that are modules themselves."""

_EVALUATING = {"evaluation", "metrics", "reports"}
"""Rooms that need the extra `evaluate`; others that need more than the base need `train`."""

__all__ = [
    "Alternative",
    "AttentionMatrix",
    "Calibration",
    "CheckpointError",
    "Classification",
    "ClassificationReport",
    "Classifier",
    "ComparedScore",
    "ComparedSystem",
    "ComparisonReport",
    "Config",
    "ConfigError",
    "Continuation",
    "Corpus",
    "DataError",
    "Describer",
    "Description",
    "DescriptionChoice",
    "DescriptionScores",
    "DocumentReport",
    "EvaluationReport",
    "LabelScores",
    "LanguageModel",
    "MissingPluginError",
    "Outcome",
    "Perplexity",
    "Score",
    "Seq2SeqError",
    "Source",
    "StorageError",
    "Term",
    "TextOptions",
    "TrainingError",
    "TrainingReport",
    "Translation",
    "Translator",
    "TranslatorOptions",
    "Vocabulary",
    "__version__",
    "augment",
    "average",
    "calibrate_confidence",
    "compare",
    "diagnostics",
    "evaluate",
    "plots",
    "push_to_hub",
    "quantize",
    "recombine_sources",
    "report",
    "run_recipe",
    "shortlist",
    "track",
    "train",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'seq2seq' has no attribute {name!r}")
    try:
        if name in _MODULES:
            return importlib.import_module(f"{_HOMES[name]}.{name}")
        return getattr(importlib.import_module(_HOMES[name]), name)
    except ModuleNotFoundError as error:
        raise _with_advice(error, name) from None


def _with_advice(error: ModuleNotFoundError, name: str) -> ModuleNotFoundError:
    """Return the error with the extra to install, if there is one for the missing package."""
    from seq2seq.runtime.extras import advice, is_optional

    missing = error.name or ""
    if not is_optional(missing):
        return error
    extra = "evaluate" if _HOMES[name].split(".")[1] in _EVALUATING else "train"
    message = f"seq2seq.{name} needs {missing}, which is not installed: {advice(extra)}"
    return ModuleNotFoundError(message, name=missing)


def __dir__() -> list[str]:
    return sorted(__all__)
