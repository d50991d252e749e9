"""Spanish word forms: plurals, adjective agreement, verb conjugation and contractions.

The forms are those that the sample grammar needs: five grammatical persons (no vosotros, no usted),
the indicative, the conditional and the affirmative tú imperative. There is no subjunctive.
Irregular forms missing from these tables come out regular, so check each new verb.
"""

import re

# The persons of a verb, in the order in which every table below lists its forms: yo, tú, él,
# nosotros, ellos.
YO, TU, EL, NOSOTROS, ELLOS = range(5)

ENDINGS = {
    ("present", "ar"): "o as a amos an",
    ("present", "er"): "o es e emos en",
    ("present", "ir"): "o es e imos en",
    ("preterite", "ar"): "é aste ó amos aron",
    ("preterite", "er"): "í iste ió imos ieron",
    ("preterite", "ir"): "í iste ió imos ieron",
    ("imperfect", "ar"): "aba abas aba ábamos aban",
    ("imperfect", "er"): "ía ías ía íamos ían",
    ("imperfect", "ir"): "ía ías ía íamos ían",
}
FUTURE_ENDINGS = "é ás á emos án"
CONDITIONAL_ENDINGS = "ía ías ía íamos ían"
STRONG_ENDINGS = "e iste o imos ieron"

IRREGULAR = {
    ("ser", "present"): "soy eres es somos son",
    ("ser", "preterite"): "fui fuiste fue fuimos fueron",
    ("ser", "imperfect"): "era eras era éramos eran",
    ("estar", "present"): "estoy estás está estamos están",
    ("ir", "present"): "voy vas va vamos van",
    ("ir", "preterite"): "fui fuiste fue fuimos fueron",
    ("ir", "imperfect"): "iba ibas iba íbamos iban",
    ("haber", "present"): "he has ha hemos han",
    ("dar", "present"): "doy das da damos dan",
    ("dar", "preterite"): "di diste dio dimos dieron",
    ("ver", "present"): "veo ves ve vemos ven",
    ("ver", "preterite"): "vi viste vio vimos vieron",
    ("ver", "imperfect"): "veía veías veía veíamos veían",
    ("hacer", "preterite"): "hice hiciste hizo hicimos hicieron",
    ("enviar", "present"): "envío envías envía enviamos envían",
    ("construir", "present"): "construyo construyes construye construimos construyen",
    ("construir", "preterite"): "construí construiste construyó construimos construyeron",
    ("leer", "preterite"): "leí leíste leyó leímos leyeron",
    ("caer", "preterite"): "caí caíste cayó caímos cayeron",
}
# Verbs whose only irregular present form is the first person singular.
FIRST_PERSON = {
    "tener": "tengo", "venir": "vengo", "poner": "pongo", "salir": "salgo", "hacer": "hago",
    "traer": "traigo", "caer": "caigo", "saber": "sé", "conocer": "conozco", "conducir": "conduzco",
    "traducir": "traduzco", "elegir": "elijo", "seguir": "sigo",
}  # fmt: skip
STEM_CHANGE = {
    "cerrar": ("e", "ie"), "querer": ("e", "ie"), "perder": ("e", "ie"), "tener": ("e", "ie"),
    "venir": ("e", "ie"), "entender": ("e", "ie"), "pensar": ("e", "ie"), "encontrar": ("o", "ue"),
    "contar": ("o", "ue"), "mostrar": ("o", "ue"), "probar": ("o", "ue"), "mover": ("o", "ue"),
    "recordar": ("o", "ue"), "poder": ("o", "ue"), "volver": ("o", "ue"), "dormir": ("o", "ue"),
    "morir": ("o", "ue"), "jugar": ("u", "ue"), "servir": ("e", "i"), "elegir": ("e", "i"),
    "seguir": ("e", "i"),
}  # fmt: skip
STRONG_PRETERITE = {
    "tener": "tuv", "estar": "estuv", "poner": "pus", "poder": "pud", "querer": "quis",
    "venir": "vin", "traer": "traj", "conducir": "conduj", "traducir": "traduj", "saber": "sup",
    "haber": "hub",
}  # fmt: skip
FUTURE_STEM = {
    "tener": "tendr", "poner": "pondr", "salir": "saldr", "venir": "vendr", "hacer": "har",
    "poder": "podr", "querer": "querr", "saber": "sabr", "haber": "habr",
}  # fmt: skip
PARTICIPLE = {
    "abrir": "abierto", "escribir": "escrito", "hacer": "hecho", "ver": "visto", "poner": "puesto",
    "volver": "vuelto", "romper": "roto", "morir": "muerto", "leer": "leído", "traer": "traído",
    "caer": "caído",
}  # fmt: skip
GERUND = {
    "dormir": "durmiendo", "morir": "muriendo", "seguir": "siguiendo", "servir": "sirviendo",
    "elegir": "eligiendo", "venir": "viniendo", "leer": "leyendo", "traer": "trayendo",
    "caer": "cayendo", "construir": "construyendo", "poder": "pudiendo", "ir": "yendo",
}  # fmt: skip
IMPERATIVE = {
    "hacer": "haz",
    "poner": "pon",
    "salir": "sal",
    "venir": "ven",
    "tener": "ten",
    "ir": "ve",
    "ser": "sé",
}

PLURAL = {"joven": "jóvenes"}
# Feminine nouns that begin with a stressed a take the articles el and un when the article stands
# right before them.
STRESSED_A = frozenset({"agua", "águila", "hacha"})
# Adjectives that lose their ending before a masculine singular noun; gran also does before a
# feminine one.
SHORT_FORMS = {
    "bueno": "buen",
    "malo": "mal",
    "primero": "primer",
    "tercero": "tercer",
    "grande": "gran",
}

