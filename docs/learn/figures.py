"""Draw the figures of recurrent-networks.md into figures/, from runs of the package.

    python docs/learn/figures.py        # a minute on one core

Each figure is an SVG with a white ground, so it can be read on a dark page, and is no wider than a
telephone. The runs go into runs/ below the current directory.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter
from phrases import phrase_config

from seq2seq import diagnostics, train

FIGURES = Path(__file__).resolve().parent / "figures"
BLUE = "#0067A5"
ORANGE = "#B54A00"
GREEN = "#007A5E"
GREY = "#4A4A4A"

STEPS = 100
"""Number of steps that the gradients are followed back."""

VARIANTS = {
    "LSTM, forget bias 3": ("lstm", "orthogonal", 3.0, GREEN, "-"),
    "Elman, ReLU, identity": ("elman-relu", "identity", 0.0, GREY, "-."),
    "Elman, tanh, orthogonal": ("elman-tanh", "orthogonal", 0.0, BLUE, "-"),
    "GRU, bias 1": ("gru", "orthogonal", 1.0, GREEN, "--"),
    "LSTM, forget bias 0": ("lstm", "orthogonal", 0.0, GREEN, ":"),
    "Elman, tanh, small weights": ("elman-tanh", "default", 0.0, ORANGE, "-"),
}
"""Cell, initialization, initial bias, color and line of each curve, by its name."""


def main() -> None:
    """Draw all figures."""
    FIGURES.mkdir(exist_ok=True)
    torch.set_num_threads(1)
    (FIGURES / "unrolled.svg").write_text(unrolled(), encoding="utf-8")
    (FIGURES / "shapes.svg").write_text(shapes(), encoding="utf-8")
    draw_gradients()
    draw_overfitting()


def draw_gradients() -> None:
    """Draw how much of a gradient arrives a number of steps back."""
    task = diagnostics.CopyTask(STEPS)
    figure, axes = new_plot("gradient left, relative to one step back", "steps back in time")
    ends = {}
    for name, (cell, initialization, bias, color, line) in VARIANTS.items():
        made = task.cell(cell, initialization=initialization, hidden=64, forget_bias=bias).double()
        inputs, _ = task.batch(32, generator=torch.Generator().manual_seed(1))
        norms = diagnostics.gradient_norms(made, inputs=inputs.double())[:STEPS]
        left = (norms / norms[0]).tolist()
        axes.plot(range(1, len(left) + 1), left, line, color=color, linewidth=1.8)
        ends[name] = (len(left), left[-1], color)
    axes.set_yscale("log")
    axes.set_ylim(1e-12, 1e2)
    axes.set_xlim(1, STEPS)
    powers = [2, 0, -2, -4, -6, -8, -10, -12]
    axes.set_yticks([10.0**power for power in powers])
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: decimal(value)))
    axes.minorticks_off()
    places = {
        "LSTM, forget bias 3": (62, 25),
        "Elman, ReLU, identity": (16, 2.5),
        "Elman, tanh, orthogonal": (57, 0.06),
        "GRU, bias 1": (61, 1e-7),
        "LSTM, forget bias 0": (70, 2e-9),
        "Elman, tanh, small weights": (3, 2e-11),
    }
    for name, (_, _, color) in ends.items():
        axes.annotate(name, places[name], color=color, fontsize=9)
    save(figure, "gradients", "Gradient left by number of steps back in time, for six cells")


def draw_overfitting() -> None:
    """Draw training and dev loss of the same model with few and with more training pairs."""
    figure, axes = new_plot("loss in nats per token", "training step")
    runs = {"400 phrases": (400, ORANGE), "2,616 phrases": (2616, BLUE)}
    for name, (pairs, color) in runs.items():
        steps, training, dev = losses(pairs)
        axes.plot(steps, training, "--", color=color, linewidth=1.5)
        axes.plot(steps, dev, "-", color=color, linewidth=1.8)
        axes.annotate(
            f"dev, {name}",
            (steps[-1], dev[-1]),
            (-2, 7),
            textcoords="offset points",
            color=color,
            fontsize=9,
            ha="right",
        )
    axes.annotate("training: dashed", (30, 0.15), color=GREY, fontsize=9)
    axes.set_ylim(bottom=0)
    save(figure, "overfitting", "Loss on training and dev pairs by step, with 400 and 2,616 pairs")


def losses(pairs: int) -> tuple[list[int], list[float], list[float]]:
    """Train on this number of phrases; return steps, training losses and dev losses."""
    run = Path("runs") / f"phrases_{pairs}"
    config = phrase_config(
        "training.max_steps=400",
        "training.validate_every=20",
        "training.log_every=20",
        "training.schedule=constant",
        "training.learning_rate=0.003",
        training_pairs=pairs,
    )
    train(config, output=run, resume=True)
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    logged = [line for line in lines if "loss" in line]
    validated = [line for line in lines if "dev_perplexity" in line]
    return (
        [line["step"] for line in logged],
        [line["loss"] for line in logged],
        [math.log(line["dev_perplexity"]) for line in validated],
    )


def new_plot(y_label: str, x_label: str) -> tuple[Figure, Axes]:
    """Return a small figure with one pair of axes."""
    figure = Figure(figsize=(4.8, 3.4), layout="constrained", facecolor="white")
    axes = figure.add_subplot()
    axes.set_xlabel(x_label)
    axes.set_title(y_label, loc="left", fontsize=10)
    axes.grid(color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def decimal(value: float) -> str:
    """Return a power of ten as people write it: 100, 1, 0.01, 10⁻⁶."""
    if 1e-3 < value < 1e4:
        return f"{value:g}"
    superscript = str(round(math.log10(value))).translate(
        str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
    )
    return f"10{superscript}"


def save(figure: Figure, name: str, title: str) -> None:
    """Write a figure as SVG whose text stays text, the same bytes for the same figure."""
    import matplotlib

    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "seq2seq"}):
        metadata = {"Date": None, "Creator": None, "Title": title}
        figure.savefig(FIGURES / f"{name}.svg", metadata=metadata)


def unrolled() -> str:
    """Return a cell with its loop, and the same cell unrolled over four steps, as SVG."""
    parts = [box(50, 90, "cell"), arrow(50, 145, 50, 112), arrow(50, 68, 50, 35)]
    parts += [text(50, 160, "xₜ"), text(50, 28, "hₜ")]
    parts.append(
        '<path d="M72 82 H92 V52 H20 V82 H26" fill="none" stroke="#333333" stroke-width="1.5" '
        'marker-end="url(#head)"/>'
    )
    parts.append(text(104, 64, "hₜ₋₁", size=11))
    parts.append(text(124, 95, "=", size=18))
    for step in range(1, 4):
        x = 112 + 68 * step
        parts += [box(x, 90, "cell"), arrow(x, 145, x, 112), arrow(x, 68, x, 35)]
        parts += [text(x, 160, f"x{'₁₂₃'[step - 1]}"), text(x, 28, f"h{'₁₂₃'[step - 1]}")]
        parts.append(arrow(x - 46, 90, x - 22, 90))
    parts.append(text(148, 72, "h₀", size=11))
    parts += [arrow(338, 90, 362, 90), text(368, 95, "…", size=14)]
    return picture(380, 172, parts, "A recurrent cell with its loop, and unrolled over three steps")


def shapes() -> str:
    """Return the four shapes of input and output as SVG, one below the other in two columns."""
    drawn = [
        ("one to one", [1], [1], "no recurrence"),
        ("one to many", [1], [1, 2, 3], "a decoder from one vector"),
        ("many to one", [1, 2, 3], [3], "an encoder’s summary"),
        ("many to many", [1, 2, 3], [3, 4, 5], "encoder and decoder"),
    ]
    parts = []
    for index, (name, inputs, outputs, where) in enumerate(drawn):
        left = 8 + 180 * (index % 2)
        top = 24 + 170 * (index // 2)
        parts.append(text(left, top, name, anchor="start", bold=True))
        parts.append(text(left, top + 16, where, anchor="start", size=11))
        last = max(inputs + outputs)
        for step in range(1, last + 1):
            x = left + 16 + 33 * (step - 1)
            parts.append(square(x, top + 80, BLUE))
            if step > 1:
                parts.append(arrow(x - 23, top + 80, x - 10, top + 80))
            if step in inputs:
                parts += [square(x, top + 122, GREEN), arrow(x, top + 111, x, top + 92)]
            if step in outputs:
                parts += [square(x, top + 40, ORANGE), arrow(x, top + 69, x, top + 51)]
    key = [("input", GREEN), ("state", BLUE), ("output", ORANGE)]
    for index, (name, color) in enumerate(key):
        parts.append(square(18 + 90 * index, 356, color))
        parts.append(text(34 + 90 * index, 360, name, anchor="start", size=11))
    return picture(372, 372, parts, "Four shapes of networks by number of inputs and outputs")


def picture(width: int, height: int, parts: Sequence[str], title: str) -> str:
    """Return an SVG with a white ground."""
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            f'width="{width}" height="{height}" font-family="sans-serif" role="img">',
            f"<title>{title}</title>",
            '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
            'markerHeight="7" orient="auto"><path d="M0 0 L8 4 L0 8 z" fill="#333333"/>'
            "</marker></defs>",
            '<rect width="100%" height="100%" fill="#ffffff"/>',
            *parts,
            "</svg>",
            "",
        ]
    )


def box(x: int, y: int, label: str) -> str:
    """Return a labelled box around a point."""
    return (
        f'<rect x="{x - 22}" y="{y - 20}" width="44" height="40" rx="5" fill="{BLUE}"/>'
        f'<text x="{x}" y="{y + 4}" text-anchor="middle" font-size="13" fill="#ffffff">'
        f"{label}</text>"
    )


def square(x: int, y: int, color: str) -> str:
    """Return a small square around a point."""
    return f'<rect x="{x - 10}" y="{y - 10}" width="20" height="20" rx="3" fill="{color}"/>'


def arrow(x: int, y: int, to_x: int, to_y: int) -> str:
    """Return an arrow between two points."""
    return (
        f'<path d="M{x} {y} L{to_x} {to_y}" stroke="#333333" stroke-width="1.5" '
        'marker-end="url(#head)"/>'
    )


def text(
    x: int, y: int, words: str, *, size: int = 13, anchor: str = "middle", bold: bool = False
) -> str:
    """Return a line of text."""
    weight = ' font-weight="bold"' if bold else ""
    return (
        f'<text x="{x}" y="{y}" text-anchor="{anchor}" font-size="{size}" fill="#222222"{weight}>'
        f"{words}</text>"
    )


if __name__ == "__main__":
    main()
