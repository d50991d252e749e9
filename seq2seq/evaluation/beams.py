"""Beams of chosen sentences of a test set, for the page of a report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from seq2seq.documents.glossary import Glossary
from seq2seq.errors import ConfigError
from seq2seq.evaluation.test_sets import ReadSet
from seq2seq.reports.page import PagePart
from seq2seq.translation.glossary_terms import terms_of
from seq2seq.translation.translator import Translator
from seq2seq.translation.values import Source
from seq2seq.web.join_modules import join_modules
from seq2seq.web.modules import modules_in
from seq2seq.web.trace_page import INSIDE

Record = dict[str, Any]


def traced_beams(
    translator: Translator,
    sets: Sequence[ReadSet],
    rows: Sequence[int],
    glossary: Glossary | None = None,
) -> PagePart | None:
    """Translate sentences once more, and keep their searches.

    Args:
        translator: The translator.
        sets: The test sets.
        rows: Numbers of the sentences in each set, from 1.
        glossary: Terms to use.

    Returns:
        What a page needs to draw the searches; None if no sentence is named.

    Raises:
        ConfigError: No set has a sentence of this number, it has no search (a blank one), or the
            search cannot be traced.
    """
    beams: list[Record] = []
    for row in rows:
        found = [beam for one in sets for beam in _beams(translator, one, row, glossary)]
        if not found:
            raise ConfigError(f"--show-beam {row}: no set has such a sentence, or it is copied")
        beams += found
    if not beams:
        return None
    style = (INSIDE / "inside.css").read_text(encoding="utf-8")
    return PagePart(style, join_modules("inside/beam_view.mjs", modules_in("inside")), beams)


def _beams(
    translator: Translator, one: ReadSet, row: int, glossary: Glossary | None
) -> list[Record]:
    """Return the searches of a line of a set: one for each of its sentences."""
    if not 1 <= row <= len(one.corpus):
        return []
    text = one.corpus.sources()[row - 1]
    _, code = translator.languages
    terms = terms_of(glossary.find(text), text, code) if glossary else ()
    records: list[Record] = []
    translator.translate(Source(text, terms=terms), trace=records.append)
    [model] = [record for record in records if record["kind"] == "model"]
    sentences = [record for record in records if record["kind"] == "sentence"]
    return [
        {
            "name": f"{one.corpus.name}, {row}: {record['source']}",
            "decoding": {"length_penalty": model["decoding"]["length_penalty"]},
            "sentence": _search(record),
        }
        for record in sentences
        if not record["copied"]
    ]


def _search(record: Record) -> Record:
    """Return the record of a sentence with its search only."""
    return {
        "pieces": [],
        "steps": [
            {
                "rows": [{"from": row["from"], "piece": row["piece"]} for row in step["rows"]],
                "candidates": step["candidates"],
            }
            for step in record["steps"]
        ],
        "hypotheses": record["hypotheses"],
    }
