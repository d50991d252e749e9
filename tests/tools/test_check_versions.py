"""The lowest and the newest set of versions, and the bounds in setup.cfg that they come from."""

from __future__ import annotations

import ast
from pathlib import Path
from types import ModuleType

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
SETUP = ROOT / "setup.cfg"
PINNED = ROOT / "constraints.txt"

PRIVATE = {
    "_Pointer": "",  # ctypes, and only for type checkers
    "_asdict": "",  # of a named tuple
    "_compute_score_from_stats": "sacrebleu",
    "_dynamo": "torch",
    "_exit": "",
    "_extract_corpus_statistics": "sacrebleu",
    "_int_mm": "torch",
    "_modules": "torch",
    "_reset_state": "accelerate",
}
"""Private names of libraries that the package uses, and the library; "" is Python itself."""

UNDOCUMENTED = ("uvicorn",)
"""Libraries of which the package uses classes that their documentation does not name."""


@pytest.fixture
def tool(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    import check_versions

    return check_versions


def bounded(requirement: Requirement) -> bool:
    return any(one.operator in ("<", "==") for one in requirement.specifier)


def private_names() -> tuple[set[str], set[str]]:
    """Return the private names that the package uses, and those that it defines itself."""
    used, own = set(), set()
    for path in (ROOT / "seq2seq").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Attribute(value=ast.Name("self"), attr=name, ctx=ast.Store()):
                    own.add(name)
                case ast.Attribute(attr=name):
                    used.add(name)
                case ast.ImportFrom(names=names):
                    used |= {alias.name for alias in names}
                case ast.Import(names=names):
                    used |= {part for alias in names for part in alias.name.split(".")}
                case ast.FunctionDef(name) | ast.AsyncFunctionDef(name) | ast.ClassDef(name):
                    own.add(name)
                case ast.Name(id=name, ctx=ast.Store()):
                    own.add(name)
    private = {name for name in used if name.startswith("_") and not name.startswith("__")}
    return private, own


def test_each_library_has_a_lowest_version_that_is_not_above_the_tested_one(
    tool: ModuleType,
) -> None:
    tested = tool.pinned_versions(PINNED)
    found = [one for extra in tool.LIBRARIES for one in tool.requirements(SETUP, extra)]
    assert {one.name for one in found} >= {"torch", "sentencepiece", "starlette", "torchtext"}
    for one in found:
        version = tested[tool.canonicalize_name(one.name)]
        assert one.specifier.contains(version), one
        assert one.specifier.contains(tool.floor(one))


def test_a_library_whose_private_names_are_used_has_an_upper_bound(tool: ModuleType) -> None:
    used, own = private_names()
    assert used - own == set(PRIVATE)
    found = [one for extra in tool.LIBRARIES for one in tool.requirements(SETUP, extra)]
    bounds = {one.name: bounded(one) for one in found}
    assert all(bounds[name] for name in {*PRIVATE.values(), *UNDOCUMENTED} if name)


def test_the_sets_come_from_setup_cfg(tool: ModuleType, tmp_path: Path) -> None:
    setup = tmp_path / "setup.cfg"
    setup.write_text(
        "[options]\ninstall_requires =\n    One >= 1.2, < 3\n\n[options.extras_require]\n"
        "hub =\n    two == 0.5\nall =\n    seq2seq-translate[hub]\n    torch >= 2\n"
        "torchtext =\ndev =\n    seq2seq-translate[all]\n    tester >= 1\ndocs =\n    pages >= 7\n"
    )
    pinned = tmp_path / "constraints.txt"
    pinned.write_text("# tested\none==2.9\ntorch==2.5\ntester==4\nother==1\n")
    lowest = tool.constraints(tool.Set.lowest, setup=setup, pinned=pinned)
    assert lowest == {"one": "1.2", "two": "0.5", "torch": "2.5", "tester": "4"}
    newest = tool.constraints(tool.Set.newest, setup=setup, pinned=pinned)
    assert newest == {"torch": "2.5"}


def test_a_library_without_a_lowest_version_is_named(tool: ModuleType) -> None:
    with pytest.raises(ValueError, match="numpy has no lowest version"):
        tool.floor(Requirement("numpy"))


def test_an_environment_that_is_complete_is_used_again(tool: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "complete").touch()
    assert tool.install(tool.Set.lowest, tmp_path) == tmp_path / "bin" / "python"
