"""Limit of the number of requests a minute of each client."""

from __future__ import annotations

import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable

from seq2seq.serving.errors import RequestError

MAX_CLIENTS = 10_000
"""Number of clients that are remembered; those that came last."""


class RateLimit:
    """Token bucket of each client: it may send a minute's requests at once, and then waits.

    Args:
        clock: Returns the time in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, client: str, *, limit: int) -> None:
        """Count a request of a client.

        Args:
            client: Name of the client, such as its address.
            limit: Maximum number of requests a minute; 0 for any number.

        Raises:
            RequestError: The client has sent too many.
        """
        if not limit:
            return
        now = self._clock()
        left, since = self._buckets.pop(client, (float(limit), now))
        left = min(float(limit), left + (now - since) * limit / 60)
        allowed = left >= 1
        self._buckets[client] = (left - 1 if allowed else left, now)
        while len(self._buckets) > MAX_CLIENTS:
            self._buckets.popitem(last=False)
        if not allowed:
            wait = math.ceil((1 - left) * 60 / limit)
            raise RequestError(
                429, f"too many requests: at most {limit} per minute", retry_after=wait
            )


def client_name(address: str) -> str:
    """Return the name of the client at an address; for IPv6 its network, which belongs to one."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:
        return address
    return str(ipaddress.ip_network((address.partition("%")[0], 64), strict=False))
