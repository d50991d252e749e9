"""The sample corpus: its files, its splits, and its grammar."""

import sys
from collections import Counter
from pathlib import Path
from random import Random

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

import make_sample_corpus as tool  # noqa: E402
from sample_corpus import corpus as corpus_module  # noqa: E402
from sample_corpus import english, modifiers, spanish  # noqa: E402
from sample_corpus.lexicon import MATERIALS, NOUNS  # noqa: E402
from sample_corpus.phrases import adjectives_of, noun_phrase, random_phrase  # noqa: E402
from sample_corpus.splits import has_apart, split_of_combination, words  # noqa: E402

FOLDER = ROOT / "recipes" / "sample_es_en"
YO, TU, EL, NOSOTROS, ELLOS = range(5)


def read(split):
    lines = (FOLDER / f"{split}.tsv").read_text(encoding="utf-8").splitlines()
    return [tuple(line.split("\t")) for line in lines]


@pytest.fixture(scope="module")
def made():
    return tool.make_corpus(tool.DEFAULT_SEED)


@pytest.fixture(scope="module")
def pairs():
    return {split: read(split) for split in ("train", "dev", "test")}


@pytest.mark.parametrize("split", ["train", "dev", "test"])
def test_committed_files_are_what_the_tool_writes(made, split):
    assert (FOLDER / f"{split}.tsv").read_bytes() == tool.as_text(made, split).encode("utf-8")


def test_the_same_seed_draws_the_same_sentences():
    for make, _ in corpus_module.CONSTRUCTIONS:
        first = Random(7)
        second = Random(7)
        assert [make(first) for _ in range(5)] == [make(second) for _ in range(5)]


