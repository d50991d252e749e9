"""A metrics file is read whatever its state, and what is skipped is noted."""

from __future__ import annotations

import contextlib
import json
import tracemalloc
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.errors import DataError
from seq2seq.reports.training_log import TrainingLog, read_log
from seq2seq.reports.training_remarks import remarks
from tests.support.examples import few


def line(step: int, **figures: object) -> bytes:
    return json.dumps({"step": step, **figures}).encode() + b"\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "metrics.jsonl"


def read(path: Path, *lines: bytes) -> TrainingLog:
    path.write_bytes(b"".join(lines))
    return read_log(path)


WHOLE = [
    line(50, loss=3.5, epoch=0),
    line(100, loss=3.0, epoch=0),
    line(100, dev_bleu=4.0, epoch=0),
]


def test_a_complete_file_gives_its_curves_and_no_notes(path: Path) -> None:
    log = read(path, *WHOLE)
    assert log == TrainingLog(
        {
            "loss": [(50, 3.5), (100, 3.0)],
            "epoch": [(50, 0.0), (100, 0.0)],
            "dev_bleu": [(100, 4.0)],
        },
        3,
        [],
    )
    assert (log.step, log.last("loss"), log.last("dev_perplexity")) == (100, 3.0, None)


def test_an_incomplete_last_line_loses_only_that_line(path: Path) -> None:
    whole = read(path, *WHOLE)
    last = line(150, loss=2.5, dev_perplexity=9.25)
    for length in range(1, len(last) - 1):
        log = read(path, *WHOLE, last[:length])
        assert (log.curves, log.lines) == (whole.curves, 3)
        [note] = log.notes
        assert note.startswith("The last line is incomplete")
        assert "3 other lines were read" in note
    assert read(path, *WHOLE, last[:-1]) == read(
        path, *WHOLE, last
    )  # only the line's end is missing
    assert read(path, last[:9]).notes == [
        "The last line is incomplete: the run was stopped while writing it, or is writing it now; "
        "it is the only line."
    ]


@pytest.mark.parametrize(
    "garbage",
    [
        b"garbage\n",
        b"\xff\xfe\x00\n",
        b"[1, 2]\n",
        b"null\n",
        b'"step"\n',
        b'{"loss": 1}\n',
        b'{"step": null, "loss": 1}\n',
        b'{"step": 1.5, "loss": 1}\n',
        b'{"step": -1, "loss": 1}\n',
        b'{"step": NaN}\n',
        b'{"step": true}\n',
        b'{"step": 1e300}\n',
        b'{"step": ' + b"9" * 5000 + b"}\n",
        b"[" * 100_000 + b"\n",
        b'{"step": 1, "x": "' + b"x" * (3 << 20) + b'"}\n',
    ],
)
def test_a_line_without_metrics_is_skipped_and_noted(path: Path, garbage: bytes) -> None:
    log = read(path, WHOLE[0], garbage, *WHOLE[1:])
    assert (log.curves, log.lines) == (read(path, *WHOLE).curves, 3)
    assert log.notes == ["1 line has no metrics and was skipped (the first: line 2)."]
    with pytest.raises(
        DataError, match=r"metrics\.jsonl: none of its lines has metrics of a training"
    ):
        read(path, garbage)


def test_several_such_lines_are_counted_and_blank_ones_are_ignored(path: Path) -> None:
    log = read(path, b"\n", *WHOLE, b"x\n", b"  \n", b"y\n")
    assert log.notes == ["2 lines have no metrics and were skipped (the first: line 5)."]
    assert read(path, b"\xef\xbb\xbf", *WHOLE) == read(path, *WHOLE)


def test_values_that_are_not_finite_numbers_are_skipped_and_noted(path: Path) -> None:
    odd = (
        b'{"step": 150, "loss": NaN, "dev_bleu": -Infinity, "gradient_norm": "high", '
        b'"epoch": true, "x": {}}\n'
    )
    log = read(path, *WHOLE, odd, line(200, loss=1.0, learning_rate=10**400))
    assert log.curves["loss"] == [(50, 3.5), (100, 3.0), (200, 1.0)]
    assert [note.split()[2] for note in log.notes] == [
        "loss",
        "dev_bleu",
        "gradient_norm",
        "epoch",
        "learning_rate",
    ]
    assert (
        log.notes[0]
        == "Values of loss that are not finite numbers were skipped (the first: line 4)."
    )


