"""Find out soon whether the Hugging Face Hub can be reached: its clients try for long."""

from __future__ import annotations

import threading

from huggingface_hub import constants, get_session

_PATIENCE = 3.0
"""Seconds for the Hub to answer. Unless it is asked first, `datasets` retries for 23."""


def reachable() -> bool:
    """Return whether the Hub answers the client (proxies, certificates) that would fetch data."""
    if constants.HF_HUB_OFFLINE:
        return False
    answered = threading.Event()

    def ask() -> None:
        try:
            get_session().head(constants.ENDPOINT, timeout=_PATIENCE)
        except Exception:  # of whichever library the hub's version has its client from
            return
        answered.set()

    # A thread, since the timeout does not cover the name's resolution, which can hang far longer.
    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(_PATIENCE + 0.5)
    return answered.is_set()


def why_unreachable() -> str:
    """Return why the Hub cannot be reached, as a clause for a message."""
    if constants.HF_HUB_OFFLINE:
        return "HF_HUB_OFFLINE is set"
    return f"{constants.ENDPOINT} does not answer"


def reason(error: BaseException) -> str:
    """Return what the Hub's client says of an error, as one short line."""
    return " ".join(str(error).split())[:200]
