"""Weights of another model of the same shape are refused; those of the same model are not."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch

from seq2seq.config.config import Config
from seq2seq.errors import CheckpointError
from seq2seq.model_directory.average import average
from seq2seq.model_directory.identity import check_identity
from seq2seq.model_directory.names import CONFIG, MANIFEST, WEIGHTS, best_paths, checkpoint_paths
from seq2seq.model_directory.quantize import quantize
from seq2seq.model_directory.store import load_model, load_tensors, save_tensors, save_weights
from seq2seq.runtime.saved_file import read_tensor_header
from seq2seq.training.run import train
from tests.support.tiny_run import tiny_config, write_text

OPTIONS = [
    "tokenizer.joint=true",
    "training.max_steps=2",
    "training.checkpoint_every=1",
    "training.keep_last=2",
]
BACK = ["data.source=1", "data.target=0"]
NAMED = ["data.source_language=Spanish", "data.target_language=English"]
NAMED_BACK = ["data.source_language=English", "data.target_language=Spanish"]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Models whose weights have one shape: of each pair of names, one translates back."""
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("identity")
    write_text(folder)
    for name, options in {
        "there": [],
        "back": BACK,
        "named": NAMED,
        "named-back": [*NAMED_BACK, *BACK],
        "scaled": ["model.scale_embeddings=true"],
        "regularised": ["model.dropout=0.3", "model.word_dropout=0.1", "model.forget_bias=2"],
    }.items():
        train(tiny_config(folder, *OPTIONS, *options), output=folder / name, cpu=True)
    return folder


def unsealed(model: Path, copy: Path) -> Path:
    """A copy of a model without manifests, as versions before them wrote it."""
    shutil.copytree(model, copy, ignore=shutil.ignore_patterns(MANIFEST))
    return copy


def put(place: Path, weights: Path, model: str, folder: Path) -> Path:
    """A copy of a model with weights of another, and without manifests."""
    directory = unsealed(place / model, folder / "mixed")
    shutil.copyfile(weights, directory / WEIGHTS)
    return directory


@pytest.mark.parametrize(
    ("theirs", "ours", "said"),
    [
        ("back", "there", "data.source is 1 there, null in config.yaml"),
        ("there", "back", "data.target is null there, 0 in config.yaml"),
        ("named-back", "named", 'data.source_language is "English" there, "Spanish"'),
        ("there", "named-back", "data.source is null there, 1"),
        ("scaled", "there", "model.scale_embeddings is true there, false"),
        ("regularised", "back", "data.source is null there"),
    ],
)
def test_weights_of_another_model_are_refused(
    place: Path, tmp_path: Path, theirs: str, ours: str, said: str
) -> None:
    directory = put(place, place / theirs / WEIGHTS, ours, tmp_path)
    with pytest.raises(CheckpointError) as caught:
        load_model(directory)
    message = str(caught.value)
    assert message.startswith(f"{directory / WEIGHTS}: holds the weights of another model (")
    assert said in message
    assert "\n" not in message


def test_weights_for_other_tokenizers_are_refused(place: Path, tmp_path: Path) -> None:
    directory = put(place, place / "there" / WEIGHTS, "there", tmp_path)
    metadata = read_tensor_header(directory / WEIGHTS).metadata
    content = json.loads(metadata["seq2seq"])
    content["tokenizers"] = "0" * 16
    changed = {"seq2seq": json.dumps(content)}
    save_tensors(load_tensors(directory / WEIGHTS), directory / WEIGHTS, metadata=changed)
    with pytest.raises(CheckpointError, match=r"another model \(it has other tokenizers\)"):
        load_model(directory)


@pytest.mark.parametrize(
    ("theirs", "ours"), [("there", "named"), ("regularised", "there"), ("named", "there")]
)
def test_what_does_not_change_the_function_may_differ(
    place: Path, tmp_path: Path, theirs: str, ours: str
) -> None:
    load_model(put(place, place / theirs / WEIGHTS, ours, tmp_path))


def test_other_weights_of_the_same_run_may_be_put_in_place(place: Path, tmp_path: Path) -> None:
    for number, file in enumerate(
        [*best_paths(place / "there"), checkpoint_paths(place / "there")[0] / WEIGHTS]
    ):
        load_model(put(place, file, "there", tmp_path / str(number)))


