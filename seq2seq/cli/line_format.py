"""Format translations as lines of text or JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass

from seq2seq.translation.values import Alternative, Translation


@dataclass(frozen=True, kw_only=True)
class LineFormat:
    """Format of a translation: [N |||] TEXT [||| SCORE] [||| ALIGNMENT], or a JSON object.

    Attributes:
        scores: If true, append the score.
        alignments: If true, append the word alignment in Pharaoh format: pairs such as 0-0 1-2 of
            a source word and a target word, counted from 0.
        numbered: If true, begin with the number of the input line, counted from 0, as in the n-best
            lists of Moses.
        as_json: If true, write a JSON object with everything.
    """

    scores: bool = False
    alignments: bool = False
    numbered: bool = False
    as_json: bool = False

    def lines(self, number: int, translation: Translation) -> list[str]:
        """Return the lines of the translation of input line `number`."""
        if self.as_json:
            return [json.dumps(self._record(translation), ensure_ascii=False)]
        if not translation.alternatives:
            return [f"{number} ||| " if self.numbered else ""]
        return [self._line(number, alternative) for alternative in translation.alternatives]

    def _line(self, number: int, one: Alternative) -> str:
        fields = [one.text]
        if self.numbered:
            fields.insert(0, str(number))
        if self.scores:
            fields.append(f"{one.score:.4f}")
        if self.alignments:
            fields.append(" ".join(f"{source}-{target}" for source, target in one.alignment))
        return " ||| ".join(fields)

    def _record(self, translation: Translation) -> dict[str, object]:
        record: dict[str, object] = {
            "source": translation.source,
            "translation": translation.text,
            "score": translation.score,
            "confidence": translation.confidence,
            "warning": translation.warning,
            "alternatives": [self._entry(one) for one in translation.alternatives],
            "cut": translation.cut,
        }
        if translation.sentences:
            record["sentences"] = [_sentence(one) for one in translation.sentences]
        return record

    def _entry(self, one: Alternative) -> dict[str, object]:
        entry: dict[str, object] = {
            "text": one.text,
            "score": one.score,
            "log_probability": one.log_probability,
        }
        if self.alignments:
            entry["alignment"] = one.alignment
        return entry


def _sentence(translation: Translation) -> dict[str, object]:
    """Return the entry of one sentence of a text of several."""
    return {
        "text": translation.source,
        "translation": translation.text,
        "confidence": translation.confidence,
        "warning": translation.warning,
    }
