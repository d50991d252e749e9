"""Text cut into streams, for truncated backpropagation through time.

The lines of an epoch are laid end to end and cut into rows of equal length, the streams, which are
read side by side. A batch is a window of `width` steps of all streams. The next batch continues
where this one ends, so that a model can carry its state over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from seq2seq.data.batches.epoch_stream import EpochStream
from seq2seq.data.batches.stream import Position
from seq2seq.data.ragged import Ints, RaggedIds
from seq2seq.data.tokenizers.vocabulary import BOS, EOS
from seq2seq.errors import DataError
from seq2seq.runtime.seeds import row_order


@dataclass(frozen=True)
class Window:
    """A window of R streams, as ids padded with 0.

    Attributes:
        inputs: (R, T) ids to read; the first one of a line is BOS.
        outputs: (R, T) ids to predict; the last one of a line is EOS.
        begins: True if the streams begin here, so that there is no state to carry over.
    """

    inputs: Tensor
    outputs: Tensor
    begins: bool

    def to(self, device: torch.device) -> Window:
        """Return the window on another device."""
        return Window(
            self.inputs.to(device, non_blocking=True),
            self.outputs.to(device, non_blocking=True),
            self.begins,
        )


@dataclass(frozen=True)
class WindowBatch:
    """A window with the number of its tokens.

    Attributes:
        batch: The window.
        tokens: Number of ids to predict, without padding.
    """

    batch: Window
    tokens: int


@dataclass(frozen=True)
class PlannedWindow:
    """Place of a window.

    Attributes:
        rows: (R,) numbers of the streams.
        start: First step of the window.
        source_width: 0, since there is no source.
        target_width: Number of steps T.
    """

    rows: Ints
    start: int
    source_width: int
    target_width: int


class LineText:
    """Lines as ids, in order or shuffled in each epoch.

    Args:
        lines: Ids of each line, without special ones.
        seed: Random seed of the order.
        shuffle: Shuffle the lines in each epoch.

    Attributes:
        fingerprint: Short digest by which a resumed run recognizes its text.
        description: Amount of text, for the log.
    """

    def __init__(self, lines: RaggedIds, *, seed: int = 0, shuffle: bool = False) -> None:
        self._lines = lines
        self._seed = seed
        self._shuffle = shuffle
        self.tokens = int(lines.lengths.sum()) + len(lines)
        self.fingerprint = lines.fingerprint()
        self.description = f"{len(lines):,} lines of {self.tokens:,} tokens"

    def epoch(self, epoch: int) -> tuple[Ints, Ints]:
        """Return the inputs and the outputs of an epoch, each (N,), end to end."""
        lines = self._lines
        if self._shuffle:
            lines = lines.take(row_order(self._seed, epoch=epoch).permutation(len(lines)))
        ends = lines.offsets[1:]
        return (
            np.insert(lines.ids.astype(np.int64), lines.offsets[:-1], BOS),
            np.insert(lines.ids.astype(np.int64), ends, EOS),
        )


def in_streams(ids: Ints, streams: int) -> Ints:
    """Cut ids (N,) into streams (R, L), padded with 0; there are at most N streams."""
    rows = min(streams, len(ids))
    length = -(-len(ids) // rows)
    return np.pad(ids, (0, rows * length - len(ids))).reshape(rows, length)


class WindowStream(EpochStream[PlannedWindow, WindowBatch]):
    """Endless iterator over the windows of a text, epoch after epoch.

    Args:
        text: Training text.
        streams: Number of streams that are read side by side.
        width: Number of steps of a window; None for the whole streams.

    Attributes:
        text: Training text.
    """

    def __init__(self, text: LineText, *, streams: int, width: int | None) -> None:
        if not text.tokens:
            raise DataError("the training text has no line")
        self.text = text
        self._streams = streams
        self._width = width
        self.seek(Position())

    def batch(self, planned: PlannedWindow) -> WindowBatch:
        """Return a window of the current epoch."""
        place = slice(planned.start, planned.start + planned.target_width)
        outputs = self._outputs[:, place]
        window = Window(
            torch.from_numpy(self._inputs[:, place].copy()),
            torch.from_numpy(outputs.copy()),
            begins=planned.start == 0,
        )
        return WindowBatch(window, int((outputs > 0).sum()))

    def planned(self, epoch: int) -> Sequence[PlannedWindow]:
        """Cut the text of an epoch into windows."""
        inputs, outputs = self.text.epoch(epoch)
        self._inputs = in_streams(inputs, self._streams)
        self._outputs = in_streams(outputs, self._streams)
        rows, length = self._outputs.shape
        width = min(self._width or length, length)
        return [
            PlannedWindow(np.arange(rows), start, 0, min(width, length - start))
            for start in range(0, length, width)
        ]
