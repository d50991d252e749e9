"""Plots are well-formed XML, equal for equal values, and contain their labels as text."""

from __future__ import annotations

import itertools
import math
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seq2seq.reports.plots import COLOURS, Curve, curves

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
    links = [
        value
        for element in root.iter()
        for name, value in element.items()
        if name.endswith(("href", "src"))
    ]
    assert links
    assert all(link.startswith("#") for link in links)


def test_names_of_curves_that_end_at_one_point_do_not_overlap() -> None:
    names = [f"curve {number}" for number in range(6)]
    written = texts(draw(*(Curve(name, [1, 2], [number, 5]) for number, name in enumerate(names))))
    heights = sorted(written[name][1] for name in names)
    assert all(after - before >= 10 for before, after in itertools.pairwise(heights))


def test_a_name_stays_beside_its_curve_unless_another_is_in_the_way() -> None:
    alone = texts(draw(Curve("a", [1, 2], [1, 5]), Curve("b", [1, 9], [1, 5])))
    assert alone["a"][1] == pytest.approx(alone["b"][1], abs=1)
    together = texts(draw(Curve("a", [1, 9], [1, 5]), Curve("b", [1, 9], [1, 5])))
    assert abs(together["a"][1] - together["b"][1]) >= 10


def test_curves_beyond_the_colours_are_dashed() -> None:
    few = [Curve(f"curve {number}", [1, 2], [number, 1]) for number in range(len(COLOURS))]
    assert draw(*few).count("stroke-dasharray") == 0
    assert draw(*few, Curve("one more", [1, 2], [3, 1])).count("stroke-dasharray") == 1


def test_a_logarithmic_y_leaves_out_what_has_no_logarithm_and_says_so() -> None:
    said = "BLEU (left out: zero, infinite)"
    gaps, none = Curve("a", [1, 2, 2.5, 3], [1, 0, float("inf"), 100]), Curve("b", [1, 2], [0, -1])
    whole = Curve("a", [1, 3], [1, 100])
    assert draw(none, gaps, log_y=True) == curves(
        [whole], title="Scores", x_label="pairs", y_label=said, log_y=True
    )
    assert said not in texts(draw(whole, log_y=True))


def test_each_name_has_its_curve_s_colour() -> None:
    picture = draw(
        *(Curve(f"curve {number}", [1, 2], [number, number]) for number in range(len(COLOURS) + 1))
    )
    root = ElementTree.fromstring(picture)
    styles = {"".join(text.itertext()): text.get("style") or "" for text in root.iter(f"{SVG}text")}
    for number, colour in enumerate([*COLOURS, COLOURS[0]]):
        assert f"fill: {colour.lower()}" in styles[f"curve {number}"]


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
        [Curve("a", [1, 2, 3], [1, 1e-40, 1e-80])],
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
        if text.startswith("1e−")
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
@settings(max_examples=20)
def test_any_name_is_drawn_as_text(name: str, form: str) -> None:
    hard = form.replace("{}", name)
    picture = draw(Curve(hard, [1, 2], [3, 4]), title=hard)
    printable = "".join(character if character.isprintable() else " " for character in hard)
    assert ElementTree.fromstring(picture).get("aria-label") == printable
    assert printable.strip() in {text.strip() for text in texts(picture)}
    assert "<script" not in picture
