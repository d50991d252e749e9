"""Plant faults in clean pairs, run the inspection of `seq2seq data`, and count what it finds.

    python tools/plant_faults.py train.tsv.gz dev.tsv --source es --target en [--pairs 100000]

Of each kind, --faults / 4 pairs are spoiled: swapped sides, a target of another pair of about the
same length, a sentence of dev put among the training pairs (as it is, or with changed punctuation,
or with a changed word or letter), and a source that was decoded with the wrong encoding. The
planted pairs do not overlap. Recall is the part of the planted faults that are found as what they
are. A false alarm is an unspoiled pair that is reported for any reason but the ones that can be
checked by reading: duplicates, and sentences that training and dev share without help.
"""

from __future__ import annotations

import argparse
import random
import resource
import time
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from seq2seq import Corpus
from seq2seq.data.inspection.faults import DUPLICATE, ENCODING, MISALIGNED
from seq2seq.data.inspection.inspect_pairs import CODES, Inspection, Rules, inspect_pairs
from seq2seq.data.inspection.leaks import leaking

Pair = tuple[str, str]

MISREADINGS: dict[str, Callable[[str], str]] = {
    "UTF-8 as Windows-1252": lambda text: text.encode().decode("cp1252"),
    "UTF-8 as Latin-1": lambda text: text.encode().decode("latin-1"),
    "UTF-8 as Mac Roman": lambda text: text.encode().decode("mac_roman"),
    "UTF-8 as Latin-1, twice": lambda text: (
        text.encode().decode("latin-1").encode().decode("latin-1")
    ),
    "Windows-1252 as UTF-8": lambda text: text.encode("cp1252").decode("utf-8", "replace"),
    "Windows-1252 as DOS": lambda text: text.encode("cp1252").decode("cp850"),
    "Windows-1252 as Cyrillic": lambda text: text.encode("cp1252").decode("cp1251"),
    "DOS as Latin-1": lambda text: text.encode("cp850").decode("latin-1"),
    "question marks": lambda text: text.encode("ascii", "replace").decode(),
    "UTF-16 with NUL as blank": lambda text: (
        text.encode("utf-16-le").decode("latin-1").replace("\0", " ")
    ),
}
"""Ways to decode a text wrongly."""


