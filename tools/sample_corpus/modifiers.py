"""Adjectives, determiners, numerals, names and adverbs of the sample corpus.

Each adjective lists the kinds of nouns that it goes with (see lexicon.py): bread is fresh, soldiers
are strong.
"""

from dataclasses import dataclass

from sample_corpus.lexicon import Gloss


@dataclass(frozen=True)
class Adjective:
    """An adjective (masculine singular), its copula, and the kinds of nouns it modifies."""

    es: str
    en: str
    copula: str
    kinds: frozenset[str]
    gradable: bool


@dataclass(frozen=True)
class Determiner:
    """A determiner: four Spanish forms (m. sg., f. sg., m. pl., f. pl.) and two English forms.

    A missing form is '-'.
    """

    forms: tuple[str, str, str, str]
    singular: str
    plural: str

    def es(self, gender: str, plural: bool) -> str:
        return self.forms[2 * plural + (gender == "f")]

    def en(self, plural: bool) -> str:
        return self.plural if plural else self.singular


THINGS = "clothing furniture opening building wall vehicle object"
# (verb of the predicate, can be compared, noun kinds, "Spanish English, ...")
ADJECTIVE_TABLE = (
    (
        "ser",
        False,
        THINGS,
        "rojo red, blanco white, negro black, verde green, azul blue, amarillo yellow, gris gray",
    ),
    ("ser", False, "animal", "blanco white, negro black, gris gray"),
    ("ser", True, f"{THINGS} animal place", "pequeño small, grande big, bonito pretty, feo ugly"),
    ("ser", True, f"{THINGS} readable", "nuevo new, viejo old, caro expensive, barato cheap"),
    ("ser", True, "building furniture vehicle place", "moderno modern, antiguo ancient"),
    (
        "ser",
        True,
        "person kin",
        (
            "alto tall, bajo short, joven young, viejo old, rico rich, pobre poor, famoso famous, "
            "inteligente intelligent, simpático nice, tonto silly, amable kind, fuerte strong, "
            "débil weak, serio serious, elegante elegant"
        ),
    ),
    (
        "ser",
        False,
        "person readable vehicle",
        "español Spanish, francés French, inglés English, italiano Italian",
    ),
    (
        "ser",
        True,
        "animal",
        (
            "rápido fast, lento slow, fuerte strong, peligroso dangerous, viejo old, "
            "inteligente intelligent"
        ),
    ),
    (
        "ser",
        True,
        "food foodstuff",
        "delicioso delicious, caro expensive, barato cheap, fresco fresh",
    ),
    (
        "ser",
        True,
        "drink",
        "delicioso delicious, caro expensive, barato cheap, dulce sweet, fuerte strong",
    ),
    ("estar", False, "foodstuff drink", "frío cold, caliente hot"),
    (
        "ser",
        True,
        "readable song",
        (
            "interesante interesting, aburrido boring, largo long, corto short, difícil difficult, "
            "fácil easy, famoso famous, importante important, triste sad"
        ),
    ),
    (
        "ser",
        True,
        "place building",
        "tranquilo quiet, famoso famous, oscuro dark, importante important",
    ),
    ("estar", False, "clothing furniture place building vehicle", "limpio clean, sucio dirty"),
    ("estar", False, "clothing furniture object vehicle opening", "roto broken"),
    ("ser", True, "furniture object vehicle opening", "pesado heavy, ligero light, útil useful"),
    ("ser", True, "clothing", "largo long, corto short, cómodo comfortable, elegante elegant"),
    ("ser", True, "vehicle", "rápido fast, lento slow, cómodo comfortable, peligroso dangerous"),
    ("estar", False, "opening building", "abierto open, cerrado closed, vacío empty"),
    (
        "estar",
        False,
        "person kin animal",
        "cansado tired, enfermo sick, solo alone, contento happy",
    ),
    ("estar", False, "person kin", "ocupado busy, triste sad, enfadado angry"),
)
PREDICATE_ONLY = frozenset({"alone"})
# Adjectives that stand before the noun, for the kinds given.
LEADING_TABLE = (
    ("bueno", "good", "person readable clothing vehicle building food place"),
    ("malo", "bad", "person readable vehicle building place"),
    ("grande", "great", "person readable building place animal"),
    ("primero", "first", "readable building vehicle object"),
    ("último", "last", "readable building vehicle object"),
    ("mismo", "same", "readable building vehicle object clothing"),
)

