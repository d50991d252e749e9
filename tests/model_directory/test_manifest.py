"""Every change of a file is noticed, but for those that are allowed."""

from __future__ import annotations

import json
import logging
import os
import shutil
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner

from seq2seq import Translator, push_to_hub
from seq2seq.cli.app import app
from seq2seq.errors import CheckpointError
from seq2seq.model_directory import manifest, verify
from seq2seq.model_directory.description import describe
from seq2seq.model_directory.manifest import check_files, read_manifest, seal, sealing
from seq2seq.model_directory.names import CARD, CONFIDENCE, CONFIG, MANIFEST, SHORTLIST, WEIGHTS
from seq2seq.model_directory.shipped_models import SHIPPED
from seq2seq.model_directory.store import load_model, load_tensors, save_tensors
from seq2seq.model_directory.verify import verify_model
from tests.support.tiny_model import save_tiny_model

FILES = (CONFIG, WEIGHTS, CARD, "tokenizer/source.model", "tokenizer/tokenizer.json")


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two models with manifests."""
    place = tmp_path_factory.mktemp("models")
    for seed, name in enumerate(("one", "other")):
        save_tiny_model(place / name, seed + 1)
        (place / name / CARD).write_text(f"# Model {name}\n", encoding="utf-8")
        seal(place / name)
    return place


@pytest.fixture
def model(models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of a model, in a place where nothing is remembered."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return Path(shutil.copytree(models / "one", tmp_path / "model"))


def flip(path: Path, byte: int = -1) -> None:
    """Change one bit, and leave the size and the time as they are."""
    times = path.stat()
    content = bytearray(path.read_bytes())
    content[byte] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


@pytest.mark.parametrize("name", [name for name in FILES if name != CARD])
@pytest.mark.parametrize("change", ["bit", "cut", "empty", "delete", "exchange"])
def test_damage_names_the_file_and_says_what_to_do(
    models: Path, model: Path, name: str, change: str
) -> None:
    path = model / name
    if change == "bit":
        flip(path, 5)
    elif change == "cut":
        path.write_bytes(path.read_bytes()[:-9])
    elif change == "empty":
        path.write_bytes(b"")
    elif change == "delete":
        path.unlink()
    elif (models / "other" / name).read_bytes() == path.read_bytes():
        return
    else:
        shutil.copyfile(models / "other" / name, path)
    with pytest.raises(CheckpointError) as caught:
        Translator.from_pretrained(model)
    message = str(caught.value)
    assert message.startswith(f"{path}: damaged: ")
    assert message.endswith(f"if you changed it on purpose, run `seq2seq seal {model}`")
    assert "\n" not in message


@pytest.mark.parametrize("name", [SHORTLIST, CONFIDENCE])
def test_a_file_that_the_model_did_not_have_is_refused(model: Path, name: str) -> None:
    shutil.copyfile(SHIPPED / "es-en" / CONFIDENCE, model / name)
    with pytest.raises(CheckpointError, match=rf"{name}: is not listed in manifest\.json"):
        describe(model)


def test_a_model_may_be_called_best(model: Path) -> None:
    best = Path(shutil.copytree(model, model.parent / "best"))
    assert seal(best) == read_manifest(model)


def test_files_of_the_user_are_no_concern_of_it(model: Path) -> None:
    (model / "notes.txt").write_text("mine", encoding="utf-8")
    (model / "tokenizer" / "notes.txt").write_text("mine", encoding="utf-8")
    assert "notes.txt" not in seal(model).files
    describe(model, verify=True)


def test_a_manifest_that_is_damaged_is_refused(model: Path) -> None:
    whole = (model / MANIFEST).read_text(encoding="utf-8")
    for place in range(0, len(whole), 7):
        (model / MANIFEST).write_text(whole[:place], encoding="utf-8")
        with pytest.raises(CheckpointError, match=MANIFEST):
            describe(model)
    for content in ('{"format": 2}', '{"format": 1, "files": {"a": 1}}'):
        (model / MANIFEST).write_text(content, encoding="utf-8")
        with pytest.raises(CheckpointError, match=MANIFEST):
            describe(model)


def test_a_model_without_a_manifest_loads(model: Path, caplog: pytest.LogCaptureFixture) -> None:
    (model / MANIFEST).unlink()
    flip(model / CARD)
    describe(model, verify=True)
    assert not caplog.records


def test_edited_decoding_settings_are_accepted_with_a_line(
    model: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = model / CONFIG
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("  beam: 4\n", "  # wider\n  beam: 7\n"), encoding="utf-8")
    for _ in range(2):  # not remembered as a model without an edit
        caplog.clear()
        assert describe(model).config.decoding.beam == 7
        [record] = caplog.records
        assert record.levelno == logging.WARNING
        assert record.getMessage().startswith(f"{path}: its section decoding was edited by hand")
    path.write_text(text.replace("dropout: 0.0", "dropout: 0.1"), encoding="utf-8")
    with pytest.raises(CheckpointError, match=rf"{CONFIG}: damaged"):
        describe(model)


def test_an_edited_card_is_noted_only_on_request(
    model: Path, caplog: pytest.LogCaptureFixture
) -> None:
    flip(model / CARD, 2)
    describe(model)
    assert not caplog.records
    describe(model, verify=True)
    assert [record.getMessage().split(": ")[0] for record in caplog.records] == [str(model / CARD)]


def test_a_model_is_read_only_once_unless_asked_for(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verify, "_SETTLED", 0.0)
    read: list[Path] = []
    whole = manifest._sha256
    monkeypatch.setattr(manifest, "_sha256", lambda path: read.append(path) or whole(path))
    verify_model(model)
    first = len(read)
    assert first == len(read_manifest(model).files) - 1  # type: ignore[union-attr]
    verify_model(model)
    assert len(read) == first
    verify_model(model, thorough=True)
    assert len(read) == 2 * first + 1
    flip(model / WEIGHTS)
    with pytest.raises(CheckpointError):
        verify_model(model)


@pytest.mark.parametrize("cache", ["a file", "a folder instead", "garbage", "a number"])
def test_a_cache_that_cannot_be_used_is_no_concern(
    model: Path, cache: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verify, "_SETTLED", 0.0)
    path = verify._cache_file()
    if cache == "a file":
        path.parent.parent.write_bytes(b"")
    else:
        path.parent.mkdir(parents=True)
        if cache == "a folder instead":
            path.mkdir()
        else:
            path.write_text("7" if cache == "a number" else "{", encoding="utf-8")
    for _ in range(2):
        verify_model(model)


def test_only_the_latest_directories_are_remembered(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verify, "MAX_REMEMBERED", 3)
    for number in range(5):
        verify._remember(model / str(number), "stamp")
    kept = json.loads(verify._cache_file().read_bytes())
    assert [Path(name).name for name in kept] == ["2", "3", "4"]
    assert [path.name for path in verify._cache_file().parent.iterdir()] == ["verified.json"]


def test_what_is_not_replaced_keeps_its_record(model: Path) -> None:
    before = read_manifest(model)
    assert before is not None
    flip(model / WEIGHTS)
    with sealing(model, CARD):
        (model / CARD).write_text("new", encoding="utf-8")
    after = read_manifest(model)
    assert after is not None
    assert after.files[CARD].size == 3
    assert {**after.files, CARD: 0} == {**before.files, CARD: 0}
    with pytest.raises(CheckpointError, match=rf"{WEIGHTS}: damaged"):
        check_files(model)


def test_a_kill_while_files_are_replaced_leaves_a_model_that_loads(model: Path) -> None:
    replacing = sealing(model, CARD)
    replacing.__enter__()  # and never left
    (model / CARD).write_text("new", encoding="utf-8")
    assert read_manifest(model).writing == (CARD,)  # type: ignore[union-attr]
    describe(model, verify=True)
    flip(model / WEIGHTS)
    with pytest.raises(CheckpointError, match=rf"{WEIGHTS}: damaged"):
        describe(model)
    flip(model / WEIGHTS)
    with sealing(model, CONFIG):
        pass
    assert read_manifest(model) == seal(model)


def test_a_special_file_is_not_opened(model: Path) -> None:
    (model / WEIGHTS).unlink()
    os.mkfifo(model / WEIGHTS)
    with pytest.raises(CheckpointError, match="is a device or a pipe, where a file is needed"):
        describe(model)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_not_finite_are_refused(model: Path, value: float) -> None:
    tensors = load_tensors(model / WEIGHTS)
    name = min(tensors)
    tensors[name].view(-1)[0] = value
    save_tensors(tensors, model / WEIGHTS)
    seal(model)
    said = rf"^{model / WEIGHTS}: {name} has a value that is not a finite number$"
    with pytest.raises(CheckpointError, match=said):
        load_model(model)
    with pytest.raises(CheckpointError, match=said):
        Translator.from_pretrained(model, engine="torch")


@pytest.mark.parametrize("dtype", [torch.int32, torch.bool, torch.uint8, torch.int16])
def test_weights_of_other_types_are_refused(model: Path, dtype: torch.dtype) -> None:
    tensors = load_tensors(model / WEIGHTS)
    name = min(tensors)
    save_tensors({**tensors, name: tensors[name].to(dtype)}, model / WEIGHTS)
    seal(model)
    for engine in ("torch", "native"):
        with pytest.raises(CheckpointError, match="holds a tensor of type"):
            Translator.from_pretrained(model, engine=engine)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.bfloat16])
def test_weights_of_floating_point_types_load(model: Path, dtype: torch.dtype) -> None:
    tensors = {name: value.to(dtype) for name, value in load_tensors(model / WEIGHTS).items()}
    save_tensors(tensors, model / WEIGHTS)
    seal(model)
    loaded = load_model(model).model.state_dict()
    assert all(torch.equal(loaded[name], value.float()) for name, value in tensors.items())


def test_the_command_seals_and_checks(model: Path) -> None:
    runner = CliRunner()
    flip(model / WEIGHTS)
    refused = runner.invoke(app, ["seal", "--check", str(model)])
    assert isinstance(refused.exception, CheckpointError)
    done = runner.invoke(app, ["seal", str(model)])
    assert done.stdout.startswith(f"sealed {model}: README.md, config.yaml, model.safetensors")
    assert (
        f"{model}: 6 files are intact" in runner.invoke(app, ["seal", "--check", str(model)]).stdout
    )
    (model / MANIFEST).unlink()
    assert "has no manifest" in str(runner.invoke(app, ["seal", "--check", str(model)]).exception)
    (model / CONFIG).unlink()
    assert isinstance(runner.invoke(app, ["seal", str(model)]).exception, CheckpointError)


def test_a_damaged_model_is_not_published(model: Path) -> None:
    flip(model / WEIGHTS)
    with pytest.raises(CheckpointError, match="damaged"):
        push_to_hub(model, repository="owner/name")


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*-*")), ids=lambda path: path.name)
def test_the_shipped_models_are_sealed(path: Path) -> None:
    assert read_manifest(path) is not None
    assert check_files(path) == []
