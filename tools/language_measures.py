"""Measure a language identifier: accuracy by number of words, other languages, names, CPU time."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from language_samples import unaccented
from language_texts import LANGUAGES, pairs

from seq2seq.text_steps.languages import OTHER, UNKNOWN

Identify = Callable[[Sequence[str]], Sequence[str]]
"""Function from texts to their languages."""

Sentences = list[tuple[str, str]]
"""Texts with the right languages."""

CASES = Path(__file__).parents[1] / "tests" / "text_steps" / "cases"
"""Folder with sentences of other languages, and names."""


def tatoeba(data: Path, split: str) -> Sentences:
    """Return the distinct sentences of the dev or test files in all four languages."""
    found: set[tuple[str, str]] = set()
    for language in ("es", "fr", "de"):
        for text, english in pairs(data / f"tatoeba-{language}-en" / f"{split}.tsv"):
            found |= {(text, language), (english, "en")}
    return sorted(found)


def other_text(data: Path, split: str) -> Sentences:
    """Return news, talks and encyclopedia: the first halves for dev, the second ones for test."""
    found: Sentences = []
    for name in ("ted-tst2013", "newstest2012", "flores-dev"):
        rows = list(pairs(data / "es-en-ood" / f"{name}.tsv"))
        half = len(rows) // 2
        for spanish, english in rows[:half] if split == "dev" else rows[half:]:
            found += [(spanish, "es"), (english, "en")]
    return found


def groups(data: Path, split: str) -> dict[str, Sentences]:
    """Return the sentences of each row of the table."""
    short = tatoeba(data, split)
    length = {text: len(text.split()) for text, _ in short}
    three = [(text, language) for text, language in short if length[text] >= 3]
    found = {
        "1 word": [one for one in short if length[one[0]] == 1],
        "2 words": [one for one in short if length[one[0]] == 2],
        "3-4 words": [one for one in three if length[one[0]] < 5],
        "5-9 words": [one for one in three if 5 <= length[one[0]] < 10],
        "10 words or more": [one for one in three if length[one[0]] >= 10],
        "3 words or more": three,
    }
    for language in LANGUAGES:
        found[f"3 or more, {language}"] = [one for one in three if one[1] == language]
    found["3 or more, capitals"] = [(text.upper(), language) for text, language in three]
    found["3 or more, no accents"] = [
        (" ".join(unaccented(text.lower().strip("¿¡").split())), language)
        for text, language in three
    ]
    for count in (1, 2, 3):
        found[f"first {count}"] = [(" ".join(text.split()[:count]), one) for text, one in short]
    long = other_text(data, split)
    found["other text"] = long
    found["other text, 3 words"] = [(" ".join(text.split()[2:5]), one) for text, one in long]
    return found


def foreign(split: str) -> Sentences:
    """Return sentences in other languages, and names, that were written for this project."""
    cases = json.loads((CASES / "foreign_sentences.json").read_text("utf-8"))
    texts = [(text, OTHER) for found in cases[split].values() for text in found]
    return texts + [(text, UNKNOWN) for text in cases["names"]]


def print_table(identify: Identify, data: Path, *, split: str) -> None:
    """Print the percentages of right, unknown, rejected and wrong results per group."""
    rows = groups(data, split)
    written = foreign(split)
    rows["other languages"] = [one for one in written if one[1] == OTHER]
    rows["names"] = [one for one in written if one[1] == UNKNOWN]
    print(f"{split:22} {'texts':>6} {'right':>7} {'und':>7} {'other':>7} {'wrong':>7}")
    for name, sentences in rows.items():
        found = identify([text for text, _ in sentences])
        counts = dict.fromkeys(("right", UNKNOWN, OTHER, "wrong"), 0)
        for guess, (_, language) in zip(found, sentences, strict=True):
            rejected = guess if guess in (UNKNOWN, OTHER) else "wrong"
            counts["right" if guess == language else rejected] += 1
        shares = " ".join(f"{100 * count / len(found):7.2f}" for count in counts.values())
        print(f"{name:22} {len(found):6} {shares}", flush=True)


def print_time(identify: Identify, data: Path) -> None:
    """Print the CPU time per sentence, one at a time."""
    texts = [text for text, _ in tatoeba(data, "dev")][:500]
    identify(texts[:20])
    began = time.process_time()
    for text in texts:
        identify([text])
    seconds = time.process_time() - began
    print(f"{1e6 * seconds / len(texts):.0f} µs of CPU time per sentence")
