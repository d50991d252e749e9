"""Presets: each is a valid configuration, any value can be overridden, and no name is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from seq2seq.config.config import Config
from seq2seq.config.presets import PRESETS, begin_from_preset
from seq2seq.errors import ConfigError

LOW_RESOURCE = Path(__file__).parents[2] / "recipes" / "low_resource"
DATA = {"train": "train.tsv", "dev": "dev.tsv"}
START = "training.init_from=es-en"
every_preset = pytest.mark.parametrize("name", PRESETS)


@every_preset
def test_a_preset_is_a_configuration_that_has_its_settings(name: str) -> None:
    config = Config.from_dict({"preset": name, "data": DATA}, [START]).model_dump()
    for section, settings in PRESETS[name].items():
        assert {key: config[section][key] for key in settings} == settings
    assert "preset" not in config


@every_preset
def test_it_is_saved_in_full_so_that_a_later_version_reads_the_same(name: str) -> None:
    config = Config.from_dict({"data": DATA}, [f"preset={name}", START])
    assert "preset" not in config.to_yaml()
    assert Config.from_dict(config.model_dump()) == config


def test_given_settings_override_the_preset_which_overrides_the_defaults() -> None:
    given = {"preset": "tiny", "data": DATA, "model": {"dropout": 0.15}}
    config = Config.from_dict(given, ["training.max_steps=7", "model.word_dropout=0"])
    tiny = PRESETS["tiny"]
    assert (config.model.dropout, config.model.word_dropout, config.training.max_steps) == (
        0.15,
        0,
        7,
    )
    assert config.training.batch_tokens == tiny["training"]["batch_tokens"]
    assert (
        config.decoding == Config.from_dict({"data": DATA, "decoding": tiny["decoding"]}).decoding
    )
    assert config.decoding.beam == Config.from_dict({"data": DATA}).decoding.beam


@pytest.mark.parametrize(
    ("pairs", "name"), [(3000, "tiny"), (10_000, "small"), (30_000, "small"), (112_380, "medium")]
)
def test_the_recipe_that_measures_them_has_their_settings(pairs: int, name: str) -> None:
    """The scores given for a preset were measured with exactly its settings and the defaults."""
    sizes = yaml.safe_load((LOW_RESOURCE / "sizes.yaml").read_text(encoding="utf-8"))[
        "a preset for the size"
    ]
    recipe = Config.load(LOW_RESOURCE / "config.yaml", sizes[pairs])
    preset = Config.from_dict({"preset": name, "data": DATA}, ["training.precision=bf16"])
    assert (preset.tokenizer, preset.model, preset.training) == (
        recipe.tokenizer,
        recipe.model,
        recipe.training,
    )
    assert preset.decoding == recipe.decoding
    assert preset.data.augment == recipe.data.augment


def test_an_augmentation_of_the_preset_stays_beside_one_that_is_given() -> None:
    given = {"preset": "tiny", "data": {**DATA, "augment": {"names": 0.5, "phrases": 0}}}
    recombine = PRESETS["tiny"]["data"]["augment"]["recombine"]
    augment = Config.from_dict(given).data.augment
    assert augment == {"names": 0.5, "phrases": 0, "recombine": recombine}


def test_larger_presets_train_on_more_positions() -> None:
    found = [
        Config.from_dict({"preset": name, "data": DATA}).training
        for name in ("tiny", "small", "medium")
    ]
    positions = [training.batch_tokens * training.max_steps for training in found]
    assert positions == sorted(set(positions))


def test_using_a_preset_does_not_change_it() -> None:
    content: dict[str, Any] = {"preset": "tiny", "data": DATA, "model": {}}
    assert begin_from_preset(content) is None
    content["model"]["dropout"] = 0.9
    assert PRESETS["tiny"]["model"]["dropout"] != 0.9


@pytest.mark.parametrize(
    ("value", "hint"),
    [("smal", "did you mean 'small'?"), ("enormous", ""), (3, ""), (["tiny"], ""), ({}, "")],
)
def test_an_unknown_preset_is_reported_with_the_other_problems(value: object, hint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Config.from_dict({"preset": value, "data": DATA, "model": {"dropout": 2}})
    first, second = str(caught.value).splitlines()[1:]
    assert first.strip().startswith(f"preset: unknown preset {value!r}")
    assert hint in first
    assert first.endswith("there are tiny, small, medium, adapt")
    assert second.strip().startswith("model.dropout: ")


def test_a_mistyped_key_may_have_meant_the_preset() -> None:
    with pytest.raises(ConfigError, match=r"presets: unknown key; did you mean 'preset'\?"):
        Config.from_dict({"presets": "tiny", "data": DATA})


@pytest.mark.parametrize("override", ["preset.x=tiny", "preset.tiny.y=1"])
def test_a_preset_has_no_settings_of_its_own(override: str) -> None:
    with pytest.raises(ConfigError, match="preset: unknown preset"):
        Config.from_dict({"data": DATA}, [override])


def test_fine_tuning_needs_a_model_to_start_from() -> None:
    for training in ({}, {"init_from": None}, {"max_steps": 3}):
        with pytest.raises(ConfigError, match=r"training\.init_from must name one, such as es-en"):
            Config.from_dict({"preset": "adapt", "data": DATA, "training": training})
    config = Config.from_dict({"preset": "adapt", "data": DATA}, [START])
    assert (config.training.init_from, config.training.init) == ("es-en", "fresh")
