"""Mutations of model and run directories: each case changes one file and uses the directory.

The program runs in a fork of this process, in which its modules are already loaded.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import re
import resource
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from torture_tally import Result

import seq2seq.model_directory.average  # noqa: F401 - for the forks
from seq2seq import CheckpointError, Config, quantize, shortlist, train
from seq2seq.cli import app
from seq2seq.model_directory.manifest import sealing
from seq2seq.model_directory.names import (
    BEST,
    CARD,
    CHECKPOINTS,
    CONFIDENCE,
    MANIFEST,
    METRICS,
    STATE,
    WEIGHTS,
    checkpoint_paths,
)
from seq2seq.model_directory.seal_directory import check_directory
from seq2seq.model_directory.shipped_models import SHIPPED

TALLY = "mutations.json"
"""Name of the file with the results."""

TRUNCATIONS = 10
"""Number of places where each file is cut off."""

BITS = 5
"""Number of bits that are changed, one at a time, in a file that holds no tensors."""

MAX_SECONDS = 10
"""Limit of the processor's seconds, as the machine may be busy with other things."""

MAX_MEBIBYTES = 1024

PATIENCE = 120
"""Seconds by the clock after which a program is killed."""

TIMES = ("seconds", "validation_seconds", "tokens_per_second", "metrics_sha256", "metrics_length")
"""Keys of metrics.jsonl and state.json that differ between equal trainings."""

SAMPLE = Path(__file__).parents[1] / "recipes" / "sample_es_en"
SETTINGS = (
    "data.train_pairs=300",
    "data.dev_pairs=16",
    "tokenizer.vocab_size=400",
    "tokenizer.target_vocab_size=null",
    "model.embedding_size=16",
    "model.hidden_size=32",
    "training.precision=fp32",
    "training.max_minutes=null",
    "training.ema=0.9",
    "training.log_every=4",
    "training.validate_every=4",
    "training.checkpoint_every=4",
    "training.max_steps=12",
    "training.keep_last=3",
    "training.keep_best=2",
    "decoding.max_length_ratio=1.0",
    "decoding.max_length_extra=2",
)
CONFIDENCES = {1: "es-en", 2: "en-es"}
"""Shipped models whose confidences the models have, for want of dev pairs, by seed."""

TEXT = ("la casa es grande", "el perro come", "Mi hermana lee un libro.", "¿Dónde está Ana?")


@dataclass(frozen=True)
class Case:
    """Change of one file.

    Attributes:
        name: Unique name.
        directory: "model" or "run".
        file: Path of the file in the directory.
        change: "bit", "delete", "empty", "truncate" or "swap".
        place: Bit or byte at which the file changes.
    """

    name: str
    directory: str
    file: str
    change: str
    place: int = 0

    @property
    def kind(self) -> str:
        """Row of the table."""
        part = self.file.split("/")[0]
        what = {CHECKPOINTS: "a checkpoint", BEST: "best weights"}.get(part, f"a {self.directory}")
        return f"{what}: {self.change}"


