"""Engines of a translator: the same translations under every constraint, and the choice of one."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
import torch

from seq2seq import Seq2SeqError, Source, Translator, TranslatorOptions
from seq2seq.data.alignment.shortlist import Shortlist
from seq2seq.data.ragged import RaggedIds
from seq2seq.engine import load_library as place_of_library
from seq2seq.engine.load_library import load_library
from seq2seq.errors import ConfigError
from seq2seq.model_directory.names import SHORTLIST
from seq2seq.model_directory.store import load_model
from seq2seq.runtime.extras import EXTRAS
from seq2seq.translation.engines.in_memory import engine_of
from seq2seq.translation.engines.native_engine import NativeEngine
from seq2seq.translation.segment_translator import UNMET
from tests.translation.test_constraints import TEXTS, WORDS, save_model

pytestmark = pytest.mark.usefixtures("native_library")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a model with a shortlist of few tokens."""
    directory = save_model(tmp_path_factory.mktemp("engines") / "model", seed=1)
    tokenizers = load_model(directory).tokenizers
    ids = RaggedIds(tokenizers.source.encode([f"{a} {b}" for a in WORDS for b in WORDS]))
    sizes = (tokenizers.source.vocab_size, tokenizers.target.vocab_size)
    few = Shortlist.train(ids, ids, *sizes, per_token=2, frequent=5)
    few.save(directory / SHORTLIST, tokenizers.fingerprint())
    return directory


@pytest.fixture(scope="module", params=[False, True], ids=["all tokens", "shortlist"])
def both(model: Path, request: pytest.FixtureRequest) -> tuple[Translator, Translator]:
    torch_one, native = (
        Translator.from_pretrained(model, engine=name, alignments=True, shortlist=request.param)
        for name in ("torch", "native")
    )
    return torch_one, native


def phrases(draw: random.Random, most: int, settings: dict[str, Any]) -> tuple[str, ...]:
    """Return up to `most` random terms that do not contradict the settings."""
    drawn = [
        " ".join(draw.choices(WORDS, k=draw.randint(1, 2))) for _ in range(draw.randint(0, most))
    ]
    return tuple(term for term in drawn if is_possible(term, settings))


def is_possible(term: str, settings: dict[str, Any]) -> bool:
    words = term.split()
    if settings.get("no_repeat_ngram") == 1 and len(set(words)) < len(words):
        return False
    return not any(f" {phrase} " in f" {term} " for phrase in settings.get("forbidden", ()))


def prefix(draw: random.Random) -> str:
    words = " ".join(draw.choices(WORDS, k=draw.randint(1, 3)))
    return words[: draw.randint(1, len(words))] + draw.choice(["", "", " "])


