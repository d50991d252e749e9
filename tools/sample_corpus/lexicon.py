"""Nouns of the sample corpus, in classes, with their materials and contents.

The classes define plausible combinations of words (food is eaten, readables are read) and nothing
else about meaning: a sentence may be odd but should never be ungrammatical. The other words are in
modifiers.py and verbs.py.
"""

from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True)
class Gloss:
    """A fixed expression and its translation."""

    es: str
    en: str


@dataclass(frozen=True)
class Noun:
    """A noun.

    `mass` nouns have no plural and no indefinite article; `single` nouns have no plural.
    """

    es: str
    gender: str
    en: str
    kind: str
    mass: bool = False
    single: bool = False

    @property
    def human(self) -> bool:
        return self.kind in ("person", "kin")


# kind: "Spanish gender English, ..."
NOUN_TABLE = {
    "person": (
        "hombre m man, mujer f woman, niño m boy, niña f girl, profesor m teacher, "
        "profesora f teacher, médico m doctor, abogado m lawyer, vecino m neighbor, "
        "vecina f neighbor, amigo m friend, amiga f friend, camarero m waiter, cocinero m cook, "
        "estudiante m student, panadero m baker, ladrón m thief, soldado m soldier, "
        "pintor m painter, escritor m writer, cantante m singer, enfermera f nurse, jefe m boss, "
        "alcalde m mayor, rey m king, reina f queen, turista m tourist, músico m musician, "
        "granjero m farmer, actriz f actress"
    ),
    "kin": (
        "hermano m brother, hermana f sister, padre m father, madre f mother, hijo m son, "
        "hija f daughter, abuelo m grandfather, abuela f grandmother, primo m cousin, "
        "prima f cousin, tío m uncle, tía f aunt"
    ),
    "animal": (
        "perro m dog, gato m cat, caballo m horse, vaca f cow, pájaro m bird, ratón m mouse, "
        "oveja f sheep, gallina f hen, león m lion, conejo m rabbit, cerdo m pig, burro m donkey, "
        "pato m duck, mono m monkey, zorro m fox, lobo m wolf, oso m bear, tortuga f turtle, "
        "elefante m elephant, águila f eagle"
    ),
    "food": (
        "manzana f apple, naranja f orange, huevo m egg, galleta f cookie, tomate m tomato, "
        "patata f potato, pastel m cake, plátano m banana, pera f pear, zanahoria f carrot, "
        "cebolla f onion, bocadillo m sandwich, ensalada f salad, limón m lemon"
    ),
    "foodstuff": (
        "pan m bread, queso m cheese, arroz m rice, carne f meat, sopa f soup, pescado m fish, "
        "chocolate m chocolate, fruta f fruit, mantequilla f butter, miel f honey"
    ),
    "drink": (
        "agua f water, leche f milk, café m coffee, té m tea, vino m wine, cerveza f beer, "
        "zumo m juice"
    ),
    "readable": (
        "libro m book, carta f letter, periódico m newspaper, revista f magazine, novela f novel, "
        "poema m poem, cuento m story, mensaje m message, informe m report, "
        "diccionario m dictionary"
    ),
    "clothing": (
        "camisa f shirt, vestido m dress, abrigo m coat, sombrero m hat, zapato m shoe, "
        "falda f skirt, chaqueta f jacket, bufanda f scarf, bota f boot, guante m glove, "
        "corbata f tie, cinturón m belt, calcetín m sock, gorra f cap"
    ),
    "furniture": (
        "mesa f table, silla f chair, cama f bed, sofá m sofa, estante m shelf, "
        "armario m wardrobe, lámpara f lamp, espejo m mirror, escritorio m desk, banco m bench, "
        "alfombra f rug"
    ),
    "opening": (
        "puerta f door, ventana f window, caja f box, maleta f suitcase, cajón m drawer, "
        "botella f bottle, sobre m envelope, bolsa f bag"
    ),
    "building": (
        "casa f house, escuela f school, iglesia f church, hospital m hospital, hotel m hotel, "
        "museo m museum, biblioteca f library, tienda f store, oficina f office, puente m bridge, "
        "torre f tower, castillo m castle, teatro m theater"
    ),
    "wall": "muro m wall, techo m roof",
    "place": (
        "cocina f kitchen, jardín m garden, parque m park, calle f street, plaza f square, "
        "ciudad f city, pueblo m village, playa f beach, bosque m forest, mercado m market, "
        "estación f station, restaurante m restaurant, aeropuerto m airport, isla f island, "
        "granja f farm, habitación f room, dormitorio m bedroom"
    ),
    "vehicle": (
        "coche m car, tren m train, avión m plane, barco m boat, bicicleta f bicycle, "
        "camión m truck, autobús m bus, moto f motorcycle"
    ),
    "object": (
        "llave f key, reloj m clock, teléfono m phone, cuchillo m knife, cuchara f spoon, "
        "plato m plate, vaso m glass, taza f cup, lápiz m pencil, bolígrafo m pen, pelota f ball, "
        "juguete m toy, muñeca f doll, flor f flower, anillo m ring, collar m necklace, "
        "moneda f coin, cuadro m painting, foto f photo, mapa m map, bandera f flag, "
        "escalera f ladder, cuerda f rope, martillo m hammer, corona f crown, estatua f statue, "
        "máscara f mask, cesta f basket, botón m button, regalo m gift, campana f bell, "
        "espada f sword, hacha f axe, guitarra f guitar, piano m piano, violín m violin, "
        "flauta f flute, tambor m drum"
    ),
    "language": (
        "español m Spanish, inglés m English, francés m French, alemán m German, italiano m Italian"
    ),
    "song": "canción f song",
    "music": "música f music",
}
MASS_KINDS = ("foodstuff", "drink", "language", "music")
SINGLE_NOUNS = (
    "padre",
    "madre",
    "abuelo",
    "abuela",
    "tío",
    "tía",
    "hijo",
    "rey",
    "reina",
    "alcalde",
)