_ACCENTED_END = re.compile(r"[áéíóú][ns]$")
_A_EL = re.compile(r"\ba el\b")
_DE_EL = re.compile(r"\bde el\b")
_Y_BEFORE_I = re.compile(r"\by (?=h?[ií])", re.IGNORECASE)
_PLAIN = str.maketrans("áéíóú", "aeiou")


def pluralize(word: str) -> str:
    """Return the plural of a noun or adjective given in the singular."""
    if word in PLURAL:
        return PLURAL[word]
    if word.endswith("z"):
        return word[:-1] + "ces"
    if word[-1] in "aeiouáéó":
        return word + "s"
    if _ACCENTED_END.search(word):
        word = word[:-2] + word[-2:].translate(_PLAIN)
    return word + "es"


def agree(adjective: str, gender: str, plural: bool) -> str:
    """Return the form of an adjective or participle for a gender ('m' or 'f') and number.

    It is given as masculine singular.
    """
    if gender == "f":
        if adjective.endswith("o"):
            adjective = adjective[:-1] + "a"
        elif adjective.endswith(("és", "or")) or adjective == "español":
            adjective = adjective[:-2] + adjective[-2:].translate(_PLAIN) + "a"
    return pluralize(adjective) if plural else adjective


def before_noun(adjective: str, gender: str, plural: bool) -> str:
    """Return the form of an adjective before its noun: un buen libro, una gran casa."""
    if not plural and (gender == "m" or adjective == "grande") and adjective in SHORT_FORMS:
        return SHORT_FORMS[adjective]
    return agree(adjective, gender, plural)


def with_determiner(determiner: str, rest: str) -> str:
    """Put a determiner before the rest of a noun phrase: also el agua, un águila."""
    if rest.partition(" ")[0] in STRESSED_A:
        determiner = {"la": "el", "una": "un"}.get(determiner, determiner)
    return f"{determiner} {rest}".strip()


def contract(text: str) -> str:
    """Contract a el -> al and de el -> del; write e for y before the sound i."""
    text = _A_EL.sub("al", text)
    text = _DE_EL.sub("del", text)
    return _Y_BEFORE_I.sub("e ", text)


def participle(infinitive: str) -> str:
    """Return the masculine singular past participle."""
    if infinitive in PARTICIPLE:
        return PARTICIPLE[infinitive]
    return infinitive[:-2] + ("ado" if infinitive.endswith("ar") else "ido")


def gerund(infinitive: str) -> str:
    """Return the gerund: comprar -> comprando, leer -> leyendo."""
    if infinitive in GERUND:
        return GERUND[infinitive]
    return infinitive[:-2] + ("ando" if infinitive.endswith("ar") else "iendo")


def imperative(infinitive: str) -> str:
    """Return the affirmative tú imperative."""
    return IMPERATIVE.get(infinitive) or simple_form(infinitive, "present", EL)


def _change_stem(stem: str, old: str, new: str) -> str:
    head, _, tail = stem.rpartition(old)
    return head + new + tail


def _preterite(infinitive: str, person: int) -> str:
    if infinitive in STRONG_PRETERITE:
        stem = STRONG_PRETERITE[infinitive]
        ending = STRONG_ENDINGS.split()[person]
        return stem + ("eron" if stem.endswith("j") and person == ELLOS else ending)
    stem = infinitive[:-2]
    if person == YO:
        for letters, written in (("car", "qu"), ("gar", "gu"), ("zar", "c")):
            if infinitive.endswith(letters):
                stem = infinitive[:-3] + written
    if infinitive.endswith("ir") and infinitive in STEM_CHANGE and person in (EL, ELLOS):
        old = STEM_CHANGE[infinitive][0]
        stem = _change_stem(stem, old, {"e": "i", "o": "u"}[old])
    return stem + ENDINGS["preterite", infinitive[-2:]].split()[person]


def simple_form(infinitive: str, tense: str, person: int) -> str:
    """Return a form of a simple tense: present, preterite, imperfect, future or conditional."""
    if (infinitive, tense) in IRREGULAR:
        return IRREGULAR[infinitive, tense].split()[person]
    if tense in ("future", "conditional"):
        endings = FUTURE_ENDINGS if tense == "future" else CONDITIONAL_ENDINGS
        return FUTURE_STEM.get(infinitive, infinitive) + endings.split()[person]
    if tense == "preterite":
        return _preterite(infinitive, person)
    stem = infinitive[:-2]
    if tense == "present":
        if person == YO and infinitive in FIRST_PERSON:
            return FIRST_PERSON[infinitive]
        if person != NOSOTROS and infinitive in STEM_CHANGE:
            stem = _change_stem(stem, *STEM_CHANGE[infinitive])
    return stem + ENDINGS[tense, infinitive[-2:]].split()[person]


def conjugate(verb: str, tense: str, person: int) -> tuple[str, str]:
    """Return the finite part of a verb and what follows it.

    The first word of `verb` is the infinitive; further words stay as they are: querer comprar ->
    quiere, comprar.
    """
    infinitive, _, rest = verb.partition(" ")
    if tense in ("perfect", "pluperfect"):
        auxiliary = simple_form("haber", "present" if tense == "perfect" else "imperfect", person)
        return f"{auxiliary} {participle(infinitive)}", rest
    if tense in ("progressive", "past_progressive"):
        auxiliary = simple_form(
            "estar", "present" if tense == "progressive" else "imperfect", person
        )
        return auxiliary, f"{gerund(infinitive)} {rest}".strip()
    if tense == "near_future":
        return simple_form("ir", "present", person), f"a {verb}"
    return simple_form(infinitive, tense, person), rest
