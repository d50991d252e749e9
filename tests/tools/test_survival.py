"""The survival test: its sentences, and a scorer that notices each kind of harm."""

import gzip
import json
import re
import sys
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))

import survival as tool
from survival_items import MAKERS, date, tags, time
from survival_pairs import carrier_of, read_pairs
from survival_score import Item, Sentence, folded_words, judge, occurrences, places, score

LOCALES = ["es_ES", "es_MX", "en_US", "en_GB"]
KINDS = {kind for makers in MAKERS.values() for kind in makers}

PAIRS = [
    (
        "Lee https://docs.example.org/es para saber más.",
        "Read https://docs.example.org/es for more.",
    ),
    ("La función get_name() devuelve %s o nada.", "The function get_name() returns %s or nothing."),
    ("Hay 512 personas en /etc/passwd, creo yo.", "There are 512 people in /etc/passwd, I think."),
    ("Esta frase no tiene nada que guardar aquí.", "This sentence has nothing to keep here."),
    ("Hay 512 personas en la sala grande.", "There are 513 people in the big room."),
]


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pairs")
    with gzip.open(folder / "some.tsv.gz", "wt", encoding="utf-8") as file:
        file.write("".join(f"{spanish}\t{english}\n" for spanish, english in PAIRS))
    return folder


@pytest.fixture(scope="module", params=["es-en", "en-es"])
def sentences(request, pairs):
    return tool.make_sentences(request.param, count=600, seed=3, pairs=pairs)


def test_every_template_has_the_same_slots_in_both_languages():
    lines = tool.TEMPLATES.read_text(encoding="utf-8").splitlines()
    assert len(lines) >= 80
    assert len(set(lines)) == len(lines)
    for line in lines:
        spanish, english = (re.findall(r"\{\w+\}", side) for side in line.split("\t"))
        assert sorted(spanish) == sorted(english)
        assert 1 <= len(spanish) <= 4
        names = {slot.strip("{}0123456789") for slot in spanish}
        assert names <= MAKERS.keys() | {"open", "close"}
        assert ("open" in names) == ("close" in names)


def test_sentences_have_one_to_four_items_of_all_kinds_in_both_languages(sentences):
    assert len({sentence.source for sentence in sentences}) == 600
    assert {sentence.origin for sentence in sentences} == {"template", "pair"}
    for sentence in sentences:
        assert 1 <= len(sentence.items) <= 4
        for item in sentence.items:
            assert item.text in sentence.source
            assert item.text in sentence.reference
    assert {item.kind for sentence in sentences for item in sentence.items} >= KINDS - {"fraction"}


def test_the_seed_decides_everything(pairs):
    first = tool.make_sentences("es-en", count=50, seed=1, pairs=pairs)
    assert tool.make_sentences("es-en", count=50, seed=1, pairs=pairs) == first
    assert tool.make_sentences("es-en", count=50, seed=2, pairs=pairs) != first


def test_without_real_pairs_only_templates_are_used(tmp_path):
    made = tool.make_sentences("en-es", count=50, seed=1, pairs=tmp_path / "absent")
    assert {sentence.origin for sentence in made} == {"template"}


def test_the_directions_differ_in_language():
    made = tool.make_sentences("en-es", count=50, seed=1)
    english = {word for sentence in made for word in folded_words(sentence.source)}
    spanish = {word for sentence in made for word in folded_words(sentence.reference)}
    assert {"the", "is"} <= english
    assert "la" in spanish - english


@pytest.mark.parametrize("locale", LOCALES)
@given(seed=st.integers(0, 10**6))
def test_every_maker_makes_an_item_that_stands_alone_in_a_sentence(locale, seed):
    rng = Random(seed)
    made = [make(rng, locale) for makers in MAKERS.values() for make in makers.values()]
    for text in [*made, *tags(rng, locale)]:
        assert text == text.strip()
        assert text
        assert "\t" not in text
        assert len(occurrences(text, f"Hay {text} aquí.")) == 1


