"""Base of the stand-ins for the Hugging Face Hub's HTTP; each test says what its own holds."""

from __future__ import annotations

import contextlib
import http.server
import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any


class HubStandIn(http.server.BaseHTTPRequestHandler):
    """Handler that answers in JSON or bytes, everything at one commit.

    A subclass says what it answers in `get` and `post`.
    """

    protocol_version = "HTTP/1.1"
    commit = "c0ffee" * 6 + "c0ff"

    def log_message(self, format: str, *arguments: object) -> None:
        """Print nothing."""

    def do_GET(self) -> None:
        self.get()

    def do_HEAD(self) -> None:
        self.get()

    def do_POST(self) -> None:
        self.post()

    def get(self) -> None:
        self.answer({}, 404)

    def post(self) -> None:
        self.answer({}, 404)

    def answer(self, value: Any, code: int = 200, headers: dict[str, str] | None = None) -> None:
        self.send(
            code,
            json.dumps(value).encode(),
            {"Content-Type": "application/json", **(headers or {})},
        )

    def send(self, code: int, content: bytes, headers: dict[str, str]) -> None:
        self.send_response(code)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)


@contextlib.contextmanager
def served(kind: type[HubStandIn]) -> Iterator[str]:
    """Serve a stand-in, and yield its address."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), kind)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()


def environment(endpoint: str, cache: Path) -> dict[str, str]:
    """Return the environment of a process that takes this address for the Hub's.

    huggingface_hub reads the address and the cache when it is imported.
    """
    kept = {name: value for name, value in os.environ.items() if not name.lower().endswith("proxy")}
    kept |= {
        "HF_ENDPOINT": endpoint,
        "HF_HOME": str(cache),
        "HF_TOKEN": "hf_x",
        "HF_HUB_DISABLE_XET": "1",
    }
    return kept | {
        "HF_HUB_OFFLINE": "0",
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
