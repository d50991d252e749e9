"""Contract and registry of augmentations, and the loop that applies them."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Protocol

from seq2seq.data.alignment.word_alignment import WordAligner
from seq2seq.data.augmentation.aligner import Aligner
from seq2seq.data.augmentation.capitals import change_case
from seq2seq.data.augmentation.items import add_items
from seq2seq.data.augmentation.names import augment_names
from seq2seq.data.augmentation.noise import add_noise
from seq2seq.data.augmentation.phrases import extract_phrases
from seq2seq.data.augmentation.recombine import recombine
from seq2seq.registry import Registry

log = logging.getLogger("seq2seq.data")


class Augmentation(Protocol):
    """Contract of an augmentation: a function that makes new pairs from the given ones.

    The setting `data.augment: {NAME: FRACTION}` turns it on. It is called once per epoch with all
    pairs in memory, or once per chunk of a streamed text. All randomness must come from `seed`, so
    that interrupted training resumes with the same text.
    """

    def __call__(
        self,
        sources: Sequence[str],
        targets: Sequence[str],
        *,
        fraction: float,
        seed: int,
        aligner: Aligner,
    ) -> tuple[list[str], list[str]]:
        """Return the pairs in the same order, with a fraction of them changed.

        Args:
            sources: N source sentences.
            targets: Their N translations.
            fraction: Fraction of the pairs to change, from 0 (exclusive) to 1.
            seed: Random seed, different in each epoch.
            aligner: Word aligner. It learns from the pairs on first use, so it costs nothing if
                unused.

        Returns:
            N sources and N targets, none of them empty.
        """
        ...


AUGMENTATIONS: Registry[Augmentation] = Registry("augmentation")
"""Registry of augmentations by name. They are applied in the order of registration."""

AUGMENTATIONS.register("recombine")(recombine)
AUGMENTATIONS.register("phrases")(extract_phrases)
AUGMENTATIONS.register("names")(augment_names)
AUGMENTATIONS.register("noise")(add_noise)
AUGMENTATIONS.register("capitals")(change_case)
AUGMENTATIONS.register("items")(add_items)


MAX_ALIGNED = 200_000
"""Maximum number of pairs that a word aligner learns from, evenly spaced; more cost minutes."""


class LazyAligner:
    """Word aligner that learns from its pairs on first use."""

    def __init__(
        self, sources: Sequence[str], targets: Sequence[str], *, level: int = logging.DEBUG
    ) -> None:
        self._sources = sources
        self._targets = targets
        self._level = level
        self._learned: WordAligner | None = None

    def links(self, sources: Sequence[str], targets: Sequence[str]) -> list[list[tuple[int, int]]]:
        """Return the word links of each pair, as `WordAligner.links` does."""
        if self._learned is None:
            step = -(-len(self._sources) // MAX_ALIGNED) or 1
            learned_from = self._sources[::step]
            count = f"{len(learned_from):,}"
            log.log(self._level, "aligning the words of %s training pairs", count)
            self._learned = WordAligner.train(learned_from, self._targets[::step])
        return self._learned.links(sources, targets)


def augment(
    sources: Sequence[str],
    targets: Sequence[str],
    *,
    fractions: Mapping[str, float],
    seed: int,
    aligner: Aligner | None = None,
) -> tuple[Sequence[str], Sequence[str]]:
    """Apply augmentations to pairs, in the order of the registry.

    Args:
        sources: N source sentences.
        targets: Their N translations.
        fractions: Fraction of the pairs to change, by name of the augmentation.
        seed: Random seed; the same seed gives the same pairs.
        aligner: Word aligner for the augmentations. By default, one that learns from these pairs.

    Returns:
        N sources and N targets.

    Raises:
        ConfigError: If there is no augmentation with such a name.
    """
    if aligner is None:
        aligner = LazyAligner(sources, targets)
    used = {name: AUGMENTATIONS[name] for name, fraction in fractions.items() if fraction}
    for name in AUGMENTATIONS:
        if name in used:
            sources, targets = used[name](
                sources, targets, fraction=fractions[name], seed=seed, aligner=aligner
            )
    return sources, targets
