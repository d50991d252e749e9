"""Rules of the house: rooms in layers, imports downwards, small files, one statement per idea."""

from __future__ import annotations

import ast
import functools
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "seq2seq"
FILES = sorted(PACKAGE.rglob("*.py"))
RECIPES = sorted((ROOT / "recipes").rglob("*.py"))

LAYERS = [
    {"__init__", "__main__", "plugins"},
    {"cli"},
    {"training", "evaluation", "serving"},
    {"web"},
    {"translation"},
    {"language_model", "classification", "description"},
    {"model_directory", "engine"},
    {"models", "data", "reports"},
    {"config", "decoding", "metrics", "documents", "kernels"},
    {"registry"},
    {"runtime", "text_steps"},
    {"errors", "text", "version"},
]
"""Rooms from the top down. Rooms of one layer do not import each other, except the public names."""

DATA = ["corpus", "tokenizers", "alignment", "inspection", "augmentation", "batches"]
"""Rooms inside data/, from the ground up: each imports only those before it."""

OUTSIDE_OF_ROOMS = 5
"""Maximum number of files at the top of the package besides __init__ and __main__."""

QUICK = [
    "seq2seq",
    "seq2seq.cli.app",
    "seq2seq.config.config",
    "seq2seq.model_directory.shipped_models",
    "seq2seq.plugins",
    "seq2seq.runtime.launch",
    "seq2seq.runtime.ranks",
    "seq2seq.serving.settings",
    "seq2seq.text_steps.languages",
    "seq2seq.translation.options",
    "seq2seq.translation.workers",
]
"""Modules whose import must be quick: what --help and a mistyped option need."""

SLOW = {
    "accelerate",
    "datasets",
    "jinja2",
    "matplotlib",
    "numpy",
    "pyarrow",
    "sacrebleu",
    "safetensors",
    "sentencepiece",
    "torch",
}

UNSAFE = {"pickle", "cPickle", "dill", "joblib", "marshal", "shelve", "torch.load", "torch.save"}
READS_PICKLES = PACKAGE / "data" / "tokenizers" / "torchtext" / "vocabulary.py"
"""The only file that unpickles, with a reader that knows no class but the stand-ins it lists."""

MAX_FILE = 500
MAX_BODY = 80
"""Guidance: most files have fewer than 300 lines, most functions fit on a screen."""


def room(path: Path) -> str:
    """Return the first name below the package: a room, or a module at the top."""
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def level(name: str) -> int:
    [index] = [index for index, rooms in enumerate(LAYERS) if name in rooms] or [-1]
    assert index >= 0, f"seq2seq/{name} has no place in the layers"
    return index


def imported(path: Path) -> Iterator[str]:
    """Yield the full names that a file imports: also inside functions and under TYPE_CHECKING."""
    for child in nodes(path):
        if isinstance(child, ast.Import):
            yield from (alias.name for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            assert child.level == 0, f"{place(child, path)}: write the import in full"
            yield from (f"{child.module}.{alias.name}" for alias in child.names)


def place(node: ast.stmt | ast.expr, path: Path) -> str:
    return f"{path.relative_to(ROOT)}: line {node.lineno}"


@functools.cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@functools.cache
def nodes(path: Path) -> list[ast.AST]:
    return list(ast.walk(tree(path)))


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in FILES}


@functools.cache
def modules_imported(path: Path) -> set[str]:
    """Return the modules of the package that a file imports, whether by module or by name."""
    found = set()
    for name in imported(path):
        if name in MODULES:
            found.add(name)
        elif name.rpartition(".")[0] in MODULES:
            found.add(name.rpartition(".")[0])
    return found - {module_name(path)}


def test_imports_go_downwards_and_rooms_of_one_layer_know_nothing_of_each_other() -> None:
    for path in FILES:
        here = room(path)
        for name in modules_imported(path):
            there = [*name.split("."), "__init__"][1]
            if there == here or name == "seq2seq":
                continue
            assert level(there) > level(here), f"{path.relative_to(ROOT)} imports {name}"


@pytest.mark.parametrize("inner", DATA)
def test_the_rooms_of_data_import_only_those_before_them(inner: str) -> None:
    for path in (PACKAGE / "data" / inner).rglob("*.py"):
        for name in modules_imported(path):
            parts = name.split(".")
            if parts[1] == "data" and len(parts) > 2 and parts[2] in DATA:
                assert DATA.index(parts[2]) <= DATA.index(inner), f"{path.name} imports {name}"


