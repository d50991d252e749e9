"""The rules of the house: imports go downwards only, files and functions stay small, every file
says what it is."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "seq2seq"
FILES = sorted(PACKAGE.rglob("*.py"))

# From the top down; rooms of one layer do not import each other.
LAYERS = [
    {"cli"},
    {"training", "evaluation"},
    {"translation"},
    {"model_directory"},
    {"models", "data", "reports"},
    {"config", "decoding", "metrics"},
    {"registry"},
    {"runtime"},
    {"errors", "version"},
]
WITHOUT_TORCH = {"__init__", "cli", "config", "registry", "errors", "version"}
QUICK = (
    "translation/workers.py",
    "runtime/launch.py",
    "runtime/plugins.py",
    "runtime/ranks.py",
    "model_directory/shipped_models.py",
)
SLOW = {
    "torch",
    "datasets",
    "accelerate",
    "matplotlib",
    "safetensors",
    "sentencepiece",
    "sacrebleu",
}
UNSAFE = {"pickle", "cPickle", "dill", "joblib", "marshal", "shelve", "torch.load", "torch.save"}
MAX_FILE = 500
MAX_FUNCTION = 100
"""Guidance: most files have fewer than 300 lines, most functions fit on a screen."""

every_file = pytest.mark.parametrize(
    "path", FILES, ids=[path.relative_to(PACKAGE).as_posix() for path in FILES]
)


def room(path: Path) -> str:
    """The first name below the package: a room, or a module at the top."""
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def level(name: str) -> int:
    (index,) = [index for index, rooms in enumerate(LAYERS) if name in rooms] or [-1]
    assert index >= 0, f"seq2seq/{name} has no place in the layers"
    return index


def imported(nodes: Iterator[ast.AST], path: Path) -> Iterator[str]:
    """The full names that these nodes import."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: line {node.lineno}: write the import in full"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def at_import(node: ast.AST) -> Iterator[ast.AST]:
    """What runs when the module is imported: all but functions and what only type checkers read."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        if isinstance(child, ast.If) and ast.unparse(child.test).endswith("TYPE_CHECKING"):
            continue
        yield child
        yield from at_import(child)


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@every_file
def test_imports_go_downwards_only_and_rooms_of_one_layer_know_nothing_of_each_other(
    path: Path,
) -> None:
    here = room(path)
    if here in ("__init__", "__main__"):  # the public names, resolved lazily; `python -m seq2seq`
        return
    for name in imported(ast.walk(tree(path)), path):
        top, *rest = name.split(".")
        if top == "seq2seq" and rest[0] not in (here, "__version__"):
            assert level(rest[0]) > level(here), f"{here} imports {name}"


@every_file
def test_start_up_imports_nothing_slow(path: Path) -> None:
    here = path.relative_to(PACKAGE).as_posix()
    if (room(path) in WITHOUT_TORCH and here != "cli/translate_lines.py") or here in QUICK:
        found = {name.split(".")[0] for name in imported(at_import(tree(path)), path)}
        assert not found & SLOW
        lower = {
            name for name in imported(at_import(tree(path)), path) if name.startswith("seq2seq.")
        }
        quick = [name[:-3].replace("/", ".") for name in QUICK] + sorted(WITHOUT_TORCH)
        assert all(name.removeprefix("seq2seq.").startswith(tuple(quick)) for name in lower), (
            "what it imports must be as quick"
        )


@every_file
def test_nothing_is_unpickled(path: Path) -> None:
    """But by a reader of its own, which finds no class but the stand-ins that it lists."""
    if path == PACKAGE / "data" / "tokenizers" / "torchtext_vocabulary.py":
        used = {
            ast.unparse(node) for node in ast.walk(tree(path)) if isinstance(node, ast.Attribute)
        }
        assert {name for name in used if name.startswith("pickle.")} == {
            "pickle.Unpickler",
            "pickle.UnpicklingError",
        }
        return
    for name in imported(ast.walk(tree(path)), path):
        assert not {name, name.split(".")[0]} & UNSAFE
    for node in ast.walk(tree(path)):
        assert not (isinstance(node, ast.Attribute) and ast.unparse(node) in UNSAFE), (
            f"line {node.lineno}"
        )


@every_file
def test_files_and_functions_are_small(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_FILE
    for node in ast.walk(tree(path)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            assert node.end_lineno is not None
            assert node.end_lineno - node.lineno + 1 <= MAX_FUNCTION, f"{node.name} is too long"


@every_file
def test_a_file_says_what_it_is_and_is_named_after_it(path: Path) -> None:
    assert ast.get_docstring(tree(path))
    assert not {"utils", "util", "helpers", "common", "misc"} & set(
        path.relative_to(PACKAGE).with_suffix("").parts
    )


def test_the_package_was_found() -> None:
    assert {"config", "models", "decoding"} <= {room(path) for path in FILES}
