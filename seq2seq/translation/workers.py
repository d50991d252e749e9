"""Worker processes that translate windows of texts in parallel and return them in order.

Each worker has its own pipe and ends when the pipe closes or this process ends, so neither process
can be killed at a moment that leaves the other waiting. The module does not import torch, because a
worker sets its number of threads before torch is loaded.
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
from seq2seq.runtime.devices import resolve_device
from seq2seq.runtime.processors import processor_threads
from seq2seq.runtime.stopped_process import watch_stopped
from seq2seq.translation.options import TranslatorOptions

if TYPE_CHECKING:
    from types import TracebackType

    from seq2seq.config.settings import DecodingConfig
    from seq2seq.translation.values import Source, Translation

Models = str | Path | Sequence[str | Path] | None

WINDOWS_PER_WORKER = 2
"""Number of windows per worker that are read but not yet returned: the current and the next."""

_ADVICE = "with --output, --continue continues after the last complete line"

_REAP = 5.0
"""Maximum number of seconds between the end of a worker's pipe and that of its process."""


class WorkerPool:
    """Pool of up to `workers` processes with a translator each, started when there is work.

    The pool is a context manager. The processor's threads are divided among the workers.

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
            ConfigError: The device is a GPU.
            Seq2SeqError: As for `Translator.from_pretrained`, or no process can be started.
        """
        device = resolve_device(options.device)
        if device.startswith("cuda"):
            raise ConfigError(
                f"{workers} workers on {device}: workers divide a processor's threads; "
                "use one on a GPU"
            )
        self._model = model
        self._options = options
        self._threads = max(1, processor_threads() // workers)
        self._ahead = WINDOWS_PER_WORKER * workers
        self._askers = ThreadPoolExecutor(workers)  # one thread per worker, which waits for it
        self._started: list[_Worker] = []
        self._idle: list[_Worker] = []
        self._closed = False
        self._lock = threading.Lock()
        self._watch = contextlib.ExitStack()
        try:
            self._watch.enter_context(watch_stopped(self._running, self._end_stopped))
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
        """Kill all workers."""
        self._watch.close()
        with self._lock:
            self._closed = True
            for worker in self._started:
                worker.kill()
        self._askers.shutdown(cancel_futures=True)
        for worker in self._started:
            worker.join()

    def stream_windows(self, windows: Iterable[Sequence[str | Source]]) -> Iterator[Translation]:
        """Translate texts that come in groups.

        A thread reads the windows, at most WINDOWS_PER_WORKER per worker ahead of the translations
        that have been taken. An error of the input or of a worker is raised after all translations
        before it.

        Args:
            windows: Groups of texts, or of Sources with constraints.

        Yields:
            The translations, in the order of the texts.

        Raises:
            ConfigError: As for `Translator.translate`.
            Seq2SeqError: A worker cannot be started or has ended unexpectedly.
        """
        pending: queue.SimpleQueue[Future[list[Translation]] | None] = queue.SimpleQueue()
        slots = threading.Semaphore(self._ahead)
        abandoned = threading.Event()

        def read() -> None:
            rest = iter(windows)
            try:
                while slots.acquire() and not abandoned.is_set():
                    window = next(rest, None)
                    if window is None:
                        break
                    pending.put(self._askers.submit(self._translate, window))
                pending.put(None)
            except BaseException as error:
                failed: Future[list[Translation]] = Future()
                failed.set_exception(error)
                pending.put(failed)

        # A daemon, so the program can end while the thread waits for input.
        threading.Thread(target=read, daemon=True).start()
        try:
            while (future := pending.get()) is not None:
                yield from future.result()
                slots.release()
        finally:
            abandoned.set()
            slots.release()

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

    def _running(self) -> list[int]:
        """Return the ids of the processes that have been started."""
        return [worker.pid for worker in self._started]

    def _end_stopped(self, pid: int) -> None:
        """Kill a worker that is stopped, so that whatever waits for it goes on with an error."""
        for worker in self._started:
            if worker.pid == pid:
                worker.was_stopped = True
                worker.kill()

    def _new_worker(self) -> _Worker:
        with self._lock:
            if self._closed:
                raise Seq2SeqError("the worker pool is closed")
            worker = _Worker(self._model, self._options, self._threads)
            self._started.append(worker)
        worker.wait_until_ready()
        return worker


class _Worker:
    """Handle of a worker process, for the process that starts it.

    Attributes:
        facts: Decoding settings of its translator, and `Translator.max_source_characters`.
        pid: Process id.
        was_stopped: It has been killed since it was stopped.
    """

    facts: tuple[DecodingConfig, int]
    pid: int

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
            theirs.close()  # else this process would not notice the end of the worker
        assert self._process.pid is not None
        self.pid = self._process.pid
        self.was_stopped = False

    def wait_until_ready(self) -> None:
        """Wait until the worker has loaded its translator; raise the error if it could not."""
        answer = self._receive()
        if isinstance(answer, Seq2SeqError):
            raise answer
        self.facts = answer

    def ask(self, texts: Sequence[str | Source]) -> Any:
        """Send texts and wait for their translations, or for an error."""
        with contextlib.suppress(OSError):  # the worker has ended, which `_receive` reports
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
            raise Seq2SeqError(f"worker process {self.pid} {self._end()}; {_ADVICE}") from None

    def _end(self) -> str:
        """Return what has become of a process that answers no longer."""
        if self.was_stopped:
            return "was stopped (SIGSTOP), which left others waiting, and has been killed"
        self._process.join(_REAP)
        code = self._process.exitcode
        how = signal.Signals(-code).name if code is not None and code < 0 else f"exit code {code}"
        return f"ended unexpectedly ({how}); fewer --workers need less memory"


@contextlib.contextmanager
def _interrupts_blocked() -> Iterator[None]:
    """Protect processes started in the context from Ctrl-C, which a terminal sends to all."""
    # If multiprocessing's tracker were started in the context, it would unblock interrupts.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _work(connection: Connection, model: Models, options: TranslatorOptions, threads: int) -> None:
    """Load a translator, report success or an error, and answer requests until the end."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    os.environ["OMP_NUM_THREADS"] = str(threads)  # read when torch is imported
    from seq2seq.translation.translator import Translator

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
    """Send an answer; return whether the receiver still exists."""
    try:
        connection.send(answer)
    except OSError:
        return False
    return True


def _end_with_parent() -> None:
    """End this process as soon as its parent has ended."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    wait([parent.sentinel])
    os._exit(1)
