"""Compare the traces of the library in WebAssembly, in node, with those of this package.

    python tools/web_traces.py es-en lines.tsv --count 50 --dtype fp32
    python tools/web_traces.py es-en lines.tsv --count 50 --dtype int8
    SEQ2SEQ_KERNELS=generic python tools/web_traces.py es-en lines.tsv --count 50 --dtype int8

It prints the largest differences where the trees of candidates are the same, and for each sentence
whose trees part, how close the candidates are that change places there. Kernels for some processors
round int8 products differently from the page; with generic kernels all trees are the same. It exits
with 1 if a number differs by more than 0.001 in fp32, or if trees part other than at a near-tie.
"""

from __future__ import annotations

import argparse
import gzip
import itertools
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seq2seq import Source, Translator, TranslatorOptions
from seq2seq.decoding.search_trace import SearchTrace
from seq2seq.engine.architecture import architecture
from seq2seq.engine.interface import CConfig
from seq2seq.engine.library import NativeModel
from seq2seq.engine.rules import NO_DEMANDS, Demands, Rules
from seq2seq.model_directory.description import ModelDescription, describe
from seq2seq.model_directory.hub import model_directory
from seq2seq.model_directory.names import WEIGHTS
from seq2seq.translation.engines.native_engine import NativeEngine
from seq2seq.translation.trace_records import Record, TraceRecords

PROGRAM = Path(__file__).parent / "engine_programs" / "trace.mjs"
WEB = Path(__file__).resolve().parents[1] / "seq2seq" / "engine" / "web"
"""Folder with the modules of the package, and the compressed library."""

MAX_GAP = 1e-3
"""Largest difference of a number in fp32."""

NEAR_TIE = 0.1
"""Largest distance in log-probability of candidates whose order rounding may decide."""


@dataclass(frozen=True)
class Parting:
    """Where the trees of a sentence part.

    Attributes:
        sentence: Number of the sentence, from 1.
        step: Number of the step, from 1; 0 if only the order of the hypotheses differs.
        distance: Largest distance in log-probability between candidates that have changed places
            or outcomes there.
    """

    sentence: int
    step: int
    distance: float


@dataclass(frozen=True)
class Search:
    """One search of the engine: what it was asked for, and its trace."""

    source: list[int]
    longest: int
    rules: Rules
    demands: Demands
    trace: SearchTrace


class Recorder(NativeModel):
    """Model that remembers the searches that it traces."""

    def __init__(self, model: NativeModel) -> None:
        self.model = model
        self.searches: list[Search] = []

    def __del__(self) -> None:
        """Leave the memory to the model itself."""

    def trace(
        self, source: Sequence[int], longest: int, rules: Rules, demands: Demands = NO_DEMANDS
    ) -> SearchTrace:
        """Translate a sentence, and trace the search; see `NativeModel.trace`."""
        found = self.model.trace(source, longest, rules, demands)
        self.searches.append(Search(list(source), longest, rules, demands, found))
        return found


@dataclass(frozen=True)
class Comparison:
    """Trees and numbers of two traces of the same sentences.

    Attributes:
        sentences: Number of sentences.
        partings: Where the trees of candidates part.
        attention: Largest difference of an attention weight, where the tree is the same.
        gates: Largest difference of a gate or a state, where the tree is the same.
        totals: Largest difference of a probability or a log-probability, where the tree is the
            same.
    """

    sentences: int
    partings: list[Parting]
    attention: float
    gates: float
    totals: float


def web_comparison(
    web: Path, model: Path, texts: Sequence[str | Source], *, dtype: str, **decoding: Any
) -> Comparison:
    """Trace sentences here and in WebAssembly.

    Args:
        web: Folder of s2s.wasm and the modules.
        model: Directory of the model.
        texts: The sentences.
        dtype: "fp32" or "int8".
        decoding: Decoding settings to change.

    Returns:
        How the traces differ.
    """
    description = describe(model)
    options = TranslatorOptions(engine="native", dtype=dtype)
    translator = Translator.from_descriptions([description], options=options)
    engine = translator.engine
    assert isinstance(engine, NativeEngine)
    recorder = Recorder(engine.native)
    engine.native = recorder
    translator.translate_all(texts, trace=lambda record: None, **decoding)
    records = TraceRecords(lambda record: None, description.tokenizers, translator.decoding, dtype)
    expected = [records.searched(one.trace) for one in recorder.searches]
    job = _job(description, recorder.searches, expected, int8=dtype == "int8")
    return compare(_in_node(web, model / WEIGHTS, job), expected)


