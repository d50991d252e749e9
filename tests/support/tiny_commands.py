"""Run commands one after another: `python tiny_commands.py FILE`, a JSON list of [port, words].

The tests of ranks start it with a launcher, because starting processes costs more than all that
they do. The processes meet anew for each command, at its port: in the store that a launcher keeps,
torch lets them meet only once.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from seq2seq.cli.app import main, translate_main


def run(words: Sequence[str]) -> None:
    """Run a command as its own program does, but continue after it if it succeeds."""
    sys.argv = list(words)
    try:
        {"seq2seq": main, "translate": translate_main}[words[0]]()
    except SystemExit as ended:
        if ended.code:
            raise
    sys.stdout.flush()


if __name__ == "__main__":
    os.environ["TORCHELASTIC_USE_AGENT_STORE"] = "False"
    for port, words in json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")):
        os.environ["MASTER_PORT"] = str(port)
        run(words)
    left = [
        name
        for task in Path("/proc/self/task").glob("*/comm")
        if "gloo" in (name := task.read_text())
    ]
    assert not left, (
        f"threads of the process group outlive it, and may abort the program as it ends: {left}"
    )
