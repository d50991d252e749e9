"""Noun phrases in Spanish and English at once: determiner, adjective, noun, material, owner.

Spanish puts most adjectives and all materials after the noun, English before it: una mesa redonda
de madera is a round wood table. Every phrase carries the combinations of words it was made with,
from which splits.py decides where a sentence may go.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import TypeVar

from sample_corpus import english, modifiers, spanish
from sample_corpus.lexicon import COMPOUNDS, NOUNS, Gloss, Noun, nouns_of
from sample_corpus.modifiers import Adjective, Determiner

T = TypeVar("T")


def pick(rng: Random, options: Sequence[T]) -> T:
    """Return one of the options, by rng.random(): it is the same in all Python versions."""
    return options[int(rng.random() * len(options))]


def pick_weighted(rng: Random, options: Sequence[tuple[T, int]]) -> T:
    """Return one of the weighted options."""
    point = rng.random() * sum(weight for _, weight in options)
    for option, weight in options:
        point -= weight
        if point < 0:
            return option
    return options[-1][0]


def chance(rng: Random, probability: float) -> bool:
    """Return True with the given probability."""
    return rng.random() < probability


@dataclass(frozen=True)
class Phrase:
    """Noun phrase or pronoun in both languages, with its features for agreement."""

    es: str
    en: str
    gender: str = "m"
    plural: bool = False
    human: bool = False
    noun: Noun | None = None
    person: int = spanish.EL
    combinations: tuple[str, ...] = ()


def noun_phrase(
    noun: Noun,
    determiner: Determiner = modifiers.THE,
    plural: bool = False,
    adjective: Adjective | None = None,
    leading: Adjective | None = None,
    material: Gloss | None = None,
) -> Phrase:
    """Build a noun phrase; `leading` is an adjective that stands before the Spanish noun."""
    es = spanish.pluralize(noun.es) if plural else noun.es
    en = english.pluralize(noun.en) if plural else noun.en
    combinations = []
    if material:
        en = f"{material.en} {en}"
        combinations.append(f"material:{noun.es}:{material.es}")
    if adjective:
        es += " " + spanish.agree(adjective.es, noun.gender, plural)
        en = f"{adjective.en} {en}"
        combinations.append(f"adjective:{noun.es}:{adjective.es}")
    if leading:
        es = f"{spanish.before_noun(leading.es, noun.gender, plural)} {es}"
        en = f"{leading.en} {en}"
        combinations.append(f"leading:{noun.es}:{leading.es}")
    if material:
        es += f" de {material.es}"
    es = spanish.with_determiner(determiner.es(noun.gender, plural), es)
    en = english.with_determiner(determiner.en(plural), en)
    person = spanish.ELLOS if plural else spanish.EL
    return Phrase(es, en, noun.gender, plural, noun.human, noun, person, tuple(combinations))


@cache
def adjectives_of(noun: Noun, copula: str = "") -> tuple[Adjective, ...]:
    """Return the adjectives that go with a noun, all or those of one copula."""
    return tuple(
        a for a in modifiers.ADJECTIVES if noun.kind in a.kinds and copula in ("", a.copula)
    )


@cache
def materials_of(noun: Noun) -> tuple[Gloss, ...]:
    """Return the materials that a noun can be made of."""
    return tuple(material for head, material in COMPOUNDS if head is noun)


SINGULAR = (
    (modifiers.THE, 8),
    (modifiers.A, 5),
    (modifiers.MY, 2),
    (modifiers.YOUR, 2),
    (modifiers.OUR, 1),
    (modifiers.THIS, 2),
    (modifiers.THAT, 1),
    (modifiers.ANOTHER, 1),
    (modifiers.EVERY, 1),
)
PLURAL = (
    (modifiers.THE, 6),
    (modifiers.A, 2),
    (modifiers.MY, 1),
    (modifiers.YOUR, 1),
    (modifiers.OUR, 1),
    (modifiers.THIS, 1),
    (modifiers.THAT, 1),
    (modifiers.MANY, 2),
    (modifiers.FEW, 1),
    (modifiers.ALL, 1),
    *((numeral, 1) for numeral in modifiers.NUMERALS[:11]),
    (modifiers.NUMERALS[-2], 1),
)
MASS = ((modifiers.THE, 4), (modifiers.MY, 1), (modifiers.THIS, 1))
KIN = ((modifiers.MY, 3), (modifiers.YOUR, 2), (modifiers.OUR, 1))
DEFINITE = (
    (modifiers.THE, 4),
    (modifiers.MY, 1),
    (modifiers.YOUR, 1),
    (modifiers.THIS, 1),
    (modifiers.THAT, 1),
)


def pick_determiner(rng: Random, noun: Noun, plural: bool, definite: bool = False) -> Determiner:
    """Return a determiner that suits the noun and its number."""
    if noun.kind == "kin":
        return pick_weighted(rng, KIN)
    if noun.kind in ("language", "music"):
        return modifiers.BARE
    if noun.mass:
        return pick_weighted(rng, MASS)
    if definite:
        return pick_weighted(rng, DEFINITE)
    return pick_weighted(rng, PLURAL if plural else SINGULAR)


def random_phrase(rng: Random, noun: Noun, definite: bool = False, modified: float = 0.3) -> Phrase:
    """Return a random noun phrase with the given noun.

    With probability `modified` it has an adjective or a material.
    """
    plural = not noun.mass and not noun.single and chance(rng, 0.3)
    determiner = pick_determiner(rng, noun, plural, definite)
    if not chance(rng, modified) or noun.kind == "kin":
        return noun_phrase(noun, determiner, plural)
    materials = materials_of(noun)
    if materials and chance(rng, 0.35):
        return noun_phrase(noun, determiner, plural, material=pick(rng, materials))
    leading = [
        a for a in modifiers.LEADING if noun.kind in a.kinds and _may_lead(a, determiner, plural)
    ]
    if leading and chance(rng, 0.15):
        return noun_phrase(noun, determiner, plural, leading=pick(rng, leading))
    options = [a for a in adjectives_of(noun) if a.en not in modifiers.PREDICATE_ONLY]
    return noun_phrase(noun, determiner, plural, adjective=pick(rng, options) if options else None)


def _may_lead(adjective: Adjective, determiner: Determiner, plural: bool) -> bool:
    """Return whether a leading adjective goes with a determiner.

    "First", "last" and "same" are unique; the others exclude distributive determiners only.
    """
    if adjective.es in ("primero", "último", "mismo"):
        return determiner is modifiers.THE and not (plural and adjective.es == "primero")
    return determiner in (modifiers.THE, modifiers.A, modifiers.MY, modifiers.YOUR, modifiers.THIS)


def object_phrase(rng: Random, classes: str) -> Phrase:
    """Return a noun phrase of the given classes, such as bare nouns: pan, libros."""
    noun = pick(rng, nouns_of(classes))
    if noun.mass and chance(rng, 0.5):
        adjectives = [a for a in adjectives_of(noun) if a.copula == "estar"]
        adjective = pick(rng, adjectives) if adjectives and chance(rng, 0.2) else None
        return noun_phrase(noun, modifiers.BARE, adjective=adjective)
    if not noun.human and not noun.mass and chance(rng, 0.08):
        return noun_phrase(noun, modifiers.BARE, plural=True)
    if noun.human and chance(rng, 0.3):
        return name(rng)
    return random_phrase(rng, noun)


def name(rng: Random) -> Phrase:
    """Return a person's name."""
    gender = pick(rng, ("m", "f"))
    word = pick(rng, modifiers.NAMES[gender])
    return Phrase(word, word, gender, human=True)


