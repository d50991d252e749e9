"""Peers of the benchmarks: their text, their programs, the table, and what is refused."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from tests.support.tiny_model import save_tiny_model, sentences

TOOLS = Path(__file__).parents[2] / "tools"
PROGRAMS = TOOLS / "peers" / "programs"
PREFIX = Path(sys.executable).parent.parent


@pytest.fixture(scope="module")
def peers() -> Iterator[dict[str, ModuleType]]:
    names = ["contract", "environment", "marian", "registry", "text"]
    sys.path.insert(0, str(TOOLS))
    try:
        found = {name: importlib.import_module(f"peers.{name}") for name in names}
        yield {**found, "translation": importlib.import_module("benchmark_translation")}
    finally:
        sys.path.remove(str(TOOLS))


def test_the_text_of_a_peer_is_in_pieces_of_the_model(
    peers: dict[str, ModuleType], tmp_path: Path
) -> None:
    model = save_tiny_model(tmp_path / "model")
    lines = sentences(5)
    text = peers["text"].write_text(tmp_path / "text", model, {"train": (lines, lines)})
    for side in ("source", "target"):
        vocabulary = (tmp_path / "text" / f"{side}.vocab").read_text(encoding="utf-8").split("\n")
        assert not {"<s>", "</s>", "<unk>"}.intersection(vocabulary)
        written = (tmp_path / "text" / f"train.{side}").read_text(encoding="utf-8").splitlines()
        assert len(written) == len(lines)
        assert {piece for line in written for piece in line.split(" ")} <= set(vocabulary)
        assert [line.replace(" ", "").replace("▁", " ").strip() for line in written] == lines
    assert text.source_pieces.exists()


def test_a_program_takes_the_time_of_the_sentences_and_not_of_loading(
    peers: dict[str, ModuleType], tmp_path: Path
) -> None:
    model = save_tiny_model(tmp_path / "model")
    lines = sentences(4)
    text = peers["text"].write_text(tmp_path / "text", model, {"train": (lines, lines)})
    program = tmp_path / "echo.py"
    program.write_text(
        f"import sys, time\nsys.path.insert(0, {str(PROGRAMS)!r})\nfrom timing import answer\n"
        "def load(request):\n    time.sleep(0.5)\n"
        "    return lambda lines: time.sleep(0.01) or lines\nanswer(load)\n"
    )
    for alone in (False, True):
        request = {
            "source_pieces": str(text.source_pieces),
            "target_pieces": str(text.target_pieces),
            "sources": lines,
            "warm_up": 2,
            "alone": alone,
        }
        done = subprocess.run(
            [sys.executable, program],
            input=json.dumps(request),
            capture_output=True,
            text=True,
            check=True,
        )
        found = json.loads(done.stdout)
        assert len(found["seconds"]) == (len(lines) if alone else 1)
        assert all(0.01 <= seconds < 0.5 for seconds in found["seconds"])
        assert len(found["texts"]) == len(lines)


def test_every_peer_has_a_model_and_a_program(peers: dict[str, ModuleType], tmp_path: Path) -> None:
    for name in peers["registry"].PEERS:
        peer = peers["registry"].peer_named(name, tmp_path)
        assert peer.model
        with pytest.raises(
            peers["contract"].PeerError, match=r"no checkpoint|nothing is installed"
        ):
            peer.translate(
                ["a"],
                peers["contract"].PeerText(tmp_path, tmp_path, tmp_path),
                beam=1,
                threads=1,
                alone=False,
            )
    with pytest.raises(peers["contract"].PeerError, match="unknown peer 'moses'; known: ctrans"):
        peers["registry"].peer_named("moses", tmp_path)


def test_a_training_is_stopped_after_its_minutes(
    peers: dict[str, ModuleType], tmp_path: Path
) -> None:
    place = peers["environment"].Environment(PREFIX, [["nothing"]])
    log = tmp_path / "log"
    began = time.monotonic()
    sleep = ["python", "-c", "import time; time.sleep(60)"]
    place.run_for(0.01, sleep, threads=1, log=log)
    assert time.monotonic() - began < 30
    with pytest.raises(peers["contract"].PeerError, match="no such option"):
        place.run_for(1, ["python", "-c", "raise SystemExit('no such option')"], threads=1, log=log)


def test_marian_reads_its_vocabulary_as_yaml(peers: dict[str, ModuleType], tmp_path: Path) -> None:
    yaml = importlib.import_module("yaml")
    pieces = ["</s>", "▁la", '"', "\\", ":", "#", "<unk>", "é"]
    peers["marian"]._write_vocabulary(tmp_path / "v.yml", pieces)
    found = yaml.safe_load((tmp_path / "v.yml").read_text(encoding="utf-8"))
    assert found == {
        piece: number
        for number, piece in enumerate(["</s>", "<unk>", "▁la", '"', "\\", ":", "#", "é"])
    }


def test_the_table_has_the_ratio_of_each_round(peers: dict[str, ModuleType]) -> None:
    runs = peers["translation"].Runs
    found = {"int8": runs([200.0, 300.0, 400.0]), "peer": runs([100.0, 100.0, 100.0])}
    table = peers["translation"].rows("beam 5", found, ["int8"], less=False)
    assert [row["median"] for row in table] == [300, 100]
    assert "int8 is faster by" not in table[0]
    assert table[1]["int8 is faster by"] == 3
    table = peers["translation"].rows("alone", found, ["int8"], less=True)
    assert table[1]["int8 is faster by"] == 0.33


def test_a_peer_that_writes_too_much_is_refused(peers: dict[str, ModuleType]) -> None:
    check = peers["translation"].check_length
    assert check("p", ["abcd"], ["abcd"]) == 1
    with pytest.raises(peers["contract"].PeerError, match=r"p: .* 2\.00 times the length"):
        check("p", ["abcdabcd"], ["abcd"])
