"""Training from another model, moving averages, and averages of several weights."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import safetensors.torch
import torch
from torch import nn

from seq2seq.errors import CheckpointError, ConfigError, DataError, TrainingError
from seq2seq.model_directory import shipped_models
from seq2seq.model_directory.average import average
from seq2seq.model_directory.description import load_config
from seq2seq.model_directory.quantize import quantize
from seq2seq.model_directory.store import load_model
from seq2seq.training.moving_average import MovingAverage
from seq2seq.training.run import train
from tests.support.tiny_run import tiny_config, write_text

LAST = "checkpoints/step-{:08d}/{}.safetensors"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("start")
    write_text(folder)
    run(folder, "base", "training.keep_last=3", "training.keep_best=3")
    return folder


def run(place: Path, name: str, *overrides: str) -> Path:
    train(
        tiny_config(place, "training.schedule=constant", *overrides), output=place / name, cpu=True
    )
    return place / name


def tensors(run: Path, step: int, kind: str = "model") -> dict[str, torch.Tensor]:
    return safetensors.torch.load_file(run / LAST.format(step, kind))


def rates(run: Path) -> dict[int, float]:
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    return {line["step"]: line["learning_rate"] for line in lines if "learning_rate" in line}


def test_continuing_keeps_the_optimizer_the_step_and_the_schedule(place: Path) -> None:
    schedule = ["training.schedule=inverse-sqrt", "training.learning_rate=0.02"]
    base = run(place, "decaying", *schedule)
    on = run(
        place,
        "on",
        *schedule,
        "training.max_steps=20",
        f"training.init_from={base}",
        "training.init=continue",
    )
    assert min(rates(on)) > 12
    longer = run(place, "longer", *schedule, "training.max_steps=20")
    assert rates(on) == pytest.approx(
        {step: rate for step, rate in rates(longer).items() if step > 12}
    )
    steps = {
        name: value
        for name, value in tensors(on, 20, "optimizer").items()
        if name.endswith(".step")
    }
    assert steps
    assert all(float(value) == 20 for value in steps.values())


@pytest.mark.parametrize(("init", "count"), [("new-rate", 12 + 8), ("fresh", 8)])
def test_the_given_learning_rate_is_used(place: Path, init: str, count: int) -> None:
    options = [
        f"training.init_from={place / 'base'}",
        f"training.init={init}",
        "training.max_steps=8",
    ]
    on = run(place, init, *options, "training.learning_rate=0.0007", "training.warmup_steps=0")
    assert set(rates(on).values()) == {0.0007}
    steps = [value for name, value in tensors(on, 8, "optimizer").items() if name.endswith(".step")]
    assert {float(value) for value in steps} == {count}


@pytest.mark.parametrize("init", ["continue", "new-rate", "fresh"])
def test_the_weights_the_tokenizer_and_the_network_are_those_of_the_model(
    place: Path, init: str
) -> None:
    options = [
        f"training.init_from={place / 'base'}",
        f"training.init={init}",
        "training.max_steps=13",
    ]
    on = run(
        place,
        f"same-{init}",
        *options,
        "training.learning_rate=1e-30",
        "model.dropout=0",
        "training.clip_norm=1e9",
    )
    theirs = place / "base" / ("model.safetensors" if init == "fresh" else LAST.format(12, "model"))
    expected = safetensors.torch.load_file(theirs)
    found = tensors(on, 13)
    assert all(torch.allclose(expected[name], value) for name, value in found.items())
    assert (
        load_model(on).tokenizers.fingerprint()
        == load_model(place / "base").tokenizers.fingerprint()
    )
    config = load_config(on)
    assert config.model.hidden_size == load_config(place / "base").model.hidden_size
    assert config.model.dropout == 0


def test_a_model_with_char_ngrams_can_be_continued_and_averaged(
    place: Path,
) -> None:
    pieces = ["tokenizer.type=bpe", "tokenizer.vocab_size=290", "tokenizer.joint=true"]
    base = run(place, "spelt", "model.char_ngrams=true", "training.keep_last=2", *pieces)
    options = ["training.max_steps=5", "training.learning_rate=1e-30", "model.dropout=0"]
    on = run(
        place, "spelt-on", f"training.init_from={base}", "training.init=fresh", *options, *pieces
    )
    expected = load_model(base).model.state_dict()
    for name, value in load_model(on).model.state_dict().items():
        torch.testing.assert_close(value, expected[name], atol=1e-6, rtol=0)
    steps = [int(file.parent.name[-8:]) for file in average(base, output=place / "spelt-mean")]
    means = [
        sum(weights) / 2
        for weights in zip(*(tensors(base, step).values() for step in steps), strict=True)
    ]
    for mean, value in zip(means, tensors(base, steps[0]).keys(), strict=True):
        torch.testing.assert_close(load_model(place / "spelt-mean").model.state_dict()[value], mean)


def test_a_model_that_cannot_be_started_from_is_refused(place: Path) -> None:
    start = f"training.init_from={place / 'base'}"
    with pytest.raises(ConfigError, match=r"base has a different model\.hidden_size: leave out"):
        run(place, "x1", start, "model.hidden_size=18")
    with pytest.raises(TrainingError, match="has already reached step 12"):
        run(place, "x2", start, "training.init=continue")
    with pytest.raises(CheckpointError, match=r"no such model directory|missing"):
        run(place, "x3", f"training.init_from={place / 'nothing'}")
    mean = place / "mean-alone"
    average(place / "base", output=mean)
    with pytest.raises(CheckpointError, match=r"has no checkpoints.*training\.init=fresh"):
        run(place, "x4", f"training.init_from={mean}", "training.init=new-rate")


def test_a_resumed_run_continues_from_its_own_checkpoint(place: Path) -> None:
    options = [f"training.init_from={place / 'base'}", "training.init=fresh"]
    whole = run(place, "whole", *options, "training.max_steps=16")
    run(place, "part", *options, "training.max_steps=8")
    config = tiny_config(place, "training.schedule=constant", *options, "training.max_steps=16")
    train(config, output=place / "part", resume=True, cpu=True)
    expected = tensors(whole, 16)
    found = tensors(place / "part", 16)
    assert all(torch.equal(expected[name], value) for name, value in found.items())


def test_the_moving_average_follows_the_formula_and_is_applied_only_in_its_context() -> None:
    model = nn.Linear(3, 2)
    moving = MovingAverage(model, 0.9)
    expected = model.weight.detach().clone()
    for step in range(1, 40):
        with torch.no_grad():
            model.weight.add_(torch.randn(2, 3))
        moving.update(step)
        decay = min(0.9, (1 + step) / (10 + step))
        expected = decay * expected + (1 - decay) * model.weight.detach()
    own = model.weight.detach().clone()
    with moving.applied():
        assert torch.allclose(model.weight, expected, atol=1e-5)
        with pytest.raises(ValueError, match="another model"):
            MovingAverage(nn.Linear(2, 2), 0.9).restore(moving.tensors())
    assert torch.equal(model.weight, own)


def test_the_moving_average_is_scored_and_saved(place: Path) -> None:
    on = run(place, "ema", "training.ema=0.8", "training.keep_best=9", "training.validate_every=12")
    kept = safetensors.torch.load_file(on / "model.safetensors")
    last = tensors(on, 12)
    averages = list(tensors(on, 12, "average").values())
    assert not all(torch.equal(kept[name], value) for name, value in last.items())
    assert all(
        any(value.shape == one.shape and torch.equal(value, one) for one in averages)
        for value in kept.values()
    )


@pytest.mark.parametrize("best", [False, True])
def test_the_mean_of_several_weights_is_a_model(place: Path, best: bool) -> None:
    files = average(place / "base", output=place / f"mean-{best}", best=best)
    assert len(files) == 3
    parts = [safetensors.torch.load_file(file) for file in files]
    mean = safetensors.torch.load_file(place / f"mean-{best}" / "model.safetensors")
    for name, value in mean.items():
        assert torch.allclose(
            value, sum(part[name].double() for part in parts).float() / 3, atol=1e-7
        )
    load_model(place / f"mean-{best}")
    assert average(place / "base", output=place / f"two-{best}", best=best, count=2) == files[-2:]


def test_a_mean_of_too_few_weights_or_over_an_existing_directory_is_refused(place: Path) -> None:
    with pytest.raises(CheckpointError, match=r"has kept 3 of the 4 weights.*training\.keep_last"):
        average(place / "base", output=place / "four", count=4)
    with pytest.raises(CheckpointError, match="is not empty"):
        average(place / "base", output=place / "base")
    with pytest.raises(CheckpointError, match="no such run directory"):
        average(place / "none", output=place / "five")


def test_embeddings_start_from_the_given_word_vectors(place: Path) -> None:
    words = ["uno", "rojo", "perro"]
    rows = torch.randn(3, 8)
    lines = [
        " ".join([word, *map(str, row)]) for word, row in zip(words, rows.tolist(), strict=True)
    ]
    (place / "vectors.txt").write_text("\n".join(lines) + "\n")
    options = ["training.max_steps=1", "training.learning_rate=1e-30", "model.weight_tying=none"]
    on = run(place, "vectors", *options, f"training.source_vectors={place / 'vectors.txt'}")
    loaded = load_model(on)
    [ids] = loaded.tokenizers.source.encode([" ".join(words)])
    expected = rows / rows.norm(dim=1).mean()
    assert torch.allclose(loaded.model.encoder.embedding.weight[ids], expected, atol=1e-4)
    with pytest.raises(DataError, match=r"vectors\.txt: has none of the"):
        run(place, "none", *options, f"training.target_vectors={place / 'vectors.txt'}")


def shipped_base(place: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make the model of a run the shipped model es-en, with a card that names a license."""
    base = place / "shipped" / "es-en"
    if not base.exists():
        quantize(place / "base", output=base)
    (base / "README.md").write_text(
        "# Spanish to English\n\n## Training data\n\nSentences of a corpus, CC BY 2.0.\n\n"
        "## Scores\n\n57 BLEU.\n\n## Started from older\n\n> ## Training data\n>\n> GPL-2 text.\n"
    )
    monkeypatch.setattr(shipped_models, "SHIPPED", place / "shipped")
    return base


