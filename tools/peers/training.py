"""Contract of a toolkit whose training speed is compared with ours."""

from __future__ import annotations

import re
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from peers.contract import PeerError, PeerText
from seq2seq import Config

LINES = 30
"""Number of lines with a rate in the log of a run, of this toolkit as well."""

MINUTES = 60.0
"""Minutes after which a run is stopped; its log has fewer lines then."""

ATTENTIONS = {"luong-general": "general", "luong-dot": "dot", "bahdanau": "mlp"}
"""Attentions as OpenNMT-py and eole call them."""


class TrainingPeer(Protocol):
    """Toolkit whose training is timed."""

    @property
    def version(self) -> str:
        """Its name and version."""

    def install(self) -> None:
        """Install the toolkit, unless it is installed."""

    def training_rate(self, text: PeerText, config: Config, *, steps: int, threads: int) -> float:
        """Train the network of a configuration; return target tokens/s without padding."""


def steady_rate(rates: Sequence[float], log: Path) -> float:
    """Return the median rate of a log without its first quarter, in which memory is allocated.

    Raises:
        PeerError: The log has too few rates.
    """
    if len(rates) < 4:
        raise PeerError(f"{log}: {len(rates)} rates; train for more steps")
    return statistics.median(rates[len(rates) // 4 :])


def onmt_rates(log: str) -> list[float]:
    """Return the target tokens per second of each line of a log of OpenNMT-py or eole."""
    return [float(rate) for rate in re.findall(r"[\d.]+/ *([\d.]+) tok/s", log)]


def onmt_batches(config: Config) -> dict[str, Any]:
    """Return the batch size as OpenNMT-py and eole read it: of sentences or of tokens.

    Both count tokens as this toolkit does: the number of sentences times the longest side.
    """
    sentences = config.training.batch_sentences
    if sentences is not None:
        return {"batch_type": "sents", "batch_size": sentences}
    return {"batch_type": "tokens", "batch_size": config.training.batch_tokens}


def attention_of(config: Config) -> str:
    """Return the attention as OpenNMT-py and eole call it.

    Raises:
        PeerError: They do not have it.
    """
    name = config.model.attention
    if name not in ATTENTIONS:
        raise PeerError(f"the peers have no attention {name!r}; use {', '.join(ATTENTIONS)}")
    return ATTENTIONS[name]
