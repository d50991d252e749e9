"""Work that is done one item ahead of the caller."""

import threading

import pytest

from seq2seq import Source, Translator
from seq2seq.engine.load_library import load_library
from seq2seq.translation.work_ahead import work_ahead


def test_results_come_in_order_from_another_thread():
    caller = threading.get_ident()
    found = list(work_ahead(lambda item: (item * item, threading.get_ident()), range(5)))
    assert [(item, result[0]) for item, result in found] == [(n, n * n) for n in range(5)]
    assert all(result[1] != caller for _, result in found)


def test_next_item_is_in_work_while_the_caller_has_the_last():
    begun = [threading.Event() for _ in range(3)]

    def work(item: int) -> int:
        begun[item].set()
        return item

    for item, _ in work_ahead(work, range(3)):
        if item < 2:
            assert begun[item + 1].wait(timeout=10)
        if item == 0:
            assert not begun[2].is_set()


def test_error_is_raised_where_its_item_would_come():
    def work(item: int) -> float:
        return 1 / (2 - item)

    results = work_ahead(work, range(4))
    assert [next(results)[1] for _ in range(2)] == [0.5, 1.0]
    with pytest.raises(ZeroDivisionError):
        next(results)


def test_no_items():
    assert list(work_ahead(abs, [])) == []


@pytest.mark.skipif(load_library() is None, reason="needs the compiled library")
def test_translations_are_the_same_with_searches_ahead(monkeypatch):
    translator = Translator.from_pretrained("es-en", engine="native")
    lines = [f"El número {n} de la calle {n * n} está cerrado hoy." for n in range(300)]
    sources = [Source(line) for line in lines]
    sources[7] = Source("…")  # copied
    sources[8] = Source("La casa es roja.", terms=("house",))
    sources[9] = Source("Escriba a ana@example.org o mire https://example.org/a?b=1.")
    found = {}
    for threads in (1, 2):
        monkeypatch.setattr(translator.engine, "threads", threads)
        found[threads] = translator.translate_all(sources, beam=1)
    assert found[1] == found[2]
    assert "house" in found[2][8].text
