"""Constructions with ser, estar, tener and haber, and comparisons."""

from random import Random

from sample_corpus import english, modifiers, spanish
from sample_corpus.bare_phrases import relative
from sample_corpus.clauses import (
    NOTHING,
    Clause,
    Sentence,
    in_place,
    location,
    question,
    statement,
)
from sample_corpus.lexicon import NOUNS, Gloss, nouns_of
from sample_corpus.phrases import (
    DEFINITE,
    Phrase,
    adjectives_of,
    chance,
    genitive_phrase,
    materials_of,
    name,
    noun_phrase,
    pick,
    pick_weighted,
    random_phrase,
    subject,
    subject_phrase,
)
from sample_corpus.verbs import STATES, Verb

BE_TENSES = (("present", 6), ("imperfect", 3), ("future", 1), ("conditional", 1))
SER = Verb("ser", "be", stative=True)
ESTAR = Verb("estar", "be", stative=True)
PERSON = NOUNS["hombre"]
MADE_KINDS = "clothing furniture opening building wall vehicle object"
ALL_KINDS = f"person kin animal food foodstuff drink readable place {MADE_KINDS}"


def _be(
    rng: Random, who: Phrase, verb: Verb, after: Gloss, tense: str, extra: tuple[str, ...] = ()
) -> Sentence:
    """Return a sentence with a form of be: a statement, sometimes negated, sometimes a question."""
    clause = Clause(who, verb, tense, after, negative=chance(rng, 0.2), extra=extra)
    return clause.as_question() if chance(rng, 0.15) else clause.stated()


def _any_gender(rng: Random, who: Phrase) -> Phrase:
    """Return the subject, sometimes feminine: estoy cansada (I, you and we have no gender)."""
    if who.es in ("", "yo") and chance(rng, 0.4):
        return Phrase(who.es, who.en, "f", who.plural, True, None, who.person)
    return who


def adjective_predicate(rng: Random) -> Sentence:
    """Make a sentence such as: La casa es blanca; Ana está cansada."""
    tense = pick_weighted(rng, BE_TENSES)
    if chance(rng, 0.4):
        who = _any_gender(rng, subject(rng, tense))
        options = adjectives_of(who.noun or PERSON)
        noun = who.noun
    else:
        noun = pick(rng, nouns_of(ALL_KINDS))
        who = random_phrase(rng, noun, definite=True, modified=0.1)
        if noun.mass and who.es.startswith(noun.es):
            who = noun_phrase(noun)
        options = adjectives_of(noun)
    adjective = pick(rng, options)
    form = spanish.agree(adjective.es, who.gender, who.plural)
    verb = Verb(f"{adjective.copula} {form}", f"be {adjective.en}", stative=True)
    extra = (f"adjective:{noun.es}:{adjective.es}",) if noun else ()
    if adjective.copula == "estar" and chance(rng, 0.2) and tense in ("present", "imperfect"):
        time = pick(
            rng, modifiers.TIMES["progressive" if tense == "present" else "past_progressive"]
        )
        return Clause(who, verb, tense, time=time, extra=extra).stated()
    return _be(rng, who, verb, NOTHING, tense, extra)


NO_TRADE = (
    "hombre",
    "mujer",
    "niño",
    "niña",
    "alcalde",
    "rey",
    "reina",
    "vecino",
    "vecina",
    "amigo",
    "amiga",
)


def profession(rng: Random) -> Sentence:
    """Make a sentence such as: Ana es profesora; ellos son médicos."""
    tense = pick_weighted(rng, BE_TENSES)
    who = _any_gender(rng, subject(rng, tense)) if chance(rng, 0.5) else name(rng)
    trades = [n for n in nouns_of("person") if n.es not in NO_TRADE]
    noun = pick(rng, [n for n in trades if n.gender == who.gender])
    if who.noun and who.noun.en == noun.en:
        who = name(rng)
        noun = pick(rng, [n for n in trades if n.gender == who.gender])
    es = spanish.pluralize(noun.es) if who.plural else noun.es
    en = english.pluralize(noun.en) if who.plural else english.with_determiner("a", noun.en)
    return _be(rng, who, Verb(f"ser {es}", f"be {en}", stative=True), NOTHING, tense)


