"""Limits of clients."""

from __future__ import annotations

import pytest

pytest.importorskip("starlette")

from seq2seq.serving import rate_limit
from seq2seq.serving.errors import RequestError
from seq2seq.serving.rate_limit import RateLimit, client_name


def test_a_client_may_send_a_minutes_requests_at_once_and_then_waits() -> None:
    now = 0.0
    rates = RateLimit(lambda: now)
    for _ in range(6):
        rates.take("a", limit=6)
    with pytest.raises(RequestError) as refused:
        rates.take("a", limit=6)
    assert (refused.value.status, refused.value.retry_after) == (429, 10)
    rates.take("b", limit=6)
    now = 10.0
    rates.take("a", limit=6)
    with pytest.raises(RequestError):
        rates.take("a", limit=6)
    rates.take("a", limit=0)


def test_memory_is_bounded() -> None:
    rates = RateLimit()
    for number in range(rate_limit.MAX_CLIENTS + 10):
        rates.take(str(number), limit=1)
    assert len(rates._buckets) == rate_limit.MAX_CLIENTS


def test_an_address_is_that_of_a_client() -> None:
    assert client_name("192.0.2.1") == "192.0.2.1"
    assert client_name("2001:db8::1") == client_name("2001:db8::2") != client_name("2001:db9::1")
    assert client_name("fe80::1%eth0") == client_name("fe80::1")
    assert client_name("testclient") == "testclient"