class MutationBench:
    """Tiny directories, and the programs that use changed copies of them.

    Args:
        place: Folder to work in.
        seed: Seed of the places that are changed.
    """

    def __init__(self, place: Path, *, seed: int) -> None:
        self.place = place.resolve()
        self.seed = seed
        torch.set_num_threads(1)
        os.environ["XDG_CACHE_HOME"] = str(self.place / "cache")
        if not (self.place / "ready").exists():
            self._prepare()
        self._expected: dict[str, object] = {}

    def cases(self) -> list[Case]:
        """Return all cases, in an order that mixes the kinds."""
        rng = random.Random(self.seed)
        found = list(self._all(rng))
        rng.shuffle(found)
        return found

    def run(self, case: Case) -> Result:
        """Change a copy of a directory, use it, and compare the result with that of the original.

        Args:
            case: The change.
        """
        words = self._words(case)
        key = " ".join(words)
        if key not in self._expected:
            code, error, _, _ = self._use(case.directory, None, words)
            assert code == 0, error
            self._expected[key] = self._outcome(words)
        code, error, seconds, mebibytes = self._use(case.directory, case, words)
        lines = error.strip().splitlines()
        if "Traceback" in error or code < 0:
            outcome = "slow" if code == -signal.SIGKILL else "traceback"
        elif seconds > MAX_SECONDS:
            outcome = "slow"
        elif mebibytes > MAX_MEBIBYTES:
            outcome = "large"
        elif code:
            outcome = "refused"
        else:
            outcome = self._compared(case, words, error)
        message = next((line for line in lines if str(self.place / "case") in line), "")
        return Result(case.kind, outcome, seconds, mebibytes, message or "".join(lines[-1:]))

    def _compared(self, case: Case, words: list[str], error: str) -> str:
        """Return the outcome of a command that has succeeded."""
        made = self._outcome(words)
        expected = self._expected[" ".join(words)]
        if made == expected:
            return "recovered" if "training continues from" in error else "equal"
        if f"{self.place / 'case' / case.file}: " in error:
            return "noted"
        if isinstance(made, dict) and isinstance(expected, dict):
            others = {name: content for name, content in made.items() if name != case.file}
            if others == {name: expected[name] for name in expected if name != case.file}:
                try:
                    check_directory(self.place / "case")
                except CheckpointError:
                    return "unread"
        return "silent"

    def _prepare(self) -> None:
        """Make a run, one of another seed, and a model of each, which has all files it may have.

        The runs lack their last checkpoints, so that they go on from the ones before.
        """
        shutil.rmtree(self.place, ignore_errors=True)
        self.place.mkdir(parents=True)
        for name, seed in (("run", 1), ("other run", 2)):
            train(self._config(seed), output=self.place / name, cpu=True)
            shutil.rmtree(checkpoint_paths(self.place / name)[-1])
            model = self.place / name.replace("run", "model")
            quantize(self.place / name, output=model)
            shortlist(model)
            with sealing(model, CONFIDENCE):
                shutil.copyfile(SHIPPED / CONFIDENCES[seed] / CONFIDENCE, model / CONFIDENCE)
        (self.place / "config.yaml").write_text(self._config(1).to_yaml())
        (self.place / "ready").touch()

    def _config(self, seed: int) -> Config:
        return Config.load(
            SAMPLE / "config.yaml",
            [
                *SETTINGS,
                f"data.train={SAMPLE / 'train.tsv'}",
                f"data.dev={SAMPLE / 'dev.tsv'}",
                f"training.seed={seed}",
            ],
        )

    def _all(self, rng: random.Random) -> Iterator[Case]:
        for directory in ("model", "run"):
            top = self.place / directory
            for path in sorted(path for path in top.rglob("*") if path.is_file()):
                file = path.relative_to(top).as_posix()
                size = path.stat().st_size
                changes = [("delete", 0), ("empty", 0)]
                if (self.place / f"other {directory}" / file).is_file():
                    changes.append(("swap", 0))
                cuts = rng.sample(range(1, size), min(TRUNCATIONS, size - 1))
                changes += [("truncate", cut) for cut in sorted(cuts)]
                changes += [("bit", place) for place in _bits(path, rng)]
                for change, place in changes:
                    name = f"{directory}/{file} {change} {place}"
                    yield Case(name, directory, file, change, place)

    def _words(self, case: Case) -> list[str]:
        """Return the command that reads the file of a case; several do so in turn."""
        copy = str(self.place / "case")
        turn = int(hashlib.sha256(case.name.encode()).hexdigest(), 16)
        if case.directory == "model":
            engine = ("native", "torch")[turn % 2]
            return ["translate", "--model", copy, "--json", "--shortlist", "--engine", engine]
        mean = ["seq2seq", "average", copy, "--output", str(self.place / "mean")]
        if case.file.startswith(f"{BEST}/"):
            return [*mean, "--best"]
        if case.file.startswith(f"{CHECKPOINTS}/") and Path(case.file).name == WEIGHTS and turn % 2:
            return mean
        config = str(self.place / "config.yaml")
        return ["seq2seq", "train", config, "--output", copy, "--resume", "--cpu"]

    def _use(
        self, directory: str, case: Case | None, words: list[str]
    ) -> tuple[int, str, float, float]:
        """Run a command on a copy; return its code, error output, seconds and mebibytes."""
        copy = self.place / "case"
        for old in (copy, self.place / "mean"):
            shutil.rmtree(old, ignore_errors=True)
        shutil.copytree(self.place / directory, copy)
        if case is not None:
            _change(copy / case.file, case, self.place / f"other {directory}" / case.file)
        started = time.perf_counter()
        child = os.fork()
        if not child:
            _become(words, self.place)
        status, used = _wait(child, started)
        seconds = used.ru_utime + used.ru_stime
        error = (self.place / "stderr").read_text(encoding="utf-8", errors="replace")
        code = os.waitstatus_to_exitcode(status)
        return code, error, seconds, used.ru_maxrss / 1024

    def _outcome(self, words: list[str]) -> object:
        """Return what a command has made, in a form that can be compared."""
        if words[0] == "translate":
            return (self.place / "stdout").read_bytes()
        made = self.place / ("mean" if words[1] == "average" else "case")
        return {
            path.relative_to(made).as_posix(): _content(path)
            for path in made.rglob("*")
            if path.is_file() and (path.parent.parent.name != CHECKPOINTS or path.name == STATE)
        } | {
            path.relative_to(made).as_posix(): _content(path)
            for path in made.rglob(f"{CHECKPOINTS}/*/*.safetensors")
        }


