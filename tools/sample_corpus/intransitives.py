"""Clauses whose verb has no object: vivir en Madrid, ir a la escuela, hablar con Ana."""

from random import Random

from sample_corpus.clauses import NOTHING, Clause, complement, random_clause
from sample_corpus.phrases import Phrase, chance, pick
from sample_corpus.verbs import INTRANSITIVE_VERBS, LIVE


def intransitive(rng: Random, who: Phrase | None = None, negative: bool = False) -> Clause:
    """Return a clause with an intransitive verb and mostly a complement."""
    verb = LIVE if chance(rng, 0.12) else pick(rng, INTRANSITIVE_VERBS)
    draft = random_clause(rng, verb, NOTHING, (), negative=negative, who=who)
    after, extra = complement(rng, verb, draft.subject.person)
    bare_possible = (
        not any(kind in verb.objects.split() for kind in ("to", "from", "enter"))
        and verb is not LIVE
    )
    if bare_possible and chance(rng, 0.2):
        after = NOTHING
        extra = ()
    return Clause(
        draft.subject,
        verb,
        draft.tense,
        after,
        draft.time,
        draft.middle,
        "",
        negative,
        draft.time_first,
        extra,
    )
