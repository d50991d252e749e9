"""Plots are well-formed XML, equal for equal values, and contain their labels as text."""

from __future__ import annotations

import itertools
import math
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.reports.curve_styles import COLORS, curve_style
from seq2seq.reports.line_chart import CHARACTER, LINE, text_width, wrapped
from seq2seq.reports.plots import Curve, curves
from tests.support.examples import few

SVG = "{http://www.w3.org/2000/svg}"


def texts(picture: str) -> dict[str, tuple[float, float]]:
    """Return the texts of a plot with their positions: x and y in points, y downwards."""
    found = {}
    for element in ElementTree.fromstring(picture).iter(f"{SVG}text"):
        transform = element.get("transform") or ""
        x, y = (
            transform.partition("translate(")[2].partition(")")[0].split()
            if "translate(" in transform
            else (element.get("x"), element.get("y"))
        )
        found["".join(element.itertext())] = (float(x or 0), float(y or 0))
    return found


def draw(
    *drawn: Curve,
    title: str = "Scores",
    log_x: bool = False,
    log_y: bool = False,
    marked: bool = False,
) -> str:
    return curves(
        drawn, title=title, x_label="pairs", y_label="BLEU", log_x=log_x, log_y=log_y, marked=marked
    )


def test_a_picture_names_its_axes_and_its_curves_and_itself() -> None:
    picture = draw(Curve("tiny", [1, 2, 3], [4, 5, 9]), Curve("small", [1, 2, 3], [1, 2, 3]))
    assert {"Scores", "pairs", "BLEU", "tiny", "small"} <= texts(picture).keys()
    root = ElementTree.fromstring(picture)
    assert (root.tag, root.get("role"), root.get("aria-label")) == (f"{SVG}svg", "img", "Scores")


def test_the_same_figures_are_the_same_picture() -> None:
    first, second = (draw(Curve("a", [1, 2], [3, 4]), marked=True) for _ in range(2))
    assert first == second
    assert first != draw(Curve("a", [1, 2], [3, 5]), marked=True)


def test_a_picture_loads_nothing() -> None:
    root = ElementTree.fromstring(draw(Curve("a", [1, 2], [3, 4])))
    assert not any(
        name.endswith(("href", "src")) for element in root.iter() for name, _ in element.items()
    )


def test_names_of_curves_that_end_at_one_point_do_not_overlap() -> None:
    names = [f"curve {number}" for number in range(6)]
    written = texts(draw(*(Curve(name, [1, 2], [number, 5]) for number, name in enumerate(names))))
    heights = sorted(written[name][1] for name in names)
    assert all(after - before >= 10 for before, after in itertools.pairwise(heights))


def test_a_name_stays_at_the_height_of_its_curve_s_end_unless_another_is_in_the_way() -> None:
    apart = texts(draw(Curve("a", [1, 2], [1, 5]), Curve("b", [1, 2], [1, 9])))
    alone = texts(draw(Curve("", [1, 2], [1, 5]), Curve("b", [1, 2], [1, 9])))
    assert apart["b"] == alone["b"]
    together = texts(draw(Curve("a", [1, 9], [1, 5]), Curve("b", [1, 9], [1, 5])))
    assert abs(together["a"][1] - together["b"][1]) >= 10
    assert together["a"][0] == together["b"][0]


def test_each_curve_has_its_style_and_keeps_it_if_another_has_no_points() -> None:
    drawn = [Curve(f"curve {number}", [1, 2], [number, 1]) for number in range(8)]
    drawn[1] = Curve("curve 1", [], [])
    root = ElementTree.fromstring(draw(*drawn))
    groups = {
        int(group.get("data-curve", "")): group
        for group in root.iter(f"{SVG}g")
        if group.get("class") == "curve"
    }
    assert sorted(groups) == [0, 2, 3, 4, 5, 6, 7]
    for number, group in groups.items():
        style = curve_style(number)
        line = group.find(f"{SVG}polyline")
        assert line is not None
        assert (line.get("stroke-dasharray") or "") == style.dashes
        assert COLORS[style.color].lower() in (group.get("style") or "")


def test_a_logarithmic_y_leaves_out_what_has_no_logarithm_and_says_so() -> None:
    said = "BLEU (left out: zero, infinite)"
    gaps, none = Curve("a", [1, 2, 2.5, 3], [1, 0, float("inf"), 100]), Curve("b", [1, 2], [0, -1])
    whole = Curve("a", [1, 3], [1, 100])
    assert draw(none, gaps, log_y=True) == curves(
        [Curve("b", [], []), whole], title="Scores", x_label="pairs", y_label=said, log_y=True
    )
    assert said not in texts(draw(whole, log_y=True))


