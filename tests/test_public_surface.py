"""The public surface: which names there are, how they are called, and who imports what.

tests/public_surface.txt freezes the names and signatures. After a change that is meant, write it
anew and say in CHANGELOG.md what changes for users:

    python -m tests.support.public_surface > tests/public_surface.txt
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

import seq2seq
import seq2seq.plugins
from tests.support.public_surface import public_surface

ROOT = Path(__file__).parents[1]
FROZEN = ROOT / "tests" / "public_surface.txt"
PUBLIC = {"seq2seq", "seq2seq.plugins"}
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md"), *ROOT.glob("recipes/*/*.md")])
RECIPES = sorted(ROOT.glob("recipes/*/*.py"))


def imported(source: str) -> set[str]:
    """Return the modules of the package that a program imports from."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            found.add(node.module)
        elif isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
    return {name for name in found if name.split(".")[0] == "seq2seq"}


def test_names_and_signatures_are_frozen() -> None:
    assert public_surface() == FROZEN.read_text(encoding="utf-8"), __doc__


@pytest.mark.parametrize("name", seq2seq.__all__)
def test_a_public_name_is_documented(name: str) -> None:
    assert name == "__version__" or inspect.getdoc(getattr(seq2seq, name))


def test_public_functions_take_options_by_keyword() -> None:
    for name in seq2seq.__all__:
        value = getattr(seq2seq, name)
        if inspect.isfunction(value):
            parameters = list(inspect.signature(value).parameters.values())
            positional = [one for one in parameters if one.kind is one.POSITIONAL_OR_KEYWORD]
            required = [one for one in positional if one.default is one.empty]
            assert positional[1:] in ([], required[1:]), f"{name}: options are keyword-only"


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.parent.name)
def test_recipes_import_only_public_names(path: Path) -> None:
    assert imported(path.read_text(encoding="utf-8")) <= PUBLIC


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_pages_import_only_public_names(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for block in re.findall(r"^```python\n(.*?)^```", text, flags=re.M | re.S):
        assert imported(block) <= PUBLIC
    for module in re.findall(r"\bfrom (seq2seq[\w.]*) import|\bimport (seq2seq[\w.]+)", text):
        assert set(filter(None, module)) <= PUBLIC, f"{path.name} imports from {module}"


def public_callables() -> Iterator[tuple[str, Callable[..., object]]]:
    """Yield the public functions and the public methods of public classes."""
    for module in (seq2seq, seq2seq.plugins):
        for name in module.__all__:
            value = getattr(module, name)
            if isinstance(value, ModuleType):
                inner = ((f"{name}.{one}", getattr(value, one)) for one in value.__all__)
                yield from ((one, found) for one, found in inner if inspect.isfunction(found))
            elif inspect.isclass(value):
                for member, found in vars(value).items():
                    function = getattr(found, "__func__", found)
                    if not member.startswith("_") and inspect.isfunction(function):
                        yield f"{name}.{member}", getattr(value, member)
            elif inspect.isfunction(value):
                yield name, value


def test_public_functions_say_what_they_take_and_return() -> None:
    lacking = []
    for name, function in public_callables():
        text = inspect.getdoc(function) or ""
        names = [one for one in inspect.signature(function).parameters if one != "self"]
        if names and "Args:" not in text:
            lacking.append(f"{name}: Args")
        returned = function.__annotations__.get("return", "None")
        said = re.search(r"^(Returns|Yields):", text, flags=re.M)
        one_line = not names and text.startswith("Return ")
        if returned != "None" and not said and not one_line:
            lacking.append(f"{name}: Returns")
    assert not lacking, "\n".join(lacking)
