"""Contents of directories in a form that can be compared, without times and rates."""

from __future__ import annotations

import json
import re
from pathlib import Path

from seq2seq.model_directory.names import CARD, ENVIRONMENT, MANIFEST, METRICS, STATE

TIMES = ("seconds", "validation_seconds", "tokens_per_second", "metrics_sha256", "metrics_length")
"""Keys of metrics.jsonl and state.json that differ between equal trainings."""

VARYING = (CARD, STATE)
"""Files with times in them; a manifest says something else about each of them."""


def contents(top: Path) -> dict[str, object]:
    """Return the content of each file of a directory, by its path below it.

    Times and rates are left out, and so is environment.jsonl, which has a line for each start.

    Args:
        top: The directory.
    """
    return {
        path.relative_to(top).as_posix(): _content(path)
        for path in sorted(top.rglob("*"))
        if path.is_file() and path.name != ENVIRONMENT
    }


def _content(path: Path) -> object:
    content = path.read_bytes()
    if path.name == CARD:
        return re.sub(rb" in [\d,]+ s\b", b"", content)
    try:
        if path.name == MANIFEST:
            manifest = json.loads(content)
            for name in VARYING:
                manifest["files"].pop(name, None)
            return manifest
        if path.name in (METRICS, STATE):
            lines = [json.loads(line) for line in content.splitlines()]
            return [{key: line[key] for key in line if key not in TIMES} for line in lines]
    except (ValueError, TypeError, KeyError, AttributeError):
        pass  # damaged
    return content
