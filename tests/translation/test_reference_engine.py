"""The engine that scores references while it translates."""

from pathlib import Path

import pytest

from seq2seq import Source, Translator
from seq2seq.config.settings import DecodingConfig
from seq2seq.errors import ConfigError
from seq2seq.translation.constraints import Constraints
from seq2seq.translation.engines.native_engine import NativeEngine, ended
from seq2seq.translation.engines.reference_engine import ReferenceEngine
from tests.translation.test_constraints import TEXTS, save_model

pytestmark = pytest.mark.usefixtures("native_library")


@pytest.fixture
def engine(tmp_path: Path) -> NativeEngine:
    directory = save_model(tmp_path / "model", seed=1)
    found = Translator.from_pretrained(directory, engine="native").engine
    assert isinstance(found, NativeEngine)
    return found


@pytest.fixture
def pairs(engine: NativeEngine) -> tuple[list[list[int]], list[list[int]]]:
    sources = engine.tokenizers.source.encode(list(TEXTS))
    return sources, sources[::-1]


def constraints(engine: NativeEngine, decoding: DecodingConfig, count: int) -> Constraints:
    return Constraints.of([Source("")] * count, decoding, engine.tokenizers)


def test_pairs_that_no_search_has_met_are_scored_all_the_same(
    engine: NativeEngine, pairs: tuple[list[list[int]], list[list[int]]]
) -> None:
    sources, targets = pairs
    validating = ReferenceEngine(engine, sources[:2], targets[:2])
    decoding = DecodingConfig(strategy="greedy")
    search = validating.search(decoding)
    search(sources, constraints(engine, decoding, len(sources)), attention=False)
    assert {source for source, _ in validating.scores} == set(map(tuple, sources[:2]))
    assert validating.score(sources, targets) == engine.score(sources, targets)


@pytest.mark.parametrize(("settings", "attention"), [({"beam": 3}, False), ({"beam": 1}, True)])
def test_other_searches_are_as_ever(
    engine: NativeEngine,
    pairs: tuple[list[list[int]], list[list[int]]],
    settings: dict[str, int],
    attention: bool,
) -> None:
    sources, targets = pairs
    validating = ReferenceEngine(engine, sources, targets)
    decoding = DecodingConfig(**settings)
    own = constraints(engine, decoding, len(sources))
    found = validating.search(decoding)(sources, own, attention=attention)
    assert found == engine.search(decoding)(sources, own, attention=attention)
    assert not validating.scores


def test_the_library_refuses_what_it_cannot_score_at_once(
    engine: NativeEngine, pairs: tuple[list[list[int]], list[list[int]]]
) -> None:
    sources, targets = map(ended, pairs)
    longest = [5] * len(sources)
    rules = engine.search(DecodingConfig(beam=2))._rules(
        constraints(engine, DecodingConfig(), len(sources)), attention=False
    )
    with pytest.raises(ConfigError, match="only greedy search"):
        engine.native.validate(sources, targets, longest, rules)
    with pytest.raises(ConfigError, match="references: 1"):
        engine.native.validate(sources, targets[:1], longest, rules)
