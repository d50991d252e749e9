"""Measure training and translation speed, compared with the machine's limits and other toolkits.

    python tools/benchmark.py train --peer eole --json train.json
    python tools/benchmark.py quality --minutes 60
    seq2seq shortlist runs/benchmark/quality
    python tools/benchmark.py translate seq2seq/shipped/es-en --peer ctranslate2 --peer marian
    python tools/benchmark.py latency seq2seq/shipped/es-en --peer ctranslate2 --peer marian
    python tools/benchmark.py growth runs/benchmark/quality --shortlist
    python tools/benchmark.py memory runs/benchmark/quality
    python tools/benchmark.py large --device cuda

Figures are medians of alternating runs (A B A B). Run nothing else at the same time. The text is
Tatoeba Spanish-English, made by tools/prepare_tatoeba.py. Results are in docs/BENCHMARKS.md.
"""

from __future__ import annotations

import itertools
import json as json_text
import os
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import benchmark_decoding as decoding
import benchmark_large as big
import benchmark_speed as speed
import benchmark_training as training
import benchmark_translation as translation
import torch
import typer
from machine_rates import bandwidth, machine, matrix_rate
from peers.contract import PeerError
from peers.joeynmt import JoeyNMT
from peers.registry import PEERS, TRAINING_PEERS, training_peer_named
from rich.console import Console
from rich.table import Table

from seq2seq import Config, Corpus, Seq2SeqError, Translator
from seq2seq.models.model import Seq2SeqModel

DIRECTORY = Path("runs") / "benchmark"
CONFIG = Path(__file__).with_name("benchmark.yaml")

Threads = Annotated[int, typer.Option(min=1, help="Number of threads per measured process.")]
Rounds = Annotated[int, typer.Option(min=1, help="Number of alternating measurements of each.")]
PeerName = Annotated[
    str | None,
    typer.Option("--peer", help=f"Toolkit to compare with: {', '.join(TRAINING_PEERS)}."),
]
PeerNames = Annotated[
    list[str] | None,
    typer.Option("--peer", help=f"Toolkit to compare with: {', '.join(PEERS)}; repeat for more."),
]
TrainData = Annotated[Path, typer.Option(help="TSV file of pairs to train the peers on.")]
TrainMinutes = Annotated[
    float, typer.Option(help="Minutes of training for each peer that is not trained yet.")
]
Json = Annotated[Path | None, typer.Option("--json", help="File to write the figures to.")]
Device = Annotated[str, typer.Option(help="cpu, or a GPU such as cuda.")]
Model = Annotated[Path, typer.Argument(help="Model directory.")]
Also = Annotated[
    list[Path] | None,
    typer.Option(help="Another model directory to measure in the same rounds; repeat for more."),
]
Dtypes = Annotated[
    list[str], typer.Option("--dtype", help="fp32, bf16 or int8; repeat it for more.")
]
Shortlist = Annotated[bool, typer.Option("--shortlist", help="Use the model's shortlist.")]
Raw = Annotated[
    bool, typer.Option("--raw", help="Give texts to the model as they are, as the peers do.")
]
Engines = Annotated[
    list[str], typer.Option("--engine", help="auto, native or torch; repeat it for more.")
]
Data = Annotated[Path, typer.Option(help="TSV file of sources and references.")]

DEV = Path("data") / "tatoeba_es_en" / "dev.tsv"
LINES = Path("data") / "tatoeba_es_en" / "train.tsv.gz"

app = typer.Typer(
    help=__doc__, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
)


