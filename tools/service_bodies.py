"""Damaged and hostile bodies: the service answers each with a result or an error in JSON."""

from __future__ import annotations

import asyncio
import json
import random
import urllib.request
from collections import Counter, defaultdict

from service_process import Service

PATHS = ("/translate", "/detect", "/translate_file", "/v2/translate", "/v2/languages", "/languages")
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=x"
KINDS = (JSON, JSON, FORM, MULTIPART, "", "multipart/form-data", f"{JSON}; charset=x", "text/plain")
CONNECTIONS = 16

WORDS = (
    "q", "text", "source", "target", "source_lang", "target_lang", "format", "alternatives", "es",
    "en", "auto", "html", "casa", "", "Esta casa.", "\0", "\ud800", "é", "日本", "😀", "<b>",
    "</b>", "&lt;", "<!--", "\u202e", "\ue010", "-1", "1e999", "a" * 200, "%00", "%FF", "../..",
    "api_key",
)  # fmt: skip
"""Words that bodies are made of."""


def send_bodies(service: Service, *, cases: int, seed: int) -> dict[str, object]:
    """Send bodies to all paths.

    Args:
        service: The service.
        cases: Number of bodies.
        seed: Seed of the random numbers.

    Returns:
        Numbers of answers by status, for each path and each content type, and the first answers
        that are wrong.
    """
    declared = _declared(service)
    by_path: dict[str, Counter[int]] = defaultdict(Counter)
    by_kind: dict[str, Counter[int]] = defaultdict(Counter)
    wrong: list[str] = []
    draw = random.Random(seed)
    left = iter(range(cases))

    async def connection() -> None:
        link = await asyncio.open_connection("127.0.0.1", service.port)
        for _ in left:
            path = draw.choice(PATHS)
            kind = draw.choice(KINDS)
            body = make_body(draw, kind)
            status, answer, closed = await _exchange(*link, path, kind, body)
            by_path[path][status] += 1
            by_kind[kind][status] += 1
            if status >= 500 or status not in declared[path] or not _is_answer(answer):
                wrong.append(f"{path} {kind} {body!r}: {status} {answer!r}"[:500])
            if closed:
                link[1].close()
                link = await asyncio.open_connection("127.0.0.1", service.port)
        link[1].close()

    async def run() -> None:
        await asyncio.gather(*(connection() for _ in range(CONNECTIONS)))

    asyncio.run(run())
    return {
        "bodies": cases,
        "statuses": dict(sum(by_path.values(), Counter())),
        "by path": by_path,
        "by content type": by_kind,
        "wrong": wrong[:10],
        "tracebacks": service.tracebacks,
        "passed": not wrong and not service.tracebacks,
    }


def _declared(service: Service) -> dict[str, set[int]]:
    """Return the statuses that the OpenAPI document declares for each path."""
    with urllib.request.urlopen(f"http://127.0.0.1:{service.port}/spec") as answer:
        paths = json.load(answer)["paths"]
    return {path: set(map(int, paths[path]["post"]["responses"])) for path in PATHS}


def make_body(draw: random.Random, kind: str) -> bytes:
    """Return a body that is somewhat like one of a kind."""
    maker = {JSON: _json, FORM: _form, MULTIPART: _multipart}.get(kind, _json)
    body = maker(draw)
    if draw.random() < 0.5:
        return body
    damaged = bytearray(body)
    for _ in range(draw.randint(1, 4)):
        place = draw.randint(0, len(damaged))
        if draw.random() < 0.5:
            del damaged[place : place + draw.randint(1, 8)]
        else:
            damaged[place:place] = draw.randbytes(draw.randint(1, 4))
    return bytes(damaged)


def _fields(draw: random.Random) -> dict[str, object]:
    fields: dict[str, object] = {"q": _text(draw), "text": [_text(draw)], "target": "en"}
    fields |= {"target_lang": "EN", "source": draw.choice(["es", "auto"])}
    for _ in range(draw.randint(0, 3)):
        fields[draw.choice(WORDS)] = _value(draw, 0)
    if draw.random() < 0.3:
        fields["format"] = fields["tag_handling"] = "html"
    return fields


def _text(draw: random.Random) -> str:
    return " ".join(draw.choices(WORDS, k=draw.randint(0, 6)))


def _value(draw: random.Random, depth: int) -> object:
    kind = draw.randrange(6 if depth < 3 else 4)
    if kind == 4:
        return [_value(draw, depth + 1) for _ in range(draw.randint(0, 3))]
    if kind == 5:
        return {_text(draw): _value(draw, depth + 1) for _ in range(draw.randint(0, 2))}
    return (_text(draw), draw.randint(-(2**70), 2**70), draw.choice([None, True]), 1e999)[kind]


def _json(draw: random.Random) -> bytes:
    if draw.random() < 0.05:
        return draw.choice([b"[", b'{"q":', b'"']) * draw.randint(1, 5000)
    return json.dumps(_fields(draw), ensure_ascii=draw.random() < 0.5).encode(
        "utf-8", "surrogatepass"
    )


def _form(draw: random.Random) -> bytes:
    pairs = [f"{name}={value}" for name, value in _fields(draw).items()]
    return "&".join(pairs).replace(" ", "+").encode("utf-8", "surrogatepass")


def _multipart(draw: random.Random) -> bytes:
    parts = []
    for name, value in _fields(draw).items():
        parts.append(f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n')
    name = draw.choice(["a.txt", "a.html", "../a.html", "a", "", "a.txt\0.exe"])
    head = f'--x\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    parts.append(f"{head}{_text(draw)}\r\n")
    return ("".join(parts) + "--x--\r\n").encode("utf-8", "surrogatepass")


async def _exchange(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str, kind: str, body: bytes
) -> tuple[int, bytes, bool]:
    """Send a body; return the status, the answer, and whether the connection ends with it."""
    header = f"Content-Type: {kind}\r\n" if kind else ""
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\n{header}Content-Length: {len(body)}\r\n\r\n"
    writer.write(head.encode() + body)
    answer = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    length = int(answer.partition("content-length:")[2].split()[0])
    content = await reader.readexactly(length)
    return int(answer.split()[1]), content, "connection: close" in answer


def _is_answer(content: bytes) -> bool:
    """Return whether an answer is JSON without a traceback."""
    try:
        json.loads(content)
    except ValueError:
        return False
    return b"Traceback" not in content
