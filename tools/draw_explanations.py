"""Draw the diagrams of docs/explanation.

    python tools/draw_explanations.py

Each figure has a light background of its own, so it can be read in the light and the dark theme.
"""

from __future__ import annotations

from html import escape
from pathlib import Path

FIGURES = Path(__file__).parent.parent / "docs" / "explanation" / "figures"
BLUE = "#3f51b5"
TEAL = "#00796b"
ORANGE = "#b45309"
GREY = "#6b7280"
INK = "#1f2937"


class Figure:
    """SVG picture that is drawn element by element.

    Args:
        width: Width in pixels.
        height: Height in pixels.
        title: Short description, for screen readers.
    """

    def __init__(self, width: int, height: int, title: str) -> None:
        self.parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            f'width="{width}" height="{height}" role="img" font-family="sans-serif" '
            f'font-size="13">',
            f"<title>{escape(title)}</title>",
            '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
            f'markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" fill="{GREY}"/></marker>'
            "</defs>",
            f'<rect x="1" y="1" width="{width - 2}" height="{height - 2}" rx="8" fill="#f8fafc" '
            'stroke="#cbd5e1"/>',
        ]
        self.labels: list[str] = []  # drawn last, over the arrows

    def box(
        self, x: float, y: float, width: float, height: float, label: str, color: str = BLUE
    ) -> None:
        """Draw a filled box with a white label of one or more lines."""
        self.labels.append(
            f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="5" fill="{color}"/>'
        )
        lines = label.split("\n")
        top = y + height / 2 - 8 * (len(lines) - 1) + 4.5
        for number, line in enumerate(lines):
            self.text(x + width / 2, top + 16 * number, line, "#ffffff")

    def text(
        self, x: float, y: float, label: str, color: str = INK, anchor: str = "middle"
    ) -> None:
        """Write a line of text."""
        self.labels.append(
            f'<text x="{x}" y="{y}" fill="{color}" text-anchor="{anchor}">{escape(label)}</text>'
        )

    def arrow(self, *points: tuple[float, float], dashed: bool = False) -> None:
        """Draw an arrow along points."""
        path = "M" + " L".join(f"{x} {y}" for x, y in points)
        dash = ' stroke-dasharray="5 4"' if dashed else ""
        self.parts.append(
            f'<path d="{path}" fill="none" stroke="{GREY}" stroke-width="1.6"{dash} '
            'marker-end="url(#head)"/>'
        )

    def write(self, name: str) -> None:
        """Write the picture to `FIGURES`."""
        path = FIGURES / f"{name}.svg"
        path.write_text("\n".join([*self.parts, *self.labels, "</svg>"]) + "\n", encoding="utf-8")


def rooms() -> None:
    """Draw the layers of the package, as tests/test_architecture.py has them."""
    layers = [
        ["cli"],
        ["training", "evaluation", "serving"],
        ["web"],
        ["translation"],
        ["language_model", "classification", "description"],
        ["model_directory", "engine"],
        ["models", "data", "reports"],
        ["config", "decoding", "metrics", "documents", "kernels"],
        ["registry"],
        ["runtime", "text_steps"],
        ["errors", "text", "version"],
    ]
    figure = Figure(560, 40 + 44 * len(layers), "Layers of rooms")
    for index, names in enumerate(layers):
        width = 480 / len(names)
        for column, name in enumerate(names):
            color = TEAL if index % 2 else BLUE
            figure.box(16 + width * column, 20 + 44 * index, width - 8, 34, name, color)
    figure.arrow((526, 24), (526, 16 + 44 * len(layers)))
    figure.text(526, 34 + 44 * len(layers), "imports")
    figure.write("rooms")


def way_of_a_sentence() -> None:
    """Draw the steps between a text and its translation."""
    figure = Figure(420, 292, "The way of a sentence from text to text")
    ways = [
        (20, ["La casa de papel", "text steps", "tokenizer", "encoder"], BLUE),
        (270, ["The paper house", "text steps", "tokenizer", "decoder\nand search"], TEAL),
    ]
    for left, (text, *labels), color in ways:
        figure.text(left + 65, 30, text)
        for index, label in enumerate(labels):
            y = 56 + 90 * index
            figure.box(left, y, 130, 44, label, color if index == 2 else GREY)
            if color == BLUE:
                figure.arrow((left + 65, y - 20 if not index else y - 45), (left + 65, y - 2))
            else:
                figure.arrow((left + 65, y - 1), (left + 65, y - 20 if not index else y - 44))
    for left, caption, anchor in [(160, "▁La ▁casa …", "start"), (260, "▁The ▁paper …", "end")]:
        figure.text(left, 173 if anchor == "start" else 192, caption, anchor=anchor)
    figure.text(210, 212, "(as numbers)")
    figure.arrow((152, 258), (268, 258))
    figure.text(210, 250, "memory (S, H)")
    figure.text(210, 276, "summary (H,)")
    figure.write("sentence")


