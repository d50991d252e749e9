"""All search strategies of the package, and the choice of one by settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seq2seq.decoding import beam, diverse, greedy, sampling  # noqa: F401 - registers them
from seq2seq.decoding.search import STRATEGIES, Strategy


def make_strategy(settings: Mapping[str, Any]) -> Strategy:
    """Build the search strategy that decoding settings describe.

    Args:
        settings: Settings of the section `decoding`, by name. If `mbr` is larger than `nbest`, the
            search finds `mbr` candidates.

    Returns:
        The strategy.

    Raises:
        ConfigError: The strategy is unknown, or the settings cannot be combined.
    """
    candidates = max(settings["nbest"], settings["mbr"])
    return STRATEGIES[settings["strategy"]].from_settings({**settings, "nbest": candidates})
