"""Many lines through `translate --output`: killed and continued, or hostile.

Every tenth of the hostile lines is an ordinary one whose translation is known. It must be at its
place in the output.
"""

from __future__ import annotations

import json
import os
import random
import signal
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import torture_forks as forks
from hostile_lines import hostile_lines

from seq2seq import train
from seq2seq.runtime.atomic_file import atomic_write_text
from tests.support import tiny_run

HOSTILE = "hostile-lines.json"
"""Name of the file with the counts of hostile lines."""

KNOWN = "uno dos"
EVERY = 10
"""Distance between lines whose translation is known."""

PATIENCE = 3600


@dataclass
class HostileCounts:
    """Hostile lines so far.

    Attributes:
        lines: Hostile lines.
        files: Files that they were in, whose numbers are the seeds.
        lost: Lines without a line of output, or the other way round.
        misaligned: Known lines whose translation is not at its place.
        failed: Commands that did not succeed.
        seconds: Most time of the processor for a file.
        mebibytes: Most memory.
    """

    lines: int = 0
    files: int = 0
    lost: int = 0
    misaligned: int = 0
    failed: int = 0
    seconds: float = 0.0
    mebibytes: float = 0.0


class LineBench:
    """A tiny model, and files of lines for it.

    Args:
        place: Folder to work in.
    """

    def __init__(self, place: Path) -> None:
        self.place = place.resolve()
        self.place.mkdir(parents=True, exist_ok=True)
        forks.warm_up()
        self.source = self.place / "source"
        self.output = self.place / "output"
        self.model = self.place / "model"
        if not (self.model / "manifest.json").exists():
            tiny_run.write_text(self.place)
            train(tiny_run.tiny_config(self.place), output=self.model, cpu=True)

    def killed(self, count: int, kills: int, seed: int) -> str:
        """Translate lines, and again with kills; return what has come of it.

        Args:
            count: Number of lines.
            kills: Number of times that the translation is killed and continued.
            seed: Seed of the lines and of the moments.
        """
        draw = random.Random(seed)
        words = sorted(tiny_run.WORDS)
        with self.source.open("w", encoding="utf-8") as file:
            for _ in range(count):
                file.write(" ".join(draw.choices(words, k=draw.randint(1, 4))) + "\n")
        self.output.unlink(missing_ok=True)
        started = time.monotonic()
        ended = self._wait(self._start())
        seconds = time.monotonic() - started
        unbroken = self.output.read_bytes()
        if ended.code or unbroken.count(b"\n") != count:
            return f"the unbroken run fails: {ended.error}"
        print(f"unbroken: {seconds:.0f} s", flush=True)
        self.output.unlink()
        part = self.output.with_name(f"{self.output.name}.part")
        reached = []
        for number in range(kills):
            child = self._start(*(["--continue"] if number else []))
            time.sleep(draw.uniform(0.3, 1.2) * seconds / (kills + 1))
            os.kill(child, signal.SIGKILL)
            if self._wait(child).code != -signal.SIGKILL:
                return "a translation ended before it was killed; run it again with more lines"
            reached.append(part.read_bytes().count(b"\n"))
            print(f"killed after {reached[-1]:,} lines", flush=True)
        ended = self._wait(self._start("--continue"))
        same = not ended.code and self.output.read_bytes() == unbroken
        return (
            f"{count:,} lines in {seconds:.0f} s unbroken, {len(unbroken):,} bytes; killed after "
            f"{', '.join(f'{lines:,}' for lines in reached)} lines; "
            f"{'the same file' if same else 'ANOTHER FILE: ' + ended.error[-500:]}"
        )

    def hostile(self, path: Path, count: int, size: int, minutes: float) -> HostileCounts:
        """Translate hostile lines; return the counts, which a file keeps.

        Args:
            path: The file of counts.
            count: Number of lines.
            size: Number of lines in a file.
            minutes: Stop after this time.
        """
        counts = HostileCounts(**json.loads(path.read_bytes())) if path.is_file() else None
        counts = counts or HostileCounts()
        known = self._translation_of_known()
        ordinary = (self.place / "train.tsv").read_text(encoding="utf-8").split("\n")
        ordinary = [line.split("\t")[0] for line in ordinary if line]
        ends = time.monotonic() + 60 * minutes
        while count > 0 and time.monotonic() < ends:
            lines = hostile_lines(ordinary, size, seed=counts.files)
            mixed = []
            for place, line in enumerate(lines):
                mixed += [line, KNOWN] if place % EVERY == 0 else [line]
            self._translate_hostile(mixed, known, counts)
            counts.lines += size
            counts.files += 1
            count -= size
            atomic_write_text(json.dumps(asdict(counts), indent=1), path)
        return counts

    def _translate_hostile(self, lines: list[str], known: str, counts: HostileCounts) -> None:
        text = "\n".join(lines) + "\n"
        self.source.write_bytes(text.encode("utf-8", "surrogatepass"))
        self.output.unlink(missing_ok=True)
        ended = self._wait(self._start())
        counts.seconds = max(counts.seconds, ended.seconds)
        counts.mebibytes = max(counts.mebibytes, ended.mebibytes)
        if ended.code or "Traceback" in ended.error:
            counts.failed += 1
            print(ended.error[-1000:], flush=True)
            return
        made = self.output.read_bytes().decode("utf-8", "replace").split("\n")[:-1]
        counts.lost += abs(len(made) - len(lines))
        pairs = zip(lines, made, strict=False)
        counts.misaligned += sum(line == KNOWN and one != known for line, one in pairs)

    def _translation_of_known(self) -> str:
        self.source.write_text(f"{KNOWN}\n", encoding="utf-8")
        self.output.unlink(missing_ok=True)
        assert not self._wait(self._start()).code
        return self.output.read_text(encoding="utf-8").removesuffix("\n")

    def _start(self, *more: str) -> int:
        words = ["translate", "--model", str(self.model), "--input", str(self.source)]
        return forks.start([*words, "--output", str(self.output), "--beam", "1", *more], self.place)

    def _wait(self, child: int) -> forks.Ended:
        return forks.wait(child, self.place, patience=PATIENCE)
