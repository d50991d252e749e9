"""The queue: batches of whatever waits, and failures that stay with who caused them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

pytest.importorskip("starlette")

from seq2seq import Translator
from seq2seq.errors import ConfigError
from seq2seq.serving.catalogue import Catalogue
from seq2seq.serving.errors import RequestError
from seq2seq.serving.job import Job
from seq2seq.serving.metrics import Metrics
from seq2seq.serving.queue import TranslationQueue
from seq2seq.translation.values import Translation
from tests.support.tiny_model import save_tiny_model, sentences


@pytest.fixture
def catalogue(model: Path, native_library: Path) -> Catalogue:
    return Catalogue([f"es-en={model}"], memory="1G")


def run(
    catalogue: Catalogue, metrics: Path, texts: Sequence[Sequence[str]], *, cancel: int = -1
) -> tuple[list[list[Translation] | BaseException], dict[str, int]]:
    """Translate jobs that wait together; return their results and the counters."""
    counters = Metrics(metrics)
    queue = TranslationQueue(catalogue, counters, limit=len(texts), timeout=30)

    async def work() -> list[list[Translation] | BaseException]:
        loop = asyncio.get_running_loop()
        direction = catalogue.directions["es", "en"]
        jobs = [Job(one, direction, 1, loop.create_future()) for one in texts]
        for place, job in enumerate(jobs):
            job.cancelled = place == cancel
            queue._jobs.append(job)
        queue.start()
        waiting = [job.future for job in jobs if not job.cancelled]
        found = await asyncio.gather(*waiting, return_exceptions=True)
        await asyncio.to_thread(queue.stop)
        return found

    found = asyncio.run(work())
    return found, dict(counters._counts)


def test_jobs_get_their_own_translations(catalogue: Catalogue, model: Path, tmp_path: Path) -> None:
    texts = sentences(120)
    jobs = [texts[start : start + size] for start in range(0, 120, 12) for size in (1, 3, 8)]
    found, counts = run(catalogue, tmp_path, jobs)
    translator = Translator.from_pretrained(model)
    assert found == [translator.translate_all(job) for job in jobs]
    assert counts["seq2seq_batches_total"] < len(jobs)


def test_single_sentences_that_wait_make_one_batch(catalogue: Catalogue, tmp_path: Path) -> None:
    _, counts = run(catalogue, tmp_path, [["casa"], ["papel"], ["perro"]])
    assert counts["seq2seq_batches_total"] == 1


def test_what_was_cancelled_is_not_translated(catalogue: Catalogue, tmp_path: Path) -> None:
    found, counts = run(catalogue, tmp_path, [["casa"], ["papel"] * 500], cancel=1)
    assert len(found) == 1
    assert counts["seq2seq_sentences_total"] == 1


def test_a_failure_is_that_of_one_job(
    catalogue: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    translate = Translator.translate_segments

    def failing(self: Translator, segments: Sequence[object]) -> list[Translation]:
        if any(one.source.text == "perro" for one in segments):  # type: ignore[attr-defined]
            raise ConfigError("too much memory")
        return translate(self, segments)  # type: ignore[arg-type]

    monkeypatch.setattr(Translator, "translate_segments", failing)
    found, _ = run(catalogue, tmp_path, [["casa"], ["perro"], ["papel", "gato"]])
    assert isinstance(found[1], ConfigError)
    assert [len(one) for one in found[::2]] == [1, 2]  # type: ignore[arg-type]


def test_no_more_jobs_are_taken_than_the_limit(catalogue: Catalogue, tmp_path: Path) -> None:
    async def work() -> None:
        queue = TranslationQueue(catalogue, Metrics(tmp_path), limit=1, timeout=30)
        queue.start()
        future = asyncio.get_running_loop().create_future()
        direction = catalogue.directions["es", "en"]
        queue.submit(Job(["casa"] * 3000, direction, 1, future))
        with pytest.raises(RequestError, match="too many requests wait"):
            queue.submit(Job(["casa"], direction, 1, future))
        await asyncio.to_thread(queue.stop)
        assert len(await future) == 3000
        with pytest.raises(RequestError):
            queue.submit(Job(["casa"], direction, 1, future))

    asyncio.run(work())


def test_a_job_that_would_take_too_long_is_refused_at_once(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    async def work() -> None:
        queue = TranslationQueue(catalogue, Metrics(tmp_path), limit=9, timeout=0.5)
        direction = catalogue.directions["es", "en"]
        create = asyncio.get_running_loop().create_future
        queue.start()
        first = Job(["casa"] * 3000, direction, 1, create())
        queue.submit(first)  # nothing else waits
        with pytest.raises(RequestError, match="too many requests wait"):
            queue.submit(Job(["casa"] * 3000, direction, 1, create()))
        short = Job(["casa"], direction, 1, create())
        queue.submit(short)  # it does not wait for the first
        assert len(await short.future) == 1
        first.cancelled = True
        await asyncio.to_thread(queue.stop)

    asyncio.run(work())


def test_models_are_kept_by_size(model: Path, tmp_path: Path, native_library: Path) -> None:
    other = save_tiny_model(tmp_path / "other", seed=2)
    size = (model / "model.safetensors").stat().st_size
    names = [f"es-en={model}", f"en-es={other}"]
    for memory, kept in ((3 * size, 2), (1.5 * size, 1), (1, 1)):
        catalogue = Catalogue(names, memory=str(int(memory)))
        first = catalogue.translator(model)
        assert catalogue.translator(model) is first
        catalogue.translator(other)
        assert catalogue.bytes_loaded < (kept + 0.5) * size
        assert (catalogue.translator(model) is first) == (kept == 2)


def test_languages_are_those_of_the_models(model: Path) -> None:
    with pytest.raises(ConfigError, match="does not say its languages"):
        Catalogue([str(model)], memory="1G")
    with pytest.raises(ConfigError, match="both translate from es into en"):
        Catalogue([f"es-en={model}", "es-en"], memory="1G")
    with pytest.raises(ConfigError, match="is not a size"):
        Catalogue(["es-en"], memory="much")
    assert set(Catalogue([], memory="1G").directions) == {("es", "en"), ("en", "es")}
