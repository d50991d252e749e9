"""Watch on the ranks of a training: when one dies, the others end within seconds and say which.

Without it they would wait for the dead rank in a sum of gradients: for as long as the library that
sums has patience, which may be hours. Each rank keeps a connection to rank 0 that the operating
system closes when either process ends, whatever ends it.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import selectors
import signal
import socket
import threading
import time
from collections.abc import Iterator, Mapping

from seq2seq.runtime.notes import write_error
from seq2seq.runtime.ranks import Ranks, end_stopped_ranks

_FINISHED = b"f"
"""What a rank sends when it has come to its end."""

_FAILED = b"e"
"""What a rank sends when it ends with an error, which it reports itself."""

_NOTED = b"n"
"""What rank 0 sends when it has reported the death of another rank."""

_GRACE = 20.0
"""Seconds that a rank with an error has to report it before the others end."""

_NOTICE = 3.0
"""Seconds after which the death of a rank has been noticed, other than that of a whole computer."""

_WAIT = 10.0
"""Maximum time to connect, in seconds."""

_HELLO = 512
"""Maximum number of bytes with which a rank introduces itself."""


@contextlib.contextmanager
def watch_ranks(ranks: Ranks, environment: Mapping[str, str]) -> Iterator[None]:
    """End this process if another rank dies meanwhile, or stays stopped.

    Args:
        ranks: All processes of the command, which all call this.
        environment: The environment variables; MASTER_ADDR is where rank 0 is.
    """
    if ranks.world_size == 1:
        yield
        return
    watch = _Main(ranks, environment) if ranks.is_main else _Other(ranks, environment)
    threading.Thread(target=watch.run, daemon=True).start()
    try:
        with _late_termination(), end_stopped_ranks(ranks):
            yield
    except BaseException as error:
        if isinstance(error, RuntimeError):
            # Most likely of a sum with a rank that has ended: then the thread ends this process,
            # after a line about it. A launcher that ends all others must not come before it.
            before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
            time.sleep(_GRACE + 1 if watch.failed.wait(_NOTICE) else 0)
            signal.signal(signal.SIGTERM, before)
        watch.end(_FAILED)
        raise
    watch.end(_FINISHED)


@contextlib.contextmanager
def _late_termination() -> Iterator[None]:
    """Let SIGTERM end this process only after the death of another rank has been reported.

    A launcher that notices a death ends all other ranks at once, also where a training does not
    handle the signal itself.
    """

    def end(number: int, frame: object) -> None:
        time.sleep(_NOTICE)
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    before = signal.getsignal(signal.SIGTERM)
    if before is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, end)
    yield
    signal.signal(signal.SIGTERM, before)


class _Main:
    """Watch of rank 0 on all others."""

    def __init__(self, ranks: Ranks, environment: Mapping[str, str]) -> None:
        self.failed = threading.Event()  # another rank has reported an error
        self._names: dict[socket.socket, str] = {}
        self._token = secrets.token_hex(16)
        self._server = _listen(environment.get("MASTER_ADDR", ""))
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._server, selectors.EVENT_READ)
        ranks.broadcast((self._server.getsockname()[1], self._token))
        connected = sum(ranks.gather([False]))
        ends = time.monotonic() + _WAIT
        while len(self._names) < connected and time.monotonic() < ends:
            for key, _ in self._selector.select(1.0):
                self._receive(key.fileobj)  # type: ignore[arg-type]

    def run(self) -> None:
        """Wait until a rank dies."""
        with contextlib.suppress(OSError, ValueError, KeyError):  # closed by `end`
            while True:
                for key, _ in self._selector.select():
                    self._receive(key.fileobj)  # type: ignore[arg-type]

    def _receive(self, source: socket.socket) -> None:
        if source is self._server:
            link, _ = source.accept()
            _keep_alive(link)
            self._selector.register(link, selectors.EVENT_READ)
            return
        received = _received(source)
        if source not in self._names and received:
            self._introduce(source, received)
            return
        self._selector.unregister(source)
        source.close()
        name = self._names.pop(source, "")
        if received == _FAILED:
            self.failed.set()
            self._tell(_FAILED)
            time.sleep(_GRACE)
            os._exit(1)
        if name and received != _FINISHED:
            self._tell(_NOTED)
            _die(name)

    def _introduce(self, source: socket.socket, received: bytes) -> None:
        """Take the name of a rank, or turn a stranger away."""
        with contextlib.suppress(ValueError, TypeError, KeyError):
            hello = json.loads(received)
            if secrets.compare_digest(str(hello["token"]), self._token):
                self._names[source] = str(hello["name"])
                return
        self._selector.unregister(source)
        source.close()

    def _tell(self, what: bytes) -> None:
        for link in list(self._names):
            with contextlib.suppress(OSError):
                link.sendall(what)

    def end(self, what: bytes) -> None:
        """Tell the other ranks how this one has ended."""
        self._tell(what)
        self._selector.close()
        self._server.close()


class _Other:
    """Watch of another rank on rank 0, which tells of the others."""

    def __init__(self, ranks: Ranks, environment: Mapping[str, str]) -> None:
        self.failed = threading.Event()  # another rank has reported an error
        self._rank = ranks.rank
        port, token = ranks.receive()
        name = f"rank {ranks.rank} (process {os.getpid()} on {socket.gethostname()})"
        self._link: socket.socket | None = None
        with contextlib.suppress(OSError):  # a network that lets only known ports through
            place = (environment.get("MASTER_ADDR", "127.0.0.1"), port)
            self._link = socket.create_connection(place, _WAIT)
            self._link.settimeout(None)
            _keep_alive(self._link)
            self._link.sendall(json.dumps({"token": token, "name": name}).encode())
        list(ranks.gather([self._link is not None]))
        self._ended = False

    def run(self) -> None:
        """Wait until rank 0 dies, or tells of a dead one."""
        if self._link is None:
            return
        received = _received(self._link)
        if received == _FINISHED or self._ended:
            return
        if received == _FAILED:
            self.failed.set()
            time.sleep(_GRACE)
        elif received != _NOTED and self._rank == 1:
            _die("rank 0")
        elif received != _NOTED:
            time.sleep(1.0)  # rank 1 reports it
        os._exit(1)

    def end(self, what: bytes) -> None:
        """Tell rank 0 how this one has ended; what becomes of rank 0 matters no longer."""
        self._ended = what == _FINISHED
        if self._link is not None:
            with contextlib.suppress(OSError):
                self._link.sendall(what)


def _listen(address: str) -> socket.socket:
    """Listen where the other ranks reach this one: not on every network if that can be avoided."""
    try:
        family = socket.getaddrinfo(address, None)[0][0]
        return socket.create_server((address, 0), family=family)
    except OSError:
        return socket.create_server(("", 0))


def _keep_alive(link: socket.socket) -> None:
    """Let the connection end about 25 s after the other computer has gone."""
    link.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (("TCP_KEEPIDLE", 10), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", 3)):
        if hasattr(socket, name):
            link.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def _received(link: socket.socket) -> bytes:
    """Return what has been received, b"" if the other end is gone."""
    try:
        return link.recv(_HELLO)
    except OSError:
        return b""


def _die(name: str) -> None:
    """Report that a rank has died, and end this process, whatever it waits for."""
    with contextlib.suppress(OSError):
        write_error(f"error: {name} has ended; --resume continues from the last checkpoint")
    os._exit(1)
