"""Constructions without a main verb: casa de madera, una casa blanca, el libro de Ana.

They are written in lowercase without a period.
"""

from random import Random

from sample_corpus import english, modifiers, spanish
from sample_corpus.clauses import Clause, Sentence, location, object_of, random_clause
from sample_corpus.intransitives import intransitive
from sample_corpus.lexicon import COMPOUNDS, CONTENTS, NOUNS, Gloss, nouns_of
from sample_corpus.phrases import (
    Phrase,
    adjectives_of,
    chance,
    genitive_phrase,
    noun_phrase,
    pick,
    pick_determiner,
    random_phrase,
)
from sample_corpus.verbs import THING_VERBS


def _bare(phrase: Phrase) -> Sentence:
    return Sentence(spanish.contract(phrase.es), phrase.en, phrase.combinations)


def material_phrase(rng: Random) -> Sentence:
    """Make a phrase such as: casa de madera -> wood house, with or without a determiner."""
    noun, material = pick(rng, COMPOUNDS)
    plural = chance(rng, 0.35)
    determiner = modifiers.BARE if chance(rng, 0.6) else pick_determiner(rng, noun, plural)
    return _bare(noun_phrase(noun, determiner, plural, material=material))


def material_adjective_phrase(rng: Random) -> Sentence:
    """Make a phrase such as: una mesa redonda de madera -> a round wood table."""
    noun, material = pick(rng, COMPOUNDS)
    plural = chance(rng, 0.25)
    determiner = modifiers.BARE if chance(rng, 0.3) else pick_determiner(rng, noun, plural)
    adjectives = adjectives_of(noun, "ser")
    if not adjectives:
        return material_phrase(rng)
    return _bare(
        noun_phrase(noun, determiner, plural, adjective=pick(rng, adjectives), material=material)
    )


def adjective_phrase(rng: Random) -> Sentence:
    """Make a phrase such as: casa blanca -> white house; un buen libro -> a good book."""
    noun = pick(rng, [n for n in NOUNS.values() if n.kind not in ("kin", "language", "music")])
    if chance(rng, 0.35):
        return _bare(random_phrase(rng, noun, modified=1.0))
    plural = not noun.mass and not noun.single and chance(rng, 0.4)
    options = [a for a in adjectives_of(noun) if a.en not in modifiers.PREDICATE_ONLY]
    return _bare(noun_phrase(noun, modifiers.BARE, plural, adjective=pick(rng, options)))


def pair_phrase(rng: Random) -> Sentence:
    """Make a phrase such as: un gato y un perro blanco -> a cat and a white dog."""
    first, second = (
        random_phrase(rng, pick(rng, nouns_of("animal object clothing"))) for _ in range(2)
    )
    return Sentence(
        f"{first.es} y {second.es}",
        f"{first.en} and {second.en}",
        first.combinations + second.combinations,
    )


def owner_phrase(rng: Random) -> Sentence:
    """Make a phrase such as: el libro de Ana -> Ana's book; la puerta de la casa."""
    return _bare(genitive_phrase(rng))


def number_phrase(rng: Random) -> Sentence:
    """Make a phrase such as: doscientas casas -> two hundred houses."""
    noun = pick(
        rng,
        [
            n
            for n in nouns_of("person animal food readable object clothing building")
            if not n.single
        ],
    )
    return _bare(noun_phrase(noun, pick(rng, modifiers.NUMERALS), plural=True))


def content_phrase(rng: Random) -> Sentence:
    """Make a phrase such as: una taza de café -> a cup of coffee."""
    noun, content = pick(rng, CONTENTS)
    return _bare(container(rng, noun.es, content.es))


def container(rng: Random, head: str, content: str) -> Phrase:
    """Return a container with its content."""
    plural = chance(rng, 0.4)
    noun = NOUNS[head]
    thing = noun_phrase(noun, pick_determiner(rng, noun, plural), plural)
    return Phrase(
        f"{thing.es} de {content}",
        f"{thing.en} of {NOUNS[content].en}",
        noun.gender,
        plural,
        False,
        None,
        thing.person,
        (f"content:{head}:{content}",),
    )


