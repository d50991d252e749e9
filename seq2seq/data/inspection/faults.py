"""Faults of pairs by name, in the order in which they are looked for."""

from __future__ import annotations

EMPTY = "empty"
OVERLONG = "over-long"
ENCODING = "encoding"
RATIO = "length ratio"
IDENTICAL = "identical sides"
SCRIPT = "wrong script"
LANGUAGE = "wrong language"
DUPLICATE = "duplicate"
MISALIGNED = "misaligned"
LEAK = "leak"

FAULTS = {
    EMPTY: "a side is blank",
    OVERLONG: "a side is longer than the limit",
    ENCODING: "letters were lost, because the text was decoded with the wrong encoding",
    RATIO: "one side is much longer than the other",
    IDENTICAL: "both sides are the same sentence",
    SCRIPT: "a side is in another script than most of its column",
    LANGUAGE: "a side is in another language than most of its column",
    DUPLICATE: "the same pair was there before",
    MISALIGNED: "the words of one side do not explain those of the other",
    LEAK: "a sentence of a training pair is in dev or test, too, or nearly",
}
"""Faults for which a pair is left out, and what each means."""
