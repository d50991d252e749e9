"""Fixtures of several tests, and one torch thread per test.

Two threads on a busy machine can be several times slower than one.
"""

from __future__ import annotations

import contextlib
import gc
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

import tests.support.examples  # noqa: F401 - registers a profile
from tests.support.commands import Command, Result
from tests.support.fork_server import fork_server

os.environ.setdefault("OMP_NUM_THREADS", "1")

# Whatever the environment says: without bytecode, each process compiles the package and the tests.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# The suite draws the same examples each time; --hypothesis-profile=thorough draws many new ones.
# Without a deadline: on a busy machine a first call takes long.
settings.register_profile("patient", deadline=None, derandomize=True)
settings.load_profile("patient")

LONG = [
    "test_pages.py",
    "test_trainer.py",
    "test_ranks.py",
    "test_end_to_end.py",
    "test_recipes.py",
    "test_quality.py",
    "test_model.py",
    "test_report_browser.py",
    "test_translate.py",
    "test_workers.py",
    "test_learn.py",
    "test_train_shipped.py",
    "test_many_languages.py",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run slow files first, so that none of them is started last while the other process waits."""
    places = {name: place for place, name in enumerate(LONG)}
    items.sort(key=lambda item: places.get(Path(item.path).name, len(LONG)))


frozen = 0
"""Number of modules when garbage collection was last told to leave out what there is."""


def pytest_runtest_setup() -> None:
    """Exempt from garbage collection what has been imported.

    Accelerate collects garbage after each training. With all of torch and of the tests in memory,
    that takes 0.2 s, a quarter of a short training.
    """
    global frozen
    if len(sys.modules) > frozen:
        gc.collect()
        gc.freeze()
        frozen = len(sys.modules)


PROGRAMS = pytest.StashKey[Path]()
"""Directory of `python`, `seq2seq` and `translate` that run in forks."""


def pytest_configure(config: pytest.Config) -> None:
    """Offer one fork server to the tests of all workers."""
    if hasattr(config, "workerinput"):
        config.stash[PROGRAMS] = Path(config.workerinput["programs"])
        return
    stack = contextlib.ExitStack()
    directory = stack.enter_context(tempfile.TemporaryDirectory())
    config.stash[PROGRAMS] = stack.enter_context(fork_server(Path(directory)))
    config.add_cleanup(stack.close)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker of pytest-xdist where the server is."""
    node.workerinput["programs"] = str(node.config.stash[PROGRAMS])


@pytest.fixture(scope="session")
def programs(pytestconfig: pytest.Config) -> Path:
    """Directory of `python`, `seq2seq` and `translate` that run in forks."""
    return pytestconfig.stash[PROGRAMS]


@pytest.fixture(scope="session")
def compiled_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the path of the native engine's library, compiled from the sources as they are."""
    from tests.support.native_library import library_path

    return library_path(tmp_path_factory.mktemp("library"))


@pytest.fixture(scope="session")
def web_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the library as WebAssembly and its modules in JavaScript."""
    from tests.support.web_library import web_folder

    return web_folder(tmp_path_factory.mktemp("webassembly"))


@pytest.fixture(scope="module")
def native_library(compiled_library: Path) -> Iterator[Path]:
    """Use the library that is compiled from the sources in place of the installed one."""
    from seq2seq.engine import load_library

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(load_library.VARIABLE, str(compiled_library))
        load_library.load_library.cache_clear()
        yield compiled_library
    load_library.load_library.cache_clear()


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tests.support.tiny_model import save_tiny_model

    return save_tiny_model(tmp_path_factory.mktemp("tiny") / "model")


@pytest.fixture
def own_model(model: Path, tmp_path: Path) -> Path:
    """Return a copy of the model that a test may damage."""
    return Path(shutil.copytree(model, tmp_path / "model"))


@pytest.fixture
def translate(
    model: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsysbinary: pytest.CaptureFixture[bytes],
) -> Command:
    """Return `translate`, run in this process with arguments and a standard input."""
    from seq2seq.cli.app import translate_main

    monkeypatch.setenv("SEQ2SEQ_MODEL", str(model))
    return _in_process(translate_main, "translate", tmp_path, capsysbinary)


@pytest.fixture
def seq2seq(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> Command:
    """Return `seq2seq`, run in this process with arguments and a standard input."""
    from seq2seq.cli.app import main

    return _in_process(main, "seq2seq", tmp_path, capsysbinary)


def _in_process(
    main: Callable[[], None], name: str, place: Path, captured: pytest.CaptureFixture[bytes]
) -> Command:
    """Return a command that runs in this process, with arguments and a standard input."""

    def run(*arguments: object, stdin: bytes = b"") -> Result:
        path = place / "stdin"
        path.write_bytes(stdin)
        with path.open() as file, pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "stdin", file)
            patch.setattr(sys, "argv", [name, *map(str, arguments)])
            try:
                main()
                code: object = 0
            except SystemExit as ended:
                code = ended.code or 0
        out, err = captured.readouterr()
        assert isinstance(code, int)
        return Result(code, out, err.decode())

    return run
