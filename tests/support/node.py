"""Node.js, which runs the modules of the page without a browser."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest


def node() -> str:
    """Return the program that runs JavaScript, or skip the test if there is none."""
    found = shutil.which("node")
    if found is None:
        pytest.skip("needs node")
    return found


def run_node(script: Path, *arguments: str | Path, given: Any) -> Any:
    """Run a script that reads JSON and writes JSON; skip the test if there is no node."""
    done = subprocess.run(
        [node(), script, *arguments],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
