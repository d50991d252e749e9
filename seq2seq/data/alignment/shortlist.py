"""Shortlist of likely target tokens for each source token.

With it, a decoder scores a few hundred tokens instead of the whole vocabulary (Jean et al. 2015).
It is learned from tokenized sentence pairs and stored in the model directory.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import safetensors.numpy
from numpy.typing import NDArray

from seq2seq.data.alignment.ibm_model_1 import NULL, Int32s, Links, concatenated_ranges, ibm_model_1
from seq2seq.data.alignment.shortlist_file import ShortlistFile
from seq2seq.data.ragged import Ints, RaggedIds
from seq2seq.data.tokenizers.vocabulary import BOS, EOS, PAD
from seq2seq.runtime.atomic_file import atomic_write

TRANSLATIONS_PER_TOKEN = 20
FREQUENT_TOKENS = 300
"""Default number of tokens listed per source token, and of tokens listed for every sentence. Longer
lists per source token rarely add a token that a search picks, but add many tokens to score in a
batch; the list of frequent tokens is shared by all sentences of a batch (docs/NOTES.md)."""

ITERATIONS = 3
"""Iterations of expectation maximization."""

MIN_PROBABILITY = 1e-3
"""Minimum probability of a listed translation. Less likely ones are considered coincidence."""


class Shortlist:
    """Candidate target ids per source token, and for every sentence.

    Attributes:
        offsets: (V_s + 1,) the candidates of source token s are
            translations[offsets[s]:offsets[s + 1]].
        translations: Target ids of all source tokens, concatenated.
        always: Target ids that are candidates in every sentence, including EOS.
        target_vocab_size: Number of target ids.
    """

    def __init__(
        self, offsets: Ints, translations: Int32s, always: Int32s, target_vocab_size: int
    ) -> None:
        self.offsets = offsets
        self.translations = translations
        self.always = always
        self.target_vocab_size = target_vocab_size

    @classmethod
    def train(
        cls,
        source: RaggedIds,
        target: RaggedIds,
        source_vocab_size: int,
        target_vocab_size: int,
        *,
        per_token: int = TRANSLATIONS_PER_TOKEN,
        frequent: int = FREQUENT_TOKENS,
        iterations: int = ITERATIONS,
    ) -> Self:
        """Learn p(target token | source token) by IBM Model 1 (Brown et al. 1993).

        From a large corpus, a fixed sample is used.

        Args:
            source: N source sentences without special tokens.
            target: Their N translations without special tokens.
            source_vocab_size: Number of source ids V_s.
            target_vocab_size: Number of target ids V_t.
            per_token: Maximum number of translations to keep per source token. Translations below
                MIN_PROBABILITY are dropped.
            frequent: Number of most frequent target tokens to allow in every sentence.
            iterations: Number of iterations of expectation maximization.

        Returns:
            The shortlist.
        """
        assert len(source) == len(target)
        links = Links.of(source, target, target_vocab_size)
        tokens, ids = np.divmod(links.pair_ids, target_vocab_size)
        likelihood = ibm_model_1(links, source_vocab_size, iterations)
        kept = np.flatnonzero((likelihood >= MIN_PROBABILITY) & (tokens != NULL))
        # Best translation of a token first; the sort is stable, so ties are in the order of ids.
        kept = kept[np.lexsort((-likelihood[kept], tokens[kept]))]
        counts = np.bincount(tokens[kept], minlength=source_vocab_size)
        rank = np.arange(len(kept)) - np.repeat(counts.cumsum() - counts, counts)
        counts = np.minimum(counts, min(per_token, target_vocab_size))
        occurrences = np.bincount(target.ids, minlength=target_vocab_size)
        common = np.argsort(-occurrences, kind="stable")[
            : min(frequent, np.count_nonzero(occurrences))
        ]
        return cls(
            np.concatenate([[0], counts.cumsum()]).astype(np.int64),
            ids[kept[rank < per_token]].astype(np.int32),
            np.union1d(common, [EOS]).astype(np.int32),
            target_vocab_size,
        )

    def batch(
        self, source_ids: Ints, wanted: Sequence[Collection[int]] | None = None
    ) -> tuple[Ints, NDArray[np.bool_]]:
        """Return the candidates for the translations of a batch.

        The candidates of a sentence do not depend on the rest of the batch.

        Args:
            source_ids: (N, S) source sentences; special tokens in them add no candidates.
            wanted: Further target ids to allow in each sentence.

        Returns:
            Two arrays: ids (K,), the candidates of all sentences in ascending order, including PAD,
            BOS and EOS; and a mask (N, K), True for the candidates of each sentence. EOS is always
            a candidate; PAD and BOS never are.
        """
        tokens = source_ids.ravel()
        starts = self.offsets[tokens]
        counts = self.offsets[tokens + 1] - starts
        rows = np.arange(len(source_ids), dtype=np.int64).repeat(source_ids.shape[1])
        cells = self.translations[concatenated_ranges(starts, counts)] + (
            rows * self.target_vocab_size
        ).repeat(counts)
        allowed: NDArray[np.bool_] = np.zeros((len(source_ids), self.target_vocab_size), np.bool_)
        allowed.reshape(-1)[cells] = True
        allowed[:, self.always] = True
        for row, ids_wanted in enumerate(wanted or ()):
            allowed[row, list(ids_wanted)] = True
        used: NDArray[np.bool_] = np.logical_or.reduce(allowed)
        used[[PAD, BOS, EOS]] = True
        ids = np.flatnonzero(used)
        return ids, allowed[:, ids]

    def save(self, path: Path, vocabularies: str) -> None:
        """Write the shortlist to a safetensors file, atomically.

        Args:
            path: Path of the file.
            vocabularies: Fingerprint of the vocabularies of the ids.

        Raises:
            StorageError: If the file cannot be written.
        """
        arrays: dict[str, NDArray[Any]] = {
            "offsets": self.offsets,
            "translations": self.translations,
            "always": self.always,
            "target_vocab_size": np.array([self.target_vocab_size], np.int64),
            "vocabularies": np.frombuffer(vocabularies.encode(), np.uint8),
        }
        content = safetensors.numpy.save(arrays)
        atomic_write(path, lambda temporary: temporary.write_bytes(content))

    @classmethod
    def load(
        cls, path: Path, source_vocab_size: int, target_vocab_size: int, vocabularies: str
    ) -> Self:
        """Read a saved shortlist.

        Args:
            path: Path of a file written by `save`.
            source_vocab_size: Number of source ids of the model.
            target_vocab_size: Number of target ids of the model.
            vocabularies: Fingerprint of the vocabularies of the model.

        Returns:
            The shortlist.

        Raises:
            CheckpointError: If the file is missing, damaged, or made for other vocabularies.
        """
        file = ShortlistFile.load(path, source_vocab_size, target_vocab_size, vocabularies)
        always = np.array(file.always, np.int32)
        return cls(
            np.array(file.offsets, np.int64),
            np.array(file.translations, np.int32),
            np.union1d(always, [EOS]).astype(np.int32),
            target_vocab_size,
        )
