"""METRICS: the metrics that evaluations can compute, in the order in which reports show them."""

from __future__ import annotations

from seq2seq.metrics.error_rates import PhonemeErrorRate, WordErrorRate
from seq2seq.metrics.metric import Metric
from seq2seq.metrics.sacrebleu_adapter import Bleu, ChrF2, ChrF2PlusPlus, Ter
from seq2seq.registry import Registry

METRICS = Registry[type[Metric]]("metric")

for metric in (Bleu, ChrF2, ChrF2PlusPlus, Ter, PhonemeErrorRate, WordErrorRate):
    METRICS.register(metric.name)(metric)