@pytest.mark.parametrize("locale", LOCALES)
@given(seed=st.integers(0, 10**6))
def test_dates_have_no_letters_and_times_none_but_the_period(locale, seed):
    rng = Random(seed)
    assert re.fullmatch(r"\d{1,4}([/.-]\d{1,4}){1,2}", date(rng, locale))
    assert re.fullmatch(r"\d{1,2}:\d\d(:\d\d)?(\s[ap]\.?\s?m\.?)?", time(rng, locale).lower())


def test_literals_are_found_on_both_sides_only():
    found = [carrier_of(*pair) for pair in PAIRS]
    slots = [None if carrier is None else carrier.slots for carrier in found]
    assert slots == [("url",), ("call", "place"), ("integer", "path"), None, None]


def test_pairs_are_sampled_up_to_the_limit(tmp_path):
    with gzip.open(tmp_path / "a.tsv.gz", "wt", encoding="utf-8") as file:
        file.write("no tab here_or there\n")
        file.write("".join(f"Hay {n} casas aquí.\tThere are {n} houses.\n" for n in range(2, 90)))
    real = read_pairs(tmp_path, rng=Random(1), limit=20)
    assert len(real.carriers["integer"]) == 20
    assert len(real.literals["integer"]) == 88
    assert len({carrier.literals for carrier in real.carriers["integer"]}) == 20


def outputs_score(sentences, change):
    return score(sentences, [change(sentence) for sentence in sentences])


def test_the_reference_itself_is_perfect(sentences):
    result = outputs_score(sentences, lambda sentence: sentence.reference)
    assert (result.intact, result.placed, result.failures) == (1, 1, [])
    assert all(tally.intact == tally.placed == tally.all for tally in result.kinds.values())
    assert sum(tally.all for tally in result.origins.values()) == len(sentences)


def test_a_dropped_or_doubled_item_is_not_intact(sentences):
    def dropped(sentence):
        return sentence.reference.replace(sentence.items[0].text, "", 1)

    def doubled(sentence):
        return f"{sentence.reference} {sentence.items[-1].text}"

    assert outputs_score(sentences, dropped).intact == 0
    assert outputs_score(sentences, doubled).intact < 0.01


def test_an_altered_item_is_not_intact(sentences):
    rng = Random(5)

    def altered(sentence):
        item = rng.choice(sentence.items).text
        place = rng.randrange(len(item))
        other = rng.choice([sign for sign in "abc123./" if sign != item[place]])
        changed = item[:place] + rng.choice(["", other]) + item[place + 1 :]
        return sentence.reference.replace(item, changed, 1)

    assert outputs_score(sentences, altered).intact < 0.02


@pytest.mark.parametrize("sign", ["0", "x", ".5", "-1"])
def test_a_number_that_grew_is_not_intact(sign):
    sentence = Sentence("Hay 512 casas.", "There are 512 houses.", (Item("integer", "512"),), "")
    for grown in (f"There are 512{sign} houses.", f"There are {sign.lstrip('-')}512 houses."):
        assert judge(sentence, grown).intact == (False,)
    assert judge(sentence, "There are -512 houses.").intact == (False,)
    assert judge(sentence, "There are 512, houses.").intact == (True,)


@pytest.mark.parametrize(
    ("item", "text", "number"),
    [
        ("👍", "Vale 👍🏽", 0),
        ("👩", "👩‍💻", 0),
        ("👍", "👍👍", 2),
        ("</b>", "<b>Guardar</b>ahora", 1),
        ("&nbsp;", "Hola&nbsp;amigo", 1),
        ("https://a.es/", "https://a.es/b", 0),
        ("https://a.es", "Mira https://a.es.", 1),
        ("--all", "---all --all", 1),
        ("5", "1.5 5", 1),
        ("3:30 p. m.", "a las 3:30 p. m.", 1),
    ],
)
def test_occurrences_stand_alone(item, text, number):
    assert len(occurrences(item, text)) == number


def with_shuffled_words(sentence, rng):
    """Return the reference with its items, in order, among its words in another order."""
    spans = sorted((sentence.reference.index(item.text), item.text) for item in sentence.items)
    rest = sentence.reference
    for _, text in spans:
        rest = rest.replace(text, " ", 1)
    words = rest.split()
    for _, text in spans:
        words.insert(rng.randrange(len(words) + 1), text)
    return " ".join(words)