def relative(rng: Random) -> Phrase:
    """Return a noun with a relative clause: el hombre que vive aquí."""
    kind = pick(rng, ("does", "does to", "is somewhere", "is acted on"))
    if kind == "is acted on":
        verb = pick(rng, [v for v in THING_VERBS if v.es not in ("hablar", "estudiar", "aprender")])
        noun = pick(rng, nouns_of(verb.objects))
        thing = noun_phrase(noun, modifiers.THE, chance(rng, 0.25) and not noun.mass)
        clause = random_clause(
            rng, verb, Gloss("", ""), (f"object:{verb.es}:{noun.es}",), timed=0.15, middle=0
        )
        head, tail = spanish.conjugate(verb.es, clause.tense, clause.subject.person)
        body = clause.body()
        es_clause = " ".join(w for w in (head, tail, clause.subject.es, clause.time.es) if w)
        if clause.time_first:
            body = Clause(clause.subject, verb, clause.tense, time=clause.time).body()
        return _with_clause(thing, f"que {es_clause}", f"that {body.en}", clause.combinations)
    if kind == "is somewhere":
        noun = pick(rng, nouns_of("object furniture clothing opening readable"))
        thing = noun_phrase(noun, modifiers.THE, chance(rng, 0.3))
        place, combinations = location(rng)
        en = "that are" if thing.plural else "that is"
        es = "que están" if thing.plural else "que está"
        return _with_clause(thing, f"{es} {place.es}", f"{en} {place.en}", combinations)
    noun = pick(rng, nouns_of("person"))
    person = noun_phrase(noun, modifiers.THE, chance(rng, 0.3) and not noun.single)
    who = Phrase("que", "who", person=person.person)
    if kind == "does":
        clause = intransitive(rng, who)
    else:
        verb = pick(rng, THING_VERBS)
        _, after, extra = object_of(rng, verb)
        clause = random_clause(rng, verb, after, extra, timed=0, middle=0, who=who)
    body = Clause(who, clause.verb, clause.tense, clause.after, negative=clause.negative).body()
    return _with_clause(person, body.es, body.en, clause.combinations)


def _with_clause(head: Phrase, es: str, en: str, combinations: tuple[str, ...]) -> Phrase:
    return Phrase(
        spanish.contract(f"{head.es} {es}"),
        f"{head.en} {en}",
        head.gender,
        head.plural,
        head.human,
        None,
        head.person,
        head.combinations + combinations,
    )


def relative_phrase(rng: Random) -> Sentence:
    """Make a phrase such as: el hombre que vive aquí -> the man who lives here."""
    return _bare(relative(rng))


WHOLES = ("pueblo", "ciudad", "parque", "mercado", "tienda", "museo", "escuela", "granja")


def superlative(rng: Random) -> Phrase:
    """Make a phrase such as: la casa más grande del pueblo -> the biggest house in the village."""
    noun = pick(rng, nouns_of("person animal building vehicle readable clothing object place"))
    plural = chance(rng, 0.25) and not noun.single
    options = [a for a in adjectives_of(noun) if a.gradable]
    adjective = pick(rng, options)
    thing = noun_phrase(noun, modifiers.THE, plural)
    es = f"{thing.es} más {spanish.agree(adjective.es, noun.gender, plural)}"
    en = f"the {english.superlative(adjective.en)} {thing.en.removeprefix('the ')}"
    wholes = ("pueblo", "ciudad") if noun.kind in ("building", "place") else WHOLES
    place = NOUNS[pick(rng, wholes)]
    if chance(rng, 0.5) and noun is not place:
        es += f" de {noun_phrase(place).es}"
        en += f" {'on' if place.es == 'granja' else 'in'} {noun_phrase(place).en}"
    combinations = (f"adjective:{noun.es}:{adjective.es}",)
    return Phrase(es, en, noun.gender, plural, noun.human, None, thing.person, combinations)


def superlative_phrase(rng: Random) -> Sentence:
    """Make a superlative without a sentence around it."""
    return _bare(superlative(rng))