def main() -> None:
    """Run the program."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("train")
    parser.add_argument("dev")
    parser.add_argument("--source", default="es")
    parser.add_argument("--target", default="en")
    parser.add_argument("--pairs", type=int, default=100_000)
    parser.add_argument("--faults", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=0, help="examples of what was missed")
    given = parser.parse_args()
    chance = random.Random(given.seed)
    pairs = list(Corpus.load(given.train).first(given.pairs).pairs())
    dev = list(Corpus.load(given.dev).pairs())
    planted = plant(pairs, dev, given.faults // 4, chance)
    rules = Rules(given.source, given.target)
    began = time.process_time()
    inspection = inspect_pairs([pair[0] for pair in pairs], [pair[1] for pair in pairs], rules)
    leaks = leaking(
        (inspection.sources, inspection.targets), ([one for one, _ in dev], [two for _, two in dev])
    )
    seconds = time.process_time() - began
    report(pairs, planted, inspection, leaks, show=given.show)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{seconds:.1f} s of one core, {memory:.0f} MiB")


def plant(
    pairs: list[Pair], dev: Sequence[Pair], count: int, chance: random.Random
) -> dict[int, str]:
    """Spoil pairs in place; return the kind of fault by row."""
    by_length: dict[int, list[str]] = {}
    for _, target in pairs:
        by_length.setdefault(len(target.split()), []).append(target)
    rows = chance.sample(range(len(pairs)), len(pairs))
    accented = [row for row in rows if not pairs[row][0].isascii()][:count]
    rows = [row for row in rows if row not in set(accented)]
    planted: dict[int, str] = {}
    for number, row in enumerate(accented):
        name = list(MISREADINGS)[number % len(MISREADINGS)]
        pairs[row] = (_misread(pairs[row][0], name), pairs[row][1])
        planted[row] = f"encoding: {name}"
    for row in rows[:count]:
        pairs[row] = pairs[row][::-1]
        planted[row] = "swapped"
    for row in rows[count : 2 * count]:
        source, target = pairs[row]
        others = [one for one in by_length[len(target.split())] if one != target]
        pairs[row] = (source, chance.choice(others))
        planted[row] = "misaligned"
    for number, row in enumerate(rows[2 * count : 3 * count]):
        how, change = list(CHANGES.items())[number % len(CHANGES)]
        long = [pair for pair in dev if len(pair[0]) > 25 and len(pair[1]) > 25]
        pairs[row] = change(chance.choice(long), chance)
        planted[row] = f"leak: {how}"
    return planted


def _misread(text: str, name: str) -> str:
    try:
        return MISREADINGS[name](text)
    except UnicodeError:
        return MISREADINGS["UTF-8 as Latin-1"](text)


def _retyped(pair: Pair, chance: random.Random) -> Pair:
    return pair[0].upper().rstrip(".!?"), pair[1].lower() + " …"


def _letter_changed(pair: Pair, chance: random.Random) -> Pair:
    place = chance.randrange(len(pair[1]))
    return pair[0], pair[1][:place] + chance.choice("aeiot") + pair[1][place + 1 :]


def _one_side(pair: Pair, chance: random.Random) -> Pair:
    place = chance.randrange(1, len(pair[0]))
    return pair[0][:place] + pair[0][place + 1 :], pair[1]


CHANGES: dict[str, Callable[[Pair, random.Random], Pair]] = {
    "copied": lambda pair, chance: pair,
    "other case and punctuation": _retyped,
    "another letter": _letter_changed,
    "a letter left out": _one_side,
}
"""What is done to a dev pair before it is planted."""


def report(
    pairs: Sequence[Pair],
    planted: dict[int, str],
    inspection: Inspection,
    leaks: NDArray[np.bool_],
    *,
    show: int,
) -> None:
    """Print recall by kind, and false alarms by reason."""
    names = {code: name for name, code in CODES.items()}
    wanted: Counter[str] = Counter()
    found: Counter[str] = Counter()
    missed = []
    for row, kind in planted.items():
        fault = names.get(int(inspection.faults[row]), "")
        hit = {
            "swapped": bool(inspection.swapped[row]),
            "misaligned": fault == MISALIGNED,
            "encoding": fault == ENCODING or bool(inspection.repaired[row]),
            "leak": bool(leaks[row]),
        }[kind.partition(":")[0]]
        for name in {kind, kind.partition(":")[0], "all"}:
            wanted[name] += 1
            found[name] += hit
        if not hit:
            missed.append((kind, fault, pairs[row]))
    for name in sorted(wanted):
        print(f"{name:45}{found[name]:5} of {wanted[name]:4}  {found[name] / wanted[name]:.1%}")
    clean = np.ones(len(pairs), bool)
    clean[list(planted)] = False
    alarms = Counter(names.get(code, "none") for code in inspection.faults[clean].tolist())
    alarms["swapped"] = int(inspection.swapped[clean].sum())
    alarms["repaired"] = int(inspection.repaired[clean].sum())
    del alarms["none"]
    total = sum(alarms.values()) - alarms[DUPLICATE]
    print(f"false alarms: {total:,} of {clean.sum():,}, {total / clean.sum():.2%}: {dict(alarms)}")
    print(f"unspoiled pairs that share a sentence with dev, or nearly: {leaks[clean].sum():,}")
    for kind, fault, pair in missed[:show]:
        print("missed", kind, fault, pair)
    for row in np.flatnonzero(clean & (inspection.faults > 0))[:show].tolist():
        print("alarm", names[int(inspection.faults[row])], inspection.evidence[row], pairs[row])


if __name__ == "__main__":
    main()
