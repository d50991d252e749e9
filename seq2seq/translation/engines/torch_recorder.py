"""Recorder of what a model in PyTorch computes for one sentence, for the trace of its search."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeVar

from torch import Tensor, nn

from seq2seq.decoding.frontier import log_probabilities
from seq2seq.decoding.hypothesis import Hypothesis
from seq2seq.decoding.search import SearchState, StepFn, StepOutput
from seq2seq.decoding.search_trace import (
    MOST_LIKELY,
    STATE_PARTS,
    BeamTree,
    Candidate,
    CellStep,
    SearchTrace,
    TracedRow,
    TracedStep,
    check_size,
)
from seq2seq.models.cells import Cell, State
from seq2seq.models.model import Seq2SeqModel

Module = TypeVar("Module", bound=nn.Module)


class _CellStep(NamedTuple):
    """Step of a cell for R rows: its gates by name and its state, tensors (R, H)."""

    gates: dict[str, Tensor]
    state: State


class _ModelStep(NamedTuple):
    """Step of the model for R rows.

    Attributes:
        attention: Weights (R, S), or None.
        scores: Log-probabilities (R, K) of the most likely next tokens.
        tokens: These tokens (R, K).
        cells: Step of each layer of the decoder.
    """

    attention: Tensor | None
    scores: Tensor
    tokens: Tensor
    cells: list[_CellStep]


class RecordedCell(Cell):
    """Cell that writes down its gates and its state at each step.

    Args:
        cell: The cell that computes them.
        steps: Where to write them.
    """

    def __init__(self, cell: Cell, steps: list[_CellStep]) -> None:
        super().__init__(cell.input_size, cell.hidden_size)
        self.state_parts = cell.state_parts  # type: ignore[misc]  # set for this instance
        self.cell = cell
        self.steps = steps

    def project_inputs(self, x: Tensor) -> Tensor:
        return self.cell.project_inputs(x)

    def update(self, inputs: Tensor, state: State) -> tuple[Tensor, State]:
        gates = self.cell.gate_values(inputs, state)
        y, after = self.cell.update(inputs, state)
        self.steps.append(_CellStep(gates, after))
        return y, after


class Recorder:
    """Recorder of the search for the translations of one sentence.

    Args:
        model: The model. It stays as it is.

    Attributes:
        model: A model with the same weights that writes down the steps of its cells.
        tree: Candidates of each step of the search, which the search writes.
        ids: Target ids of a shortlist, if the tokens of the search are places on it.
    """

    def __init__(self, model: Seq2SeqModel) -> None:
        self.tree: list[list[Candidate]] = []
        self.ids: Sequence[int] | None = None
        self._encoder: list[_CellStep] = []
        self._decoder: list[_CellStep] = []
        self._steps: list[_ModelStep] = []
        self._numbers = 0
        self.model = _shallow(model)
        self.model.encoder = _shallow(model.encoder)
        self.model.decoder = _shallow(model.decoder)
        encoder = self.model.encoder
        encoder.forward_cells = _recorded(encoder.forward_cells, self._encoder)
        if encoder.backward_cells is not None:
            encoder.backward_cells = _recorded(encoder.backward_cells, self._encoder)
        self.model.decoder.cells = _recorded(self.model.decoder.cells, self._decoder)

    def recorded(self, step: StepFn, *, forbidden: Sequence[int], eos: int) -> StepFn:
        """Return a step function that also writes down what the model computes.

        Args:
            step: Step function of the recorder's model.
            forbidden: Ids that are never chosen.
            eos: Id of the end token.

        Returns:
            The step function. It raises ConfigError if the trace becomes too large.
        """

        def recording(tokens: Tensor, state: SearchState) -> StepOutput:
            output = step(tokens, state)
            scores = log_probabilities(output.logits, forbidden, eos, None, output.added)
            best = scores.topk(min(MOST_LIKELY, scores.shape[-1]), -1)
            cells = [*self._decoder]
            self._decoder.clear()
            self._steps.append(_ModelStep(output.attention, best.values, best.indices, cells))
            self._numbers += _size(cells) + len(tokens) * 2 * best.values.shape[-1]
            if output.attention is not None:
                self._numbers += output.attention.numel()
            check_size(self._numbers + _size(self._encoder))
            return output

        return recording

    def trace(self, source: list[int], hypotheses: list[Hypothesis]) -> SearchTrace:
        """Return the trace of a search that has ended.

        Args:
            source: Ids of the source, with its end token.
            hypotheses: The hypotheses that the search has found, in target ids.

        Returns:
            The trace.
        """
        tree = BeamTree(
            [
                [one._replace(token=self._id(one.token)) for one in candidates]
                for candidates in self.tree
            ]
        )
        leading = tree.leading(hypotheses)
        steps = []
        for place, (candidates, step) in enumerate(zip(tree.steps, self._steps, strict=True)):
            rows = [
                self._row(step, row, len(source), leads=row in leading[place])
                for row in range(len(tree.origins[place]))
            ]
            steps.append(TracedStep(rows, candidates))
        return SearchTrace(source, self._encoded(len(source)), steps, hypotheses)

    def _id(self, token: int) -> int:
        return token if self.ids is None else self.ids[token]

    def _row(self, step: _ModelStep, row: int, length: int, *, leads: bool) -> TracedRow:
        attention = None if step.attention is None else step.attention[row, :length].tolist()
        pairs = zip(step.tokens[row].tolist(), step.scores[row].tolist(), strict=True)
        likely = [(self._id(token), score) for token, score in pairs if score > float("-inf")]
        cells = [_of_row(cell, row) for cell in step.cells] if leads else []
        return TracedRow(attention, likely, cells)

    def _encoded(self, length: int) -> list[list[list[CellStep]]]:
        """Return the steps of the encoder by layer, direction and source token."""
        encoder = self.model.encoder
        layers = len(encoder.forward_cells)
        directions = 1 if encoder.backward_cells is None else 2
        width = len(self._encoder) // (layers * directions)  # with padding
        found = []
        for start in range(0, len(self._encoder), width):
            steps = [_of_row(step, 0) for step in self._encoder[start : start + length]]
            is_backward = start // width % directions == 1
            found.append(steps[::-1] if is_backward else steps)
        return [found[place : place + directions] for place in range(0, len(found), directions)]


def _shallow(module: Module) -> Module:
    """Return a copy of a module with the same parameters, whose parts can be replaced."""
    twin = copy.copy(module)
    twin._modules = dict(module._modules)
    return twin


def _recorded(cells: Iterable[nn.Module], steps: list[_CellStep]) -> nn.ModuleList:
    return nn.ModuleList(RecordedCell(cell, steps) for cell in cells)  # type: ignore[arg-type]


def _size(steps: Iterable[_CellStep]) -> int:
    return sum(one.numel() for step in steps for one in (*step.gates.values(), *step.state))


def _of_row(step: _CellStep, row: int) -> CellStep:
    state: Iterable[tuple[str, Tensor]] = zip(STATE_PARTS, step.state, strict=False)
    return CellStep(
        {name: gate[row].tolist() for name, gate in step.gates.items()},
        {name: part[row].tolist() for name, part in state},
    )
