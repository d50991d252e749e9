"""First words: the pattern language, the variants, the comparison, the lists and the scores."""

from __future__ import annotations

import gzip
import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

ROOT = Path(__file__).parents[2]
LISTS = [(name, direction) for name in "AB" for direction in ("es-en", "en-es")]


@pytest.fixture(scope="module")
def tool() -> Iterator[ModuleType]:
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        yield importlib.import_module("first_words")
    finally:
        sys.path.remove(str(ROOT / "tools"))


def run(programs: Path, *options: object) -> subprocess.CompletedProcess[str]:
    tool = ROOT / "tools" / "first_words.py"
    command = [str(programs / "python"), str(tool), *map(str, options)]
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=False, cwd=ROOT)


@pytest.mark.parametrize(
    ("pattern", "texts"),
    [
        ("Hi", ["Hi"]),
        ("{Hi|Hello} there", ["Hi there", "Hello there"]),
        ("Hi[ there]", ["Hi", "Hi there"]),
        ("{a|b{c|d}}e", ["ae", "bce", "bde"]),
        ("Thanks[, {Ana|Eva}].", ["Thanks.", "Thanks, Ana.", "Thanks, Eva."]),
        ("{|very} good", ["good", "very good"]),
        ("a $car", ["a car", "a vehicle"]),
        ("{a|a}", ["a"]),
    ],
)
def test_a_pattern_stands_for_its_texts(tool: ModuleType, pattern: str, texts: list[str]) -> None:
    assert tool.expand(pattern, macros={"car": ["car", "vehicle"]}) == texts


@pytest.mark.parametrize("pattern", ["{a", "a}", "a|b", "[a", "{a]", "[a}", "$unknown", "costs $5"])
def test_a_malformed_pattern_is_an_error(tool: ModuleType, pattern: str) -> None:
    with pytest.raises(tool.FirstWordsError):
        tool.expand(pattern)


def test_a_pattern_for_too_many_texts_is_an_error(tool: ModuleType) -> None:
    with pytest.raises(tool.FirstWordsError, match="more than"):
        tool.expand("{a|b}" * 40)


def test_full_forms_are_contracted_where_english_contracts_them(tool: ModuleType) -> None:
    assert tool.with_contractions("I am not ill") == {"I am not ill", "I'm not ill"}
    assert tool.with_contractions("It is not far") == {
        "It is not far",
        "It's not far",
        "It isn't far",
    }
    assert tool.with_contractions("I cannot") == {"I cannot", "I can't", "I can not"}
    assert tool.with_contractions("We have lost it") == {"We have lost it", "We've lost it"}
    assert tool.with_contractions("The soup is hot") == {"The soup is hot", "The soup's hot"}
    for full in ("This is it", "Yes, I am", "Where it is", "I have a car", "His name"):
        assert tool.with_contractions(full) == {full}


def test_texts_that_differ_in_what_does_not_count_are_the_same(tool: ModuleType) -> None:
    assert tool.comparable("¡Adiós!") == tool.comparable("  adio\u0301s ")
    assert tool.comparable("Don’t  worry.") == tool.comparable("don't worry")
    assert tool.comparable("¿Qué tal?") == tool.comparable("Qué tal")
    assert tool.comparable("Sí") != tool.comparable("Si")
    assert tool.comparable("Yes, please") != tool.comparable("Yes please")


@given(st.text())
def test_what_is_comparable_stays_so(tool: ModuleType, text: str) -> None:
    once = tool.comparable(text)
    assert tool.comparable(once) == once


def test_a_text_is_tried_with_and_without_marks_and_capital(tool: ModuleType) -> None:
    assert tool.variants("Hello.") == ["Hello.", "Hello", "hello.", "hello"]
    assert tool.variants("Exit") == ["Exit", "Exit.", "exit", "exit."]
    assert tool.variants("¿Qué tal?") == [
        *["¿Qué tal?", "Qué tal", "Qué tal?"],
        *["¿qué tal?", "qué tal", "qué tal?"],
    ]


@pytest.mark.parametrize(("name", "direction"), LISTS)
def test_every_line_of_a_list_can_be_read(tool: ModuleType, name: str, direction: str) -> None:
    phrases = tool.read_list(name=name, direction=direction)
    assert len(phrases) == {"A": 100, "B": 200}[name]
    assert len({tool.folded(phrase.source) for phrase in phrases}) == len(phrases)
    for phrase in phrases:
        assert phrase.accepted
        assert all(phrase.accepted)
        assert not any(set(text) & set("{}[]|$") for text in phrase.accepted)
        assert not any(text.startswith(",") or text.endswith(",") for text in phrase.accepted)


