"""Shows how gradients vanish and explode through time, cell by cell, and what that does to learning
to copy.

python recipes/gradient_flow/train.py [--output runs/gradient_flow] [--length N]... [--steps N]
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import torch
import typer
import yaml

from seq2seq.cli.run import run_recipe
from seq2seq.models.diagnostics import (
    CopyTask,
    diagnosis,
    gradient_norms,
    learn_with_and_without_clipping,
    rate_per_step,
    singular_values,
)
from seq2seq.reports.plots import Curve, curves

HERE, FORMS = Path(__file__).parent, ("%.0f", "%.0f", "%.1g")
HEAD = "| cell, beginning | singular values | a step back leaves | copied, % | unclipped, % | largest gradients |"
BACK: dict[str, Any] = {
    "x_label": "steps back in time",
    "y_label": "gradient norm, of the last output",
    "log_y": True,
}
COPY: dict[str, Any] = {
    "x_label": "blank steps between",
    "y_label": "symbols copied, %",
    "log_x": True,
    "marked": True,
}


def main(
    output: Annotated[Path, typer.Option(help="Where table.md and the figures go.")] = Path("runs")
    / HERE.name,
    lengths: Annotated[
        list[int] | None, typer.Option("--length", help="Of copy tasks, rising.")
    ] = None,
    steps: Annotated[int, typer.Option(help="Of each training.")] = 300,
    hidden: Annotated[int, typer.Option(help="The width of the cells.")] = 64,
) -> None:
    """Follow each variant's gradients back in time, then train it at each length; write the table
    and the figures."""
    output.mkdir(parents=True, exist_ok=True)
    tasks = [CopyTask(length) for length in lengths or (10, 30, 100, 200)]
    rows, words = [HEAD, "|---" * (HEAD.count("|") - 1) + "|"], list[str]()
    for kind, variants in yaml.safe_load(
        (HERE / "variants.yaml").read_text(encoding="utf-8")
    ).items():
        flows, learnt = list[Curve](), list[Curve]()
        for name, variant in variants.items():
            cell = tasks[-1].cell(hidden=hidden, **variant).double()  # float32 ends at 1e-45
            norms = gradient_norms(
                cell,
                inputs=tasks[-1].batch(32, generator=torch.Generator().manual_seed(1))[0].double(),
            )
            flows.append(Curve(name, range(1, len(norms) + 1), norms.tolist()))
            words.append(f"- {name}: {diagnosis(norms)}")
            values = torch.cat(list(singular_values(cell).values()))
            facts = f"{values.min():.2g} to {values.max():.2g} | {rate_per_step(norms):.3f}"
            pairs = [
                learn_with_and_without_clipping(task, variant=variant, hidden=hidden, steps=steps)
                for task in tasks
            ]
            clipped, free = (
                [100 * one.accuracy for one in each] for each in zip(*pairs, strict=True)
            )
            learnt.append(Curve(name, [task.length for task in tasks], clipped))
            figures = clipped, free, [one.largest_norm for _, one in pairs]
            cells = (
                " ".join(pattern % one for one in each)
                for pattern, each in zip(FORMS, figures, strict=True)
            )
            rows.append(f"| {name} | {facts} | {' | '.join(cells)} |")
            print(rows[-1], words[-1], sep="\n", flush=True)
        back = curves(
            flows, title=f"Gradients of {kind} cells before training, hidden {hidden}", **BACK
        )
        copied = curves(
            learnt, title=f"Copying after {steps} steps: {kind} cells, hidden {hidden}", **COPY
        )
        (output / f"gradients_{kind.lower()}.svg").write_text(back, encoding="utf-8")
        (output / f"copying_{kind.lower()}.svg").write_text(copied, encoding="utf-8")
    (output / "table.md").write_text("\n".join([*rows, "", *words]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    run_recipe(main)
