"""Validation: what the native engine makes of a model in training is what PyTorch makes of it."""

from pathlib import Path
from typing import Any

import pytest

from seq2seq.config.model_settings import ModelConfig
from seq2seq.data.batches.epoch_text import Part
from seq2seq.data.tokenizers.pair import TokenizerPair
from seq2seq.model_directory.store import load_model
from seq2seq.models.model import Seq2SeqModel
from seq2seq.training.outcome import Validation
from seq2seq.training.validator import Validator
from seq2seq.translation.engines.in_memory import engine_of
from seq2seq.translation.engines.native_engine import NativeEngine
from seq2seq.translation.engines.torch_engine import TorchEngine
from tests.translation.test_constraints import TEXTS, save_model

pytestmark = pytest.mark.usefixtures("native_library")


def validate(directory: Path, texts: list[str]) -> Validation:
    loaded = load_model(directory)
    translations = [" ".join(reversed(text.split())) for text in texts]
    return Validator(
        loaded.model,
        network=loaded.config.model,
        tokenizers=loaded.tokenizers,
        decoding=loaded.config.decoding,
        dev=[Part(texts, translations, None, "one"), Part(translations, texts, None, "other")],
        batch_tokens=50,
    )()


def test_the_native_engine_validates_as_pytorch_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = save_model(tmp_path / "model", seed=1)
    loaded = load_model(directory)
    engine = engine_of(loaded.model, loaded.config.model, loaded.tokenizers)
    assert isinstance(engine, NativeEngine)
    found = validate(directory, TEXTS)

    def torch_engine(
        model: Seq2SeqModel, _config: ModelConfig, tokenizers: TokenizerPair
    ) -> TorchEngine:
        return TorchEngine(model, tokenizers)

    monkeypatch.setattr("seq2seq.training.validator.engine_of", torch_engine)
    expected = validate(directory, TEXTS)
    assert found.metrics.keys() == expected.metrics.keys()
    assert found.metrics == pytest.approx(expected.metrics, rel=1e-5)


def test_references_are_scored_by_the_search(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = save_model(tmp_path / "model", seed=1)
    found = validate(directory, TEXTS)
    computed: list[int] = []
    score = NativeEngine.score

    def counted(engine: NativeEngine, sources: list[Any], targets: list[Any]) -> list[float]:
        computed.append(len(sources))
        return score(engine, sources, targets)

    monkeypatch.setattr(NativeEngine, "score", counted)
    assert validate(directory, TEXTS) == found
    assert not computed

    def plain(engine: NativeEngine, *_pairs: Any) -> NativeEngine:
        return engine

    monkeypatch.setattr("seq2seq.training.validator.ReferenceEngine", plain)
    assert validate(directory, TEXTS) == found
    assert sum(computed) == 2 * len(TEXTS)
