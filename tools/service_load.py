"""Load on the service: many connections that send one sentence after another."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlencode

from service_process import Service

from seq2seq import Translator

SENTENCES = Path(__file__).parents[1] / "recipes" / "sample_es_en" / "dev.tsv"
MANY = 500
"""Number of different sentences."""

MEMORY_GROWTH = 1.05
"""Maximum growth of the worker's memory after the first tenth of the requests."""

RATE = 250
"""Requests a second that a core of its own must answer."""


class Load:
    """Connections that share a number of requests.

    Args:
        service: The service.
        requests: Number of requests.
        pairs: Sentences and their translations.
    """

    def __init__(self, service: Service, requests: int, pairs: Sequence[tuple[str, str]]) -> None:
        self._service = service
        self._requests = requests
        self._pairs = pairs
        self._draw = random.Random(0)
        self.left = requests
        self.seconds: list[float] = []
        self.faults: Counter[str] = Counter()
        self.memory: dict[int, int] = {}

    async def run(self, connections: int) -> None:
        """Send all requests."""
        await asyncio.gather(*(self._connection() for _ in range(connections)))

    async def _connection(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._service.port)
        while self.left:
            self.left -= 1
            source, expected = self._draw.choice(self._pairs)
            started = time.perf_counter()
            status, body = await exchange(reader, writer, source)
            self.seconds.append(time.perf_counter() - started)
            if status != 200:
                self.faults[f"status {status}"] += 1
            elif json.loads(body)["translatedText"] != expected:
                self.faults["wrong"] += 1
            if len(self.seconds) in (self._requests // 10, self._requests):
                self.memory[len(self.seconds)] = self._service.memory
        writer.close()


async def exchange(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, source: str
) -> tuple[int, bytes]:
    """Send a request on a connection; return the status and the body of the answer."""
    body = urlencode({"q": source, "source": "es", "target": "en"})
    head = (
        "POST /translate HTTP/1.1\r\nHost: localhost\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    writer.write((head + body).encode())
    answer = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    length = int(answer.partition("content-length:")[2].split()[0])
    return int(answer.split()[1]), await reader.readexactly(length)


def measure_load(
    service: Service, *, requests: int, connections: int, sentences: Path | None
) -> dict[str, object]:
    """Send single sentences over many connections.

    Args:
        service: The service.
        requests: Number of requests.
        connections: Number of connections.
        sentences: File of Spanish sentences; None for those of the sample corpus.

    Returns:
        Figures: requests a second of wall time and of the worker's processor time, latencies in
        milliseconds, faults, and memory.
    """
    lines = (sentences or SENTENCES).read_text(encoding="utf-8").splitlines()[:MANY]
    texts = [line.partition("\t")[0] for line in lines]
    translator = Translator.from_pretrained("es-en")
    pairs = [(one.source, one.text) for one in translator.translate_all(texts)]
    asyncio.run(Load(service, connections, pairs).run(connections))  # loads the model
    load = Load(service, requests, pairs)
    before = service.processor_seconds
    started = time.perf_counter()
    asyncio.run(load.run(connections))
    wall = time.perf_counter() - started
    used = service.processor_seconds - before
    latencies = sorted(load.seconds)
    grown = load.memory[requests] / load.memory[requests // 10]
    return {
        "requests": len(latencies),
        "connections": connections,
        "requests a second": round(requests / wall, 1),
        "requests a processor second": round(requests / used, 1),
        "p50 ms": round(1000 * latencies[len(latencies) // 2], 1),
        "p99 ms": round(1000 * latencies[len(latencies) * 99 // 100], 1),
        "faults": dict(load.faults),
        "memory MB": {count: round(size / 1e6, 1) for count, size in load.memory.items()},
        "passed": not load.faults
        and len(latencies) == requests
        and grown < MEMORY_GROWTH
        and requests / used >= RATE,
    }
