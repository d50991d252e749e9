"""Counters of the service, in Prometheus' text format.

Each worker writes its counters to a file now and then; a request for them adds up all files. The
counters of a worker that has ended stay; its gauges do not.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections import Counter
from pathlib import Path

from seq2seq.runtime.atomic_file import atomic_write_text

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Upper bounds of the histogram of durations, in seconds."""

EVERY = 2.0
"""Seconds between two writes of a worker's counters."""

HELP = {
    "seq2seq_requests_total": ("counter", "Requests answered, by route and status."),
    "seq2seq_request_seconds": ("histogram", "Time from the request to the answer."),
    "seq2seq_characters_total": ("counter", "Characters translated."),
    "seq2seq_sentences_total": ("counter", "Sentences translated."),
    "seq2seq_batches_total": ("counter", "Batches translated."),
    "seq2seq_cancelled_total": ("counter", "Requests whose client closed the connection."),
    "seq2seq_waiting_requests": ("gauge", "Requests that wait for a translation."),
    "seq2seq_models_bytes": ("gauge", "Size of the models in memory."),
}
"""Type and description of each metric."""


class Metrics:
    """Counters of one worker.

    Args:
        directory: Directory of the files of all workers.
    """

    def __init__(self, directory: Path) -> None:
        self._path = directory / f"metrics-{os.getpid()}.json"
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._gauges: dict[str, float] = {}

    def count_request(self, route: str, status: int, seconds: float) -> None:
        """Count a request and its duration."""
        name = f'route="{route}"'
        with self._lock:
            self._counts[f'seq2seq_requests_total{{{name},status="{status}"}}'] += 1
            for bound in BUCKETS:
                key = f'seq2seq_request_seconds_bucket{{{name},le="{bound:g}"}}'
                self._counts[key] += seconds <= bound
            self._counts[f'seq2seq_request_seconds_bucket{{{name},le="+Inf"}}'] += 1
            self._counts[f"seq2seq_request_seconds_count{{{name}}}"] += 1
            self._counts[f"seq2seq_request_seconds_sum{{{name}}}"] += seconds  # type: ignore[assignment]

    def count_batch(self, sentences: int) -> None:
        """Count a batch."""
        with self._lock:
            self._counts["seq2seq_batches_total"] += 1
            self._counts["seq2seq_sentences_total"] += sentences

    def count_characters(self, characters: int) -> None:
        """Count the characters of a request."""
        with self._lock:
            self._counts["seq2seq_characters_total"] += characters

    def count_cancelled(self) -> None:
        """Count a request whose client closed the connection."""
        with self._lock:
            self._counts["seq2seq_cancelled_total"] += 1

    def write(self, *, waiting: int, models: int) -> None:
        """Write the counters and gauges of this worker to its file.

        Args:
            waiting: Number of requests that wait.
            models: Size of the models in memory, in bytes.
        """
        gauges = {"seq2seq_waiting_requests": waiting, "seq2seq_models_bytes": models}
        with self._lock:
            content = {"counts": dict(self._counts), "gauges": gauges}
        atomic_write_text(json.dumps(content), self._path)

    def page(self) -> str:
        """Return the sums of all workers, in Prometheus' text format."""
        total: Counter[str] = Counter()
        for path in sorted(self._path.parent.glob("metrics-*.json")):
            content = json.loads(path.read_text(encoding="utf-8"))
            total.update(content["counts"])
            if time.time() - path.stat().st_mtime < 3 * EVERY:
                total.update(content["gauges"])
        lines: list[str] = []
        for name, (kind, text) in HELP.items():
            lines += [f"# HELP {name} {text}", f"# TYPE {name} {kind}"]
            lines += [f"{key} {total[key]:.12g}" for key in total if _belongs(key, name)]
        return "\n".join(lines) + "\n"


def _belongs(key: str, name: str) -> bool:
    """Return whether a sample is one of a metric."""
    base = key.partition("{")[0]
    return base == name or base in {f"{name}_{part}" for part in ("bucket", "count", "sum")}
