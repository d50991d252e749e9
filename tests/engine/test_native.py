"""The C library against PyTorch: the same hypotheses, scores and attention for every supported
network, and refusals of what does not fit."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from seq2seq.config.settings import ModelConfig
from seq2seq.decoding.beam import BeamSearch
from seq2seq.decoding.forced import forced_scores
from seq2seq.decoding.greedy import GreedySearch
from seq2seq.decoding.hypothesis import Hypothesis
from seq2seq.decoding.search import SearchBatch, StepFn, StepOutput, Strategy
from seq2seq.engine import library as library_module
from seq2seq.engine import load_library
from seq2seq.engine.interface import ATTENTIONS, CELLS, ORDERS
from seq2seq.engine.library import (
    Demands,
    NativeLibrary,
    NativeModel,
    Rules,
    unsupported,
)
from seq2seq.errors import CheckpointError, ConfigError
from seq2seq.model_directory.store import load_weights, save_weights
from seq2seq.models.model import Seq2SeqModel, build_model
from tests.support.native_library import compiled, library_path

VOCAB = 50
BOS = 2
EOS = 3
SIZES = {"embedding_size": 20, "hidden_size": 24, "attention_heads": 4}
"""No width is a multiple of the library's vectors, so that padding is tested too."""

VARIANTS: dict[str, dict[str, Any]] = {
    "plain": {},
    "deep": {
        "encoder_layers": 2,
        "decoder_layers": 2,
        "residual": True,
        "bidirectional": False,
        "weight_tying": "none",
        "readout_size": 12,
    },
    "lexical": {
        "lexical_model": True,
        "coverage": True,
        "scale_embeddings": True,
        "encoder_layers": 2,
        "decoder_layers": 3,
    },
}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> NativeLibrary:
    return compiled(tmp_path_factory.mktemp("library"))


def settings(cell: str, attention: str, order: str, variant: str) -> ModelConfig:
    chosen = {**SIZES, **VARIANTS[variant], "cell": cell, "decoder_order": order}
    chosen["lexical_model"] = chosen.get("lexical_model", False) and attention != "none"
    chosen["coverage"] = chosen.get("coverage", False) and attention == "bahdanau"
    return ModelConfig(attention=attention, **chosen)


def both(
    library: NativeLibrary, config: ModelConfig, place: Path, *, stored: bool, int8: bool
) -> tuple[Seq2SeqModel, NativeModel]:
    """Return a model of random weights, in PyTorch and in the library."""
    torch.manual_seed(1)
    model = build_model(config, VOCAB, VOCAB).eval()
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(torch.randn_like(weight) * 0.2)
    path = place / "model.safetensors"
    save_weights(model, path, quantized=stored)
    load_weights(model, path)
    model.tie_weights(config.weight_tying)
    if int8:
        model.quantize("int8")
    native = library.open(path, config, source_size=VOCAB, target_size=VOCAB, int8=int8)
    return model, native


def sentences(count: int, shortest: int) -> list[list[int]]:
    draw = random.Random(3)
    return [
        [*(draw.randrange(4, VOCAB) for _ in range(draw.randint(shortest, 8))), EOS]
        for _ in range(count)
    ]


def padded(rows: Sequence[Sequence[int]]) -> tuple[torch.Tensor, torch.Tensor]:
    width = max(map(len, rows))
    ids = torch.tensor([[*row, *[0] * (width - len(row))] for row in rows])
    return ids, torch.tensor([len(row) for row in rows])


def step_of(model: Seq2SeqModel) -> StepFn:
    def step(tokens: torch.Tensor, state: Any) -> StepOutput:
        return StepOutput(*model.step(tokens, state))

    return step


def searched(
    model: Seq2SeqModel, rows: list[list[int]], longest: list[int], search: Strategy
) -> list[list[Hypothesis]]:
    with torch.inference_mode():
        return search(
            step_of(model),
            model.start(*padded(rows)),
            SearchBatch(torch.tensor(longest), BOS, EOS, forbidden=(0, BOS), attention=True),
        )


def scored(model: Seq2SeqModel, rows: list[list[int]], targets: list[list[int]]) -> list[float]:
    with torch.inference_mode():
        start = model.start(*padded(rows))
        return forced_scores(step_of(model), start, *padded(targets), bos=BOS, eos=EOS).tolist()


def rules(beam: int, nbest: int, length_penalty: float, coverage_penalty: float = 0.0) -> Rules:
    return Rules(
        beam=beam,
        nbest=nbest,
        length_penalty=length_penalty,
        coverage_penalty=coverage_penalty,
        bos=BOS,
        eos=EOS,
        vocabulary=VOCAB,
        attention=True,
    )


