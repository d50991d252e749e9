"""Subtitles: sentences over several cues, lines, and times that stay."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from seq2seq.documents.document import Document, ReadOptions, Target
from seq2seq.documents.formats.subtitles import SubRip, cues

WORDS = st.lists(st.sampled_from(["a", "house", "extraordinary", "well,", "of"]), min_size=3)


def subtitles(*texts: str) -> str:
    return "".join(
        f"{n}\n00:00:{2 * n:02},000 --> 00:00:{2 * n + 1:02},500\n{text}\n\n"
        for n, text in enumerate(texts, 1)
    )


def read(text: str) -> Document:
    return SubRip().read(text.encode(), ReadOptions())


def test_a_sentence_over_several_cues_is_one_segment() -> None:
    document = read(
        subtitles("El gato que", "vive en\ncasa", "duerme.", "Sí.", "<i>Uno", "dos</i>")
    )
    texts = [one.text for one in document.segments]
    assert texts == ["El gato que vive en casa duerme.", "Sí.", "Uno dos"]


def test_speakers_and_what_is_around_a_text_stay() -> None:
    source = subtitles("- ¿Quién?\n- <i>Yo.</i>", "{\\an8}♪ Una canción ♪")
    document = read(source)
    assert [one.text for one in document.segments] == ["¿Quién?", "Yo.", "Una canción"]
    written = document.write([Target((text,)) for text in ("Who?", "Me.", "A song")]).decode()
    assert written == subtitles("- Who?\n- <i>Me.</i>", "{\\an8}♪ A song ♪")


@given(WORDS)
def test_a_translation_keeps_times_words_and_the_length_of_lines(words: list[str]) -> None:
    source = subtitles("El gato negro que", "vive en esta casa", "de mi abuela duerme.")
    document = read(source)
    written = document.write([Target((" ".join(words),))]).decode()
    found = list(cues(written))
    assert [(cue.start, cue.stop) for cue in found] == [
        (cue.start, cue.stop) for cue in cues(source)
    ]
    assert " ".join(cue.text for cue in found).split() == words
    assert all(len(line) <= 42 for cue in found for line in cue.text.splitlines())


def test_a_cue_that_would_be_read_too_fast_gives_words_to_its_neighbors() -> None:
    sources = ["El gato duerme", "en esta casa de mi abuela."]
    document = read(subtitles(*sources))
    # In proportion, or after the comma, the first cue would have 18 characters for 14.
    written = document.write([Target(("The cat is asleep, in grandmother's house",))]).decode()
    texts = [" ".join(cue.text.split()) for cue in cues(written)]
    assert texts == ["The cat is", "asleep, in grandmother's house"]
    assert all(len(text) <= 1.2 * len(source) for text, source in zip(texts, sources, strict=True))


def test_a_translation_should_be_at_most_a_fifth_longer() -> None:
    document = read(subtitles("El gato que", "duerme.", "<i>Sí</i>, sí."))
    cases = {
        ("The cat that sleeps", 0): True,
        ("The cat that is sleeping", 0): False,
        ("The extraordinary cat", 0): False,  # a word is not divided
        ("Yes, yes", 1): True,
        ("Yes, ok so", 1): False,
    }
    for (text, place), expected in cases.items():
        fits = document.segments[place].fits
        assert fits is not None
        assert fits(text) == expected


def test_a_cue_ends_where_the_next_begins() -> None:
    source = "1\n00:00:01,000 --> 00:00:02,000\nHola.\n2\n00:00:02,000 --> 00:00:03,000\nAdiós.\n"
    document = read(source)
    assert [one.text for one in document.segments] == ["Hola.", "Adiós."]
    written = document.write([Target(("Hello.",)), Target(("Bye.",))]).decode()
    assert written == source.replace("Hola", "Hello").replace("Adiós", "Bye")
