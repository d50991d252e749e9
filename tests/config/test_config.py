"""Configurations: problems, overrides, the round trip through YAML, and no other error."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from seq2seq.config.config import Config
from seq2seq.errors import ConfigError
from tests.support.examples import few

DATA = {"train": "train.tsv", "dev": "dev.tsv"}


def load(tmp_path: Path, text: str | bytes, *overrides: str) -> Config:
    path = tmp_path / "config.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return Config.load(path, overrides)


def problems(content: dict[str, Any], *overrides: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        Config.from_dict(content, overrides, name="c.yaml")
    title, *lines = str(caught.value).split("\n")
    assert title == f"c.yaml: {len(lines)} problem{'s' * (len(lines) > 1)}"
    assert all(line.startswith("  ") for line in lines)
    return [line[2:] for line in lines]


def test_only_data_must_be_given() -> None:
    config = Config.from_dict({"data": DATA})
    assert (config.data.train, config.data.dev) == ("train.tsv", "dev.tsv")
    assert config == Config.from_dict({"data": DATA, "model": {}, "training": {}})


@pytest.mark.parametrize("section", ["data", "tokenizer", "model", "training", "decoding"])
def test_every_setting_has_a_description(section: str) -> None:
    settings_of = Config.model_fields[section].annotation
    assert isinstance(settings_of, type)
    assert issubclass(settings_of, BaseModel)
    for name, field in settings_of.model_fields.items():
        description = field.description or ""
        assert len(description.split()) >= 5, name
        assert description[0].isupper() or description.startswith(("sacreBLEU", "torchtext")), name
        assert description.endswith("."), name


def test_all_problems_are_reported_at_once_one_per_line() -> None:
    content = {
        "data": {"train": "a"},
        "tokenizer": {"vocab_siz": 100, "vocab_size": 2},
        "model": {"cell": "lsmt", "dropout": 1.5, "embedding_size": "wide"},
        "trianing": {},
    }
    found = problems(content, "decoding.beam=0", "no equals sign", "data.train.x=1")
    assert found == [
        "override 'no equals sign': write it as section.key=value",
        "override 'data.train.x=1': train is a value, not a section",
        "data.dev: Field required",
        "tokenizer.vocab_size: Input should be greater than 4 (given: 2)",
        "tokenizer.vocab_siz: unknown key; did you mean 'vocab_size'?",
        "model.cell: unknown cell 'lsmt'; did you mean 'lstm'?",
        "model.embedding_size: Input should be a valid integer, unable to parse string as an "
        "integer (given: 'wide')",
        "model.dropout: Input should be less than 1 (given: 1.5)",
        "decoding.beam: Input should be greater than or equal to 1 (given: 0)",
        "trianing: unknown key; did you mean 'training'?",
    ]


@pytest.mark.parametrize(
    ("key", "typed", "nearest"),
    [
        ("cell", "lstmm", "lstm"),
        ("attention", "bahdanu", "bahdanau"),
        ("attention", "luong-genral", "luong-general"),
        ("decoder_order", "fussed", "fused"),
    ],
)
def test_a_mistyped_name_suggests_the_nearest(key: str, typed: str, nearest: str) -> None:
    (line,) = problems({"data": DATA, "model": {key: typed}})
    assert (
        line == f"model.{key}: unknown {key.replace('_', ' ')} {typed!r}; did you mean {nearest!r}?"
    )


def test_a_setting_with_several_types_is_one_problem() -> None:
    (line,) = problems({"data": {"train": 3, "dev": "d"}})
    assert line.startswith("data.train: Input should be a valid string (given: 3); put")


def test_settings_that_do_not_fit_each_other_are_reported() -> None:
    (odd,) = problems({"data": DATA, "model": {"hidden_size": 7}})
    assert "hidden_size 7 must be even" in odd
    (heads,) = problems(
        {"data": DATA, "model": {"hidden_size": 8, "attention": "multi-head", "attention_heads": 3}}
    )
    assert "multiple of attention_heads" in heads
    (dropout,) = problems({"data": DATA, "model": {"dropout": 0}, "training": {"r_drop": 5}})
    assert "needs model.dropout" in dropout
    (tying,) = problems(
        {"data": DATA, "model": {"weight_tying": "three-way"}, "tokenizer": {"joint": False}}
    )
    assert "needs tokenizer.joint: true" in tying
    Config.from_dict(
        {"data": DATA, "model": {"weight_tying": "three-way"}, "tokenizer": {"joint": True}}
    )
    (readout,) = problems({"data": DATA, "model": {"readout_size": 100}})
    assert "readout_size must be left out unless weight_tying is none" in readout
    Config.from_dict({"data": DATA, "model": {"readout_size": 100, "weight_tying": "none"}})


@pytest.mark.parametrize(
    ("tokenizer", "joint"),
    [
        ({}, True),
        ({"joint": False}, False),
        ({"target_vocab_size": 4000}, False),
        ({"target_vocab_size": None}, True),
        ({"type": "char", "target_type": "word"}, False),
        ({"type": "word", "target_torchtext": "basic_english"}, False),
        ({"joint": True, "target_vocab_size": 8000}, True),
    ],
)
def test_languages_share_a_vocabulary_and_embeddings_by_default(
    tokenizer: dict[str, Any], joint: bool
) -> None:
    config = Config.from_dict({"data": DATA, "tokenizer": tokenizer})
    assert config.tokenizer.joint is joint
    assert config.model.weight_tying == ("three-way" if joint else "two-way")
    chosen = Config.from_dict(
        {"data": DATA, "tokenizer": tokenizer, "model": {"weight_tying": "none"}}
    )
    assert chosen.model.weight_tying == "none"


@pytest.mark.parametrize(
    "key", ["model.forget_bias", "training.learning_rate", "decoding.max_length_ratio"]
)
@pytest.mark.parametrize("value", [".nan", ".inf"])
def test_numbers_are_finite(key: str, value: str) -> None:
    (line,) = problems({"data": DATA}, f"{key}={value}")
    assert line.startswith(f"{key}: Input should be a finite number")


def test_an_infinite_clip_norm_survives_the_file(tmp_path: Path) -> None:
    config = Config.from_dict({"data": DATA}, ["training.clip_norm=.inf"])
    assert config.training.clip_norm == float("inf")
    assert load(tmp_path, config.to_yaml()) == config


def test_overrides_are_typed_as_yaml_and_may_open_a_section(tmp_path: Path) -> None:
    config = load(
        tmp_path,
        "data: {train: a, dev: b}",
        "training.max_steps=7",
        "training.learning_rate=1e-4",
        "data.train=[x.tsv, y.tsv]",
        "data.source=es",
        "model.bidirectional=false",
        "model.cell=gru",
        "training.patience=null",
        "data.hub_config=a=b",
        "model.dropout=0.5",
        "model.dropout=0",
    )
    assert config.training.max_steps == 7
    assert config.training.learning_rate == 1e-4
    assert config.data.train == ["x.tsv", "y.tsv"]
    assert config.data.source == "es"
    assert config.model.bidirectional is False
    assert config.model.cell == "gru"
    assert config.training.patience is None
    assert config.data.hub_config == "a=b"
    assert config.model.dropout == 0


@pytest.mark.parametrize(
    "override", ["", "=", "=3", "model", "model..cell=gru", ".cell=gru", "model.=gru"]
)
def test_an_override_that_names_no_setting_says_how_to_write_it(override: str) -> None:
    assert problems({"data": DATA}, override) == [
        f"override {override!r}: write it as section.key=value"
    ]


@pytest.mark.parametrize(
    "text",
    ["no", "off", "Yes", "y", "1e3", "2026-11-27", "010", "0x10", "1_000", "1:30", "2001-13-01"],
)
def test_text_is_taken_as_it_is_written(tmp_path: Path, text: str) -> None:
    config = load(tmp_path, f"data: {{train: {text}, dev: [{text}0], source: {text}}}")
    assert (config.data.train, config.data.dev, config.data.source) == (text, [f"{text}0"], text)
    assert load(tmp_path, config.to_yaml()) == config


@pytest.mark.parametrize("value", ["true", "1.5", "2024"])
def test_what_is_no_text_is_refused_where_text_is_wanted(value: str) -> None:
    [problem] = problems({"data": DATA}, f"data.source_language={value}")
    assert "put it in quotes to make it text" in problem
    assert problems({"data": DATA}, "data.source=true")[0].startswith("data.source: Input should")


@pytest.mark.parametrize("key", ["training.max_steps", "model.dropout", "data.sample_pairs"])
def test_true_is_no_number(key: str) -> None:
    assert problems({"data": DATA}, f"{key}=true") == [f"{key}: is a number, not true"]


def test_nothing_is_no_text() -> None:
    [problem] = problems({"data": DATA}, "data.source_language=null")
    assert "put it in quotes to make it text" in problem


def test_an_override_with_a_key_twice_names_it() -> None:
    [problem] = problems({"data": DATA}, "training={seed: 1, seed: 2}")
    assert "'seed' occurs twice" in problem


def test_numbers_and_booleans_may_be_written_in_any_way() -> None:
    config = Config.from_dict(
        {"data": DATA},
        ["data.streaming=on", "tokenizer.joint=no", "data.sample_pairs=1_000", "model.dropout=.5"],
    )
    assert (config.data.streaming, config.tokenizer.joint) == (True, False)
    assert (config.data.sample_pairs, config.model.dropout) == (1000, 0.5)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (
            "data: {train: a, dev: b}\ntraining: {seed: 2}\n\ntraining: {max_steps: 4}",
            "2 and in line 4",
        ),
        ("data:\n  train: a\n  dev: b\n  train: c", "2 and in line 4"),
        ("data: {train: a, dev: b, 'train': c}", "1 and in line 1"),
    ],
)
def test_a_key_that_stands_twice_is_an_error_that_names_both_lines(
    tmp_path: Path, text: str, lines: str
) -> None:
    with pytest.raises(ConfigError, match=rf"'\w+' occurs twice, in line {lines}"):
        load(tmp_path, text)


# PyYAML raises anything from a KeyError to a RecursionError for these.
BAD_VALUES = [
    "[" * 500,
    "[",
    "{[]: 1}",
    "9" * 5000,
    "!!timestamp x",
    "!!int ''",
    "!!bool x",
    "\0",
]


@pytest.mark.parametrize("value", BAD_VALUES, ids=[value[:10] for value in BAD_VALUES])
def test_a_value_that_is_not_yaml_is_a_problem(value: str, tmp_path: Path) -> None:
    assert problems({"data": DATA}, f"model.cell={value}") == [
        f"override {f'model.cell={value}'!r}: the value is not YAML"
    ]
    with pytest.raises(ConfigError, match="is not YAML"):
        load(tmp_path, f"data: {value}")


def test_the_given_dictionary_is_not_changed() -> None:
    content = {"data": dict(DATA)}
    Config.from_dict(content, ["data.train=other", "model.cell=gru"])
    assert content == {"data": DATA}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "holds no settings"),
        ("# only a comment\n", "holds no settings"),
        ("- a\n- b\n", "holds no settings"),
        ("just words", "holds no settings"),
        ("data: {train: a", "is not YAML"),
        ("\tdata: 1", "is not YAML"),
        (b"\x80\x02}q\x00.\xff\xfe", "cannot read the configuration"),
        (b"\x00\x01\x02", "is not YAML"),
        ("data: !!python/object/apply:os.getcwd []", "is not YAML"),
    ],
)
def test_a_file_that_holds_no_configuration_is_a_config_error_of_one_line(
    text: str | bytes, said: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=said) as caught:
        load(tmp_path, text)
    assert "\n" not in str(caught.value)
    assert "config.yaml" in str(caught.value)


@pytest.mark.parametrize("name", ["missing.yaml", ".", "a\0b"])
def test_a_file_that_cannot_be_read_is_a_config_error(name: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot read the configuration"):
        Config.load(tmp_path / name)


OF_OTHER_TASKS = {"shuffle_lines", "pooling", "vector_layers", "truncate_after", "max_length"}
"""Settings that a translation model does not read."""


def test_save_writes_every_setting_of_the_task_with_its_default(tmp_path: Path) -> None:
    path = tmp_path / "saved.yaml"
    config = Config.from_dict({"data": DATA})
    path.write_text(config.to_yaml(), encoding="utf-8")
    text = path.read_text(encoding="utf-8")
    for section, field in Config.model_fields.items():
        assert f"{section}:" in text
        if section in ("task", "plugins"):
            continue
        assert isinstance(field.annotation, type)
        assert issubclass(field.annotation, BaseModel)
        for key in field.annotation.model_fields:
            assert (f"\n  {key}:" in text) == (key not in OF_OTHER_TASKS)


@pytest.mark.parametrize("task", ["translation", "language-model", "classification", "description"])
def test_a_task_reads_its_own_settings_and_no_others(task: str) -> None:
    config = Config.from_dict({"task": task, "data": DATA})
    saved = config.model_dump()
    assert Config.from_dict(saved) == config
    for section, field in Config.model_fields.items():
        for key in getattr(field.annotation, "model_fields", ()):
            if key in saved.get(section, {}):
                continue
            given = {**DATA, key: None} if section == "data" else {key: None}
            with pytest.raises(ConfigError, match=f"{section}.{key}: task {task} does not read it"):
                Config.from_dict({"task": task, "data": DATA, section: given})


words = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=12)


@given(
    train=words | st.lists(words, max_size=3),
    column=words | st.integers(-3, 9) | st.none(),
    language=words
    | st.sampled_from(
        ["no", "1e3", "null", "~", "on", "2001-01-01", " ", "x: y", "#", "ñ\n\t", "'\""]
    ),
    rate=st.floats(min_value=0, max_value=1000, exclude_min=True),
    bias=st.floats(-1000, 1000),
    steps=st.integers(1, 10**9),
)
def test_a_saved_configuration_is_loaded_unchanged(
    tmp_path_factory: pytest.TempPathFactory,
    train: str | list[str],
    column: str | int | None,
    language: str,
    rate: float,
    bias: float,
    steps: int,
) -> None:
    config = Config.from_dict(
        {
            "data": {"train": train, "dev": "d", "source": column, "source_language": language},
            "model": {"forget_bias": bias},
            "training": {"learning_rate": rate, "max_steps": steps},
        }
    )
    path = tmp_path_factory.mktemp("saved") / "config.yaml"
    path.write_text(config.to_yaml(), encoding="utf-8")
    assert Config.load(path) == config
    assert Config.load(path).to_yaml() == config.to_yaml()


known = [
    "data",
    "preset",
    "tiny",
    "model",
    "training",
    "decoding",
    "tokenizer",
    "train",
    "dev",
    "cell",
    "hidden_size",
    "dropout",
    "beam",
]
keys = (
    st.sampled_from(known)
    | words
    | st.integers()
    | st.none()
    | st.booleans()
    | st.tuples(st.integers())
)
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | words
    | st.binary(max_size=4)
    | st.dates()
)
trees = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)
paths = st.lists(st.sampled_from(known) | words, min_size=1, max_size=3).map(".".join)
overrides = st.builds("{}={}".format, paths, words | scalars.map(str)) | words


@given(
    content=st.dictionaries(keys, trees, max_size=5),
    given_overrides=st.lists(overrides, max_size=4),
)
@few(300)
def test_whatever_is_given_is_a_config_or_a_config_error(
    content: dict[Any, Any], given_overrides: list[str]
) -> None:
    for start in (content, {"data": DATA, **content}):
        try:
            config = Config.from_dict(start, given_overrides)
        except ConfigError as error:
            lines = str(error).splitlines()
            assert lines[0].startswith("configuration: ")
            continue
        assert Config.from_dict(config.model_dump()) == config


@given(
    st.binary(max_size=60)
    | st.text(max_size=60).map(lambda text: text.encode("utf-8", "surrogatepass"))
)
@few(200)
def test_whatever_a_file_holds_is_a_config_or_a_config_error(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    for prefix in (b"", b"data: ", b"data: {train: a, dev: b}\nmodel: "):
        path.write_bytes(prefix + content)
        try:
            Config.load(path)
        except ConfigError:
            continue


@pytest.mark.parametrize(
    "module",
    ["seq2seq", "seq2seq.errors", "seq2seq.registry", "seq2seq.config.config", "seq2seq.cli.app"],
)
def test_importing_it_imports_no_torch(module: str) -> None:
    program = (
        f"import sys, {module}; "
        "print([name for name in ('torch', 'numpy', 'datasets') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
