"""Measure which items survive translation: URLs, code, placeholders, numbers, dates, emoji ...

    python tools/survival.py MODEL [--direction es-en] [--count 2000] [--seed 1] [--kinds]
        [--show 20] [--pairs DIRECTORY]
    python tools/survival.py --direction es-en --write FILE

Each sentence has one to four items that must stand unchanged in the translation. Its carrier is a
template (tools/survival_templates.tsv) or, where the directory of --pairs exists, in half of all
cases a real pair with the same literals on both sides, some of them replaced by others of their
kind. Items follow CLDR (numbers, dates, times, prices, units), literals of those real pairs, and
the formats listed in tools/survival_items.py. tools/survival_score.py defines "intact" and "in the
right place". The same seed and the same pairs give the same sentences. Nothing of the real pairs
is part of the repository.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Annotated

import typer
from survival_items import MAKERS, Maker, decimal, tags
from survival_pairs import Carrier, Pairs, read_pairs
from survival_score import Item, Sentence, Survival, Tally, occurrences, score

from seq2seq import Translator
from seq2seq.model_directory.description import load_config

TEMPLATES = Path(__file__).with_name("survival_templates.tsv")
PAIRS = Path("data") / "es-en-general"

LANGUAGES = {"Spanish": "es", "English": "en"}
"""Codes of the languages as model directories name them."""

LOCALES = {"es": ("es_ES", "es_MX"), "en": ("en_US", "en_GB")}
"""Locales by language; three of four sentences use one of their own language."""

REAL_CARRIERS = 0.5
"""Fraction of sentences made from real pairs."""

REAL_ITEMS = 0.4
"""Fraction of items in templates that are literals of real pairs, for the slots that have some."""

REPLACED = 0.5
"""Fraction of literals in real pairs that are replaced by another item of their kind."""

DECORATED = 0.1
"""Fraction of templates with an emoji or another symbol at the beginning or end."""

REAL_MAKERS: dict[str, dict[str, Maker]] = {
    "decimal": {"decimal": decimal},
    "integer": {"integer": MAKERS["count"]["integer"]},
}
"""Makers for slots of real pairs that templates do not have."""

KINDS = {"tag": "code"}
"""Kinds of slots that no maker fills: real pairs speak about tags as about functions."""

SLOT = re.compile(r"\{([a-z]+)\d?\}")


def make_sentences(
    direction: str, *, count: int, seed: int, pairs: Path | None = None
) -> list[Sentence]:
    """Return sentences with items, each with its reference.

    Args:
        direction: "es-en" or "en-es".
        count: Number of sentences.
        seed: Seed of everything that is drawn.
        pairs: Directory with real pairs; None or an absent one leaves only templates.

    Returns:
        Sentences, no two with the same source.
    """
    rng = Random(f"{direction} {seed}")
    source, _, target = direction.partition("-")
    real = Pairs() if pairs is None else read_pairs(pairs, rng=rng)
    templates = read_templates(TEMPLATES)
    made: dict[str, Sentence] = {}
    while len(made) < count:
        locale = rng.choice(LOCALES[source if rng.random() < 0.75 else target])
        if real.carriers and rng.random() < REAL_CARRIERS:
            carrier = rng.choice(real.carriers[rng.choice(sorted(real.carriers))])
            items = [_replaced(rng, locale, real, *literal) for literal in _literals(carrier)]
            origin = "pair"
        else:
            carrier = rng.choice(templates)
            items = _filled(rng, locale, real, carrier.slots)
            origin = "template"
            if len(items) < 4 and rng.random() < DECORATED:
                carrier, items = _decorated(rng, locale, carrier, items)
        sides = {"es": _joined(carrier.spanish, items), "en": _joined(carrier.english, items)}
        sentence = Sentence(sides[source], sides[target], tuple(items), origin)
        if is_sound(sentence):
            made.setdefault(sentence.source, sentence)
    return list(made.values())


def read_templates(path: Path) -> list[Carrier]:
    """Return the templates of a file: Spanish, tab, English, with slots such as `{url}`."""
    carriers = []
    for line in path.read_text(encoding="utf-8").splitlines():
        spanish, english = line.split("\t")
        slots = SLOT.finditer(spanish)
        names = {match.group(): match.group(1) for match in slots}
        numbers = {slot: number for number, slot in enumerate(names)}
        carriers.append(
            Carrier(
                _template_parts(spanish, numbers),
                _template_parts(english, numbers),
                tuple(names.values()),
            )
        )
    return carriers


def _template_parts(text: str, numbers: dict[str, int]) -> tuple[str | int, ...]:
    """Return the text with numbers for its slots."""
    parts: list[str | int] = []
    end = 0
    for slot in SLOT.finditer(text):
        parts += [text[end : slot.start()], numbers[slot.group()]]
        end = slot.end()
    return (*parts, text[end:])


def _literals(carrier: Carrier) -> list[tuple[str, str]]:
    """Return slot and text of each literal."""
    return list(zip(carrier.slots, carrier.literals, strict=True))


def _replaced(rng: Random, locale: str, real: Pairs, slot: str, text: str) -> Item:
    """Return the literal of a real pair as an item, or another item of its kind."""
    makers = MAKERS.get(slot) or REAL_MAKERS.get(slot)
    if makers is None:
        return Item(KINDS[slot], text)
    if rng.random() < REPLACED:
        return _item(rng, locale, real, slot, makers)
    return Item(next(iter(makers)), text)


def _filled(rng: Random, locale: str, real: Pairs, slots: Sequence[str]) -> list[Item]:
    """Return an item for each slot."""
    opening, closing = tags(rng, locale)
    pair = {"open": Item("markup", opening), "close": Item("markup", closing)}
    return [pair.get(slot) or _item(rng, locale, real, slot, MAKERS[slot]) for slot in slots]


def _item(rng: Random, locale: str, real: Pairs, slot: str, makers: dict[str, Maker]) -> Item:
    """Return an item for a slot: a literal of real pairs, or a new one."""
    kind = rng.choice(list(makers))
    if len(makers) == 1 and slot in real.literals and rng.random() < REAL_ITEMS:
        return Item(kind, rng.choice(real.literals[slot]))
    return Item(kind, makers[kind](rng, locale))


def _decorated(
    rng: Random, locale: str, carrier: Carrier, items: list[Item]
) -> tuple[Carrier, list[Item]]:
    """Return the carrier with an emoji or another symbol at the beginning or end."""
    slot = rng.choice(["emoji", "emoji", "mark", "arrow"])
    number = len(items)
    first = rng.random() < 0.5
    before: tuple[str | int, ...] = (number, " ") if first else ()
    after: tuple[str | int, ...] = () if first else (" ", number)
    spanish = (*before, *carrier.spanish, *after)
    english = (*before, *carrier.english, *after)
    [item] = _filled(rng, locale, Pairs(), [slot])
    return Carrier(spanish, english, (*carrier.slots, slot)), [*items, item]


def _joined(parts: Sequence[str | int], items: Sequence[Item]) -> str:
    """Return a sentence with its items; a period does not follow one that ends an item."""
    text = ""
    for part in parts:
        piece = items[part].text if isinstance(part, int) else part
        text += piece[1:] if text.endswith(".") and piece.startswith(".") else piece
    return text


def is_sound(sentence: Sentence) -> bool:
    """Return whether each item stands in source and reference as often as among the items."""
    wanted = Counter(item.text for item in sentence.items)
    return all(
        len(occurrences(text, side)) == number
        for text, number in wanted.items()
        for side in (sentence.source, sentence.reference)
    )


def measure_survival(
    translator: Translator, direction: str, *, count: int, seed: int, pairs: Path | None = None
) -> Survival:
    """Translate sentences with items as the translator does by default, and score them."""
    sentences = make_sentences(direction, count=count, seed=seed, pairs=pairs)
    sources = [sentence.source for sentence in sentences]
    outputs = [translation.text for translation in translator.translate_all(sources)]
    return score(sentences, outputs)


def write(sentences: Sequence[Sentence], path: Path) -> None:
    """Write sentences, references and items as JSON lines."""
    with path.open("w", encoding="utf-8") as file:
        for sentence in sentences:
            row = {
                "source": sentence.source,
                "reference": sentence.reference,
                "items": [[item.kind, item.text] for item in sentence.items],
                "origin": sentence.origin,
            }
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


def show(result: Survival, *, kinds: bool, failures: int) -> None:
    """Print the result in all, by origin, and if asked for by kind and with failures."""
    print(_line("all", result.sentences))
    for name, tally in sorted(result.origins.items()):
        print(_line(name, tally))
    for name, tally in sorted(result.kinds.items()) if kinds else []:
        print(_line(f"  {name}", tally))
    for sentence, output, judgement in result.failures[:failures]:
        lost = [
            item.text
            for item, kept in zip(sentence.items, judgement.intact, strict=True)
            if not kept
        ]
        print(f"\nsource:    {sentence.source}\nreference: {sentence.reference}")
        print(f"output:    {output}\n{'lost: ' + ' | '.join(lost) if lost else 'misplaced'}")


def _line(name: str, tally: Tally) -> str:
    return f"{name:14} {tally}"


def main(
    model: Annotated[Path | None, typer.Argument(help="Model directory.")] = None,
    direction: Annotated[
        str | None, typer.Option(help="es-en or en-es; by default, the model's.")
    ] = None,
    count: Annotated[int, typer.Option(help="Number of sentences.", min=1)] = 2000,
    seed: Annotated[int, typer.Option(help="Seed of the sentences.")] = 1,
    kinds: Annotated[bool, typer.Option("--kinds", help="Print a line for each kind.")] = False,
    failures: Annotated[int, typer.Option("--show", help="Number of failures to print.")] = 0,
    pairs: Annotated[Path, typer.Option(help="Directory of real pairs, NAME.tsv.gz.")] = PAIRS,
    output: Annotated[
        Path | None, typer.Option("--write", help="Write the sentences here, translate nothing.")
    ] = None,
) -> None:
    """Print the fraction of sentences with all items intact, and with all in the right place."""
    if direction is None and model is not None:
        settings = load_config(model).data
        names = (settings.source_language, settings.target_language)
        direction = "-".join(LANGUAGES.get(name or "", "?") for name in names)
    if direction not in ("es-en", "en-es"):
        raise SystemExit(f"--direction {direction}: es-en or en-es is needed")
    if not any(pairs.glob("*.tsv.gz")):
        print(f"{pairs}: no real pairs there; only templates are used", file=sys.stderr)
    if output is not None:
        write(make_sentences(direction, count=count, seed=seed, pairs=pairs), output)
        return
    if model is None:
        raise SystemExit("give a model directory, or --write FILE")
    result = measure_survival(
        Translator.from_pretrained(model), direction, count=count, seed=seed, pairs=pairs
    )
    show(result, kinds=kinds, failures=failures)


if __name__ == "__main__":
    typer.run(main)