def _bits(path: Path, rng: random.Random) -> list[int]:
    """Return bits to change: one in each tensor and one in the header, or some anywhere."""
    size = path.stat().st_size
    if path.suffix != ".safetensors":
        return sorted(rng.sample(range(8 * size), BITS))
    content = path.read_bytes()
    start = 8 + int.from_bytes(content[:8], "little")
    entries = json.loads(content[8:start])
    entries.pop("__metadata__", None)
    bits = [rng.randrange(8 * start)]
    for begin, end in (entry["data_offsets"] for entry in entries.values()):
        if end > begin:
            bits.append(rng.randrange(8 * (start + begin), 8 * (start + end)))
    return bits


def _change(path: Path, case: Case, other: Path) -> None:
    """Change a file as a case says."""
    content = bytearray(path.read_bytes())
    if case.change == "delete":
        path.unlink()
        return
    if case.change == "bit":
        content[case.place // 8] ^= 1 << case.place % 8
    elif case.change == "swap":
        content = bytearray(other.read_bytes())
    else:
        del content[case.place :]
    path.write_bytes(content)


def _content(path: Path) -> object:
    """Return the content of a file without times, and of a manifest without that of the card."""
    if path.name == CARD:
        return re.sub(rb" in [\d,]+ s\b", b"", path.read_bytes())
    if path.name not in (METRICS, STATE, MANIFEST):
        return path.read_bytes()
    try:
        if path.name == MANIFEST:
            content = json.loads(path.read_bytes())
            content["files"].pop(CARD, None)
            return content
        lines = [json.loads(line) for line in path.read_bytes().splitlines()]
        return [{key: line[key] for key in line if key not in TIMES} for line in lines]
    except (ValueError, TypeError, KeyError, AttributeError):
        return path.read_bytes()


def _become(words: list[str], place: Path) -> None:
    """Run a command in this process, and end it."""
    code = 70
    try:
        (place / "stdin").write_text("\n".join(TEXT) + "\n", encoding="utf-8")
        for number, name in enumerate(("stdin", "stdout", "stderr")):
            file = (place / name).open("w" if number else "r", encoding="utf-8")
            os.dup2(file.fileno(), number)
            setattr(sys, name, file)
        sys.argv = words
        (app.translate_main if words[0] == "translate" else app.main)()
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _wait(child: int, started: float) -> tuple[int, resource.struct_rusage]:
    """Wait for a process, but not for long; return its status and what it has used."""
    while True:
        ended, status, usage = os.wait4(child, os.WNOHANG)
        if ended:
            return status, usage
        if time.perf_counter() - started > PATIENCE:
            os.kill(child, signal.SIGKILL)
        time.sleep(0.005)
