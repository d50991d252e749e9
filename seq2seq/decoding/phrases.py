"""Phrases that must appear in a translation, and how much of them a hypothesis has."""

from __future__ import annotations

from collections.abc import Sequence


class Phrases:
    """Phrases that must appear in the translation of one sentence.

    Args:
        phrases: Token ids of each phrase; empty and repeated phrases are dropped.
        continuation_ids: Ids that continue the preceding word. A phrase that one of them follows
            does not count as contained.

    Attributes:
        size: Number of tokens of all phrases.
    """

    def __init__(
        self, phrases: Sequence[Sequence[int]], continuation_ids: frozenset[int] = frozenset()
    ) -> None:
        self.phrases = list(dict.fromkeys(tuple(phrase) for phrase in phrases if phrase))
        self.continuation_ids = continuation_ids
        self.size = sum(map(len, self.phrases))

    def met(self, tokens: Sequence[int]) -> int:
        """Return the number of phrase tokens that a hypothesis has met.

        These are all tokens of the phrases that it contains, plus the tokens of one phrase that is
        begun at its end: the one with the most.
        """
        held = [phrase for phrase in self.phrases if self._holds(tokens, phrase)]
        begun = max(
            (_begun(tokens, phrase) for phrase in self.phrases if phrase not in held), default=0
        )
        return sum(map(len, held)) + begun

    def all_in(self, tokens: Sequence[int]) -> bool:
        """Return whether a hypothesis contains all phrases."""
        return all(self._holds(tokens, phrase) for phrase in self.phrases)

    def ended(self, tokens: Sequence[int]) -> bool:
        """Return whether the tokens end with a phrase, so the next one must start a new word."""
        return any(tuple(tokens[-len(phrase) :]) == phrase for phrase in self.phrases)

    def next_tokens(self, tokens: Sequence[int]) -> list[int]:
        """Return the tokens that advance a phrase.

        They are the first token of each missing phrase and the next token of each phrase begun.
        """
        missing = [phrase for phrase in self.phrases if not self._holds(tokens, phrase)]
        return [
            token for phrase in missing for token in (phrase[0], phrase[_begun(tokens, phrase)])
        ]

    def _holds(self, tokens: Sequence[int], phrase: tuple[int, ...]) -> bool:
        ends = (
            place + len(phrase)
            for place, token in enumerate(tokens)
            if token == phrase[0] and tuple(tokens[place : place + len(phrase)]) == phrase
        )
        return any(end == len(tokens) or tokens[end] not in self.continuation_ids for end in ends)


def _begun(tokens: Sequence[int], phrase: tuple[int, ...]) -> int:
    """Return the length of the longest proper prefix of a phrase with which the tokens end."""
    for size in range(min(len(phrase) - 1, len(tokens)), 0, -1):
        if tuple(tokens[-size:]) == phrase[:size]:
            return size
    return 0