def _job(
    model: ModelDescription, searches: Sequence[Search], expected: Sequence[Record], *, int8: bool
) -> Record:
    tokenizers = model.tokenizers
    sizes = {"source_size": tokenizers.source_size, "target_size": tokenizers.target_size}
    fields = architecture(model.config.model, **sizes, int8=int8)
    return {
        "config": {name: getattr(fields, name) for name, *_ in CConfig._fields_},
        "tokens": tokenizers.target.pieces(range(tokenizers.target.vocab_size)),
        "sentences": [
            {
                "source": one.source,
                "pieces": record["pieces"],
                "longest": one.longest,
                "rules": _rules(one.rules),
                "demands": _demands(one.rules, one.demands, tokenizers.target_size),
            }
            for one, record in zip(searches, expected, strict=True)
        ],
    }


def _rules(rules: Rules) -> dict[str, float]:
    fields = ("beam", "nbest", "length_penalty", "coverage_penalty", "bos", "eos")
    more = {"first_forbidden": rules.vocabulary, "min_length": rules.min_length}
    numbers = {name: getattr(rules, name) for name in fields}
    return {**numbers, **more, "no_repeat_ngram": rules.no_repeat_ngram}


def _demands(rules: Rules, demands: Demands, target_size: int) -> Record:
    assert not any(one >= 0 for one in demands.partial), "partial words are not laid out in a page"
    found: Record = {"forbidden": rules.forbidden} if rules.forbidden else {}
    if any(demands.prefixes):
        found["prefixes"] = demands.prefixes
    if any(demands.terms):
        found["terms"] = demands.terms
    if demands.continuation_ids:
        continues = set(demands.continuation_ids)
        found["continues"] = [int(token in continues) for token in range(target_size)]
    return found


def _in_node(web: Path, weights: Path, job: Record) -> list[Record]:
    with tempfile.TemporaryDirectory() as folder:
        job_path = Path(folder, "job.json")
        traces = Path(folder, "traces.jsonl")
        job_path.write_text(json.dumps(job))
        files = [web / "engine.mjs", web / "s2s.wasm", weights, job_path, traces]
        subprocess.run(["node", PROGRAM, *files], check=True)
        return [json.loads(line) for line in traces.read_text(encoding="utf-8").splitlines()]


def compare(found: Sequence[Record], expected: Sequence[Record]) -> Comparison:
    """Compare traces of the same sentences."""
    pairs = list(zip(found, expected, strict=True))
    same = [(one, other) for one, other in pairs if tree(one) == tree(other)]
    partings = [
        Parting(number, *parting(one, other))
        for number, (one, other) in enumerate(pairs, 1)
        if tree(one) != tree(other)
    ]
    largest = [
        max(map(gap, *([part(one) for one in side] for side in zip(*same, strict=True))), default=0)
        if same
        else 0.0
        for part in (attention, gates, numbers)
    ]
    return Comparison(len(pairs), partings, *map(float, largest))


def tree(record: Record) -> list[Any]:
    """Return what the search chose, without numbers."""
    return [list(map(chosen, record["steps"])), ends(record)]


def chosen(step: Record) -> list[tuple[int, str, str]]:
    """Return the candidates of a step, without numbers."""
    return [(one["row"], one["piece"], one["status"]) for one in step["candidates"]]


def ends(record: Record) -> list[tuple[int, int]]:
    """Return where the hypotheses end, best first."""
    return [(one["step"], one["candidate"]) for one in record["hypotheses"]]


