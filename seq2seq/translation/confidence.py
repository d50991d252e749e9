"""Confidence of a model in its translations: a logistic regression on evidence, kept in a file.

The file confidence.json is a JSON object. An implementation in another language needs this:

    format     1
    features   for each name in `FEATURES`: mean, scale and weight
    deviation  weight of the distance of the length from the usual one
    bias       term without a feature
    threshold  confidence below which a translation may be wrong

A feature is standardized: z = (value - mean) / scale, limited to -LIMIT and LIMIT. The confidence
is the logistic function of bias + sum of weight * z + deviation * |z of "length"|.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from seq2seq.errors import CheckpointError
from seq2seq.model_directory.manifest import sealing
from seq2seq.model_directory.names import CONFIDENCE
from seq2seq.runtime.atomic_file import atomic_write
from seq2seq.runtime.saved_file import field, read_json, write_json
from seq2seq.translation.evidence import FEATURES

FORMAT = 1
"""Version of confidence.json."""

LIMIT = 5.0
"""Largest absolute value of a standardized feature."""

_LENGTH = FEATURES.index("length")


@dataclass(frozen=True)
class Confidence:
    """Logistic regression that gives the probability that a translation is good.

    Attributes:
        means: Mean of each feature, in the order of `FEATURES`.
        scales: Scale of each feature.
        weights: Weight of each standardized feature.
        deviation: Weight of the distance of the length from the usual one.
        bias: Term without a feature.
        threshold: Confidence below which a translation may be wrong.
    """

    means: Sequence[float]
    scales: Sequence[float]
    weights: Sequence[float]
    deviation: float
    bias: float
    threshold: float

    def of(self, features: Sequence[float]) -> float:
        """Return the confidence in a translation, from 0 to 1.

        Args:
            features: See `Evidence.features`.
        """
        columns = zip(features, self.means, self.scales, strict=True)
        standardized = [standardize(value, mean, scale) for value, mean, scale in columns]
        total = self.bias + self.deviation * abs(standardized[_LENGTH])
        for weight, value in zip(self.weights, standardized, strict=True):
            total += weight * value
        return logistic(total)

    def save(self, directory: Path) -> None:
        """Write confidence.json into a model directory; raise StorageError if that fails."""
        columns = zip(FEATURES, self.means, self.scales, self.weights, strict=True)
        content: dict[str, object] = {
            "format": FORMAT,
            "features": {
                name: {"mean": mean, "scale": scale, "weight": weight}
                for name, mean, scale, weight in columns
            },
            "deviation": self.deviation,
            "bias": self.bias,
            "threshold": self.threshold,
        }
        with sealing(directory, CONFIDENCE):
            atomic_write(directory / CONFIDENCE, lambda path: write_json(path, content))


def load_confidence(directory: Path) -> Confidence | None:
    """Read confidence.json of a model directory.

    Args:
        directory: Model directory.

    Returns:
        The regression; None if the model has none.

    Raises:
        CheckpointError: The file is damaged.
    """
    path = directory / CONFIDENCE
    if not path.exists():
        return None
    saved = read_json(path)
    if saved.get("format") != FORMAT:
        raise CheckpointError(
            f"{path}: format {saved.get('format')!r}, but this version reads {FORMAT}"
        )
    features = field(saved, "features", dict, path)
    if unknown := sorted(set(features).symmetric_difference(FEATURES)):
        raise CheckpointError(f"{path}: damaged: {unknown[0]!r} is missing or is no known feature")
    entries = [field(features, name, dict, path) for name in FEATURES]
    scales = [_number(entry, "scale", path) for entry in entries]
    if min(scales) <= 0:
        raise CheckpointError(f"{path}: damaged: the scale of a feature is not positive")
    return Confidence(
        means=[_number(entry, "mean", path) for entry in entries],
        scales=scales,
        weights=[_number(entry, "weight", path) for entry in entries],
        deviation=_number(saved, "deviation", path),
        bias=_number(saved, "bias", path),
        threshold=_number(saved, "threshold", path),
    )


def standardize(value: float, mean: float, scale: float) -> float:
    """Return a standardized feature, within the limits."""
    return max(-LIMIT, min(LIMIT, (value - mean) / scale))


def logistic(value: float) -> float:
    """Return the logistic function of any finite number."""
    if value >= 0:
        return 1 / (1 + math.exp(-value))
    power = math.exp(max(value, -700.0))
    return power / (1 + power)


def _number(entry: Mapping[str, object], key: str, path: Path) -> float:
    """Return a finite number; raise CheckpointError if there is none."""
    value = entry.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise CheckpointError(f"{path}: {key!r} is missing or is not a number")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not abs(number) < 1e9:
        raise CheckpointError(f"{path}: {key!r} is {value!r:.40}, not a number of usual size")
    return number