def test_weights_without_metadata_are_accepted(place: Path, tmp_path: Path) -> None:
    directory = put(place, place / "back" / WEIGHTS, "there", tmp_path)
    save_tensors(load_tensors(directory / WEIGHTS), directory / WEIGHTS)
    model = load_model(directory).model
    save_weights(model, directory / WEIGHTS)
    assert (
        read_tensor_header(directory / WEIGHTS).metadata
        == read_tensor_header(place / "there" / WEIGHTS).metadata
    )


def test_quantized_and_averaged_weights_are_those_of_the_same_model(
    place: Path, tmp_path: Path
) -> None:
    expected = read_tensor_header(place / "there" / WEIGHTS).metadata
    assert expected
    quantize(place / "there", output=tmp_path / "quantized")
    average(place / "there", output=tmp_path / "mean")
    for name in ("quantized", "mean"):
        load_model(tmp_path / name)
        assert read_tensor_header(tmp_path / name / WEIGHTS).metadata == expected


def test_the_mean_of_weights_of_two_models_is_refused(place: Path, tmp_path: Path) -> None:
    run = unsealed(place / "there", tmp_path / "run")
    file = checkpoint_paths(run)[0] / WEIGHTS
    shutil.copyfile(place / "back" / WEIGHTS, file)
    with pytest.raises(
        CheckpointError, match=r"step-.*safetensors: holds the weights of another model"
    ):
        average(run, output=tmp_path / "mean")
    assert not (tmp_path / "mean").exists()


def test_a_run_is_not_resumed_from_weights_of_another_model(place: Path, tmp_path: Path) -> None:
    run = unsealed(place / "there", tmp_path / "run")
    file = checkpoint_paths(run)[-1] / WEIGHTS
    shutil.copyfile(place / "back" / WEIGHTS, file)
    config = tiny_config(place, *OPTIONS, "training.max_steps=4")
    with pytest.raises(
        CheckpointError, match=r"step-.*safetensors: holds the weights of another model"
    ):
        train(config, output=run, resume=True, cpu=True)


@pytest.mark.parametrize("init", ["fresh", "new-rate"])
def test_a_training_starts_from_weights_of_the_model_named_only(
    place: Path, tmp_path: Path, init: str
) -> None:
    """The text of the new run may have other columns, and be of another direction."""
    start = unsealed(place / "there", tmp_path / "start")
    options = [*OPTIONS, f"training.init_from={start}", f"training.init={init}", *BACK]
    train(tiny_config(place, *options), output=tmp_path / "run", cpu=True)
    found = json.loads(read_tensor_header(tmp_path / "run" / WEIGHTS).metadata["seq2seq"])
    assert found["data"]["source"] == 1
    for file in (start / WEIGHTS, checkpoint_paths(start)[-1] / WEIGHTS):
        shutil.copyfile(place / "back" / WEIGHTS, file)
    with pytest.raises(CheckpointError, match=r"start.*: holds the weights of another model"):
        train(tiny_config(place, *options), output=tmp_path / "refused", cpu=True)


def test_settings_that_one_side_lacks_are_not_compared(place: Path) -> None:
    found = read_tensor_header(place / "there" / WEIGHTS).metadata
    content = json.loads(found["seq2seq"])
    content["model"] = {"cell": content["model"]["cell"], "of_tomorrow": 1}
    check_identity({"seq2seq": json.dumps(content)}, found, Path("w"))
    check_identity(found, {"seq2seq": json.dumps({**content, "data": {}})}, Path("w"))


@pytest.mark.parametrize(
    "content", ["", "null", "[]", "{}", "[" * 100_000, '{"tokenizers": 1, "model": 2, "data": 3}']
)
def test_damaged_metadata_is_one_line(place: Path, content: str) -> None:
    expected: Mapping[str, Any] = read_tensor_header(place / "there" / WEIGHTS).metadata
    with pytest.raises(CheckpointError, match=r"^w: damaged: its metadata cannot be read$"):
        check_identity({"seq2seq": content}, expected, Path("w"))


def test_a_configuration_can_be_edited_where_it_does_not_change_the_model(
    place: Path, tmp_path: Path
) -> None:
    directory = unsealed(place / "named", tmp_path / "edited")
    config = load_model(directory).config
    data = config.data.model_copy(update={"train": "x.csv", "dev": "y.csv", "source": "from"})
    edited: Config = config.model_copy(update={"data": data})
    (directory / CONFIG).write_text(edited.to_yaml(), encoding="utf-8")
    load_model(directory)
