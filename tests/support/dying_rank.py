"""Train as tiny_run does, but send a signal to the last rank at step 6 of the first start.

`python dying_rank.py DIRECTORY NAME SIGNAL [SECTION.KEY=VALUE ...]`; torchrun starts them again.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import torch

from seq2seq.cli.run import run
from seq2seq.training.run import train
from seq2seq.training.trainer import Trainer
from tests.support.tiny_run import tiny_config


def main() -> None:
    place = Path(sys.argv[1])
    train(tiny_config(place, *sys.argv[4:]), output=place / sys.argv[2], cpu=True)


if __name__ == "__main__":
    torch.set_num_threads(1)
    last = os.environ["RANK"] == str(int(os.environ["WORLD_SIZE"]) - 1)
    if last and os.environ["TORCHELASTIC_RESTART_COUNT"] == "0":
        after_step = Trainer._after_step

        def dies(self: Trainer, *, stopping: bool) -> None:
            if self.state.step == 6:
                os.kill(os.getpid(), signal.Signals[sys.argv[3]])
            after_step(self, stopping=stopping)

        Trainer._after_step = dies  # type: ignore[method-assign]
    run(main)
