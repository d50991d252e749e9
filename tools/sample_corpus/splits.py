"""Assignment of sentences to splits by their combinations of words.

A combination is a noun with an adjective, a noun with a material, a verb with an object and the
like. A fixed fraction of them is held out: those of the test split occur in no sentence of train or
dev, those of the dev split in no sentence of train or test. Every single word occurs in train.
"""

import re
import zlib

# Held out for test whatever the rule below says, and never in one sentence in train or dev in any
# other way.
APART = ("casa", "papel")
CHOSEN = {
    "material:casa:papel": "test",
    "material:flor:tela": "test",
    "material:puente:madera": "test",
    "material:corona:plata": "test",
    "adjective:casa:blanco": "train",
}
# Percentage of the combinations of a kind that is held out for each of test and dev.
SHARE = {"material": 5, "adjective": 4, "object": 4, "leading": 4}

_WORD = re.compile(r"\w+")


def split_of_combination(combination: str) -> str:
    """Return train, dev or test, the same on every run and machine."""
    if combination in CHOSEN:
        return CHOSEN[combination]
    kind, first, _ = combination.split(":")
    share = SHARE.get(kind, 0)
    if kind == "material" and (first in APART or combination.endswith(APART)):
        return "train"
    bucket = zlib.crc32(combination.encode()) % 100
    if bucket < share:
        return "test"
    return "dev" if bucket < 2 * share else "train"


def split_of(combinations: tuple[str, ...], source: str) -> str:
    """Return the split of a sentence, or '' if it fits none."""
    splits = {split_of_combination(combination) for combination in combinations}
    if {"dev", "test"} <= splits:
        return ""
    split = "test" if "test" in splits else "dev" if "dev" in splits else "train"
    if split != "test" and has_apart(source):
        return ""
    return split


def words(text: str) -> list[str]:
    """Return the words of a sentence in lowercase, without punctuation."""
    return _WORD.findall(text.lower())


def has_apart(source: str) -> bool:
    """Return whether a Spanish sentence contains casa and papel, in any form."""
    found = words(source)
    return any(word in found for word in ("casa", "casas")) and any(
        word in found for word in ("papel", "papeles")
    )