@app.command()
def train(
    peer: PeerName = None,
    json: Json = None,
    threads: Threads = 2,
    rounds: Annotated[int, typer.Option(min=1, help="Number of clean rounds.")] = 5,
    model: Annotated[
        list[str], typer.Option(help="same (as the peer's), default or benchmark; repeatable.")
    ] = list(speed.MODELS),  # noqa: B006  # typer makes its own
    precision: Annotated[list[str], typer.Option(help="fp32 or bf16; repeatable.")] = [  # noqa: B006
        "fp32",
        "bf16",
    ],
    batch: Annotated[
        list[str], typer.Option(help=f"Batch size: {' or '.join(speed.BATCHES)}; repeatable.")
    ] = list(speed.BATCHES),  # noqa: B006
    steps: Annotated[
        int, typer.Option(help="Steps per run; runs with large batches take a third of them.")
    ] = 150,
    device: Device = "cpu",
    overrides: Annotated[list[str] | None, typer.Argument(metavar="SECTION.KEY=VALUE")] = None,
) -> None:
    """Measure training in target tokens per second: ours and a peer in turn.

    The peer has the network of the model "same". A round in which the machine slowed down is
    repeated.
    """
    if peer is not None and device != "cpu":
        raise PeerError("the peer runs on the CPU only: leave out --device or --peer")
    torch.set_num_threads(threads)  # for the matrix rate
    plan = speed.Plan(
        models=model,
        precisions=precision,
        overrides=overrides or [],
        directory=DIRECTORY,
        threads=threads,
        rounds=rounds,
        steps=steps,
        device=device,
    )
    yardstick = text = None
    if peer is not None:
        yardstick = training_peer_named(peer, DIRECTORY / "peers")
        yardstick.install()
        training.prepare(plan.config("same", batch[0]), DIRECTORY)
        text = speed.peer_text(plan, DIRECTORY / "peers" / "text")
    results = [row for size in batch for row in speed.measure(plan, size, yardstick, text)]
    _write({"machine": machine(device), "threads": threads, "results": results}, json)


@app.command()
def quality(
    minutes: Annotated[
        float, typer.Option(help="Training time of the peer, without validation.")
    ] = 60,
    threads: Threads = 2,
    json: Json = None,
    overrides: Annotated[list[str] | None, typer.Argument(metavar="SECTION.KEY=VALUE")] = None,
) -> None:
    """Measure the training time needed to reach JoeyNMT's dev BLEU after some minutes."""
    config = Config.load(CONFIG, overrides or [])
    training.prepare(config, DIRECTORY)
    yardstick = _joeynmt("joeynmt", threads, config)
    assert yardstick is not None
    reached, peer_seconds = yardstick.bleu_after(minutes * 60)
    training.train(CONFIG, DIRECTORY, DIRECTORY / "quality", overrides or [], threads)
    validations = training.validations(DIRECTORY / "quality")
    seconds = next((seconds for seconds, score in validations if score >= reached), None)
    for spent, score in validations:
        print(f"after {spent:,.0f} s of training: dev BLEU {score:.2f}")
    report = {
        "machine": machine(),
        "threads": threads,
        "peer_seconds": peer_seconds,
        "peer_bleu": reached,
    }
    _write(
        {
            **report,
            "seconds": seconds,
            "fraction": None if seconds is None else seconds / peer_seconds,
        },
        json,
    )