def test_a_shipped_model_is_started_from_by_its_name(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = shipped_base(place, monkeypatch)
    short = ["training.max_steps=1", "training.learning_rate=1e-30", "model.dropout=0"]
    named = run(place, "named", "training.init_from=es-en", *short)
    assert load_config(named).training.init_from == "es-en"
    expected = load_model(base).model.state_dict()
    found = tensors(named, 1)
    assert all(torch.allclose(expected[name], value) for name, value in found.items())


def test_the_card_keeps_the_sources_and_licenses_of_the_model_it_started_from(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped_base(place, monkeypatch)
    adapted = run(place, "adapted", "training.init_from=es-en", "training.keep_last=2")
    card = (adapted / "README.md").read_text()
    assert "## Started from es-en" in card
    assert "> Sentences of a corpus, CC BY 2.0." in card
    assert "> > GPL-2 text." in card
    assert "57 BLEU" not in card
    monkeypatch.setattr(shipped_models, "SHIPPED", place / "absent")
    resumed = tiny_config(
        place,
        "training.schedule=constant",
        "training.init_from=es-en",
        "training.keep_last=2",
        "training.max_steps=20",
        "training.validate_every=1",
    )
    train(resumed, output=adapted, resume=True, cpu=True)
    assert "> Sentences of a corpus, CC BY 2.0." in (adapted / "README.md").read_text()
    average(adapted, output=place / "adapted-mean")
    assert "> > GPL-2 text." in (place / "adapted-mean" / "README.md").read_text()
    again = run(place, "again", f"training.init_from={adapted}")
    card = (again / "README.md").read_text()
    assert f"> ## Training data\n>\n> {place / 'train.tsv'}\n" in card
    assert "> > Sentences of a corpus, CC BY 2.0." in card


def test_the_initial_weights_are_validated_and_kept_if_none_are_better(place: Path) -> None:
    options = [f"training.init_from={place / 'base'}", "training.validate_first=true"]
    on = run(place, "validated", *options, "training.learning_rate=10", "training.clip_norm=.inf")
    lines = [json.loads(line) for line in (on / "metrics.jsonl").read_text().splitlines()]
    scores = {line["step"]: line["dev_bleu"] for line in lines if "dev_bleu" in line}
    assert list(scores) == [0, 5, 10, 12]
    assert scores[0] > max(scores[5], scores[10], scores[12])
    expected = load_model(place / "base").model.state_dict()
    found = load_model(on).model.state_dict()
    assert all(torch.equal(expected[name], value) for name, value in found.items())
