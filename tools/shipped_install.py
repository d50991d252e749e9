"""Turn a trained run into a shipped model: quantize, calibrate, score, describe and install it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import torch
from shipped_card import card, training_summary
from shipped_text import DEV_LINES, Folders, Pair, dev_pairs, final_pairs, read_table, turned

from seq2seq import DataError, calibrate_confidence, evaluate, quantize
from seq2seq.data.tokenizers.pair import TokenizerPair
from seq2seq.model_directory.description import load_config
from seq2seq.model_directory.identity import identity
from seq2seq.model_directory.names import CARD, CONFIG, SHORTLIST, WEIGHTS
from seq2seq.model_directory.seal_directory import seal_directory
from seq2seq.model_directory.shipped_models import SHIPPED
from seq2seq.model_directory.store import load_tensors, save_tensors
from seq2seq.runtime.atomic_file import atomic_write_text

MAX_BYTES = {"es-en": 10_000_000, "en-es": 10_000_000, "es-en-large": 16_000_000}
"""Maximum size of each shipped model in bytes."""

PUBLISHED = "runs/shipped"
"""Folder of the text and the runs as the published configuration names it."""


def install(
    name: str,
    parts: Sequence[Path],
    dev: Sequence[Pair],
    folders: Folders,
    *,
    final: bool,
    averaged: int = 1,
    output: Path = SHIPPED,
) -> Path:
    """Install the last part of a training as a shipped model, or the mean of its last parts.

    Args:
        name: Name of the model: a direction, or a direction and a variant ("es-en-large").
        parts: Run directories of the training, first to last, in the folder of its text.
        dev: Dev pairs, for the confidence.
        folders: Where the sets to score are.
        final: Score the test sets instead of the dev sets.
        averaged: Number of parts whose weights are averaged, the last ones.
        output: Folder of the shipped models.

    Returns:
        Directory of the model.

    Raises:
        DataError: There are fewer parts than that, or the model is too large.
    """
    direction = name[:5]
    run = parts[-1]
    with tempfile.TemporaryDirectory() as temporary:
        model = Path(temporary) / name
        if averaged > 1:
            run = _average(parts, averaged, Path(temporary) / "mean")
        quantize(run, output=model)
        # It takes megabytes, and translate uses it only on demand.
        (model / SHORTLIST).unlink(missing_ok=True)
        _use_published_paths(model, parts[-1].parent.parent)
        seal_directory(model)
        print(_calibrated(model, dev))
        sets = _write_sets(Path(temporary), direction, folders, final=final)
        report = evaluate(model, sets, source="0", target="1")
        print(report.summary())
        summary = training_summary(parts, averaged=averaged)
        sources = read_table(parts[-1].parent)
        text = card(direction, model, report.sets, sources, summary, final=final)
        atomic_write_text(text, model / CARD)
        seal_directory(model)
        size = sum(path.stat().st_size for path in model.rglob("*") if path.is_file())
        if size > MAX_BYTES[name]:
            raise DataError(f"{name}: {size:,} bytes; the limit is {MAX_BYTES[name]:,}")
        shutil.rmtree(output / name, ignore_errors=True)
        shutil.copytree(model, output / name)
    return output / name


def _average(parts: Sequence[Path], count: int, output: Path) -> Path:
    """Write the mean weights of the last parts as a model directory, and return it."""
    if len(parts) < count:
        raise DataError(f"{parts[-1].parent}: has {len(parts)} of {count} parts to average")
    tokenizers = TokenizerPair.load(parts[-1])
    weights = [load_tensors(part / WEIGHTS) for part in parts[-count:]]
    mean = {
        name: torch.stack([one[name].double() for one in weights]).mean(0).to(last.dtype)
        for name, last in weights[-1].items()
    }
    output.mkdir()
    tokenizers.save(output)
    shutil.copyfile(parts[-1] / CONFIG, output / CONFIG)
    save_tensors(mean, output / WEIGHTS, metadata=identity(load_config(output), tokenizers))
    seal_directory(output)
    return output


def _calibrated(model: Path, dev: Sequence[Pair]) -> str:
    """Calibrate the confidence of the quantized model and return its figures."""
    found = calibrate_confidence(model, pairs=dev)
    if found is None:
        return "too few dev sentences to calibrate a confidence"
    return (
        f"confidence: area under the curve {found.area:.3f}, with made-up sources "
        f"{found.area_all:.3f}; threshold {found.threshold:.3f}"
    )


def _use_published_paths(model: Path, folder: Path) -> None:
    """Name the text and the runs in config.yaml and in the card by relative paths.

    Args:
        model: Model directory; changed in place.
        folder: Folder of the text and the runs on this machine.
    """
    for name in (CONFIG, CARD):
        path = model / name
        text = path.read_text(encoding="utf-8")
        atomic_write_text(text.replace(str(folder), PUBLISHED), path)


def _write_sets(folder: Path, direction: str, folders: Folders, *, final: bool) -> list[str]:
    """Write the test or dev sets as files (source, tab, target) and return their paths."""
    paths = []
    read = final_pairs if final else dev_pairs
    for name in DEV_LINES:
        rows = ["\t".join(turned(pair, direction)) for pair in read(name, folders)]
        path = folder / f"{name}.tsv"
        path.write_text("\n".join(rows) + "\n", encoding="utf-8")
        paths.append(str(path))
    return paths