@app.command()
def translate(
    model: Model,
    dtype: Dtypes = ["int8"],  # noqa: B006  # typer makes its own
    shortlist: Shortlist = False,
    engine: Engines = ["auto"],  # noqa: B006
    raw: Raw = False,
    also: Also = None,
    data: Data = DEV,
    peer: PeerNames = None,
    train_data: TrainData = LINES,
    train_minutes: TrainMinutes = 40,
    threads: Threads = 2,
    rounds: Rounds = 3,
    alone: Annotated[
        int,
        typer.Option(help="Number of sentences to translate one by one as well, for comparison."),
    ] = 0,
    vocabulary: Annotated[
        int | None, typer.Option(help="Widen the target vocabulary to this size.")
    ] = None,
    beams: Annotated[list[int], typer.Option("--beam", help="Beam sizes; 1 is greedy.")] = [1, 5],  # noqa: B006
    json: Json = None,
    device: Device = "cpu",
) -> None:
    """Measure decoding of a test set in sentences per second, without loading."""
    torch.set_num_threads(threads)
    text = Corpus.load(str(data))
    sources = text.sources()
    references = text.targets()
    words = sum(len(source.split()) for source in sources) / len(sources)
    peers = translation.prepare_peers(
        peer or (),
        DIRECTORY / "peers",
        model,
        data,
        train_data,
        minutes=train_minutes,
        threads=threads,
    )
    engines = engine if vocabulary is None else ["torch"]
    models = [model, *(also or ())]
    ours = _translators(
        models, dtype, engines, threads, device=device, shortlist=shortlist, raw=raw
    )
    first = list(ours)[:: len(engines)]  # what the other engines and the peers are compared with
    results = []
    for translator in ours.values():
        if vocabulary is not None:
            decoding.widen_vocabulary(translator, vocabulary)
    for beam in beams:
        found = translation.measure_batches(
            ours, peers, (sources, references), beam=beam, rounds=rounds
        )
        for runs in found.values():
            runs.notes["source_words_per_second"] = round(statistics.median(runs.rates) * words)
        for name in ours if alone else ():
            changed = decoding.changed_alone(ours[name], sources[:alone], beam)
            found[name].notes["changed_alone"] = f"{changed} of {len(sources[:alone])}"
        results += translation.rows(f"beam {beam}", found, first, less=False)
    _write(
        {"machine": machine(device), "threads": threads, "model": str(model), "results": results},
        json,
    )


@app.command()
def latency(
    model: Model,
    dtype: Dtypes = ["int8"],  # noqa: B006
    shortlist: Shortlist = False,
    engine: Engines = ["auto"],  # noqa: B006
    raw: Raw = False,
    also: Also = None,
    data: Data = DEV,
    peer: PeerNames = None,
    train_data: TrainData = LINES,
    train_minutes: TrainMinutes = 40,
    threads: Threads = 1,
    rounds: Rounds = 3,
    count: Annotated[int, typer.Option(help="Number of sentences.")] = 150,
    json: Json = None,
) -> None:
    """Measure milliseconds per sentence of 8 to 10 subwords, with the model loaded."""
    torch.set_num_threads(threads)
    peers = translation.prepare_peers(
        peer or (),
        DIRECTORY / "peers",
        model,
        data,
        train_data,
        minutes=train_minutes,
        threads=threads,
    )
    models = [model, *(also or ())]
    ours = _translators(models, dtype, engine, threads, shortlist=shortlist, raw=raw)
    first = list(ours)[:: len(engine)]  # what the other engines and the peers are compared with
    lines = Corpus.load(str(data)).sources()
    sources = decoding.of_length(next(iter(ours.values())), lines, range(8, 11), count)
    if not sources:
        raise Seq2SeqError(f"{data}: no sentence has 8 to 10 subwords")
    memory_rate = bandwidth()
    bytes_read = [_bytes_per_step(path, name) for path in models for name in dtype]
    results = []
    for beam in (1, 5):
        found = translation.measure_alone(ours, peers, sources, beam=beam, rounds=rounds)
        for name, read in zip(first, bytes_read, strict=True):
            floor = read / memory_rate * 1000
            notes = {"kib_read_per_step": read >> 10, "ms_per_step_from_memory": round(floor, 3)}
            found[name].notes.update(notes)
        results += translation.rows(f"milliseconds, beam {beam}", found, first, less=True)
    _write(
        {"machine": machine(), "threads": threads, "model": str(model), "results": results}, json
    )


