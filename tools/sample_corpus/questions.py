"""Questions with a question word: who, what, which, where, when, why, how, whose."""

from random import Random

from sample_corpus import english, modifiers, spanish
from sample_corpus.clauses import NOTHING, Clause, Sentence, complement, question, random_clause
from sample_corpus.intransitives import intransitive
from sample_corpus.lexicon import Gloss, nouns_of
from sample_corpus.phrases import (
    Phrase,
    chance,
    noun_phrase,
    object_phrase,
    pick,
    random_phrase,
    subject,
)
from sample_corpus.states import ESTAR, SER
from sample_corpus.verbs import INTRANSITIVE_VERBS, PERSON_VERBS, THING_VERBS, Verb


def _subject_question(rng: Random) -> Sentence:
    """Make a sentence such as: ¿Quién compró la casa? -> Who bought the house?"""
    who = Phrase("quién", "who")
    if chance(rng, 0.4):
        clause = intransitive(rng, who)
    else:
        verb = pick(rng, THING_VERBS)
        phrase = object_phrase(rng, verb.objects)
        extra = (*phrase.combinations, f"object:{verb.es}:{phrase.noun.es}") if phrase.noun else ()
        clause = random_clause(rng, verb, Gloss(phrase.es, phrase.en), extra, middle=0, who=who)
    body = Clause(who, clause.verb, clause.tense, clause.after, clause.time).body()
    return question(body.es, body.en, clause.combinations)


def _adverb_question(rng: Random) -> Sentence:
    """Make a sentence such as: ¿Dónde compró Ana la casa? ¿Cuándo llegó el tren?"""
    extra: tuple[str, ...] = ()
    after = NOTHING
    wh = pick(
        rng,
        (
            Gloss("dónde", "where"),
            Gloss("cuándo", "when"),
            Gloss("por qué", "why"),
            Gloss("cómo", "how"),
        ),
    )
    if chance(rng, 0.5):
        verb = pick(
            rng, [v for v in INTRANSITIVE_VERBS if wh.es != "dónde" or "in" in v.objects.split()]
        )
        if {"to", "from", "enter"} & set(verb.objects.split()):
            after, extra = complement(rng, verb)
            after = (
                after
                if after.es not in ("conmigo", "contigo", "con nosotros")
                else Gloss("con Ana", "with Ana")
            )
    else:
        verb = pick(rng, THING_VERBS)
        phrase = object_phrase(rng, verb.objects)
        after = Gloss(phrase.es, phrase.en)
        extra = (*phrase.combinations, f"object:{verb.es}:{phrase.noun.es}") if phrase.noun else ()
    if wh.es in ("dónde", "cuándo") and verb.es == "morir":
        verb = INTRANSITIVE_VERBS[0]
        after = NOTHING
        extra = ()
    clause = random_clause(rng, verb, after, extra, timed=0, middle=0)
    return clause.as_question(wh)


def _object_question(rng: Random) -> Sentence:
    """Make a sentence such as: ¿Qué compró Ana? ¿A quién vio Ana? ¿Qué libro leyó Ana?"""
    kind = pick(rng, ("what", "whom", "which", "how many"))
    extra: tuple[str, ...] = ()
    verb = pick(rng, PERSON_VERBS if kind == "whom" else THING_VERBS)
    if kind == "what":
        wh = Gloss("qué", "what")
    elif kind == "whom":
        wh = Gloss("a quién", "who")
    else:
        verb = pick(rng, [v for v in THING_VERBS if v.objects not in ("drink", "language")])
        noun = pick(rng, [n for n in nouns_of(verb.objects) if not n.mass])
        extra = (f"object:{verb.es}:{noun.es}",)
        if kind == "which":
            wh = Gloss(f"qué {noun.es}", f"which {noun.en}")
        else:
            many = "cuántas" if noun.gender == "f" else "cuántos"
            wh = Gloss(
                f"{many} {spanish.pluralize(noun.es)}", f"how many {english.pluralize(noun.en)}"
            )
    return random_clause(rng, verb, NOTHING, extra, timed=0.15, middle=0).as_question(wh)


def _be_question(rng: Random) -> Sentence:
    """Make a sentence such as: ¿Dónde está la llave? ¿De quién es este libro?"""
    kind = pick(rng, ("where", "whose", "color", "age", "how"))
    tense = pick(rng, ("present", "present", "imperfect"))
    if kind == "where":
        noun = pick(rng, nouns_of("object readable clothing opening animal building kin"))
        who = random_phrase(rng, noun, definite=True)
        return Clause(who, ESTAR, tense, extra=who.combinations).as_question(
            Gloss("dónde", "where")
        )
    if kind == "color":
        who = random_phrase(
            rng, pick(rng, nouns_of("object clothing furniture building vehicle")), True, 0
        )
        return Clause(who, SER, tense).as_question(Gloss("de qué color", "what color"))
    if kind == "whose":
        noun = pick(rng, nouns_of("owned object readable clothing vehicle"))
        plural = chance(rng, 0.3)
        es = noun_phrase(noun, modifiers.THIS, plural).es
        en = english.pluralize(noun.en) if plural else noun.en
        verb = ("son", "are these") if plural else ("es", "is this")
        return question(f"de quién {verb[0]} {es}", f"whose {en} {verb[1]}")
    who = subject(rng, tense)
    if kind == "age":
        return Clause(who, Verb("tener", "be", stative=True), tense).as_question(
            Gloss("cuántos años", "how old")
        )
    return Clause(who, ESTAR, tense).as_question(Gloss("cómo", "how"))


def wh_question(rng: Random) -> Sentence:
    """Return a question with a question word."""
    return pick(
        rng, (_subject_question, _adverb_question, _object_question, _object_question, _be_question)
    )(rng)
