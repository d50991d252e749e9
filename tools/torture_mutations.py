"""Mutations of model and run directories: each case changes one file and uses the directory.

The program runs in a fork of this process, in which its modules are already loaded.
"""

from __future__ import annotations

import itertools
import json
import os
import random
import shutil
import signal
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import torture_forks as forks
from torture_contents import contents
from torture_tally import Result

from seq2seq import CheckpointError, Config, quantize, shortlist, train
from seq2seq.model_directory.manifest import sealing
from seq2seq.model_directory.names import (
    BEST,
    CARD,
    CHECKPOINTS,
    CONFIDENCE,
    ENVIRONMENT,
    MANIFEST,
    METRICS,
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

UNSEALED = (CARD, ENVIRONMENT, MANIFEST, METRICS)
"""Files that `seq2seq seal --check` may accept changed: people edit them, or they grow."""

CHECK = "check"
TRANSLATE = ("translate-native", "translate-torch")
READERS = {
    "model": (CHECK, *TRANSLATE),
    "run": (CHECK, "resume", "average", *TRANSLATE),
    CHECKPOINTS: (CHECK, "resume", "average"),
    BEST: (CHECK, "resume", "average-best"),
}
"""Commands that are tried on a change of a model, of a run, and of what is in a run's folders."""

SAMPLE = Path(__file__).parents[1] / "recipes" / "sample_es_en"
PAIRS = {"train": 300, "dev": 16}
SETTINGS = (
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
        change: "bit", "delete", "empty", "truncate", "swap" with the file of another seed, or
            "sibling": swap with the file of another checkpoint.
        place: Bit or byte at which the file changes.
        reader: Command that uses the directory, one of `READERS`.
    """

    name: str
    directory: str
    file: str
    change: str
    place: int = 0
    reader: str = CHECK

    @property
    def part(self) -> str:
        """Part of the directory, a key of `READERS`."""
        part = self.file.split("/")[0]
        return part if part in READERS else self.directory

    @property
    def kind(self) -> str:
        """Row of the table."""
        what = {CHECKPOINTS: "a checkpoint", BEST: "best weights"}.get(self.part, f"a {self.part}")
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
        forks.warm_up()
        os.fsync = lambda descriptor: None  # type: ignore[assignment] # no power is cut here
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
        words = self._words(case.reader)
        key = f"{case.directory} {case.reader}"
        if key not in self._expected:
            ended = self._use(case.directory, None, words)
            assert ended.code == 0, ended.error
            self._expected[key] = self._outcome(case.reader)
        ended = self._use(case.directory, case, words)
        lines = ended.error.strip().splitlines()
        if "Traceback" in ended.error or ended.code < 0:
            outcome = "slow" if ended.code == -signal.SIGKILL else "traceback"
        elif ended.seconds > MAX_SECONDS:
            outcome = "slow"
        elif ended.mebibytes > MAX_MEBIBYTES:
            outcome = "large"
        elif ended.code:
            outcome = "refused"
        else:
            outcome = self._compared(case, self._expected[key], ended.error)
        named = next((line for line in lines if str(self.place / "case") in line), "")
        message = named or "".join(lines[-1:])
        return Result(case.kind, outcome, ended.seconds, ended.mebibytes, message)

    def _compared(self, case: Case, expected: object, error: str) -> str:
        """Return the outcome of a command that has succeeded."""
        made = self._outcome(case.reader)
        if made == expected and (case.reader != CHECK or Path(case.file).name in UNSEALED):
            return "recovered" if "training continues from" in error else "equal"
        if f"{self.place / 'case' / case.file}: " in error:
            return "noted"
        if isinstance(made, dict) and isinstance(expected, dict):
            others = {name: content for name, content in made.items() if name != case.file}
            if others == {name: expected[name] for name in expected if name != case.file}:
                if Path(case.file).name == MANIFEST and case.change == "delete":
                    return "equal"  # it is not required
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
        (self.place / "stdin").write_text("\n".join(TEXT) + "\n", encoding="utf-8")
        for name, seed in (("run", 1), ("other run", 2)):
            self._write_text(seed)
            train(self._config(seed), output=self.place / name, cpu=True)
            shutil.rmtree(checkpoint_paths(self.place / name)[-1])
            model = self.place / name.replace("run", "model")
            quantize(self.place / name, output=model)
            shortlist(model)
            with sealing(model, CONFIDENCE):
                shutil.copyfile(SHIPPED / CONFIDENCES[seed] / CONFIDENCE, model / CONFIDENCE)
        (self.place / "config.yaml").write_text(self._config(1).to_yaml())
        (self.place / "ready").touch()

    def _write_text(self, seed: int) -> None:
        """Write other pairs for each seed, so that tokenizers differ."""
        for name, count in PAIRS.items():
            with (SAMPLE / f"{name}.tsv").open(encoding="utf-8") as lines:
                pairs = itertools.islice(lines, (seed - 1) * count, seed * count)
                path = self.place / f"{name}-{seed}.tsv"
                path.write_text("".join(pairs), encoding="utf-8")

    def _config(self, seed: int) -> Config:
        return Config.load(
            SAMPLE / "config.yaml",
            [
                *SETTINGS,
                *(f"data.{name}={self.place / name}-{seed}.tsv" for name in PAIRS),
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
                exchanges = ("swap", "sibling")
                changes += [(one, 0) for one in exchanges if self._differs(directory, file, one)]
                cuts = rng.sample(range(1, size), min(TRUNCATIONS, size - 1))
                changes += [("truncate", cut) for cut in sorted(cuts)]
                changes += [("bit", place) for place in _bits(path, rng)]
                for change, place in changes:
                    yield from self._read(Case("", directory, file, change, place), rng)

    @staticmethod
    def _read(case: Case, rng: random.Random) -> Iterator[Case]:
        """Yield a case with each command that may read it, or with one if it has many likes."""
        readers = READERS[case.part]
        if case.change in ("bit", "truncate"):
            readers = (rng.choice(readers),)
        for reader in readers:
            name = f"{case.directory}/{case.file} {case.change} {case.place} {reader}"
            yield replace(case, name=name, reader=reader)

    def _differs(self, directory: str, file: str, change: str) -> bool:
        """Return whether there is another file to exchange a file with."""
        other = self._other(directory, file, change)
        return (
            other.is_file() and other.read_bytes() != (self.place / directory / file).read_bytes()
        )

    def _other(self, directory: str, file: str, change: str) -> Path:
        """Return the file of another seed, or that of another checkpoint."""
        if change != "sibling":
            return self.place / f"other {directory}" / file
        path = self.place / directory / file
        found = set(path.parents[1].glob(f"step-*/{path.name}")) - {path}
        return min(found, default=self.place / "none")

    def _words(self, reader: str) -> list[str]:
        """Return the command line of a reader."""
        copy = str(self.place / "case")
        mean = ["seq2seq", "average", copy, "--output", str(self.place / "mean")]
        resume = ["seq2seq", "train", str(self.place / "config.yaml"), "--output", copy]
        translate = ["translate", "--model", copy, "--json", "--engine"]
        return {
            CHECK: ["seq2seq", "seal", "--check", copy],
            "resume": [*resume, "--resume", "--cpu"],
            "average": mean,
            "average-best": [*mean, "--best"],
            "translate-native": [*translate, "native"],
            "translate-torch": [*translate, "torch"],
        }[reader]

    def _use(self, directory: str, case: Case | None, words: list[str]) -> forks.Ended:
        """Run a command on a copy."""
        copy = self.place / "case"
        for old in (copy, self.place / "mean"):
            shutil.rmtree(old, ignore_errors=True)
        shutil.copytree(self.place / directory, copy)
        if case is not None:
            _change(copy / case.file, case, self._other(directory, case.file, case.change))
        return forks.wait(forks.start(words, self.place), self.place)

    def _outcome(self, reader: str) -> object:
        """Return what a command has made, in a form that can be compared."""
        if reader == CHECK or reader in TRANSLATE:
            return (self.place / "stdout").read_bytes()
        return contents(self.place / ("case" if reader == "resume" else "mean"))


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
    elif case.change in ("swap", "sibling"):
        content = bytearray(other.read_bytes())
    else:
        del content[case.place :]
    path.write_bytes(content)
