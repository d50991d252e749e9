"""Corpus scores of translations by sacrebleu: BLEU, chrF2, chrF2++ and TER, with signatures and
confidence intervals.

The figures are those the `sacrebleu` command prints for the same lines, and the signatures are its
own, so that a reader can repeat them. This file takes detokenized strings. It does not know where
they came from: no model, no vocabulary, no file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF
from sacrebleu.metrics.ter import TER

from seq2seq.errors import ConfigError, DataError
from seq2seq.metrics.statistics import SentenceStatistics, interval
from seq2seq.registry import suggestion

# For each sentence its references, one or more; the number may differ from sentence to sentence.
References = Sequence[Sequence[str]]


@dataclass(frozen=True)
class Score:
    """One metric's figure for a corpus, from 0 to 100 (TER may exceed 100)."""

    name: str  # "BLEU", "chrF2", "chrF2++" or "TER"
    value: float
    signature: str  # sacrebleu's: all that one must know to get the same figure
    interval: (
        tuple[float, float] | None
    )  # low and high end of the 95 % bootstrap interval, if one was asked for
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
    """Return BLEU, chrF2, chrF2++ and TER, in this order.

    `lowercase` ignores case in BLEU and chrF2; TER ignores it always, as sacrebleu's default does.
    `tokenize` is BLEU's tokenization (None: 13a). `bootstrap` is the number of resamples behind the
    intervals; below 2 there are none, as in sacrebleu. `seed` makes them repeatable: it is to
    `sacrebleu --confidence` the variable SACREBLEU_SEED, with the same default.

    Raises:
        ConfigError: an unknown tokenization, or one that is not installed; a negative `bootstrap`
            or `seed`.
        DataError: no sentences, not as many hypotheses as references, or a sentence without
            reference.
    """
    if bootstrap < 0 or seed < 0:
        raise ConfigError(f"bootstrap and seed cannot be negative: {bootstrap} and {seed}")
    measured = measure(hypotheses, references, lowercase=lowercase, tokenize=tokenize)
    return [to_score(one, bootstrap, seed) for one in measured]


def measure(
    hypotheses: Sequence[str],
    references: References,
    *,
    lowercase: bool = False,
    tokenize: str | None = None,
) -> list[SentenceStatistics]:
    """Count what the scores of `score` are made of, in their order, sentence by sentence.

    Raises ConfigError and DataError as `score` does.
    """
    streams = _streams(hypotheses, references)
    bleu, ter = (
        SentenceStatistics(metric, hypotheses, streams)
        for metric in (_bleu(lowercase, tokenize), TER())
    )
    chrf, plus = (
        CHRF(lowercase=lowercase),
        SentenceStatistics(CHRF(lowercase=lowercase, word_order=2), hypotheses, streams),
    )
    if len(streams) > 1:  # which reference a sentence is nearest to may depend on the words
        return [bleu, SentenceStatistics(chrf, hypotheses, streams), plus, ter]
    chrf.num_refs = plus.metric.num_refs  # for its signature
    letters = 3 * chrf.char_order  # chrF2++ counts these first, and words after them
    return [
        bleu,
        SentenceStatistics(chrf, counts=[counts[:letters] for counts in plus.counts]),
        plus,
        ter,
    ]


def to_score(measured: SentenceStatistics, bootstrap: int = 1000, seed: int = 12345) -> Score:
    """The score of what was counted, with its interval if there are to be two resamples or more."""
    sampled = bootstrap > 1
    return Score(
        name=measured.name,
        value=measured.value,
        signature=measured.signature(**({"bs": bootstrap, "seed": seed} if sampled else {})),
        interval=interval(measured.resampled(bootstrap, seed)) if sampled else None,
        higher_is_better=measured.higher_is_better,
    )


def bleu(
    hypotheses: Sequence[str],
    references: References,
    *,
    lowercase: bool = False,
    tokenize: str | None = None,
) -> Score:
    """Return BLEU alone, the same figure as `score` gives, without interval: quick enough to
    validate with.

    Raises ConfigError and DataError as `score` does.
    """
    streams = _streams(hypotheses, references)
    # force: the warning that the text looks tokenized would come again at every validation.
    return to_score(
        SentenceStatistics(_bleu(lowercase, tokenize, force=True), hypotheses, streams), bootstrap=0
    )


def check_tokenizer(tokenize: str | None) -> None:
    """Raise ConfigError unless BLEU can be computed with this tokenization."""
    _bleu(False, tokenize)


def length_ratio(bleu: SentenceStatistics) -> float:
    """Return the tokens in the hypotheses per token in the references, as BLEU counts them for its
    brevity penalty.

    Of several references, the one nearest in length counts. 0 if the references hold no tokens at
    all."""
    return float(bleu.metric._aggregate_and_compute(bleu.counts).ratio)


def _streams(hypotheses: Sequence[str], references: References) -> list[list[str]]:
    """Check the pairing, and turn references by sentence into sacrebleu's streams: the first of
    each, the second, ….

    A gap is None, which every metric of sacrebleu skips. Its other placeholder, "", it takes for a
    reference that is empty: that shortens BLEU's reference length and TER's average, and so changes
    both figures."""
    if len(hypotheses) != len(references) or not hypotheses:
        problem = "cannot score: " if hypotheses and references else "nothing to score: "
        raise DataError(
            f"{problem}{len(hypotheses)} hypotheses and {len(references)} sentences with references"
        )
    for number, choices in enumerate(references, start=1):
        if isinstance(
            choices, str
        ):  # a str is a sequence of str too: each letter would become a reference
            raise DataError(
                f"the references of sentence {number} are one string; give a list of strings"
            )
        if not choices:
            raise DataError(f"sentence {number} of {len(references)} has no reference")
    width = max(map(len, references))
    streams = [
        [choices[i] if i < len(choices) else None for choices in references] for i in range(width)
    ]
    return cast("list[list[str]]", streams)  # sacrebleu's types do not know of its own placeholder


def _bleu(lowercase: bool, tokenize: str | None, *, force: bool = False) -> BLEU:
    """Return the metric; raise ConfigError if the tokenization is unknown or cannot be loaded."""
    if tokenize is not None and tokenize not in BLEU.TOKENIZERS:
        raise ConfigError(
            f"unknown tokenization {tokenize!r}{suggestion(tokenize, BLEU.TOKENIZERS)}"
        )
    try:
        return BLEU(lowercase=lowercase, tokenize=tokenize, force=force)
    except (
        ImportError,
        RuntimeError,
    ) as error:  # MeCab for Japanese or Korean, or SentencePiece, is missing
        extras = {"ja-mecab": "'sacrebleu[ja]'", "ko-mecab": "'sacrebleu[ko]'"}
        package = extras.get(tokenize or "", "sentencepiece")
        raise ConfigError(
            f"tokenization {tokenize!r} is not installed; run: pip install {package}"
        ) from error
    except (
        OSError
    ) as error:  # the spm and flores models are fetched from the network at their first use
        raise ConfigError(
            f"tokenization {tokenize!r} needs a model that sacrebleu could not fetch: {error}"
        ) from error
