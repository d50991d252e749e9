"""One script from several modules in JavaScript, for a page in a single file.

Each module becomes a function that returns what the module exports, called once, after those that
it imports. Only what the modules here use of the syntax is known; anything else is an error.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping

from seq2seq.errors import Seq2SeqError

_IMPORT = re.compile(r'^import\s+(?:(.+?)\s+from\s+)?"([^"]+)";[ \t]*$', re.MULTILINE | re.DOTALL)
_DYNAMIC = re.compile(r'\bimport\("([^"]+)"\)')
_DECLARED = re.compile(r"^export\s+((?:async\s+)?function\s*\*?|class|const)\s+(\w+)", re.MULTILINE)
_LISTED = re.compile(r"^export\s+\{([^}]*)\};[ \t]*$", re.MULTILINE)
_LEFT = re.compile(r"^(?:import\b(?!\()|export\b).*", re.MULTILINE)
_AS = re.compile(r"\s+as\s+")


def join_modules(entry: str, modules: Mapping[str, str]) -> str:
    """Join a module and all that it imports into one script.

    Args:
        entry: Path of the module that runs last.
        modules: Source of each module by its path.

    Returns:
        The script, which defines no global names.

    Raises:
        Seq2SeqError: A module is missing, or uses syntax that is not known here.
    """
    parts: dict[str, str] = {}
    _add(entry, modules, parts, ())
    return "\n".join(['(() => {\n"use strict";', *parts.values(), "})();\n"])


def _add(
    path: str, modules: Mapping[str, str], parts: dict[str, str], importing: tuple[str, ...]
) -> None:
    """Add a module to the parts of a bundle, after those that it imports."""
    if path in parts:
        return
    if path in importing:
        raise Seq2SeqError(f"{path}: imports itself through {' and '.join(importing)}")
    if path not in modules:
        raise Seq2SeqError(f"{importing[-1] if importing else path}: no module {path}")
    source = modules[path]
    folder = posixpath.dirname(path)
    for name in [found[2] for found in _IMPORT.finditer(source)]:
        _add(_join(folder, name), modules, parts, (*importing, path))
    for name in [_join(folder, found[1]) for found in _DYNAMIC.finditer(source)]:
        if name in modules:
            _add(name, modules, parts, (*importing, path))
    parts[path] = _function(path, source, parts)


def _function(path: str, source: str, parts: Mapping[str, str]) -> str:
    """Return a module as the definition of an object of its exports."""
    folder = posixpath.dirname(path)
    exported = [found[2] for found in _DECLARED.finditer(source)]
    for found in _LISTED.finditer(source):
        exported += [_property(one.strip()) for one in found[1].split(",") if one.strip()]
    source = _IMPORT.sub(lambda found: _imported(found, folder), source)
    source = _DYNAMIC.sub(lambda found: _promised(_join(folder, found[1]), parts), source)
    source = _DECLARED.sub(r"\1 \2", source)
    source = _LISTED.sub("", source)
    if left := _LEFT.search(source):
        raise Seq2SeqError(f"{path}: syntax that a page in a single file cannot have: {left[0]}")
    return f"const {_name(path)} = (() => {{\n{source}\nreturn {{ {', '.join(exported)} }};\n}})();"


def _property(listed: str) -> str:
    """Return "b: a" for "a as b" in a list of exports, and "a" for "a"."""
    return ": ".join(reversed(_AS.split(listed)))


def _imported(found: re.Match[str], folder: str) -> str:
    """Return the definition of what an import names."""
    names = found[1]
    path = _name(_join(folder, found[2]))
    if names is None:
        return ""
    if names.startswith("*"):
        return f"const {_AS.split(names)[1]} = {path};"
    return f"const {_AS.sub(': ', names)} = {path};"


def _promised(path: str, parts: Mapping[str, str]) -> str:
    """Return a promise of a module; it is rejected if there is none."""
    if path in parts:
        return f"Promise.resolve({_name(path)})"
    return f'Promise.reject(new Error("no module {path}"))'


def _join(folder: str, name: str) -> str:
    return posixpath.normpath(posixpath.join(folder, name))


def _name(path: str) -> str:
    """Return the name of the object of a module's exports."""
    return "$" + re.sub(r"\W", "_", path.removesuffix(".mjs"))