@app.command()
def growth(
    model: Model,
    dtype: Annotated[str, typer.Option(help="fp32, bf16 or int8.")] = "int8",
    shortlist: Shortlist = False,
    text: Annotated[Path, typer.Option(help="TSV file with many sources.")] = LINES,
    counts: Annotated[list[int], typer.Option("--lines", help="Lines.")] = [1_000, 10_000, 100_000],  # noqa: B006
    vocabulary: Annotated[int, typer.Option(help="Size of a large target vocabulary.")] = 64_000,
    threads: Threads = 2,
    rounds: Rounds = 3,
    json: Json = None,
) -> None:
    """Measure how decoding time grows with lines, beam size and target vocabulary."""
    torch.set_num_threads(threads)
    sources = Corpus.load(str(text)).sources()
    few = sources[: counts[0]]
    results = []
    for count in counts:
        translator = Translator.from_pretrained(model, dtype=dtype, shortlist=shortlist)
        part = sources[:count]
        seconds = statistics.median(
            decoding.seconds_to_stream(translator, part) for _ in range(rounds)
        )
        ms = 1000 * seconds / len(part)
        what = f"greedy, {len(part):,} lines"
        results.append({"what": what, "seconds": round(seconds, 2), "ms_per_line": round(ms, 3)})
    plain = Translator.from_pretrained(model, dtype=dtype, shortlist=shortlist, engine="torch")
    wide = Translator.from_pretrained(model, dtype=dtype, shortlist=shortlist, engine="torch")
    decoding.widen_vocabulary(wide, vocabulary)
    for what, a, b in (
        ("beam 10 to beam 5", (plain, 10), (plain, 5)),
        (
            f"vocabulary {vocabulary:,} to {plain.tokenizers.target.vocab_size:,}, greedy",
            (wide, 1),
            (plain, 1),
        ),
        (
            f"vocabulary {vocabulary:,} to {plain.tokenizers.target.vocab_size:,}, beam 5",
            (wide, 5),
            (plain, 5),
        ),
    ):
        pairs = [
            [decoding.seconds_to_translate(translator, few, beam)[0] for translator, beam in (a, b)]
            for _ in range(rounds)
        ]
        results.append(
            {
                "what": what,
                "ratio": round(statistics.median(one / other for one, other in pairs), 2),
            }
        )
    _write(
        {"machine": machine(), "threads": threads, "model": str(model), "results": results}, json
    )


@app.command()
def memory(
    model: Annotated[Path | None, typer.Argument(help="Model directory to translate with.")] = None,
    steps: Annotated[int, typer.Option(help="Training steps; an epoch has 290.")] = 300,
    data: Data = DEV,
    threads: Threads = 2,
    json: Json = None,
) -> None:
    """Measure peak resident memory of `translate` and of training with 4,096-token batches.

    For training, the figures also show whether memory grows.
    """
    config = Config.load(CONFIG)
    training.prepare(config, DIRECTORY)
    settings = [
        f"training.max_steps={steps}",
        "training.validate_every=1000000",
        *speed.BATCHES["4,096 tokens"],
    ]
    measured = training.train(CONFIG, DIRECTORY, DIRECTORY / "memory", settings, threads)
    quarter = len(measured.resident) // 4
    if not quarter:
        raise Seq2SeqError("the run was too short to show whether memory grows; add --steps")
    results: list[dict[str, Any]] = [
        {
            "what": "train, 4,096 tokens, bf16",
            "peak_mib": measured.peak_bytes >> 20,
            "second_quarter_mib": max(measured.resident[quarter : 2 * quarter]) >> 20,
            "last_quarter_mib": max(measured.resident[3 * quarter :]) >> 20,
        }
    ]
    if model is not None:
        sources = DIRECTORY / "sources.txt"
        sources.write_text(
            "".join(f"{source}\n" for source in Corpus.load(str(data)).sources()), encoding="utf-8"
        )
        for options in ([], ["--beam", "1"], ["--dtype", "int8"]):
            output = DIRECTORY / "translations.txt"
            seconds, peak = decoding.command_seconds(model, sources, output, options, threads)
            what = " ".join(["translate", *options])
            results.append({"what": what, "peak_mib": peak >> 20, "seconds": round(seconds, 1)})
    _write({"machine": machine(), "threads": threads, "results": results}, json)