def parting(found: Record, expected: Record) -> tuple[int, float]:
    """Return the step where trees part, and how far apart the candidates are that differ there."""
    for step, (one, other) in enumerate(zip(found["steps"], expected["steps"], strict=False), 1):
        if chosen(one) != chosen(other):
            return step, _distance(one, other)
    scores = [one["score"] for one in expected["hypotheses"]]
    return 0, float(max((a - b for a, b in itertools.pairwise(scores)), default=0.0))


def _distance(one: Record, other: Record) -> float:
    """Return how far apart the candidates are that have other places in two steps."""
    totals = {(at["row"], at["piece"]): at["log_probability"] for at in other["candidates"]}
    last = other["candidates"][-1]["log_probability"]
    distances = [
        abs(totals.get((mine["row"], mine["piece"]), last) - theirs["log_probability"])
        for mine, theirs in zip(one["candidates"], other["candidates"], strict=False)
        if (mine["row"], mine["piece"], mine["status"])
        != (theirs["row"], theirs["piece"], theirs["status"])
    ]
    return float(max(distances, default=0.0))


def attention(record: Record) -> list[Any]:
    """Return all attention weights."""
    return [row["attention"] for step in record["steps"] for row in step["rows"]]


def gates(record: Record) -> list[Any]:
    """Return all gates and states."""
    rows = [row.get("layers", []) for step in record["steps"] for row in step["rows"]]
    return [record["encoder"], rows]


def numbers(record: Record) -> list[Any]:
    """Return the probabilities of the likely tokens and the totals of the candidates."""
    steps = record["steps"]
    likely = [[one for _, one in row["next"]] for step in steps for row in step["rows"]]
    return [likely, [one["log_probability"] for step in steps for one in step["candidates"]]]


def gap(found: Any, expected: Any) -> float:
    """Return the largest difference between numbers of the same structure.

    It is relative to the number that is expected where that is above 1.
    """
    if isinstance(expected, dict):
        assert list(found) == list(expected)
        return gap(list(found.values()), list(expected.values()))
    if isinstance(expected, list):
        worst: float = max(map(gap, found, expected), default=0.0)
        return worst
    if found is expected is None:
        return 0.0
    difference: float = abs(found - expected)
    scale: float = max(1.0, abs(expected))
    return difference / scale


def shown(comparison: Comparison, lines: Sequence[str]) -> str:
    """Return a comparison in words."""
    same = comparison.sentences - len(comparison.partings)
    numbers = {name: getattr(comparison, name) for name in ("attention", "gates", "totals")}
    differences = ", ".join(f"{name} {number:.2g}" for name, number in numbers.items())
    partings = [
        f"  {one.distance:.4f} at step {one.step}: {lines[one.sentence - 1]}"
        for one in sorted(comparison.partings, key=lambda one: -one.distance)
    ]
    head = f"{same} of {comparison.sentences} trees are the same; differences: {differences}"
    return "\n".join([head, *partings])


def main() -> None:
    """Compare the traces of the first lines of a file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", help="a model")
    parser.add_argument("lines", type=Path, help="sentences, up to a tab of each line")
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--dtype", choices=("fp32", "int8"), default="fp32")
    options = parser.parse_args()
    lines = options.lines.read_text(encoding="utf-8").splitlines()[: options.count]
    texts = [line.partition("\t")[0] for line in lines]
    with tempfile.TemporaryDirectory() as folder:
        web = unpacked(Path(folder))
        found = web_comparison(web, model_directory(options.model), texts, dtype=options.dtype)
    print(shown(found, texts))
    exact = max(found.attention, found.gates, found.totals) <= MAX_GAP
    near = all(one.distance <= NEAR_TIE for one in found.partings)
    sys.exit(not (near and (exact or options.dtype == "int8")))


def unpacked(folder: Path) -> Path:
    """Copy the package's modules and its library, without compression, into a folder."""
    for module in WEB.glob("*.mjs"):
        (folder / module.name).write_bytes(module.read_bytes())
    (folder / "s2s.wasm").write_bytes(gzip.decompress((WEB / "s2s.wasm.gz").read_bytes()))
    return folder


if __name__ == "__main__":
    main()