def test_the_lists_share_no_source(tool: ModuleType) -> None:
    sources = [
        tool.folded(phrase.source)
        for name, direction in LISTS
        for phrase in tool.read_list(name=name, direction=direction)
    ]
    shared = {source for source in sources if sources.count(source) > 1}
    assert shared == {"no"}  # the same in both languages


@pytest.mark.parametrize("direction", ["es-en", "en-es"])
def test_no_source_of_list_b_stands_in_list_a(tool: ModuleType, direction: str) -> None:
    sources_a = [
        tool.folded(phrase.source) for phrase in tool.read_list(name="A", direction=direction)
    ]
    accepted_a = {
        tool.folded(text)
        for other in ("es-en", "en-es")
        for phrase in tool.read_list(name="A", direction=other)
        for text in phrase.accepted
    }
    for phrase in tool.read_list(name="B", direction=direction):
        assert tool.folded(phrase.source) not in accepted_a.union(sources_a)


def test_an_unknown_list_is_an_error(tool: ModuleType) -> None:
    with pytest.raises(tool.FirstWordsError, match="no list C"):
        tool.read_list(name="C", direction="es-en")


@pytest.mark.parametrize("direction", ["es-en", "en-es"])
@pytest.mark.parametrize("name", ["A", "B"])
def test_an_accepted_translation_scores_and_another_does_not(
    tool: ModuleType, name: str, direction: str
) -> None:
    right = {}
    for phrase in tool.read_list(name=name, direction=direction):
        for text in tool.variants(phrase.source):
            right[text] = max(phrase.accepted)

    class Perfect:
        def translate_all(self, texts: list[str]) -> list[SimpleNamespace]:
            return [SimpleNamespace(text=f"{right[text].capitalize()}!") for text in texts]

    class Useless:
        def translate_all(self, texts: list[str]) -> list[SimpleNamespace]:
            return [SimpleNamespace(text="xyz") for _ in texts]

    perfect = tool.score(Perfect(), name=name, direction=direction)
    useless = tool.score(Useless(), name=name, direction=direction)
    assert perfect.percent == 100
    assert perfect.wrong == ()
    assert useless.percent == 0
    assert len(useless.wrong) == useless.total == perfect.total


def test_check_finds_a_source_in_a_line_and_within_one(tool: ModuleType, tmp_path: Path) -> None:
    plain = tmp_path / "plain.tsv"
    plain.write_text("uno\tone\nNada\tOh, WHERE is it now\n", encoding="utf-8")
    packed = tmp_path / "packed.tsv.gz"
    with gzip.open(packed, "wt", encoding="utf-8") as file:
        file.write("¡Esta\u0301 aqui!\tHere\nnowhere is it\tx\n")
    found = list(tool.offenders([plain, packed], sources=["Where is it?", "Está aquí.", "Adiós."]))
    assert found == [
        f"Where is it?\t{plain}:2\tOh, WHERE is it now",
        f"Está aquí.\t{packed}:1\t¡Esta\u0301 aqui!",
    ]


def test_check_of_clean_and_of_offending_text(
    tool: ModuleType, programs: Path, tmp_path: Path
) -> None:
    clean = tmp_path / "clean.tsv"
    clean.write_text("uno\tone\n", encoding="utf-8")
    source = tool.read_list(name="B", direction="en-es")[0].source
    offending = tmp_path / "offending.tsv"
    offending.write_text(f"x\t{source.upper()}\n", encoding="utf-8")
    assert run(programs, "--check", clean).returncode == 0
    done = run(programs, "--check", clean, offending)
    assert done.returncode == 1
    assert f"{source}\t{offending}:1" in done.stdout


def test_the_shipped_models_are_scored(programs: Path) -> None:
    done = run(programs, "es-en", "--list", "A", "--show-wrong")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("es-en  list A: ")
    assert "%  (" in done.stdout


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--list", "C"], "no list C"),
        (["runs/mine"], "--direction"),
        (["one", "two"], "2 models"),
        (["--check", "missing.tsv"], "missing.tsv"),
        (["missing", "--direction", "es-en"], "missing"),
    ],
)
def test_a_mistake_is_a_one_line_error(programs: Path, options: list[str], message: str) -> None:
    done = run(programs, *options)
    assert done.returncode == 2
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
