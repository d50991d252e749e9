"""Faults planted in sound pairs are found, and sound pairs are left as they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from seq2seq.data.corpus.corpus import Corpus
from seq2seq.data.inspection.faults import (
    DUPLICATE,
    EMPTY,
    ENCODING,
    IDENTICAL,
    LANGUAGE,
    MISALIGNED,
    OVERLONG,
    RATIO,
    SCRIPT,
)
from seq2seq.data.inspection.inspect_pairs import CODES, Inspection, Rules, inspect_pairs

SAMPLE = Path(__file__).parents[3] / "recipes" / "sample_es_en" / "train.tsv"
PAIRS = list(Corpus.load(SAMPLE).first(2500).pairs())
RULES = Rules("es", "en", max_characters=300)


def inspect(pairs: list[tuple[str, str]]) -> Inspection:
    return inspect_pairs([one for one, _ in pairs], [two for _, two in pairs], RULES)


@pytest.mark.parametrize(
    ("pair", "fault"),
    [
        (("", "Nothing."), EMPTY),
        (("Nada.", " \u200b "), EMPTY),
        (("Nada. " * 60, "Nothing."), OVERLONG),
        (("Ma?ana voy a la playa.", "Tomorrow I go to the beach."), ENCODING),
        (("Sí.", "Yes, and there is much more to say about this matter."), RATIO),
        (("Rock and roll band", "rock and roll band."), IDENTICAL),
        (("Где находится вокзал?", "Where is the station?"), SCRIPT),
        (("Wir gehen morgen in die Schule.", "We go to school tomorrow."), LANGUAGE),
    ],
)
def test_a_fault_of_one_pair_is_named(pair: tuple[str, str], fault: str) -> None:
    assert inspect([*PAIRS[:100], pair]).faults[-1] == CODES[fault]


def test_swapped_pairs_are_put_right_and_misread_ones_are_read_again() -> None:
    pairs = list(PAIRS[:1000])
    swapped = pairs[10]
    pairs[10] = swapped[::-1]
    pairs.append(("El niÃ±o duerme.", "The boy sleeps."))
    found = inspect(pairs)
    assert (found.sources[10], found.targets[10]) == swapped
    assert np.flatnonzero(found.swapped).tolist() == [10]
    assert found.sources[-1] == "El niño duerme."
    assert found.repaired[-1]


def test_a_pair_is_a_duplicate_only_the_second_time() -> None:
    found = inspect([*PAIRS[:50], PAIRS[7]])
    assert found.faults[7] == 0
    assert found.faults[-1] == CODES[DUPLICATE]


def test_exchanged_targets_are_misaligned() -> None:
    pairs = list(dict.fromkeys(PAIRS))
    rows = list(range(100, 130))
    wrong = [*rows[1:], rows[0]]
    targets = [pairs[row][1] for row in wrong]
    for row, target in zip(rows, targets, strict=True):
        pairs[row] = (pairs[row][0], target)
    inspection = inspect(pairs)
    evidence = inspection.evidence[rows]
    others = np.delete(inspection.evidence, rows)
    assert (evidence[:, None] < others[~np.isnan(others)]).mean() > 0.95
    misaligned = inspection.faults == CODES[MISALIGNED]
    assert misaligned[rows].mean() > 0.2
    assert np.delete(misaligned, rows).mean() < 0.02


def test_no_pairs_and_few_pairs_can_be_inspected() -> None:
    assert not len(inspect([]).kept)
    assert inspect([("Hola.", "Hello.")]).kept.tolist() == [0]
