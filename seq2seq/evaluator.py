"""Evaluation of a model directory on a test set: translate it, time it, score it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from seq2seq.checkpoint import load_config
from seq2seq.data.corpus import Corpus, is_local
from seq2seq.errors import DataError
from seq2seq.evaluation.copying import copied_words
from seq2seq.evaluation.metrics import length_ratio, score
from seq2seq.evaluation.report import EvaluationReport, Example
from seq2seq.progress import shown
from seq2seq.ranks import ALONE, Ranks
from seq2seq.translation import Source
from seq2seq.translator import Translator

EXAMPLES = 10


def evaluate(
    model: str | Path | Sequence[str | Path],
    data: str,
    *,
    source: str | None = None,
    target: str | None = None,
    hub_config: str | None = None,
    split: str | None = None,
    beam: int | None = None,
    length_penalty: float | None = None,
    lowercase: bool = False,
    tokenize: str | None = None,
    device: str = "cpu",
    dtype: str = "auto",
    shortlist: bool = False,
    settings: Sequence[str] = (),
    to: str = "",
    ranks: Ranks = ALONE,
) -> EvaluationReport:
    """Translate the sources of `data` and score them against all its references.

    `beam` and `length_penalty` are the model's own unless given; `model`, `dtype`, `shortlist` and `settings` are as
    for `Translator.from_pretrained`; `data`, `source`, `target`, `hub_config` and `split` are as for `Corpus.load`, but
    a Hub dataset must be given its split. Raises CheckpointError, DataError or ConfigError.

    A model of several languages is told by `to` into which; that is `target` unless given. `tokenize` is the model's
    own data.bleu_tokenizer unless given. Several `ranks`, each calling this, share the sentences; the first scores, and
    all return its report.
    """
    if split is None and not is_local(data):
        raise DataError(f"{data}: name the split of the Hub dataset to evaluate on, such as --split test")
    corpus = Corpus.load(data, source=source, target=target, config=hub_config, split=split, references=True, name=data)
    translator = Translator.from_pretrained(model, device, dtype, shortlist, settings, ranks=ranks)
    if length_penalty is not None:
        translator.decoding = translator.decoding.model_copy(update={"length_penalty": length_penalty})
    names = [str(model)] if isinstance(model, str | Path) else [str(one) for one in model]
    if tokenize is None:
        tokenize = load_config(Path(names[0])).data.bleu_tokenizer
    language = to or (target or "" if translator.tokenizers.languages else "")
    translator.tokenizers.tag(language)
    sources, references = corpus.sources(), corpus.references()
    began = time.perf_counter()
    texts = (Source(text, to=language) for text in sources)
    found = translator.stream(texts, beam)
    if ranks.first:
        found = shown(found, "translating", len(sources))
    hypotheses = [translation.text for translation in found]
    seconds = time.perf_counter() - began
    decoding = {
        "beam": translator.decoding.beam if beam is None else beam,
        "length_penalty": translator.decoding.length_penalty,
        "dtype": translator.dtype,
        "shortlist": "yes" if shortlist else "no",
        **({"to": language} if language else {}),
        **({"settings": ", ".join(settings)} if settings else {}),
    }
    return ranks.of_first(
        lambda: EvaluationReport(
            model=" + ".join(names),
            data=data,
            hypotheses=hypotheses,
            scores=score(hypotheses, references, lowercase=lowercase, tokenize=tokenize),
            decoding=decoding,
            seconds=seconds,
            length_ratio=length_ratio(hypotheses, references, tokenize=tokenize),
            copied=copied_words(sources, references, hypotheses),
            examples=_examples(sources, references, hypotheses),
        )
    )


def _examples(sources: Sequence[str], references: Sequence[Sequence[str]], hypotheses: Sequence[str]) -> list[Example]:
    """Some sentences from all over the test set."""
    step = max(1, len(sources) // EXAMPLES)
    return [Example(sources[i], references[i], hypotheses[i]) for i in range(0, len(sources), step)][:EXAMPLES]
