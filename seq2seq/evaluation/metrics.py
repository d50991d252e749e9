"""Corpus scores of translations by sacrebleu: BLEU, chrF2 and TER, with their signatures and confidence intervals.

The figures are those the `sacrebleu` command prints for the same lines, and the signatures are its own, so that a
reader can repeat them. This file takes detokenized strings. It does not know where they came from: no model, no
vocabulary, no file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from sacrebleu.metrics.base import Metric
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF
from sacrebleu.metrics.ter import TER

from seq2seq.errors import ConfigError, DataError
from seq2seq.registry import suggestion

# For each sentence its references, one or more; the number may differ from sentence to sentence.
References = Sequence[Sequence[str]]


@dataclass(frozen=True)
class Score:
    """One metric's figure for a corpus, from 0 to 100 (TER may exceed 100)."""

    name: str  # "BLEU", "chrF2" or "TER"
    value: float
    signature: str  # sacrebleu's: all that one must know to get the same figure
    interval: tuple[float, float] | None  # low and high end of the 95 % bootstrap interval, if one was asked for
    higher_is_better: bool


def score(
    hypotheses: Sequence[str],
    references: References,
    *,
    lowercase: bool = False,
    tokenize: str | None = None,
    bootstrap: int = 1000,
    seed: int = 12345,
) -> list[Score]:
    """Return BLEU, chrF2 and TER, in this order.

    `lowercase` ignores case in BLEU and chrF2; TER ignores it always, as sacrebleu's default does. `tokenize` is
    BLEU's tokenization (None: 13a). `bootstrap` is the number of resamples behind the intervals; below 2 there are
    none, as in sacrebleu. `seed` makes them repeatable: it is to `sacrebleu --confidence` the variable
    SACREBLEU_SEED, with the same default.

    Raises:
        ConfigError: an unknown tokenization, or one that is not installed; a negative `bootstrap` or `seed`.
        DataError: no sentences, not as many hypotheses as references, or a sentence without reference.
    """
    if bootstrap < 0 or seed < 0:
        raise ConfigError(f"bootstrap and seed cannot be negative: {bootstrap} and {seed}")
    streams = _streams(hypotheses, references)
    metrics = [_bleu(lowercase, tokenize), CHRF(lowercase=lowercase), TER()]
    return [_measure(metric, hypotheses, streams, bootstrap, seed) for metric in metrics]


def bleu(
    hypotheses: Sequence[str], references: References, *, lowercase: bool = False, tokenize: str | None = None
) -> Score:
    """Return BLEU alone, the same figure as `score` gives, without interval: quick enough to validate with.

    Raises ConfigError and DataError as `score` does.
    """
    streams = _streams(hypotheses, references)
    # force: the warning that the text looks tokenized would come again at every validation.
    return _measure(_bleu(lowercase, tokenize, force=True), hypotheses, streams, bootstrap=0, seed=0)


def check_tokenizer(tokenize: str | None) -> None:
    """Raise ConfigError unless BLEU can be computed with this tokenization."""
    _bleu(False, tokenize)


def length_ratio(hypotheses: Sequence[str], references: References, *, tokenize: str | None = None) -> float:
    """Return the tokens in the hypotheses per token in the references, as BLEU counts them for its brevity penalty.

    Of several references, the one nearest in length counts. 0 if the references hold no tokens at all.
    Raises ConfigError and DataError as `score` does.
    """
    streams = _streams(hypotheses, references)
    return float(_bleu(False, tokenize, force=True).corpus_score(hypotheses, streams).ratio)


def _streams(hypotheses: Sequence[str], references: References) -> list[list[str]]:
    """Check the pairing, and turn references by sentence into sacrebleu's streams: the first of each, the second, ….

    A gap is None, which every metric of sacrebleu skips. Its other placeholder, "", it takes for a reference that is
    empty: that shortens BLEU's reference length and TER's average, and so changes both figures.
    """
    if len(hypotheses) != len(references) or not hypotheses:
        problem = "cannot score: " if hypotheses and references else "nothing to score: "
        raise DataError(f"{problem}{len(hypotheses)} hypotheses and {len(references)} sentences with references")
    for number, choices in enumerate(references, start=1):
        if isinstance(choices, str):  # a str is a sequence of str too: each letter would become a reference
            raise DataError(f"the references of sentence {number} are one string; give a list of strings")
        if not choices:
            raise DataError(f"sentence {number} of {len(references)} has no reference")
    width = max(map(len, references))
    streams = [[choices[i] if i < len(choices) else None for choices in references] for i in range(width)]
    return cast("list[list[str]]", streams)  # sacrebleu's types do not know of its own placeholder


def _bleu(lowercase: bool, tokenize: str | None, *, force: bool = False) -> BLEU:
    """Return the metric; raise ConfigError if the tokenization is unknown or cannot be loaded."""
    if tokenize is not None and tokenize not in BLEU.TOKENIZERS:
        raise ConfigError(f"unknown tokenization {tokenize!r}{suggestion(tokenize, BLEU.TOKENIZERS)}")
    try:
        return BLEU(lowercase=lowercase, tokenize=tokenize, force=force)
    except (ImportError, RuntimeError) as error:  # MeCab for Japanese or Korean, or SentencePiece, is missing
        extras = {"ja-mecab": "'sacrebleu[ja]'", "ko-mecab": "'sacrebleu[ko]'"}
        package = extras.get(tokenize or "", "sentencepiece")
        raise ConfigError(f"tokenization {tokenize!r} is not installed; run: pip install {package}") from error
    except OSError as error:  # the spm and flores models are fetched from the network at their first use
        raise ConfigError(f"tokenization {tokenize!r} needs a model that sacrebleu could not fetch: {error}") from error


def _measure(metric: Metric, hypotheses: Sequence[str], streams: list[list[str]], bootstrap: int, seed: int) -> Score:
    """Score the corpus, and resample it for the interval.

    The resampling is sacrebleu's, number for number, but drawn one resample at a time: `corpus_score(n_bootstrap=…)`
    holds all of them at once (1,000 resamples of 10,000 sentences are 0.7 GB for chrF), takes its seed from the
    environment only, and keeps of the interval only half its width.
    """
    statistics = metric._extract_corpus_statistics(hypotheses, streams)
    total = metric._aggregate_and_compute(statistics)
    interval = None
    if bootstrap > 1:
        interval = _bootstrap(metric, np.array(statistics, dtype=np.float32), bootstrap, seed)
        metric.n_bootstrap, metric.seed = bootstrap, str(seed)  # the signature tells them
    return Score(
        name=total.name,
        value=float(total.score),
        signature=metric.get_signature().format(),
        interval=interval,
        higher_is_better=total.name != "TER",
    )


def _bootstrap(
    metric: Metric, statistics: np.ndarray[tuple[int, int], np.dtype[np.float32]], resamples: int, seed: int
) -> tuple[float, float]:
    """Return the 95 % interval over resamples of the sentences, given the statistics (sentences, figures) of each."""
    generator = np.random.default_rng(seed)
    sentences = len(statistics)
    scores = sorted(
        float(metric._compute_score_from_stats(statistics[generator.choice(sentences, size=sentences)].sum(0)).score)
        for _ in range(resamples)
    )
    tail = resamples // 40  # 2.5 % on either side
    return scores[tail], scores[-1 - tail]
