"""Evaluation of a model on test sets: translate, time and examine each of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from seq2seq.data.corpus.corpus import Corpus
from seq2seq.data.corpus.readers import TextOptions
from seq2seq.documents.glossary import Glossary, load_glossary
from seq2seq.documents.read_file import within
from seq2seq.errors import ConfigError
from seq2seq.evaluation.baselines import baselines
from seq2seq.evaluation.beams import traced_beams
from seq2seq.evaluation.decoding_facts import decoding_facts
from seq2seq.evaluation.examine import examine
from seq2seq.evaluation.score_files import check_names, read_scores
from seq2seq.evaluation.test_sets import Columns, ReadSet
from seq2seq.evaluation.training_words import TrainingWords
from seq2seq.evaluation.translate_set import translate_set
from seq2seq.metrics.scores import check_metrics
from seq2seq.metrics.statistics import SentenceStatistics
from seq2seq.model_directory.description import ModelDescription
from seq2seq.model_directory.hub import model_directory
from seq2seq.reports.evaluation_report import EvaluationReport
from seq2seq.reports.findings import Findings, GradientFlow
from seq2seq.runtime.ranks import SINGLE_PROCESS, Ranks
from seq2seq.translation.engines.choose import describe_all
from seq2seq.translation.glossary_terms import target_forms
from seq2seq.translation.model_languages import target_language
from seq2seq.translation.options import TranslatorOptions
from seq2seq.translation.translator import Translator


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
    metrics: Collection[str] = (),
    training_text: str | None = None,
    glossary: str | Path | None = None,
    scores: Mapping[str, Sequence[str | Path]] | None = None,
    lower_is_better: Collection[str] = (),
    beams: Sequence[int] = (),
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
        metrics: Names of metrics to compute besides those that are computed by default, such as
            "phoneme error rate".
        training_text: File of the pairs that the model was trained on, for scores by rare words.
        glossary: File with terms as for `Translator.translate_document`. The model uses them, the
            baseline does not; the report says how often each of the two has them.
        scores: Files with the scores of other metrics for these translations, a number per
            sentence: for each metric one file per set.
        lower_is_better: Names of the metrics for which a lower score is better.
        beams: Numbers of sentences, from 1, whose beam search the page draws.
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
    check_metrics(metrics)
    if references and by is not None:
        raise ConfigError("further references and a column to group by exclude each other")
    models = [model] if isinstance(model, str | Path) else list(model)
    loaded = describe_all([model_directory(one) for one in models], verify=options.verify)
    data = loaded[0].config.data
    language = _language(loaded[0], options.to, target)
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
    options = replace(options, to=language, alignments=any(one.has_attention for one in loaded))
    translator = Translator.from_descriptions(loaded, options=options, ranks=ranks)
    flows = [_gradients(loaded, one.corpus, language, ranks) for one in read]
    terms = None if glossary is None else _terms(translator, Path(glossary))
    drawn = traced_beams(translator, read, beams, terms)
    outputs = [translate_set(translator, one.corpus, language, terms) for one in read]
    others = baselines(baseline, read, language, options.device, ranks)
    given = _given_scores(scores or {}, lower_is_better, read)

    def examined() -> list[Findings]:
        words = TrainingWords.count(training_text, data, source)
        return [
            examine(
                " + ".join(map(str, models)),
                one.test_set(words),
                output,
                decoding_facts(translator, options),
                baseline=other,
                gradients=flow,
                given=figures,
                glossary=terms,
                lowercase=lowercase,
                tokenize=tokenize or data.bleu_tokenizer,
                metrics=metrics,
            )
            for one, output, other, flow, figures in zip(
                read, outputs, others, flows, given, strict=True
            )
        ]

    return EvaluationReport(ranks.broadcast_result(examined), drawn)


def _language(model: ModelDescription, to: str, column: str | None) -> str:
    """Return the tag of the target language, which may be named by the column of the references.

    Raises:
        ConfigError: A model of several languages needs one, or does not have it.
    """
    if not to and model.tokenizers.languages:
        to = column or ""
    language = target_language(model, to)
    model.tokenizers.tag(language)
    return language


def _terms(translator: Translator, path: Path) -> Glossary:
    """Read a glossary.

    Raises:
        DataError: It cannot be read.
        ConfigError: A term contradicts the decoding settings.
    """
    terms = load_glossary(path, *translator.languages)
    with within(path):
        translator.check_terms(target_forms(terms, translator.languages[1]))
    return terms


def _given_scores(
    scores: Mapping[str, Sequence[str | Path]],
    lower_is_better: Collection[str],
    sets: Sequence[ReadSet],
) -> list[list[SentenceStatistics]]:
    """Read the scores of other metrics, for each set."""
    for name, paths in scores.items():
        if len(paths) != len(sets):
            raise ConfigError(f"--scores {name}: {len(paths)} files for {len(sets)} sets")
    check_names(lower_is_better, scores)
    return [
        [
            read_scores(
                name,
                Path(paths[number]),
                len(one.corpus),
                higher_is_better=name not in lower_is_better,
            )
            for name, paths in scores.items()
        ]
        for number, one in enumerate(sets)
    ]


def _gradients(
    models: Sequence[ModelDescription], corpus: Corpus, to: str, ranks: Ranks
) -> list[GradientFlow]:
    """Measure how far back gradients reach in a single model, on rank 0, with PyTorch."""
    if len(models) > 1 or not ranks.is_main or find_spec("torch") is None:
        return []
    from seq2seq.evaluation.gradients import gradient_flows
    from seq2seq.model_directory.store import load_described

    return gradient_flows(load_described(models[0]), corpus.sources(), corpus.targets(), to)