KINDS = {
    "free": {},
    "prefixes": {"prefix": 0.7},
    "terms": {"terms": 0.7},
    "prefixes and terms": {"prefix": 0.5, "terms": 0.5},
}
SETTINGS: dict[str, dict[str, Any]] = {
    "greedy": {"beam": 1},
    "beam": {"beam": 4, "nbest": 3},
    "no length penalty": {"beam": 3, "length_penalty": 0.0},
    "filters": {"beam": 3, "nbest": 2, "no_repeat_ngram": 2, "min_length": 6},
    "forbidden": {"beam": 3, "forbidden": ["casa", "gato de", "rojo"]},
    "greedy filters": {"beam": 1, "no_repeat_ngram": 1, "forbidden": ["mesa"], "min_length": 3},
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("settings", SETTINGS)
def test_the_engines_find_the_same(
    both: tuple[Translator, Translator], kind: str, settings: str
) -> None:
    draw = random.Random(kind + settings)
    chances = KINDS[kind]
    sources = [
        Source(
            text,
            prefix=prefix(draw) if draw.random() < chances.get("prefix", 0) else "",
            terms=phrases(draw, 2, SETTINGS[settings])
            if draw.random() < chances.get("terms", 0)
            else (),
        )
        for text in TEXTS * 2
    ]
    expected, found = (one.translate_all(sources, **SETTINGS[settings]) for one in both)
    for one, other in zip(expected, found, strict=True):
        assert other.text == one.text
        assert other.warning == one.warning
        assert len(other.alternatives) == len(one.alternatives)
        for theirs, ours in zip(one.alternatives, other.alternatives, strict=True):
            assert ours.text == theirs.text
            assert ours.score == pytest.approx(theirs.score, abs=1e-4)
            assert ours.log_probability == pytest.approx(theirs.log_probability, abs=1e-4)
            assert ours.alignment == theirs.alignment


@pytest.mark.parametrize("engine", ["native", "torch"])
def test_terms_that_no_translation_can_have_are_left_out(model: Path, engine: str) -> None:
    translator = Translator.from_pretrained(model, engine=engine)
    impossible = Source("casa", terms=("gato rojo", "azul rojo"))
    possible, plain = translator.translate_all([impossible, "casa"], no_repeat_ngram=1)
    assert possible.text == plain.text
    assert possible.warning == UNMET
    assert not plain.warning


@pytest.mark.parametrize(
    ("options", "setting"),
    [
        (TranslatorOptions(dtype="bf16"), "dtype=bf16"),
        (TranslatorOptions(device="cuda"), "device=cuda"),
        (TranslatorOptions(decoding={"strategy": "sampling"}), "decoding.strategy=sampling"),
    ],
)
def test_what_the_native_engine_lacks_is_named(
    model: Path, options: TranslatorOptions, setting: str
) -> None:
    with pytest.raises(ConfigError, match=f"does not support {setting}"):
        Translator.from_pretrained(model, options=options, engine="native")


def test_an_ensemble_needs_pytorch(model: Path) -> None:
    with pytest.raises(ConfigError, match="does not support an ensemble"):
        Translator.from_pretrained([model, model], engine="native")
    assert Translator.from_pretrained([model, model]).engine.name == "torch"


def test_the_variable_names_the_engine(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Translator.from_pretrained(model).engine.name == "auto"
    monkeypatch.setenv("SEQ2SEQ_ENGINE", "torch")
    assert Translator.from_pretrained(model).engine.name == "torch"
    assert Translator.from_pretrained(model, engine="native").engine.name == "native"
    monkeypatch.setenv("SEQ2SEQ_ENGINE", "tensorflow")
    with pytest.raises(
        ConfigError, match="unknown engine 'tensorflow'; known: auto, native, torch"
    ):
        Translator.from_pretrained(model)


def test_a_setting_that_the_native_engine_lacks_loads_pytorch(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    translator = Translator.from_pretrained(model)
    sampled = translator.translate("casa", strategy="sampling", seed=3)
    alone = Translator.from_pretrained(model, engine="torch")
    assert sampled == alone.translate("casa", strategy="sampling", seed=3)
    monkeypatch.setitem(EXTRAS, "train", ("no_such_package",))
    with pytest.raises(Seq2SeqError, match="strategy=sampling needs no_such_package"):
        Translator.from_pretrained(model).translate("casa", strategy="sampling")


def test_without_a_compiled_library_pytorch_translates(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(place_of_library.VARIABLE, "/nowhere")
    load_library.cache_clear()
    try:
        assert Translator.from_pretrained(model).engine.name == "torch"
        with pytest.raises(ConfigError, match="without the compiled library"):
            Translator.from_pretrained(model, engine="native")
    finally:
        monkeypatch.undo()
        load_library.cache_clear()


def test_only_the_torch_engine_has_a_model_in_pytorch(model: Path) -> None:
    assert isinstance(Translator.from_pretrained(model, engine="torch").model, torch.nn.Module)
    with pytest.raises(ConfigError, match="engine='torch'"):
        _ = Translator.from_pretrained(model, engine="native").model


def test_a_model_in_memory_is_translated_by_the_native_engine(model: Path) -> None:
    loaded = load_model(model)
    engine = engine_of(loaded.model, loaded.config.model, loaded.tokenizers)
    assert isinstance(engine, NativeEngine)
    found = Translator(engine, loaded.tokenizers, loaded.config.decoding).translate_all(TEXTS)
    expected = Translator.from_pretrained(model, engine="native").translate_all(TEXTS)
    assert found == expected
    doubled = engine_of(loaded.model.double(), loaded.config.model, loaded.tokenizers)
    assert doubled.name == "torch"
