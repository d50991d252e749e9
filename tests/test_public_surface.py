"""The public surface: which names there are, how they are called, and who imports what.

tests/public_surface.txt freezes the names and signatures. After a change that is meant, write it
anew and say in CHANGELOG.md what changes for users:

    python -m tests.support.public_surface > tests/public_surface.txt
"""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from types import ModuleType

from pydantic import BaseModel

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


def test_a_public_name_is_documented() -> None:
    for name in set(seq2seq.__all__) - {"__version__"}:
        assert inspect.getdoc(getattr(seq2seq, name)), name


def test_public_functions_take_options_by_keyword() -> None:
    for name in seq2seq.__all__:
        value = getattr(seq2seq, name)
        if inspect.isfunction(value):
            parameters = list(inspect.signature(value).parameters.values())
            positional = [one for one in parameters if one.kind is one.POSITIONAL_OR_KEYWORD]
            required = [one for one in positional if one.default is one.empty]
            assert positional[1:] in ([], required[1:]), f"{name}: options are keyword-only"


def test_recipes_import_only_public_names() -> None:
    for path in RECIPES:
        assert imported(path.read_text(encoding="utf-8")) <= PUBLIC, path


def test_pages_import_only_public_names() -> None:
    for path in PAGES:
        text = path.read_text(encoding="utf-8")
        for block in re.findall(r"^```python\n(.*?)^```", text, flags=re.M | re.S):
            assert imported(block) <= PUBLIC, path
        for module in re.findall(r"\bfrom (seq2seq[\w.]*) import|\bimport (seq2seq[\w.]+)", text):
            assert set(filter(None, module)) <= PUBLIC, f"{path} imports from {module}"


def public_values() -> Iterator[tuple[str, object]]:
    """Yield the public names and their values; for a module, the names in it."""
    for module in (seq2seq, seq2seq.plugins):
        for name in module.__all__:
            value = getattr(module, name)
            if isinstance(value, ModuleType):
                yield from ((f"{name}.{inner}", getattr(value, inner)) for inner in value.__all__)
            else:
                yield name, value


def public_methods(value: type) -> Iterator[tuple[str, Callable[..., object]]]:
    """Yield the public methods that a class defines, and how it is called."""
    for name, found in vars(value).items():
        function = getattr(found, "__func__", found)
        if inspect.isfunction(function) and (name == "__call__" or not name.startswith("_")):
            yield name, function


def public_callables() -> Iterator[tuple[str, Callable[..., object]]]:
    """Yield the public functions and the public methods of public classes."""
    for name, value in public_values():
        if inspect.isclass(value):
            yield from ((f"{name}.{one}", function) for one, function in public_methods(value))
        elif inspect.isfunction(value):
            yield name, value


def section(text: str, title: str) -> str:
    """Return a section of a docstring in Google's style, "" if it has none."""
    found = re.search(rf"^{title}:\n((?:[ ]{{4}}.*\n|\n)*)", f"{text}\n", flags=re.M)
    return found[1] if found else ""


def listed(text: str, title: str) -> list[str]:
    """Return the names that a section of a docstring lists."""
    return re.findall(r"^[ ]{4}\*{0,2}(\w+)(?: \([^)]*\))?: \S", section(text, title), flags=re.M)


def entry(listing: str, name: str) -> str:
    """Return what a section of a docstring says of one name."""
    found = re.search(
        rf"^[ ]{{4}}\*{{0,2}}{name}(?: \([^)]*\))?: (.*(?:\n[ ]{{8}}.*)*)", listing, re.M
    )
    return found[1] if found else ""


def raised(function: Callable[..., object]) -> set[str]:
    """Return the names of the exceptions that the body of a function raises."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    calls = [node.exc for node in ast.walk(tree) if isinstance(node, ast.Raise)]
    names = [call.func if isinstance(call, ast.Call) else call for call in calls]
    return {name.id for name in names if isinstance(name, ast.Name)} - {"NotImplementedError"}


def parameters(function: Callable[..., object]) -> list[str]:
    """Return the names of the parameters of a function, without self and cls."""
    return [name for name in inspect.signature(function).parameters if name not in ("self", "cls")]


SHAPE = re.compile(r"\([A-Z0-9.…]|shape|scalar")
"""Shape of a tensor in a docstring, such as (N, S)."""

CALLABLES = dict(public_callables())
CLASSES = {name: value for name, value in public_values() if inspect.isclass(value)}


def test_a_public_function_says_what_it_takes_returns_and_raises() -> None:
    for name, function in CALLABLES.items():
        text = inspect.getdoc(function) or ""
        assert text, f"{name} has no docstring"
        assert listed(text, "Args") == parameters(function), name
        returned = function.__annotations__.get("return", "None")
        said = section(text, "Returns") or section(text, "Yields")
        one_line = not parameters(function) and text.startswith("Return ")
        assert returned in ("None", None) or said or one_line, f"{name} lacks Returns"
        assert raised(function) <= set(listed(text, "Raises")), f"Raises of {name} lacks an error"


def test_a_public_function_says_the_shapes_of_its_tensors() -> None:
    for name, function in CALLABLES.items():
        text = inspect.getdoc(function) or ""
        for parameter in inspect.signature(function).parameters.values():
            if "Tensor" in str(parameter.annotation):
                said = entry(section(text, "Args"), parameter.name)
                assert SHAPE.search(said), f"{parameter.name} of {name} has no shape"
        if "Tensor" in str(function.__annotations__.get("return")):
            said = section(text, "Returns") or text.partition("\n")[0]
            assert SHAPE.search(said), f"the result of {name} has no shape"


def test_a_public_docstring_has_no_markup_by_accident() -> None:
    for name, value in {**CALLABLES, **CLASSES}.items():
        text = re.sub(r"`[^`]*`", "", inspect.getdoc(value) or "")
        assert not re.search(r"<[/a-z]", text), f"{name}: put tokens into backticks"


def described(value: type) -> set[str]:
    """Return the fields and arguments that a class and its constructor describe."""
    text = inspect.getdoc(value) or ""
    constructor = vars(value)["__init__"].__doc__ if "__init__" in vars(value) else None
    found = {*listed(text, "Args"), *listed(text, "Attributes")}
    found |= set(listed(inspect.cleandoc(constructor or ""), "Args"))
    if issubclass(value, BaseModel):
        found |= {key for key, field in value.model_fields.items() if field.description}
    return found


def test_a_public_class_describes_its_fields_and_arguments() -> None:
    for name, value in CLASSES.items():
        needed: set[str] = set()
        if is_dataclass(value):
            needed = {field.name for field in fields(value) if field.name[0] != "_"}
        elif issubclass(value, tuple):
            needed = set(getattr(value, "_fields", ()))
        elif "__init__" in vars(value) and not getattr(value, "_is_protocol", False):
            needed = set(parameters(vars(value)["__init__"]))
        assert needed <= described(value), name
        for member, found in vars(value).items():
            if isinstance(found, property) and not member.startswith("_"):
                assert found.__doc__, f"{name}.{member} has no docstring"
