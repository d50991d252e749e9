"""Hostile command lines: any options of a command, with values of any kind."""

from __future__ import annotations

import random
from typing import Any

import typer

from seq2seq.cli import app

LEFT_OUT = ("serve",)
"""Commands that do not end by themselves."""

LEFT_OUT_OPTIONS = ("workers", "threads", "list_models", "version", "help", "verbose")
"""Options that start processes, leave nothing to do, or ask for tracebacks."""

NUMBERS = (
    *(
        "0",
        "1",
        "2",
        "3",
        "-1",
        "0.5",
        "1e300",
        "-1e300",
        "nan",
        "inf",
        "1e-300",
        "00",
        "1_0",
        "0x1",
    ),
    *("9" * 25, "9" * 5000, "4294967296", "9223372036854775808", "-9223372036854775809", "١", "1 "),
)
TEXTS = (
    *(
        "",
        " ",
        "gato",
        "uno dos",
        "💥",
        "\x1b[31m",
        "\u202e",
        "\ud800".encode("utf-8", "replace").decode(),
    ),
    *(
        "x" * 300,
        "x" * 5000,
        "a=b",
        "=",
        "a=",
        "=b",
        "{",
        "[",
        "%s",
        "{0}",
        "*",
        "--",
        "-",
        "a\tb",
        "\n",
    ),
    *(
        "cpu",
        "cuda",
        "hpu",
        "meta",
        "int8",
        "fp64",
        "es",
        "en",
        "es-en",
        "org/name",
        "json",
        "utf-16",
    ),
    *("latin-1", "rot13", "idna", "beam", "greedy", "all", "none", "null", "true", "gato=cat"),
)
PATHS = (
    *("model", "run", "text", "train.tsv", "dev.tsv", "config.yaml", "new", "new/deep/er", "."),
    *(
        "model/config.yaml",
        "model/model.safetensors",
        "run/checkpoints",
        "absent",
        "../folder/text",
    ),
    *("/dev/null", "/dev/full", "/dev/zero", "/proc/self/absent", "x" * 300, "a/" * 2000, "", "~"),
    *("train.tsv:0", "train.tsv.gz", "new.tsv", "new.json", "new.html", "text/below", "🗃"),
)
SETTINGS = (
    *(
        "beam",
        "length_penalty",
        "max_length_ratio",
        "max_length_extra",
        "min_length",
        "nbest",
        "seed",
    ),
    *("training.max_steps", "model.hidden_size", "model.encoder_layers", "data.train", "data.dev"),
    *("tokenizer.vocab_size", "training.batch_tokens", "decoding.beam", "training.learning_rate"),
    *("model.dropout", "absent", "a.b.c", "", "model", "training.precision", "forbidden"),
)


def draw_options(draw: random.Random) -> list[str]:
    """Return a hostile command line for files of the working directory.

    Args:
        draw: Source of chance.
    """
    command: Any = typer.main.get_command(app.app)
    name = draw.choice([one for one in command.commands if one not in LEFT_OUT])
    parameters = command.commands[name].params
    words: list[str] = []
    options = [
        one
        for one in parameters
        if one.param_type_name == "option" and one.name not in LEFT_OUT_OPTIONS
    ]
    for option in draw.sample(options, min(len(options), draw.choice((0, 1, 1, 2, 2, 3, 5)))):
        words.append(draw.choice(option.opts))
        if not option.is_flag:
            words.append(_value(option.name, draw))
    for argument in (one for one in parameters if one.param_type_name == "argument"):
        if draw.random() < 0.9:
            words.append(_value(argument.name, draw))
    if draw.random() < 0.05:
        words.insert(draw.randrange(len(words) + 1), draw.choice(("--absent", "-zz", "--", "-")))
    return ["seq2seq", name, *words]


def _value(name: str, draw: random.Random) -> str:
    """Return a value, which is mostly one of the kind that a parameter wants."""
    if name in ("set_", "overrides"):
        return f"{draw.choice(SETTINGS)}={draw.choice((*NUMBERS, *TEXTS, *PATHS))}"
    likely: tuple[str, ...] = NUMBERS
    if name in ("model", "models", "run", "runs", "systems", "directory", "reference_model"):
        likely = ("model", "run", "model", "run", *PATHS)
    elif name in ("config", "train"):
        likely = ("config.yaml", "train.tsv", *PATHS)
    elif name in ("data", "files", "dev", "test", "file", "input", "output", "web", "memory"):
        likely = PATHS
    elif name in ("text", "source", "target", "from_", "to", "term", "prefix", "encoding"):
        likely = TEXTS
    return draw.choice(likely if draw.random() < 0.75 else (*NUMBERS, *TEXTS, *PATHS))
