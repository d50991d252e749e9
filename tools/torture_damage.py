"""Damage to configurations, data files, models and runs, with a command that reads them."""

from __future__ import annotations

import gzip
import json
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import yaml
from torture_words import NUMBERS, PATHS, TEXTS

VALUES: tuple[object, ...] = (
    *(
        None,
        True,
        False,
        0,
        -1,
        1,
        2.5,
        10**9,
        10**30,
        -(10**30),
        float("nan"),
        float("inf"),
        1e300,
    ),
    *([], {}, [[]], {"a": {}}, [None] * 1000, "x" * 100_000, "\x00", "💥", ["a", 1, None]),
)
"""Hostile values of settings."""

NAMES = (
    *("gru", "lstm", "ssru", "elman", "none", "luong-dot", "bahdanau", "multi-head"),
    *("input-feeding", "fused", "bpe", "unigram", "char", "word", "sgd", "adamw", "constant"),
)
"""Names that some settings accept."""

SNIPPETS = (
    *(
        "a: &a [*a]\n",
        "&a\n",
        "*x\n",
        "!!python/object/apply:os.system [id]\n",
        "<<: *x\n",
        "? \n",
        "---\n",
    ),
    *(
        "[" * 5000,
        "{" * 3000,
        "a: " * 2000,
        "\t\n",
        "\x00",
        "\x85",
        "%YAML 9.9\n---\n",
        "- " * 3000,
        '"',
    ),
    "".join(f"k{n}: &k{n} [{', '.join([f'*k{n - 1}'] * 9 if n else ['x'])}]\n" for n in range(9)),
)
"""Text that is no configuration."""

BYTES = (
    *(
        b"\x00",
        b"\xff\xfe",
        b"\xef\xbb\xbf",
        b"\r",
        b"\n\n\n",
        b"\t" * 50,
        b'"',
        b"\xc3",
        b"\x80" * 9,
    ),
    *(
        b"a" * 2_000_000,
        b"{" * 5000,
        b"[" * 100_000,
        b'{"a":' * 2000,
        b",,,,",
        b"\x1f\x8b",
        b"PAR1",
    ),
)
"""Bytes that files of text seldom have."""


def damage_configuration(draw: random.Random) -> list[str]:
    """Change config.yaml, and return a command that reads it.

    In half of the cases the values are hostile, and there is no text. In the others they are of
    the kind that settings have, and a step of training follows.

    Args:
        draw: Source of chance.
    """
    path = Path("config.yaml")
    settings = yaml.safe_load(path.read_text(encoding="utf-8"))
    words = ["seq2seq", "train", "config.yaml", "--cpu", "--output", "new"]
    if draw.random() < 0.5:
        for _ in range(draw.randint(1, 3)):
            _change_mildly(settings, draw)
        path.write_text(yaml.safe_dump(settings), encoding="utf-8")
        return [*words, "training.max_steps=1"]
    for _ in range(draw.randint(0, 3)):
        _change_value(settings, draw)
    content = yaml.safe_dump(settings, allow_unicode=draw.random() < 0.5)
    for _ in range(draw.choice((0, 0, 1, 2))):
        place = draw.randrange(len(content) + 1)
        content = content[:place] + draw.choice(SNIPPETS) + content[place:]
    data = content.encode("utf-8", "replace")
    path.write_bytes(_garble(data, draw) if draw.random() < 0.4 else data)
    return [*words, "data.train=absent.tsv"]


