"""Contracts for plug-ins: the base classes, types and registries that they import.

    from seq2seq.plugins import CELLS, Cell

docs/EXTENDING.md has an example of each. A name is loaded when it is first used, so that a plug-in
with only a file reader does not import torch.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seq2seq.config.settings import TokenizerConfig
    from seq2seq.data.augmentation.aligner import Aligner
    from seq2seq.data.augmentation.augment import AUGMENTATIONS, Augmentation
    from seq2seq.data.corpus.readers import READERS, Column, PairFile, Reader, Row
    from seq2seq.data.tokenizers.base import SubwordSampling, Tokenizer
    from seq2seq.data.tokenizers.known_tokenizers import TOKENIZERS
    from seq2seq.data.tokenizers.vocabulary import SPECIAL_TOKENS
    from seq2seq.decoding.frontier import Frontier
    from seq2seq.decoding.hypothesis import Hypothesis
    from seq2seq.decoding.search import (
        STRATEGIES,
        SearchBatch,
        SearchState,
        StepFn,
        StepOutput,
        Strategy,
    )
    from seq2seq.documents.document import (
        FORMATS,
        Document,
        DocumentFormat,
        ReadOptions,
        Segment,
        Slot,
        SpanDocument,
        Target,
        slot,
    )
    from seq2seq.documents.encodings import Decoded, decode
    from seq2seq.documents.markup import Mark, Pieces, tagged, untagged
    from seq2seq.metrics.mean_metric import MeanMetric
    from seq2seq.metrics.metric import Counts, Metric, References, Scores, Totals
    from seq2seq.metrics.registry import METRICS
    from seq2seq.models.attention import ATTENTIONS, Attention
    from seq2seq.models.cells import CELLS, Cell, State
    from seq2seq.models.cells.cell import gated_linear, recurrent_linear
    from seq2seq.models.decoder import Decoder, DecoderState, Memory
    from seq2seq.models.decoders import DECODERS
    from seq2seq.training.optimizers import OPTIMIZERS
    from seq2seq.training.schedule import SCHEDULES
    from seq2seq.training.teacher_forcing import TEACHER_FORCING

# Each registry is imported from a module that also registers the built-in entries.
_MODULES = {
    "seq2seq.config.settings": ["TokenizerConfig"],
    "seq2seq.data.augmentation.aligner": ["Aligner"],
    "seq2seq.data.augmentation.augment": ["AUGMENTATIONS", "Augmentation"],
    "seq2seq.data.corpus.local_files": ["READERS"],
    "seq2seq.data.corpus.readers": ["Column", "PairFile", "Reader", "Row"],
    "seq2seq.data.tokenizers.base": ["SubwordSampling", "Tokenizer"],
    "seq2seq.data.tokenizers.known_tokenizers": ["TOKENIZERS"],
    "seq2seq.data.tokenizers.vocabulary": ["SPECIAL_TOKENS"],
    "seq2seq.decoding.frontier": ["Frontier"],
    "seq2seq.decoding.search": [
        "Hypothesis",
        "SearchBatch",
        "SearchState",
        "StepFn",
        "StepOutput",
        "Strategy",
    ],
    "seq2seq.decoding.strategies": ["STRATEGIES"],
    "seq2seq.documents.document": [
        "Document",
        "DocumentFormat",
        "ReadOptions",
        "Segment",
        "Slot",
        "SpanDocument",
        "Target",
        "slot",
    ],
    "seq2seq.documents.encodings": ["Decoded", "decode"],
    "seq2seq.documents.markup": ["Mark", "Pieces", "tagged", "untagged"],
    "seq2seq.documents.recognise": ["FORMATS"],
    "seq2seq.metrics.mean_metric": ["MeanMetric"],
    "seq2seq.metrics.metric": ["Counts", "Metric", "References", "Scores", "Totals"],
    "seq2seq.metrics.registry": ["METRICS"],
    "seq2seq.models.attention": ["ATTENTIONS", "Attention"],
    "seq2seq.models.cells": ["CELLS", "Cell", "State"],
    "seq2seq.models.cells.cell": ["gated_linear", "recurrent_linear"],
    "seq2seq.models.decoder": ["Decoder", "DecoderState", "Memory"],
    "seq2seq.models.decoders": ["DECODERS"],
    "seq2seq.training.optimizers": ["OPTIMIZERS"],
    "seq2seq.training.schedule": ["SCHEDULES"],
    "seq2seq.training.teacher_forcing": ["TEACHER_FORCING"],
}

_LAZY = {name: module for module, names in _MODULES.items() for name in names}

__all__ = [
    "ATTENTIONS",
    "AUGMENTATIONS",
    "CELLS",
    "DECODERS",
    "FORMATS",
    "METRICS",
    "OPTIMIZERS",
    "READERS",
    "SCHEDULES",
    "SPECIAL_TOKENS",
    "STRATEGIES",
    "TEACHER_FORCING",
    "TOKENIZERS",
    "Aligner",
    "Attention",
    "Augmentation",
    "Cell",
    "Column",
    "Counts",
    "Decoded",
    "Decoder",
    "DecoderState",
    "Document",
    "DocumentFormat",
    "Frontier",
    "Hypothesis",
    "Mark",
    "MeanMetric",
    "Memory",
    "Metric",
    "PairFile",
    "Pieces",
    "ReadOptions",
    "Reader",
    "References",
    "Row",
    "Scores",
    "SearchBatch",
    "SearchState",
    "Segment",
    "Slot",
    "SpanDocument",
    "State",
    "StepFn",
    "StepOutput",
    "Strategy",
    "SubwordSampling",
    "Target",
    "Tokenizer",
    "TokenizerConfig",
    "Totals",
    "decode",
    "gated_linear",
    "recurrent_linear",
    "slot",
    "tagged",
    "untagged",
]


def __getattr__(name: str) -> object:
    if name in _LAZY:
        return getattr(importlib.import_module(_LAZY[name]), name)
    raise AttributeError(f"module 'seq2seq.plugins' has no attribute {name!r}")
