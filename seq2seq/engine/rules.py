"""What a search of the native engine is asked for."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Rules:
    """Rules of a search; see docs/reference/settings.md for the settings of the same names.

    Attributes:
        beam: Number of prefixes kept per sentence; 1 is greedy search.
        nbest: Number of hypotheses returned per sentence.
        length_penalty: Exponent of GNMT's length penalty.
        coverage_penalty: Weight of GNMT's coverage penalty.
        bos: Id of the start token.
        eos: Id of the end token.
        vocabulary: Number of ids that may be chosen; higher ones only pad the weights.
        attention: Return attention weights.
        min_length: Minimum length of a translation.
        no_repeat_ngram: Length of the n-grams that may occur only once; 0 is off.
        forbidden: Ids of phrases that must not appear.
    """

    beam: int = 5
    nbest: int = 1
    length_penalty: float = 1.0
    coverage_penalty: float = 0.0
    bos: int
    eos: int
    vocabulary: int
    attention: bool = False
    min_length: int = 0
    no_repeat_ngram: int = 0
    forbidden: Sequence[Sequence[int]] = ()


@dataclass(frozen=True, kw_only=True)
class Demands:
    """Constraints on the translations of N sentences.

    Attributes:
        prefixes: Ids that each translation begins with; empty if there are none at all.
        partial: State in `spellings` of the partial word after each prefix, or -1.
        spellings: For each state, the ids that may come next, each with the state after it, or -1
            if the word is complete.
        terms: Ids of the phrases that each translation must contain; empty if there are none.
        candidates: Ids that each translation may have, which ascend, with the end token among them;
            empty if it may have any.
        continuation_ids: Ids that continue a word. None of them may follow a term, or a prefix
            without a partial word.
    """

    prefixes: Sequence[Sequence[int]] = ()
    partial: Sequence[int] = ()
    spellings: Sequence[Mapping[int, int]] = ()
    terms: Sequence[Sequence[Sequence[int]]] = ()
    candidates: Sequence[Sequence[int]] = ()
    continuation_ids: Collection[int] = ()


NO_DEMANDS = Demands()
