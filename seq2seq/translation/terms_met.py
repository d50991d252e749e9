"""Whether translations that were found without terms have them all the same."""

from __future__ import annotations

from collections.abc import Sequence

from seq2seq.data.tokenizers.pair import TokenizerPair
from seq2seq.decoding.hypothesis import Hypothesis
from seq2seq.decoding.phrases import Phrases
from seq2seq.documents.term_matching import occurs
from seq2seq.translation.values import Term


def terms_met(
    terms: Sequence[str | Term],
    ids: Sequence[Sequence[int]],
    hypotheses: Sequence[Hypothesis],
    tokenizers: TokenizerPair,
) -> bool:
    """Return whether each hypothesis has all terms.

    A term must appear as it is. One that names its source may also appear in the other number: the
    translation of "pisos" may have "apartment", where the sentence asks for it.

    Args:
        terms: Terms of a sentence.
        ids: Ids of each term.
        hypotheses: Translations of the sentence.
        tokenizers: Tokenizers of the model.
    """
    continuations = tokenizers.target.continuation_ids()
    phrases = [Phrases([row], continuations) for row in ids]
    for one in hypotheses:
        missing = [
            term
            for term, phrase in zip(terms, phrases, strict=True)
            if not phrase.all_in(one.tokens)
        ]
        if any(isinstance(term, str) for term in missing):
            return False
        [text] = tokenizers.target.decode([one.tokens]) if missing else [""]
        if not all(isinstance(term, Term) and occurs(term.target, text) for term in missing):
            return False
    return True
