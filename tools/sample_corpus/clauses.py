"""Clauses: a subject, a verb in a tense, objects and adverbs, as a statement or as a question.

A Clause holds both languages; body() and asked() decide the word order of each.
"""

from dataclasses import dataclass
from random import Random

from sample_corpus import english, modifiers, spanish
from sample_corpus.lexicon import PLACE_PREPOSITION, Gloss, nouns_of
from sample_corpus.phrases import (
    Phrase,
    chance,
    name,
    object_phrase,
    pick,
    pick_weighted,
    random_phrase,
    subject,
)
from sample_corpus.verbs import Verb, tenses_of

NOTHING = Gloss("", "")


@dataclass(frozen=True)
class Sentence:
    """A finished pair of sentences and its combinations of words."""

    es: str
    en: str
    combinations: tuple[str, ...] = ()


def join(*words: str) -> str:
    """Join the words that are not empty with spaces."""
    return " ".join(word for word in words if word)


def capitalize(text: str) -> str:
    """Capitalize the first character only."""
    return text[0].upper() + text[1:]


def statement(es: str, en: str, combinations: tuple[str, ...] = ()) -> Sentence:
    """Finish a sentence with a capital letter and a period."""
    return Sentence(capitalize(spanish.contract(es)) + ".", capitalize(en) + ".", combinations)


def question(es: str, en: str, combinations: tuple[str, ...] = ()) -> Sentence:
    """Finish a sentence with its question marks."""
    return Sentence(f"¿{capitalize(spanish.contract(es))}?", capitalize(en) + "?", combinations)


@dataclass(frozen=True)
class Clause:
    """Parts of a clause.

    `after` follows the verb, `middle` is an adverb before it, `clitic` is a Spanish clitic.
    """

    subject: Phrase
    verb: Verb
    tense: str
    after: Gloss = NOTHING
    time: Gloss = NOTHING
    middle: Gloss = NOTHING
    clitic: str = ""
    negative: bool = False
    time_first: bool = False
    extra: tuple[str, ...] = ()

    @property
    def combinations(self) -> tuple[str, ...]:
        return self.subject.combinations + self.extra

    @property
    def _english_tense(self) -> str:
        return "preterite" if self.verb.stative and self.tense == "imperfect" else self.tense

    def body(self) -> Gloss:
        """Return the clause as a statement, without capital letter and period."""
        head, tail = spanish.conjugate(self.verb.es, self.tense, self.subject.person)
        no = "no" if self.negative else ""
        es = join(self.subject.es, self.middle.es, no, self.clitic, head, tail, self.after.es)
        aux, rest = english.verb_group(
            self.verb.en, self._english_tense, self.subject.person, self.negative
        )
        negation = "not" if self.negative else ""
        en = join(self.subject.en, aux, negation, self.middle.en, rest, self.after.en).replace(
            "can not ", "cannot "
        )
        if self.time_first:
            return Gloss(join(self.time.es, es), join(self.time.en, en))
        return Gloss(join(es, self.time.es), join(en, self.time.en))

    def asked(self, wh: Gloss = NOTHING) -> Gloss:
        """Return the clause as a question; `wh` is the question word if there is one."""
        head, tail = spanish.conjugate(self.verb.es, self.tense, self.subject.person)
        no = "no" if self.negative else ""
        es = join(wh.es, no, self.clitic, head, tail, self.subject.es, self.after.es, self.time.es)
        aux, rest = english.verb_group(self.verb.en, self._english_tense, self.subject.person, True)
        negation = "not" if self.negative else ""
        return Gloss(
            es, join(wh.en, aux, self.subject.en, negation, rest, self.after.en, self.time.en)
        )

    def stated(self) -> Sentence:
        body = self.body()
        return statement(body.es, body.en, self.combinations)

    def as_question(self, wh: Gloss = NOTHING) -> Sentence:
        asked = self.asked(wh)
        return question(asked.es, asked.en, self.combinations)


def settle_tense(verb: Verb, tense: str, person: int, time: Gloss) -> str:
    """Return the tense; ambiguous forms without an adverb of time are in the present.

    Compramos is both "we buy" and "we bought".
    """
    if person == spanish.NOSOTROS and tense == "preterite" and time is NOTHING:
        infinitive = verb.es.split(" ")[0]
        if spanish.simple_form(infinitive, "present", person) == spanish.simple_form(
            infinitive, tense, person
        ):
            return "present"
    return tense


