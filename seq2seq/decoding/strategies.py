"""All search strategies of the package, and how settings choose one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seq2seq.decoding import beam, diverse, greedy, sampling  # noqa: F401 - they enter STRATEGIES
from seq2seq.decoding.search import STRATEGIES, Strategy


def make_strategy(settings: Mapping[str, Any]) -> Strategy:
    """Build the search strategy that decoding settings describe.

    Args:
        settings: Values by the names of the section `decoding`. With `mbr` the search finds that
            many candidates, if they are more than `nbest`.

    Returns:
        The strategy.

    Raises:
        ConfigError: There is no such strategy, or the settings cannot work together.
    """
    candidates = max(settings["nbest"], settings["mbr"])
    return STRATEGIES[settings["strategy"]].from_settings({**settings, "nbest": candidates})
