"""Records of a trace: what a translation went through, as data for JSON.

docs/reference/files.md describes each field.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from seq2seq.config.settings import DecodingConfig
from seq2seq.data.tokenizers.pair import TokenizerPair
from seq2seq.data.tokenizers.vocabulary import BOS
from seq2seq.decoding.hypothesis import Hypothesis
from seq2seq.decoding.search_trace import (
    BeamTree,
    CellStep,
    SearchTrace,
    TracedRow,
    TracedStep,
)
from seq2seq.translation.segments import Segment
from seq2seq.translation.values import Alternative, Translation
from seq2seq.version import __version__

FORMAT = 1
"""Version of the records. It is raised when a field is removed or changes its meaning."""

DIGITS = 4
"""Number of decimal places of a number."""

DIRECTIONS = ("forward", "backward")

Record = dict[str, Any]

TraceSink = Callable[[Record], None]
"""Function that takes the records of a trace one by one, such as the `append` of a list."""


def numbered_from(line: int, sink: TraceSink) -> TraceSink:
    """Return a sink that counts lines from `line`, for a further call."""

    def add(record: Record) -> None:
        sink(record | {"line": record["line"] + line} if "line" in record else record)

    return add


class TraceRecords:
    """Records of the texts of one call, which go to a sink as soon as they are complete.

    Args:
        sink: Takes the records.
        tokenizers: Tokenizers of the model.
        decoding: Decoding settings.
        dtype: Precision of the decoder's weights.
    """

    def __init__(
        self, sink: TraceSink, tokenizers: TokenizerPair, decoding: DecodingConfig, dtype: str
    ) -> None:
        self._sink = sink
        self._tokenizers = tokenizers
        self._line = 0
        self._sentences = 0
        sink(
            {
                "kind": "model",
                "format": FORMAT,
                "version": __version__,
                "dtype": dtype,
                "decoding": decoding.model_dump(),
            }
        )

    def sentence(
        self, segment: Segment, translation: Translation, trace: SearchTrace | None
    ) -> None:
        """Write the record of a sentence.

        Args:
            segment: The sentence.
            translation: Its translation. Nothing is written for a blank sentence, which has none.
            trace: Trace of its search; None if the sentence was copied.
        """
        if not translation.alternatives:
            return
        record: Record = {
            "kind": "sentence",
            "line": self._line,
            "sentence": self._sentences,
            "source": segment.source.text,
            "prepared": segment.prepared.text,
            "alternatives": [_alternative(one) for one in translation.alternatives],
            "copied": trace is None,
        }
        if trace is not None:
            record |= self.searched(trace)
        self._sentences += 1
        self._sink(record)

    def line(self, translation: Translation) -> None:
        """Write the record of a text, after those of its sentences."""
        self._sink(
            {
                "kind": "line",
                "line": self._line,
                "source": translation.source,
                "translations": [one.text for one in translation.alternatives],
                "sentences": self._sentences,
            }
        )
        self._line += 1
        self._sentences = 0

    def searched(self, trace: SearchTrace) -> Record:
        """Return the fields that a sentence has only if the model translated it.

        Args:
            trace: Trace of its search.

        Returns:
            The fields.
        """
        tree = BeamTree([step.candidates for step in trace.steps])
        return {
            "pieces": self._source_pieces(trace.source),
            "encoder": [
                dict(zip(DIRECTIONS, map(_over_time, directions), strict=False))
                for directions in trace.encoder
            ],
            "steps": [self._step(tree, place, step) for place, step in enumerate(trace.steps)],
            "hypotheses": [_hypothesis(tree, one) for one in trace.hypotheses],
        }

    def _source_pieces(self, source: Sequence[int]) -> list[str]:
        """Return the pieces of a source; the tag of a target language looks like <en>."""
        tokenizers = self._tokenizers
        first = tokenizers.source.vocab_size
        tags = [f"<{tokenizers.languages[one - first]}>" for one in source[: tokenizers.tags]]
        return tags + tokenizers.source.pieces(source[tokenizers.tags :])

    def _step(self, tree: BeamTree, place: int, step: TracedStep) -> Record:
        origins = tree.origins[place]
        tokens = [BOS if one is None else tree.steps[place - 1][one].token for one in origins]
        return {
            "rows": [
                {"from": origin, "piece": self._piece(token), **self._row(row)}
                for origin, token, row in zip(origins, tokens, step.rows, strict=True)
            ],
            "candidates": [
                {
                    "row": one.row,
                    "piece": self._piece(one.token),
                    "log_probability": _short(one.total),
                    "status": one.status,
                }
                for one in step.candidates
            ],
        }

    def _row(self, row: TracedRow) -> Record:
        """Return what the model computed for a row."""
        record: Record = {
            "attention": None if row.attention is None else _shortened(row.attention),
            "next": [[self._piece(token), _short(math.exp(score))] for token, score in row.likely],
        }
        if row.cells:
            record["layers"] = [_cell(one) for one in row.cells]
        return record

    def _piece(self, token: int) -> str:
        return self._tokenizers.target.pieces([token])[0]


def _alternative(one: Alternative) -> Record:
    return {
        "text": one.text,
        "score": _short(one.score),
        "log_probability": _short(one.log_probability),
    }


def _hypothesis(tree: BeamTree, one: Hypothesis) -> Record:
    step, candidate = tree.ending(one)
    return {
        "step": step,
        "candidate": candidate,
        "score": _short(one.score),
        "log_probability": _short(one.log_probability),
    }


def _cell(step: CellStep) -> Record:
    """Return one step of a cell."""
    return {
        "gates": {name: _shortened(values) for name, values in step.gates.items()},
        "state": {name: _shortened(values) for name, values in step.state.items()},
    }


def _over_time(steps: Sequence[CellStep]) -> Record:
    """Return the steps of a cell; each gate and each part of the state is a list over time."""
    cells = [_cell(step) for step in steps]
    return {
        kind: {name: [cell[kind][name] for cell in cells] for name in cells[0][kind]}
        for kind in ("gates", "state")
    }


def _shortened(values: Sequence[float]) -> list[float | None]:
    return [_short(value) for value in values]


def _short(value: float) -> float | None:
    """Return a rounded number; None for one that is not finite, which JSON does not know."""
    return round(value, DIGITS) if math.isfinite(value) else None