def network() -> None:
    """Draw encoder, attention and decoder with the shapes between them."""
    figure = Figure(430, 420, "Encoder, attention and decoder")
    for index, word in enumerate(["casa", "de", "papel"]):
        x = 14 + 66 * index
        figure.text(x + 24, 402, word)
        figure.box(x, 354, 48, 28, "E", GREY)
        figure.box(x, 294, 48, 28, "→", BLUE)
        figure.box(x, 240, 48, 28, "←", BLUE)
        figure.box(x, 180, 48, 28, "m", TEAL)
        figure.arrow((x + 14, 353), (x + 14, 324))
        figure.arrow((x + 34, 353), (x + 34, 270))
        figure.arrow((x + 14, 293), (x + 14, 210))
        figure.arrow((x + 34, 239), (x + 34, 210))
        if index:
            figure.arrow((x - 18, 304), (x - 1, 304))
            figure.arrow((x, 254), (x - 17, 254))
    figure.text(104, 146, "memory (S, H):")
    figure.text(104, 164, "one vector per token")
    for index, (word, after) in enumerate([("<s>", "paper"), ("paper", "house")]):
        x = 262 + 86 * index
        figure.text(x + 34, 402, word)
        figure.box(x, 354, 68, 28, "E", GREY)
        figure.box(x, 294, 68, 28, "cell", BLUE)
        figure.box(x, 180, 68, 28, "attend", ORANGE)
        figure.box(x, 118, 68, 28, "features", BLUE)
        figure.box(x, 64, 68, 28, "softmax", GREY)
        figure.text(x + 34, 40, after)
        figure.arrow((x + 34, 353), (x + 34, 324))
        figure.arrow((x + 34, 293), (x + 34, 210))
        figure.arrow((x + 34, 179), (x + 34, 148))
        figure.arrow((x + 34, 117), (x + 34, 94))
        figure.arrow((x + 34, 63), (x + 34, 46))
        if index:
            figure.arrow((x - 18, 308), (x - 1, 308))
    figure.arrow((196, 194), (260, 194))
    figure.text(226, 186, "keys")
    figure.arrow((196, 282), (228, 282), (228, 308), (260, 308), dashed=True)
    figure.text(230, 274, "summary")
    figure.text(340, 254, "query")
    figure.text(104, 22, "encoder")
    figure.text(340, 22, "decoder")
    figure.write("network")


def cells() -> None:
    """Draw a step of a GRU and of an LSTM: the way of the state on top, the gates below."""
    figure = Figure(560, 470, "A step of a GRU and of an LSTM")
    gates = {"GRU": ["r  σ", "z  σ", "n  tanh"], "LSTM": ["f  σ", "i  σ", "n  tanh", "o  σ"]}
    for panel, (name, labels) in enumerate(gates.items()):
        top = 20 + 230 * panel
        figure.text(36, top + 16, name)
        for column, label in enumerate(labels):
            color = ORANGE if "tanh" in label else BLUE
            figure.box(90 + 110 * column, top + 130, 74, 32, label, color)
            figure.arrow((127 + 110 * column, top + 186), (127 + 110 * column, top + 164))
        width = 110 * len(labels)
        figure.parts.append(
            f'<path d="M 60 {top + 186} H {width + 17}" fill="none" stroke="{GREY}" '
            'stroke-width="1.6"/>'
        )
        figure.text(60, top + 206, "x and h reach all of them", anchor="start")
    _way_of_a_gru(figure, 20)
    _way_of_an_lstm(figure, 250)
    figure.write("cells")


def _way_of_a_gru(figure: Figure, top: int) -> None:
    """Draw h to h′ = z · h + (1 − z) · n, and that r scales what n reads of h."""
    _way_of_the_state(figure, top, "h", scaled=(216, "· z"), end=444)
    figure.arrow((237, top + 128), (237, top + 70))
    figure.text(358, top + 104, "· (1 − z)", anchor="start")
    figure.arrow((127, top + 130), (127, top + 112), (322, top + 112), (322, top + 130))
    figure.text(170, top + 104, "r · U h")