def origin(rng: Random) -> Sentence:
    """Make a sentence such as: Ana es de Madrid."""
    tense = pick(rng, ("present", "present", "imperfect"))
    city = pick(rng, modifiers.CITIES)
    return _be(rng, subject(rng, tense), SER, Gloss(f"de {city.es}", f"from {city.en}"), tense)


def made_of(rng: Random) -> Sentence:
    """Make a sentence such as: La mesa es de madera -> The table is made of wood."""
    noun = pick(rng, [n for n in nouns_of(MADE_KINDS) if materials_of(n)])
    material = pick(rng, materials_of(noun))
    thing = noun_phrase(noun, pick_weighted(rng, DEFINITE), chance(rng, 0.3))
    after = Gloss(f"de {material.es}", f"made of {material.en}")
    extra = (f"material:{noun.es}:{material.es}",)
    return _be(rng, thing, SER, after, pick_weighted(rng, BE_TENSES), extra)


def located(rng: Random) -> Sentence:
    """Make a sentence such as: La llave está en la mesa."""
    tense = pick_weighted(rng, BE_TENSES)
    if chance(rng, 0.5):
        who = subject(rng, tense)
        place, extra = in_place(rng)
    else:
        noun = pick(rng, nouns_of("object readable clothing opening animal food"))
        who = random_phrase(rng, noun, definite=True, modified=0.15)
        place, extra = location(rng)
    return _be(rng, who, ESTAR, place, tense, extra)


def identified(rng: Random) -> Sentence:
    """Make a sentence such as: Este es un anillo de oro; esa es la casa de Ana."""
    if chance(rng, 0.4):
        thing = genitive_phrase(rng)
    else:
        noun = pick(rng, nouns_of("clothing furniture opening building vehicle object readable"))
        plural = chance(rng, 0.3)
        choices = (
            (modifiers.BARE, modifiers.MY)
            if plural
            else (modifiers.A, modifiers.A, modifiers.MY, modifiers.YOUR)
        )
        determiner = pick(rng, choices)
        materials = materials_of(noun)
        if materials and chance(rng, 0.5):
            thing = noun_phrase(noun, determiner, plural, material=pick(rng, materials))
        else:
            thing = noun_phrase(noun, determiner, plural, adjective=pick(rng, adjectives_of(noun)))
    pointer = pick(rng, (modifiers.THIS, modifiers.THAT))
    who = Phrase(
        pointer.es(thing.gender, thing.plural), pointer.en(thing.plural), person=thing.person
    )
    tense = pick(rng, ("present", "present", "present", "imperfect"))
    after = Gloss(thing.es, thing.en)
    return _be(rng, who, SER, after, tense, thing.combinations)


def there_is(rng: Random) -> Sentence:
    """Make a sentence such as: Hay un gato en la cocina; no hay leche."""
    noun = pick(
        rng, nouns_of("person animal food foodstuff drink readable clothing object furniture")
    )
    asked = chance(rng, 0.2)
    negative = chance(rng, 0.25)
    plural = not noun.mass and not noun.single and (negative or chance(rng, 0.5))
    if noun.mass or negative or noun.single:
        determiner = modifiers.BARE if noun.mass or negative else modifiers.A
    else:
        many = (modifiers.MANY, modifiers.FEW, modifiers.A, *modifiers.NUMERALS[:8])
        determiner = pick(rng, many) if plural else modifiers.A
    if noun.single and negative:
        negative = False
        determiner = modifiers.A
    asked = asked and not negative
    materials = materials_of(noun)
    material = pick(rng, materials) if materials and chance(rng, 0.15) else None
    thing = noun_phrase(noun, determiner, plural, material=material)
    where = in_place if noun.kind in ("person", "furniture") else location
    place, extra = where(rng) if chance(rng, 0.8) else (NOTHING, ())
    tense = pick(rng, ("present", "present", "imperfect", "future"))
    es_verb = {"present": "hay", "imperfect": "había", "future": "habrá"}[tense]
    slot = spanish.ELLOS if plural else spanish.EL
    aux, rest = english.verb_group("be", tense.replace("imperfect", "preterite"), slot, False)
    no = ("no", "no") if negative else ("", "")
    words = (aux, "there", rest) if asked else ("there", aux, rest)
    es = " ".join(w for w in (no[0], es_verb, thing.es, place.es) if w)
    en = " ".join(w for w in (*words, no[1], thing.en, place.en) if w)
    return (question if asked else statement)(es, en, thing.combinations + extra)


