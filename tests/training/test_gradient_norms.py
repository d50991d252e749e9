"""Gradient norms by layer: names, shared weights and the norm of the whole gradient."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
import torch

import seq2seq.training.run  # noqa: F401  # the registries
from seq2seq.config.settings import ModelConfig
from seq2seq.models.model import Seq2SeqModel, build_model
from seq2seq.training.gradient_norms import norms_by_layer
from seq2seq.training.run import train
from tests.support import tiny_run as tiny

DEEP = ["model.encoder_layers=2", "model.decoder_layers=2", "model.transition_depth=2"]
KINDS = {
    "plain": [],
    "deep, normalised": [*DEEP, "model.weight_norm=true"],
    "tied": ["tokenizer.joint=true", "model.weight_tying=three-way"],
    "no attention": [
        "model.attention=none",
        "model.bidirectional=false",
        "model.weight_tying=none",
    ],
    "clipped, accumulated": ["training.clip_norm=0.01", "training.accumulate=2"],
}


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.mark.parametrize("kind", KINDS)
def test_layer_norms_combine_to_the_norm_of_the_whole_gradient(tmp_path: Path, kind: str) -> None:
    tiny.write_text(tmp_path)
    options = [*KINDS[kind], "training.log_every=1", "training.max_steps=4"]
    train(tiny.tiny_config(tmp_path, *options), output=tmp_path / "run", cpu=True)
    lines = [line for line in tiny.metrics(tmp_path / "run") if "gradient_norm" in line]
    assert len(lines) == 4
    for line in lines:
        layers = [value for name, value in line.items() if name.startswith("gradient_norm/")]
        assert len(layers) > 4
        assert math.hypot(*layers) == pytest.approx(line["gradient_norm"], rel=1e-5)


def model(**settings: object) -> Seq2SeqModel:
    return build_model(ModelConfig(embedding_size=4, hidden_size=6, **settings), 11, 11)  # type: ignore[arg-type]


def with_gradients(network: Seq2SeqModel) -> Seq2SeqModel:
    for weight in network.parameters():
        weight.grad = torch.ones_like(weight)
    return network


def test_layers_are_named_after_their_place_in_the_model() -> None:
    apart = with_gradients(model(weight_tying="none", encoder_layers=2, decoder_layers=2))
    assert [*norms_by_layer(apart)] == [
        "encoder.embedding",
        "encoder.forward_cells.0",
        "encoder.forward_cells.1",
        "encoder.backward_cells.0",
        "encoder.backward_cells.1",
        "decoder.embedding",
        "decoder.attention",
        "decoder.cells.0",
        "decoder.cells.1",
        "decoder.bridge",
        "decoder.readout",
        "output",
    ]
    for name, norm in norms_by_layer(apart).items():
        assert norm == pytest.approx(
            sum(weight.numel() for weight in apart.get_submodule(name).parameters()) ** 0.5
        )


def test_layers_that_share_a_weight_count_once_under_all_their_names() -> None:
    two, three = (
        norms_by_layer(with_gradients(model(weight_tying=tying)))
        for tying in ("two-way", "three-way")
    )
    assert {"encoder.embedding", "embedding+output"} <= two.keys()
    assert "embedding+output" in three
    assert not {"encoder.embedding", "decoder.embedding", "output"} & three.keys()
    assert three["embedding+output"] == pytest.approx((11 * 4 + 11) ** 0.5)


def test_a_layer_without_a_gradient_has_no_norm() -> None:
    network = model(weight_tying="none")
    assert norms_by_layer(network) == {}
    network.output.bias.grad = torch.full((11,), 2.0)
    assert norms_by_layer(network) == {"output": pytest.approx(2 * 11**0.5)}


def test_layer_norms_are_left_out_when_a_gradient_scaler_skips_the_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Figures that are not finite would not be JSON."""
    from seq2seq.training.trainer import Trainer

    clip = Trainer._clip

    def overflowing(self: Trainer, step: int) -> float:
        if step == 2:
            self.model.get_parameter("output.bias").grad[0] = float("inf")  # type: ignore[index]
        return clip(self, step)

    monkeypatch.setattr(Trainer, "_clip", overflowing)
    monkeypatch.setattr(Trainer, "_check_finite", lambda *_: None)
    tiny.write_text(tmp_path)
    options = ["training.log_every=1", "training.max_steps=2", "training.validate_every=9"]
    monkeypatch.setattr(Trainer, "_finish", lambda _: None)
    train(tiny.tiny_config(tmp_path, *options), output=tmp_path / "run", cpu=True)

    def refuse(name: str) -> None:
        raise AssertionError(name)

    text = (tmp_path / "run" / "metrics.jsonl").read_text()
    first, second = (json.loads(line, parse_constant=refuse) for line in text.splitlines())
    assert any(name.startswith("gradient_norm/") for name in first)
    assert not any(name.startswith("gradient_norm/") for name in second)