def _way_of_an_lstm(figure: Figure, top: int) -> None:
    """Draw c to c′ = f · c + i · n, and h′ = o · tanh(c′)."""
    _way_of_the_state(figure, top, "c", scaled=(106, "· f"), end=524)
    figure.arrow((127, top + 128), (127, top + 70))
    figure.arrow((237, top + 128), (237, top + 106), (330, top + 106))
    figure.text(358, top + 104, "· i", anchor="start")
    figure.box(426, top + 86, 62, 26, "tanh · o", GREY)
    figure.arrow((457, top + 53), (457, top + 84))
    figure.arrow((457, top + 128), (457, top + 114))
    figure.arrow((490, top + 99), (512, top + 99))
    figure.text(524, top + 104, "h′")


def _way_of_the_state(
    figure: Figure, top: int, name: str, *, scaled: tuple[int, str], end: int
) -> None:
    """Draw a state that is scaled, gets n added, and is the next state at x = `end`."""
    y = top + 53
    left, label = scaled
    figure.text(76, y + 5, name)
    figure.box(left, y - 15, 42, 30, label, GREY)
    figure.box(326, y - 15, 42, 30, "+", TEAL)
    figure.text(end, y + 5, f"{name}′")
    figure.arrow((88, y), (left - 2, y))
    figure.arrow((left + 44, y), (324, y))
    figure.arrow((370, y), (end - 13, y))
    figure.arrow((347, top + 128), (347, y + 17))


def decoder_orders() -> None:
    """Draw where attention stands in the three decoder orders."""
    figure = Figure(430, 580, "Three decoder orders")
    places = {"fused": (16, 0), "input-feeding": (222, 0), "bahdanau": (16, 290)}
    for name, (left, top) in places.items():
        figure.text(left + 94, top + 30, name)
        lower, upper = ("attend", "cell") if name == "bahdanau" else ("cell", "attend")
        colors = {"attend": ORANGE, "cell": BLUE}
        for step in range(2):
            x = left + 8 + 102 * step
            figure.text(x + 34, top + 274, f"step {step + 1}")
            figure.box(x, top + 214, 68, 32, lower, colors[lower])
            figure.box(x, top + 134, 68, 32, upper, colors[upper])
            figure.box(x, top + 54, 68, 32, "features", BLUE)
            figure.arrow((x + 34, top + 212), (x + 34, top + 168))
            figure.arrow((x + 34, top + 132), (x + 34, top + 88))
        end = left + 76
        begin = left + 109
        if name == "fused":
            figure.arrow((end, top + 230), (begin, top + 230))
        if name == "input-feeding":
            figure.arrow((end, top + 238), (begin, top + 238))
            turn = left + 92
            figure.arrow(
                (end, top + 70),
                (turn, top + 70),
                (turn, top + 222),
                (begin, top + 222),
                dashed=True,
            )
        if name == "bahdanau":
            figure.arrow((end, top + 144), (begin, top + 144))
            turn = left + 92
            figure.arrow(
                (end, top + 158),
                (turn, top + 158),
                (turn, top + 230),
                (begin, top + 230),
                dashed=True,
            )
    figure.text(232, 430, "dashed: attention takes part", anchor="start")
    figure.text(232, 448, "in the recurrence, so the", anchor="start")
    figure.text(232, 466, "steps must run one by one", anchor="start")
    figure.write("orders")


def padded_batch() -> None:
    """Draw a batch with padding, and how its rows are reversed."""
    figure = Figure(420, 356, "A padded batch, its reversal and its mask")
    words = [["la", "casa", "de", "papel", "</s>"], ["hola", "</s>"]]
    reverse = [row[::-1] for row in words]
    mask = [["read"] * len(row) + ["−∞"] * (5 - len(row)) for row in words]
    panels = [("forward", words), ("backward", reverse), ("attention", mask)]
    for panel, (title, rows) in enumerate(panels):
        top = 22 + 112 * panel
        figure.text(14, top + 38, title, anchor="start")
        for row, labels in enumerate(rows):
            for column in range(5):
                real = column < len(words[row])
                label = labels[column] if column < len(labels) else "pad"
                color = (ORANGE if panel == 2 else BLUE) if real else "#64748b"
                figure.box(100 + 62 * column, top + 42 * row, 56, 34, label, color)
    figure.write("padding")


if __name__ == "__main__":
    rooms()
    way_of_a_sentence()
    network()
    cells()
    decoder_orders()
    padded_batch()
