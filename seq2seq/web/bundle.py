"""Modules of JavaScript as one script, for a page that loads no other file.

A module becomes a function that is called once and returns what it exports. Only what the modules
of this package use is understood: `import { a, b } from "./other.mjs"`, and `export` before a
function, a class or a constant.
"""

from __future__ import annotations

import re
from pathlib import Path

_IMPORT = re.compile(r'^import \{([^}]*)\} from "(\.{1,2}/[\w./-]+\.mjs)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export ((?:async )?(?:function\*?|class|const) (\w+))", re.MULTILINE)
_OTHER = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)


def bundle(entry: Path) -> str:
    """Return a module and all that it imports as one script.

    Args:
        entry: The module that the page runs.

    Returns:
        The script, in which each module comes after those that it imports.

    Raises:
        ValueError: A module imports or exports in another way, or in a circle.
    """
    return "".join(_functions(entry.resolve(), {}, ()))


def _functions(path: Path, names: dict[Path, str], above: tuple[Path, ...]) -> list[str]:
    """Return the functions of a module and those that it imports, as far as they are new.

    Args:
        path: The module.
        names: Names of the modules so far, to which the new ones are added.
        above: The modules that led here.
    """
    if path in above:
        raise ValueError(f"{path.name} imports itself, by {above[-1].name}")
    if path in names:
        return []
    text = path.read_text(encoding="utf-8")
    functions = []
    for match in _IMPORT.finditer(text):
        functions += _functions((path.parent / match[2]).resolve(), names, (*above, path))
    names[path] = f"module{len(names)}"

    def imported(match: re.Match[str]) -> str:
        parts = match[1].replace(" as ", ": ")
        return f"const {{{parts}}} = {names[(path.parent / match[2]).resolve()]};\n"

    exported = [match[2] for match in _EXPORT.finditer(text)]
    body = _EXPORT.sub(r"\1", _IMPORT.sub(imported, text))
    if found := _OTHER.search(body):
        raise ValueError(f"{path.name}: {found[0]!r} cannot be bundled")
    end = f"return {{ {', '.join(exported)} }};"
    return [*functions, f"const {names[path]} = (() => {{\n{body}{end}\n}})();\n"]
