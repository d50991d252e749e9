"""Measure how well the confidence of a model tells bad translations from good ones.

    python tools/confidence.py es-en --model runs/shipped/es-en/part-3

For lines of four kinds of text, a translation is bad if its chrF is below 30. The area under the
ROC curve is the probability that a good one has a higher confidence than a bad one. For foreign
and for garbled input, it is the probability that an ordinary line has a higher confidence. Lines
that `train_shipped.py` has put into the dev text, on which confidences are calibrated, are left
out.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer
from shipped_text import DEV_LINES, Folders, dev_pairs, final_pairs

from seq2seq import DataError, Translator
from seq2seq.cli.run import run
from seq2seq.metrics.ranking_area import area_under_curve
from seq2seq.metrics.sentence_chrf import sentence_chrf
from seq2seq.translation.calibrate_confidence import GOOD_CHRF

BARS = {"text": 0.80, "foreign": 0.95, "garbled": 0.95}
"""Minimum areas under the curve."""

SCRIPTS = (
    "Где находится вокзал?",
    "Я не понимаю, что ты говоришь.",
    "Сегодня очень холодно.",
    "Πού είναι ο σταθμός;",
    "Δεν καταλαβαίνω τίποτα.",
    "أين محطة القطار؟",
    "لا أفهم ما تقول.",
    "איפה תחנת הרכבת?",
    "रेलवे स्टेशन कहाँ है?",
    "मुझे समझ नहीं आया।",
    "火车站在哪里？",
    "我听不懂你说的话。",
    "駅はどこですか。",
    "今日はとても寒いです。",
    "기차역이 어디에 있어요?",
    "สถานีรถไฟอยู่ที่ไหน",
    "რკინიგზის სადგური სად არის?",
    "Որտե՞ղ է կայարանը։",
)
"""Sentences in scripts that Spanish and English are not written in."""

Pair = tuple[str, str]


def main(
    direction: Annotated[str, typer.Argument(help="es-en or en-es.")],
    model: Annotated[Path, typer.Option(help="Model with a confidence.json.")],
    final: Annotated[
        bool, typer.Option("--final", help="Measure on test and second halves: once, at the end.")
    ] = False,
    lines: Annotated[int, typer.Option(help="Number of lines of each kind of text.")] = 200,
    other_languages: Annotated[
        list[Path] | None,
        typer.Option(help="Files of another language (first column); repeat for more."),
    ] = None,
    tatoeba: Annotated[Path, typer.Option(help="Folder of dev.tsv and test.tsv.")] = (
        Folders.tatoeba
    ),
    elsewhere: Annotated[Path, typer.Option(help="Folder of the other sets.")] = Folders.elsewhere,
) -> None:
    """Print areas under the curve; exit with 1 if one is below its bar."""
    if direction not in ("es-en", "en-es"):
        raise DataError(f"{direction}: no such direction; choose es-en or en-es")
    translator = Translator.from_pretrained(model)
    folders = Folders(tatoeba=tatoeba, elsewhere=elsewhere)
    kinds = {
        name: _lines_of(name, direction, folders, final=final, count=lines) for name in DEV_LINES
    }
    areas, plain = _text_areas(translator, kinds)
    sources = [source for pairs in kinds.values() for source, _ in pairs]
    references = [reference for pairs in kinds.values() for _, reference in pairs]
    strange = {
        "foreign": [*references[::2], *_foreign(other_languages or (), lines), *SCRIPTS],
        "garbled": garbled(sources, seed=7),
    }
    for name, texts in strange.items():
        found = _confidences(translator, texts)
        areas[name] = area_under_curve(
            [*plain, *found], [*[True] * len(plain), *[False] * len(found)]
        )
        print(f"{name:14} {len(found):5} lines  area {areas[name]:.3f}", flush=True)
    missed = [name for name, bar in BARS.items() if areas[name] < bar]
    if missed:
        print(f"below the bar: {', '.join(missed)}")
        raise typer.Exit(1)


def garbled(sources: Sequence[str], *, seed: int) -> list[str]:
    """Return a garbled form of each source.

    The kinds take turns: letters of each word shuffled, letters replaced, words of all sources in
    a random order, words reversed, vowels and some consonants changed, keys hit at random.
    """
    draw = random.Random(seed)
    words = [word for source in sources for word in source.split()]
    letters = "abcdefghijklmnopqrstuvwxyz"

    def replaced(word: str, fraction: float) -> str:
        return "".join(
            draw.choice(letters) if one.isalpha() and draw.random() < fraction else one
            for one in word
        )

    def mashed(word: str) -> str:
        return "".join(draw.choice("asdfghjklñqweruiop") for _ in word)

    kinds: list[Callable[[str], str]] = [
        lambda text: " ".join("".join(draw.sample(word, len(word))) for word in text.split()),
        lambda text: " ".join(replaced(word, 0.6) for word in text.split()),
        lambda text: " ".join(draw.choice(words) for _ in text.split()),
        lambda text: " ".join(word[::-1] for word in text.split()),
        lambda text: " ".join(replaced(word, 0.4) for word in text.split()),
        lambda text: " ".join(mashed(word) for word in text.split()),
    ]
    return [kinds[turn % len(kinds)](source) for turn, source in enumerate(sources)]


def _lines_of(
    name: str, direction: str, folders: Folders, *, final: bool, count: int
) -> list[Pair]:
    """Return pairs (source, reference) of a kind of text, evenly spaced."""
    pairs = final_pairs(name, folders) if final else dev_pairs(name, folders)
    if not final:
        calibrated = set(pairs[:: len(pairs) // DEV_LINES[name]][: DEV_LINES[name]])
        pairs = [pair for pair in pairs if pair not in calibrated]
    chosen = pairs[:: max(1, len(pairs) // count)][:count]
    return chosen if direction == "es-en" else [(target, source) for source, target in chosen]


def _text_areas(
    translator: Translator, kinds: dict[str, list[Pair]]
) -> tuple[dict[str, float], list[float]]:
    """Print the areas for ordinary text; return the one of all kinds, and all confidences."""
    confidences: list[float] = []
    good: list[bool] = []
    warned = 0
    for name, pairs in kinds.items():
        found = translator.translate_all([source for source, _ in pairs])
        scores = sentence_chrf([one.text for one in found], [reference for _, reference in pairs])
        judged = [score >= GOOD_CHRF for score in scores]
        own = [one.confidence or 0.0 for one in found]
        warned += sum(bool(one.warning) for one, well in zip(found, judged, strict=True) if well)
        confidences += own
        good += judged
        area = area_under_curve(own, judged)
        print(f"{name:14} {len(own):5} lines, {judged.count(False):4} bad  area {area:.3f}")
    area = area_under_curve(confidences, good)
    print(f"{'all':14} {len(good):5} lines, {good.count(False):4} bad  area {area:.3f}")
    print(f"good translations with a warning: {warned / max(1, good.count(True)):.1%}", flush=True)
    return {"text": area}, confidences


def _confidences(translator: Translator, texts: Sequence[str]) -> list[float]:
    """Return the confidence in the translation of each text that is not blank."""
    found = translator.translate_all(list(texts))
    return [one.confidence for one in found if one.confidence is not None]


def _foreign(files: Sequence[Path], count: int) -> list[str]:
    """Return the first lines of the first column of files."""
    texts: list[str] = []
    for path in files:
        lines = path.read_text(encoding="utf-8").splitlines()[:count]
        texts += [line.split("\t")[0] for line in lines]
    return texts


if __name__ == "__main__":
    app = typer.Typer(help=__doc__, add_completion=False, pretty_exceptions_enable=False)
    app.command()(main)
    run(app)
