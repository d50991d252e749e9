"""Queue of jobs: whatever waits when the translator is free becomes one batch.

No request is delayed to fill a batch. A batch takes sentences from all waiting requests in turn.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
import traceback
from collections import deque
from collections.abc import Iterable
from pathlib import Path

from seq2seq.serving.catalogue import Catalogue
from seq2seq.serving.errors import RequestError
from seq2seq.serving.job import Job
from seq2seq.serving.metrics import Metrics
from seq2seq.translation.segments import Segment
from seq2seq.translation.translator import Translator

log = logging.getLogger("seq2seq.serving")

BATCH_CHARACTERS = 3000
"""Number of characters at which a batch is full: about 0.2 s of work of one processor core."""

FIRST_SPEED = 5000.0
"""Characters a second that are assumed before any have been measured."""

MEASURED_CHARACTERS = 500
"""Number of characters of a batch from which on it tells something about the speed."""


class TranslationQueue:
    """Jobs that wait, and the thread that translates them.

    Args:
        catalogue: The models.
        metrics: Counters of batches and sentences.
        limit: Maximum number of jobs.
        timeout: Seconds in which a job must be finished. One that would take longer, by the speed
            so far, is refused at once.
    """

    def __init__(
        self, catalogue: Catalogue, metrics: Metrics, *, limit: int, timeout: float
    ) -> None:
        self._catalogue = catalogue
        self._metrics = metrics
        self._limit = limit
        self._timeout = timeout
        self._speed = FIRST_SPEED
        self._jobs: deque[Job] = deque()
        self._changed = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="translator", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the jobs that wait, and end the thread."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        self._thread.join()

    @property
    def length(self) -> int:
        """Number of jobs that wait or are being translated."""
        return len(self._jobs)

    @property
    def ready(self) -> bool:
        """True if another job is taken."""
        return self._thread.is_alive() and not self._stopping and self.length < self._limit

    def submit(self, job: Job) -> None:
        """Add a job.

        Raises:
            RequestError: Too many wait already.
        """
        with self._changed:
            if not self.ready or self._seconds(job) > self._timeout:
                raise RequestError(503, "too many requests wait; try again", retry_after=1)
            self._jobs.append(job)
            self._changed.notify()

    def _seconds(self, job: Job) -> float:
        """Return the time after which a job would be finished, as all jobs progress in turn."""
        if not self._jobs:
            return 0.0
        return sum(min(job.left, one.left) for one in (job, *self._jobs)) / self._speed

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._jobs and not self._stopping:
                    self._changed.wait()
                if not self._jobs:
                    return
                jobs = self._alike()
            self._round(jobs)

    def _alike(self) -> list[Job]:
        """Return the jobs that can share a batch with the first one; drop what was cancelled."""
        self._jobs = deque(job for job in self._jobs if not job.cancelled)
        if not self._jobs:
            return []
        first = _kind(self._jobs[0])
        return [job for job in self._jobs if _kind(job) == first]

    def _round(self, jobs: list[Job]) -> None:
        """Translate one batch."""
        try:
            done = self._translate(jobs) if jobs else []
        except Exception as error:
            if len(jobs) > 1:  # one of them is to blame: each gets a batch of its own
                for job in jobs:
                    job.take_back()
                for job in jobs:
                    self._round([job])
                return
            log.error("a batch failed: %s\n%s", type(error).__name__, _place(error))
            self._finish(jobs, error)
            return
        self._finish(done, None)

    def _translate(self, jobs: list[Job]) -> list[Job]:
        """Translate a batch of sentences of jobs; return the jobs that are complete."""
        translator = self._translator(jobs[0])
        started = time.monotonic()
        batch = _batch(jobs, translator)
        found = translator.translate_segments([segment for _, segment in batch])
        for (job, _), translation in zip(batch, found, strict=True):
            job.add(translation, translator)
        characters = sum(len(segment.source.text) for _, segment in batch)
        if characters >= MEASURED_CHARACTERS:
            speed = characters / (time.monotonic() - started)
            self._speed += (speed - self._speed) / 8
        self._metrics.count_batch(len(batch))
        served = dict.fromkeys(job for job, _ in batch)
        with self._changed:  # jobs that are not complete go to the end
            self._jobs = deque(
                [job for job in self._jobs if job not in served]
                + [job for job in served if not job.complete]
            )
        return [job for job in jobs if job.complete]

    def _translator(self, job: Job) -> Translator:
        translator = self._catalogue.translator(job.direction.directory)
        if job.alignments:
            translator = translator.with_alignments()
        decoding = translator.decoding
        if decoding.nbest == job.nbest:
            return translator
        return translator.with_decoding(nbest=job.nbest, beam=max(decoding.beam, job.nbest))

    def _finish(self, jobs: Iterable[Job], failure: Exception | None) -> None:
        """Hand results to those who wait for them."""
        done = list(jobs)
        with self._changed:
            self._jobs = deque(job for job in self._jobs if job not in done)
        by_loop: dict[asyncio.AbstractEventLoop, list[Job]] = {}
        for job in done:
            by_loop.setdefault(job.future.get_loop(), []).append(job)
        for loop, ready in by_loop.items():
            loop.call_soon_threadsafe(_deliver, ready, failure)


def _kind(job: Job) -> tuple[Path, int, bool]:
    """Return what jobs of one batch have in common."""
    return job.direction.directory, job.nbest, job.alignments


def _batch(jobs: list[Job], translator: Translator) -> list[tuple[Job, Segment]]:
    """Take segments of jobs in turn until the batch is full or nothing is left."""
    batch: list[tuple[Job, Segment]] = []
    characters = 0
    taking = list(jobs)
    while taking and characters < BATCH_CHARACTERS:
        for job in list(taking):
            segment = None if job.cancelled else job.next_segment(translator)
            if segment is None:
                taking.remove(job)
                continue
            batch.append((job, segment))
            characters += len(segment.source.text)
            if characters >= BATCH_CHARACTERS:
                break
    return batch


def _deliver(jobs: list[Job], failure: Exception | None) -> None:
    for job in jobs:
        job.deliver(failure)


def _place(error: Exception) -> str:
    """Return where an error was raised, without its message, which may quote a text."""
    return "".join(traceback.format_tb(error.__traceback__))
