"""The robustness table: changes that strip cleanly, and scores of models with known behavior."""

import sys
from pathlib import Path
from random import Random
from types import SimpleNamespace

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))

import robustness as tool
import robustness_changes as changes

TEXT = "the old house near the river was sold to a friend of my brother last summer"
LINES = [
    " ".join(TEXT.split()[start : start + 6]).capitalize() + stop
    for start, stop in enumerate([".", "!", "?", ".", "...", "", ".", '."', ".", "."])
]
PAIRS = [(line, line) for line in LINES]
DECORATIONS = [change for change in changes.CHANGES if change.decorates]


class Model:
    """Model that translates by a given function."""

    def __init__(self, function):
        self.function = function

    def translate_all(self, texts):
        return [SimpleNamespace(text=self.function(text)) for text in texts]


def rows(function, language="en", **options):
    found = tool.robustness_rows(Model(function), PAIRS, source_language=language, **options)
    return {row.name: row for row in found}


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_model_that_changes_nothing_keeps_everything(language):
    found = rows(lambda text: text, language)
    assert all(row.percent == pytest.approx(100) for row in found.values())
    assert not any(row.missed or row.overlong for row in found.values())
    left_out = {"no accents", "no ¿ and ¡"} if language == "en" else set()
    assert set(tool.NAMES) - set(found) == left_out


@pytest.mark.parametrize("change", DECORATIONS, ids=lambda change: change.name)
@pytest.mark.parametrize("text", [*LINES, "¿Qué?", "¡No!", "Él dijo: (sí).", "x"])
def test_a_decoration_strips_cleanly(change, text):
    for seed in range(20):
        changed = change.make(text, Random(seed), "es_ES")
        assert changed.text != text
        stripped = changes.stripped(changed.text, changed.strip)
        assert stripped == changes.stripped(text, changed.strip)


@pytest.mark.parametrize("change", DECORATIONS, ids=lambda change: change.name)
def test_a_decoration_takes_several_forms(change):
    found = {change.make("Bien.", Random(seed), "es_ES").text for seed in range(60)}
    assert len(found) >= 2


@given(st.text(), st.integers(0, 10))
def test_any_text_can_be_changed_and_stripped(text, seed):
    for change in changes.CHANGES:
        changed = change.make(text, Random(seed), "en_GB")
        once = changes.stripped(changed.text, changed.strip)
        assert changed.strip is None or once == changes.tidy(once)


@given(st.text())
def test_tidying_keeps_everything_but_spaces_and_is_idempotent(text):
    tidy = changes.tidy(text)
    assert "".join(tidy.split()) == "".join(text.split())
    assert changes.tidy(tidy) == tidy


def test_words_with_hyphens_are_no_bullets():
    assert changes.stripped("- A well-known – man", changes.ANY_BULLET) == "A well-known man"
    assert changes.stripped("-Yes.", changes.ANY_BULLET) == "Yes."


def test_what_stands_before_the_final_mark():
    assert changes.before_final_mark("¿Vienes?", " x") == "¿Vienes x?"
    assert changes.before_final_mark("Bueno...", " x") == "Bueno x..."
    assert changes.before_final_mark("Bueno", " x") == "Bueno x"


def test_forms_of_letters():
    assert changes.title_case("¿no vas a ir, o'neill?") == "¿No Vas A Ir, O'neill?"
    assert changes.without_accents("¿Adiós, pingüino del niño?") == "¿Adios, pinguino del niño?"


def test_case_is_folded_for_changes_of_case_only():
    found = rows(lambda text: text.swapcase())
    folded = {name for name, row in found.items() if "case:lc" in row.signature}
    assert folded == {"ALL CAPITALS", "Title Case", "lowercase"}
    assert all("tok:13a" in row.signature for row in found.values())
    assert all(found[name].bleu == pytest.approx(100) for name in folded)
    assert found["plain"].bleu < 10


def test_a_model_that_stumbles_over_capitals_misses_that_bar_only():
    found = rows(lambda text: "No." if text.isupper() else text)
    assert [name for name, row in found.items() if row.missed] == ["ALL CAPITALS"]


def test_a_model_that_runs_on_is_overlong():
    found = rows(
        lambda text: text + " and so on" * 20 if "#" in text else text, names=["heading #"]
    )
    [row] = found.values()
    assert len(row.overlong) == len(PAIRS)
    assert row.missed


def test_an_output_is_overlong_beyond_twice_the_reference_and_ten_characters():
    assert not tool.is_overlong("x" * 20, "Hello")
    assert tool.is_overlong("x" * 21, "Hello")


def test_lines_are_glued_in_groups_and_a_model_that_drops_some_is_too_short():
    assert tool.glue(list("abcdefg")) == ["a b c d e", "f g"]
    [row] = rows(lambda text: text[:100], names=[tool.GLUED]).values()
    assert row.length < 0.97
    assert row.missed


def test_the_seed_decides_the_forms():
    def seen(seed):
        texts = []
        rows(lambda text: texts.append(text) or text, seed=seed)
        return texts

    assert seen(1) == seen(1) != seen(2)


def test_the_command_prints_a_table(tmp_path, monkeypatch, capsys):
    data = tmp_path / "dev.tsv"
    data.write_text("".join(f"{line}\t{line}\n" for line in LINES), encoding="utf-8")
    monkeypatch.setattr(tool, "load", lambda name: Model(lambda text: text))
    tool.main("en-es", data=data, lines=5, changes=["plain", tool.GLUED])
    shown = capsys.readouterr().out
    assert shown.startswith("en-es, 5 lines of dev.tsv, seed 1\n")
    assert "plain" in shown
    assert "97%" in shown
    assert shown.splitlines()[-1].startswith("nrefs:1|case:mixed")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"model": "runs/mine"}, "say which direction it is, with --direction es-en"),
        ({"model": "es-en", "changes": ["caps"]}, "no change 'caps': there are plain, ALL"),
    ],
)
def test_a_mistake_is_one_line(options, message, capsys):
    with pytest.raises(typer.Exit):
        tool.main(**{"direction": None, "changes": None, **options})
    assert message in capsys.readouterr().err