def damage_data(draw: random.Random) -> list[str]:
    """Write a damaged file of pairs in any format, and return a command that reads it.

    Args:
        draw: Source of chance.
    """
    pairs = [line.split("\t") for line in Path("train.tsv").read_text("utf-8").splitlines()]
    for pair in draw.sample(pairs, 3):
        pair[draw.randrange(len(pair))] = draw.choice((*TEXTS, *NUMBERS))
    form = draw.choice(sorted(FORMATS))
    path = Path(f"damaged.{form}")
    FORMATS[form](pairs, path)
    if draw.random() < 0.8:
        path.write_bytes(_garble(path.read_bytes(), draw))
    if draw.random() < 0.1:
        path = path.rename(f"damaged.{draw.choice(sorted(FORMATS))}")
    turn = draw.random()
    if turn < 0.4:
        return ["seq2seq", "data", str(path), "--check"]
    if turn < 0.6:
        return ["seq2seq", "data", str(path), "--output", "new", "--dev", "2", "--test", "2"]
    if turn < 0.8:
        return ["seq2seq", "evaluate", "model", "--data", str(path), "--output", "new"]
    if turn < 0.9:
        return ["seq2seq", "shortlist", "model", "--data", str(path)]
    words = ["seq2seq", "train", "config.yaml", "--cpu", "--output", "new"]
    return [*words, f"data.train={path}", "training.max_steps=1"]


def damage_model(draw: random.Random) -> list[str]:
    """Change files of the model, and return a command that loads it.

    Args:
        draw: Source of chance.
    """
    _damage_directory(Path("model"), draw)
    engine = draw.choice(("native", "torch"))
    return draw.choice(
        (
            ["translate", "--model", "model", "--engine", engine, "uno dos"],
            ["translate", "--model", "model", "--engine", engine, "--shortlist", "--json", "gato"],
            ["seq2seq", "evaluate", "model", "--data", "dev.tsv", "--output", "new"],
            ["seq2seq", "quantize", "model", "--output", "new"],
            ["seq2seq", "seal", "model"],
            ["seq2seq", "seal", "--check", "model"],
            ["seq2seq", "export", "model", "--web", "new"],
        )
    )


def damage_run(draw: random.Random) -> list[str]:
    """Change files of the run, and return a command that goes on with it.

    Args:
        draw: Source of chance.
    """
    _damage_directory(Path("run"), draw)
    resume = ["seq2seq", "train", "config.yaml", "--cpu", "--output", "run", "--resume"]
    return draw.choice(
        (
            [*resume, "training.max_steps=7"],
            ["seq2seq", "average", "run", "--output", "new"],
            ["seq2seq", "average", "run", "--best", "--output", "new"],
            ["seq2seq", "report", "run", "--output", "new"],
            ["translate", "--model", "run", "gato"],
        )
    )


def _damage_directory(top: Path, draw: random.Random) -> None:
    """Change one or two files, in half of the cases without the manifests that would say so."""
    if draw.random() < 0.5:
        for manifest in list(top.rglob("manifest.json")):
            manifest.unlink()
    files = sorted(path for path in top.rglob("*") if path.is_file())
    for path in draw.sample(files, draw.choice((1, 1, 2))):
        turn = draw.random()
        if turn < 0.35 and path.suffix in (".yaml", ".json", ".safetensors"):
            _change_structure(path, draw)
        elif turn < 0.75:
            path.write_bytes(_garble(path.read_bytes(), draw))
        else:
            _replace(path, draw)


def _change_structure(path: Path, draw: random.Random) -> None:
    """Change a value of a YAML or JSON file, or of the header of a file of tensors."""
    content = path.read_bytes()
    if path.suffix == ".yaml":
        settings = yaml.safe_load(content)
        _change_value(settings, draw)
        path.write_text(yaml.safe_dump(settings), encoding="utf-8")
    elif path.suffix == ".json":
        saved = json.loads(content)
        _change_value(saved, draw)
        path.write_text(json.dumps(saved), encoding="utf-8")
    else:
        size = int.from_bytes(content[:8], "little")
        header = json.loads(content[8 : 8 + size])
        _change_value(header, draw)
        written = json.dumps(header).encode()
        path.write_bytes(len(written).to_bytes(8, "little") + written + content[8 + size :])


