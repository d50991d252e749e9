"""Measure what documents depend on: places of tags, terms of a glossary, their cost.

    python tools/measure_documents.py tags
    python tools/measure_documents.py places
    python tools/measure_documents.py glossary

The shipped model es-en translates sentences of Tatoeba's test set. Which word has a tag and where
it belongs, and which terms a glossary has, comes from the reference and from counts over the
training set, before anything is translated.
"""

from __future__ import annotations

import random
import re
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Annotated

import sacrebleu
import typer
from word_pairs import WordPairs, read_pairs

from seq2seq import Source, Term, Translator
from seq2seq.documents.glossary import Entry, Glossary
from seq2seq.documents.markup import Mark, Piece, joined, marks_of, tagged, text_of, untagged
from seq2seq.documents.placing import element_texts, place_marks
from seq2seq.documents.term_matching import occurs

DATA = Path(__file__).parents[2] / "shared" / "data" / "tatoeba-es-en"
SEED = 26

app = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False)
Data = Annotated[Path, typer.Option(envvar="SEQ2SEQ_DATA", help="Directory of Tatoeba's files.")]


def _is_balanced(pieces: Sequence[Piece]) -> bool:
    waiting: list[str] = []
    for mark in marks_of(pieces):
        if mark.kind == "open":
            waiting.append(mark.name)
        elif mark.kind == "close" and (not waiting or waiting.pop() != mark.name):
            return False
    return not waiting


def _with_tags(text: str, chance: random.Random) -> str:
    """Return a sentence with one to six tags, nested at random."""
    words = text.split(" ")
    spans = [(0, len(words))]
    tags: list[tuple[int, int, str]] = []
    for number in range(chance.randint(1, 6)):
        if chance.random() < 0.3:
            at = chance.randint(0, len(words))
            tags.append((at, at, f"x{number}"))
            continue
        begin, end = chance.choice(spans)
        first = chance.randint(begin, end - 1)
        last = chance.randint(first + 1, end)
        if all(last <= a or b <= first or (a <= first and last <= b) for a, b, _ in tags if a < b):
            tags.append((first, last, f"t{number}"))
            spans.append((first, last))
    parts = list(words)
    for first, last, name in reversed(tags):  # inner ones first
        if first == last:
            parts[min(first, len(parts) - 1)] = f"<{name}/>" + parts[min(first, len(parts) - 1)]
        else:
            parts[first] = f"<{name}>" + parts[first]
            parts[last - 1] += f"</{name}>"
    return " ".join(parts)


def _alone(translator: Translator, sources: Sequence[Sequence[Piece]]) -> dict[str, str]:
    """Return translations of what is in tags, by itself."""
    texts = list(dict.fromkeys(text for one in sources for text in element_texts(tuple(one))))
    return dict(zip(texts, map(str, translator.translate_all(texts)), strict=True))


@app.command()
def tags(data: Data = DATA, segments: int = 1000) -> None:
    """Count segments with random tags whose translation is balanced and complete."""
    chance = random.Random(SEED)
    pairs = read_pairs(data / "test.tsv")
    sources = [tagged(_with_tags(pairs[i % len(pairs)][0], chance)) for i in range(segments)]
    sources = [one for one in sources if _is_balanced(one)]
    translator = Translator.from_pretrained("es-en", alignments=True)
    good = 0
    alone = _alone(translator, sources)
    for pieces, found in zip(sources, translator.stream(map(text_of, sources)), strict=True):
        placed = place_marks(pieces, found.text, found.alternatives[0].alignment, alone)
        complete = Counter(map(str, marks_of(placed))) == Counter(map(str, marks_of(pieces)))
        good += complete and _is_balanced(placed) and tagged(untagged(placed)) == placed
    print(f"{good} of {len(sources)} segments with tags balanced and complete")


