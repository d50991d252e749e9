"""Systems to compare with: models, or files of translations."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from seq2seq.errors import ConfigError
from seq2seq.evaluation.test_sets import ReadSet, hypotheses_in
from seq2seq.evaluation.translate_set import translate_set
from seq2seq.runtime.ranks import Ranks
from seq2seq.translation.translator import Translator


def baselines(
    baseline: str | Path | Sequence[str | Path] | None,
    sets: Sequence[ReadSet],
    to: str,
    device: str,
    ranks: Ranks,
) -> list[tuple[str, Sequence[str]] | None]:
    """Return what to compare with, for each set.

    Args:
        baseline: Model directory for all sets, or a file of translations for each; None for none.
        sets: The test sets.
        to: Target language, for a model of several.
        device: Where a model computes.
        ranks: The processes that share the work.

    Returns:
        Name and hypotheses for each set, or None.

    Raises:
        ConfigError: The number of baselines is not that of the sets.
        DataError: A file cannot be read, or has another number of lines than its set.
    """
    if baseline is None:
        return [None] * len(sets)
    places = [baseline] if isinstance(baseline, str | Path) else list(baseline)
    if len(places) == 1 and (len(sets) == 1 or not Path(places[0]).is_file()):
        places *= len(sets)
    if len(places) != len(sets):
        raise ConfigError(
            f"--baseline: {len(places)} for {len(sets)} sets; name a model directory once, or a "
            "file for each --data"
        )
    translators: dict[str, Translator] = {}
    found: list[tuple[str, Sequence[str]] | None] = []
    for place, one in zip(places, sets, strict=True):
        name = str(place)
        if Path(place).is_file():
            found.append((name, hypotheses_in(Path(place), one.corpus)))
            continue
        if name not in translators:
            translators[name] = Translator.from_pretrained(place, device=device, ranks=ranks)
        found.append((name, translate_set(translators[name], one.corpus, to).hypotheses))
    return found