THE = Determiner(("el", "la", "los", "las"), "the", "the")
A = Determiner(("un", "una", "unos", "unas"), "a", "some")
MY = Determiner(("mi", "mi", "mis", "mis"), "my", "my")
YOUR = Determiner(("tu", "tu", "tus", "tus"), "your", "your")
OUR = Determiner(("nuestro", "nuestra", "nuestros", "nuestras"), "our", "our")
THIS = Determiner(("este", "esta", "estos", "estas"), "this", "these")
THAT = Determiner(("ese", "esa", "esos", "esas"), "that", "those")
ANOTHER = Determiner(("otro", "otra", "otros", "otras"), "another", "other")
MANY = Determiner(("mucho", "mucha", "muchos", "muchas"), "a lot of", "many")
FEW = Determiner(("-", "-", "pocos", "pocas"), "-", "few")
ALL = Determiner(("-", "-", "todos los", "todas las"), "-", "all the")
EVERY = Determiner(("cada", "cada", "-", "-"), "every", "-")
BARE = Determiner(("", "", "", ""), "", "")


def _numeral(masculine: str, feminine: str, english: str) -> Determiner:
    return Determiner(("-", "-", masculine, feminine), "-", english)


NUMERAL_TABLE = (
    "dos=two, tres=three, cuatro=four, cinco=five, seis=six, siete=seven, ocho=eight, nueve=nine, "
    "diez=ten, once=eleven, doce=twelve, quince=fifteen, veinte=twenty, cincuenta=fifty, "
    "cien=one hundred, mil=one thousand"
)
NUMERALS = (
    *(_numeral(es, es, en) for es, en in (pair.split("=") for pair in NUMERAL_TABLE.split(", "))),
    _numeral("treinta y un", "treinta y una", "thirty-one"),
    _numeral("doscientos", "doscientas", "two hundred"),
    _numeral("quinientos", "quinientas", "five hundred"),
)

NAMES = {
    "m": (
        "Luis",
        "Pedro",
        "Carlos",
        "Juan",
        "Pablo",
        "Diego",
        "Jorge",
        "Miguel",
        "Andrés",
        "Tomás",
    ),
    "f": (
        "Ana",
        "María",
        "Elena",
        "Inés",
        "Carmen",
        "Lucía",
        "Marta",
        "Sofía",
        "Laura",
        "Rosa",
        "Irene",
    ),
}


def _glosses(text: str) -> tuple[Gloss, ...]:
    return tuple(Gloss(*pair.split("=")) for pair in text.split(", "))


# Adverbs of time that go with each tense, at the end or the beginning of a sentence.
TIMES = {
    "present": _glosses(
        "todos los días=every day, cada semana=every week, los domingos=on Sundays"
    ),
    "preterite": _glosses(
        "ayer=yesterday, anoche=last night, la semana pasada=last week, el año pasado=last year, "
        "esta mañana=this morning"
    ),
    "imperfect": _glosses(
        "todos los días=every day, los domingos=on Sundays, cada verano=every summer"
    ),
    "future": _glosses(
        "mañana=tomorrow, la próxima semana=next week, el lunes=on Monday, el próximo año=next "
        "year, pronto=soon"
    ),
    "near_future": _glosses("mañana=tomorrow, esta noche=tonight, el lunes=on Monday, hoy=today"),
    "conditional": _glosses("mañana=tomorrow, hoy=today"),
    "perfect": _glosses("hoy=today, esta semana=this week, este año=this year"),
    "progressive": _glosses("ahora=now, hoy=today"),
    "past_progressive": _glosses("ayer=yesterday, anoche=last night"),
    "pluperfect": (),
}
# Adverbs that stand before the Spanish verb and before the English main verb.
MIDDLE = {
    "present": _glosses("siempre=always, nunca=never, a menudo=often, a veces=sometimes"),
    "preterite": _glosses("nunca=never, siempre=always"),
    "perfect": _glosses("ya=already, nunca=never, siempre=always"),
    "pluperfect": _glosses("ya=already, nunca=never"),
    "future": _glosses("siempre=always, nunca=never"),
    "conditional": _glosses("nunca=never"),
}
# Adverbs after an intransitive verb, by the name its complement has in verbs.py.
MANNERS = {
    "manner": _glosses("bien=well, mal=badly, despacio=slowly, mucho=a lot"),
    "here": _glosses("aquí=here, allí=there"),
    "early": _glosses("temprano=early, tarde=late"),
}


def _read_adjectives() -> tuple[Adjective, ...]:
    kinds: dict[tuple[str, str, str, bool], list[str]] = {}
    for copula, gradable, noun_kinds, table in ADJECTIVE_TABLE:
        for entry in table.split(", "):
            es, en = entry.split()
            kinds.setdefault((es, en, copula, gradable), []).extend(noun_kinds.split())
    return tuple(
        Adjective(es, en, copula, frozenset(k), grade)
        for (es, en, copula, grade), k in kinds.items()
    )


ADJECTIVES = _read_adjectives()
LEADING = tuple(
    Adjective(es, en, "ser", frozenset(kinds.split()), False) for es, en, kinds in LEADING_TABLE
)
CITIES = _glosses(
    "Madrid=Madrid, Sevilla=Seville, Londres=London, París=Paris, España=Spain, Francia=France, "
    "México=Mexico, "
    "Italia=Italy, Roma=Rome, Lima=Lima, Alemania=Germany"
)
