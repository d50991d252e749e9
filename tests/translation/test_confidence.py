"""Confidence: the file, the fit, the evidence, made-up sources, and what a translator says."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq import CheckpointError, Translator
from seq2seq.config.settings import TokenizerConfig
from seq2seq.data.tokenizers.pair import TokenizerPair
from seq2seq.metrics.ranking_area import area_under_curve
from seq2seq.model_directory.names import CONFIDENCE, CONFIG
from seq2seq.translation.calibrate_confidence import calibrate_confidence
from seq2seq.translation.confidence import Confidence, load_confidence, logistic
from seq2seq.translation.doubts import MAY_BE_WRONG
from seq2seq.translation.evidence import FEATURES
from seq2seq.translation.fit_confidence import MAX_THRESHOLD, MISSED, fit_confidence
from seq2seq.translation.language_check import LanguageCheck
from seq2seq.translation.made_up_sources import made_up_sources
from seq2seq.translation.values import Source
from tests.support.tiny_model import WORDS

COUNT = len(FEATURES)
ROWS = st.lists(
    st.tuples(
        st.lists(st.floats(-50, 50), min_size=COUNT, max_size=COUNT), st.booleans(), st.booleans()
    ),
    min_size=1,
    max_size=20,
)


def simple(threshold: float = 0.5) -> Confidence:
    """Return a confidence that depends on the probability of the output only."""
    weights = [1.0, *[0.0] * (COUNT - 1)]
    return Confidence([-1.0] * COUNT, [1.0] * COUNT, weights, 0.0, 0.0, threshold)


def translator(directory: Path, confidence: Confidence | None, language: str = "") -> Translator:
    """Return a translator of a tiny model with this confidence and source language."""
    if confidence is not None:
        confidence.save(directory)
    if language:
        config = directory / CONFIG
        text = config.read_text(encoding="utf-8")
        replaced = text.replace("source_language: ''", f"source_language: {language}")
        assert replaced != text
        config.write_text(replaced, encoding="utf-8")
    return Translator.from_pretrained(directory)


# The file


@given(st.lists(st.floats(-100, 100), min_size=COUNT, max_size=COUNT))
def test_a_confidence_is_a_probability_and_grows_with_its_features(features: list[float]) -> None:
    found = simple().of(features)
    assert 0 <= found <= 1
    assert simple().of([features[0] + 1, *features[1:]]) >= found


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_the_logistic_function_is_symmetric_and_never_overflows(value: float) -> None:
    assert logistic(value) + logistic(-value) == pytest.approx(1)


def test_a_saved_confidence_is_read_back_and_an_absent_one_is_none(tmp_path: Path) -> None:
    assert load_confidence(tmp_path) is None
    simple().save(tmp_path)
    assert load_confidence(tmp_path) == simple()


def test_a_damaged_file_is_reported_with_its_name(tmp_path: Path) -> None:
    simple().save(tmp_path)
    path = tmp_path / CONFIDENCE
    sound = path.read_text(encoding="utf-8")
    damages = [
        "",
        "[]",
        sound[: len(sound) // 2],
        sound.replace('"format": 1', '"format": 2'),
        sound.replace('"length"', '"height"'),
        sound.replace('"scale": 1.0', '"scale": 0.0', 1),
        sound.replace('"scale": 1.0', '"scale": NaN', 1),
        sound.replace('"mean": -1.0', '"mean": Infinity', 1),
        sound.replace('"mean": -1.0', f'"mean": 1{"0" * 400}', 1),
        sound.replace('"weight": 1.0', '"weight": true', 1),
        sound.replace('"threshold": 0.5', '"threshold": "0.5"'),
        sound.replace('"bias"', '"bios"'),
    ]
    for damaged in damages:
        assert damaged != sound
        path.write_text(damaged, encoding="utf-8")
        with pytest.raises(CheckpointError, match=CONFIDENCE):
            load_confidence(tmp_path)


def test_a_translator_does_not_load_a_damaged_file(own_model: Path) -> None:
    (own_model / CONFIDENCE).write_text("{}", encoding="utf-8")
    with pytest.raises(CheckpointError, match=CONFIDENCE):
        Translator.from_pretrained(own_model)


# The fit


def test_a_fit_finds_what_separates_good_from_bad_and_keeps_few_below_the_threshold() -> None:
    draw = random.Random(1)
    features = [[draw.gauss(0, 1) for _ in FEATURES] for _ in range(600)]
    good = [row[0] - abs(row[1]) + draw.gauss(0, 0.3) > -1.5 for row in features]
    plain = [place < 400 for place in range(600)]
    found = fit_confidence(features, good=good, plain=plain)
    judged = [found.of(row) for row in features]
    assert area_under_curve(judged, good) > 0.95
    kept = [one for one, *is_of in zip(judged, good, plain, strict=True) if all(is_of)]
    assert sum(one < found.threshold for one in kept) <= MISSED * len(kept)
    assert found.threshold <= MAX_THRESHOLD
    right = sum(one == (value > 0.5) for one, value in zip(good, judged, strict=True))
    assert right > 540


@given(ROWS)
def test_a_fit_of_anything_is_finite(rows: list[tuple[list[float], bool, bool]]) -> None:
    features = [row for row, _, _ in rows]
    good = [one for _, one, _ in rows]
    plain = [True, *[one for _, _, one in rows[1:]]]
    found = fit_confidence(features, good=good, plain=plain)
    assert all(0 <= found.of(row) <= 1 for row in features)


# Made-up sources


@given(st.lists(st.tuples(st.text(), st.text()), max_size=20))
def test_made_up_sources_keep_their_number_and_their_references(
    pairs: list[tuple[str, str]],
) -> None:
    references = [reference for _, reference in pairs]
    found = made_up_sources(pairs, foreign=False)
    assert [reference for _, reference in found] == references
    assert found == made_up_sources(pairs, foreign=False)
    for place, (source, reference) in enumerate(made_up_sources(pairs, foreign=True)):
        is_foreign = source == references[place] and reference == ""
        assert is_foreign or reference == references[place]


# Languages and scripts


def check(language: str, lines: list[str], vocab_size: int = 80) -> LanguageCheck:
    config = TokenizerConfig(vocab_size=vocab_size, byte_fallback=False, joint=False)
    return LanguageCheck(TokenizerPair.train(lines, lines, config), language)


@pytest.mark.parametrize(
    ("text", "language", "remark"),
    [
        ("Wo ist denn der Bahnhof?", "Spanish", "looks like German, not Spanish"),
        ("¿Dónde está la biblioteca?", "English", "looks like Spanish, not English"),
        ("¿Dónde está la biblioteca?", "es", ""),
        ("¿Dónde está la biblioteca?", "Spanish", ""),
        ("¿Dónde está la biblioteca?", "Catalan", ""),
        ("¿Dónde está la biblioteca?", "", ""),
        ("Bahnhof", "Spanish", ""),
        ("", "Spanish", ""),
        ("123", "Spanish", ""),
    ],
)
def test_another_language_is_named_if_it_is_beyond_doubt(
    text: str, language: str, remark: str
) -> None:
    checked = check(language, ["casa de papel"] * 20)
    assert checked.remark(text, checked.guess(text), surely=True) == remark


def test_a_script_is_unknown_unless_the_vocabulary_is_made_of_it() -> None:
    pairs = [f"{first} de {second}" for first in WORDS for second in WORDS]
    spanish = check("Spanish", [*pairs, "я"], vocab_size=300)
    russian = check("Russian", ["где мой дом и кот", "кот пьёт молоко"] * 20)
    assert spanish.unknown_script("Где мой дом?") == "Cyrillic"
    assert russian.unknown_script("Где мой дом?") == ""
    assert spanish.unknown_script("Πού είναι;") == "Greek"
    assert spanish.unknown_script("駅はどこですか。") == "Kana"
    assert spanish.unknown_script("ߒߞߏ") == "Nko"
    for text in ("", "¿Qué?", "¡!", "La letra Ω es griega.", "😀", "\ud800", "…", "№ 5"):
        assert spanish.unknown_script(text) == ""


@given(st.text())
def test_any_text_has_a_script_or_none(text: str) -> None:
    assert isinstance(CHECK.unknown_script(text), str)
    assert isinstance(CHECK.remark(text, CHECK.guess(text), surely=False), str)


CHECK = check("Spanish", ["casa de papel"] * 20)

# What a translator says


def test_without_a_calibration_there_is_no_confidence(own_model: Path) -> None:
    found = translator(own_model, None).translate("casa de papel")
    assert found.confidence is None
    assert found.warning == ""


def test_a_doubtful_translation_has_a_warning_and_a_blank_text_has_nothing(
    own_model: Path,
) -> None:
    made = translator(own_model, simple(threshold=1.0))
    found = made.translate("casa de papel")
    assert found.confidence is not None
    assert 0 < found.confidence < 1
    assert found.warning == MAY_BE_WRONG
    assert made.translate(" ").confidence is None
    assert made.translate("!").confidence == 1.0
    assert translator(own_model, simple(threshold=0.0)).translate("casa").warning == ""


def test_features_are_finite_and_independent_of_other_texts(own_model: Path) -> None:
    made = translator(own_model, None, "Spanish")
    texts = [*WORDS, "", "!", "casa " * 200, "日本", "casa 日本", "\ud800"]
    together = made.with_features(texts)
    for text, (translation, features) in zip(texts, together, strict=True):
        [(alone, alone_features)] = made.with_features([text])
        assert alone.text == translation.text
        if features is None:
            assert alone_features is None
            continue
        assert alone_features == pytest.approx(features, abs=1e-4)
        assert len(features) == COUNT
        assert all(abs(one) < 100 for one in features)
    assert together[0][1] is not None


def test_the_confidence_in_a_text_is_that_of_its_worst_sentence(own_model: Path) -> None:
    made = translator(own_model, simple()).with_decoding(split_sentences=True)
    whole = made.translate("Casa de papel. Perro rojo come. ¿Gato azul?")
    parts = [made.translate(one.source) for one in whole.sentences]
    assert len(parts) == 3
    apart = [one.confidence for one in parts if one.confidence is not None]
    assert whole.confidence == pytest.approx(min(apart), abs=1e-4)
    assert [one.confidence for one in whole.sentences] == pytest.approx(apart, abs=1e-4)
    assert made.translate("Casa de papel.").sentences == ()


def test_a_sentence_in_another_script_is_copied_and_reported(own_model: Path) -> None:
    made = translator(own_model, simple()).with_decoding(split_sentences=True)
    found = made.translate("Где мой дом?")
    assert found.text == "Где мой дом?"
    assert found.confidence == 0.0
    assert found.warning == "is in Cyrillic script, which the model cannot read; copied"
    both = made.translate("Casa de papel. Где мой дом?")
    assert both.text.endswith(" Где мой дом?")
    assert both.warning == found.warning
    raw = Translator.from_pretrained(own_model, raw=True).translate("Где мой дом?")
    assert raw.text != found.text
    assert raw.warning != found.warning


def test_another_language_is_reported_unless_texts_are_raw(own_model: Path) -> None:
    german = "Wo ist denn der Bahnhof?"
    made = translator(own_model, None, "Spanish")
    assert made.translate(german).warning == "looks like German, not Spanish"
    assert made.translate("¿Dónde está la biblioteca?").warning == ""
    raw = Translator.from_pretrained(own_model, raw=True)
    assert raw.translate(german).warning == ""


def test_an_ensemble_has_no_confidence(own_model: Path) -> None:
    simple().save(own_model)
    ensemble = Translator.from_pretrained([own_model, own_model])
    assert ensemble.translate("casa").confidence is None


# Calibration


def test_a_calibration_writes_the_file_and_too_few_pairs_do_not(own_model: Path) -> None:
    draw = random.Random(2)
    texts = [" ".join(draw.choices(WORDS, k=4)) for _ in range(80)]
    plain = Translator.from_pretrained(own_model).translate_all(texts)
    pairs: list[tuple[str | Source, str]] = [
        (text, one.text if place % 2 else "xyz")
        for place, (text, one) in enumerate(zip(texts, plain, strict=True))
    ]
    assert calibrate_confidence(own_model, pairs=pairs[:49]) is None
    assert not (own_model / CONFIDENCE).exists()
    figures = calibrate_confidence(own_model, pairs=pairs)
    assert figures is not None
    assert figures.plain == 80
    assert 40 <= figures.bad <= 60
    assert 0 < figures.made_up <= 40
    saved = json.loads((own_model / CONFIDENCE).read_text(encoding="utf-8"))
    assert set(saved["features"]) == set(FEATURES)
    assert saved["threshold"] == figures.threshold
    assert Translator.from_pretrained(own_model).translate("casa").confidence is not None
