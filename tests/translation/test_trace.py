"""Traces: both engines write the same, and the numbers of a trace fit together."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch

from seq2seq import Config, Source, Translator
from seq2seq.config.settings import TokenizerConfig
from seq2seq.data.alignment.shortlist import Shortlist
from seq2seq.data.ragged import RaggedIds
from seq2seq.data.tokenizers.pair import TokenizerPair
from seq2seq.data.tokenizers.vocabulary import EOS
from seq2seq.decoding import search_trace
from seq2seq.engine.interface import ATTENTIONS, CELLS, ORDERS
from seq2seq.engine.rules import Rules
from seq2seq.errors import ConfigError
from seq2seq.model_directory.names import CONFIG, SHORTLIST, WEIGHTS
from seq2seq.model_directory.store import save_weights
from seq2seq.models.cells import CELLS as EVERY_CELL
from seq2seq.models.model import build_model
from seq2seq.translation.engines.native_engine import NativeEngine
from tests.translation.test_constraints import WORDS

Record = dict[str, Any]

TEXTS = ["casa", "perro de papel", "gato azul de mesa", "libro verde grande de casa rojo"]
VARIANTS: list[dict[str, Any]] = [
    {"encoder_layers": 2, "decoder_layers": 2, "bidirectional": False},
    {"lexical_model": True, "coverage": True, "decoder_layers": 2, "residual": True},
    {"scale_embeddings": True, "weight_tying": "none", "readout_size": 12},
]
SETTINGS: list[dict[str, Any]] = [
    {"beam": 1},
    {"beam": 4, "nbest": 3},
    {"beam": 3, "nbest": 2, "no_repeat_ngram": 1, "min_length": 3, "length_penalty": 0.6},
]
pytestmark = pytest.mark.usefixtures("native_library")

CLOSE = 2e-4
"""Difference between two totals below which rounding may decide between two candidates."""


@pytest.fixture(scope="module")
def tokenizers() -> TokenizerPair:
    lines = [f"{first} de {second}" for first in WORDS for second in WORDS]
    config = TokenizerConfig(type="bpe", vocab_size=70, byte_fallback=False, joint=False)
    return TokenizerPair.train(lines, lines, config)


def save_model(directory: Path, tokenizers: TokenizerPair, **model: Any) -> Path:
    """Write an untrained model, whose widths are no multiple of a vector of the processor."""
    sizes = {"embedding_size": 20, "hidden_size": 24, "attention_heads": 4, "dropout": 0.0}
    if model.get("attention", "bahdanau") != "bahdanau":
        model["coverage"] = False
    if model.get("attention") == "none":
        model["lexical_model"] = False
    config = Config.from_dict(
        {
            "data": {"train": "train.tsv", "dev": "dev.tsv"},
            "tokenizer": {"vocab_size": 70, "byte_fallback": False, "joint": False},
            "model": sizes | {"weight_tying": "two-way"} | model,
            "decoding": {"max_length_ratio": 1, "max_length_extra": 4, "split_sentences": False},
        }
    )
    directory.mkdir()
    tokenizers.save(directory)
    torch.manual_seed(4)
    sizes_of_vocabulary = tokenizers.source.vocab_size, tokenizers.target.vocab_size
    network = build_model(config.model, *sizes_of_vocabulary)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.3)
    (directory / CONFIG).write_text(config.to_yaml())
    save_weights(network, directory / WEIGHTS)
    return directory


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory, tokenizers: TokenizerPair) -> Path:
    return save_model(tmp_path_factory.mktemp("trace") / "model", tokenizers, cell="ln-gru")


def traced(translator: Translator, texts: Sequence[str | Source], **decoding: Any) -> list[Record]:
    """Return the records of the sentences of a trace."""
    records: list[Record] = []
    translator.translate_all(texts, trace=records.append, **decoding)
    return [record for record in records if record["kind"] == "sentence"]


def is_close_call(record: Record) -> bool:
    """Return whether rounding may have decided between two candidates of a sentence."""
    totals = [[one["log_probability"] for one in step["candidates"]] for step in record["steps"]]
    scores = [one["score"] for one in record["hypotheses"]]
    gaps = [a - b for some in (*totals, scores) for a, b in itertools.pairwise(some)]
    return min(gaps, default=1.0) < CLOSE


def same(found: Any, expected: Any, place: str = "") -> None:
    """Check that two records have the same structure, texts, and nearly the same numbers."""
    if type(found) is type(expected) is float:
        assert abs(found - expected) <= 1e-3 * max(1.0, abs(expected)), place
    elif isinstance(expected, dict):
        assert list(found) == list(expected), place
        for key in expected:
            (likely if key == "next" else same)(found[key], expected[key], f"{place}.{key}")
    elif isinstance(expected, list):
        assert len(found) == len(expected), place
        for one, other in zip(found, expected, strict=True):
            same(one, other, place)
    else:
        assert found == expected, place


def likely(found: list[list[Any]], expected: list[list[Any]], place: str) -> None:
    """Check that likely tokens are the same, but for those with nearly the same probability."""
    assert [one for _, one in found] == pytest.approx([one for _, one in expected], abs=1e-3), place
    known = dict(map(tuple, found))  # type: ignore[arg-type]
    for token, probability in expected:
        assert known.get(token, found[-1][1]) == pytest.approx(probability, abs=1e-3), place


# Both engines


def compare(
    one: Translator, other: Translator, sources: Sequence[str | Source], decoding: dict[str, Any]
) -> None:
    """Check that two translators write the same trace, except where rounding may decide."""
    pairs = list(zip(*(traced(each, sources, **decoding) for each in (one, other)), strict=True))
    clear = [pair for pair in pairs if not is_close_call(pair[1])]
    assert clear
    for found, expected in clear:
        same(found, expected)


COMBINATIONS = [
    (cell, order, ATTENTIONS[place % len(ATTENTIONS)], VARIANTS[(place + place // 3) % 3])
    for place, (cell, order) in enumerate(itertools.product(CELLS, ORDERS))
]


@pytest.mark.parametrize(
    ("cell", "order", "attention", "variant"), COMBINATIONS, ids=lambda value: str(value)[:20]
)
def test_both_engines_write_the_same_trace(
    cell: str,
    order: str,
    attention: str,
    variant: dict[str, Any],
    tokenizers: TokenizerPair,
    tmp_path: Path,
) -> None:
    settings = {**variant, "cell": cell, "decoder_order": order, "attention": attention}
    directory = save_model(tmp_path / "model", tokenizers, **settings)
    native, torch_one = (
        Translator.from_pretrained(directory, engine=engine) for engine in ("native", "torch")
    )
    sources = [*TEXTS[:2], Source("casa azul", "perro de pa"), Source("casa", "rojo ")]
    for decoding in SETTINGS:
        compare(native, torch_one, sources, decoding)


def test_both_engines_write_the_same_trace_with_terms_and_a_shortlist(
    model: Path, tokenizers: TokenizerPair
) -> None:
    ids = RaggedIds(tokenizers.source.encode([f"{a} {b}" for a in WORDS for b in WORDS]))
    few = Shortlist.train(
        ids,
        ids,
        tokenizers.source.vocab_size,
        tokenizers.target.vocab_size,
        per_token=2,
        frequent=5,
    )
    few.save(model / SHORTLIST, tokenizers.fingerprint())
    sources = [Source(text, terms=("gato", "libro rojo")) for text in TEXTS]
    for shortlist in (False, True):
        native, torch_one = (
            Translator.from_pretrained(model, engine=engine, shortlist=shortlist)
            for engine in ("native", "torch")
        )
        for texts, beam in itertools.product((TEXTS, sources), (1, 4)):
            compare(native, torch_one, texts, {"beam": beam})


# The numbers of a trace


@pytest.fixture(scope="module", params=["native", "torch"])
def translator(request: pytest.FixtureRequest, model: Path) -> Translator:
    return Translator.from_pretrained(model, engine=request.param)


def test_a_trace_does_not_change_a_translation(translator: Translator) -> None:
    sources = [*TEXTS, "", "!", Source("casa", prefix="perro", terms=("gato",))]
    for decoding in SETTINGS:
        records: list[Record] = []
        found = translator.translate_all(sources, trace=records.append, **decoding)
        expected = translator.translate_all(sources, **decoding)
        texts = [[one.text for one in translation.alternatives] for translation in expected]
        assert [[one.text for one in translation.alternatives] for translation in found] == texts
        lines = [record for record in records if record["kind"] == "line"]
        assert [record["translations"] for record in lines] == texts
        assert [record["line"] for record in lines] == list(range(len(sources)))
        assert [record["sentences"] for record in lines] == [1, 1, 1, 1, 0, 1, 1]


def test_kept_candidates_are_the_rows_of_the_next_step(translator: Translator) -> None:
    for record in traced(translator, TEXTS, beam=4, nbest=2):
        before: list[Record] = []
        for step in record["steps"]:
            kept = [place for place, one in enumerate(before) if one["status"] == "kept"]
            assert [row["from"] for row in step["rows"]] == (kept or [None])
            words = [before[place]["piece"] for place in kept] or ["<s>"]
            assert [row["piece"] for row in step["rows"]] == words
            totals = [before[place]["log_probability"] for place in kept] or [0.0]
            for one in step["candidates"]:
                probable = dict(map(tuple, step["rows"][one["row"]]["next"]))
                if probability := probable.get(one["piece"]):
                    added = one["log_probability"] - totals[one["row"]]
                    assert math.exp(added) == pytest.approx(probability, abs=2e-3)
            before = step["candidates"]
        assert not any(one["status"] == "kept" for one in before)


def test_hypotheses_end_where_the_trace_says(translator: Translator) -> None:
    for record in traced(translator, TEXTS, beam=4, nbest=3):
        assert len(record["hypotheses"]) == len(record["alternatives"]) == 3
        for one, alternative in zip(record["hypotheses"], record["alternatives"], strict=True):
            step = one["step"]
            last = record["steps"][step]["candidates"][one["candidate"]]
            assert last["piece"] == "</s>"
            assert last["status"] == "finished"
            assert last["log_probability"] == one["log_probability"]
            row = last["row"]
            pieces: list[str] = []
            while step > 0:
                here = record["steps"][step]["rows"][row]
                assert here["layers"]
                pieces.insert(0, here["piece"])
                row = record["steps"][step - 1]["candidates"][here["from"]]["row"]
                step -= 1
            assert "".join(pieces).replace("▁", " ").strip() == alternative["text"]
            assert one["score"] == alternative["score"]


def test_attention_and_probabilities_are_distributions(translator: Translator) -> None:
    for record in traced(translator, TEXTS):
        rows = [row for step in record["steps"] for row in step["rows"]]
        for row in rows:
            assert len(row["attention"]) == len(record["pieces"])
            assert sum(row["attention"]) == pytest.approx(1, abs=1e-3)
            probabilities = [one for _, one in row["next"]]
            assert probabilities == sorted(probabilities, reverse=True)
            assert sum(probabilities) <= 1.001


KEEPS = {"gru": "update", "ln-gru": "update", "mingru": "forget", "minlstm": "forget"} | {
    "lstm": "forget",
    "ln-lstm": "forget",
    "ssru": "forget",
}
"""Gate that keeps the state, of each cell whose state is a mixture of old and new."""


@pytest.mark.parametrize("cell", KEEPS)
def test_the_gates_explain_the_state(cell: str, tokenizers: TokenizerPair, tmp_path: Path) -> None:
    directory = save_model(tmp_path / "model", tokenizers, cell=cell)
    [record] = traced(Translator.from_pretrained(directory), [TEXTS[-1]])
    [layer] = record["encoder"]
    for direction in ("forward", "backward"):
        values = layer[direction]
        in_time = slice(None) if direction == "forward" else slice(None, None, -1)
        gates = {name: torch.tensor(gate[in_time]) for name, gate in values["gates"].items()}
        state = {name: torch.tensor(part[in_time]) for name, part in values["state"].items()}
        kept = state.get("cell", state["hidden"])
        assert kept.shape == (len(record["pieces"]), 12)
        keep = gates[KEEPS[cell]]
        new = gates["candidate"] if "candidate" in gates else gates["cell"]
        let_in = gates.get("input", 1 - keep)
        expected = keep[1:] * kept[:-1] + (let_in * new)[1:]
        assert torch.allclose(kept[1:], expected, atol=1e-3)
        assert torch.allclose(kept[0], (let_in * new)[0], atol=1e-3)


@pytest.mark.parametrize("cell", sorted(set(EVERY_CELL) - set(KEEPS)))
def test_every_cell_can_be_traced(cell: str, tokenizers: TokenizerPair, tmp_path: Path) -> None:
    directory = save_model(tmp_path / "model", tokenizers, cell=cell)
    [record] = traced(Translator.from_pretrained(directory), ["casa"])
    for values in record["encoder"][0].values():
        assert set(values["gates"]) == (
            {"forget", "output", "candidate"} if cell == "sru" else set()
        )
        assert len(values["state"]["hidden"]) == len(record["pieces"])


def test_a_deep_transition_has_the_gates_of_all_its_cells(
    tokenizers: TokenizerPair, tmp_path: Path
) -> None:
    directory = save_model(tmp_path / "model", tokenizers, cell="gru", transition_depth=2)
    [record] = traced(Translator.from_pretrained(directory), ["casa"])
    names = [f"{place} {name}" for place in (1, 2) for name in ("reset", "update", "candidate")]
    assert list(record["encoder"][0]["forward"]["gates"]) == names
    assert list(record["steps"][0]["rows"][0]["layers"][0]["gates"]) == names


# Streams and refusals


def test_records_come_before_their_translation_and_no_earlier(translator: Translator) -> None:
    records: list[Record] = []
    texts = iter(TEXTS * 3)
    for line, _ in enumerate(translator.stream(texts, trace=records.append)):
        assert records[-1]["kind"] == "line"
        assert records[-1]["line"] == line


def test_the_sentences_of_a_text_have_records_of_their_own(translator: Translator) -> None:
    records: list[Record] = []
    text = "casa de papel. perro rojo. 12"
    translation = translator.translate(text, split_sentences=True, trace=records.append)
    assert [record["kind"] for record in records] == ["model", *["sentence"] * 3, "line"]
    sentences = [record["source"] for record in records[1:-1]]
    assert sentences == ["casa de papel.", "perro rojo.", "12"]
    assert records[-1]["source"] == text
    assert records[-1]["translations"] == [translation.text]


def test_what_cannot_be_traced_is_named(model: Path) -> None:
    ensemble = Translator.from_pretrained([model, model])
    with pytest.raises(ConfigError, match="a single model"):
        ensemble.translate("casa", trace=print)
    translator = Translator.from_pretrained(model)
    for strategy in ("sampling", "diverse-beam"):
        with pytest.raises(ConfigError, match="strategy=beam"):
            translator.translate("casa", strategy=strategy, trace=lambda record: None)


def test_a_trace_that_would_be_too_large_is_refused(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    translator = Translator.from_pretrained(model, engine="torch")
    monkeypatch.setattr(search_trace, "MAX_NUMBERS", 5000)
    with pytest.raises(ConfigError, match="too large; choose a smaller beam"):
        translator.translate(TEXTS[-1], trace=lambda record: None)
    native = Translator.from_pretrained(model, engine="native").engine
    assert isinstance(native, NativeEngine)
    rules = Rules(bos=2, eos=EOS, vocabulary=60)
    with pytest.raises(ConfigError, match="too large; choose a smaller beam"):
        native.native.trace([5] * 1_000_000, 5, rules)
    with pytest.raises(ConfigError, match="out of range"):
        native.native.trace([], 5, rules)