AGES = (
    "cinco=five, seis=six, siete=seven, ocho=eight, nueve=nine, diez=ten, doce=twelve, "
    "quince=fifteen, veinte=twenty, cincuenta=fifty"
)


def state(rng: Random) -> Sentence:
    """Make a sentence such as: Tengo hambre; Ana tiene veinte años -> Ana is twenty years old."""
    tense = pick_weighted(rng, BE_TENSES)
    who = subject(rng, tense)
    if chance(rng, 0.3):
        es, en = pick(rng, AGES.split(", ")).split("=")
        verb = Verb(f"tener {es} años", f"be {en} years old", stative=True)
    else:
        verb = pick(rng, STATES)
    return _be(rng, who, verb, NOTHING, tense)


def comparison(rng: Random) -> Sentence:
    """Make a sentence such as: Ana es más alta que Luis -> Ana is taller than Luis."""
    tense = pick(rng, ("present", "present", "present", "imperfect"))
    if chance(rng, 0.5):
        who = subject_phrase(rng)
        other = name(rng)
        options = [a for a in adjectives_of(PERSON) if a.gradable]
        extra: tuple[str, ...] = ()
    else:
        noun = pick(rng, nouns_of("animal readable clothing vehicle building place furniture"))
        rivals = nouns_of(noun.kind)
        who = random_phrase(rng, noun, definite=True, modified=0)
        other = noun_phrase(
            pick(rng, rivals), pick(rng, (modifiers.THE, modifiers.MY, modifiers.THIS))
        )
        options = [a for a in adjectives_of(noun) if a.gradable]
        extra = (f"adjective:{noun.es}:{pick(rng, options).es}",)
    adjective = pick(rng, options)
    if extra:
        extra = (f"adjective:{who.noun.es if who.noun else ''}:{adjective.es}",)
    form = spanish.agree(adjective.es, who.gender, who.plural)
    kinds = (
        Gloss(f"más {form} que", f"{english.comparative(adjective.en)} than"),
        Gloss(f"más {form} que", f"{english.comparative(adjective.en)} than"),
        Gloss(f"tan {form} como", f"as {adjective.en} as"),
        Gloss(f"menos {form} que", f"less {adjective.en} than"),
    )
    kind = pick(rng, kinds)
    after = Gloss(f"{kind.es} {other.es}", f"{kind.en} {other.en}")
    return _be(rng, who, SER, after, tense, extra)


def relative_subject(rng: Random) -> Sentence:
    """Make a sentence such as: El libro que compré es interesante."""
    who = relative(rng)
    options = (
        list(adjectives_of(PERSON))
        if who.human
        else [a for a in adjectives_of(NOUNS["llave"]) if a.copula == "ser"]
    )
    adjective = pick(rng, options)
    form = spanish.agree(adjective.es, who.gender, who.plural)
    verb = Verb(f"{adjective.copula} {form}", f"be {adjective.en}", stative=True)
    return Clause(who, verb, pick(rng, ("present", "imperfect")), extra=()).stated()