def test_items_in_random_places_are_mostly_misplaced(sentences):
    rng = Random(7)
    result = outputs_score(sentences, lambda sentence: with_shuffled_words(sentence, rng))
    assert result.intact > 0.8
    assert result.placed < 0.5


def test_items_that_changed_places_are_misplaced(sentences):
    def swapped(sentence):
        first, second = sentence.items[:2]
        parts = sentence.reference.split(first.text)
        return (
            first.text.join(part.replace(second.text, "\0") for part in parts)
            .replace(first.text, second.text)
            .replace("\0", first.text)
        )

    several = [
        sentence
        for sentence in sentences
        if len(sentence.items) > 1 and sentence.items[0].text != sentence.items[1].text
    ]
    result = outputs_score(several, swapped)
    assert result.sentences.judged > 0.8 * len(several)
    assert result.placed < 0.01


@pytest.mark.parametrize("end", ["first", "last"])
def test_items_collected_at_one_end_are_misplaced(sentences, end):
    def collected(sentence):
        rest = sentence.reference
        for item in sentence.items:
            rest = rest.replace(item.text, " ", 1)
        items = [
            place.item for place in places([i.text for i in sentence.items], sentence.reference)
        ]
        return " ".join([*items, rest] if end == "first" else [rest, *items])

    inner = [
        sentence
        for sentence in sentences
        if all(
            place.left and place.right
            for side in (sentence.source, sentence.reference)
            for place in places([item.text for item in sentence.items], side)
        )
    ]
    assert len(inner) > 20
    assert outputs_score(inner, collected).placed == 0


def test_another_wording_with_items_in_place_is_right():
    source = "El archivo a.txt está en /tmp desde ayer."
    reference = "The file a.txt has been in /tmp since yesterday."
    items = (Item("path", "a.txt"), Item("path", "/tmp"))
    sentence = Sentence(source, reference, items, "template")
    assert all(judge(sentence, "The a.txt file is in /tmp since yesterday!").placed)
    assert judge(sentence, "The file is a.txt since yesterday in /tmp.").placed == (True, False)


@pytest.mark.parametrize(
    ("output", "right"),
    [
        ("Press <b>Save</b> to continue.", True),
        ("Push <b>Save</b> in order to continue.", True),
        ("Press <b>Store</b> to continue.", True),
        ("Press Save <b></b> to continue.", False),
        ("<b>Press</b> Save to continue.", False),
        ("Press Save <b>to</b> continue.", False),
        ("Press </b>Save<b> to continue.", False),
    ],
)
def test_markup_stays_at_its_words(output, right):
    items = (Item("markup", "<b>"), Item("markup", "</b>"))
    sentence = Sentence(
        "Pulsa <b>Guardar</b> para continuar.", "Press <b>Save</b> to continue.", items, "template"
    )
    assert all(judge(sentence, output).placed) == right


@given(st.text(), st.text(), st.lists(st.text(min_size=1), min_size=1, max_size=4))
def test_judging_never_fails(source, output, items):
    made = tuple(Item("markup", text) for text in items)
    whole = source + "".join(items)
    sentence = Sentence(whole, whole, made, "template")
    judgement = judge(sentence, output)
    assert len(judgement.intact) == len(judgement.placed) == len(items)
    if tool.is_sound(sentence):
        assert all(judge(sentence, whole).placed)
        assert judge(replace(sentence, reference=whole), whole).intact == (True,) * len(items)


def test_the_command_writes_sentences_and_shows_a_result(tmp_path, pairs, capsys, sentences):
    file = tmp_path / "made.jsonl"
    tool.main(direction="es-en", count=20, seed=1, pairs=pairs, output=file)
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert len(rows) == 20
    assert rows[0].keys() == {"source", "reference", "items", "origin"}
    tool.show(outputs_score(sentences, lambda sentence: "nothing"), kinds=True, failures=1)
    shown = capsys.readouterr().out
    assert "0.00% of   600 intact" in shown
    assert "lost: " in shown
    assert all(f"  {kind} " in shown for kind in KINDS - {"fraction"})


def test_a_direction_that_is_not_known_is_one_line(pairs):
    with pytest.raises(SystemExit, match=r"^--direction fr-en: es-en or en-es is needed$"):
        tool.main(direction="fr-en", pairs=pairs)