every_network = pytest.mark.parametrize(
    ("cell", "attention", "order"), itertools.product(CELLS, ATTENTIONS, ORDERS)
)


@every_network
@pytest.mark.parametrize("variant", ["deep", "lexical"])
def test_in_float32_hypotheses_scores_and_attention_are_those_of_torch(
    library: NativeLibrary, cell: str, attention: str, order: str, variant: str, tmp_path: Path
) -> None:
    config = settings(cell, attention, order, variant)
    model, native = both(library, config, tmp_path, stored=False, int8=False)
    rows = sentences(5, 1)
    targets = sentences(5, 0)[::-1]
    assert native.score(rows, targets, bos=BOS) == pytest.approx(
        scored(model, rows, targets), abs=1e-3
    )
    longest = [6, 7, 8, 9, 10]
    searches: list[tuple[Strategy, Rules]] = [
        (GreedySearch(), rules(1, 1, 1.0)),
        (BeamSearch(beam=4, nbest=3, length_penalty=0.7), rules(4, 3, 0.7)),
    ]
    for search, same in searches:
        found = native.translate(rows, longest, same)
        for theirs, ours in zip(searched(model, rows, longest, search), found, strict=True):
            # Near-ties may fall either way, so every translation has to have about torch's score.
            assert [one.score for one in ours] == pytest.approx(
                [one.score for one in theirs], rel=1e-3, abs=1e-3
            )
            if ours[0].tokens == theirs[0].tokens and theirs[0].attention is not None:
                weights = torch.tensor(ours[0].attention)
                length = weights.shape[1]
                expected = torch.tensor(theirs[0].attention)[:, :length]
                assert torch.allclose(weights, expected, atol=1e-4)


@pytest.mark.parametrize("stored", [False, True])
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("cell", CELLS)
def test_in_int8_scores_are_those_of_torch(
    library: NativeLibrary, cell: str, order: str, stored: bool, tmp_path: Path
) -> None:
    config = settings(cell, "bahdanau", order, "lexical")
    model, native = both(library, config, tmp_path, stored=stored, int8=True)
    rows = sentences(6, 1)
    targets = sentences(6, 0)
    # The last bit of a float may move an activation by a step of 1/127.
    assert native.score(rows, targets, bos=BOS) == pytest.approx(
        scored(model, rows, targets), abs=0.1
    )


@pytest.mark.parametrize("int8", [False, True])
def test_a_result_is_the_same_to_the_bit_in_any_batch(
    library: NativeLibrary, int8: bool, tmp_path: Path
) -> None:
    config = settings("ln-gru", "bahdanau", "fused", "lexical")
    _, native = both(library, config, tmp_path, stored=True, int8=int8)
    rows = sentences(20, 1)
    longest = list(range(5, 25))
    together = native.translate(rows, longest, rules(4, 2, 1.0))
    for row, limit, hypotheses in zip(rows, longest, together, strict=True):
        assert native.translate([row], [limit], rules(4, 2, 1.0)) == [hypotheses]


def test_a_coverage_penalty_counts(library: NativeLibrary, tmp_path: Path) -> None:
    config = settings("gru", "luong-general", "fused", "plain")
    model, native = both(library, config, tmp_path, stored=False, int8=False)
    rows = sentences(6, 3)
    search = BeamSearch(beam=3, nbest=2, coverage_penalty=0.3)
    for theirs, ours in zip(
        searched(model, rows, [8] * 6, search),
        native.translate(rows, [8] * 6, rules(3, 2, 1.0, 0.3)),
        strict=True,
    ):
        assert [one.score for one in ours] == pytest.approx(
            [one.score for one in theirs], rel=1e-3, abs=1e-3
        )


# Refusals


