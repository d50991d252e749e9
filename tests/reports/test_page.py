"""Rules for every page, whatever its content."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import UndefinedError

from seq2seq.reports import page
from seq2seq.reports.curve_styles import COLORS, DARK_COLORS
from seq2seq.reports.plots import Bars, bars

BACKGROUNDS = {"light": "#ffffff", "dark": "#17181a"}


@pytest.fixture
def template(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    (tmp_path / "page.html.j2").write_bytes((page.TEMPLATES / "page.html.j2").read_bytes())
    text = (
        "{% extends 'page.html.j2' %}"
        "{% block main %}<p>{{ text }}</p>{{ picture | inlined }}{% endblock %}"
    )
    (tmp_path / "a.html.j2").write_text(text)
    monkeypatch.setattr(page, "TEMPLATES", tmp_path)
    page._environment.cache_clear()
    yield "a.html.j2"
    page._environment.cache_clear()


def drawing() -> str:
    names = [f"<{number}>" for number in range(6)]
    return bars(Bars(names, range(6), [(0, 6)] * 6), title="T", y_label="y", counts=range(6))


def luminance(color: str) -> float:
    """Return the relative luminance as defined by WCAG 2."""
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_text_is_escaped_and_pictures_are_drawn(template: str) -> None:
    made = page.render(template, text="<script>alert(1)</script> & \"'", picture=drawing())
    assert "<script>" not in made
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &#34;&#39;" in made
    assert made.count("<svg ") == 1
    assert "&lt;5&gt;" in made


def test_a_missing_template_value_is_an_error(template: str) -> None:
    with pytest.raises(UndefinedError):
        page.render(template, text="a")


def test_a_page_loads_nothing(template: str) -> None:
    made = page.render(template, text="a", picture=drawing())
    assert "default-src 'none'" in made
    assert not re.search(r"""(?:src|href)\s*=\s*["'](?!#)""", made)
    assert "@import" not in made
    assert not re.search(r"url\((?!#)", made)


def test_a_picture_takes_the_page_s_colors(template: str) -> None:
    made = page.render(template, text="a", picture=drawing())
    picture = made[made.index("<svg ") : made.index("</svg>")]
    assert not re.search(
        r"#[0-9a-f]{6}\b(?!\))", re.sub(r'(?:xlink:href="|url\()#\w+', "", picture)
    )
    assert all(f"var(--curve-{index})" in picture for index in range(2))
    assert 'id="axes_1"' not in picture


@pytest.mark.parametrize(("theme", "colors"), [("light", COLORS), ("dark", DARK_COLORS)])
def test_every_color_of_text_has_enough_contrast(theme: str, colors: list[str]) -> None:
    style = (page.TEMPLATES / "page.html.j2").read_text()
    light, dark = style.split("@media (prefers-color-scheme: dark)")
    named = dict(
        re.findall(
            r"--([\w-]+): (#[0-9a-f]{6})", light if theme == "light" else dark.split("* {")[0]
        )
    )
    assert named["page"] == BACKGROUNDS[theme]
    for background in (named["page"], named["panel"]):
        for color in [
            *colors,
            *(named[name] for name in ("text", "muted", "link", "better", "worse")),
        ]:
            assert contrast(color, background) >= 4.5, (theme, color, background)
