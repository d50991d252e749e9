"""Every number on a command line has an upper limit: its own, or that of the setting it changes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import seq2seq.cli

SETTINGS = {"beam", "nbest", "length_penalty", "Beam", "Nbest"}
"""Options that change a setting, which has the limit."""


def numbers() -> Iterator[tuple[str, ast.Call]]:
    """Yield the name and the declaration of each option or argument that is a number."""
    for path in sorted(Path(seq2seq.cli.__file__).parent.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.arg | ast.AnnAssign):
                name = node.arg if isinstance(node, ast.arg) else ast.unparse(node.target)
                annotation = node.annotation
            elif isinstance(node, ast.Assign):
                name = ast.unparse(node.targets[0])
                annotation = node.value
            else:
                continue
            if not (isinstance(annotation, ast.Subscript) and "Annotated" in ast.dump(annotation)):
                continue
            kind, call = getattr(annotation.slice, "elts", [None, None])[:2]
            words = set(ast.unparse(kind).replace("[", " ").replace("]", " ").split())
            if isinstance(call, ast.Call) and words & {"int", "float"}:
                yield f"{path.name}: {name}", call


def test_every_number_has_an_upper_limit() -> None:
    found = dict(numbers())
    assert len(found) > 15
    unlimited = {
        name
        for name, call in found.items()
        if "max" not in {keyword.arg for keyword in call.keywords}
    }
    assert {name for name in unlimited if name.split()[1] not in SETTINGS} == set()
