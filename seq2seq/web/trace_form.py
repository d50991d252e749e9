"""Form of a sentence in a trace, as far as a page depends on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Number = float | None
Units = list[Number]
Index = Annotated[int, Field(ge=0)]


class _Form(BaseModel):
    """Keys that must be there; others are left alone."""

    model_config = ConfigDict(strict=True, allow_inf_nan=False)


class _OverTime(_Form):
    """A cell of the encoder over the source tokens."""

    gates: dict[str, list[Units]]
    state: dict[str, list[Units]]


class _Layer(_Form):
    """A cell of the decoder at a step."""

    gates: dict[str, Units]
    state: dict[str, Units]


class _Row(_Form):
    origin: Index | None = Field(alias="from")
    piece: str
    attention: Units | None
    next: list[Annotated[list[str | Number], Field(min_length=2, max_length=2)]]
    layers: list[_Layer] = Field(default=[])


class _Candidate(_Form):
    row: Index
    piece: str
    log_probability: Number
    status: Literal["kept", "finished", "dropped"]


class _Step(_Form):
    rows: Annotated[list[_Row], Field(min_length=1)]
    candidates: Annotated[list[_Candidate], Field(min_length=1)]


class _Hypothesis(_Form):
    step: Index
    candidate: Index


class _Alternative(_Form):
    text: str


class CopiedForm(_Form):
    """A sentence that did not go through the model."""

    source: str
    alternatives: Annotated[list[_Alternative], Field(min_length=1)]
    copied: bool


class SentenceForm(CopiedForm):
    """A sentence that went through the model."""

    pieces: Annotated[list[str], Field(min_length=1)]
    encoder: Annotated[list[dict[Literal["forward", "backward"], _OverTime]], Field(min_length=1)]
    steps: Annotated[list[_Step], Field(min_length=1)]
    hypotheses: list[_Hypothesis]

    def fault(self) -> str:
        """Return what does not fit together, or ""."""
        length = len(self.pieces)
        for layer in self.encoder:
            if "forward" not in layer:
                return "encoder: a layer has no forward cell"
            for cell in layer.values():
                lists = [*cell.gates.values(), *cell.state.values()]
                if any(len(one) != length for one in lists) or "hidden" not in cell.state:
                    return "encoder: it has not a state for each piece"
                if _widths(lists) != 1:
                    return "encoder: its lists are of different lengths"
        return self._fault_of_steps() or self._fault_of_ends()

    def _fault_of_steps(self) -> str:
        kept = [-1]
        for place, step in enumerate(self.steps):
            origins = [-1 if row.origin is None else row.origin for row in step.rows]
            if origins != kept:
                return f"steps.{place}.rows: they are not the candidates that the step before kept"
            if any(row.attention and len(row.attention) != len(self.pieces) for row in step.rows):
                return f"steps.{place}.rows: the attention has not a weight for each piece"
            if any(one.row >= len(step.rows) for one in step.candidates):
                return f"steps.{place}.candidates: there is no such row"
            kept = [at for at, one in enumerate(step.candidates) if one.status == "kept"]
        return ""

    def _fault_of_ends(self) -> str:
        for one in self.hypotheses:
            last = self.steps[one.step].candidates if one.step < len(self.steps) else []
            if one.candidate >= len(last):
                return "hypotheses: there is no such candidate"
        return ""


def _widths(lists: Iterable[Iterable[Units]]) -> int:
    """Return the number of different numbers of units."""
    return len({len(units) for one in lists for units in one})


def form_of(record: Mapping[str, object]) -> type[CopiedForm]:
    """Return the form that a sentence must have."""
    return CopiedForm if record.get("copied") is True else SentenceForm
