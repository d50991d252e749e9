"""Server: worker processes that answer requests, and a supervisor that brings back lost ones."""

from __future__ import annotations

import logging
import os
import socket
import tempfile
from dataclasses import replace
from functools import partial
from pathlib import Path

from uvicorn import Config
from uvicorn.supervisors import Multiprocess

from seq2seq.errors import Seq2SeqError
from seq2seq.runtime.processors import processor_threads
from seq2seq.serving.application import make_application
from seq2seq.serving.settings import ServiceSettings

GRACE = 5
"""Seconds that a stopping worker waits for requests, on top of their deadline."""

KEEP_ALIVE = 75
"""Seconds that a connection without a request stays open: longer than a proxy keeps it."""

PATIENCE = 60
"""Seconds after which a worker that does not answer the supervisor is replaced.

On a busy machine a start can take many.
"""

BACKLOG = 1024
"""Number of connections that wait to be accepted."""


def serve(settings: ServiceSettings, *, host: str, port: int, workers: int) -> None:
    """Answer requests until the process is told to end by SIGTERM or SIGINT.

    Requests that have begun are finished. A worker that dies is replaced.

    Args:
        settings: Settings of the service.
        host: Address to listen on.
        port: Port to listen on; 0 chooses a free one.
        workers: Number of processes; they divide the processors.

    Raises:
        CheckpointError: A model directory is damaged.
        ConfigError: A setting is invalid.
        Seq2SeqError: The address is in use.
    """
    with tempfile.TemporaryDirectory(prefix="seq2seq-serve-") as directory:
        _serve(replace(settings, files=Path(directory)), host=host, port=port, workers=workers)


def _serve(settings: ServiceSettings, *, host: str, port: int, workers: int) -> None:
    make_application(settings)  # mistakes are reported here, once, and not by each worker
    listener = listen(host, port)
    threads = max(1, processor_threads() // workers)
    os.environ["OMP_NUM_THREADS"] = str(threads)  # the workers inherit it
    config = Config(
        partial(make_application, settings),
        factory=True,
        workers=workers,
        host=host,
        port=port,
        lifespan="on",
        access_log=False,  # it would log queries, which have texts
        log_level="warning",
        server_header=False,
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_worker_healthcheck=PATIENCE,
        timeout_graceful_shutdown=round(settings.timeout) + GRACE,
    )
    shown = f"[{host}]" if ":" in host else host
    logging.getLogger("seq2seq.serving").info(
        "serving at http://%s:%d%s", shown, listener.getsockname()[1], settings.url_prefix
    )
    with listener:
        Multiprocess(config, sockets=[listener]).run()


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens, for workers to inherit.

    Args:
        host: Address to listen on.
        port: Port to listen on; 0 chooses a free one.

    Returns:
        The socket.

    Raises:
        Seq2SeqError: The address is in use, or is none of this machine.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise Seq2SeqError(
            f"cannot listen on {host}, port {port}: {error.strerror or error}"
        ) from None
    # Connections inherit this. Otherwise the body of an answer would wait until the client has
    # acknowledged its head: 40 ms. asyncio leaves it out for the sockets of `create_server`.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listener.set_inheritable(True)
    return listener
