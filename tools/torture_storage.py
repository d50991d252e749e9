"""Let the k-th operation on files fail, in every command that writes, and see what is left.

    python tools/torture_storage.py --cases 60 --tally storage-errors.json

A small library, loaded before libc, counts the operations below a directory: open for writing,
write, fsync, rename, mkdir and, unless the disk is full, truncate, unlink, rmdir and chmod. One
operation fails, or it and all after it. Each case runs a real command in a fork of this process and
checks that

- it succeeds, or says what is wrong in one line that names a path,
- every file under a final name is whole,
- the same command, run again (a training with --resume, a translation with --continue), leaves what
  it leaves without an error.

The tally is a JSON object by case. Cases that it holds are not run again, so that many short runs
are as good as a long one. It needs gcc and Linux.
"""

from __future__ import annotations

import errno
import json
import random
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import torture_forks as forks
import typer
from torture_contents import contents
from torture_faults import Faults, run_with_faults

from seq2seq.model_directory.names import CONFIG, UNFINISHED
from seq2seq.runtime.directory_lock import LOCK

ERRORS = {"ENOSPC": False, "EDQUOT": False, "EIO": True, "EROFS": True}
"""Errors by name, and whether operations that free space fail as well."""

COMMANDS = ("train", "resume", "average", "quantize", "shortlist", "translate")


LIMIT = 120
"""Maximum seconds of a command."""


@dataclass
class Ended:
    """End of a command: exit code, standard error, operations counted, path that failed first."""

    code: int
    said: str
    operations: int
    path: str


@dataclass
class Result:
    """Result of a case.

    Attributes:
        path: Path of the first operation that failed.
        code: Exit code under the error.
        said: Last line of standard error.
        traceback: There was a traceback, or more than one line about the error.
        half_written: Files under a final name that are not whole.
        differs: Running the command again does not lead to what it leaves without an error.
    """

    path: str
    code: int
    said: str
    traceback: bool
    half_written: list[str]
    differs: bool

    @property
    def good(self) -> bool:
        """Whether nothing is wrong."""
        return not (self.traceback or self.half_written or self.differs)


def main(
    cases: Annotated[int, typer.Option(help="Number of cases.")] = 60,
    tally: Annotated[Path, typer.Option(help="JSON file to go on with.")] = Path(
        "storage-errors.json"
    ),
    seed: Annotated[int, typer.Option(help="Seed of the cases.")] = 1,
    minutes: Annotated[float, typer.Option(help="Stop after this time.")] = 1e9,
    also: Annotated[
        list[str] | None, typer.Option(help='Another case, such as "train ENOSPC 129 once".')
    ] = None,
) -> None:
    """Run cases, keep the tally and print its table."""
    run_with_faults()
    forks.warm_up()
    found: dict[str, dict[str, object]] = (
        json.loads(tally.read_text(encoding="utf-8")) if tally.exists() else {}
    )
    ends = time.monotonic() + 60 * minutes
    with tempfile.TemporaryDirectory(prefix="storage-errors-") as folder:
        bench = Bench(Path(folder))
        for name in [*(also or ()), *bench.cases(cases, random.Random(seed))]:
            if name in found:
                continue
            if time.monotonic() > ends:
                break
            result = bench.run(name)
            found[name] = asdict(result)
            print(f"{'good' if result.good else 'BAD '} {name}: {result.said}", flush=True)
            temporary = tally.with_name(f"{tally.name}.tmp")
            temporary.write_text(json.dumps(found, indent=1), encoding="utf-8")
            temporary.replace(tally)
    print(table(found))


