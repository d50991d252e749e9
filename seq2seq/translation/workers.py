"""Worker processes that translate windows of texts in parallel and return them in order.

Each worker has a pipe of its own and ends when that closes or this process ends, so that neither
can be killed at a moment that leaves the other waiting. The module imports no torch: a worker sets
its number of threads before torch is loaded.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import queue
import signal
import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seq2seq.errors import ConfigError, Seq2SeqError
from seq2seq.translation.options import TranslatorOptions

if TYPE_CHECKING:
    from types import TracebackType

    from seq2seq.config.settings import DecodingConfig
    from seq2seq.translation.values import Source, Translation

Models = str | Path | Sequence[str | Path] | None

WINDOWS_PER_WORKER = 2
"""Windows read and not yet returned, per worker: the one it works on and the next."""


class WorkerPool:
    """Up to `workers` processes with a translator each, started as there is work for them.

    It is a context manager. The processor's threads are divided among the workers.

    Attributes:
        decoding: Decoding settings of the translators.
        max_source_characters: See `Translator.max_source_characters`.
    """

    decoding: DecodingConfig
    max_source_characters: int

    def __init__(self, model: Models, *, options: TranslatorOptions, workers: int) -> None:
        """Start the first worker.

        Args:
            model: As for `Translator.from_pretrained`.
            options: As for `Translator.from_pretrained`.
            workers: Maximum number of processes.

        Raises:
            ConfigError: Several workers on a GPU.
            Seq2SeqError: What `Translator.from_pretrained` raises.
        """
        import torch

        if options.device.startswith("cuda"):
            raise ConfigError(
                f"{workers} workers on {options.device}: they would share the processor's threads; "
                "a GPU takes one"
            )
        self._model = model
        self._options = options
        self._threads = max(1, torch.get_num_threads() // workers)
        self._ahead = WINDOWS_PER_WORKER * workers
        self._askers = ThreadPoolExecutor(workers)  # one thread waits for each worker
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
        """End all workers at once."""
        with self._lock:
            self._closed = True
            for worker in self._started:
                worker.kill()
        self._askers.shutdown(cancel_futures=True)
        for worker in self._started:
            worker.join()

    def stream_windows(self, windows: Iterable[Sequence[str | Source]]) -> Iterator[Translation]:
        """Translate texts that come in groups.

        A thread reads the windows, at most WINDOWS_PER_WORKER per worker before their translations
        are taken. What they raise, and the error of a worker, is raised after all translations
        before it.

        Args:
            windows: Groups of texts.

        Yields:
            Their translations, in order.
        """
        asked: queue.SimpleQueue[Future[list[Translation]] | None] = queue.SimpleQueue()
        room = threading.Semaphore(self._ahead)
        left = threading.Event()

        def read() -> None:
            rest = iter(windows)
            try:
                while room.acquire() and not left.is_set():
                    window = next(rest, None)
                    if window is None:
                        break
                    asked.put(self._askers.submit(self._translate, window))
                asked.put(None)
            except BaseException as error:
                failed: Future[list[Translation]] = Future()
                failed.set_exception(error)
                asked.put(failed)

        # A daemon: the program may end while the thread waits for input.
        threading.Thread(target=read, daemon=True).start()
        try:
            while (future := asked.get()) is not None:
                yield from future.result()
                room.release()
        finally:
            left.set()
            room.release()

    def _translate(self, texts: Sequence[str | Source]) -> list[Translation]:
        """Have a worker translate a window."""
        try:
            worker = self._idle.pop()
        except IndexError:
            worker = self._new_worker()
        translations: list[Translation] | Seq2SeqError = worker.ask(texts)
        self._idle.append(worker)
        if isinstance(translations, Seq2SeqError):
            raise translations
        return translations

    def _new_worker(self) -> _Worker:
        with self._lock:
            if self._closed:
                raise Seq2SeqError("the workers have been ended")
            worker = _Worker(self._model, self._options, self._threads)
            self._started.append(worker)
        worker.wait_until_ready()
        return worker


class _Worker:
    """A worker process, as seen from the process that started it."""

    facts: tuple[DecodingConfig, int]

    def __init__(self, model: Models, options: TranslatorOptions, threads: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        arguments = (theirs, model, options, threads)
        self._process = context.Process(target=_work, args=arguments, daemon=True)
        try:
            with _interrupts_blocked():
                self._process.start()
        except OSError as error:
            raise Seq2SeqError(
                f"cannot start a worker process: {error.strerror or error}; try fewer --workers"
            ) from None
        finally:
            theirs.close()  # or the worker's end would not be noticed here

    def wait_until_ready(self) -> None:
        """Wait until the worker has its translator; raise the error that prevented it."""
        answer = self._receive()
        if isinstance(answer, Seq2SeqError):
            raise answer
        self.facts = answer

    def ask(self, texts: Sequence[str | Source]) -> Any:
        """Send texts and wait for their translations, or for an error."""
        with contextlib.suppress(OSError):  # it has ended, which `_receive` finds out
            self._connection.send(texts)
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
def _interrupts_blocked() -> Iterator[None]:
    """Keep Ctrl-C from processes started in here, which a terminal would send to all of them."""
    # Started in here, multiprocessing's tracker would let interrupts through again.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _work(connection: Connection, model: Models, options: TranslatorOptions, threads: int) -> None:
    """Report that this worker is ready, or why not; then answer requests until it is ended."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    os.environ["OMP_NUM_THREADS"] = str(threads)  # read when torch is imported
    import torch

    from seq2seq.translation.translator import Translator

    torch.set_num_threads(threads)
    try:
        translator = Translator.from_pretrained(model, options=options)
    except Seq2SeqError as error:
        _send(connection, error)
        return
    answer: object = (translator.decoding, translator.max_source_characters)
    while _send(connection, answer):
        try:
            answer = translator.translate_all(connection.recv())
        except Seq2SeqError as error:
            answer = error
        except (EOFError, OSError):  # the parent is gone
            return


def _send(connection: Connection, answer: object) -> bool:
    """Send an answer; return whether there still was someone to receive it."""
    try:
        connection.send(answer)
    except OSError:
        return False
    return True


def _end_with_parent() -> None:
    """End this process as soon as its parent has ended, whatever either is doing."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    wait([parent.sentinel])
    os._exit(1)
