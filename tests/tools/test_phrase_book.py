"""The phrase book: its size, its form, and the checks that guard it."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

import phrase_book as tool  # noqa: E402

ENTRIES = tool.read_entries()


def entry(es, en, direction="", place="a.tsv:1"):
    return tool.Entry(es, en, direction, place)


def test_the_phrase_book_has_no_faults():
    assert tool.faults(ENTRIES) == []


@pytest.mark.parametrize("direction", tool.DIRECTIONS)
def test_each_direction_has_enough_pairs(direction):
    assert len(tool.read_phrase_book(direction)) >= 1500


def test_most_pairs_are_written_one_by_one():
    written = [one for one in ENTRIES if not one.place.startswith(tool.FRAMES)]
    assert len(written) >= len(ENTRIES) / 2


def test_the_directions_swap_source_and_target():
    both = {(one.es, one.en) for one in ENTRIES if not one.direction}
    assert both <= set(tool.read_phrase_book("es-en"))
    assert {(en, es) for es, en in both} <= set(tool.read_phrase_book("en-es"))


@pytest.mark.parametrize("direction", tool.DIRECTIONS)
def test_a_source_has_one_translation(direction):
    pairs = tool.read_phrase_book(direction)
    assert len({source for source, _ in pairs}) == len(pairs)


def test_the_readme_gives_the_counts():
    assert tool.counts(ENTRIES) in (tool.FOLDER / "README.md").read_text(encoding="utf-8")


def test_an_unknown_direction_is_refused():
    with pytest.raises(ValueError, match="unknown direction 'en-fr'"):
        tool.read_phrase_book("en-fr")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("Hola.", "b.tsv:1: expected Spanish"),
        ("Hola.\t", "b.tsv:1: expected Spanish"),
        ("Hola.\tHello.\tes", "b.tsv:1: unknown direction 'es'"),
    ],
)
def test_a_bad_line_is_named(tmp_path, line, message):
    (tmp_path / "b.tsv").write_text(f"{line}\n", encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        tool.read_entries(tmp_path)


@pytest.mark.parametrize(
    ("es", "en", "fault"),
    [
        ("Hola.", "Hello", "final punctuation"),
        ("¿Qué?", "What.", "final punctuation"),
        ("Qué?", "What?", "do not match"),
        ("Hola!", "Hello!", "do not match"),
        ("Hola.", "¡Hello.", "in the English text"),
        ("Hola .  ", "Hello.", "stray space"),
        ("Adio\u0301s.", "Goodbye.", "NFC"),
    ],
)
def test_a_fault_of_one_line_is_found(es, en, fault):
    assert any(fault in line for line in tool.faults([entry(es, en)]))


def test_a_letter_may_open_with_a_colon_in_spanish():
    assert tool.faults([entry("Querida Ana:", "Dear Ana,")]) == []


def test_two_translations_of_a_source_are_found_where_both_are_used():
    first = entry("Adiós.", "Goodbye.")
    second = entry("Adiós", "Bye", place="a.tsv:2")
    assert len(tool.faults([first, second])) == 1
    assert tool.faults([first, entry("Adiós", "Bye", "en-es", "a.tsv:2")]) == []


def test_a_repeated_pair_is_found():
    assert len(tool.faults([entry("Sí.", "Yes."), entry("Sí.", "Yes.", place="a.tsv:2")])) == 1


def test_a_topic_is_part_of_the_book():
    signs = tool.read_phrase_book("es-en", ["signs"])
    assert ("Abierto", "Open") in signs
    assert set(signs) < set(tool.read_phrase_book("es-en"))