def test_each_name_has_its_curve_s_color() -> None:
    root = ElementTree.fromstring(draw(Curve("a", [1, 2], [1, 2]), Curve("b", [1, 2], [2, 3])))
    for group in root.iter(f"{SVG}g"):
        if group.get("class") == "curve":
            named = "".join(group.itertext()).strip()
            color = COLORS["ab".index(named)].lower()
            assert f"fill:{color}" in (group.get("style") or "")


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=60), max_size=30))
@few(50)
def test_no_two_names_overlap_and_all_are_within_the_picture(names: list[str]) -> None:
    drawn = [Curve(name, [1, 2], [number % 3, 5]) for number, name in enumerate(names)]
    root = ElementTree.fromstring(draw(*drawn))
    columns = [group for group in root.iter(f"{SVG}g") if group.get("class") == "name"]
    rows = [text for group in columns for text in group.iter(f"{SVG}text")]
    heights = sorted(float(row.get("y", "")) for row in rows)
    assert all(after - before >= LINE - 1.1 for before, after in itertools.pairwise(heights))
    assert all(0 < height < float(root.get("height", "")) for height in heights)
    width = float(root.get("width", ""))
    for row in rows:
        assert float(row.get("x", "")) + text_width(row.text or "") <= width + 0.1


@given(st.text(max_size=80), st.integers(4, 30), st.integers(1, 3))
def test_a_wrapped_text_is_whole_or_cut_in_its_middle(text: str, width: int, lines: int) -> None:
    found = wrapped(text, width, lines=lines)
    assert len(found) <= lines
    assert all(text_width(line) <= (width + 2) * CHARACTER for line in found)
    printed = "".join(character if character.isprintable() else " " for character in text)
    whole = "".join(found)
    if whole != printed:
        head, _, tail = whole.rpartition("…")
        assert printed.startswith(head)
        assert printed.endswith(tail)


def test_names_that_differ_at_their_ends_stay_different_when_they_are_cut() -> None:
    cut = {tuple(wrapped(f"encoder.layers_with_long_names.{n}.{'x' * 40}.{n}", 16)) for n in "01"}
    assert len(cut) == 2


def test_a_very_long_name_is_cut_quickly() -> None:
    assert sum(map(len, wrapped("x" * 10_000_000, 20))) <= 42


def test_marked_points_are_ticks() -> None:
    written = texts(
        draw(
            Curve("a", [3000, 112380], [1, 2]),
            Curve("b", [3000, 10000], [1, 2]),
            log_x=True,
            marked=True,
        )
    )
    assert {"3,000", "10,000", "112,380"} <= written.keys()
    assert written["3,000"][0] < written["10,000"][0] < written["112,380"][0]


def test_a_logarithmic_axis_has_plain_numbers_at_regular_steps() -> None:
    picture = curves(
        [Curve("a", [10, 20, 30], [1, 1e-40, 1e-80])],
        title="t",
        x_label="x",
        y_label="norm",
        log_y=True,
    )
    written = texts(picture)
    assert "norm" in written
    assert not any("$" in text or "\\" in text for text in written)
    heights = {
        float(text.replace("−", "-")): place[1]
        for text, place in written.items()
        if text == "1" or text.startswith("1e−")
    }
    assert len(heights) > 2
    (low, *_, high) = sorted(heights)
    for value, height in heights.items():
        share = (math.log10(value) - math.log10(low)) / (math.log10(high) - math.log10(low))
        assert height == pytest.approx(
            heights[low] + share * (heights[high] - heights[low]), abs=0.1
        )


def test_values_without_a_logarithm_are_left_out_and_the_label_says_so() -> None:
    drawn = [
        Curve("a", [1, 2, 3, 4], [1, 0.1, 0, math.inf]),
        Curve("b", [1, 2], [0, math.nan]),
        Curve("c", [1], [2]),
    ]
    picture = curves(drawn, title="t", x_label="x", y_label="norm", log_y=True)
    assert {"a", "c", "norm (left out: zero, infinite)"} <= texts(picture).keys()
    assert "b" not in texts(picture)
    kept = [Curve("a", [1, 2], [1, 0.1]), Curve("b", [], []), Curve("c", [1], [2])]
    assert (
        curves(kept, title="t", x_label="x", y_label="norm (left out: zero, infinite)", log_y=True)
        == picture
    ), "nothing else has moved"


@pytest.mark.parametrize(
    "drawn", [[], [Curve("a", [], [])], [Curve("a", [1], [2])], [Curve("a", [1, 2], [2, 2])]]
)
@pytest.mark.parametrize("marked", [True, False])
def test_plots_of_few_points_are_drawn(drawn: list[Curve], marked: bool) -> None:
    assert "Scores" in texts(draw(*drawn, marked=marked))


@given(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20),
    st.sampled_from(["{}", "$x^{}", "<script>{}</script>", '"&]]>{}']),
)
@few(20)
def test_any_name_is_drawn_as_text(name: str, form: str) -> None:
    hard = form.replace("{}", name)
    picture = draw(Curve(hard, [1, 2], [3, 4]), title=hard)
    printable = "".join(character if character.isprintable() else " " for character in hard)
    assert ElementTree.fromstring(picture).get("aria-label") == printable
    assert printable.strip() in {text.strip() for text in texts(picture)}
    assert "<script" not in picture
