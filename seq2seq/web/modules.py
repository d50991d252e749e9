"""Modules of the page: all files in JavaScript by the paths that they import each other under."""

from __future__ import annotations

from pathlib import Path

from seq2seq.web.constants import constants_module

FOLDER = Path(__file__).parent
"""Folder of the modules."""

ENGINE = FOLDER.parent / "engine" / "web"
"""Folder of the modules of the engine."""

FOLDERS = ("text", "tokenizer", "translation", "page", "inside")
"""Folders of modules. The last one, the view of what happens inside a model, may be missing."""


def modules_in(*folders: str) -> dict[str, str]:
    """Return the source of each module in some folders by its path, such as "page/main.mjs"."""
    return {
        path.relative_to(FOLDER).as_posix(): path.read_text(encoding="utf-8")
        for folder in folders
        for path in sorted((FOLDER / folder).glob("*.mjs"))
    }


def modules() -> dict[str, str]:
    """Return the source of each module by its path, such as "text/sentences.mjs"."""
    found = modules_in(*FOLDERS)
    found["text/constants.mjs"] = constants_module()
    for path in sorted(ENGINE.glob("*.mjs")):
        found[f"engine/{path.name}"] = path.read_text(encoding="utf-8")
    return found


def write_modules(folder: Path) -> None:
    """Write all modules below a folder.

    Args:
        folder: The folder, which need not exist.
    """
    for name, source in modules().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source, encoding="utf-8")
