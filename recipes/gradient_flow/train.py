"""Show how gradients of each cell vanish or explode through time, and how that affects copying.

python recipes/gradient_flow/train.py [--output runs/gradient_flow] [--length N]... [--steps N]
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import torch
import typer
import yaml

from seq2seq import diagnostics, plots, run_recipe

HERE = Path(__file__).parent
TABLE_HEADER = [
    "| cell, initialization | singular values | a step back leaves | copied, % | unclipped, % "
    "| largest gradients |",
    "|---|---|---|---|---|---|",
]
BACK = "steps back in time"
NORM = "gradient norm, of the last output"
BLANKS = "blank steps between"
COPIED = "symbols copied, %"

Output = Annotated[Path, typer.Option(help="Directory of table.md and the plots.")]
Lengths = Annotated[list[int] | None, typer.Option("--length", help="Blanks, shortest first.")]


def main(
    output: Output = Path("runs/gradient_flow"),
    lengths: Lengths = None,
    steps: Annotated[int, typer.Option(help="Training steps per cell and task.")] = 300,
    hidden: Annotated[int, typer.Option(help="Hidden size of the cells.")] = 64,
) -> None:
    """Measure each variant's gradients, train it to copy, and write the table and the plots."""
    output.mkdir(parents=True, exist_ok=True)
    tasks = [diagnostics.CopyTask(length) for length in lengths or (10, 30, 100, 200)]
    variants_by_kind = yaml.safe_load((HERE / "variants.yaml").read_text(encoding="utf-8"))
    rows = []
    remarks = []
    for kind, variants in variants_by_kind.items():
        gradient_curves = []
        copy_curves = []
        for name, variant in variants.items():
            cell = tasks[-1].cell(hidden=hidden, **variant).double()  # float32 ends at 1e-45
            inputs, _ = tasks[-1].batch(32, generator=torch.Generator().manual_seed(1))
            norms = diagnostics.gradient_norms(cell, inputs=inputs.double())
            singular_values = torch.cat(list(diagnostics.singular_values(cell).values()))
            extremes = f"{singular_values.min():.2g} to {singular_values.max():.2g}"
            rate = diagnostics.rate_per_step(norms)
            percents, results = learn_to_copy(tasks, variant, hidden, steps)
            rows.append(f"| {name} | {extremes} | {rate:.3f} | {results} |")
            remarks.append(f"- {name}: {diagnostics.diagnosis(norms)}")
            print(rows[-1])
            print(remarks[-1], flush=True)
            gradient_curves.append(plots.Curve(name, range(1, len(norms) + 1), norms.tolist()))
            copy_curves.append(plots.Curve(name, [task.length for task in tasks], percents))

        title = f"Gradients of {kind} cells before training, hidden {hidden}"
        plot = plots.curves(gradient_curves, title=title, x_label=BACK, y_label=NORM, log_y=True)
        (output / f"gradients_{kind.lower()}.svg").write_text(plot, encoding="utf-8")
        title = f"Copying after {steps} steps: {kind} cells, hidden {hidden}"
        plot = plots.curves(
            copy_curves, title=title, x_label=BLANKS, y_label=COPIED, log_x=True, marked=True
        )
        (output / f"copying_{kind.lower()}.svg").write_text(plot, encoding="utf-8")
    lines = [*TABLE_HEADER, *rows, "", *remarks]
    (output / "table.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def learn_to_copy(
    tasks: list[diagnostics.CopyTask], variant: dict[str, Any], hidden: int, steps: int
) -> tuple[list[float], str]:
    """Return the percentage of symbols copied in each task, and the last cells of a table row."""
    learn = diagnostics.learn_with_and_without_clipping
    results = [learn(task, variant=variant, hidden=hidden, steps=steps) for task in tasks]
    percents = [100 * clipped.accuracy for clipped, _ in results]
    copied = " ".join(f"{percent:.0f}" for percent in percents)
    copied_unclipped = " ".join(f"{100 * unclipped.accuracy:.0f}" for _, unclipped in results)
    norms = " ".join(f"{unclipped.largest_norm:.1g}" for _, unclipped in results)
    return percents, f"{copied} | {copied_unclipped} | {norms}"


if __name__ == "__main__":
    run_recipe(main)
