"""Corpus scores: each registered metric's value, signature and confidence interval.

Hypotheses and references are composed (NFC) first, because "é" and "e" with a separate accent look
the same and count as different. Values and signatures of BLEU, chrF2, chrF2++ and TER equal those
that the `sacrebleu` command prints for the composed lines, so that readers can reproduce them.
Texts are detokenized.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from seq2seq.errors import DataError
from seq2seq.metrics.metric import Counts, Metric, References
from seq2seq.metrics.registry import METRICS
from seq2seq.metrics.sacrebleu_adapter import Bleu
from seq2seq.metrics.statistics import RESAMPLES, SEED, SentenceStatistics, confidence_interval
from seq2seq.runtime.plugins import load_plugins
from seq2seq.text import compose


@dataclass(frozen=True)
class Score:
    """One metric's score for a corpus.

    Attributes:
        name: Name of the metric, such as "BLEU".
        value: The score, usually from 0 to 100 (TER may exceed 100).
        signature: All that is needed to reproduce the value.
        interval: Lower and upper end of the 95% bootstrap interval, or None.
        higher_is_better: True if a better translation has a higher score.
    """

    name: str
    value: float
    signature: str
    interval: tuple[float, float] | None
    higher_is_better: bool


def measure(
    hypotheses: Sequence[str],
    references: References,
    *,
    lowercase: bool = False,
    tokenize: str | None = None,
    metrics: Collection[str] = (),
) -> dict[str, SentenceStatistics]:
    """Count, with the metrics in `METRICS`, what the scores are computed from.

    Args:
        hypotheses: One detokenized translation per sentence.
        references: One or more detokenized references per sentence.
        lowercase: Ignore case in BLEU and chrF2; TER always ignores it, as in sacrebleu.
        tokenize: Name of sacrebleu's tokenizer for BLEU; None is 13a.
        metrics: Names of metrics to compute besides those that are computed by default.

    Returns:
        Statistics by the name of the metric, in the order of the registry.

    Raises:
        ConfigError: The tokenizer is unknown or not installed, or there is no such metric.
        DataError: There are no sentences, the numbers of hypotheses and references differ, or a
            sentence has no reference.
    """
    hypotheses, references = _composed(hypotheses, references)
    load_plugins()  # each metric that is installed or allowed may be computed by default
    check_metrics(metrics)
    computed = [
        METRICS[name](lowercase=lowercase, tokenize=tokenize)
        for name in METRICS
        if METRICS[name].by_default or name in metrics
    ]
    counts = _count(computed, hypotheses, references)
    n_references = _n_references(references)
    return {
        metric.name: SentenceStatistics(metric, counts[metric.name], n_references)
        for metric in computed
    }


def to_score(
    statistics: SentenceStatistics, *, bootstrap: int = RESAMPLES, seed: int = SEED
) -> Score:
    """Return the score of a corpus, with an interval from `bootstrap` resamples.

    With fewer than two resamples there is no interval, as in sacrebleu. `seed` makes intervals
    repeatable, as the variable SACREBLEU_SEED does for `sacrebleu --confidence`, with the same
    default.
    """
    interval = None
    settings = {}
    if bootstrap > 1:
        interval = confidence_interval(statistics.bootstrap_scores(bootstrap, seed))
        settings = {"bs": bootstrap, "seed": seed}
    return Score(
        name=statistics.name,
        value=statistics.value,
        signature=statistics.signature(**settings),
        interval=interval,
        higher_is_better=statistics.higher_is_better,
    )


def bleu(
    hypotheses: Sequence[str],
    references: References,
    *,
    lowercase: bool = False,
    tokenize: str | None = None,
) -> Score:
    """Return only BLEU, without an interval: quick enough for validation during training.

    Arguments and errors are those of `measure`.
    """
    hypotheses, references = _composed(hypotheses, references)
    # The warning that the text looks tokenized would be repeated at every validation.
    metric = Bleu(lowercase=lowercase, tokenize=tokenize, warn=False)
    counts = metric.statistics(hypotheses, references)
    statistics = SentenceStatistics(metric, counts, _n_references(references))
    return to_score(statistics, bootstrap=0)


def check_metrics(metrics: Iterable[str]) -> None:
    """Raise ConfigError unless there are metrics with these names."""
    for name in metrics:
        METRICS[name]


def check_tokenizer(tokenize: str | None) -> None:
    """Raise ConfigError unless BLEU can be computed with this tokenizer."""
    Bleu(tokenize=tokenize)


def length_ratio(statistics: Mapping[str, SentenceStatistics]) -> float:
    """Return hypothesis tokens per reference token, as BLEU counts them for its brevity penalty.

    Of several references, the one nearest in length counts. The ratio is 0 if the references have
    no tokens.
    """
    bleu = statistics[Bleu.name]
    assert isinstance(bleu.metric, Bleu)
    return bleu.metric.length_ratio(bleu.totals)


def _count(
    metrics: Sequence[Metric], hypotheses: Sequence[str], references: References
) -> dict[str, Counts]:
    """Count with each metric, except where the counts follow from those of another one."""
    names = {metric.name for metric in metrics}
    derived = [metric for metric in metrics if metric.derived_from in names]
    counts = {
        metric.name: metric.statistics(hypotheses, references)
        for metric in metrics
        if metric not in derived
    }
    for metric in derived:
        assert metric.derived_from in counts, f"{metric.name} is derived from a derived metric"
        taken = metric.derive(counts[metric.derived_from], references)
        if taken is None:
            taken = metric.statistics(hypotheses, references)
        counts[metric.name] = taken
    return counts


def _n_references(references: References) -> int | None:
    """Return the number of references per sentence, None if it varies."""
    numbers = set(map(len, references))
    return numbers.pop() if len(numbers) == 1 else None


def _composed(
    hypotheses: Sequence[str], references: References
) -> tuple[Sequence[str], References]:
    """Return the texts in composed form, after checking that each hypothesis has references."""
    _check_pairs(hypotheses, references)
    return list(map(compose, hypotheses)), [list(map(compose, choices)) for choices in references]


def _check_pairs(hypotheses: Sequence[str], references: References) -> None:
    """Raise DataError unless each hypothesis has references."""
    if len(hypotheses) != len(references) or not hypotheses:
        problem = "cannot score: " if hypotheses and references else "nothing to score: "
        raise DataError(
            f"{problem}{len(hypotheses)} hypotheses and {len(references)} sentences with references"
        )
    for number, choices in enumerate(references, start=1):
        if isinstance(choices, str):  # a sequence of str too: each character would be a reference
            raise DataError(
                f"the references of sentence {number} are one string; give a list of strings"
            )
        if not choices:
            raise DataError(f"sentence {number} of {len(references)} has no reference")
