"""Windows of the input: sizes, reading ahead, pauses and errors."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from seq2seq.translation.windows import MAX_WINDOW, full_windows, windows_at_hand


@pytest.mark.parametrize("cut", [full_windows, windows_at_hand])
@pytest.mark.parametrize("count", [0, 1, 32, 33, 288, 289, 288 + MAX_WINDOW, 10_000])
def test_every_item_comes_once_and_in_order(cut, count: int) -> None:
    found = list(cut(iter(range(count))))
    assert [item for window in found for item in window] == list(range(count))
    assert all(found)


def test_full_windows_are_full_and_the_first_small() -> None:
    assert [len(window) for window in full_windows(range(5000))] == [32, 256, 2048, 2048, 616]


def test_available_windows_are_full_when_input_is_fast() -> None:
    found = windows_at_hand(range(5000), pause=60)
    assert [len(window) for window in found] == [32, 256, 2048, 2048, 616]


def test_a_full_window_is_read_when_it_is_asked_for() -> None:
    source = iter(range(10_000))
    found = full_windows(source)
    next(found)
    assert next(source) == 32
    next(found)
    assert next(source) == 32 + 1 + 256


def test_no_more_than_a_window_is_read_ahead() -> None:
    read: list[int] = []
    full = threading.Event()

    def items() -> Iterator[int]:
        for number in range(10_000):
            read.append(number)
            if len(read) > 32 + MAX_WINDOW:
                full.set()
            yield number

    found = windows_at_hand(items())
    taken = len(next(found))
    assert full.wait(10)
    # The reader already holds one item.
    assert not threading.Event().wait(0.05)
    assert len(read) <= taken + MAX_WINDOW + 1


def test_items_before_a_pause_do_not_wait() -> None:
    more = threading.Event()

    def items() -> Iterator[str]:
        yield "a"
        yield "b"
        assert more.wait(10)
        yield "c"

    found = windows_at_hand(items(), pause=0.02)
    first = next(found)
    if first == ["a"]:  # the machine itself paused
        first += next(found)
    assert first == ["a", "b"]
    more.set()
    assert list(found) == [["c"]]


@pytest.mark.parametrize("cut", [full_windows, windows_at_hand])
def test_an_error_of_the_input_is_raised_here(cut) -> None:
    def items() -> Iterator[int]:
        yield from range(32)
        raise KeyError("damaged")

    found = cut(items())
    assert next(found) == list(range(32))
    with pytest.raises(KeyError, match="damaged"):
        next(found)
