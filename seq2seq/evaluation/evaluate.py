"""Evaluation of a model on test sets: translate, time and examine each of them."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from seq2seq.data.corpus.corpus import Corpus, is_local
from seq2seq.data.corpus.lines import open_binary, read_lines
from seq2seq.data.corpus.readers import TextOptions
from seq2seq.documents.glossary import Glossary, load_glossary
from seq2seq.documents.read_file import within
from seq2seq.errors import ConfigError, DataError
from seq2seq.evaluation.examine import SystemOutput, TestSet, examine
from seq2seq.evaluation.training_words import TrainingWords
from seq2seq.model_directory.description import Description
from seq2seq.model_directory.hub import model_directory
from seq2seq.reports.evaluation_report import EvaluationReport
from seq2seq.reports.findings import Findings, GradientFlow, Reading
from seq2seq.runtime.progress import track
from seq2seq.runtime.ranks import SINGLE_PROCESS, Ranks
from seq2seq.translation.engines.choose import describe_all
from seq2seq.translation.glossary_terms import target_forms, terms_of
from seq2seq.translation.model_languages import target_language
from seq2seq.translation.options import TranslatorOptions
from seq2seq.translation.translator import Translator
from seq2seq.translation.values import Source, Translation


def evaluate(
    model: str | Path | Sequence[str | Path],
    sets: str | Sequence[str],
    *,
    source: str | None = None,
    target: str | None = None,
    hub_config: str | None = None,
    split: str | None = None,
    by: str | None = None,
    references: bool = False,
    encoding: str = "",
    baseline: str | Path | Sequence[str | Path] | None = None,
    lowercase: bool = False,
    tokenize: str | None = None,
    training_text: str | None = None,
    glossary: str | Path | None = None,
    options: TranslatorOptions | None = None,
    ranks: Ranks = SINGLE_PROCESS,
    **changes: Any,
) -> EvaluationReport:
    """Translate test sets, score them, and examine where the translations fail.

    Each model is loaded once, for any number of sets. Several ranks, each calling this, share the
    sentences; rank 0 scores, and all return its report.

    Args:
        model: Model directory, name of a shipped model, or Hub name; several are an ensemble.
        sets: Files or Hub datasets as for `Corpus.load`.
        source: Source column, if it is not the first.
        target: Reference column, if it is not the second; for a model of several languages also the
            target language, unless `options.to` names it.
        hub_config: Configuration of a Hub dataset.
        split: Split of a Hub dataset, which must be named.
        by: Further column whose values group the sentences.
        references: If true, the columns after the source and the target are further references;
            not with `by`.
        encoding: Encoding of the files of a set, such as "windows-1252"; "" is UTF-8, or as a
            byte-order mark says.
        baseline: System to compare with: a model directory, which decodes as its own configuration
            says, or a file of translations, one per sentence (one file per set).
        lowercase: If true, ignore case in the scores.
        tokenize: sacrebleu's tokenization for BLEU; None is the model's data.bleu_tokenizer.
        training_text: File of the pairs that the model was trained on, for scores by rare words.
        glossary: File with terms as for `Translator.translate_document`. The model uses them, the
            baseline does not; the report says how often each of the two has them.
        options: Options of loading and translating; `alignments` is set by need.
        ranks: The processes that share the work.
        changes: Fields of TranslatorOptions to change in `options`, such as decoding={"beam": 1}.

    Returns:
        The report, with the findings of each set.

    Raises:
        CheckpointError: A model is missing or damaged.
        ConfigError: An option is wrong, or excludes another.
        DataError: A set cannot be read or does not fit the baseline.
    """
    options = replace(options or TranslatorOptions(), **changes)
    names = [sets] if isinstance(sets, str) else list(sets)
    if references and by is not None:
        raise ConfigError("further references and a column to group by exclude each other")
    models = [model] if isinstance(model, str | Path) else list(model)
    directories = [model_directory(one) for one in models]
    loaded = describe_all(directories, verify=options.verify)
    config = loaded[0].config
    language = options.to
    if not language and loaded[0].tokenizers.languages:
        language = target or ""
    language = target_language(loaded[0], language)
    loaded[0].tokenizers.tag(language)
    data = config.data
    columns = Columns(
        source=source,
        target=target,
        config=hub_config,
        split=split,
        by=by,
        references=references,
        options=TextOptions(
            encoding=encoding,
            source_language=data.source_language,
            target_language=language or data.target_language,
        ),
    )
    read = [columns.read(name) for name in names]
    attentive = any(one.config.model.attention != "none" for one in loaded)
    options = replace(options, to=language, alignments=attentive)
    translator = Translator.from_descriptions(loaded, options=options, ranks=ranks)
    flows = [_gradients(loaded, one.corpus, language, ranks) for one in read]
    terms = None
    if glossary is not None:
        terms = load_glossary(Path(glossary), *translator.languages)
        with within(Path(glossary)):
            translator.check_terms(target_forms(terms, translator.languages[1]))
    outputs = [_translate(translator, one.corpus, language, terms) for one in read]
    baselines = _baselines(baseline, read, language, options.device, ranks)

    def examined() -> list[Findings]:
        words = TrainingWords.count(training_text, config.data, source)
        return [
            examine(
                " + ".join(map(str, models)),
                one.test_set(words),
                output,
                _decoding_facts(translator, options),
                baseline=other,
                gradients=flow,
                glossary=terms,
                lowercase=lowercase,
                tokenize=tokenize or config.data.bleu_tokenizer,
            )
            for one, output, other, flow in zip(read, outputs, baselines, flows, strict=True)
        ]

    return EvaluationReport(ranks.broadcast_result(examined))


@dataclass(frozen=True)
class ReadSet:
    """A test set in memory.

    Attributes:
        corpus: Its pairs, with further references.
        by: Name of the column that groups the sentences, or "".
        values: The values of that column, or None.
    """

    corpus: Corpus
    by: str = ""
    values: Sequence[str] | None = None

    def test_set(self, words: TrainingWords) -> TestSet:
        """Return the set with what is known of its words."""
        return TestSet(
            self.corpus.name,
            self.corpus.sources(),
            self.corpus.references(),
            words.counts,
            self.values,
            self.by,
            words.notes,
        )


@dataclass(frozen=True, kw_only=True)
class Columns:
    """Where the texts of a test set are, and how to read them, as for `evaluate`."""

    source: str | None
    target: str | None
    config: str | None
    split: str | None
    by: str | None
    references: bool = False
    options: TextOptions | None = None

    def read(self, place: str) -> ReadSet:
        """Read a test set; raise DataError if it cannot be read."""
        if self.split is None and not is_local(place):
            raise DataError(
                f"{place}: name the split of the Hub dataset to evaluate on, such as --split test"
            )
        corpus = Corpus.load(
            place,
            source=self.source,
            target=self.target,
            config=self.config,
            split=self.split,
            references=self.references,
            options=self.options,
            name=place,
        )
        if self.by is None:
            return ReadSet(corpus)
        column = Corpus.load(
            place,
            source=self.source,
            target=self.by,
            config=self.config,
            split=self.split,
            options=self.options,
        )
        return ReadSet(corpus, self.by, column.targets())


def _gradients(
    models: Sequence[Description], corpus: Corpus, to: str, ranks: Ranks
) -> list[GradientFlow]:
    """Measure how far back gradients reach in a single model, on rank 0, with PyTorch."""
    if len(models) > 1 or not ranks.is_main or find_spec("torch") is None:
        return []
    from seq2seq.evaluation.gradients import gradient_flows
    from seq2seq.model_directory.store import load_described

    return gradient_flows(load_described(models[0]), corpus.sources(), corpus.targets(), to)


def _translate(
    translator: Translator, corpus: Corpus, to: str, glossary: Glossary | None = None
) -> SystemOutput:
    """Translate the sources of a set, with a progress bar on rank 0."""
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


def _decoding_facts(
    translator: Translator, options: TranslatorOptions
) -> Mapping[str, str | int | float]:
    """Return what the report says about how it was decoded."""
    facts: dict[str, str | int | float] = {
        "beam": translator.decoding.beam,
        "length_penalty": translator.decoding.length_penalty,
        "dtype": translator.dtype,
        "shortlist": "yes" if options.shortlist else "no",
        "text": _text_facts(translator),
    }
    if options.to:
        facts["to"] = options.to
    shown = ("beam", "length_penalty", "nbest")
    others = {name: value for name, value in options.decoding.items() if name not in shown}
    if others:
        facts["settings"] = ", ".join(f"{name}={value}" for name, value in others.items())
    return facts


def _text_facts(translator: Translator) -> str:
    """Return what happens to a text before the model reads it."""
    if translator.raw:
        return "as it is"
    steps = translator.tokenizers.steps
    named = {
        "split into sentences": translator.decoding.split_sentences,
        "items protected": steps.protect,
        "case marks": steps.case_marks,
    }
    return ", ".join(name for name, used in named.items() if used) or "as it is"


def _baselines(
    baseline: str | Path | Sequence[str | Path] | None,
    sets: Sequence[ReadSet],
    to: str,
    device: str,
    ranks: Ranks,
) -> list[tuple[str, Sequence[str]] | None]:
    """Return the name and the hypotheses to compare with, for each set."""
    if baseline is None:
        return [None] * len(sets)
    places = [baseline] if isinstance(baseline, str | Path) else list(baseline)
    if len(places) == 1 and (len(sets) == 1 or not Path(places[0]).is_file()):
        places *= len(sets)
    if len(places) != len(sets):
        raise ConfigError(
            f"--baseline: {len(places)} for {len(sets)} sets; name a model directory once, or a "
            "file for each --data"
        )
    translators: dict[str, Translator] = {}
    found: list[tuple[str, Sequence[str]] | None] = []
    for place, one in zip(places, sets, strict=True):
        name = str(place)
        if Path(place).is_file():
            found.append((name, _lines(Path(place), one.corpus)))
            continue
        if name not in translators:
            translators[name] = Translator.from_pretrained(place, device=device, ranks=ranks)
        found.append((name, _translate(translators[name], one.corpus, to).hypotheses))
    return found


def _lines(file: Path, corpus: Corpus) -> list[str]:
    """Read a file of translations, one per sentence of a set."""
    with open_binary(str(file)) as stream:
        lines = [line.text for line in islice(read_lines(stream), len(corpus) + 1)]
    if len(lines) != len(corpus):
        there = f"{len(lines):,}" if len(lines) < len(corpus) else f"more than {len(corpus):,}"
        raise DataError(
            f"{file}: {there} lines, for the {len(corpus):,} sentences of {corpus.name}"
        )
    return lines