@app.command()
def places(data: Data = DATA, segments: int = 200) -> None:
    """Count segments in which a tag comes to the word that it belongs to."""
    pairs = WordPairs(read_pairs(data / "train.tsv.gz"))
    chance = random.Random(SEED)
    cases: list[tuple[tuple[Piece, ...], str]] = []
    for source, target in read_pairs(data / "test.tsv"):
        found = pairs.of(source, target)
        if len(source.split()) < 5 or not found:
            continue
        word, expected = chance.choice(found)
        place = re.search(rf"(?i)\b{re.escape(word)}\b", source)
        if place is None:
            continue
        pieces = joined(
            [
                source[: place.start()],
                Mark("<b>", "open", "b"),
                place[0],
                Mark("</b>", "close", "b"),
                source[place.end() :],
            ]
        )
        cases.append((pieces, expected))
    translator = Translator.from_pretrained("es-en", alignments=True)
    alone = _alone(translator, [pieces for pieces, _ in cases])
    right = 0
    near = 0
    counted = 0
    for (pieces, expected), translation in zip(
        cases, translator.stream(text_of(one) for one, _ in cases), strict=True
    ):
        if len(re.findall(rf"(?i)\b{expected}\b", translation.text)) != 1 or counted == segments:
            continue
        counted += 1
        links = translation.alternatives[0].alignment
        placed = untagged(place_marks(pieces, translation.text, links, alone))
        inside = re.search(r"<b>(.*?)</b>", placed)
        is_right = inside is not None and inside[1].casefold() == expected
        right += is_right
        inner = inside[1].casefold().split() if inside is not None else []
        near += expected in inner and len(inner) <= 2
        if not is_right:
            print(f"{untagged(pieces)}  ->  {placed}  ({expected})")
    print(f"{right} of {counted} tags around exactly the word where they belong")
    print(f"{near} of {counted} around it and at most one more, such as its article")


@app.command()
def glossary(data: Data = DATA, sentences: int = 500, rows: int = 2000) -> None:
    """Count terms that appear, and measure BLEU and the cost of a large glossary."""
    pairs = WordPairs(read_pairs(data / "train.tsv.gz"))
    chance = random.Random(SEED)
    cases: list[tuple[str, str, list[tuple[str, str]]]] = []
    for source, target in read_pairs(data / "test.tsv"):
        found = pairs.of(source, target)
        if found and len(cases) < sentences:
            chosen = chance.sample(found, min(len(found), chance.randint(1, 3)))
            cases.append((source, target, chosen))
    translator = Translator.from_pretrained("es-en")
    texts = [source for source, _, _ in cases]
    references = [target for _, target, _ in cases]
    plain = [str(one) for one in translator.translate_all(texts)]
    with_terms = [
        Source(source, terms=tuple(Term(target, one) for one, target in terms))
        for source, _, terms in cases
    ]
    forced = [str(one) for one in translator.translate_all(with_terms)]
    wanted = sum(len(terms) for *_, terms in cases)
    for name, outputs in (("without", plain), ("with", forced)):
        there = sum(
            occurs(target, output)
            for output, (*_, terms) in zip(outputs, cases, strict=True)
            for _, target in terms
        )
        bleu = sacrebleu.corpus_bleu(outputs, [references])
        print(f"{name} glossary: {there} of {wanted} terms appear, BLEU {bleu.score:.1f}")
    absent = [Source(text, terms=(Term("parrot", "papagayo"),)) for text in texts]
    same = [str(one) for one in translator.translate_all(absent)]
    print(f"terms without their source: {sum(map(str.__ne__, same, plain))} translations differ")
    _cost(translator, texts, pairs, rows)


def _cost(translator: Translator, texts: Sequence[str], pairs: WordPairs, rows: int) -> None:
    """Print the speed with glossaries of many rows against none, measured in turn."""
    entries = [Entry(*pair) for pair in pairs.every(3)[:rows]]
    targets = [one.target for one in entries]
    fill = [Entry(f"nunca{n}", f"never{n}") for n in range(rows - len(entries))]
    glossaries = {
        "none": None,
        "rare": Glossary([Entry(f"nunca{n} visto", f"never{n}") for n in range(rows)]),
        "frequent": Glossary([*entries, *fill]),
        "wrong": Glossary(
            [
                Entry(one.source, other)
                for one, other in zip(entries, [*targets[1:], targets[0]], strict=True)
            ]
        ),
    }
    times: dict[str, list[float]] = {name: [] for name in glossaries}
    for _ in range(7):
        for name, one in glossaries.items():
            begin = time.process_time()
            sources = [
                Source(text, terms=tuple(Term(e.target, e.source) for e in one.find(text)))
                if one
                else Source(text)
                for text in texts
            ]
            translator.translate_all(sources)
            times[name].append(time.process_time() - begin)
    for name, one in glossaries.items():
        if one is not None:
            ratios = [
                with_ / plain for with_, plain in zip(times[name], times["none"], strict=True)
            ]
            terms = sum(len(one.find(text)) for text in texts)
            print(
                f"{rows} {name} terms, found {terms} times: {100 * (median(ratios) - 1):+.1f}% "
                f"processor time (median of {len(ratios)}; {100 * (min(ratios) - 1):+.1f} to "
                f"{100 * (max(ratios) - 1):+.1f})"
            )


if __name__ == "__main__":
    app()
