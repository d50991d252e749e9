"""Whether the Hugging Face Hub can be reached, found out soon: its clients try for long before they
give up."""

from __future__ import annotations

import threading

from huggingface_hub import constants, get_session

_PATIENCE = 3.0  # seconds for the Hub to answer; without asking first, `datasets` retries for 23


def reachable() -> bool:
    """Ask the Hub for a sign of life, by the very client (proxies, certificates) that would fetch
    the data."""
    if constants.HF_HUB_OFFLINE:
        return False
    answered = threading.Event()

    def ask() -> None:
        try:
            get_session().head(constants.ENDPOINT, timeout=_PATIENCE)
        except Exception:  # of whichever library the hub's version has its client from
            return
        answered.set()

    # A thread, since the time-out does not cover the name's resolution, which can hang far longer.
    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(_PATIENCE + 0.5)
    return answered.is_set()
