"""The checks for a GPU, in small on the CPU."""

from __future__ import annotations

import importlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
import torch
import typer
from typer.testing import CliRunner

TOOLS = Path(__file__).parents[2] / "tools"


@pytest.fixture(scope="module")
def tools() -> Iterator[dict[str, ModuleType]]:
    sys.path.insert(0, str(TOOLS))
    try:
        yield {name: importlib.import_module(name) for name in ("gpu_check", "gpu_checks")}
    finally:
        sys.path.remove(str(TOOLS))


def run(tools: dict[str, ModuleType], *arguments: str) -> tuple[int, list[str]]:
    app = typer.Typer()
    app.command()(tools["gpu_check"].main)
    result = CliRunner().invoke(app, list(arguments))
    return result.exit_code, result.output.splitlines()


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_without_a_gpu_it_says_so_in_one_line(tools: dict[str, ModuleType]) -> None:
    code, lines = run(tools)
    assert code == 2
    assert lines == ["PyTorch finds no GPU here; --device cpu runs the same checks in small"]


@pytest.mark.parametrize("name", ["architectures", "bf16", "decoding", "training speed"])
def test_a_check_passes_on_the_cpu(tools: dict[str, ModuleType], tmp_path: Path, name: str) -> None:
    torch.set_num_threads(1)
    checks = tools["gpu_checks"]
    figures = checks.CHECKS[name].run(checks.Place("cpu", tmp_path))
    zero = {"largest difference", "greedy, different lines", "beam 5, different lines"}
    assert all(value == 0 for name, value in figures.items() if name in zero)
    assert figures.get("resumed", "equal") == "equal"
    assert figures.get("bf16 share", 1) > 0


def test_a_failed_check_does_not_stop_the_others(
    tools: dict[str, ModuleType], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checks = tools["gpu_checks"].CHECKS
    monkeypatch.setitem(checks, "bf16", tools["gpu_checks"].Check(checks["bf16"].run, 0.01))
    names = ["--only", "bf16", "--only", "architectures"]
    code, lines = run(tools, "--device", "cpu", "--json", str(tmp_path / "all.json"), *names)
    assert code == 1
    assert [line.split()[:2] for line in lines[1:]] == [
        ["FAILED", "bf16"],
        ["passed", "architectures"],
    ]
    results = json.loads((tmp_path / "all.json").read_text())["checks"]
    assert results[0]["error"] == "it has not ended after 0.04 s"
    assert results[1]["figures"]["networks"] > 10


def test_two_processes_average_their_gradients(tmp_path: Path, programs: Path) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        port = server.getsockname()[1]
    file = tmp_path / "error"
    ranks = [
        subprocess.Popen(
            [str(programs / "python"), str(TOOLS / "gpu_ranks.py"), "cpu", str(file)],
            env={
                **os.environ,
                "RANK": str(rank),
                "WORLD_SIZE": "2",
                "MASTER_ADDR": "127.0.0.1",
                "MASTER_PORT": str(port),
            },
        )
        for rank in range(2)
    ]
    assert [rank.wait(timeout=120) for rank in ranks] == [0, 0]
    assert float(file.read_text()) < 1e-12