def table(found: dict[str, dict[str, object]]) -> str:
    """Return a Markdown table of a tally: cases and failures by command and error."""
    rows = [
        "| command | cases | ended in one line | went on | tracebacks | half-written | differ |",
        "|---|---|---|---|---|---|---|",
    ]
    for command in (*COMMANDS, "all"):
        mine = [one for name, one in found.items() if command in ("all", name.split()[0])]
        counts = Counter(
            part
            for one in mine
            for part, holds in (
                ("line", one["code"] and not one["traceback"]),
                ("on", not one["code"]),
                ("traceback", one["traceback"]),
                ("half", one["half_written"]),
                ("differs", one["differs"]),
            )
            if holds
        )
        cells = [counts[part] for part in ("line", "on", "traceback", "half", "differs")]
        rows.append(f"| {command} | {len(mine)} | {' | '.join(map(str, cells))} |")
    return "\n".join(rows)


class Bench:
    """Commands on a tiny model, with what they leave without an error.

    Args:
        folder: Folder to work in.
    """

    def __init__(self, folder: Path) -> None:
        from tests.support import tiny_run

        self.folder = folder
        self.work = folder / "work"  # what a command writes is below
        self._faults = Faults()
        tiny_run.write_text(folder)
        pairs = (folder / "train.tsv").read_text(encoding="utf-8") * 3
        (folder / "dev.tsv").write_text(pairs, encoding="utf-8")  # enough to calibrate with
        lines = [line.split("\t")[0] for line in pairs.splitlines()] * 10
        (folder / "source").write_text("\n".join(lines) + "\n", encoding="utf-8")
        for name, steps in (("whole", 12), ("half", 6)):
            config = tiny_run.tiny_config(
                folder, f"training.max_steps={steps}", "training.keep_last=2"
            )
            (folder / f"{name}.yaml").write_text(config.to_yaml(), encoding="utf-8")
        self._expect(self._fork(self._words("train", config="half")))
        self.work.rename(folder / "begun")
        self._expect(self._fork(self._words("train")))
        self.work.rename(folder / "model")
        self.expected: dict[str, dict[str, object]] = {}
        self.operations: dict[tuple[str, bool], int] = {}
        for command in COMMANDS:
            for freeing in (False, True):
                self._prepare(command)
                ended = self._expect(self._fork(self._words(command), freeing=freeing))
                self.operations[command, freeing] = ended.operations
            self.expected[command] = self._left()

    def cases(self, number: int, draw: random.Random) -> list[str]:
        """Return the names of cases, dealt among the commands and the errors in turn."""
        names: dict[str, None] = {}
        while len(names) < number:
            command = COMMANDS[len(names) % len(COMMANDS)]
            error = list(ERRORS)[len(names) // len(COMMANDS) % len(ERRORS)]
            most = self.operations[command, ERRORS[error]]
            stays = "all after" if draw.random() < 0.5 else "once"
            names[f"{command} {error} {draw.randint(1, most)} {stays}"] = None
        return list(names)

    def run(self, name: str) -> Result:
        """Run a case: under the error, and again without it."""
        command, error, first, *rest = name.split()
        self._prepare(command)
        ended = self._fork(
            self._words(command),
            first=int(first),
            number=getattr(errno, error),
            stays=rest != ["once"],
            freeing=ERRORS[error],
        )
        first_end = ended
        errors = [line for line in ended.said.splitlines() if line.startswith("error: ")]
        plain = ended.code == 0 or (ended.code == 1 and len(errors) == 1 and "/" in errors[0])
        half = self._half_written(command)
        if ended.code and not self._is_complete(command):
            ended = self._fork(self._words(command, again=True))
        return Result(
            path=first_end.path.replace(str(self.folder), ""),
            code=first_end.code,
            said=(first_end.said.splitlines() or [""])[-1].replace(str(self.folder), ""),
            traceback="Traceback" in first_end.said or not plain,
            half_written=half,
            differs=not self._is_complete(command),
        )

    def _words(self, command: str, *, config: str = "whole", again: bool = False) -> list[str]:
        """Return the command line; `again` is that after an error."""
        model = str(self.folder / "model")
        run = str(self.work)
        if command in ("train", "resume"):
            words = ["seq2seq", "train", str(self.folder / f"{config}.yaml"), "--cpu"]
            return [*words, "--output", run, "--resume"]
        if command == "translate":
            source = ["--input", str(self.folder / "source"), "--output", f"{run}/output"]
            return ["translate", "--model", model, *source, *(["--continue"] if again else [])]
        if command == "shortlist":
            return ["seq2seq", "shortlist", run]
        return ["seq2seq", command, model, "--output", f"{run}/new"]

    def _prepare(self, command: str) -> None:
        """Set up the directory that the command writes to."""
        shutil.rmtree(self.work, ignore_errors=True)
        if command == "resume":
            shutil.copytree(self.folder / "begun", self.work)
        elif command == "shortlist":
            shutil.copytree(self.folder / "model", self.work)
        elif command != "train":
            self.work.mkdir()

    def _left(self) -> dict[str, object]:
        """Return the content of all files that a command has left, without times."""
        return contents(self.work)

    def _is_complete(self, command: str) -> bool:
        """Return whether a command has left what it leaves without an error.

        A lock that could not be removed is that of a process that has ended.
        """
        left = {name: one for name, one in self._left().items() if Path(name).name != LOCK}
        return left == self.expected[command]

    def _half_written(self, command: str) -> list[str]:
        """Return the files under a final name that cannot be read as what they are."""
        bad = [
            path.relative_to(self.work).as_posix()
            for path in self.work.rglob("*")
            if path.is_file() and not _is_temporary(path, self.work) and not _is_whole(path)
        ]
        output = self.work / "output"
        if output.exists() and output.read_bytes() != self.expected[command].get("output"):
            bad.append("output")
        new = self.work / "new"
        if (new / CONFIG).exists() and not (new / UNFINISHED).exists():  # it is read as a model
            missing = {name for name in self.expected[command] if not (self.work / name).exists()}
            bad += sorted(missing)
        return bad

    def _fork(
        self,
        words: Sequence[str],
        *,
        first: int = 0,
        number: int = 0,
        stays: bool = False,
        freeing: bool = False,
    ) -> Ended:
        """Run a command in a fork."""
        counted = self.folder / "operations"
        child = forks.start(
            words,
            self.folder,
            before=lambda: self._faults.arm(
                self.work, first=first, number=number, stays=stays, frees=freeing
            ),
            after=lambda: _write(counted, [self._faults.count, self._faults.hit]),
        )
        ended = forks.wait(child, self.folder, patience=LIMIT)
        operations, path = json.loads(counted.read_text(encoding="utf-8"))
        return Ended(ended.code, ended.error, operations, path)

    @staticmethod
    def _expect(ended: Ended) -> Ended:
        """Check that a command without an error has succeeded."""
        if ended.code:
            raise SystemExit(f"a command fails without an error of storage:\n{ended.said}")
        return ended


def _write(path: Path, content: object) -> None:
    path.write_text(json.dumps(content), encoding="utf-8")


def _is_temporary(path: Path, top: Path) -> bool:
    """Return whether a file has, or lies below, a name that is not a final one."""
    parts = path.relative_to(top).parts
    return any(part.startswith(".") or part.endswith(".part") for part in parts)


def _is_whole(path: Path) -> bool:
    """Return whether a file can be read as what its name says."""
    content = path.read_bytes()
    if path.suffix == ".safetensors":
        size = int.from_bytes(content[:8], "little")
        try:
            entries = json.loads(content[8 : 8 + size])
        except ValueError:
            return False
        entries.pop("__metadata__", None)
        ends = [one["data_offsets"][1] for one in entries.values()]
        return len(content) == 8 + size + max(ends, default=0)
    if path.suffix == ".json":
        try:
            json.loads(content)
        except ValueError:
            return False
    return bool(content) or path.name == "metrics.jsonl"


if __name__ == "__main__":
    typer.run(main)
