"""Worker processes: windows of texts go to several translators at once, and their translations come
back in order.

Each worker has a pipe of its own and ends when that closes or this process does, so that neither a
worker nor this process can be killed at a moment that leaves the other waiting. This file knows
nothing of lines, files and options. It imports no torch: a worker sets its number of threads before
that is loaded."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import queue
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING, Any

from seq2seq.errors import ConfigError, Seq2SeqError

if TYPE_CHECKING:
    from types import TracebackType

    from seq2seq.config.settings import DecodingConfig
    from seq2seq.translation.values import Source, Translation

    Translate = Callable[[Sequence[str | Source]], list[Translation]]

AHEAD = 2
"""Windows read and not yet given back, for each worker: the one it works on, and one to follow."""


class WorkerPool:
    """Up to `workers` processes with a translator each, started as there is work for them; used in
    a `with`.

    `arguments` are those of Translator.from_pretrained. The processor's threads are shared among
    the workers.

    Raises:
        ConfigError: several workers on a GPU.
        Seq2SeqError: what from_pretrained raises.
    """

    decoding: DecodingConfig
    max_source_characters: int

    def __init__(self, arguments: Mapping[str, Any], workers: int) -> None:
        import torch

        device = str(arguments.get("device", "cpu"))
        if device.startswith("cuda"):
            raise ConfigError(
                f"{workers} workers on {device}: they would share the processor's threads; a GPU "
                "takes one"
            )
        self._arguments = dict(arguments)
        self._threads = max(1, torch.get_num_threads() // workers)
        self._ahead = AHEAD * workers
        self._askers = ThreadPoolExecutor(
            workers
        )  # a thread waits for each worker, so there are no more of these
        self._started: list[_Worker] = []
        self._idle: list[_Worker] = []
        self._closed = False
        self._lock = threading.Lock()
        try:
            first = self._new_worker()
        except BaseException:
            self.close()
            raise
        self.decoding, self.max_source_characters = first.facts
        self._idle.append(first)

    def __enter__(self) -> WorkerPool:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End all workers, at once."""
        with self._lock:
            self._closed = True
            for worker in self._started:
                worker.kill()
        self._askers.shutdown(cancel_futures=True)
        for worker in self._started:
            worker.join()

    def stream_windows(
        self, windows: Iterable[Sequence[str | Source]], beam: int | None = None, nbest: int = 1
    ) -> Iterator[Translation]:
        """Translate texts that come in groups, in order, as Translator.stream_windows does.

        A thread reads the windows, at most AHEAD for each worker before their translations are
        taken. What they raise, and the error of a worker, is raised after all translations before
        it."""
        self._translate(
            [], beam, nbest
        )  # so that an impossible beam is said before anything is read
        return self._in_order(windows, lambda texts: self._translate(texts, beam, nbest))

    def _in_order(
        self, windows: Iterable[Sequence[str | Source]], translate: Translate
    ) -> Iterator[Translation]:
        asked: queue.SimpleQueue[Future[list[Translation]] | None] = queue.SimpleQueue()
        room = threading.Semaphore(self._ahead)
        left = threading.Event()

        def read() -> None:
            rest = iter(windows)
            try:
                while (
                    room.acquire()
                    and not left.is_set()
                    and (window := next(rest, None)) is not None
                ):
                    asked.put(self._askers.submit(translate, window))
                asked.put(None)
            except BaseException as error:
                failed: Future[list[Translation]] = Future()
                failed.set_exception(error)
                asked.put(failed)

        threading.Thread(
            target=read, daemon=True
        ).start()  # a daemon: the program may end while it waits for input
        try:
            while (future := asked.get()) is not None:
                yield from future.result()
                room.release()
        finally:
            left.set()
            room.release()

    def _translate(
        self, texts: Sequence[str | Source], beam: int | None, nbest: int
    ) -> list[Translation]:
        """Have a worker translate a window."""
        try:
            worker = self._idle.pop()
        except IndexError:
            worker = self._new_worker()
        translations: list[Translation] | Seq2SeqError = worker.ask((texts, beam, nbest))
        self._idle.append(worker)
        if isinstance(translations, Seq2SeqError):
            raise translations
        return translations

    def _new_worker(self) -> _Worker:
        with self._lock:
            if self._closed:
                raise Seq2SeqError("the workers have been ended")
            worker = _Worker(self._arguments, self._threads)
            self._started.append(worker)
        worker.wait_until_ready()
        return worker


class _Worker:
    """A process, seen from the one that started it."""

    facts: tuple[DecodingConfig, int]

    def __init__(self, arguments: dict[str, Any], threads: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(
            target=_work, args=(theirs, arguments, threads), daemon=True
        )
        try:
            with _interrupts_held():
                self._process.start()
        except OSError as error:
            raise Seq2SeqError(
                f"cannot start a worker process: {error.strerror or error}; try fewer --workers"
            ) from None
        finally:
            theirs.close()  # or its end would not be seen here

    def wait_until_ready(self) -> None:
        """Wait for its translator; raise the Seq2SeqError that kept it from having one."""
        answer = self._receive()
        if isinstance(answer, Seq2SeqError):
            raise answer
        self.facts = answer

    def ask(self, request: tuple[Sequence[str | Source], int | None, int]) -> Any:
        """Send a request and wait for the answer."""
        with contextlib.suppress(OSError):  # it has ended, which is said next
            self._connection.send(request)
        return self._receive()

    def kill(self) -> None:
        self._process.kill()

    def join(self) -> None:
        self._process.join()
        self._connection.close()

    def _receive(self) -> Any:
        try:
            return self._connection.recv()
        except (EOFError, OSError):
            raise Seq2SeqError(
                "a worker process ended unexpectedly; fewer --workers need less memory"
            ) from None


@contextlib.contextmanager
def _interrupts_held() -> Iterator[None]:
    """What is started in here never gets Ctrl-C, from its first moment on: a terminal sends it to
    all processes."""
    # or multiprocessing would start it in here and let interrupts through again
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _work(connection: Connection, arguments: dict[str, Any], threads: int) -> None:
    """What a worker does: say that it is ready, or why not; then answer requests until it is
    ended."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    os.environ["OMP_NUM_THREADS"] = str(threads)  # read when torch is imported
    import torch

    from seq2seq.translation.translator import Translator

    torch.set_num_threads(threads)
    try:
        translator = Translator.from_pretrained(**arguments)
    except Seq2SeqError as error:
        _send(connection, error)
        return
    answer: object = (translator.decoding, translator.max_source_characters)
    while _send(connection, answer):
        try:
            answer = translator.translate_all(*connection.recv())
        except Seq2SeqError as error:
            answer = error
        except (EOFError, OSError):  # the parent is gone
            return


def _send(connection: Connection, answer: object) -> bool:
    """Whether there still was someone to send it to."""
    try:
        connection.send(answer)
    except OSError:
        return False
    return True


def _end_with_parent() -> None:
    """End this process, whatever it is doing, as soon as the one that started it has ended, however
    that came."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    wait([parent.sentinel])
    os._exit(1)
