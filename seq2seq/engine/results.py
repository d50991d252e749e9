"""Results of the C library as Python objects."""

from __future__ import annotations

from collections.abc import Sequence
from ctypes import c_float
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seq2seq.config.model_settings import ModelConfig
from seq2seq.decoding.hypothesis import Hypothesis
from seq2seq.decoding.search_trace import (
    DROPPED,
    FINISHED,
    KEPT,
    STATE_PARTS,
    BeamTree,
    Candidate,
    CellStep,
    SearchTrace,
    TracedRow,
    TracedStep,
)
from seq2seq.engine.interface import CHypothesis, CRecordedStep, CRecording

if TYPE_CHECKING:
    from ctypes import _Pointer

STATUSES = (DROPPED, KEPT, FINISHED)

_GRU = ("reset", "update", "candidate")
_LSTM = ("input", "forget", "cell", "output")
GATES: dict[str, tuple[str, ...]] = {
    "gru": _GRU,
    "ln-gru": _GRU,
    "lstm": _LSTM,
    "ln-lstm": _LSTM,
    "ssru": ("forget", "candidate"),
}
"""Gates of the cells that have some, in their order."""


def hypothesis(one: CHypothesis, source: int) -> Hypothesis:
    """Return a hypothesis; `source` is the number of source tokens."""
    attention = None
    if one.attention:
        flat = one.attention[: (one.length + 1) * source]
        attention = [flat[start : start + source] for start in range(0, len(flat), source)]
    return Hypothesis(one.tokens[: one.length], one.score, one.log_probability, attention)


def search_trace(recording: CRecording, source: Sequence[int], config: ModelConfig) -> SearchTrace:
    """Return a recording as a trace.

    Args:
        recording: The recording.
        source: Ids of the source, with its end token.
        config: Architecture of the model.

    Returns:
        The trace.
    """
    reader = _Reader(recording, len(source), config)
    result = recording.result
    hypotheses = [hypothesis(one, len(source)) for one in result.hypotheses[: result.count]]
    steps = recording.steps[: recording.step_count]
    tree = BeamTree([_candidates(step) for step in steps])
    leading = tree.leading(hypotheses)
    traced = []
    for place, (candidates, step) in enumerate(zip(tree.steps, steps, strict=True)):
        rows = range(len(tree.origins[place]))
        traced.append(
            TracedStep(
                [reader.row(step, row, leads=row in leading[place]) for row in rows],
                candidates,
            )
        )
    return SearchTrace(list(source), reader.encoder(), traced, hypotheses)


def _candidates(step: CRecordedStep) -> list[Candidate]:
    nodes = step.nodes[: step.node_count]
    return [Candidate(one.row, one.token, one.total, STATUSES[one.status]) for one in nodes]


@dataclass(frozen=True)
class _Reader:
    """Reader of the numbers of a recording.

    Attributes:
        recording: The recording.
        length: Number of source tokens, with the end token.
        config: Architecture of the model.
    """

    recording: CRecording
    length: int
    config: ModelConfig

    def row(self, step: CRecordedStep, row: int, *, leads: bool) -> TracedRow:
        """Return a row of a step, with its cells if it leads to a hypothesis."""
        most = self.recording.most_likely
        of_row = slice(row * most, (row + 1) * most)
        pairs = zip(step.likely[of_row], step.likely_scores[of_row], strict=True)
        attention = None
        if step.attention:
            attention = step.attention[row * self.length : (row + 1) * self.length]
        places = range(row, self.config.decoder_layers * step.rows, step.rows) if leads else ()
        return TracedRow(
            attention,
            [(token, score) for token, score in pairs if token >= 0],
            [self._cell(step.cells, place, self.config.hidden_size) for place in places],
        )

    def encoder(self) -> list[list[list[CellStep]]]:
        """Return the steps of the encoder by layer, direction and source token."""
        directions = 2 if self.config.bidirectional else 1
        count = self.config.encoder_layers * directions
        width = self.config.hidden_size // directions
        runs = [
            [
                self._cell(self.recording.encoder, run * self.length + place, width)
                for place in range(self.length)
            ]
            for run in range(count)
        ]
        return [runs[start : start + directions] for start in range(0, count, directions)]

    def _cell(self, values: _Pointer[c_float], place: int, width: int) -> CellStep:
        """Return the step of a cell at a place in recorded values."""
        gates = GATES.get(self.config.cell, ())
        count = self.recording.vectors
        starts = range(place * count * width, (place + 1) * count * width, width)
        vectors = [values[start : start + width] for start in starts]
        states = zip(STATE_PARTS, vectors[len(gates) :], strict=False)
        return CellStep(dict(zip(gates, vectors, strict=False)), dict(states))
