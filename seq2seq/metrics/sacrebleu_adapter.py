"""BLEU, chrF2, chrF2++ and TER by sacrebleu (Post 2018).

sacrebleu's public API scores a whole corpus. Its counts per sentence are private, so this is the
only module that uses them, and setup.cfg bounds the version.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import cast

import numpy as np
import sacrebleu.metrics.base
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF
from sacrebleu.metrics.ter import TER

from seq2seq.errors import ConfigError
from seq2seq.metrics.metric import Counts, Metric, References, Scores, Totals
from seq2seq.metrics.resample_scores import bleu_scores, chrf_scores, ter_scores
from seq2seq.registry import suggestion

BETA = CHRF.BETA
"""Weight of recall in chrF2 and chrF2++."""


class SacrebleuMetric(Metric):
    """Base class for the metrics of sacrebleu, with the scores and signatures of its command."""

    def __init__(
        self,
        scorer: sacrebleu.metrics.base.Metric,
        *,
        lowercase: bool = False,
        tokenize: str | None = None,
    ) -> None:
        super().__init__(lowercase=lowercase, tokenize=tokenize)
        self._scorer = scorer

    def statistics(self, hypotheses: Sequence[str], references: References) -> Counts:
        """Count with sacrebleu, in its own layout."""
        counts = self._scorer._extract_corpus_statistics(hypotheses, _streams(references))
        return np.array(counts, dtype=np.float64)

    def score(self, totals: Totals) -> float:
        """Compute the score of a corpus, in the precision of the totals."""
        return _compute(self._scorer, totals)

    def signature(self, *, n_references: int | None, **settings: int) -> str:
        """Return sacrebleu's signature."""
        self._scorer.num_refs = -1 if n_references is None else n_references
        signature = self._scorer.get_signature()
        for key, value in settings.items():
            signature.update(key, str(value))
        return str(signature.format())


class Bleu(SacrebleuMetric):
    """BLEU (Papineni et al. 2002)."""

    name = "BLEU"

    def __init__(
        self,
        *,
        lowercase: bool = False,
        tokenize: str | None = None,
        warn: bool = True,
    ) -> None:
        """Prepare the tokenizer.

        Args:
            lowercase: Ignore case.
            tokenize: Name of one of sacrebleu's tokenizers; None is 13a.
            warn: Log a warning if the text looks tokenized.

        Raises:
            ConfigError: The tokenizer is unknown, not installed, or cannot be downloaded.
        """
        scorer = _bleu_scorer(lowercase, tokenize, force=not warn)
        super().__init__(scorer, lowercase=lowercase, tokenize=tokenize)
        self._sentence_scorer = copy.copy(scorer)
        self._sentence_scorer.effective_order = True

    def scores(self, totals: Counts) -> Scores:
        """Compute BLEU of several corpora."""
        return bleu_scores(totals)

    def sentence_score(self, counts: Totals) -> float:
        """Compute BLEU with effective order, as sacrebleu's `sentence_bleu` does."""
        return _compute(self._sentence_scorer, counts)

    def length_ratio(self, totals: Totals) -> float:
        """Return hypothesis tokens per reference token, 0 if the references have no tokens."""
        return float(self._scorer._compute_score_from_stats(cast("list[int]", totals)).ratio)


class ChrF2PlusPlus(SacrebleuMetric):
    """chrF2++: chrF2 with word unigrams and bigrams (Popović 2017)."""

    name = "chrF2++"

    def __init__(self, *, lowercase: bool = False, tokenize: str | None = None) -> None:
        """Prepare the scorer; `tokenize` has no effect."""
        scorer = CHRF(lowercase=lowercase, word_order=2)
        super().__init__(scorer, lowercase=lowercase, tokenize=tokenize)

    def scores(self, totals: Counts) -> Scores:
        """Compute chrF2++ of several corpora."""
        return chrf_scores(totals, BETA)


class ChrF2(SacrebleuMetric):
    """chrF2: F-score of character n-grams, with beta 2 (Popović 2015)."""

    name = "chrF2"
    derived_from = ChrF2PlusPlus.name

    def __init__(self, *, lowercase: bool = False, tokenize: str | None = None) -> None:
        """Prepare the scorer; `tokenize` has no effect."""
        scorer = CHRF(lowercase=lowercase)
        super().__init__(scorer, lowercase=lowercase, tokenize=tokenize)
        self._n_counts = 3 * scorer.char_order

    def scores(self, totals: Counts) -> Scores:
        """Compute chrF2 of several corpora."""
        return chrf_scores(totals, BETA)

    def derive(self, counts: Counts, references: References) -> Counts | None:
        """Take the counts of character n-grams, which precede those of word n-grams in chrF2++.

        With several references, the best reference of a sentence may depend on the word n-grams.
        """
        if max(map(len, references)) > 1:
            return None
        return counts[:, : self._n_counts]


class Ter(SacrebleuMetric):
    """Translation edit rate (Snover et al. 2006)."""

    name = "TER"
    higher_is_better = False

    def __init__(self, *, lowercase: bool = False, tokenize: str | None = None) -> None:
        """Prepare the scorer; TER always ignores case, and `tokenize` has no effect."""
        super().__init__(TER(), lowercase=lowercase, tokenize=tokenize)

    def scores(self, totals: Counts) -> Scores:
        """Compute TER of several corpora."""
        return ter_scores(totals)


def _compute(scorer: sacrebleu.metrics.base.Metric, totals: Totals) -> float:
    return float(scorer._compute_score_from_stats(cast("list[int]", totals)).score)


def _streams(references: References) -> list[list[str]]:
    """Turn references by sentence into sacrebleu's streams: all first references, all second ones.

    A missing reference is None, which all of sacrebleu's metrics skip. They take its other
    placeholder, "", for an empty reference: that shortens BLEU's reference length and TER's average
    length, and so changes both scores.
    """
    n_streams = max(map(len, references))
    streams = [
        [choices[i] if i < len(choices) else None for choices in references]
        for i in range(n_streams)
    ]
    return cast("list[list[str]]", streams)  # sacrebleu's types do not allow its placeholder


def _bleu_scorer(lowercase: bool, tokenize: str | None, *, force: bool) -> BLEU:
    """Return sacrebleu's BLEU; raise ConfigError if its tokenizer cannot be loaded."""
    if tokenize is not None and tokenize not in BLEU.TOKENIZERS:
        raise ConfigError(
            f"unknown tokenization {tokenize!r}{suggestion(tokenize, BLEU.TOKENIZERS)}"
        )
    try:
        return BLEU(lowercase=lowercase, tokenize=tokenize, force=force)
    except (ImportError, RuntimeError) as error:
        # MeCab (Japanese, Korean) or SentencePiece is missing.
        extras = {"ja-mecab": "'sacrebleu[ja]'", "ko-mecab": "'sacrebleu[ko]'"}
        package = extras.get(tokenize or "", "sentencepiece")
        raise ConfigError(
            f"tokenization {tokenize!r} is not installed; run: pip install {package}"
        ) from error
    except OSError as error:
        # The spm and flores models are downloaded when they are first used.
        raise ConfigError(
            f"tokenization {tokenize!r} needs a model that sacrebleu could not fetch: {error}"
        ) from error
