"""docs/EXTENDING.md: each example is short and is found as a plug-in; a model is trained with it,
quantized and used."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

import seq2seq.plugins
from seq2seq import Config, Translator, evaluate, train
from seq2seq.data.augmentation.augment import augment
from seq2seq.data.corpus.corpus import Corpus
from seq2seq.documents.recognise import format_of
from seq2seq.model_directory.quantize import quantize
from seq2seq.model_directory.store import load_model
from seq2seq.models.quantization import quantize_modules
from seq2seq.registry import Registry
from seq2seq.runtime import plugins
from tests.support.format_contract import check_format
from tests.support.tiny_run import WORDS, tiny_config, write_text

PAGE = Path(__file__).parents[1] / "docs" / "EXTENDING.md"
BLOCKS = re.findall(r"^```\w+\n# (\S+)\n(.*?)^```$", PAGE.read_text("utf-8"), re.M | re.S)
FILES = {name: code for name, code in BLOCKS if name.endswith(".py")}
EXAMPLES = [name for name in FILES if not name.endswith("__init__.py")]
MAX_LINES = 30
PACKAGE = "my_plugins"

SETTINGS = {
    "cell": ["model.cell=mgu"],
    "attention": ["model.attention=cosine"],
    "strategy": ["decoding.strategy=eager"],
    "tokenizer": ["tokenizer.type=bytes", "tokenizer.vocab_size=300"],
    "augmentation": ["data.augment.uppercase=0.5"],
}
SETTINGS["all"] = [setting for settings in SETTINGS.values() for setting in settings]
"""Settings that use an example, by its name."""


def write_package(directory: Path) -> None:
    for name, code in FILES.items():
        path = directory / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(code, encoding="utf-8")


def install(directory: Path) -> None:
    """Write what pip would write beside the package: its metadata, with the page's entry point."""
    project = dict(BLOCKS)["pyproject.toml"]
    name, module = re.findall(r"^(\w+) = \"(\w+)\"$", project, re.M)[-1]
    metadata = directory / f"{PACKAGE}-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {PACKAGE}\nVersion: 1.0\n", encoding="utf-8"
    )
    (metadata / "entry_points.txt").write_text(
        f"[{plugins.GROUP}]\n{name} = {module}\n", encoding="utf-8"
    )


def registries() -> list[Registry[Any]]:
    found = [getattr(seq2seq.plugins, name) for name in seq2seq.plugins.__all__]
    return [registry for registry in found if isinstance(registry, Registry)]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The page's package, installed for this process; afterwards nothing is left of it."""
    directory = tmp_path_factory.mktemp("site-packages")
    write_package(directory)
    install(directory)
    before = [(registry, set(registry)) for registry in registries()]
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(directory))
        patch.setenv(plugins.VARIABLE, "")
        patch.setattr(plugins, "_STATE", plugins._State())
        yield directory
    for registry, names in before:
        for name in set(registry) - names:
            del registry._entries[name]
    for module in [name for name in sys.modules if name.split(".")[0] == PACKAGE]:
        del sys.modules[module]


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("text")
    write_text(directory)
    return directory


def to_qt(path: Path) -> Path:
    """Write the pairs of a TSV file as a Qt Linguist file, beside it."""
    pairs = [line.split("\t") for line in path.read_text("utf-8").splitlines()]
    messages = "".join(
        f"<message><source>{source}</source><translation>{target}</translation></message>\n"
        for source, target in pairs
    )
    found = path.with_suffix(".ts")
    found.write_text(f"<TS><context>{messages}</context></TS>", encoding="utf-8")
    return found


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_short_and_imports_only_what_is_public(name: str) -> None:
    code = FILES[name]
    lines = [line for line in code.splitlines() if line.strip()]
    assert len(lines) <= MAX_LINES
    assert all(len(line) <= 100 for line in lines)
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("seq2seq"):
            assert node.module in ("seq2seq", "seq2seq.plugins")


@pytest.mark.parametrize("name", SETTINGS)
def test_an_installed_example_is_trained_quantized_and_used(
    installed: Path, text: Path, tmp_path: Path, name: str
) -> None:
    config = tiny_config(text, *SETTINGS[name])
    assert config.plugins == [PACKAGE]
    train(config, output=tmp_path / "run", cpu=True)
    assert f"plugins:\n- {PACKAGE}\n" in (tmp_path / "run" / "config.yaml").read_text("utf-8")
    quantize(tmp_path / "run", output=tmp_path / "small")
    assert Config.load(tmp_path / "small" / "config.yaml").plugins == [PACKAGE]
    for directory in ("run", "small"):
        translation = Translator.from_pretrained(tmp_path / directory).translate("uno dos")
        assert translation.source == "uno dos"
        assert translation.alternatives


