"""Fixed pieces of work for tools/quality.py, each run in a separate process.

    echo '{"option": value, …}' | python -P tools/quality_work.py PIECE

The package is the one on PYTHONPATH, so the same work can be run with two checkouts. A piece prints
its figures as one line of JSON. CPU seconds are user and system time of all threads, without
loading.
"""

from __future__ import annotations

import contextlib
import json
import resource
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seq2seq import Translator

DIRECTIONS = ("es-en", "en-es")
"""Shipped models whose quality is measured."""

WARM_UP_STEPS = 5
"""Number of training steps before the measured ones."""

WARM_UP_SENTENCES = 20
"""Number of sentences translated before the measured ones."""


def cpu_seconds() -> float:
    """Return the CPU seconds used by all threads of this process so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def peak_mib() -> float:
    """Return the peak resident memory of this process in MiB.

    VmHWM is preferred, because `ru_maxrss` starts with the memory of the parent process.
    """
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def train(train: str, dev: str, steps: int, settings: Sequence[str]) -> dict[str, float]:
    """Time training steps of a network with the default settings.

    Timing starts and ends in the optimizer, so it excludes reading the text, training the tokenizer
    and validation.
    """
    import torch
    from torch.optim.optimizer import register_optimizer_step_post_hook

    from seq2seq import Config
    from seq2seq import train as train_model

    last = WARM_UP_STEPS + steps
    config = Config.from_dict(
        {"data": {"train": train, "dev": dev, "dev_pairs": 1}},
        [
            f"training.max_steps={last}",
            f"training.log_every={last}",
            f"training.validate_every={last}",
            f"training.checkpoint_every={last}",
            *settings,
        ],
    )
    taken = 0
    began = 0.0
    ended = 0.0

    def after_step(optimizer: torch.optim.Optimizer, arguments: object, options: object) -> None:
        nonlocal taken, began, ended
        taken += 1
        if taken == WARM_UP_STEPS:
            began = cpu_seconds()
        if taken == last:
            ended = cpu_seconds()

    register_optimizer_step_post_hook(after_step)
    with tempfile.TemporaryDirectory() as directory:
        train_model(config, output=Path(directory) / "run", cpu=True)
    return {f"{steps} training steps": ended - began}


def translate(sources: Sequence[str]) -> dict[str, float]:
    """Time the shipped Spanish-English model, greedy and with beam 5, in batches and one by one."""
    from seq2seq import Translator

    translator = Translator.from_pretrained()
    found: dict[str, float] = {}
    for beam in (1, 5):
        name = f"{len(sources)} sentences, {'greedy' if beam == 1 else f'beam {beam}'}"
        translator.translate_all(list(sources[:WARM_UP_SENTENCES]), beam=beam)
        began = cpu_seconds()
        translator.translate_all(list(sources), beam=beam)
        found[f"{name}, in batches"] = cpu_seconds() - began
        began = cpu_seconds()
        for source in sources:
            translator.translate(source, beam=beam)
        found[f"{name}, one at a time"] = cpu_seconds() - began
    return found


def shipped(direction: str) -> Translator:
    """Load the shipped model of a direction."""
    import seq2seq
    from seq2seq import Translator

    return Translator.from_pretrained(Path(seq2seq.__file__).parent / "shipped" / direction)


def in_direction(
    pairs: Sequence[tuple[str, str]], direction: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the sources and the references of Spanish-English pairs."""
    spanish, english = zip(*pairs, strict=True)
    return (spanish, english) if direction == "es-en" else (english, spanish)


def use_tools() -> None:
    """Make the other tools importable; `python -P` leaves their directory out."""
    sys.path.append(str(Path(__file__).parent))


def bleu(pairs: Sequence[tuple[str, str]]) -> dict[str, float]:
    """Score the shipped models on Spanish-English pairs in both directions with sacreBLEU."""
    import sacrebleu

    found = {}
    for name in DIRECTIONS:
        sources, references = in_direction(pairs, name)
        translator = shipped(name)
        for beam in (1, 5):
            translations = translator.translate_all(sources, beam=beam)
            texts = [translation.text for translation in translations]
            search = "greedy" if beam == 1 else f"beam {beam}"
            score = sacrebleu.corpus_bleu(texts, [references]).score
            found[f"dev BLEU, {name}, {search}"] = score
    return found


def first_words(lines: int | None) -> dict[str, float]:
    """Return the percentage of accepted translations of the shipped models on each list."""
    use_tools()
    import first_words as tool

    found = {}
    for direction in DIRECTIONS:
        translator = shipped(direction)
        for name in tool.NAMES:
            score = tool.score(translator, name=name, direction=direction, lines=lines)
            found[f"first words, {direction}, list {name}"] = score.percent
    return found


def robustness(pairs: Sequence[tuple[str, str]]) -> dict[str, float]:
    """Return the percentage of the plain BLEU that the shipped models keep.

    The decorations with a bar are one figure, that of the worst one.
    """
    use_tools()
    import robustness as tool
    from robustness_changes import CAPITALS, CHANGES, DECORATION_BAR, TITLE

    decorations = {change.name for change in CHANGES if change.bar == DECORATION_BAR}
    alone = [CAPITALS.name, TITLE.name, tool.GLUED]
    found = {}
    for direction in DIRECTIONS:
        rows = tool.robustness_rows(
            shipped(direction),
            list(zip(*in_direction(pairs, direction), strict=True)),
            source_language=direction[:2],
            names=[*alone, *decorations],
        )
        kept = {row.name: row.percent for row in rows}
        figures = {name: kept[name] for name in alone}
        figures["worst decoration"] = min(kept[name] for name in decorations)
        found.update(
            {f"robustness, {direction}, {name}": percent for name, percent in figures.items()}
        )
    return found


def survival(sentences: int) -> dict[str, float]:
    """Return the percentage of sentences whose items the shipped models keep intact and in place.

    The carriers are the templates, so the sentences are the same everywhere.
    """
    use_tools()
    import survival as tool

    found = {}
    for direction in DIRECTIONS:
        result = tool.measure_survival(shipped(direction), direction, count=sentences, seed=1)
        found[f"survival, {direction}, intact"] = 100 * result.intact
        found[f"survival, {direction}, in place"] = 100 * result.placed
    return found


def memory(program: str, arguments: Sequence[str]) -> dict[str, float]:
    """Run a Python program with these arguments and return the peak memory of the process."""
    sys.argv = ["program", *arguments]
    with contextlib.suppress(SystemExit):
        exec(program, {"__name__": "__main__"})
    return {"peak_mib": peak_mib()}


def machine() -> dict[str, str | float]:
    """Return a description of the machine and its matrix rate in GFLOP/s."""
    use_tools()
    import machine_rates

    return {
        "machine": machine_rates.machine(),
        "gflops": machine_rates.matrix_rate("fp32", size=1024) / 1e9,
    }


PIECES: dict[str, Callable[..., Any]] = {
    "train": train,
    "translate": translate,
    "bleu": bleu,
    "first_words": first_words,
    "robustness": robustness,
    "survival": survival,
    "memory": memory,
    "machine": machine,
}


if __name__ == "__main__":
    figures = PIECES[sys.argv[1]](**json.load(sys.stdin))
    # The package is imported by now, unless the piece needs none of it.
    package = getattr(sys.modules.get("seq2seq"), "__file__", None)
    print(json.dumps({"figures": figures, "package": package}))