def test_a_library_of_another_version_is_not_used(
    library: NativeLibrary,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    path = library_path(tmp_path)
    monkeypatch.setattr(library_module, "VERSION", 0)
    with pytest.raises(OSError, match="another version"):
        NativeLibrary(path)
    monkeypatch.setenv(load_library.VARIABLE, str(path))
    assert load_library.load_library.__wrapped__() is None
    assert "PyTorch translates" in caplog.text
    monkeypatch.setenv(load_library.VARIABLE, str(tmp_path / "none"))
    assert load_library.load_library.__wrapped__() is None
    assert "there is no compiled library" in caplog.text
    (tmp_path / "text.so").write_text("no library")
    with pytest.raises(OSError, match=r"too short|invalid"):
        NativeLibrary(tmp_path / "text.so")


def test_every_cut_and_every_flipped_byte_of_the_header_is_refused_or_harmless(
    library: NativeLibrary, tmp_path: Path
) -> None:
    config = settings("ln-gru", "bahdanau", "fused", "plain")
    both(library, config, tmp_path, stored=True, int8=True)
    path = tmp_path / "model.safetensors"
    content = path.read_bytes()
    header = 8 + int.from_bytes(content[:8], "little")
    damaged = tmp_path / "damaged"
    draw = random.Random(1)
    for size in [0, 1, 7, 8, 9, header - 1, header, len(content) - 1]:
        damaged.write_bytes(content[:size])
        with pytest.raises(CheckpointError, match="damaged"):
            library.open(damaged, config, source_size=VOCAB, target_size=VOCAB, int8=True)
    for _ in range(500):
        place = draw.randrange(header)
        byte = bytes([content[place] ^ 1 << draw.randrange(8)])
        damaged.write_bytes(content[:place] + byte + content[place + 1 :])
        try:
            library.open(damaged, config, source_size=VOCAB, target_size=VOCAB, int8=True)
        except CheckpointError as error:
            assert str(error).startswith(f"{damaged}: ")  # noqa: PT017


def test_weights_of_another_shape_and_settings_out_of_range_are_refused(
    library: NativeLibrary, tmp_path: Path
) -> None:
    config = settings("gru", "bahdanau", "fused", "plain")
    both(library, config, tmp_path, stored=False, int8=False)
    path = tmp_path / "model.safetensors"
    sizes = {"source_size": VOCAB, "target_size": VOCAB, "int8": False}
    for change, reason in (
        ({"hidden_size": 26}, "does not have the shape"),
        ({"encoder_layers": 2}, "lacks encoder.forward_cells.1"),
        ({"attention": "none"}, "does not have the shape|that config.yaml does not have"),
        ({"encoder_layers": 1000}, "out of range"),
    ):
        with pytest.raises(CheckpointError, match=reason):
            library.open(path, config.model_copy(update=change), **sizes)  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match=r"model\.cell=jordan needs PyTorch"):
        library.open(path, config.model_copy(update={"cell": "jordan"}), **sizes)  # type: ignore[arg-type]
    assert unsupported(config) == ""


def test_arguments_are_checked(library: NativeLibrary, tmp_path: Path) -> None:
    config = settings("gru", "bahdanau", "fused", "plain")
    _, native = both(library, config, tmp_path, stored=False, int8=False)
    for rows, search, reason in (
        ([[5, VOCAB]], rules(2, 1, 1.0), "not in the vocabulary"),
        ([[5, -1]], rules(2, 1, 1.0), "not in the vocabulary"),
        ([[]], rules(2, 1, 1.0), "empty"),
        ([[5, EOS]], rules(2, 3, 1.0), "out of range"),
        ([[5, EOS]], rules(0, 1, 1.0), "out of range"),
    ):
        with pytest.raises(ConfigError, match=reason):
            native.translate(rows, [5] * len(rows), search)
    assert native.translate([], [], rules(2, 1, 1.0)) == []


@pytest.mark.parametrize(
    ("demands", "reason"),
    [
        (Demands(prefixes=[[VOCAB]]), "the prefixes do not fit"),
        (Demands(prefixes=[[5], [5]]), "the prefixes do not fit"),
        (Demands(partial=[0]), "a partial word has no spelling"),
        (
            Demands(partial=[0], spellings=[{VOCAB: -1}]),
            "the spellings of partial words are damaged",
        ),
        (Demands(partial=[0], spellings=[{5: 1}]), "the spellings of partial words are damaged"),
        (Demands(terms=[[[]]]), "the terms do not fit"),
        (Demands(terms=[[[VOCAB]]]), "the terms do not fit"),
        (Demands(candidates=[[5, 6]]), "the candidates do not fit"),
        (Demands(candidates=[[6, 5, EOS]]), "the candidates do not fit"),
        (Demands(candidates=[[EOS], [EOS]]), "the candidates do not fit"),
        (Demands(candidates=[[EOS, VOCAB]]), "the candidates do not fit"),
    ],
)
def test_demands_are_checked(
    library: NativeLibrary, tmp_path: Path, demands: Demands, reason: str
) -> None:
    config = settings("gru", "bahdanau", "fused", "plain")
    _, native = both(library, config, tmp_path, stored=False, int8=False)
    with pytest.raises(ConfigError, match=reason):
        native.translate([[5, EOS]], [5], rules(2, 1, 1.0), demands)
    forbidden = replace(rules(2, 1, 1.0), forbidden=[[]])
    with pytest.raises(ConfigError, match="a forbidden phrase is empty"):
        native.translate([[5, EOS]], [5], forbidden)
