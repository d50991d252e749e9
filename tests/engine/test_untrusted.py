"""What the library refuses: files that lie, and searches that are too large or damaged."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from seq2seq.config.settings import ModelConfig
from seq2seq.engine.library import NativeLibrary, NativeModel
from seq2seq.engine.rules import Demands, Rules
from seq2seq.errors import CheckpointError, ConfigError
from seq2seq.model_directory.store import save_weights
from seq2seq.models.model import build_model

VOCAB = 20
EOS = 3
CONFIG = ModelConfig(cell="gru", embedding_size=6, hidden_size=8)
RULES = Rules(beam=3, bos=2, eos=EOS, vocabulary=VOCAB)
SOURCE = [5, 6, EOS]
NAME = "decoder.bridge.weight"
SIZES = {"source_size": VOCAB, "target_size": VOCAB}

Header = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def library(compiled_library: Path) -> NativeLibrary:
    return NativeLibrary(compiled_library)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("weights") / "model.safetensors"
    torch.manual_seed(1)
    save_weights(build_model(CONFIG, VOCAB, VOCAB), path)
    return path.read_bytes()


@pytest.fixture(scope="module")
def native(library: NativeLibrary, weights: bytes) -> NativeModel:
    return library.read(bytearray(weights), CONFIG, **SIZES, int8=False)


def parts(weights: bytes) -> tuple[str, bytearray]:
    """Return the header and the data of a file."""
    end = 8 + int.from_bytes(weights[:8], "little")
    return weights[8:end].decode(), bytearray(weights[end:])


def joined(header: str, data: bytes) -> bytearray:
    return bytearray(struct.pack("<Q", len(header)) + header.encode() + data)


def with_header(weights: bytes, change: Callable[[Header], None]) -> bytearray:
    """Return the file with another header."""
    header, data = parts(weights)
    entries = json.loads(header)
    entries.pop("__metadata__", None)
    change(entries)
    return joined(json.dumps(entries), data)


# Files


def test_a_shape_that_comes_twice_is_refused(library: NativeLibrary, weights: bytes) -> None:
    # The first one gives the rows and the second one the columns and the number of values.
    header, data = parts(weights)
    rows, columns = json.loads(header)[NAME]["shape"]
    lie = header.replace(f'"shape":[{rows},{columns}]', f'"shape":[{rows}],"shape":[{columns}]')
    assert lie != header
    with pytest.raises(CheckpointError, match="its header is damaged"):
        library.read(joined(lie, data), CONFIG, **SIZES, int8=False)


@pytest.mark.parametrize("size", [2**63, 2**56 + 1, 2**32 * 2**31])
def test_a_shape_beyond_any_file_is_refused(
    library: NativeLibrary, weights: bytes, size: int
) -> None:
    def change(entries: Header) -> None:
        rows, columns = entries[NAME]["shape"]
        begin, _ = entries[NAME]["data_offsets"]
        entries[NAME] |= {"shape": [rows + size, columns], "data_offsets": [begin, begin]}

    with pytest.raises(CheckpointError, match="its header is damaged"):
        library.read(with_header(weights, change), CONFIG, **SIZES, int8=False)


def test_tensors_that_overlap_or_leave_a_rest_are_refused(
    library: NativeLibrary, weights: bytes
) -> None:
    def share(entries: Header) -> None:
        first, second = [entry for entry in entries.values() if entry["shape"] == [24]][:2]
        second["data_offsets"] = first["data_offsets"]

    for file in (with_header(weights, share), bytearray(weights + b"more")):
        with pytest.raises(CheckpointError, match="its tensors overlap, or do not fill it"):
            library.read(file, CONFIG, **SIZES, int8=False)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("int8", [False, True])
def test_weights_that_are_no_finite_numbers_are_refused(
    library: NativeLibrary, weights: bytes, value: float, int8: bool
) -> None:
    header, data = parts(weights)
    struct.pack_into("<f", data, json.loads(header)[NAME]["data_offsets"][1] - 4, value)
    with pytest.raises(CheckpointError, match=f"{NAME} has a value that is not a finite number"):
        library.read(joined(header, data), CONFIG, **SIZES, int8=int8)


def test_a_size_that_the_library_cannot_hold_is_refused(
    library: NativeLibrary, weights: bytes
) -> None:
    # ctypes would cut it off, to the size that the file has.
    sizes = SIZES | {"target_size": VOCAB + 2**32}
    with pytest.raises(ConfigError, match=f"target_size is out of range: {VOCAB + 2**32}"):
        library.read(bytearray(weights), CONFIG, **sizes, int8=False)


# Searches


@pytest.mark.parametrize(
    ("change", "longest", "sentences", "reason"),
    [
        ({"beam": 1025, "nbest": 1025}, 5, 1, "the beam or the number of hypotheses is out of"),
        ({"beam": 2**31}, 5, 1, "beam is out of range: 2147483648"),
        ({"beam": 2**32 + 1}, 5, 1, "beam is out of range: 4294967297"),
        ({"nbest": 4}, 5, 1, "the beam or the number of hypotheses is out of range"),
        ({"no_repeat_ngram": 2**40}, 5, 1, "no_repeat_ngram is out of range"),
        ({"length_penalty": float("nan")}, 5, 1, "a penalty is not a finite number"),
        ({"coverage_penalty": float("inf")}, 5, 1, "a penalty is not a finite number"),
        ({}, -1, 1, "the maximum length of a translation is out of range"),
        ({}, 2**20 + 1, 1, "the maximum length of a translation is out of range"),
        ({}, 2**31, 1, "an id or a length is out of range"),
        ({"beam": 1024}, 5, 1025, "there are too many sentences for this beam"),
        ({"beam": 1024}, 2**20, 2, "it may need too much memory"),
        ({"beam": 10, "attention": True}, 2**20, 50, "it may need too much memory"),
    ],
)
def test_absurd_searches_are_refused(
    native: NativeModel, change: dict[str, Any], longest: int, sentences: int, reason: str
) -> None:
    rules = replace(RULES, **change)
    with pytest.raises(ConfigError, match=reason):
        native.translate([SOURCE] * sentences, [longest] * sentences, rules)


def test_the_largest_beam_finds_all_translations(native: NativeModel) -> None:
    # There are 1 + 17 + 17 * 17 of up to two tokens: all ids but padding, start and end.
    [found] = native.translate([SOURCE], [2], replace(RULES, beam=1024, nbest=1024))
    assert len({tuple(one.tokens) for one in found}) == len(found) == 1 + 17 + 17 * 17


def test_arrays_have_a_value_per_sentence(native: NativeModel) -> None:
    rows = [SOURCE] * 2
    with pytest.raises(ConfigError, match="sentences: 2, but maximum lengths: 1"):
        native.translate(rows, [5], RULES)
    with pytest.raises(ConfigError, match="sentences: 2, but partial words: 1"):
        native.translate(rows, [5, 5], RULES, Demands(partial=[-1]))
    with pytest.raises(ConfigError, match="sentences: 2, but lists of terms: 3"):
        native.translate(rows, [5, 5], RULES, Demands(terms=[[], [], [[5]]]))
    with pytest.raises(ConfigError, match="sentences: 2, but translations: 1"):
        native.score(rows, [SOURCE], bos=2)
    with pytest.raises(ConfigError, match=r"id 20 is not in the vocabulary"):
        native.translate(rows, [5, 5], RULES, Demands(continuation_ids=[VOCAB]))


def test_lists_without_terms_are_a_search_without_terms(native: NativeModel) -> None:
    rows = [SOURCE, [7, EOS]]
    for rules in (replace(RULES, beam=1), replace(RULES, nbest=3, coverage_penalty=0.5)):
        plain = native.translate(rows, [5, 6], rules)
        assert native.translate(rows, [5, 6], rules, Demands(terms=[[], []])) == plain


def test_sentences_of_any_lengths_keep_their_places(native: NativeModel) -> None:
    rows = [[*range(4, 4 + length % 7), EOS] for length in range(40)]
    together = native.translate(rows, [6] * len(rows), RULES)
    alone = [native.translate([row], [6], RULES)[0] for row in rows]
    assert together == alone