# Classes that cut across the kinds.
GROUPS = {
    "writable": "libro carta novela poema cuento mensaje informe",
    "sendable": "carta mensaje informe regalo libro foto flor mapa caja",
    "breakable": (
        "vaso plato taza botella espejo ventana juguete reloj silla lámpara lápiz máscara guitarra"
    ),
    "paintable": (
        "casa puerta ventana mesa silla muro armario banco caja techo cama puente barco escalera "
        "bicicleta"
    ),
    "cookable": "arroz carne sopa pescado patata huevo zanahoria cebolla",
    "cuttable": "pan queso carne manzana naranja pastel cuerda tomate cebolla patata limón",
    "washable": (
        "camisa vestido falda chaqueta calcetín bufanda coche plato vaso taza cuchara cuchillo "
        "ventana manzana"
    ),
    "instrument": "guitarra piano violín flauta tambor",
    "tool": (
        "llave teléfono cuchillo cuchara lápiz bolígrafo mapa escalera cuerda martillo diccionario "
        "hacha bicicleta"
    ),
    "drawable": (
        "casa flor mapa caballo perro gato pájaro barco castillo puente torre león elefante corona"
    ),
    "surface": "mesa silla cama sofá estante escritorio banco alfombra",
    "owned": (
        "libro casa coche perro gato carta camisa sombrero mesa llave reloj teléfono bicicleta "
        "abrigo guitarra maleta habitación granja tienda oficina lápiz vestido anillo muñeca "
        "caballo"
    ),
    "portable": (
        "libro carta periódico camisa sombrero abrigo caja maleta botella bolsa llave reloj "
        "teléfono cuchillo plato vaso taza pelota juguete muñeca flor anillo collar moneda cuadro "
        "mapa martillo corona regalo guitarra"
    ),
    "letter": "carta mensaje",
    "holder": "caja bolsa maleta cesta cajón armario",
}

# Places that do not take the English preposition in.
PLACE_PREPOSITION = {
    "playa": "on",
    "isla": "on",
    "granja": "on",
    "puente": "on",
    "torre": "in",
    "techo": "on",
    "estación": "at",
    "aeropuerto": "at",
}

