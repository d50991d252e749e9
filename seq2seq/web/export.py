"""Export of a page that translates in the browser: a folder for a web server, or a single file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from seq2seq.errors import ConfigError
from seq2seq.runtime.atomic_file import atomic_write
from seq2seq.runtime.storage import writing
from seq2seq.text_steps.languages import WEIGHTS as LANGUAGES
from seq2seq.web.library_file import read_library
from seq2seq.web.model_files import WebModel, web_model
from seq2seq.web.page_html import (
    ICON,
    SCRIPT,
    STATIC,
    STYLE,
    WORKER,
    Scripts,
    folder_html,
    single_html,
)

INDEX = "index.html"
OFFLINE = "offline.js"

_PREFIX = "seq2seq-page-"
"""Beginning of the names under which browsers keep the files of such pages."""


def export_page(names: Sequence[str], folder: Path, *, single_file: bool = False) -> list[Path]:
    """Write a page that translates with some models.

    Args:
        names: Model directories, or names of shipped models.
        folder: Folder to write, which need not exist.
        single_file: Write only index.html, which holds everything.

    Returns:
        The files.

    Raises:
        CheckpointError: A model is missing or damaged.
        ConfigError: A page cannot use a model, or two models translate the same languages.
        StorageError: A file cannot be written.
    """
    models = _distinct([web_model(name) for name in names])
    scripts = Scripts.read()
    settings = _settings(models, scripts, embedded=single_file)
    files = {"s2s.wasm": read_library(), "languages.bin": LANGUAGES.read_bytes()}
    for model in models:
        files |= _files_of(model)
    if single_file:
        page = {INDEX: single_html(settings, scripts, files).encode()}
    else:
        page = files | _beside(scripts)
        page[INDEX] = folder_html(settings).encode()
        page[OFFLINE] = _service_worker(page)
    return [_write(folder / name, content) for name, content in page.items()]


def page_settings(
    directions: Sequence[Mapping[str, object]], languages: Mapping[str, str], **changes: bool
) -> dict[str, object]:
    """Return the settings of a page (see page/settings.mjs).

    Args:
        directions: Its models, each with `name`, `source`, `target` and perhaps `files`.
        languages: English names of languages by code.
        changes: What differs from the usual: embedded, service, key, inside.
    """
    usual = dict.fromkeys(("embedded", "service", "key", "inside"), False)
    return {"models": list(directions), "languages": dict(languages), **usual, **changes}


def _distinct(models: list[WebModel]) -> list[WebModel]:
    """Return models, none of which translates the same languages as another."""
    names = [model.name for model in models]
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(f"two models are {name}: export one of them")
    return models


def _settings(models: list[WebModel], scripts: Scripts, *, embedded: bool) -> dict[str, object]:
    languages = {code: name for model in models for code, name in model.languages.items()}
    directions = [
        {
            "name": model.name,
            "source": model.source,
            "target": model.target,
            "files": _paths(model),
        }
        for model in models
    ]
    return page_settings(directions, languages, embedded=embedded, inside=scripts.inside)


def _paths(model: WebModel) -> dict[str, str]:
    """Return the paths of the files of a model in the page."""
    paths = {
        "description": "model.json",
        "weights": model.weights.name,
        "source": model.source_tokenizer.name,
        "target": model.target_tokenizer.name,
    }
    return {role: f"models/{model.name}/{name}" for role, name in paths.items()}


def _files_of(model: WebModel) -> dict[str, bytes]:
    """Return the files of a model by path."""
    paths = _paths(model)
    return {
        paths["description"]: json.dumps(model.description, separators=(",", ":")).encode(),
        paths["weights"]: model.weights.read_bytes(),
        paths["source"]: model.source_tokenizer.read_bytes(),
        paths["target"]: model.target_tokenizer.read_bytes(),
    }


def _beside(scripts: Scripts) -> dict[str, bytes]:
    """Return the scripts, the style and the icon by path."""
    texts = {SCRIPT: scripts.app, WORKER: scripts.worker, STYLE: scripts.style, ICON: scripts.icon}
    return {name: text.encode() for name, text in texts.items()}


def _service_worker(page: Mapping[str, bytes]) -> bytes:
    """Return the service worker of a page, which knows its files."""
    digest = hashlib.sha256()
    for name, content in sorted(page.items()):
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    names = ["./", *page]
    constants = {
        "PREFIX": _PREFIX,
        "VERSION": _PREFIX + digest.hexdigest()[:16],
        "FILES": names,
    }
    lines = [f"const {name} = {json.dumps(value)};\n" for name, value in constants.items()]
    return ("".join(lines) + (STATIC / OFFLINE).read_text(encoding="utf-8")).encode()


def _write(path: Path, content: bytes) -> Path:
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    atomic_write(path, lambda temporary: temporary.write_bytes(content))
    return path
