"""Model cards of the shipped models: what each is good at, its sources, scores and training."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from shipped_gpu import GPU
from shipped_text import SourceCount

from seq2seq import Config, __version__
from seq2seq.config.settings import ModelConfig, TokenizerConfig
from seq2seq.model_directory.description import load_config
from seq2seq.model_directory.front_matter import front_matter
from seq2seq.model_directory.names import CONFIG, METRICS, WEIGHTS
from seq2seq.model_directory.shipped_models import FIRST
from seq2seq.reports.findings import Findings

PAST = Path(__file__).with_name("shipped_past.json")
"""Length of the trainings of the shipped models whose run directories are gone."""

LANGUAGES = {"es-en": ("Spanish", "English"), "en-es": ("English", "Spanish")}


@dataclass(frozen=True)
class TrainingSummary:
    """Length of a training in several parts.

    Attributes:
        parts: Number of parts.
        steps: Number of steps of all parts together.
        seconds: Seconds of one CPU core of all parts together, validation included.
        gpu_seconds: Seconds of a GPU.
        gpu: Name of the GPU, or "".
        averaged: Number of parts, the last ones, whose weights are averaged.
    """

    parts: int
    steps: int
    seconds: float
    gpu_seconds: float = 0.0
    gpu: str = ""
    averaged: int = 1


def training_summary(parts: Sequence[Path], *, averaged: int = 1) -> TrainingSummary:
    """Add up the steps and the seconds in the logs of the parts, first to last.

    If the first part goes on from a shipped model, the training of that model is added.
    """
    start = load_config(parts[0]).training.init_from or ""
    past = json.loads(PAST.read_text(encoding="utf-8")).get(start, {})
    steps = past.get("steps", 0)
    seconds = {False: past.get("seconds", 0.0), True: past.get("gpu_seconds", 0.0)}
    gpu = past.get("gpu", "")
    reached = 0
    for part in parts:
        lines = (part / METRICS).read_text(encoding="utf-8").splitlines()
        rows = [json.loads(line) for line in lines]
        goes_on = load_config(part).training.init == "continue"
        before = reached if goes_on else 0
        reached = max((row["step"] for row in rows), default=before)
        steps += reached - before
        on_gpu = (part / GPU).exists()
        gpu = (part / GPU).read_text(encoding="utf-8") if on_gpu else gpu
        seconds[on_gpu] += max((row["seconds"] for row in rows if "seconds" in row), default=0.0)
    count = past.get("parts", 0) + len(parts)
    return TrainingSummary(count, steps, seconds[False], seconds[True], gpu, averaged)


def card(
    direction: str,
    model: Path,
    sets: Sequence[Findings],
    sources: Sequence[SourceCount],
    training: TrainingSummary,
    *,
    final: bool,
) -> str:
    """Return the README.md of a shipped model.

    Args:
        direction: "es-en" or "en-es".
        model: Its directory, which has no card yet.
        sets: Results on the test or dev sets.
        sources: Sources of the training text.
        training: Length of the training.
        final: True if these are the test sets.
    """
    source, target = LANGUAGES[direction]
    config = load_config(model)
    command = "translate" if direction == FIRST else f"translate --to {direction.partition('-')[2]}"
    megabytes = (model / WEIGHTS).stat().st_size / 1e6
    header = front_matter(
        languages=direction.split("-"),
        license="other",
        license_name="licenses-of-the-training-data",
        metrics=["bleu", "chrf", "ter"],
        tags=[config.model.cell],
    )
    return f"""{header}# {source} to {target}, everyday and general text

The default model of `{command}`, made by `tools/train_shipped.py` of seq2seq {__version__}. It is
best at everyday sentences, dialogue and technical text. It is weaker at news and encyclopedias: it
knows few names and few rare words. Its translations can be fluent and wrong; do not rely on them
where a mistake does harm. `translate` warns of sentences that it probably got wrong.

    {command} "…"

## Training data

{_sources(sources)}

## Scores

