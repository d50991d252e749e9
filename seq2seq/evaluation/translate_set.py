"""Translation of a test set by a model."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np

from seq2seq.data.corpus.corpus import Corpus
from seq2seq.documents.glossary import Glossary
from seq2seq.evaluation.examine import SystemOutput
from seq2seq.reports.findings import Reading
from seq2seq.runtime.progress import track
from seq2seq.translation.glossary_terms import terms_of
from seq2seq.translation.translator import Translator
from seq2seq.translation.values import Source, Translation


def translate_set(
    translator: Translator, corpus: Corpus, to: str, glossary: Glossary | None = None
) -> SystemOutput:
    """Translate the sources of a set, with a progress bar on rank 0.

    Args:
        translator: The translator.
        corpus: The set.
        to: Target language, for a model of several; else "".
        glossary: Terms to use.

    Returns:
        The translations, with n-best lists and attention as far as the translator gives them.
    """
    sources = corpus.sources()
    _, code = translator.languages
    began = time.perf_counter()
    found = translator.stream(
        Source(text, terms=terms_of(glossary.find(text), text, code) if glossary else (), to=to)
        for text in sources
    )
    if translator.ranks.is_main:
        found = track(found, "translating", total=len(sources))
    translations = list(found)
    seconds = time.perf_counter() - began
    return SystemOutput(
        hypotheses=[one.text for one in translations],
        seconds=seconds,
        alternatives=_nbest(translations) if translator.decoding.nbest > 1 else (),
        readings=[_reading(one) for one in translations],
    )


def _nbest(translations: Sequence[Translation]) -> list[list[tuple[str, float]]]:
    """Return the texts and scores of n-best lists."""
    return [[(other.text, other.score) for other in one.alternatives] for one in translations]


def _reading(translation: Translation) -> Reading | None:
    """Return the attention weights of the best translation, if it has any."""
    if not translation.alternatives:
        return None
    attention = translation.alternatives[0].attention
    if attention is None:
        return None
    weights = np.array(attention.weights, np.float32)
    return Reading(attention.source, attention.target, weights)
