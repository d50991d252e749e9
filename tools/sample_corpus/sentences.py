"""Constructions with an object or a recipient, among them clitics, modals and commands."""

from functools import cache
from random import Random

from sample_corpus import english, modifiers, spanish
from sample_corpus.bare_phrases import container, relative, superlative
from sample_corpus.clauses import (
    NOTHING,
    Clause,
    Sentence,
    complement,
    object_of,
    question,
    random_clause,
    settle_tense,
    statement,
)
from sample_corpus.intransitives import intransitive
from sample_corpus.lexicon import COMPOUNDS, CONTENTS, Gloss, Noun, nouns_of
from sample_corpus.phrases import (
    DEFINITE,
    Phrase,
    adjectives_of,
    chance,
    name,
    noun_phrase,
    pick,
    pick_determiner,
    pick_weighted,
    random_phrase,
    subject_phrase,
)
from sample_corpus.verbs import (
    GIVING_VERBS,
    INTRANSITIVE_VERBS,
    MODALS,
    PERSON_VERBS,
    STATIVE_VERBS,
    THING_VERBS,
    Verb,
    with_infinitive,
)

TRANSITIVES = tuple((verb, 3) for verb in THING_VERBS + PERSON_VERBS) + tuple(
    (verb, 6) for verb in STATIVE_VERBS
)


def _transitive(rng: Random, negative: bool = False, timed: float = 0.3) -> Clause:
    verb = pick_weighted(rng, TRANSITIVES)
    _, after, extra = object_of(rng, verb)
    return random_clause(rng, verb, after, extra, negative=negative, timed=timed)


def transitive(rng: Random) -> Sentence:
    """Make a sentence such as: Ana compró una casa ayer."""
    return _transitive(rng).stated()


def negated(rng: Random) -> Sentence:
    """Make a sentence such as: Ana no compró la casa."""
    return _transitive(rng, negative=True, timed=0.15).stated()


def animal_clause(rng: Random) -> Sentence:
    """Make a sentence such as: El gato come pescado."""
    verb = pick(
        rng,
        [
            v
            for v in THING_VERBS + PERSON_VERBS
            if v.es in ("comer", "beber", "ver", "seguir", "romper")
        ],
    )
    _, after, extra = object_of(rng, verb)
    return random_clause(
        rng, verb, after, extra, classes="animal", negative=chance(rng, 0.2)
    ).stated()


@cache
def _verbs_with(noun: Noun) -> tuple[Verb, ...]:
    """Return the verbs that take a thing as their object."""
    return tuple(
        v for v in THING_VERBS + STATIVE_VERBS + PERSON_VERBS[:2] if noun in nouns_of(v.objects)
    )


def compound_object(rng: Random) -> Sentence:
    """Make a sentence such as: Compré una mesa de madera."""
    noun, material = pick(rng, COMPOUNDS)
    verb = pick(rng, _verbs_with(noun))
    plural = chance(rng, 0.25)
    phrase = noun_phrase(noun, pick_determiner(rng, noun, plural), plural, material=material)
    extra = (*phrase.combinations, f"object:{verb.es}:{noun.es}")
    after = Gloss(phrase.es, phrase.en)
    return random_clause(rng, verb, after, extra, negative=chance(rng, 0.15), timed=0.2).stated()


def content_object(rng: Random) -> Sentence:
    """Make a sentence such as: Quiero una taza de café."""
    noun, content = pick(rng, CONTENTS)
    wanted = ("comprar", "querer", "necesitar", "traer", "tener", "ver")
    verb = pick(rng, [v for v in THING_VERBS + STATIVE_VERBS + PERSON_VERBS if v.es in wanted])
    phrase = container(rng, noun.es, content.es)
    return random_clause(
        rng, verb, Gloss(phrase.es, phrase.en), phrase.combinations, timed=0.15
    ).stated()


