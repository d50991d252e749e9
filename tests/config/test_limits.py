"""Upper limits of settings, of YAML, and of what a model directory may hold."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from annotated_types import Le, Lt

from seq2seq import CheckpointError, Config, ConfigError, Translator
from seq2seq.config.limits import AtMost
from seq2seq.model_directory.foreign_files import parse_size
from seq2seq.runtime.yaml_text import MAX_DEPTH
from tests.support.tiny_model import save_tiny_model

DATA = {"train": "a.tsv", "dev": "b.tsv"}


def numbers() -> Iterator[tuple[str, str, list[object]]]:
    """Yield the section, name and constraints of each setting that holds a number."""
    for section, field in Config.model_fields.items():
        if section in ("task", "plugins"):
            continue
        for name, setting in field.annotation.model_fields.items():
            if {int, float}.intersection(
                [setting.annotation, *getattr(setting.annotation, "__args__", ())]
            ):
                yield section, name, setting.metadata


@pytest.mark.parametrize(("section", "name", "constraints"), list(numbers()))
def test_every_number_has_an_upper_limit_and_the_error_says_why(
    section: str, name: str, constraints: list[object]
) -> None:
    if (section, name) in {("data", "source"), ("data", "target"), ("training", "clip_norm")}:
        return  # a position that a table must have, and a norm that may be infinite
    if any(isinstance(one, Le | Lt) for one in constraints):
        return
    (limit,) = [one for one in constraints if isinstance(one, AtMost)]
    for value in (limit.limit * 10, 10**30):
        with pytest.raises(ConfigError) as caught:
            Config.from_dict({"data": DATA}, [f"{section}.{name}={int(value)}"])
        assert f"{section}.{name}: must be at most {limit.limit:,}: {limit.why}" in str(
            caught.value
        )


def bomb(levels: int, width: int = 9) -> str:
    lines = [f"a0: &a0 [{', '.join('x' * width)}]"]
    for level in range(1, levels):
        inside = ", ".join([f"*a{level - 1}"] * width)
        lines.append(f"a{level}: &a{level} [{inside}]")
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (bomb(9), "aliases stand for more than"),
        ("a: &a [*a]", "aliases stand for more than"),
        ("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1), "nested more than 50 deep"),
        ("[" * 200_000, "nested more than 50 deep"),
        ("# " + "x" * 1_100_000, "more than 1,000,000 characters"),
        ("x" * 5_000_000, "more than 1,000,000 characters"),
    ],
)
def test_a_configuration_that_exhausts_the_machine_is_refused(
    text: str, said: str, tmp_path: Path
) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(text)
    began = time.monotonic()
    with pytest.raises(ConfigError, match=said) as caught:
        Config.load(path)
    assert time.monotonic() - began < 5
    assert len(str(caught.value)) < 1000


def test_a_few_aliases_are_read(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("data: {train: &text a.tsv, dev: b.tsv}\ntraining: {source_vectors: *text}\n")
    assert Config.load(path).training.source_vectors == "a.tsv"


def test_a_long_value_is_cut_in_the_error() -> None:
    with pytest.raises(ConfigError) as caught:
        Config.from_dict(
            {"data": DATA, "model": {"cell": "x" * 100_000, "hidden_size": "9" * 9999}}
        )
    assert len(str(caught.value)) < 2000


@pytest.mark.parametrize("name", ["fifo", "tokenizer/fifo", "zero"])
def test_special_files_in_a_model_directory_are_not_opened(name: str, tmp_path: Path) -> None:
    model = save_tiny_model(tmp_path / "model")
    if name == "zero":
        (model / name).symlink_to("/dev/zero")
    else:
        os.mkfifo(model / name)
    with pytest.raises(CheckpointError, match="is a device or a pipe, where a file is needed"):
        Translator.from_pretrained(model)


def test_a_link_to_a_file_is_followed(tmp_path: Path) -> None:
    model = save_tiny_model(tmp_path / "model")
    weights = model / "model.safetensors"
    weights.rename(tmp_path / "blob")
    weights.symlink_to(tmp_path / "blob")
    assert Translator.from_pretrained(model).translate("uno").text is not None


def test_a_model_beyond_the_memory_limit_is_refused(tmp_path: Path) -> None:
    model = save_tiny_model(tmp_path / "model")
    assert Translator.from_pretrained(model, memory_limit="1G")
    with pytest.raises(CheckpointError, match=r"of memory; the limit is .* \(--memory-limit\)"):
        Translator.from_pretrained(model, memory_limit="1K")
    with pytest.raises(ConfigError, match="'much' is not a size; write it as 500M or 4G"):
        Translator.from_pretrained(model, memory_limit="much")


def test_weights_that_only_pretend_to_be_large_are_refused(tmp_path: Path) -> None:
    model = save_tiny_model(tmp_path / "model")
    os.truncate(model / "model.safetensors", 2**43)  # a sparse file
    with pytest.raises(CheckpointError, match="of memory"):
        Translator.from_pretrained(model)


@pytest.mark.parametrize(
    ("text", "size"), [("7", 7), ("2k", 2048), ("1.5M", 1572864), ("4G", 2**32), ("4GiB", 2**32)]
)
def test_sizes_are_read_as_people_write_them(text: str, size: int) -> None:
    assert parse_size(text) == size
