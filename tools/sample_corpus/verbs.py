"""Verbs of the sample corpus, with the classes of their objects and complements.

A verb may have several words: its first word is inflected in both languages (tener hambre / be
hungry).
"""

from dataclasses import dataclass

GOODS = "food foodstuff drink clothing furniture readable vehicle object animal"


@dataclass(frozen=True)
class Verb:
    """A verb and its translation.

    `objects` names the noun classes of its direct object ('' if it takes none). `stative` verbs
    have no progressive and their Spanish imperfect is an English simple past (tenía -> had, not
    used to have).
    """

    es: str
    en: str
    objects: str = ""
    stative: bool = False


def _read(table: str, stative: bool = False) -> tuple[Verb, ...]:
    verbs = []
    for line in table.strip().splitlines():
        es, en, objects = (part.strip() for part in line.split("|"))
        verbs.append(Verb(es, en, objects.replace("GOODS", GOODS), stative))
    return tuple(verbs)


# Verbs whose object is a thing: lo/la are it.
THING_VERBS = _read("""
comer | eat | food foodstuff
beber | drink | drink
comprar | buy | GOODS building
vender | sell | GOODS building
cocinar | cook | cookable
cortar | cut | cuttable
leer | read | readable
escribir | write | writable
abrir | open | opening
cerrar | close | opening
llevar | wear | clothing
lavar | wash | washable
romper | break | breakable
pintar | paint | paintable
perder | lose | portable
guardar | keep | portable
limpiar | clean | furniture building wall place
enviar | send | sendable
usar | use | tool
reparar | repair | vehicle opening breakable
conducir | drive | vehicle
robar | steal | portable vehicle
hacer | make | clothing furniture food
elegir | choose | clothing readable food furniture vehicle
construir | build | building wall
dibujar | draw | drawable
recibir | receive | sendable
traducir | translate | readable
firmar | sign | writable
cantar | sing | song
traer | bring | portable food foodstuff drink
estudiar | study | language
aprender | learn | language
hablar | speak | language
preparar | prepare | food foodstuff drink
tocar | play | instrument
mover | move | furniture
doblar | fold | clothing
probar | taste | food foodstuff drink
servir | serve | food foodstuff drink
alquilar | rent | building vehicle
terminar | finish | readable
olvidar | forget | portable song
""")
# Verbs whose object may be a person: lo/la are him/her.
PERSON_VERBS = _read("""
ver | see | person kin animal building wall vehicle object
encontrar | find | person animal portable
visitar | visit | person kin building place
ayudar | help | person kin
llamar | call | person kin
saludar | greet | person kin
invitar | invite | person kin
buscar | look for | person kin animal portable
esperar | wait for | person kin vehicle
besar | kiss | person kin
abrazar | hug | person kin
escuchar | listen to | person kin song music
seguir | follow | person kin animal vehicle
mirar | look at | person kin animal object building
recordar | remember | person kin song place
""")
STATIVE_VERBS = _read(
    """
tener | have | GOODS building
querer | want | GOODS
necesitar | need | GOODS tool
conocer | know | person kin place song
entender | understand | readable language person
amar | love | person kin animal language music
""",
    stative=True,
)
# Verbs without an object; `objects` names the complements they take (see clauses.py).
INTRANSITIVE_VERBS = _read("""
trabajar | work | in manner with here
dormir | sleep | in here early
correr | run | in manner
caminar | walk | in here with
cantar | sing | in manner
bailar | dance | in manner with here
nadar | swim | manner here
jugar | play | in with here
viajar | travel | to with
descansar | rest | in here
llorar | cry | in here
esperar | wait | in here
cocinar | cook | in manner
ir | go | to
volver | return | to early
venir | come | to with
llegar | arrive | early
entrar | enter | enter
salir | leave | from
hablar | speak | with
caer | fall | in
morir | die | in
""")
LIVE = Verb("vivir", "live", "in in here", stative=True)

# The recipient verbs: someone gives a thing to someone.
GIVING_VERBS = _read("""
dar | give | portable food clothing
enviar | send | sendable
mostrar | show | portable readable building
traer | bring | portable food foodstuff drink
vender | sell | vehicle furniture animal
escribir | write | letter
prestar | lend | readable vehicle object
leer | read | readable
""")
# Verbs that take an infinitive.
MODALS = (
    Verb("querer", "want to", stative=True),
    Verb("poder", "can", stative=True),
    Verb("tener que", "have to", stative=True),
    Verb("necesitar", "need to", stative=True),
)
STATES = (
    Verb("tener hambre", "be hungry", stative=True),
    Verb("tener sed", "be thirsty", stative=True),
    Verb("tener sueño", "be sleepy", stative=True),
    Verb("tener miedo", "be afraid", stative=True),
    Verb("tener prisa", "be in a hurry", stative=True),
    Verb("tener razón", "be right", stative=True),
)
EVENT_TENSES = (
    ("present", 8), ("preterite", 9), ("imperfect", 1), ("future", 3), ("near_future", 4),
    ("conditional", 1), ("perfect", 5), ("pluperfect", 1), ("progressive", 3),
    ("past_progressive", 1),
)  # fmt: skip
STATIVE_TENSES = (("present", 6), ("imperfect", 3), ("future", 1), ("conditional", 1))


def tenses_of(verb: Verb) -> tuple[tuple[str, int], ...]:
    """Return the tenses a verb is used in, with weights."""
    if verb.es.startswith("poder"):
        return (("present", 3), ("conditional", 1))
    return STATIVE_TENSES if verb.stative else EVENT_TENSES


def with_infinitive(modal: Verb, verb: Verb) -> Verb:
    """Join querer and comprar to a verb of several words: querer comprar."""
    return Verb(f"{modal.es} {verb.es}", f"{modal.en} {verb.en}", verb.objects, stative=True)