def intransitive_statement(rng: Random) -> Sentence:
    """Make a sentence such as: El niño duerme en la casa."""
    return intransitive(rng, negative=chance(rng, 0.2)).stated()


def modal(rng: Random) -> Sentence:
    """Make a sentence such as: Quiero comprar una casa; no puedo dormir."""
    auxiliary = pick(rng, MODALS)
    negative = chance(rng, 0.25)
    if chance(rng, 0.25):
        verb = pick(rng, [v for v in INTRANSITIVE_VERBS if v.es not in ("caer", "morir", "llorar")])
        draft = random_clause(rng, with_infinitive(auxiliary, verb), NOTHING, (), negative=negative)
        after, extra = complement(rng, verb, draft.subject.person)
    else:
        verb = pick(rng, THING_VERBS + PERSON_VERBS)
        _, after, extra = object_of(rng, verb)
        draft = random_clause(
            rng, with_infinitive(auxiliary, verb), after, extra, negative=negative
        )
    clause = Clause(
        draft.subject,
        draft.verb,
        draft.tense,
        after,
        middle=draft.middle,
        negative=negative,
        extra=extra,
    )
    return clause.as_question() if not draft.middle.es and chance(rng, 0.2) else clause.stated()


def yes_no_question(rng: Random) -> Sentence:
    """Make a sentence such as: ¿Compró Ana la casa? -> Did Ana buy the house?"""
    clause = intransitive(rng) if chance(rng, 0.25) else _transitive(rng, timed=0.2)
    return Clause(
        clause.subject,
        clause.verb,
        clause.tense,
        clause.after,
        clause.time,
        extra=clause.extra,
        negative=chance(rng, 0.1),
    ).as_question()


CLITICS = {
    "thing": (Gloss("lo", "it"), Gloss("la", "it"), Gloss("los", "them"), Gloss("las", "them")),
    "person": (
        Gloss("lo", "him"), Gloss("la", "her"), Gloss("los", "them"), Gloss("las", "them"),
        Gloss("me", "me"), Gloss("te", "you"), Gloss("nos", "us"),
    ),
}  # fmt: skip
SAME_PERSON = {
    "me": (spanish.YO, spanish.NOSOTROS),
    "te": (spanish.TU,),
    "nos": (spanish.YO, spanish.NOSOTROS),
}


def clitic(rng: Random) -> Sentence:
    """Make a sentence such as: Ella lo compró; te vi ayer."""
    if chance(rng, 0.5):
        wanted = ("tener", "querer", "necesitar")
        verb = pick(
            rng,
            [
                *(v for v in THING_VERBS if v.objects != "language"),
                *(v for v in STATIVE_VERBS if v.es in wanted),
            ],
        )
        pronoun = pick(rng, CLITICS["thing"])
    else:
        verb = pick(
            rng,
            [*PERSON_VERBS, *(v for v in STATIVE_VERBS if v.es in ("conocer", "amar", "entender"))],
        )
        pronoun = pick(rng, CLITICS["person"])
    chosen = pick(rng, MODALS) if not verb.stative and chance(rng, 0.2) else None
    verb = with_infinitive(chosen, verb) if chosen else verb
    negative = chance(rng, 0.25)
    while True:
        clause = random_clause(
            rng, verb, Gloss("", pronoun.en), (), clitic=pronoun.es, negative=negative, timed=0.4
        )
        if clause.subject.person not in SAME_PERSON.get(pronoun.es, ()):
            break
    if chance(rng, 0.15) and not clause.middle.es:
        return clause.as_question()
    return clause.stated()


RECIPIENTS = (Gloss("me", "me"), Gloss("te", "you"), Gloss("nos", "us"))
FULL_RECIPIENTS = (
    Gloss("le|a él", "him"),
    Gloss("le|a ella", "her"),
    Gloss("les|a ellos", "them"),
    Gloss("les|a ellas", "them"),
)


