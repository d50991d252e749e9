"""Signals stop a training between two steps, however they come."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator

import pytest

from seq2seq.training import interrupt
from seq2seq.training.interrupt import Interrupt

STOPS = [signal.SIGINT, signal.SIGTERM, signal.SIGUSR1, signal.SIGHUP]


@pytest.fixture(autouse=True)
def same_handlers_after() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in STOPS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_signals_in_the_same_instant_are_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    reported: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", reported.append)
    with Interrupt() as found:
        signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
        for number in STOPS:
            os.kill(os.getpid(), number)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)
        assert found.signal in STOPS
    os.kill(os.getpid(), signal.SIGTERM)  # one more from a launcher, while the program ends
    assert not reported


@pytest.mark.parametrize("number", STOPS)
def test_a_later_signal_has_its_usual_effect(
    number: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(interrupt, "SAME", 0.0)

    def usual(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    signal.signal(number, usual)
    with Interrupt() as found:
        os.kill(os.getpid(), number)
        assert found.signal == number
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), number)
    assert signal.getsignal(number) is usual


def test_an_ignored_signal_stays_ignored() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as under nohup
    with Interrupt() as found:
        os.kill(os.getpid(), signal.SIGHUP)
        assert found.signal is None