# Materials of things: "heads: materials".
MATERIAL_TABLE = (
    "papel paper, madera wood, cartón cardboard, oro gold, plata silver, hierro iron, "
    "piedra stone, vidrio glass, lana wool, algodón cotton, cuero leather, seda silk, "
    "plástico plastic, metal metal, ladrillo brick, acero steel, goma rubber, mármol marble, "
    "bronce bronze, tela cloth, paja straw, barro clay, hielo ice, arena sand, chocolate chocolate"
)
COMPOUND_TABLE = (
    (
        "camisa vestido abrigo falda chaqueta bufanda guante calcetín gorra corbata",
        "lana algodón cuero seda tela",
    ),
    ("bota zapato cinturón", "cuero goma tela plástico lana"),
    ("sombrero", "papel paja lana cuero tela cartón seda"),
    (
        "mesa silla cama banco estante escritorio armario",
        "madera metal hierro plástico cartón acero piedra",
    ),
    ("mesa banco lámpara", "mármol bronce vidrio papel"),
    ("puerta ventana", "madera hierro metal acero plástico vidrio papel"),
    ("caja bolsa maleta sobre cesta", "papel cartón cuero plástico tela madera paja"),
    (
        "casa",
        "papel madera cartón piedra vidrio ladrillo metal plástico paja barro hielo chocolate",
    ),
    ("castillo torre puente", "papel madera cartón piedra hielo ladrillo hierro arena metal"),
    ("iglesia escuela muro techo", "madera piedra ladrillo barro metal paja"),
    ("barco avión tren", "papel madera cartón plástico metal hierro"),
    ("coche camión bicicleta", "papel madera cartón plástico metal"),
    ("anillo collar moneda corona reloj campana", "oro plata bronce plástico madera hierro papel"),
    ("cuchillo cuchara plato taza botella", "oro plata madera metal plástico papel barro acero"),
    ("flor máscara bandera muñeca", "papel tela seda plástico cartón madera"),
    ("pelota juguete tambor botón", "papel madera plástico goma cuero metal"),
    ("estatua", "piedra mármol bronce hielo oro papel madera barro arena"),
    ("espada martillo hacha llave escalera", "hierro acero madera plástico plata oro bronce"),
    ("pájaro caballo gato elefante oso conejo", "papel madera vidrio tela chocolate cartón piedra"),
    ("huevo pastel galleta", "chocolate"),
)
# Containers and their contents: una taza de café -> a cup of coffee.
CONTENT_TABLE = (
    ("taza", "café té leche sopa"),
    ("vaso", "agua leche zumo vino cerveza"),
    ("botella", "agua leche zumo vino cerveza"),
    ("plato", "arroz carne sopa pescado fruta queso"),
    ("cesta", "fruta pan queso"),
    ("caja", "fruta chocolate"),
)


def _read_nouns() -> dict[str, Noun]:
    nouns = {}
    for kind, table in NOUN_TABLE.items():
        for entry in table.split(", "):
            es, gender, en = entry.split()
            nouns[es] = Noun(es, gender, en, kind, kind in MASS_KINDS, es in SINGLE_NOUNS)
    return nouns


NOUNS = _read_nouns()
MATERIALS = {es: Gloss(es, en) for es, en in (pair.split() for pair in MATERIAL_TABLE.split(", "))}
COMPOUNDS = tuple(
    (NOUNS[head], MATERIALS[material])
    for heads, materials in COMPOUND_TABLE
    for head in heads.split()
    for material in materials.split()
)
CONTENTS = tuple(
    (NOUNS[head], NOUNS[content])
    for head, contents in CONTENT_TABLE
    for content in contents.split()
)


@cache
def nouns_of(classes: str) -> tuple[Noun, ...]:
    """Return the nouns of some kinds and groups, in the order of the tables.

    The names of the kinds and groups are separated by spaces.
    """
    found: dict[str, Noun] = {}
    for name in classes.split():
        if name in GROUPS:
            found.update({es: NOUNS[es] for es in GROUPS[name].split()})
        else:
            found.update({es: noun for es, noun in NOUNS.items() if noun.kind == name})
    return tuple(found.values())