def test_where_steps_go_back_the_later_lines_count(path: Path) -> None:
    log = read(path, *WHOLE, line(150, loss=9.0), line(60, loss=2.0), line(110, loss=1.0))
    assert log.curves["loss"] == [(50, 3.5), (60, 2.0), (110, 1.0)]
    assert log.notes == [
        "At line 5 steps go back from 150 to 60; for repeated steps, the later lines are shown."
    ]


def test_an_empty_file_has_no_curves_and_a_note(path: Path) -> None:
    log = read(path)
    assert (log.curves, log.lines, log.step) == ({}, 0, 0)
    assert log.notes == ["The metrics file is still empty."]
    assert remarks(log) == []


def test_a_missing_file_is_an_error_of_one_line(path: Path) -> None:
    with pytest.raises(DataError, match=r"cannot read .*metrics\.jsonl: No such file"):
        read_log(path)


def test_a_long_file_takes_little_memory(path: Path) -> None:
    with path.open("wb") as file:
        for step in range(20_000):
            file.write(line(step, loss=step % 7, gradient_norm=1.0, tokens_per_second=3000.5))
    tracemalloc.start()
    log = read_log(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert log.lines == 20_000
    assert log.curves["loss"][-1] == (19_999, 19_999 % 7)
    assert max(map(len, log.curves.values())) < 2100
    assert peak < 3 << 20


@given(
    st.lists(
        st.binary(max_size=40) | st.sampled_from([*WHOLE, b"\n", b'{"step": 7, "loss": 1e99']),
        max_size=8,
    )
)
@few(200)
def test_any_file_gives_a_log_or_a_data_error(
    tmp_path_factory: pytest.TempPathFactory, parts: list[bytes]
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.jsonl"
    log = TrainingLog({}, 1)
    with contextlib.suppress(DataError):
        log = read(path, *parts)
    for points in log.curves.values():
        assert points == sorted(dict(points).items())
    assert log.lines or log.notes


# Remarks


def log_of(**curves: Sequence[float]) -> TrainingLog:
    return TrainingLog(
        {
            name.replace("__", "/"): list(enumerate(values, start=1))
            for name, values in curves.items()
        },
        1,
    )


def test_a_training_that_goes_well_has_no_remarks() -> None:
    falling = [5 / step for step in range(1, 41)]
    layers = {"gradient_norm__decoder.cells.0": [0.1] * 40, "gradient_norm__output": [5.0] * 40}
    log = log_of(loss=falling, dev_bleu=[1, 4, 3, 5, 4, 4], dev_perplexity=[9, 5, 4, 4.2], **layers)
    assert remarks(log) == []
    assert remarks(log_of(loss=[4.0] * 40)) == []


def test_a_loss_that_rises_again_is_remarked_on_and_a_single_peak_is_not() -> None:
    fallen = [4.0] * 20 + [2.0] * 20
    [remark] = remarks(log_of(loss=fallen + [3.0] * 10))
    assert (
        remark
        == "The loss has risen after step 25: from 2 to 3, averaged over tenths of the training."
    )
    assert remarks(log_of(loss=[*fallen, 30.0, *[2.0] * 30])) == []
    assert remarks(log_of(loss=[1.0, 2.0, 3.0])) == []  # too few to tell


def test_a_dev_bleu_that_does_not_rise_is_remarked_on_with_its_step() -> None:
    assert remarks(log_of(dev_bleu=[1, 7, 6, 7])) == []
    [remark] = remarks(log_of(dev_bleu=[1, 7, 6, 7, 5]))
    assert remark == "Dev BLEU has not risen since step 2: 3 validations without a new best score."


def test_a_perplexity_that_rises_again_is_remarked_on() -> None:
    [remark] = remarks(log_of(dev_perplexity=[9, 4, 4.2, 5]))
    assert remark == "Dev perplexity has risen since step 2, from 4 to 5."


def test_layers_with_zero_or_very_different_gradients_are_named() -> None:
    layers = {
        "gradient_norm__a": [1e-5, 2e-5, 1e-5],
        "gradient_norm__b": [0.5, 0.2, 0.9],
        "gradient_norm__c": [0.1],
    }
    assert remarks(log_of(**layers)) == ["The median gradient norm of b is 50,000 times that of a."]
    assert remarks(log_of(gradient_norm__a=[0.0, 0.0], gradient_norm__b=[1.0, 2.0])) == [
        "The gradient of a is zero at every logged step."
    ]
