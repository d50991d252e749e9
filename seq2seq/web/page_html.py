"""HTML of the page, with a Content-Security-Policy that lets it do only what it needs."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from seq2seq.web.join_modules import join_modules
from seq2seq.web.modules import FOLDER, modules, modules_in

STATIC = FOLDER / "static"
"""Folder of the files of the page that are no modules."""

SCRIPT = "app.js"
WORKER = "worker.js"
STYLE = "style.css"
ICON = "icon.svg"

INSIDE = "inside/inside.mjs"
"""Module of the view of what happens inside a model, which may be missing."""


@dataclass(frozen=True)
class Scripts:
    """Scripts and style of the page.

    Attributes:
        app: Script of the page.
        worker: Script of its worker, which translates.
        style: Style sheet.
        icon: Icon, in SVG.
        inside: True if the page can show what happens inside a model.
    """

    app: str
    worker: str
    style: str
    icon: str
    inside: bool

    @classmethod
    def read(cls) -> Scripts:
        """Return the scripts of this version."""
        every = modules()
        return cls(
            app=join_modules("page/main.mjs", every),
            worker=join_modules("page/worker.mjs", every),
            style=_read(STYLE) + _style_of_inside(),
            icon=_read(ICON),
            inside=INSIDE in every,
        )


def service_files() -> dict[str, str]:
    """Return the script, the style and the icon of the page of a service by name.

    Its translations come from the service, so that it needs no worker.
    """
    app = join_modules("page/main.mjs", modules_in("page"))
    return {SCRIPT: app, STYLE: _read(STYLE), ICON: _read(ICON)}


def folder_html(settings: Mapping[str, object], *, beside: str = "") -> str:
    """Return the HTML of a page with its files beside it.

    Args:
        settings: Settings of the page (see page/settings.mjs).
        beside: Path of the folder of the scripts and the style, with a slash at its end.
    """
    style = f'<link rel="icon" href="{beside}{ICON}"><link rel="stylesheet" href="{beside}{STYLE}">'
    return _filled(
        POLICY=_policy_element(policy("'self'")),
        STYLE=style,
        FILES="",
        SETTINGS=_json(settings),
        SCRIPT=f'<script src="{beside}{SCRIPT}" defer></script>',
    )


def single_html(
    settings: Mapping[str, object], scripts: Scripts, files: Mapping[str, bytes]
) -> str:
    """Return the HTML of a page that holds all of its files.

    Args:
        settings: Settings of the page (see page/settings.mjs).
        scripts: Scripts and style.
        files: Content of the other files by path.
    """
    icon = base64.b64encode(scripts.icon.encode()).decode()
    held = [
        f'<script type="application/octet-stream" id="{name}">{base64.b64encode(content).decode()}'
        "</script>"
        for name, content in files.items()
    ]
    held.append(f'<script type="text/plain" id="{WORKER}">{_inline(scripts.worker)}</script>')
    app = _inline(scripts.app)
    rules = (
        "default-src 'none'; "
        f"script-src {_hash(app)} 'wasm-unsafe-eval'; worker-src blob:; "
        f"style-src {_hash(scripts.style)}; img-src data:; base-uri 'none'; form-action 'none'"
    )
    return _filled(
        POLICY=_policy_element(rules),
        STYLE=f'<link rel="icon" href="data:image/svg+xml;base64,{icon}">'
        f"<style>{scripts.style}</style>",
        FILES="\n".join(held),
        SETTINGS=_json(settings),
        SCRIPT=f"<script>{app}</script>",
    )


def policy(origin: str) -> str:
    """Return the Content-Security-Policy of a page with its files beside it.

    Args:
        origin: Where scripts, styles, images and data may come from, such as "'self'".
    """
    return (
        f"default-src 'none'; script-src {origin} 'wasm-unsafe-eval'; worker-src {origin}; "
        f"style-src {origin}; img-src {origin}; connect-src {origin}; base-uri 'none'; "
        "form-action 'none'"
    )


def _filled(**parts: str) -> str:
    """Return index.html with its parts, each in the place of its name."""
    html = _read("index.html")
    for name, part in parts.items():
        html = html.replace(f"<!--{name}-->", part)
    return html


def _policy_element(rules: str) -> str:
    return f'<meta http-equiv="Content-Security-Policy" content="{rules}">'


def _json(settings: Mapping[str, object]) -> str:
    """Return settings as JSON that cannot end the element that holds it."""
    return json.dumps(settings).replace("<", "\\u003c")


def _inline(script: str) -> str:
    """Return a script that cannot end the element that holds it."""
    return script.replace("</script", "<\\/script").replace("<!--", "<\\!--")


def _style_of_inside() -> str:
    """Return the style of the view of what happens inside a model, if there is one."""
    path = FOLDER / "inside" / "inside.css"
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _read(name: str) -> str:
    return (STATIC / name).read_text(encoding="utf-8")
