"""Profile a training step, or decoding, with torch's profiler.

    python tools/profile_step.py train [SECTION.KEY=VALUE …]
    python tools/profile_step.py decode MODEL --beam 5 --dtype int8 --shortlist

docs/PROFILING.md explains how to read the tables.
"""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import torch
import typer
from benchmark_training import prepare
from torch.profiler import ProfilerActivity, profile

from seq2seq import Config, Corpus, Seq2SeqError, Translator
from seq2seq.data.batches.epoch_text import InMemoryText, Part
from seq2seq.data.batches.stream import BatchStream
from seq2seq.models.model import build_model
from seq2seq.training.optimizers import OPTIMIZERS

CONFIG = Path(__file__).with_name("benchmark.yaml")
PREPARED = Path("runs") / "benchmark"
PAIRS = 20_000

app = typer.Typer(
    help=__doc__, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
)


@app.command()
def train(
    overrides: Annotated[list[str] | None, typer.Argument(metavar="SECTION.KEY=VALUE")] = None,
    steps: int = 20,
    threads: int = 2,
    rows: Annotated[int, typer.Option(help="Number of rows of the table.")] = 25,
    device: str = "cpu",
) -> None:
    """Profile training steps in the configured precision."""
    torch.set_num_threads(threads)
    config = Config.load(CONFIG, overrides or [])
    tokenizers = prepare(config, PREPARED)
    pairs = Corpus.load(config.data.train)
    part = Part(pairs.sources()[:PAIRS], pairs.targets()[:PAIRS])
    stream = BatchStream(
        InMemoryText([part], tokenizers, max_tokens=config.data.max_tokens, seed=1),
        batch_tokens=config.training.batch_tokens,
        batch_sentences=config.training.batch_sentences,
    )
    model = build_model(config.model, tokenizers.source_size, tokenizers.target_size).to(device)
    settings = config.training
    optimizer = OPTIMIZERS[settings.optimizer](
        model.parameters(), settings.learning_rate, settings.weight_decay
    )
    narrow = torch.autocast(
        torch.device(device).type, torch.bfloat16, enabled=settings.precision == "bf16"
    )

    def step() -> int:
        batch = next(stream)
        with narrow:
            loss = model.loss(batch.batch.to(torch.device(device)), settings.label_smoothing)
        (loss / batch.tokens).backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(model.parameters(), settings.clip_norm)
        optimizer.step()
        optimizer.zero_grad()
        return batch.tokens

    for _ in range(20):
        step()
    _show(lambda: sum(step() for _ in range(steps)), "target tokens", rows, device)


@app.command()
def decode(
    model: Path,
    beam: int = 1,
    dtype: str = "fp32",
    shortlist: Annotated[bool, typer.Option("--shortlist")] = False,
    data: Path = Path("data") / "tatoeba_es_en" / "dev.tsv",
    alone: Annotated[
        bool, typer.Option("--alone", help="Translate one sentence at a time.")
    ] = False,
    threads: int = 1,
    rows: int = 25,
    device: str = "cpu",
) -> None:
    """Profile the translation of a test set, in batches or one sentence at a time."""
    torch.set_num_threads(threads)
    translator = Translator.from_pretrained(model, device=device, dtype=dtype, shortlist=shortlist)
    sources = Corpus.load(str(data)).sources()[: 100 if alone else None]

    def run() -> int:
        groups = [[source] for source in sources] if alone else [sources]
        return sum(len(translator.translate_all(group, beam=beam)) for group in groups)

    run()
    _show(run, "sentences", rows, device)


def _show(work: Callable[[], int], unit: str, rows: int, device: str) -> None:
    """Print the rate without the profiler, then the profiler's table."""
    wait = torch.cuda.synchronize if device != "cpu" else contextlib.nullcontext
    began = time.perf_counter()
    done = work()
    wait()
    print(f"{done / (time.perf_counter() - began):,.0f} {unit}/s without the profiler")
    activities = [ProfilerActivity.CPU] + [ProfilerActivity.CUDA] * (device != "cpu")
    with profile(activities=activities) as profiler:
        work()
        wait()
    key = "self_cpu_time_total" if device == "cpu" else "self_cuda_time_total"
    print(profiler.key_averages().table(sort_by=key, row_limit=rows, max_name_column_width=45))


if __name__ == "__main__":
    try:
        app()
    except Seq2SeqError as error:
        sys.exit(f"error: {error}")