def test_every_linear_map_of_a_cell_and_an_attention_becomes_int8(
    installed: Path, text: Path, tmp_path: Path
) -> None:
    train(
        tiny_config(text, *SETTINGS["cell"], *SETTINGS["attention"]),
        output=tmp_path / "run",
        cpu=True,
    )
    decoder = load_model(tmp_path / "run").model.decoder
    quantize_modules(decoder, lambda weight, bias: torch.nn.Identity())
    left = [module for module in decoder.modules() if isinstance(module, torch.nn.Linear)]
    assert not [module for module in left if min(module.weight.shape) > 1]


def test_the_metrics_are_in_every_report(installed: Path, text: Path, tmp_path: Path) -> None:
    train(tiny_config(text), output=tmp_path / "run", cpu=True)
    report = evaluate(tmp_path / "run", str(text / "dev.tsv"))
    score = report.score("exact match")
    assert 0 <= score.value <= 100
    lengths = [len(text) for text in report.sets[0].hypotheses]
    assert report.score("length").value == pytest.approx(sum(lengths) / len(lengths))


def test_the_augmentation_changes_both_sides(installed: Path) -> None:
    pairs = augment(["uno"] * 50, ["one"] * 50, fractions={"uppercase": 0.5}, seed=1)
    assert set(zip(*pairs, strict=True)) == {("uno", "one"), ("UNO", "ONE")}


def test_the_reader_reads_training_and_dev_set(installed: Path, text: Path, tmp_path: Path) -> None:
    train_file = to_qt(text / "train.tsv")
    dev_file = to_qt(text / "dev.tsv")
    expected = Corpus.load(text / "train.tsv")
    found = Corpus.load(train_file)
    assert found.sources() == expected.sources()
    assert found.targets() == expected.targets()
    config = tiny_config(text, f"data.train={train_file}", f"data.dev={dev_file}")
    assert train(config, output=tmp_path / "run", cpu=True).step == 12


def test_the_format_keeps_its_contract_and_is_found_by_its_suffix(
    installed: Path, text: Path, tmp_path: Path
) -> None:
    assert format_of(Path("song.lrc")) == "lrc"
    sample = "[ti:Uno]\n[00:01.00]uno dos\n\n[00:02.50] tres\n"
    check_format(seq2seq.plugins.FORMATS["lrc"](), sample.encode())
    train(tiny_config(text), output=tmp_path / "run", cpu=True)
    song = tmp_path / "song.lrc"
    song.write_text(sample, encoding="utf-8")
    translator = Translator.from_pretrained(tmp_path / "run")
    assert translator.translate_document(song, tmp_path / "song.en.lrc").translated == 2
    made = (tmp_path / "song.en.lrc").read_text(encoding="utf-8")
    assert re.fullmatch(r"\[ti:Uno\]\n\[00:01.00\].*\n\n\[00:02.50\] .*\n", made)


def test_an_allowed_plug_in_works_from_the_command_line_and_in_workers(
    text: Path, tmp_path: Path, programs: Path
) -> None:
    write_package(tmp_path)
    config = tmp_path / "config.yaml"
    content = tiny_config(text, "training.max_steps=2").to_yaml()
    config.write_text(content.replace("cell: ln-gru", "cell: mgu"), encoding="utf-8")
    run = tmp_path / "run"
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}

    def command(name: str, *words: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(programs / name), *map(str, words)],
            env=environment,
            capture_output=True,
            text=True,
            input="uno\ndos\n",
        )

    allow = ["--plugin", PACKAGE]
    trained = command("seq2seq", "train", config, "--output", run, "--cpu", *allow)
    assert trained.returncode == 0, trained.stderr
    translated = command("translate", "--model", run, "--workers", 2, "--json", *allow)
    assert translated.returncode == 0, translated.stderr
    assert [json.loads(line)["source"] for line in translated.stdout.splitlines()] == ["uno", "dos"]


def test_the_public_names_are_those_that_can_be_imported() -> None:
    assert sorted(seq2seq.plugins.__all__) == sorted(seq2seq.plugins._LAZY)
    for name in seq2seq.plugins.__all__:
        assert getattr(seq2seq.plugins, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'NOPE'"):
        _ = seq2seq.plugins.NOPE


def test_a_plug_in_without_a_network_imports_no_torch() -> None:
    program = (
        "import sys; from seq2seq.plugins import AUGMENTATIONS, READERS, Aligner, PairFile, Row\n"
        "print('torch' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"


def test_the_strategy_ends_at_the_latest_where_greedy_search_does(
    installed: Path, text: Path, tmp_path: Path
) -> None:
    train(tiny_config(text), output=tmp_path / "run", cpu=True)
    translator = Translator.from_pretrained(tmp_path / "run")
    sources = sorted(WORDS)
    greedy = translator.translate_all(sources, strategy="greedy")
    patient = translator.translate_all(sources, strategy="eager", beam=1)
    assert [one.text for one in patient] == [one.text for one in greedy]
    eager = translator.translate_all(sources, strategy="eager", beam=1000)
    assert all(not one.text for one in eager)
