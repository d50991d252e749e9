"""HTML pages rendered from templates: one file each, which loads no other file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from seq2seq.reports.curve_styles import COLORS, DARK_COLORS, curve_style
from seq2seq.reports.plots import inlined
from seq2seq.version import __version__

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).parent / "templates"

_CODE = re.compile(r"`([^`]+)`")


@dataclass(frozen=True)
class PagePart:
    """Part of a page that a script of its own draws.

    Attributes:
        style: Style sheet of the part.
        script: Script that draws it.
        data: Value for `json.dumps` that the script reads.
    """

    style: str
    script: str
    data: object


def render(template: str, **values: object) -> str:
    """Render a template that extends page.html.j2.

    All values are escaped, except that `{{ picture | inlined }}` and `{{ chart | svg("class") }}`
    insert SVG, and `{{ text | own }}` inserts text of the package itself. `{{ text | code }}` marks
    what is between backticks as code.
    """
    return _environment().get_template(template).render(**values)


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup, escape

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES, encoding="utf-8"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["own"] = Markup
    environment.filters["inlined"] = lambda picture: Markup(inlined(picture))
    environment.filters["code"] = lambda text: Markup(
        _CODE.sub(r"<code>\1</code>", str(escape(text)))
    )
    environment.filters["svg"] = lambda drawn, name: Markup(
        drawn.replace("<svg ", f'<svg class="{name}" ', 1)
    )
    environment.globals.update(
        version=__version__, light=COLORS, dark=DARK_COLORS, curve_style=curve_style
    )
    return environment