def giving(rng: Random) -> Sentence:
    """Make a sentence such as: Le di el libro a Ana -> I gave the book to Ana; me dio un libro."""
    verb = pick(rng, GIVING_VERBS)
    _, thing, extra = object_of(rng, verb)
    negative = chance(rng, 0.2)
    kind = pick(rng, ("pronoun", "person", "person", "full"))
    if kind == "pronoun":
        to = pick(rng, RECIPIENTS)
        marker = to.es
        after = Gloss(thing.es, f"{to.en} {thing.en}")
    elif kind == "full":
        to = pick(rng, FULL_RECIPIENTS)
        marker, _, spoken = to.es.partition("|")
        after = Gloss(f"{thing.es} {spoken}", f"{thing.en} to {to.en}")
    else:
        nouns = [n for n in nouns_of("person kin") if n.es != "ladrón"]
        whom = name(rng) if chance(rng, 0.5) else random_phrase(rng, pick(rng, nouns), True, 0.1)
        marker = "les" if whom.plural else "le"
        after = Gloss(f"{thing.es} a {whom.es}", f"{thing.en} to {whom.en}")
    while True:
        clause = random_clause(rng, verb, after, extra, clitic=marker, negative=negative, timed=0.2)
        if clause.subject.person not in SAME_PERSON.get(marker, ()):
            break
    return clause.as_question() if not clause.middle.es and chance(rng, 0.15) else clause.stated()


COMMANDS = {
    "dar": "dame",
    "enviar": "envíame",
    "mostrar": "muéstrame",
    "traer": "tráeme",
    "vender": "véndeme",
    "escribir": "escríbeme",
    "prestar": "préstame",
    "leer": "léeme",
}


def command(rng: Random) -> Sentence:
    """Make a sentence such as: Abre la puerta; dame el libro, por favor."""
    if chance(rng, 0.3):
        verb = pick(rng, GIVING_VERBS)
        _, thing, extra = object_of(rng, verb)
        es = f"{COMMANDS[verb.es]} {thing.es}"
        en = f"{verb.en} me {thing.en}"
    else:
        barred = ("ver", "encontrar", "recibir", "robar", "olvidar", "perder", "hablar", "romper")
        verb = pick(rng, [v for v in THING_VERBS + PERSON_VERBS if v.es not in barred])
        _, thing, extra = object_of(rng, verb)
        es = f"{spanish.imperative(verb.es)} {thing.es}"
        en = f"{verb.en} {thing.en}"
    if chance(rng, 0.3):
        es = es + ", por favor"
        en = en + ", please"
    return statement(es, en, extra)


PASSIVE_TENSES = (("preterite", 5), ("future", 2), ("perfect", 2), ("conditional", 1))


def passive(rng: Random) -> Sentence:
    """Make a sentence such as: La carta fue escrita por Ana."""
    barred = ("hablar", "estudiar", "aprender", "llevar", "tocar", "comer", "beber", "traer")
    verb = pick(rng, [v for v in THING_VERBS if v.es not in barred])
    noun = pick(rng, nouns_of(verb.objects))
    plural = not noun.mass and chance(rng, 0.3)
    thing = noun_phrase(noun, pick_determiner(rng, noun, plural, definite=True), plural)
    done = spanish.agree(spanish.participle(verb.es), noun.gender, plural)
    agent = subject_phrase(rng)
    after = Gloss(f"por {agent.es}", f"by {agent.en}") if chance(rng, 0.7) else NOTHING
    passive_verb = Verb(f"ser {done}", f"be {english.participle(verb.en)}")
    tense = pick_weighted(rng, PASSIVE_TENSES)
    time = pick(rng, modifiers.TIMES[tense]) if chance(rng, 0.2) else NOTHING
    extra = (f"object:{verb.es}:{noun.es}",)
    return Clause(
        thing, passive_verb, tense, after, time, negative=chance(rng, 0.12), extra=extra
    ).stated()