def _change_mildly(settings: dict[str, Any], draw: random.Random) -> None:
    """Replace a value of a section by another one of its type."""
    section = draw.choice([one for one in settings.values() if isinstance(one, dict)])
    key = draw.choice([key for key in section if key not in ("train", "dev")])
    value = section[key]
    if isinstance(value, bool):
        section[key] = not value
    elif isinstance(value, int):
        section[key] = draw.choice((0, 1, 2, 3, 4, 2 * value, value // 2))
    elif isinstance(value, float):
        section[key] = draw.choice((0.0, 0.1, 0.5, 0.9, 1.0, 2 * value, value / 2))
    elif isinstance(value, str):
        section[key] = draw.choice(NAMES)
    elif value is None:
        section[key] = draw.choice((1, 2, 0.5, True, *NAMES))


def _change_value(settings: Any, draw: random.Random) -> None:
    """Replace, remove or add a value somewhere in nested dictionaries and lists."""
    while True:
        keys = list(settings) if isinstance(settings, dict) else list(range(len(settings)))
        if not keys:
            return
        key = draw.choice(keys)
        if not isinstance(settings[key], dict | list) or not settings[key] or draw.random() < 0.1:
            break
        settings = settings[key]
    turn = draw.random()
    if turn < 0.1:
        del settings[key]
    elif turn < 0.2 and isinstance(settings, dict):
        settings[draw.choice(TEXTS)] = draw.choice(VALUES)
    else:
        settings[key] = draw.choice((*VALUES, *TEXTS, *NUMBERS, *PATHS))


def _garble(content: bytes, draw: random.Random) -> bytes:
    """Cut off, insert, remove, repeat or change bytes, a few times."""
    for _ in range(draw.choice((1, 1, 2, 4))):
        begin = draw.randrange(len(content) + 1)
        end = min(len(content), begin + draw.choice((1, 4, 100)))
        turn = draw.randrange(6)
        if turn == 0:
            content = content[:begin]
        elif turn == 1:
            content = content[:begin] + draw.choice(BYTES) + content[begin:]
        elif turn == 2:
            content = content[:begin] + content[end:]
        elif turn == 3:
            content = content[:end] + content[begin:end] * draw.choice((1, 1000)) + content[end:]
        elif turn == 4:
            content = content[:begin] + draw.randbytes(end - begin) + content[end:]
        elif content[begin : begin + 1]:
            flipped = content[begin] ^ (1 << draw.randrange(8))
            content = content[:begin] + bytes([flipped]) + content[begin + 1 :]
    return content


def _replace(path: Path, draw: random.Random) -> None:
    """Put something else in the place of a file."""
    turn = draw.randrange(7)
    others = sorted(one for one in Path().rglob("*") if one.is_file() and one != path)
    if turn == 6:
        shutil.copyfile(draw.choice(others), path)
        return
    path.unlink()
    if turn == 0:
        path.mkdir()
    elif turn == 1:
        os.mkfifo(path)
    elif turn == 2:
        path.symlink_to(path.name)
    elif turn == 3:
        path.symlink_to("/dev/zero")
    elif turn == 4:
        path.touch()


def _write_csv(pairs: list[list[str]], path: Path) -> None:
    rows = ["es,en", *(f'"{pair[0]}","{pair[-1]}"' for pair in pairs)]
    path.write_text("\n".join(rows), encoding="utf-8")


def _write_lines(pairs: list[list[str]], path: Path) -> None:
    rows = [json.dumps({"es": pair[0], "en": pair[-1]}) for pair in pairs]
    path.write_text("\n".join(rows), encoding="utf-8")


def _write_tsv(pairs: list[list[str]], path: Path) -> None:
    path.write_text("\n".join("\t".join(pair) for pair in pairs), encoding="utf-8")


def _write_compressed(pairs: list[list[str]], path: Path) -> None:
    path.write_bytes(gzip.compress("\n".join("\t".join(pair) for pair in pairs).encode()))


def _write_parquet(pairs: list[list[str]], path: Path) -> None:
    columns = {"es": [pair[0] for pair in pairs], "en": [pair[-1] for pair in pairs]}
    pyarrow.parquet.write_table(pyarrow.table(columns), path)


FORMATS: dict[str, Callable[[list[list[str]], Path], None]] = {
    "tsv": _write_tsv,
    "csv": _write_csv,
    "jsonl": _write_lines,
    "tsv.gz": _write_compressed,
    "parquet": _write_parquet,
}
"""Functions that write a file of pairs, by the end of its name."""
