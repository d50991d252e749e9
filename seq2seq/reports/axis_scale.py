"""Scale: the range of an axis, the places of values on it, and its ticks in plain numbers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

MAX_PLAIN = 6
"""Powers of ten up to this one, and down to its inverse, are written out: 0.01, not 1e-02."""


@dataclass(frozen=True)
class Scale:
    """Range of an axis.

    Attributes:
        low: Value at the beginning of the axis.
        high: Value at its end, larger than `low`.
        log: True if equal distances are equal ratios; then both values are positive.
    """

    low: float
    high: float
    log: bool = False

    @classmethod
    def of(cls, values: Iterable[float], *, log: bool, margin: float = 0.04) -> Scale:
        """Return a scale that holds all values.

        Args:
            values: Finite values, positive ones if `log`; without any, the scale is 0 to 1 or 1 to
                10.
            log: Make the scale logarithmic.
            margin: Fraction of the range that is added at either end.

        Returns:
            The scale.
        """
        places = [math.log10(value) if log else value for value in values] or [0.0, 1.0]
        low = min(places)
        high = max(places)
        if math.isclose(low, high, rel_tol=1e-9, abs_tol=1e-300):
            wider = 0.5 if log else abs(low) / 2 or 0.5
            low -= wider
            high += wider
        added = margin * (high - low)
        low -= added
        high += added
        return cls(_power(low), _power(high), log=True) if log else cls(low, high)

    def place(self, value: float) -> float:
        """Return where a value is: 0 at the beginning of the axis, 1 at its end."""
        if self.log:
            low = math.log10(self.low)
            return (math.log10(value) - low) / (math.log10(self.high) - low)
        return (value - self.low) / (self.high - self.low)

    def ticks(self, count: int) -> list[float]:
        """Return round values on the axis, at most about as many as asked for, at least two."""
        if not self.log:
            return _linear_ticks(self.low, self.high, count)
        first = math.ceil(math.log10(self.low) - 1e-9)
        last = math.floor(math.log10(self.high) + 1e-9)
        if last - first + 1 > count:
            return _power_ticks(first, last, count)
        for digits in ((1,), (1, 3), (1, 2, 5), range(1, 10)):
            found = [
                float(f"{digit}e{power}")
                for power in range(first - 1, last + 1)
                for digit in digits
                if self.low <= float(f"{digit}e{power}") <= self.high
            ]
            if (3 if count > 4 else 2) <= len(found) <= 2 * count + 2:
                return found
        return _linear_ticks(self.low, self.high, count)


_STRIDES = (1, 2, 3, 5, 10, 20, 30, 50, 100, 200)
"""Distances between ticks, in powers of ten."""


def _power(exponent: float) -> float:
    """Return 10 to this power, within the range of floating-point numbers."""
    if exponent == int(exponent) and -300 <= exponent <= 300:
        return float(f"1e{int(exponent)}")  # exactly the number that is written so
    return math.pow(10.0, min(max(exponent, -307.0), 307.0))


def _power_ticks(first: int, last: int, count: int) -> list[float]:
    """Return powers of ten at equal distances, of exponents within a range of at least one."""
    ticks = [_power(first), _power(last)]
    for stride in _STRIDES:
        powers = range(-(-first // stride) * stride, last + 1, stride)
        if len(powers) >= 2:
            ticks = [_power(power) for power in powers]
        if len(powers) <= count:
            break
    return ticks


def _linear_ticks(low: float, high: float, count: int) -> list[float]:
    """Return the multiples of 1, 2 or 5 times a power of ten within a range."""
    rough = (high - low) / max(1, count)
    power = 10.0 ** math.floor(math.log10(rough))
    steps = [digit * power for digit in (1, 2, 5, 10)]
    step = next(each for each in steps if each >= rough * (1 - 1e-9))
    if 2 * step > high - low:  # perhaps only one multiple is within the range
        step /= 2 if step in (steps[1], steps[3]) else 2.5
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [float(f"{number * step:.12g}") for number in range(first, last + 1)]


def tick_texts(ticks: Sequence[float]) -> list[str]:
    """Write ticks as plain numbers, with as many digits as tell them apart."""
    texts: list[str] = []
    for digits in range(6, 18):
        texts = [plain(tick, digits) for tick in ticks]
        if len(set(texts)) == len(ticks):
            break
    return texts


def plain(value: float, digits: int = 6) -> str:
    """Write a number without a power of ten where it has few zeros: 0.01, 25,000, 2e−40.

    Args:
        value: The number.
        digits: Number of significant digits; zeros at the end are left out.

    Returns:
        The number with commas between thousands and a minus sign, as text is set.
    """
    rounded = float(f"{value:.{digits}g}")
    if not math.isfinite(rounded):
        return {math.inf: "∞", -math.inf: "−∞"}.get(rounded, "not a number")
    if rounded == 0:
        return "0"
    exponent = math.floor(math.log10(abs(rounded)))
    if -MAX_PLAIN <= exponent <= MAX_PLAIN:
        decimals = max(0, digits - 1 - exponent)
        text = f"{rounded:,.{decimals}f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
    else:
        mantissa, _, power = f"{rounded:.{digits - 1}e}".partition("e")
        mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
        text = f"{mantissa}e{int(power)}"
    return text.replace("-", "−")