def _single_thing(rng: Random, noun: Noun) -> Phrase:
    """Return whether it is a particular thing (this book, my new car), not a kind of thing."""
    adjective = pick(rng, [None, *adjectives_of(noun)])
    return noun_phrase(noun, pick_weighted(rng, DEFINITE), adjective=adjective)


def like(rng: Random) -> Sentence:
    """Make a sentence such as: A Ana le gusta el café -> Ana likes coffee; me gustan los gatos."""
    noun = pick(
        rng, nouns_of("food foodstuff drink animal clothing building place vehicle readable")
    )
    plural = not noun.mass and chance(rng, 0.6)
    thing = (
        noun_phrase(noun, modifiers.THE, plural)
        if plural or noun.mass
        else _single_thing(rng, noun)
    )
    liked = thing.en.removeprefix("the ") if plural or noun.mass else thing.en
    experiencers = (("", "me", "I", 0), ("", "te", "you", 1), ("", "nos", "we", 3))
    if chance(rng, 0.5):
        spoken, marker, who, person = pick(rng, experiencers)
    else:
        someone = subject_phrase(rng)
        spoken = f"a {someone.es}"
        marker = "les" if someone.plural else "le"
        who = someone.en
        person = someone.person
    tense = pick(rng, ("present", "present", "imperfect", "preterite"))
    negative = chance(rng, 0.25)
    head, _ = spanish.conjugate("gustar", tense, thing.person)
    asked = chance(rng, 0.15)
    aux, rest = english.verb_group(
        "like", tense.replace("imperfect", "preterite"), person, negative or asked
    )
    es = " ".join(w for w in (spoken, "no" if negative else "", marker, head, thing.es) if w)
    words = (aux, who) if asked else (who, aux)
    en = " ".join(w for w in (*words, "not" if negative else "", rest, liked) if w)
    combinations = (*thing.combinations, f"object:gustar:{noun.es}")
    return (question if asked else statement)(es, en, combinations)


def relative_sentence(rng: Random) -> Sentence:
    """Make a sentence such as: Conozco al hombre que vive aquí; el libro que compré es caro."""
    thing = relative(rng)
    verb = pick(
        rng,
        [
            v
            for v in (*PERSON_VERBS, *STATIVE_VERBS)
            if v.es in ("ver", "buscar", "encontrar", "recordar")
        ],
    )
    if not thing.human:
        verb = pick(rng, [*(v for v in STATIVE_VERBS if v.es in ("querer", "necesitar")), verb])
    personal = "a " if thing.human else ""
    after = Gloss(personal + thing.es, thing.en)
    return random_clause(
        rng, verb, after, thing.combinations, negative=chance(rng, 0.15), timed=0, middle=0
    ).stated()


def superlative_sentence(rng: Random) -> Sentence:
    """Make a sentence such as: Ana compró el coche más caro."""
    thing = superlative(rng)
    verb = pick(
        rng,
        [
            v
            for v in (*PERSON_VERBS, *STATIVE_VERBS)
            if v.es in ("ver", "buscar", "encontrar", "mirar")
        ],
    )
    after = Gloss(("a " if thing.human else "") + thing.es, thing.en)
    return random_clause(rng, verb, after, thing.combinations, timed=0.15).stated()


def joined(rng: Random) -> Sentence:
    """Make a sentence such as: No compré pan pero bebí leche."""
    link = pick(
        rng,
        (
            Gloss("y", "and"),
            Gloss("pero", "but"),
            Gloss("porque", "because"),
            Gloss("cuando", "when"),
        ),
    )
    first, second = (
        intransitive(rng) if chance(rng, 0.3) else _transitive(rng, timed=0.0) for _ in range(2)
    )
    parts = [
        Clause(
            c.subject, c.verb, settle_tense(c.verb, c.tense, c.subject.person, NOTHING), c.after
        ).body()
        for c in (first, second)
    ]
    es = f"{parts[0].es} {link.es} {parts[1].es}"
    en = f"{parts[0].en} {link.en} {parts[1].en}"
    return statement(es, en, first.combinations + second.combinations)
