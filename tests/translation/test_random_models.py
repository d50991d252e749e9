"""Both engines on models of every architecture, with rules drawn at random: what the native engine
finds is what PyTorch finds, or as good, and the same to the bit in any batch and on any threads."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import torch
from hypothesis import event, given
from hypothesis import strategies as st

from seq2seq.config.settings import DecodingConfig
from seq2seq.data.tokenizers.vocabulary import UNK
from seq2seq.decoding.hypothesis import Hypothesis
from seq2seq.models.quantization import exact_integers
from seq2seq.translation.constraints import Constraints
from seq2seq.translation.engines.contract import Engine, Search
from seq2seq.translation.engines.native_engine import NativeEngine
from seq2seq.translation.engines.reference_engine import ReferenceEngine
from seq2seq.translation.engines.torch_engine import TorchEngine
from tests.support import search_cases
from tests.support.examples import few
from tests.support.random_models import RandomModel, random_models
from tests.support.search_cases import SENTENCES, Rules, rules

pytestmark = pytest.mark.usefixtures("native_library")

TOLERANCE = 1e-3
"""Difference of log-probabilities, in nats, that rounding in float32 may cause."""

INT8_TOLERANCE = {"abs": 0.1, "rel": 0.02}
"""The same in int8, where the last bit of a float may move a rounded activation by 1/127."""

NUDGE = 1e-4
"""Standard deviation of what is added to the logits to find out whether something is a near-tie."""

NUDGES = 100
"""Number of times that this is tried."""

BATCH = 2 * SENTENCES
"""Number of sentences of a search, enough for two threads."""


def loaded(model: RandomModel, dtype: str) -> tuple[TorchEngine, NativeEngine]:
    """Return the model in both engines."""
    with TemporaryDirectory() as place:
        return search_cases.engines(model.save(Path(place) / "model"), dtype)


def sources(model: RandomModel) -> list[list[int]]:
    draw = random.Random(model.seed)
    return [
        [draw.randrange(UNK, model.ids) for _ in range(draw.randint(1, 9))] for _ in range(BATCH)
    ]


def decoding_of(model: RandomModel, rule: Rules, coverage_penalty: float) -> DecodingConfig:
    """Return the settings of a search, with a coverage penalty where it means something.

    Untrained rectified states may grow until the attention of a token is too small for float32.
    """
    bounded = model.settings.cell != "elman-relu"
    allowed = bounded and model.settings.attention != "none" and not any(rule.terms)
    penalty = coverage_penalty if allowed else 0.0
    return search_cases.decoding(
        **{**rule.settings, "max_length_extra": 2, "coverage_penalty": penalty}
    )


def is_same(ours: Sequence[Hypothesis], theirs: Sequence[Hypothesis]) -> bool:
    return [one.tokens for one in ours] == [one.tokens for one in theirs]


def check_attention(ours: Hypothesis, theirs: Hypothesis) -> None:
    if ours.attention is None or theirs.attention is None:
        assert ours.attention == theirs.attention
        return
    weights = torch.tensor(ours.attention)
    padded = torch.tensor(theirs.attention)
    assert torch.allclose(weights, padded[:, : weights.shape[1]], atol=1e-4)


def forced(
    engine: Engine, rows: Sequence[list[int]], found: Sequence[Sequence[Hypothesis]]
) -> list[float]:
    """Return the log-probabilities of all hypotheses by an engine."""
    pairs = [(row, one.tokens) for row, own in zip(rows, found, strict=True) for one in own]
    return engine.score([row for row, _ in pairs], [ids for _, ids in pairs]) if pairs else []


def is_near_tie(
    engine: TorchEngine, search: Search, row: list[int], own: Constraints, ours: list[list[int]]
) -> bool:
    """Return whether PyTorch finds the same hypotheses once its logits change by about 1e-4."""
    bias = engine.model.output.bias
    before = bias.detach().clone()
    generator = torch.Generator().manual_seed(1)
    found = []
    while len(found) < NUDGES and ours not in found:
        with torch.no_grad():
            bias.copy_(before + NUDGE * torch.randn(bias.shape, generator=generator))
        found.append([one.tokens for one in search([row], own, attention=False)[0]])
    with torch.no_grad():
        bias.copy_(before)
    return ours in found


def twice(constraints: Constraints) -> Constraints:
    return constraints.select([*range(SENTENCES)] * 2)


@given(
    model=random_models(),
    rule=rules(),
    coverage_penalty=st.sampled_from([0.0, 0.0, 0.4]),
)
@few(60)
def test_in_float32_the_native_engine_finds_what_pytorch_finds(
    model: RandomModel, rule: Rules, coverage_penalty: float
) -> None:
    rows = sources(model)
    decoding = decoding_of(model, rule, coverage_penalty)
    constraints = twice(rule.constraints)
    theirs, ours = loaded(model, "fp32")
    found = ours.search(decoding)(rows, constraints, attention=True)
    search = theirs.search(decoding)
    expected = search(rows, constraints, attention=True)
    probabilities = [one.log_probability for own in found for one in own]
    assert probabilities == pytest.approx(forced(theirs, rows, found), abs=TOLERANCE)
    for place, (own, other) in enumerate(zip(found, expected, strict=True)):
        if is_same(own, other):
            scores = [one.score for one in other]
            assert [one.score for one in own] == pytest.approx(scores, abs=TOLERANCE)
            for pair in zip(own, other, strict=True):
                check_attention(*pair)
            continue
        event("a near-tie")
        tokens = [one.tokens for one in own]
        own_constraints = constraints.select([place])
        assert is_near_tie(theirs, search, rows[place], own_constraints, tokens)


@given(model=random_models(), rule=rules())
@few(20)
def test_in_int8_scores_are_about_those_of_pytorch(model: RandomModel, rule: Rules) -> None:
    if not exact_integers():
        pytest.skip("this processor has no exact int8 products")
    theirs, ours = loaded(model, "int8")
    rows = sources(model)
    decoding = decoding_of(model, rule, 0.0)
    found = ours.search(decoding)(rows, twice(rule.constraints), attention=False)
    expected = theirs.search(decoding)(rows, twice(rule.constraints), attention=False)
    event(f"{sum(map(is_same, found, expected))} of {BATCH} lists are the same")
    probabilities = [one.log_probability for own in found for one in own]
    assert probabilities == pytest.approx(forced(ours, rows, found), abs=1e-4)
    assert probabilities == pytest.approx(forced(theirs, rows, found), **INT8_TOLERANCE)


@given(
    model=random_models(),
    rule=rules(),
    dtype=st.sampled_from(["fp32", "int8"]),
)
@few(40)
def test_a_result_is_the_same_to_the_bit_in_any_batch_and_on_any_number_of_threads(
    model: RandomModel, rule: Rules, dtype: str
) -> None:
    _, engine = loaded(model, dtype)
    rows = sources(model)
    search = engine.search(decoding_of(model, rule, 0.3))
    constraints = twice(rule.constraints)
    engine.threads = 1
    found = search(rows, constraints, attention=True)
    engine.threads = 2
    assert search(rows, constraints, attention=True) == found
    for place, row in enumerate(rows):
        assert search([row], constraints.select([place]), attention=True) == [found[place]]
    targets = [own[0].tokens if own else [] for own in found]
    scores = engine.score(rows, targets)
    assert scores == [
        engine.score(*([one] for one in pair))[0] for pair in zip(rows, targets, strict=True)
    ]


@given(
    model=random_models(),
    rule=rules(),
    dtype=st.sampled_from(["fp32", "int8"]),
    seed=st.integers(0, 99),
)
@few(40)
def test_validation_finds_what_a_search_and_scoring_find_to_the_bit(
    model: RandomModel, rule: Rules, dtype: str, seed: int
) -> None:
    _, engine = loaded(model, dtype)
    rows = sources(model)
    decoding = decoding_of(model, rule, 0.0).model_copy(update={"beam": 1, "nbest": 1})
    constraints = twice(rule.constraints).without_terms()
    found = engine.search(decoding)(rows, constraints, attention=False)
    draw = random.Random(seed)
    references = [references_like(own, draw, model.ids) for own in found]
    expected = engine.score(rows, references)
    validating = ReferenceEngine(engine, rows, references)
    assert validating.search(decoding)(rows, constraints, attention=False) == found
    assert len(validating.scores) == len({tuple(row) for row in rows})
    assert validating.score(rows, references) == expected


def references_like(found: list[Hypothesis], draw: random.Random, ids: int) -> list[int]:
    """Return a reference that begins like a translation, or is all of it, and may go on."""
    tokens = found[0].tokens if found else []
    kept = tokens[: draw.randint(0, len(tokens))]
    return [*kept, *(draw.randrange(UNK, ids) for _ in range(draw.choice([0, 0, 1, 4])))]
