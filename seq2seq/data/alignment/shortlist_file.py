"""File of a shortlist, read without NumPy, and the candidates that it gives a sentence."""

from __future__ import annotations

import itertools
from array import array
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from seq2seq.data.tokenizers.vocabulary import BOS, EOS, PAD
from seq2seq.errors import CheckpointError
from seq2seq.runtime.saved_file import read_arrays

_TYPES = {
    "offsets": "q",
    "translations": "i",
    "always": "i",
    "target_vocab_size": "q",
    "vocabularies": "B",
}
"""Type of each array of the file, as in the module `array`."""


@dataclass(frozen=True)
class ShortlistFile:
    """Content of a shortlist file.

    Attributes:
        offsets: The candidates of source token s are translations[offsets[s]:offsets[s + 1]].
        translations: Target ids of all source tokens, concatenated.
        always: Target ids that are candidates in every sentence.
    """

    offsets: array[int]
    translations: array[int]
    always: array[int]

    def candidates(self, source: Sequence[int], wanted: Collection[int] = ()) -> list[int]:
        """Return the target ids that the translation of a sentence may have.

        Args:
            source: Ids of the sentence.
            wanted: Further target ids to allow.

        Returns:
            The ids, which ascend. EOS is always among them; PAD and BOS never are.
        """
        found = {EOS, *self.always, *wanted}
        for token in source:
            found.update(self.translations[self.offsets[token] : self.offsets[token + 1]])
        return sorted(found - {PAD, BOS})

    @classmethod
    def load(
        cls, path: Path, source_vocab_size: int, target_vocab_size: int, vocabularies: str
    ) -> Self:
        """Read a shortlist file.

        Args:
            path: Path of the file.
            source_vocab_size: Number of source ids of the model.
            target_vocab_size: Number of target ids of the model.
            vocabularies: Fingerprint of the vocabularies of the model.

        Returns:
            Its content.

        Raises:
            CheckpointError: The file is missing, damaged, or made for other vocabularies.
        """
        arrays = read_arrays(path, advice="`seq2seq shortlist` makes it")
        types = {name: values.typecode for name, values in arrays.items()}
        if types != _TYPES or not arrays["offsets"] or len(arrays["target_vocab_size"]) != 1:
            raise CheckpointError(f"{path}: not a shortlist")
        offsets, translations, always = (
            arrays[name] for name in ("offsets", "translations", "always")
        )
        sizes = len(offsets) - 1, arrays["target_vocab_size"][0]
        same = arrays["vocabularies"].tobytes() == vocabularies.encode()
        if sizes != (source_vocab_size, target_vocab_size) or not same:
            raise CheckpointError(
                f"{path}: made for other vocabularies; run `seq2seq shortlist` again"
            )
        ids = [*translations, *always, EOS]
        ascends = all(a <= b for a, b in itertools.pairwise(offsets))
        spans = (offsets[0], offsets[-1]) == (0, len(translations))
        if not (ascends and spans and min(ids) >= 0 and max(ids) < target_vocab_size):
            raise CheckpointError(
                f"{path}: damaged: ids outside the vocabulary, or lists outside the file"
            )
        return cls(offsets, translations, always)
