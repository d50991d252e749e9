"""Comparison of several systems: translate, score, and test them against one of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from seq2seq.data.corpus.readers import TextOptions
from seq2seq.errors import ConfigError
from seq2seq.evaluation.score_files import check_names, read_scores
from seq2seq.evaluation.systems import Member, System, Systems, find_systems
from seq2seq.evaluation.test_sets import Columns, ReadSet, hypotheses_in
from seq2seq.evaluation.translate_set import translate_set
from seq2seq.metrics.holm import holm
from seq2seq.metrics.scores import check_metrics, measure, to_score
from seq2seq.metrics.seed_groups import Measured, compare_seeds
from seq2seq.registry import suggestion
from seq2seq.reports.compared import ComparedScore, ComparedSystem
from seq2seq.reports.comparison_report import ComparisonReport
from seq2seq.runtime.progress import track
from seq2seq.translation.model_languages import target_language
from seq2seq.translation.options import TranslatorOptions
from seq2seq.translation.translator import Translator

ScoreFiles = Mapping[str, Sequence[str | Path]]
"""Files of scores by the name of their metric: for each set, one per seed of each system."""


def compare(
    systems: Systems,
    sets: str | Sequence[str],
    *,
    baseline: str = "",
    source: str | None = None,
    target: str | None = None,
    hub_config: str | None = None,
    split: str | None = None,
    references: bool = False,
    encoding: str = "",
    lowercase: bool = False,
    tokenize: str | None = None,
    metrics: Collection[str] = (),
    scores: ScoreFiles | None = None,
    lower_is_better: Collection[str] = (),
    options: TranslatorOptions | None = None,
    **changes: Any,
) -> ComparisonReport:
    """Score several systems on the same test sets, and test each against a baseline.

    Models that have the same configuration except for the seed are one system, with the mean and
    the standard deviation of its scores. The p-values are those of sacrebleu's paired tests, and
    for several seeds of the mean scores; they are corrected by Holm's method for all systems and
    sets of a metric.

    Examples:
        >>> systems = {"GRU": ["runs/gru-1", "runs/gru-2"], "other": "theirs.txt"}
        >>> compare(systems, "test.tsv").score("other").verdict

    Args:
        systems: Run directories, model directories, names of models, and files of translations with
            one per line. A mapping names them; the values may be lists of seeds.
        sets: Files or Hub datasets as for `Corpus.load`.
        baseline: Name of the system to compare the others with. Default: the first.
        source: Source column, if it is not the first.
        target: Reference column, if it is not the second; for models of several languages also the
            target language, unless `options.to` names it.
        hub_config: Configuration of a Hub dataset.
        split: Split of a Hub dataset, which must be named.
        references: If true, the columns after the source and the target are further references.
        encoding: Encoding of the files of a set; "" is UTF-8, or as a byte-order mark says.
        lowercase: If true, ignore case in the scores.
        tokenize: sacrebleu's tokenization for BLEU; None is that of the models.
        metrics: Names of metrics to compute besides those that are computed by default.
        scores: Files with the scores of other metrics, a number per sentence: for each metric the
            files of the first set, in the order of the systems and their seeds, then those of the
            next set.
        lower_is_better: Names of the metrics for which a lower score is better.
        options: Options of loading and translating, for all models.
        changes: Fields of TranslatorOptions to change in `options`, such as decoding={"beam": 1}.

    Returns:
        The report.

    Raises:
        CheckpointError: A model is missing or damaged.
        ConfigError: There are fewer than two systems, or an option is wrong.
        DataError: A set or a file cannot be read, or they do not fit together.
    """
    options = replace(options or TranslatorOptions(), **changes)
    found = find_systems(systems, verify=options.verify)
    base = _baseline(found, baseline)
    check_metrics(metrics)
    members = [one for system in found for one in system.members]
    names = [sets] if isinstance(sets, str) else list(sets)
    _check_files(members, names, scores or {}, lower_is_better)
    columns = Columns(
        source=source,
        target=target,
        config=hub_config,
        split=split,
        by=None,
        references=references,
        options=_text_options(members, encoding, options.to or target or ""),
    )
    read = [columns.read(name) for name in names]
    tokenize = tokenize or _tokenizer(members)
    translated = [_hypotheses(one, read, options, target or "") for one in members]
    compared: list[ComparedScore] = []
    for number, one in enumerate(read):
        measured = [
            measure(
                hypotheses[number],
                one.corpus.references(),
                lowercase=lowercase,
                tokenize=tokenize,
                metrics=metrics,
            )
            for hypotheses in track(translated, f"scoring {one.corpus.name}", total=len(members))
        ]
        for metric, paths in (scores or {}).items():
            own = paths[number * len(members) : (number + 1) * len(members)]
            for statistics, path in zip(measured, own, strict=True):
                higher = metric not in lower_is_better
                statistics[metric] = read_scores(
                    metric, Path(path), len(one.corpus), higher_is_better=higher
                )
        compared += _compared(found, base, one.corpus.name, measured)
    return ComparisonReport(
        [
            ComparedSystem(
                one.name,
                [member.place for member in one.members],
                [member.seed for member in one.members],
            )
            for one in found
        ],
        base.name,
        [(one.corpus.name, len(one.corpus)) for one in read],
        _corrected(compared),
    )


def _baseline(systems: Sequence[System], name: str) -> System:
    """Return the system that the others are compared with, by its name or one of its places."""
    if not name:
        return systems[0]
    for one in systems:
        if name == one.name or name in [member.place for member in one.members]:
            return one
    names = [one.name for one in systems]
    raise ConfigError(f"the baseline {name!r} is not among the systems{suggestion(name, names)}")


def _check_files(
    members: Sequence[Member],
    sets: Sequence[str],
    scores: ScoreFiles,
    lower_is_better: Collection[str],
) -> None:
    """Check that there is a file of translations and of scores for each set.

    Raises:
        ConfigError: There is not.
    """
    files = [one.place for one in members if one.model is None]
    if files and len(sets) > 1:
        raise ConfigError(
            f"{files[0]}: holds the translations of one test set; name a single --data"
        )
    for metric, paths in scores.items():
        if len(paths) != len(members) * len(sets):
            raise ConfigError(
                f"--scores {metric}: {len(paths)} files for {len(members)} models and files and "
                f"{len(sets)} sets; give one for each, in the order of the systems"
            )
    check_names(lower_is_better, scores)


def _text_options(members: Sequence[Member], encoding: str, to: str) -> TextOptions:
    """Return how to read the sets: the languages are those of the first model."""
    models = [one.model for one in members if one.model is not None]
    if not models:
        return TextOptions(encoding=encoding)
    data = models[0].config.data
    return TextOptions(
        encoding=encoding,
        source_language=data.source_language,
        target_language=data.target_language or to,
    )


def _tokenizer(members: Sequence[Member]) -> str | None:
    """Return the tokenization for BLEU that the models share."""
    names = {one.model.config.data.bleu_tokenizer for one in members if one.model is not None}
    if len(names) > 1:
        raise ConfigError(
            f"the models have different data.bleu_tokenizer ({', '.join(map(str, names))}); name "
            "one with --tokenize"
        )
    return names.pop() if names else None


def _hypotheses(
    one: Member, sets: Sequence[ReadSet], options: TranslatorOptions, target: str
) -> list[Sequence[str]]:
    """Return the translations of each set."""
    if one.model is None:
        return [hypotheses_in(Path(one.place), read.corpus) for read in sets]
    named = options.to or (target if one.model.tokenizers.languages else "")
    language = target_language(one.model, named)
    one.model.tokenizers.tag(language)
    own = replace(options, to=language, alignments=False)
    translator = Translator.from_descriptions([one.model], options=own)
    return [translate_set(translator, read.corpus, language).hypotheses for read in sets]


def _compared(
    systems: Sequence[System], base: System, data: str, measured: Sequence[Measured]
) -> list[ComparedScore]:
    """Return the scores of the systems on a set, given those of all seeds in a row."""
    rest = list(measured)
    groups = [(one, [rest.pop(0) for _ in one.members]) for one in systems]
    [theirs] = [seeds for one, seeds in groups if one is base]
    compared = []
    for one, seeds in track(groups, f"testing {data}", total=len(groups)):
        tests = {} if one is base else {test.name: test for test in compare_seeds(seeds, theirs)}
        for metric, statistics in seeds[0].items():
            score = to_score(statistics)
            compared.append(
                ComparedScore(
                    data=data,
                    system=one.name,
                    metric=metric,
                    values=[seed[metric].value for seed in seeds],
                    interval=score.interval if len(seeds) == 1 else None,
                    signature=statistics.signature(),
                    higher_is_better=score.higher_is_better,
                    comparison=tests.get(metric),
                )
            )
    return compared


def _corrected(scores: Sequence[ComparedScore]) -> list[ComparedScore]:
    """Correct the p-values of each metric, for all systems and sets."""
    corrected = list(scores)
    for metric in dict.fromkeys(one.metric for one in scores):
        places = []
        tests = []
        for place, one in enumerate(scores):
            if one.metric == metric and one.comparison is not None:
                places.append(place)
                tests.append(one.comparison)
        bootstrap = holm([test.p_bootstrap for test in tests])
        randomised = holm([test.p_randomisation for test in tests])
        for place, first, second in zip(places, bootstrap, randomised, strict=True):
            corrected[place] = replace(scores[place], p_bootstrap=first, p_randomisation=second)
    return corrected
