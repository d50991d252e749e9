"""Calibration of the confidence of a model on its dev pairs."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from seq2seq.metrics.ranking_area import area_under_curve
from seq2seq.metrics.sentence_chrf import sentence_chrf
from seq2seq.translation.fit_confidence import fit_confidence
from seq2seq.translation.made_up_sources import made_up_sources
from seq2seq.translation.translator import Translator
from seq2seq.translation.values import Source

log = logging.getLogger("seq2seq.translation")

GOOD_CHRF = 30.0
"""Minimum chrF of a good translation."""

MIN_PAIRS = 50
"""Minimum number of pairs of ordinary text."""

MAX_PAIRS = 1_000
"""Maximum number of pairs of ordinary text; more are thinned out evenly."""

MADE_UP = 0.5
"""Number of made-up sources per pair of ordinary text."""

TextPair = tuple[str | Source, str]
"""Text, or a Source with its target language, and its reference."""


@dataclass(frozen=True)
class Calibration:
    """Figures of a calibration.

    Attributes:
        plain: Number of sentences of ordinary text.
        bad: Number of bad translations among those.
        made_up: Number of made-up sources.
        area: Area under the ROC curve for ordinary text, for sentences that were not fitted.
        area_all: The same for ordinary text and made-up sources.
        threshold: Confidence below which a translation is reported.
        seconds: Time that it took.
    """

    plain: int
    bad: int
    made_up: int
    area: float
    area_all: float
    threshold: float
    seconds: float


@dataclass(frozen=True)
class _Judged:
    """Features of translations, whether each is good, and whether its source is ordinary text."""

    features: list[tuple[float, ...]]
    good: list[bool]
    plain: list[bool]

    def only(self, rows: Sequence[int]) -> _Judged:
        return _Judged(
            [self.features[row] for row in rows],
            [self.good[row] for row in rows],
            [self.plain[row] for row in rows],
        )


def calibrate_confidence(
    model: str | Path, *, pairs: Sequence[TextPair], foreign: bool = True, device: str = "cpu"
) -> Calibration | None:
    """Calibrate the confidence of a model, and write it to confidence.json in its directory.

    The model translates pairs of ordinary text and made-up sources. A translation is good if its
    chrF is at least `GOOD_CHRF`.

    Args:
        model: Model directory.
        pairs: Pairs that the model was not trained on, such as its dev pairs.
        foreign: If true, the language of the references is foreign as a source.
        device: Device to compute on.

    Returns:
        Figures; None if there are fewer than `MIN_PAIRS` pairs of a single sentence, in which case
        nothing is written.

    Raises:
        CheckpointError: The model is damaged.
        StorageError: Its directory cannot be written.
    """
    started = time.perf_counter()
    directory = Path(model)
    if len(pairs) < MIN_PAIRS:
        return None
    alone = {"language_model": None}  # whose path might be outside the directory
    translator = Translator.from_pretrained(directory, device=device, decoding=alone)
    judged = _judge(translator, _thinned(pairs, MAX_PAIRS), foreign=foreign)
    plain = [row for row, is_plain in enumerate(judged.plain) if is_plain]
    if len(plain) < MIN_PAIRS:
        return None
    found = fit_confidence(judged.features, good=judged.good, plain=judged.plain)
    found.save(directory)
    held_out = _held_out(judged)
    return Calibration(
        plain=len(plain),
        bad=sum(1 for row in plain if not judged.good[row]),
        made_up=len(judged.plain) - len(plain),
        area=area_under_curve([held_out[row] for row in plain], judged.only(plain).good),
        area_all=area_under_curve(held_out, judged.good),
        threshold=found.threshold,
        seconds=time.perf_counter() - started,
    )


def log_calibration(found: Calibration | None) -> None:
    """Log the figures of a calibration, or that there was none."""
    if found is None:
        log.info("no confidence: fewer than %d dev pairs of a single sentence", MIN_PAIRS)
        return
    log.info(
        "confidence calibrated on %d dev sentences (%d of them bad) and %d made-up ones in %.0f s; "
        "area under the curve %.3f, with made-up ones %.3f; threshold %.3f",
        found.plain,
        found.bad,
        found.made_up,
        found.seconds,
        found.area,
        found.area_all,
        found.threshold,
    )


def _judge(translator: Translator, pairs: Sequence[TextPair], *, foreign: bool) -> _Judged:
    """Translate ordinary text and made-up sources, and judge the translations."""
    made_up = _made_up(_thinned(pairs, round(MADE_UP * len(pairs))), foreign=foreign)
    everything = [*pairs, *made_up]
    results = translator.with_features([source for source, _ in everything])
    scores = sentence_chrf(
        [translation.text for translation, _ in results],
        [reference for _, reference in everything],
    )
    judged = _Judged([], [], [])
    for row, ((_, features), score) in enumerate(zip(results, scores, strict=True)):
        if features is None:  # copied, or several sentences
            continue
        judged.features.append(features)
        judged.good.append(score >= GOOD_CHRF)
        judged.plain.append(row < len(pairs))
    return judged


def _made_up(pairs: Sequence[TextPair], *, foreign: bool) -> list[TextPair]:
    """Return pairs with made-up sources, which keep their target language."""
    sources = [Source(one) if isinstance(one, str) else one for one, _ in pairs]
    texts = [(one.text, reference) for one, (_, reference) in zip(sources, pairs, strict=True)]
    changed = made_up_sources(texts, foreign=foreign)
    return [
        (Source(text, to=one.to), reference)
        for one, (text, reference) in zip(sources, changed, strict=True)
    ]


def _held_out(judged: _Judged) -> list[float]:
    """Return the confidence in each translation, fitted to the other half of them."""
    rows = range(len(judged.good))
    found = [0.0] * len(rows)
    for half in (0, 1):
        others = judged.only([row for row in rows if row % 2 != half])
        fitted = fit_confidence(others.features, good=others.good, plain=others.plain)
        for row in rows[half::2]:
            found[row] = fitted.of(judged.features[row])
    return found


def _thinned(pairs: Sequence[TextPair], count: int) -> Sequence[TextPair]:
    """Return at most `count` pairs, evenly spaced."""
    if len(pairs) <= count:
        return pairs
    return [pairs[place * len(pairs) // count] for place in range(count)]
