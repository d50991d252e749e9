"""Choice of translations that fit: where the best one is too long, one of the n-best list."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from seq2seq.translation.values import Source, Translation

NBEST = 20
"""Number of translations to choose from."""

Translate = Callable[[Iterable[Source]], Iterable[Translation]]
"""Translates texts, in their order."""


def fitting(
    sources: Sequence[Source],
    translations: Sequence[Translation],
    fits: Sequence[Callable[[str], bool] | None],
    search: Translate,
) -> list[Translation]:
    """Replace translations that are too long by the best ones that are not.

    Args:
        sources: The sources.
        translations: Their translations.
        fits: For each, returns whether there is room for a text; None where there is for any.
        search: Translates texts with n-best lists.

    Returns:
        The translations. Where no entry of the n-best list fits, the best one stays.
    """
    chosen = list(translations)
    long = {
        place: fit
        for place, (one, fit) in enumerate(zip(translations, fits, strict=True))
        if fit is not None and not fit(one.text)
    }
    found = search([sources[place] for place in long])
    for (place, fit), several in zip(long.items(), found, strict=True):
        fitting = tuple(one for one in several.alternatives if fit(one.text))
        if fitting:
            chosen[place] = replace(several, alternatives=fitting)
    return chosen