def owner(rng: Random) -> Phrase:
    """Return an owner: a name or a singular person."""
    if chance(rng, 0.5):
        return name(rng)
    noun = pick(rng, nouns_of("person kin"))
    return noun_phrase(noun, pick_weighted(rng, KIN) if noun.kind == "kin" else modifiers.THE)


def genitive_phrase(rng: Random) -> Phrase:
    """Make a phrase such as: el libro de Ana -> Ana's book, la puerta de la casa."""
    if chance(rng, 0.7):
        noun = pick(rng, nouns_of("owned readable kin"))
        plural = not noun.single and chance(rng, 0.2)
        thing = noun_phrase(noun, modifiers.THE, plural)
        of = owner(rng)
        bare = english.pluralize(noun.en) if plural else noun.en
        en = f"{english.possessive(of.en)} {bare}"
    else:
        noun = NOUNS[
            pick(rng, ("puerta", "ventana", "techo", "llave", "foto", "muro", "cocina", "jardín"))
        ]
        thing = noun_phrase(noun, modifiers.THE, chance(rng, 0.2))
        whole = [n for n in nouns_of("building") if n.es != "puente"]
        of = random_phrase(rng, pick(rng, whole), definite=True, modified=0.2)
        en = f"{thing.en} of {of.en}"
    es = spanish.contract(f"{thing.es} de {of.es}")
    combinations = (*of.combinations, f"genitive:{noun.es}:{of.noun.es if of.noun else of.es}")
    return Phrase(es, en, thing.gender, thing.plural, noun.human, None, thing.person, combinations)