def test_another_seed_and_folder(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(corpus_module, "SIZES", {"train": 400, "dev": 0, "test": 0})
    monkeypatch.setattr(
        sys, "argv", ["make_sample_corpus.py", "--output", str(tmp_path), "--seed", "5"]
    )
    tool.main()
    assert (tmp_path / "train.tsv").read_bytes().count(b"\n") > 300
    assert "material_phrase" in capsys.readouterr().out


def test_size(pairs):
    everything = [pair for split in pairs.values() for pair in split]
    assert len(set(everything)) == len(everything) >= 20_000
    assert all(
        len(pair) == 2 and all(side == side.strip() != "" for side in pair) for pair in everything
    )
    assert len(pairs["dev"]) >= 450
    assert len(pairs["test"]) >= 450
    assert sum((FOLDER / f"{split}.tsv").stat().st_size for split in pairs) < 2_500_000


def test_every_source_has_one_target(pairs):
    sources = [source for split in pairs.values() for source, _ in split]
    assert len(set(sources)) == len(sources)


def test_casa_de_papel_is_only_in_test(pairs):
    assert ("casa de papel", "paper house") in pairs["test"]
    assert not [
        source for split in ("train", "dev") for source, _ in pairs[split] if has_apart(source)
    ]
    train = [words(source) for source, _ in pairs["train"]]
    assert sum("papel" in source for source in train) > 100
    assert sum("casa de" in " ".join(source) for source in train) > 30


def test_held_out_combinations(made):
    train = {c for sentence in made.pairs["train"] for c in sentence.combinations}
    held = {
        split: {
            c for s in made.pairs[split] for c in s.combinations if split_of_combination(c) == split
        }
        for split in ("dev", "test")
    }
    assert not train & (held["dev"] | held["test"])
    for split, combinations in held.items():
        assert all(combinations & set(sentence.combinations) for sentence in made.pairs[split])
        assert {c.split(":")[0] for c in combinations} >= {"material", "adjective", "object"}
    assert not held["dev"] & {c for sentence in made.pairs["test"] for c in sentence.combinations}


def test_every_held_out_word_is_known(pairs):
    known = Counter(
        word for source, target in pairs["train"] for word in {*words(source), *words(target)}
    )
    for split in ("dev", "test"):
        assert all(
            known[word] >= 10
            for source, target in pairs[split]
            for word in words(f"{source} {target}")
        )


def test_punctuation(pairs):
    for source, target in (pair for split in pairs.values() for pair in split):
        assert source.startswith("¿") == source.endswith("?") == target.endswith("?")
        finished = source.endswith((".", "?"))
        assert finished == target.endswith((".", "?"))
        assert source.lstrip("¿")[0].isupper() == finished
        padded = f" {source.lower()} "
        assert " a el " not in padded
        assert " de el " not in padded


def test_noun_phrases_agree():
    """Determiners and adjectives have the ending of their noun's gender and number."""
    for noun in NOUNS.values():
        for plural in (False, True):
            for adjective in adjectives_of(noun):
                phrase = noun_phrase(noun, modifiers.THIS, plural, adjective=adjective)
                determiner, *_, last = phrase.es.split(" ")
                assert (
                    determiner
                    == {"m": ("este", "estos"), "f": ("esta", "estas")}[noun.gender][plural]
                )
                assert last.endswith("s") or not plural
                if adjective.es.endswith("o"):
                    assert last.rstrip("s")[-1] == {"m": "o", "f": "a"}[noun.gender]


def test_random_phrases_have_one_number():
    rng = Random(3)
    for noun in list(NOUNS.values()) * 5:
        phrase = random_phrase(rng, noun)
        assert (spanish.pluralize(noun.es) if phrase.plural else noun.es) in phrase.es.split(" ")
        assert (english.pluralize(noun.en) if phrase.plural else noun.en) in phrase.en.split(" ")


@pytest.mark.parametrize(
    ("verb", "tense", "person", "expected"),
    [
        ("tener", "present", YO, "tengo"), ("tener", "preterite", EL, "tuvo"),
        ("tener", "future", YO, "tendré"),
        ("ir", "present", NOSOTROS, "vamos"), ("ir", "preterite", ELLOS, "fueron"),
        ("ir", "imperfect", TU, "ibas"),
        ("ser", "imperfect", NOSOTROS, "éramos"), ("estar", "preterite", YO, "estuve"),
        ("hacer", "preterite", EL, "hizo"), ("hacer", "conditional", YO, "haría"),
        ("hacer", "perfect", TU, "has hecho"),
        ("leer", "preterite", EL, "leyó"), ("leer", "perfect", YO, "he leído"),
        ("dar", "preterite", EL, "dio"),
        ("dormir", "present", TU, "duermes"), ("dormir", "preterite", ELLOS, "durmieron"),
        ("seguir", "present", YO, "sigo"), ("seguir", "preterite", EL, "siguió"),
        ("elegir", "present", YO, "elijo"),
        ("traducir", "preterite", ELLOS, "tradujeron"), ("traer", "preterite", EL, "trajo"),
        ("conocer", "present", YO, "conozco"), ("jugar", "present", EL, "juega"),
        ("jugar", "preterite", YO, "jugué"),
        ("buscar", "preterite", YO, "busqué"), ("abrazar", "preterite", YO, "abracé"),
        ("mover", "present", ELLOS, "mueven"), ("probar", "present", YO, "pruebo"),
        ("construir", "present", EL, "construye"), ("enviar", "present", EL, "envía"),
        ("venir", "conditional", EL, "vendría"), ("salir", "future", NOSOTROS, "saldremos"),
        ("querer", "present", NOSOTROS, "queremos"), ("poder", "conditional", TU, "podrías"),
        ("ver", "imperfect", YO, "veía"), ("volver", "perfect", EL, "ha vuelto"),
        ("caer", "preterite", EL, "cayó"),
        ("abrir", "pluperfect", ELLOS, "habían abierto"),
        ("escribir", "perfect", NOSOTROS, "hemos escrito"),
    ],
)  # fmt: skip
def test_spanish_conjugation(verb, tense, person, expected):
    assert spanish.conjugate(verb, tense, person) == (expected, "")


@pytest.mark.parametrize(
    ("verb", "tense", "person", "support", "expected"),
    [
        ("buy", "preterite", EL, False, ("", "bought")),
        ("carry", "present", EL, False, ("", "carries")),
        ("wash", "present", EL, False, ("", "washes")), ("go", "present", EL, False, ("", "goes")),
        ("have", "present", EL, False, ("", "has")), ("buy", "present", EL, True, ("does", "buy")),
        ("look for", "preterite", YO, False, ("", "looked for")),
        ("go", "preterite", TU, True, ("did", "go")),
        ("write", "perfect", EL, False, ("has", "written")),
        ("cut", "progressive", YO, False, ("am", "cutting")),
        ("die", "progressive", EL, False, ("is", "dying")),
        ("swim", "progressive", ELLOS, False, ("are", "swimming")),
        ("visit", "progressive", EL, False, ("is", "visiting")),
        ("be tired", "present", EL, True, ("is", "tired")),
        ("be tired", "preterite", ELLOS, False, ("were", "tired")),
        ("study", "preterite", YO, False, ("", "studied")),
        ("eat", "imperfect", YO, False, ("", "used to eat")),
        ("eat", "imperfect", YO, True, ("did", "use to eat")),
        ("sing", "near_future", EL, False, ("is", "going to sing")),
        ("hug", "preterite", EL, False, ("", "hugged")),
        ("drink", "pluperfect", EL, False, ("had", "drunk")),
        ("want to buy", "present", EL, False, ("", "wants to buy")),
        ("can buy", "conditional", EL, False, ("could", "buy")),
        ("steal", "perfect", YO, False, ("have", "stolen")),
    ],
)  # fmt: skip
def test_english_verb_group(verb, tense, person, support, expected):
    assert english.verb_group(verb, tense, person, support) == expected


@pytest.mark.parametrize(
    ("words_", "expected"),
    [
        (("lápiz", "avión", "autobús", "joven"), ("lápices", "aviones", "autobuses", "jóvenes")),
        (("sofá", "reloj", "jardín", "francés"), ("sofás", "relojes", "jardines", "franceses")),
    ],
)
def test_spanish_plurals(words_, expected):
    assert tuple(map(spanish.pluralize, words_)) == expected


def test_english_plurals_and_comparison():
    nouns = ("knife", "woman", "city", "box", "bus", "mouse", "thief", "potato", "boy", "church")
    plurals = "knives women cities boxes buses mice thieves potatoes boys churches"
    assert " ".join(map(english.pluralize, nouns)) == plurals
    assert [english.comparative(a) for a in ("big", "pretty", "expensive")] == [
        "bigger",
        "prettier",
        "more expensive",
    ]
    assert [english.superlative(a) for a in ("nice", "heavy", "famous")] == [
        "nicest",
        "heaviest",
        "most famous",
    ]


def find(adjectives, es):
    return next(adjective for adjective in adjectives if adjective.es == es)


@pytest.mark.parametrize(
    ("noun", "options", "expected"),
    [
        ("agua", {"adjective": "frío"}, ("el agua fría", "the cold water")),
        ("agua", {"determiner": modifiers.THIS}, ("esta agua", "this water")),
        ("hacha", {"determiner": modifiers.A}, ("un hacha", "an axe")),
        ("hacha", {"plural": True}, ("las hachas", "the axes")),
        (
            "casa",
            {"leading": "grande", "determiner": modifiers.A},
            ("una gran casa", "a great house"),
        ),
        (
            "libro",
            {"leading": "bueno", "determiner": modifiers.A},
            ("un buen libro", "a good book"),
        ),
        (
            "silla",
            {"adjective": "útil", "determiner": modifiers.A},
            ("una silla útil", "a useful chair"),
        ),
        (
            "mujer",
            {"adjective": "inglés", "plural": True},
            ("las mujeres inglesas", "the English women"),
        ),
        (
            "flor",
            {"material": "papel", "plural": True},
            ("las flores de papel", "the paper flowers"),
        ),
        (
            "mesa",
            {"material": "madera", "adjective": "viejo"},
            ("la mesa vieja de madera", "the old wood table"),
        ),
        (
            "casa",
            {"material": "papel", "determiner": modifiers.BARE},
            ("casa de papel", "paper house"),
        ),
        (
            "casa",
            {"determiner": modifiers.NUMERALS[-2], "plural": True},
            ("doscientas casas", "two hundred houses"),
        ),
    ],
)
def test_noun_phrases(noun, options, expected):
    options = dict(options)
    for key, adjectives in (("adjective", modifiers.ADJECTIVES), ("leading", modifiers.LEADING)):
        if key in options:
            options[key] = find(adjectives, options[key])
    if "material" in options:
        options["material"] = MATERIALS[options["material"]]
    phrase = noun_phrase(NOUNS[noun], **options)
    assert (phrase.es, phrase.en) == expected


def test_contractions():
    assert spanish.contract("voy a el parque de el pueblo") == "voy al parque del pueblo"
    assert spanish.contract("le doy pan a él") == "le doy pan a él"
    assert spanish.contract("Ana y Inés") == "Ana e Inés"
