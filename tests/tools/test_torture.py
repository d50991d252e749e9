"""The tally of tools/torture.py goes on, and its changes are those that a case names."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))

import torture_mutations as mutations
from torture_tally import Result, Tally

from seq2seq.model_directory.store import load_tensors, save_tensors


def test_a_tally_goes_on_and_counts_by_kind(tmp_path: Path) -> None:
    first = Result("a model: bit", "refused", 0.5, 300.0, "error: damaged")
    Tally(tmp_path / "t.json").add("one", first)
    tally = Tally(tmp_path / "t.json")
    tally.add("two", Result("a model: bit", "silent", 1.5, 200.0, ""))
    assert Tally(tmp_path / "t.json").results == tally.results
    assert [one.is_failure for one in tally.results.values()] == [False, True]
    [header, _, row] = tally.table().splitlines()
    cells = dict(zip(header.split(" | "), row.split(" | "), strict=True))
    assert cells["cases"] == "2"
    assert cells["refused"] == cells["silent"] == "1"
    assert cells["slowest"] == "1.5 s"


def test_a_bit_is_changed_in_each_tensor_and_in_the_header(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    tensors = {"a": torch.zeros(5), "b": torch.zeros(2, 3), "none": torch.zeros(0)}
    save_tensors(tensors, path)
    whole = path.read_bytes()
    bits = mutations._bits(path, random.Random(1))
    changed = set()
    for bit in bits[1:]:
        case = mutations.Case("x", "model", path.name, "bit", bit)
        mutations._change(path, case, path)
        found = load_tensors(path)
        changed |= {name for name in tensors if bool((found[name] != 0).any())}
        path.write_bytes(whole)
    assert len(bits) == 3
    assert bits[0] < 8 * (8 + int.from_bytes(whole[:8], "little"))
    assert changed == {"a", "b"}


@pytest.mark.parametrize(
    ("change", "place", "expected"),
    [("empty", 0, b""), ("truncate", 2, b"ab"), ("swap", 0, b"xyz"), ("delete", 0, None)],
)
def test_a_file_is_changed_as_the_case_says(
    tmp_path: Path, change: str, place: int, expected: bytes | None
) -> None:
    path = tmp_path / "one"
    path.write_bytes(b"abcd")
    (tmp_path / "other").write_bytes(b"xyz")
    case = mutations.Case("x", "run", "checkpoints/step-00000004/one", change, place)
    mutations._change(path, case, tmp_path / "other")
    assert (path.read_bytes() if path.exists() else None) == expected
    assert case.kind == f"a checkpoint: {change}"