def subject_phrase(rng: Random, classes: str = "person kin") -> Phrase:
    """Return a third-person subject that is not a pronoun."""
    human = classes == "person kin"
    if human and chance(rng, 0.35):
        first = name(rng)
        if chance(rng, 0.2):
            second = name(rng)
            if first.es != second.es:
                gender = "f" if first.gender == second.gender == "f" else "m"
                es = spanish.contract(f"{first.es} y {second.es}")
                return Phrase(
                    es, f"{first.en} and {second.en}", gender, True, True, None, spanish.ELLOS
                )
        return first
    if human and chance(rng, 0.1):
        return genitive_person(rng)
    return random_phrase(
        rng, pick(rng, nouns_of(classes)), definite=chance(rng, 0.8), modified=0.25
    )


def genitive_person(rng: Random) -> Phrase:
    """Make a phrase such as: el hermano de Ana -> Ana's brother."""
    noun = pick(rng, nouns_of("kin"))
    of = name(rng)
    thing = noun_phrase(noun, modifiers.THE)
    return Phrase(
        f"{thing.es} de {of.es}", f"{english.possessive(of.en)} {noun.en}", noun.gender, human=True
    )


PRONOUNS = (
    Phrase("él", "he", "m", human=True),
    Phrase("ella", "she", "f", human=True),
    Phrase("nosotros", "we", "m", True, True, None, spanish.NOSOTROS),
    Phrase("ellos", "they", "m", True, True, None, spanish.ELLOS),
    Phrase("ellas", "they", "f", True, True, None, spanish.ELLOS),
)
I_DROPPED = Phrase("", "I", "m", human=True, person=spanish.YO)
I_SPOKEN = Phrase("yo", "I", "m", human=True, person=spanish.YO)
YOU = Phrase("", "you", "m", human=True, person=spanish.TU)
WE = Phrase("", "we", "m", True, True, None, spanish.NOSOTROS)
THEY = Phrase("", "they", "m", True, True, None, spanish.ELLOS)
# The tenses in which the first and the third person singular are the same word, so that yo must be
# said.
AMBIGUOUS_FIRST = ("imperfect", "conditional", "pluperfect", "past_progressive")


def subject(rng: Random, tense: str, classes: str = "person kin") -> Phrase:
    """Return a subject: a dropped or spoken pronoun, a name or a noun phrase."""
    if classes != "person kin" or chance(rng, 0.5):
        return subject_phrase(rng, classes)
    if chance(rng, 0.35):
        return pick(rng, PRONOUNS)
    first = I_SPOKEN if tense in AMBIGUOUS_FIRST else I_DROPPED
    return pick_weighted(rng, ((first, 3), (YOU, 3), (WE, 2), (THEY, 1)))