def test_no_import_goes_in_a_circle() -> None:
    arrows = {name: modules_imported(path) for name, path in MODULES.items()}
    # The public names are resolved lazily, so the package itself is no station of a circle.
    arrows = {name: found - {"seq2seq"} for name, found in arrows.items() if name != "seq2seq"}
    while leaves := {name for name, found in arrows.items() if not found & arrows.keys()}:
        arrows = {name: found for name, found in arrows.items() if name not in leaves}
    assert not arrows, f"imports in a circle, or above one: {sorted(arrows)}"


def test_the_top_of_the_package_holds_rooms() -> None:
    files = {path.stem for path in PACKAGE.glob("*.py")} - {"__init__", "__main__"}
    assert len(files) <= OUTSIDE_OF_ROOMS, sorted(files)


def test_tests_mirror_the_rooms() -> None:
    rooms = {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").is_file()}
    tests = {path.name for path in (ROOT / "tests").iterdir() if path.is_dir()}
    tests -= {"__pycache__", "docs", "support", "recipes", "tools"}
    assert tests <= rooms, f"tests of no room: {sorted(tests - rooms)}"
    assert rooms - tests <= {"shipped"}, f"rooms without tests: {sorted(rooms - tests)}"


def test_start_up_imports_nothing_slow() -> None:
    program = (
        "import importlib, sys\n"
        "for name in sys.argv[1:]:\n"
        "    importlib.import_module(name)\n"
        "    print(name, *sorted(sys.modules))\n"
    )
    command = [sys.executable, "-c", program, *QUICK]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    for line in done.stdout.splitlines():
        name, *loaded = line.split()
        assert not SLOW & set(loaded), f"{name} imports {sorted(SLOW & set(loaded))}"


def attributes(path: Path) -> Iterator[ast.Attribute]:
    return (node for node in nodes(path) if isinstance(node, ast.Attribute))


def test_nothing_is_unpickled_but_by_a_reader_of_its_own() -> None:
    used = {ast.unparse(node) for node in attributes(READS_PICKLES)}
    assert {name for name in used if name.startswith("pickle.")} == {
        "pickle.Unpickler",
        "pickle.UnpicklingError",
    }
    for path in set(FILES) - {READS_PICKLES}:
        for name in imported(path):
            assert not {name, name.split(".")[0]} & UNSAFE, f"{path.relative_to(ROOT)}: {name}"
        for node in attributes(path):
            assert ast.unparse(node) not in UNSAFE, place(node, path)


def test_files_and_functions_are_small() -> None:
    for path in FILES:
        lines = path.read_text(encoding="utf-8").splitlines()
        assert len(lines) <= MAX_FILE, path.relative_to(ROOT)
        for node in nodes(path):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                first = node.body[1 if ast.get_docstring(node) and len(node.body) > 1 else 0]
                assert node.end_lineno is not None
                length = node.end_lineno - first.lineno
                assert length < MAX_BODY, f"{place(node, path)}: {node.name} is too long"


def test_a_file_says_what_it_is_and_is_named_after_it() -> None:
    for path in FILES:
        assert ast.get_docstring(tree(path)), path.relative_to(ROOT)
        names = set(path.relative_to(PACKAGE).with_suffix("").parts)
        assert not {"utils", "util", "helpers", "common", "misc"} & names, path.relative_to(ROOT)


def test_a_statement_assigns_one_thing() -> None:
    """A pair on the right is taken apart only where it swaps what is on the left."""
    for path in [*FILES, *RECIPES, *sorted((ROOT / "tools").rglob("*.py"))]:
        for node in nodes(path):
            if not (isinstance(node, ast.Assign) and isinstance(node.value, ast.Tuple)):
                continue
            if isinstance(node.targets[0], ast.Tuple):
                left = {ast.unparse(one) for one in node.targets[0].elts}
                right = {
                    ast.unparse(one) for one in ast.walk(node.value) if isinstance(one, ast.expr)
                }
                assert left & right, f"{place(node, path)}: write one assignment per line"


def test_the_package_was_found() -> None:
    assert {"config", "models", "decoding"} <= {room(path) for path in FILES}
