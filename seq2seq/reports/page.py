"""Pages: one HTML file each, of the templates beside this file. No request leaves them, and what is
text stays text.

It fills in what it is given, and knows nothing of evaluations or runs.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from seq2seq.reports.plots import COLOURS, DARK, inlined
from seq2seq.version import __version__

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).parent / "templates"


def render(template: str, **values: object) -> str:
    """The page that a template (which begins from page.html.j2) makes of these values.

    Whatever stands in a value is escaped, but for pictures: `{{ picture | drawn }}` puts one of
    `plots` in."""
    return _environment().get_template(template).render(**values)


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES, encoding="utf-8"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["drawn"] = lambda picture: Markup(inlined(picture))
    environment.globals.update(version=__version__, light=COLOURS, dark=DARK)
    return environment
