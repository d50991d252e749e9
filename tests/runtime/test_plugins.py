"""Plug-ins: only allowed ones are imported, child processes know them, errors name missing ones."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from seq2seq.config.config import Config
from seq2seq.data.augmentation.augment import AUGMENTATIONS
from seq2seq.errors import CheckpointError, ConfigError
from seq2seq.model_directory.description import load_config
from seq2seq.model_directory.names import CONFIG
from seq2seq.runtime import plugins
from seq2seq.runtime.plugins import MissingPluginError, allow_plugins, load_plugins

DATA = {"train": "train.tsv", "dev": "dev.tsv"}
SHOUT = """
from seq2seq.data.augmentation.augment import AUGMENTATIONS

@AUGMENTATIONS.register("shout")
def shout(sources, targets, *, fraction, seed, aligner):
    return [text.upper() for text in sources], list(targets)
"""
BROKEN = "raise RuntimeError('no\\nluck')"


def install(directory: Path, module: str, code: str, *, entry_point: bool) -> None:
    """Write a module into a directory, and with it the metadata of an installed package."""
    (directory / f"{module}.py").write_text(code, encoding="utf-8")
    if entry_point:
        metadata = directory / f"{module}-1.0.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
        (metadata / "entry_points.txt").write_text(f"[seq2seq.plugins]\nmine = {module}\n")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A directory on sys.path; what a test loads from it is taken back."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv(plugins.VARIABLE, "")
    monkeypatch.setattr(plugins, "_STATE", plugins._State())
    before = set(sys.modules)
    yield tmp_path
    for module in set(sys.modules) - before:
        if str(getattr(sys.modules[module], "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[module]
    AUGMENTATIONS._entries.pop("shout", None)


def config(*overrides: str) -> Config:
    return Config.from_dict({"data": DATA}, overrides)


@pytest.mark.parametrize("installed", [True, False], ids=["installed", "allowed"])
def test_a_name_of_a_plug_in_is_found_and_the_plug_in_is_recorded(
    place: Path, installed: bool
) -> None:
    install(place, "shouting", SHOUT, entry_point=installed)
    if not installed:
        allow_plugins(["shouting"])
    assert "shouting" not in sys.modules, "nothing is imported before a name is looked up"
    found = config("data.augment.shout=0.5", "data.augment.names=0.5")
    assert found.plugins == ["shouting"]
    assert Config.from_dict(found.model_dump()) == found
    assert AUGMENTATIONS["shout"](["a"], ["b"], fraction=1, seed=1, aligner=None) == (["A"], ["b"])


def test_built_in_names_need_no_plug_in(place: Path) -> None:
    install(place, "broken", BROKEN, entry_point=True)
    assert config("data.augment.names=0.5", "decoding.strategy=sampling").plugins == []


def test_what_is_neither_installed_nor_allowed_is_never_imported(place: Path) -> None:
    install(place, "shouting", SHOUT, entry_point=False)
    with pytest.raises(ConfigError, match="unknown augmentation 'shout'"):
        config("data.augment.shout=0.5")
    expected = (
        "configuration: needs plug-in shouting, which is not loaded; install it or allow it with "
        "--plugin shouting"
    )
    for augment in ("shout", "names"):
        with pytest.raises(ConfigError) as caught:
            config("plugins=[shouting]", f"data.augment.{augment}=0.5")
        assert str(caught.value) == expected
        assert isinstance(caught.value, MissingPluginError)
        copy = pickle.loads(pickle.dumps(caught.value))  # as a worker process sends it
        assert (str(copy), copy.plugins) == (expected, ["shouting"])
    assert "shouting" not in sys.modules


def test_a_model_directory_says_which_plug_ins_it_was_made_with(place: Path) -> None:
    path = place / CONFIG
    path.write_text(config().to_yaml() + "\n", encoding="utf-8")
    text = path.read_text().replace("plugins: []", "plugins: [my_cells]")
    path.write_text(text.replace("cell: ln-gru", "cell: mgu"))
    with pytest.raises(CheckpointError) as caught:
        load_config(place)
    assert str(caught.value) == (
        f"{place}: was made with plug-in my_cells, which is not loaded; install it or allow it "
        "with --plugin my_cells"
    )
    path.write_text(text.replace("[my_cells]", "[my_cells, their.readers]"))
    with pytest.raises(CheckpointError, match=r"plug-ins my_cells, their.readers, which are not"):
        load_config(place)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (BROKEN, "RuntimeError: no luck"),
        ("import nowhere_at_all", "No module named 'nowhere_at_all'"),
        (SHOUT + SHOUT, "two entries for augmentation 'shout'; choose another name"),
        ("def", "SyntaxError: "),
    ],
)
def test_a_plug_in_that_fails_is_named_in_one_line(place: Path, code: str, reason: str) -> None:
    install(place, "broken", code, entry_point=False)
    allow_plugins(["broken"])
    for _ in range(2):
        with pytest.raises(ConfigError) as caught:
            config("data.augment.other=0.5", "model.cell=nope")
        assert str(caught.value).startswith(f"plug-in broken cannot be imported: {reason}")
        assert "\n" not in str(caught.value)


def test_a_plug_in_that_is_not_there_says_where_to_put_it(place: Path) -> None:
    allow_plugins(["not_there.cells"])
    message = r"^plug-in not_there\.cells cannot be imported: .* \(is its folder in PYTHONPATH\?\)$"
    with pytest.raises(ConfigError, match=message):
        load_plugins()


@pytest.mark.parametrize("name", ["", "a b", "../x", "my-cells", "a.", "a:b"])
def test_only_the_name_of_a_module_can_be_allowed(place: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="write the name of a module"):
        allow_plugins([name])


def test_allowed_plug_ins_are_known_to_processes_started_from_here(place: Path) -> None:
    install(place, "shouting", SHOUT, entry_point=False)
    allow_plugins(["shouting"])
    allow_plugins(["others.more", "shouting"])
    assert os.environ[plugins.VARIABLE] == "shouting,others.more"
    program = "from seq2seq.runtime.plugins import VARIABLE, _allowed; import os; print(_allowed())"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "['shouting', 'others.more']"


def test_a_plug_in_that_looks_up_a_name_while_it_is_imported_ends(place: Path) -> None:
    code = SHOUT + "\nfrom seq2seq import Config\nAUGMENTATIONS['shout']\n"
    code += "try:\n    AUGMENTATIONS['none']\nexcept Exception:\n    pass\n"
    install(place, "shouting", code, entry_point=False)
    allow_plugins(["shouting"])
    assert config("data.augment.shout=1").plugins == ["shouting"]


def test_one_registered_by_the_program_itself_is_recorded_by_its_module(place: Path) -> None:
    install(place, "shouting", SHOUT, entry_point=False)
    __import__("shouting")
    assert config("data.augment.shout=1").plugins == ["shouting"]


def test_help_looks_for_no_plug_ins() -> None:
    program = (
        "import sys\nfrom seq2seq.cli.app import main\nsys.argv = ['seq2seq', '--help']\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print('importlib.metadata' in sys.modules, 'torch' in sys.modules, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stderr.strip().endswith("False False")