@app.command()
def large(
    device: Device = "cuda",
    layers: Annotated[
        int, typer.Option(help="Number of layers in the encoder, and in the decoder.")
    ] = 4,
    size: Annotated[int, typer.Option(help="Size of embeddings and layers.")] = 1024,
    vocabulary: Annotated[int, typer.Option(help="Size of each vocabulary.")] = 32_000,
    sentences: Annotated[int, typer.Option(help="Number of sentences per batch.")] = 512,
    positions: Annotated[int, typer.Option(help="Number of tokens per sentence.")] = 32,
    repeats: Annotated[
        int, typer.Option(help="Number of timed training steps and decoded batches.")
    ] = 20,
    json: Json = None,
) -> None:
    """Measure tokens per second of a 4+4 x 1024 model in bf16 with random text on a GPU."""
    shape = big.Shape(layers, size, vocabulary, sentences, positions)
    model = big.large_model(shape, device)
    # The operations are those of a source and a target token together.
    operations = training.operations_per_token(model, 1.0) / 2
    rate = big.training_rate(model, shape, device, repeats)
    fraction = rate * operations / matrix_rate("bf16", device, 8192 if device != "cpu" else 1024)
    results = [
        {
            "what": "train, bf16",
            "source_and_target_tokens_per_second": round(rate),
            "fraction_of_peak": round(fraction, 3),
        },
        {
            "what": "greedy, bf16",
            "target_tokens_per_second": round(big.greedy_rate(model, shape, device, repeats)),
        },
    ]
    _write(
        {"machine": machine(device), "threads": torch.get_num_threads(), "results": results}, json
    )


def _translators(
    models: Sequence[Path],
    dtypes: Sequence[str],
    engines: Sequence[str],
    threads: int,
    **options: Any,
) -> dict[str, Translator]:
    """Load models in each dtype with each engine; return the translators by name."""
    os.environ["OMP_NUM_THREADS"] = str(threads)  # read by the native engine
    found = {}
    for model, dtype, engine in itertools.product(models, dtypes, engines):
        translator = Translator.from_pretrained(model, dtype=dtype, engine=engine, **options)
        names = [str(model)] * (len(models) > 1) + [dtype] + [engine] * (len(engines) > 1)
        found[", ".join(names)] = translator
    return found


def _bytes_per_step(model: Path, dtype: str) -> int:
    """Return the bytes of weights that one decoder step of a model directory reads."""
    network = Translator.from_pretrained(model, dtype=dtype, engine="torch").model
    assert isinstance(network, Seq2SeqModel)
    return decoding.bytes_per_step(network)


def _joeynmt(name: str | None, threads: int, config: Config) -> JoeyNMT | None:
    """Install JoeyNMT and write its text and vocabularies; return None if `name` is None."""
    if name is None:
        return None
    if name != "joeynmt":
        raise PeerError(f"unknown peer {name!r}; known: joeynmt")
    peer = JoeyNMT(DIRECTORY.absolute() / "joeynmt", threads)
    peer.install()
    for part, files in (
        ("train", config.data.train),
        ("dev", config.data.dev),
        ("test", config.data.dev),
    ):
        pairs = Corpus.load(files)
        peer.write_text(part, pairs.sources(), pairs.targets())
    for side in ("source", "target"):
        peer.write_vocabulary(side, DIRECTORY / "tokenizer" / f"{side}.model")
    return peer


def _write(report: dict[str, Any], path: Path | None) -> None:
    """Print the figures as a table; if a path is given, also write them as JSON."""
    rows = report.get("results") or [
        {key: value for key, value in report.items() if key != "machine"}
    ]
    table = Table(title=f"{report['machine']}; {report['threads']} threads")
    columns = list(dict.fromkeys(key for row in rows for key in row))
    for column in columns:
        table.add_column(column.replace("_", " "), overflow="fold")
    for row in rows:
        table.add_row(*(str(row.get(column, "")) for column in columns))
    Console(width=max(120, int(os.environ.get("COLUMNS", "0")))).print(table)
    if path is not None:
        path.write_text(json_text.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    try:
        app()
    except (PeerError, Seq2SeqError) as error:
        sys.exit(f"error: {error}")