{_scores(sets, final=final)}

## Model

| | |
|---|---|
| network | {_network(config.model)} |
| tokenizer | {_tokenizer(config.tokenizer)} |
| training | {_training(config, training)} |
| weights | {megabytes:.1f} MB, matrices as int8 (`seq2seq quantize`) |

All settings are in {CONFIG}.
"""


def _sources(sources: Sequence[SourceCount]) -> str:
    """Return the table of sources, the largest first."""
    pairs = sum(source.pairs for source in sources)
    rows = "\n".join(
        f"| {source.name} | {source.pairs:,} | {source.weight:g} | {source.license} | "
        f"{source.origin} |"
        for source in sorted(sources, key=lambda source: -source.pairs)
    )
    return f"""{pairs:,} sentence pairs of {len(sources)} sources. The weight is the number of times
that a pair is in the training text. None of the sources has a line of the sets below on either
side, but for phrases of at most three words, such as "Hola."; pairs with these are not scored.

| source | pairs | weight | license | origin |
|---|---|---|---|---|
{rows}"""


def _scores(sets: Sequence[Findings], *, final: bool) -> str:
    """Return the table of scores with the settings and the signatures."""
    first = sets[0]
    decoding = ", ".join(
        f"{name.replace('_', ' ')} {value}" for name, value in first.decoding.items()
    )
    rows = "\n".join(
        f"| {Path(found.data).stem} | {len(found.sentences):,} | "
        + " | ".join(f"{row.value} ({row.interval})" for row in found.score_rows)
        + " |"
        for found in sets
    )
    signatures = "\n".join(f"- {row.metric}: `{row.signature}`" for row in first.score_rows)
    tatoeba, halves = ("test", "second halves") if final else ("dev", "first halves")
    return f"""Decoded with the defaults of `translate`: {decoding}. In brackets are 95% bootstrap
intervals. tatoeba is the {tatoeba} set of tools/prepare_tatoeba.py; the others are the {halves} of
TED 2013, of WMT's newstest2012 and of the dev set of FLORES-101.

| set | sentences | {" | ".join(row.metric for row in first.score_rows)} |
|---|---|{"---|" * len(first.score_rows)}
{rows}

{signatures}"""


def _network(model: ModelConfig) -> str:
    parts = [
        f"{model.cell}, {model.encoder_layers} + {model.decoder_layers} layers",
        f"hidden size {model.hidden_size}",
        f"embedding size {model.embedding_size}",
        f"{model.attention} attention",
        f"decoder order {model.decoder_order}",
        f"weight tying {model.weight_tying}",
    ]
    if model.lexical_model:
        parts.append("lexical model")
    return ", ".join(parts)


def _tokenizer(tokenizer: TokenizerConfig) -> str:
    vocabulary = "joint vocabulary" if tokenizer.joint else "vocabularies"
    return f"{tokenizer.type}, {vocabulary} of {tokenizer.vocab_size:,}"


_AUGMENTED = {
    "noise": "written as people type them",
    "names": "with a made-up name on both sides",
    "items": "with a URL, a number or the like on both sides",
    "capitals": "in capitals or title case",
    "phrases": "reduced to one of their phrases",
}


def _training(config: Config, training: TrainingSummary) -> str:
    """Describe the length of the training and its augmentations."""
    time = f"{training.seconds / 3600:.1f} hours of one CPU core"
    if training.gpu:
        time += f" and {training.gpu_seconds / 60:.1f} minutes of one {training.gpu}"
    parts = [
        f"{training.steps:,} steps in {training.parts} parts, {time}",
        f"{config.training.precision}, seed {config.training.seed}",
    ]
    if training.averaged > 1:
        parts.append(f"mean weights of the last {training.averaged} parts")
    parts += [
        f"{fraction:.0%} of the pairs {_AUGMENTED.get(name, f'changed by {name}')}"
        for name, fraction in config.data.augment.items()
        if fraction
    ]
    return "; ".join(parts)
