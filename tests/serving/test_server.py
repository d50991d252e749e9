"""The started service: it survives, it stops, and no client holds up another."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.commands import SEQ2SEQ, WAIT, arguments
from tests.support.service_process import StartedService, started, wait_for

pytest.importorskip("starlette")
httpx = pytest.importorskip("httpx")

BODY = {"q": "Esta casa es muy grande.", "source": "es", "target": "en"}
ANSWER = {"translatedText": "This house is very large."}
LONG = "La casa de mi madre es muy grande. " * 280


@pytest.fixture(scope="module")
def service(
    tmp_path_factory: pytest.TempPathFactory, native_library: Path
) -> Iterator[StartedService]:
    with started(tmp_path_factory.mktemp("service"), "es-en", "--queue-limit", 8) as running:
        assert translate(running) == ANSWER
        yield running


def translate(service: StartedService) -> object:
    return httpx.post(f"{service.url}/translate", json=BODY, timeout=WAIT).json()


def sample(service: StartedService, name: str) -> float:
    """Return a figure of the service, or 0."""
    lines = httpx.get(f"{service.url}/metrics", timeout=WAIT).text.splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name + " "))


def workers(service: StartedService) -> list[int]:
    """Return the processes of the workers."""
    path = Path(f"/proc/{service.process.pid}/task/{service.process.pid}/children")
    children = [int(child) for child in path.read_text().split()]
    return [
        child for child in children if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()
    ]


def request(service: StartedService, text: str) -> bytes:
    """Return the bytes of a request for a translation."""
    body = f"q={text.replace(' ', '+')}&source=es&target=en".encode()
    head = (
        "POST /translate HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def connect(service: StartedService) -> socket.socket:
    return socket.create_connection(("127.0.0.1", service.port), timeout=WAIT)


def test_a_quiet_service_logs_nothing(tmp_path: Path, native_library: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    options = ["es-en", "-q", "--port", url.rpartition(":")[2]]
    log = tmp_path / "log"
    with log.open("wb") as file:
        running = subprocess.Popen(arguments(SEQ2SEQ, "serve", *options), stderr=file)

    def answered() -> bool:
        with contextlib.suppress(httpx.TransportError):
            return bool(httpx.post(f"{url}/translate", json=BODY, timeout=WAIT).json() == ANSWER)
        return False

    try:
        wait_for(answered)
    finally:
        running.terminate()
        running.wait(WAIT)
    assert log.read_text() == ""


def test_the_work_for_a_client_that_goes_away_ends(service: StartedService) -> None:
    before = sample(service, "seq2seq_cancelled_total")
    sentences = sample(service, "seq2seq_sentences_total")
    with connect(service) as connection:
        connection.sendall(request(service, LONG))
        wait_for(lambda: sample(service, "seq2seq_waiting_requests"))
    wait_for(lambda: sample(service, "seq2seq_cancelled_total") == before + 1)
    wait_for(lambda: not sample(service, "seq2seq_waiting_requests"))
    assert sample(service, "seq2seq_sentences_total") - sentences < 280


def test_a_long_request_does_not_hold_up_a_short_one(service: StartedService) -> None:
    with connect(service) as connection:
        connection.sendall(request(service, LONG))
        wait_for(lambda: sample(service, "seq2seq_waiting_requests"))
        assert translate(service) == ANSWER
        assert sample(service, "seq2seq_waiting_requests") == 1  # the long one
        assert connection.recv(20).startswith(b"HTTP/1.1 200")


def test_slow_clients_hold_up_nobody(service: StartedService) -> None:
    with contextlib.ExitStack() as stack:
        whole = request(service, "casa")
        for sent in range(1, len(whole), 4):
            stack.enter_context(connect(service)).sendall(whole[:sent])
        assert translate(service) == ANSWER


def test_large_bodies_hold_up_nobody(service: StartedService) -> None:
    def send() -> int:
        code: int = httpx.post(f"{service.url}/translate", data={"q": "a" * 10_000_000}).status_code
        return code

    with ThreadPoolExecutor(4) as pool:
        codes = [pool.submit(send) for _ in range(4)]
        assert translate(service) == ANSWER
        assert {code.result() for code in codes} == {413}


def test_overload_is_answered(service: StartedService) -> None:
    with ThreadPoolExecutor(24) as pool:
        answers = list(
            pool.map(
                lambda number: httpx.post(
                    f"{service.url}/translate",
                    json=BODY | {"q": LONG[: 700 + number]},
                    timeout=WAIT,
                ),
                range(24),
            )
        )
    codes = [one.status_code for one in answers]
    assert set(codes) == {200, 503}
    assert all(one.headers["retry-after"] for one in answers if one.status_code == 503)
    assert translate(service) == ANSWER


def test_a_killed_worker_comes_back(service: StartedService) -> None:
    [first] = workers(service)
    os.kill(first, signal.SIGKILL)
    # One that dies while it is asked for a sign of life is missed for as long as that may take.
    wait_for(lambda: workers(service) not in ([], [first]), 2 * WAIT)
    assert translate(service) == ANSWER


def test_the_body_of_an_answer_does_not_wait_for_the_client() -> None:
    """Otherwise each answer on a connection that stays open would take 40 ms more."""
    from seq2seq.serving.server import listen  # needs uvicorn

    with listen("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()):
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_an_address_in_use_is_said_in_one_line(service: StartedService) -> None:
    command = arguments(SEQ2SEQ, "serve", "es-en", "--port", service.port)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert line.startswith("error: cannot listen on 127.0.0.1, port")


def test_requests_that_have_begun_are_finished(service: StartedService) -> None:
    """The last test of this file: it ends the service."""
    with connect(service) as connection:
        connection.sendall(request(service, LONG[:2000]))
        wait_for(lambda: sample(service, "seq2seq_waiting_requests"))
        service.process.terminate()
        assert connection.recv(20).startswith(b"HTTP/1.1 200")
    started_at = time.monotonic()
    assert service.process.wait(WAIT) == 0
    assert time.monotonic() - started_at < 10
    with pytest.raises(httpx.ConnectError):
        translate(service)
