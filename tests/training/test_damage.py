"""A run whose files are damaged says so, and goes on from what is intact."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from seq2seq import average, quantize, train
from seq2seq.errors import CheckpointError
from seq2seq.model_directory.manifest import FileRecord, check_files, read_manifest, sealing
from seq2seq.model_directory.names import (
    CARD,
    METRICS,
    STATE,
    WEIGHTS,
    best_paths,
    checkpoint_paths,
)
from seq2seq.model_directory.seal_directory import check_directory, seal_directory
from tests.support.tiny_run import last_weights, metrics, tiny_config, write_text

OPTIONS = ["training.keep_last=3", "training.keep_best=2", "training.ema=0.9"]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with three checkpoints, the last one at its end."""
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("damage")
    write_text(folder)
    train(tiny_config(folder, *OPTIONS), output=folder / "run", cpu=True)
    return folder


@pytest.fixture
def run(place: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(place / "run", tmp_path / "run"))


def resume(place: Path, directory: Path) -> None:
    train(tiny_config(place, *OPTIONS), output=directory, resume=True, cpu=True)


def records(directory: Path) -> dict[str, FileRecord]:
    """Return what a run's manifest has on its files, but for the card, which has seconds."""
    found = read_manifest(directory)
    assert found is not None
    return {name: record for name, record in found.files.items() if name != CARD}


def flip(path: Path, byte: int = -1) -> None:
    content = bytearray(path.read_bytes())
    content[byte] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    "name",
    [
        "model.safetensors",
        "optimizer.safetensors",
        "average.safetensors",
        "state.json",
        "manifest.json",
    ],
)
def test_the_checkpoint_before_a_damaged_one_is_taken(
    place: Path, run: Path, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    _, before, latest = checkpoint_paths(run)
    flip(latest / name, 2 if name.endswith(".json") else -1)
    resume(place, run)
    said = [one.getMessage() for one in caplog.records if "continues from" in one.getMessage()]
    assert len(said) == 1
    assert said[0].startswith(f"{latest / name}: ")
    assert said[0].endswith(f"training continues from {before}")
    expected = last_weights(place / "run")
    found = last_weights(run)
    assert all(torch.equal(found[one], expected[one]) for one in expected)
    assert metrics(run) == metrics(place / "run")
    assert records(run) == records(place / "run")
    assert [path.name for path in checkpoint_paths(run)] == [
        "step-00000004",
        "step-00000008",
        "step-00000012",
    ]
    assert len(check_directory(run)) == 5


def test_without_an_intact_checkpoint_nothing_is_trained(place: Path, run: Path) -> None:
    for path in checkpoint_paths(run):
        flip(path / "optimizer.safetensors")
    newest = checkpoint_paths(run)[-1]
    with pytest.raises(CheckpointError, match=rf"^{newest}.*no intact checkpoint.*seal {newest}`$"):
        resume(place, run)
    assert len(checkpoint_paths(run)) == 3
    seal_directory(newest)
    assert check_files(newest) == []


def test_damaged_weights_of_a_run_name_their_copy(place: Path, run: Path) -> None:
    flip(run / WEIGHTS)
    with pytest.raises(CheckpointError, match=rf"of which {run / 'best'}/step-\d+.safetensors is"):
        resume(place, run)
    copies = [path for path in best_paths(run) if path.name in str(best_error(place, run))]
    shutil.copyfile(copies[0], run / WEIGHTS)
    resume(place, run)


def best_error(place: Path, run: Path) -> CheckpointError:
    with pytest.raises(CheckpointError) as caught:
        resume(place, run)
    return caught.value


def test_a_kill_while_the_state_of_a_checkpoint_is_replaced_leaves_no_trace(
    place: Path, run: Path
) -> None:
    latest = checkpoint_paths(run)[-1]
    before = read_manifest(latest)
    replacing = sealing(latest, STATE)
    replacing.__enter__()  # and never left
    assert read_manifest(latest) != before
    resume(place, run)
    assert read_manifest(latest) == before


def test_damaged_metrics_are_noted(
    place: Path, run: Path, caplog: pytest.LogCaptureFixture
) -> None:
    flip(run / METRICS, 10)
    resume(place, run)
    assert [one for one in caplog.records if f"{run / METRICS}: damaged" in one.getMessage()]


def test_commands_that_copy_weights_refuse_damaged_ones(run: Path, tmp_path: Path) -> None:
    flip(checkpoint_paths(run)[0] / WEIGHTS)
    flip(best_paths(run)[0])
    for best in (False, True):
        with pytest.raises(CheckpointError, match=r"step-.*: damaged"):
            average(run, output=tmp_path / "mean", best=best)
    flip(run / "tokenizer" / "tokenizer.json", 40)
    for write in (average, quantize):
        with pytest.raises(CheckpointError, match=r"tokenizer\.json: damaged"):
            write(run, output=tmp_path / "copy")
    assert not (tmp_path / "mean").exists()
    assert not (tmp_path / "copy").exists()


def test_a_run_of_an_earlier_version_goes_on(place: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    shutil.copytree(place / "run", run, ignore=shutil.ignore_patterns("manifest.json"))
    shutil.rmtree(checkpoint_paths(run)[-1])
    resume(place, run)
    expected = load_file(str(place / "run" / WEIGHTS))
    found = load_file(str(run / WEIGHTS))
    assert all(torch.equal(found[one], expected[one]) for one in expected)
    assert records(run) == records(place / "run")