def random_clause(
    rng: Random,
    verb: Verb,
    after: Gloss,
    extra: tuple[str, ...],
    *,
    negative: bool = False,
    timed: float = 0.3,
    middle: float = 0.12,
    clitic: str = "",
    who: Phrase | None = None,
    classes: str = "person kin",
) -> Clause:
    """Return a clause with a random tense, subject (unless `who` is given) and adverb."""
    tense = pick_weighted(rng, tenses_of(verb))
    who = who or subject(rng, tense, classes)
    time = adverb = NOTHING
    if not verb.stative and chance(rng, timed) and modifiers.TIMES[tense]:
        time = pick(rng, modifiers.TIMES[tense])
    elif (
        not negative
        and chance(rng, middle)
        and tense in modifiers.MIDDLE
        and not verb.en.startswith("can ")
    ):
        choices = [
            a for a in modifiers.MIDDLE[tense] if a.es != "a veces" or not who.en.startswith("who")
        ]
        adverb = pick(rng, choices)
    tense = settle_tense(verb, tense, who.person, time)
    if adverb.es == "ya" and tense not in ("perfect", "pluperfect"):
        adverb = NOTHING
    return Clause(who, verb, tense, after, time, adverb, clitic, negative, chance(rng, 0.3), extra)


def object_of(rng: Random, verb: Verb) -> tuple[Phrase, Gloss, tuple[str, ...]]:
    """Return a direct object: the phrase, its text (with the personal a), its combinations."""
    phrase = object_phrase(rng, verb.objects)
    personal = "a " if phrase.human and not verb.es.startswith("tener") else ""
    combinations = phrase.combinations
    if phrase.noun:
        combinations += (f"object:{verb.es}:{phrase.noun.es}",)
    return phrase, Gloss(personal + phrase.es, phrase.en), combinations


def preposition(place: str) -> str:
    """Return the English preposition for Spanish en before a place or a building."""
    return PLACE_PREPOSITION.get(place, "in")


def in_place(rng: Random) -> tuple[Gloss, tuple[str, ...]]:
    """Return a place with its preposition: en la cocina, en Madrid."""
    if chance(rng, 0.15):
        city = pick(rng, modifiers.CITIES)
        return Gloss(f"en {city.es}", f"in {city.en}"), ()
    noun = pick(rng, nouns_of("place building"))
    phrase = random_phrase(rng, noun, definite=True, modified=0.2)
    return Gloss(f"en {phrase.es}", f"{preposition(noun.es)} {phrase.en}"), phrase.combinations


RELATIONS = (
    Gloss("debajo de", "under"), Gloss("detrás de", "behind"), Gloss("delante de", "in front of"),
    Gloss("cerca de", "near"), Gloss("al lado de", "next to"),
)  # fmt: skip


def location(rng: Random) -> tuple[Gloss, tuple[str, ...]]:
    """Return where a thing is: on a surface, in a container, in a place, or near something."""
    kind = pick(rng, ("surface", "holder", "place", "relation"))
    if kind == "place":
        return in_place(rng)
    if kind == "relation":
        relation = pick(rng, RELATIONS)
        noun = pick(rng, nouns_of("surface vehicle building opening"))
        phrase = random_phrase(rng, noun, definite=True, modified=0.2)
        return Gloss(
            f"{relation.es} {phrase.es}", f"{relation.en} {phrase.en}"
        ), phrase.combinations
    phrase = random_phrase(rng, pick(rng, nouns_of(kind)), definite=True, modified=0.2)
    en = "on" if kind == "surface" else "in"
    return Gloss(f"en {phrase.es}", f"{en} {phrase.en}"), phrase.combinations


COMPANY = (
    Gloss("conmigo", "with me"), Gloss("contigo", "with you"), Gloss("con él", "with him"),
    Gloss("con ella", "with her"), Gloss("con nosotros", "with us"),
    Gloss("con ellos", "with them"),
)  # fmt: skip


def company(rng: Random, person: int = spanish.EL) -> Gloss:
    """Return company: con Ana, con mi hermano, conmigo.

    "With me" needs a subject that is someone else.
    """
    if chance(rng, 0.3):
        barred = {spanish.YO: (0, 4), spanish.TU: (1,), spanish.NOSOTROS: (0, 4)}.get(person, ())
        return pick(rng, [gloss for place, gloss in enumerate(COMPANY) if place not in barred])
    whom = (
        name(rng)
        if chance(rng, 0.4)
        else random_phrase(rng, pick(rng, nouns_of("person kin")), True, 0.1)
    )
    return Gloss(f"con {whom.es}", f"with {whom.en}")


def complement(rng: Random, verb: Verb, person: int = spanish.EL) -> tuple[Gloss, tuple[str, ...]]:
    """Return a complement of an intransitive verb: a place, a direction, company or manner."""
    kind = pick(rng, verb.objects.split())
    if kind in modifiers.MANNERS:
        return pick(rng, modifiers.MANNERS[kind]), ()
    if kind == "with":
        return company(rng, person), ()
    if kind == "in":
        return in_place(rng)
    if kind == "to" and chance(rng, 0.25):
        city = pick(rng, modifiers.CITIES)
        return Gloss(f"a {city.es}", f"to {city.en}"), ()
    noun = pick(rng, [n for n in nouns_of("place building") if n.es != "torre"])
    phrase = random_phrase(rng, noun, definite=True, modified=0.2)
    es, en = {"to": ("a", "to "), "from": ("de", ""), "enter": ("en", "")}[kind]
    return Gloss(f"{es} {phrase.es}", en + phrase.en), phrase.combinations
