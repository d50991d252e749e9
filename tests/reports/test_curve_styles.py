"""Curves of one chart are told apart without color, too."""

from __future__ import annotations

import itertools

from seq2seq.reports.curve_styles import COLORS, DARK_COLORS, DASHES, MARKERS, curve_style


def test_curves_differ_in_color_or_dashes_and_later_ones_in_markers() -> None:
    styles = [curve_style(index) for index in range(60)]
    assert len({style[:2] for style in styles[:12]}) == 12
    assert len(set(styles)) == 60


def test_neighbors_differ_in_color_dashes_and_marker() -> None:
    for one, other in itertools.pairwise(map(curve_style, range(100))):
        assert all(mine != its for mine, its in zip(one, other, strict=True))


def test_all_styles_are_used_and_both_themes_have_all_colors() -> None:
    styles = [curve_style(index) for index in range(60)]
    assert {style.color for style in styles} == set(range(len(COLORS)))
    assert {style.dashes for style in styles} == set(DASHES)
    assert {style.marker for style in styles} == set(MARKERS)
    assert len(COLORS) == len(DARK_COLORS)
