"""Write a job for translate.c: sentences in ids, and their translations by the installed package.

    python job.py lines.tsv COUNT job translations

The sentences are the first COUNT lines, up to a tab, prepared as `translate` prepares them.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from seq2seq import Translator, TranslatorOptions
from seq2seq.decoding.hypothesis import Hypothesis
from seq2seq.engine.architecture import architecture
from seq2seq.engine.interface import CConfig
from seq2seq.engine.library import NativeModel
from seq2seq.engine.rules import NO_DEMANDS, Demands, Rules
from seq2seq.model_directory.description import describe
from seq2seq.model_directory.hub import model_directory
from seq2seq.translation.engines.native_engine import NativeEngine

MODEL = "es-en"


class Recorder(NativeModel):
    """Model that remembers the sentences that it translates, except for those with demands."""

    def __init__(self, model: NativeModel) -> None:
        self.model = model
        self.rules: Rules | None = None
        self.jobs: list[list[int]] = []
        self.translations: list[list[int]] = []

    def __del__(self) -> None:
        """Leave the memory to the model itself."""

    def translate(
        self,
        sources: Sequence[Sequence[int]],
        longest: Sequence[int],
        rules: Rules,
        demands: Demands = NO_DEMANDS,
    ) -> list[list[Hypothesis]]:
        """Translate sentences; see `NativeModel.translate`."""
        found = self.model.translate(sources, longest, rules, demands)
        if demands == NO_DEMANDS:
            self.rules = rules
            pairs = zip(longest, sources, strict=True)
            self.jobs += [[limit, len(ids), *ids] for limit, ids in pairs]
            self.translations += [list(best.tokens) for best, *_ in found]
        return found


def record(lines: list[str]) -> tuple[Recorder, list[int]]:
    """Translate lines; return what the engine did, and the fields of the architecture."""
    model = describe(model_directory(MODEL))
    options = TranslatorOptions(engine="native", dtype="int8")
    translator = Translator.from_descriptions([model], options=options)
    engine = translator.engine
    assert isinstance(engine, NativeEngine)
    recorder = Recorder(engine.native)
    engine.native = recorder
    list(translator.translate_all(lines))
    fields = architecture(
        model.config.model,
        source_size=model.tokenizers.source_size,
        target_size=model.tokenizers.target_size,
        int8=True,
    )
    return recorder, [getattr(fields, name) for name, *_ in CConfig._fields_]


def fields_of(rules: Rules) -> list[float]:
    """Return the fields of s2s_search up to no_repeat_ngram, without attention weights."""
    penalties = [rules.length_penalty, rules.coverage_penalty]
    ids = [rules.bos, rules.eos, rules.vocabulary]
    return [rules.beam, 1, *penalties, *ids, 0, rules.min_length, rules.no_repeat_ngram]


def main(lines: Path, count: int, job: Path, translations: Path) -> None:
    """Write a job and its translations."""
    texts = [line.partition("\t")[0] for line in lines.read_text(encoding="utf-8").splitlines()]
    recorder, config = record(texts[:count])
    assert recorder.rules is not None
    parts: list[Sequence[float]] = [
        config,
        fields_of(recorder.rules),
        [len(recorder.jobs)],
        *recorder.jobs,
    ]
    write_numbers(job, parts)
    write_numbers(translations, recorder.translations)


def write_numbers(path: Path, rows: Sequence[Sequence[float]]) -> None:
    """Write a row of numbers per line."""
    path.write_text("".join(" ".join(map(str, row)) + "\n" for row in rows))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]), Path(sys.argv[4]))
