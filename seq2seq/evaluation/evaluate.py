"""Evaluation of a model on test sets: translate, time and examine each of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from seq2seq.data.corpus.corpus import Corpus
from seq2seq.data.corpus.readers import TextOptions
from seq2seq.documents.glossary import load_glossary
from seq2seq.errors import ConfigError
from seq2seq.evaluation.beams import traced_beams
from seq2seq.evaluation.examine import examine
from seq2seq.evaluation.score_files import check_names, read_scores
from seq2seq.evaluation.test_sets import Columns, ReadSet, hypotheses_in
from seq2seq.evaluation.training_words import TrainingWords
from seq2seq.evaluation.translate_set import translate_set
from seq2seq.metrics.statistics import SentenceStatistics
from seq2seq.model_directory.description import Description
from seq2seq.model_directory.hub import model_directory
from seq2seq.reports.evaluation_report import EvaluationReport
from seq2seq.reports.findings import Findings, GradientFlow
from seq2seq.runtime.ranks import SINGLE_PROCESS, Ranks
from seq2seq.translation.engines.choose import describe_all
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
        training_text: File of the pairs that the model was trained on, for scores by rare words.
        glossary: File with terms as for `Translator.translate_document`. The model uses them, the
            baseline does not; the report says how often each of the two has them.
        scores: Files with the scores of other metrics for these translations, a number per
            sentence: for each metric one file per set.
        lower_is_better: Names of those metrics of which a lower score is better.
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
    drawn = traced_beams(translator, read, beams, terms)
    outputs = [translate_set(translator, one.corpus, language, terms) for one in read]
    baselines = _baselines(baseline, read, language, options.device, ranks)

    given = _given_scores(scores or {}, lower_is_better, read)

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
                given=others,
                glossary=terms,
                lowercase=lowercase,
                tokenize=tokenize or config.data.bleu_tokenizer,
            )
            for one, output, other, flow, others in zip(
                read, outputs, baselines, flows, given, strict=True
            )
        ]

    return EvaluationReport(ranks.broadcast_result(examined), drawn)


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
    models: Sequence[Description], corpus: Corpus, to: str, ranks: Ranks
) -> list[GradientFlow]:
    """Measure how far back gradients reach in a single model, on rank 0, with PyTorch."""
    if len(models) > 1 or not ranks.is_main or find_spec("torch") is None:
        return []
    from seq2seq.evaluation.gradients import gradient_flows
    from seq2seq.model_directory.store import load_described

    return gradient_flows(load_described(models[0]), corpus.sources(), corpus.targets(), to)


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
            found.append((name, hypotheses_in(Path(place), one.corpus)))
            continue
        if name not in translators:
            translators[name] = Translator.from_pretrained(place, device=device, ranks=ranks)
        found.append((name, translate_set(translators[name], one.corpus, to).hypotheses))
    return found
