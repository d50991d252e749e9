"""Training the language identifier: samples, messages, and a file written from few samples."""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path

import pytest
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))

import language_gru
import language_samples
import language_texts
import train_language_identifier as tool
from language_samples import NO_CLASS, OTHER, Samples, unaccented

from seq2seq.text_steps.language_weights import read_weights
from seq2seq.text_steps.languages import identify, words

WORDS = {
    "de": ["ich", "habe", "keine", "größeren", "bücher"],
    "en": ["the", "houses", "have", "three", "windows"],
    "es": ["¿", "dónde", "está", "mañana", "ella"],
    "fr": ["où", "êtes", "vous", "j'ai", "cœur"],
}


def texts() -> language_texts.Texts:
    """Return texts of five words per language."""
    sentences = {language: [found] for language, found in WORDS.items()}
    single = {language: [[word] for word in found] for language, found in WORDS.items()}
    foreign = {language: [["gdzie", "jest", "łódź"]] for language in language_texts.FOREIGN}
    listed = {one: [["waar"], ["niet"]] for one in language_samples.FREQUENT_STOP_WORDS}
    return language_texts.Texts(
        everyday=sentences,
        general={"es": sentences["es"], "en": sentences["en"]},
        types=single,
        common=single,
        messages={**sentences, **foreign},
        stop_words={**single, **listed},
        names=([["tom"]], [["laura"]]),
    )


def samples(seed: int = 1) -> Samples:
    return Samples(texts(), random.Random(seed))


def test_samples_have_every_class_and_the_words_of_it() -> None:
    source = samples()
    drawn = [source.draw() for _ in range(3000)]
    assert {kind for _, kind in drawn} == {NO_CLASS, *range(OTHER + 1)}
    for found, kind in drawn:
        assert found
        assert all(found)
        if kind == NO_CLASS:
            assert set(found) <= {"tom", "laura"}
        elif kind != OTHER:
            known = WORDS[language_texts.LANGUAGES[kind]]
            spelled = {*known, *unaccented(known), "groesseren", "buecher", "tom", "laura"}
            assert set(found) <= spelled


def test_samples_depend_on_the_seed_only() -> None:
    first, second, third = samples(1), samples(1), samples(2)
    drawn = [[source.draw() for _ in range(50)] for source in (first, second, third)]
    assert drawn[0] == drawn[1] != drawn[2]


def test_words_without_accents_are_ascii_and_words() -> None:
    found = unaccented([word for listed in WORDS.values() for word in listed if word != "¿"])
    assert " ".join(found).isascii()
    assert words(" ".join(found)) == found


def test_a_message_is_joined_and_the_header_dropped() -> None:
    block = '#: a.py\nmsgid ""\n"Save "\n"now"\nmsgstr[0] "Guardar"\n" ahora"'
    assert language_texts._message(block) == {"msgid": "Save now", "msgstr[0]": "Guardar ahora"}
    assert language_texts._message('msgid ""\nmsgstr ""\n"Language: es"') == {}


def test_what_is_trained_and_written_tells_the_languages_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tool, "BATCH", 64)
    model = tool.train_ngrams(samples(), 64 * 40)
    tool.write(model, tmp_path / "w.bin")
    weights = read_weights(tmp_path / "w.bin")
    for language, found in WORDS.items():
        scores = [weights.score(word) for word in found]
        sums = [sum(column) for column in zip(*scores, strict=True)]
        assert weights.languages[sums.index(max(sums))] == language


def test_the_network_learns_the_same_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    monkeypatch.setattr(language_gru, "BATCH", 32)
    model = language_gru.train_gru(samples(), 32 * 150, tool.targets())
    for index, found in enumerate(WORDS.values()):
        probabilities = model.probabilities(found)
        assert sum(probabilities) == pytest.approx(1)
        assert probabilities[index] == max(probabilities)


def test_a_probability_below_the_threshold_is_unknown() -> None:
    assert tool.named_language([0.1, 0.7, 0.1, 0.1, 0.0]) == "en"
    assert tool.named_language([0.0, 0.0, 0.1, 0.1, 0.8]) == "other"
    assert tool.named_language([0.5, 0.5, 0.0, 0.0, 0.0]) == "und"


def test_the_identifier_of_the_package_knows_its_common_words() -> None:
    path = Path(tool.__file__).with_name("language_common_words.json")
    common = json.loads(path.read_text("utf-8"))
    for language, found in common.items():
        wrong = [word for word in found if identify(word).language not in (language, "und")]
        assert len(wrong) <= 0.05 * len(found), wrong
