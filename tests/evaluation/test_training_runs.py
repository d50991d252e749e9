"""`seq2seq report` on complete, interrupted, old and running trainings."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from html import unescape
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner

from seq2seq.cli.app import app
from seq2seq.errors import DataError, StorageError
from seq2seq.evaluation.training_runs import report
from seq2seq.reports.training_log import TrainingLog
from seq2seq.reports.training_report import COLUMNS, Training
from seq2seq.training.run import train
from tests.support import tiny_run as tiny

HOSTILE = "<script>alert(1)</script> & | *b* 'q' \"r\""


def line(step: int, **figures: object) -> str:
    return json.dumps({"step": step, "epoch": step // 100, "seconds": step / 10, **figures}) + "\n"


def lines(steps: int, **more: float) -> str:
    """Return lines as the trainer writes them: figures every 10 steps, a validation every 100."""
    return "".join(
        line(
            step,
            loss=5 / step,
            learning_rate=0.1,
            teacher_forcing=1.0,
            tokens_per_second=900 + step,
            **more,
        )
        + (line(step, dev_bleu=step / 100, dev_perplexity=900 / step) if step % 100 == 0 else "")
        for step in range(10, steps + 1, 10)
    )


def make(run: Path, text: str, *, max_steps: int = 500, finished: bool | None = None) -> Path:
    run.mkdir(parents=True)
    (run / "metrics.jsonl").write_text(text)
    (run / "config.yaml").write_text(f"training:\n  max_steps: {max_steps}\n")
    if finished is not None:
        checkpoint = run / "checkpoints" / "step-00000500"
        checkpoint.mkdir(parents=True)
        (checkpoint / "state.json").write_text(json.dumps({"step": 500, "finished": finished}))
    return run


def pictures(page: str) -> list[str]:
    """Return the titles of the charts on a page, in order."""
    wide = re.findall(r'<svg class="chart-wide"[^>]* aria-label="([^"]*)"', page)
    narrow = re.findall(r'<svg class="chart-narrow"[^>]* aria-label="([^"]*)"', page)
    assert wide == narrow
    return wide


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.set_num_threads(1)
    place = tmp_path_factory.mktemp("trained")
    tiny.write_text(place)
    train(tiny.tiny_config(place), output=place / "run", cpu=True)
    return place / "run"


def test_a_real_training_is_reported_completely(trained: Path) -> None:
    [run] = report([trained]).trainings
    metrics = tiny.metrics(trained)
    scores = {line["step"]: line["dev_bleu"] for line in metrics if "dev_bleu" in line}
    best = max(scores, key=lambda step: (scores[step], -step))
    assert run.best == (best, scores[best])
    assert (run.state, run.log.step, run.max_steps, run.log.lines) == (
        "finished",
        12,
        12,
        len(metrics),
    )
    assert run.missing == []
    page = report([trained]).to_html()
    assert pictures(page) == [
        "Loss",
        "Dev BLEU",
        "Dev perplexity",
        "Learning rate",
        "Speed",
        "Gradient norm, before clipping",
        "Gradient norm by layer",
    ]
    assert "Teacher forcing is not shown" in page
    assert all(
        f">{layer}</text>" in page
        for layer in ("encoder.embedding", "decoder.cells.0", "embedding+output")
    )


def test_the_json_form_keeps_its_keys(tmp_path: Path) -> None:
    run = make(tmp_path / "a", lines(200, gradient_norm=1.0), finished=False)
    os.utime(run / "metrics.jsonl", (0, 1_700_000_000))
    [path, *_] = report([run]).write(tmp_path / "out")
    assert json.loads(path.read_text()) == {
        "format": 1,
        "runs": [
            {
                "name": "a",
                "directory": str(run),
                "state": "stopped",
                "step": 200,
                "max_steps": 500,
                "epochs": 3,
                "best_dev_bleu": 2.0,
                "best_dev_perplexity_word": None,
                "best_dev_accuracy": None,
                "best_dev_chrf": None,
                "best_step": 200,
                "best_dev_perplexity": 4.5,
                "loss": 0.025,
                "seconds": 20.0,
                "tokens_per_second": 1005.0,
                "lines": 22,
                "last_written": "2023-11-14T22:13:20+00:00",
                "remarks": [],
                "notes": [
                    "No metrics of: Gradient norm by layer. The version that trained it does not "
                    "write them, or they are still to come."
                ],
            }
        ],
    }


def test_several_runs_share_a_table_and_axes_and_are_told_apart_by_their_paths(
    tmp_path: Path,
) -> None:
    layers = {"gradient_norm/output": 0.5, "gradient_norm/decoder.attention": 0.25}
    runs = [make(tmp_path / name / "1", lines(300, **layers)) for name in ("one", "two")]
    made = report([*runs, runs[0]])
    assert [run.name for run in made.trainings] == ["one/1", "two/1"]
    page = made.to_html()
    assert pictures(page).count("Loss") == 1
    assert pictures(page).count("Gradient norm by layer") == 2
    for name in ("one/1", "two/1"):
        row = rf'<th scope="row"><svg class="swatch".*?</svg>\s*{name}</th>'
        assert len(re.findall(row, page)) == 1
        assert page.count(f">{name}</text>") == 2 * 5
    assert [row[0] for row in made.rows] == ["one/1", "two/1"]
    assert all(len(row) == len(COLUMNS) for row in made.rows)


def test_remarks_on_all_runs_are_made_once(tmp_path: Path) -> None:
    runs = [make(tmp_path / name, lines(300), finished=False) for name in ("a", "b", "c")]
    (runs[1] / "metrics.jsonl").write_text(lines(300) + '{"step": 3')
    made = report(runs)
    assert [who for who, _ in made.remarks] == ["All runs", "b"]
    assert [who for who, _ in report(runs[1:2]).remarks] == ["", ""]
    assert "- All runs: No metrics of" in made.to_markdown()


def test_names_and_figures_with_markup_are_text(tmp_path: Path) -> None:
    text = lines(200, **{f"gradient_norm/{HOSTILE}": 1.0, "dev_bleu_<b>": 3.0})
    runs = [
        make(tmp_path / name / HOSTILE.replace("/", "-"), text + "<i>\n") for name in ("a", "b")
    ]
    for directories in (runs, runs[:1]):
        made = report(directories)
        page = made.to_html()
        assert page.count("<script>") == 1  # the page's own
        assert not re.search(r"<(b|i)>", page)
        assert unescape(page).count("<script>alert(1)<-script>") > 4
        [header, _, *rows] = [
            row for row in made.to_markdown().splitlines() if row.startswith("| ")
        ]
        assert all(len(re.split(r"(?<!\\)\|", row)) == len(re.split(r"\|", header)) for row in rows)
        assert "<script>" not in made.to_markdown()


def test_a_report_is_correct_at_any_moment_of_a_running_training(tmp_path: Path) -> None:
    whole = lines(300).encode()
    run = make(tmp_path / "a", "")
    reported = []
    for length in [*range(0, len(whole), 97), len(whole)]:
        (run / "metrics.jsonl").write_bytes(whole[:length])
        [training] = report([run]).trainings
        assert training.state == "running"
        assert training.log.lines == whole[:length].count(b"\n") + (
            whole[length - 1 : length] == b"}"
        )
        reported.append(training.log.step)
    (run / "metrics.jsonl").write_bytes(whole[:-9])
    assert "The last line is incomplete" in report([run]).to_html()
    assert reported == sorted(reported)
    assert (reported[0], reported[-1]) == (0, 300)


def test_before_its_first_line_a_run_has_a_page_that_says_so(tmp_path: Path) -> None:
    made = report([make(tmp_path / "a", "")])
    assert "The metrics file is still empty." in made.to_html()
    assert "There is nothing to plot yet." in made.to_html()
    assert made.rows[0][2:] == ("0 of 500", *["–"] * 6)


def test_the_report_of_an_old_run_says_which_metrics_it_lacks(tmp_path: Path) -> None:
    run = tmp_path / "old"
    run.mkdir()
    (run / "metrics.jsonl").write_text('{"step": 5, "loss": 2.0}\n')
    made = report([run])
    assert pictures(made.to_html()) == ["Loss"]
    said = " ".join(text for _, text in made.remarks)
    for part in (
        "Dev BLEU, Dev perplexity",
        "Gradient norm by layer",
        "config.yaml",
        "no checkpoint",
    ):
        assert part in said
    (run / "config.yaml").write_text("training: [")
    assert report([run]).trainings[0].max_steps is None


@pytest.mark.parametrize(
    ("reached", "said", "state"), [(500, True, "finished"), (500, False, "running")]
)
def test_a_run_has_finished_when_its_checkpoint_says_so(
    tmp_path: Path, reached: int, said: bool, state: str
) -> None:
    run = make(tmp_path / "a", lines(reached), finished=said)
    assert report([run]).trainings[0].state == state
    (run / "metrics.jsonl").write_text(lines(reached + 100))  # it was resumed for longer
    assert report([run]).trainings[0].state == "running"


def test_a_run_without_a_checkpoint_has_finished_at_its_last_step(tmp_path: Path) -> None:
    run = make(tmp_path / "a", lines(500))
    assert report([run]).trainings[0].state == "finished"
    (run / "checkpoints" / "step-00000500").mkdir(parents=True)
    (run / "checkpoints" / "step-00000500" / "state.json").write_text("[")
    assert report([run]).trainings[0].state == "finished"


def test_a_run_counts_as_running_for_three_times_its_longest_pause_and_a_minute() -> None:
    log = TrainingLog({"seconds": [(1, 10.0), (2, 30.0), (3, 35.0)]}, 3)
    for silence, state in [(0, "running"), (119, "running"), (121, "stopped")]:
        assert Training("a", "a", log, written=1000.0, seen=1000.0 + silence).state == state


def test_a_falling_teacher_forcing_ratio_is_drawn(tmp_path: Path) -> None:
    made = report([make(tmp_path / "a", lines(100) + line(110, teacher_forcing=0.5))])
    assert "Teacher forcing" in pictures(made.to_html())
    assert made.captions == []


# The command


def test_the_report_of_one_run_is_beside_it_and_several_need_a_directory(tmp_path: Path) -> None:
    runs = [make(tmp_path / name, lines(200)) for name in ("a", "b")]
    done = CliRunner().invoke(app, ["report", str(runs[0])])
    assert done.exit_code == 0
    names = ["report.json", "report.md", "report.html"]
    assert done.output.splitlines() == [f"wrote {runs[0] / 'report' / name}" for name in names]
    assert all((runs[0] / "report" / name).read_text() for name in names)
    with pytest.raises(DataError, match="--output"):
        CliRunner().invoke(app, ["report", *map(str, runs)], catch_exceptions=False)
    together = CliRunner().invoke(
        app, ["report", *map(str, runs), "--output", str(tmp_path / "both")]
    )
    assert together.exit_code == 0
    assert (tmp_path / "both" / "report.html").is_file()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("absent", "there is no such run directory"),
        ("file", "is a file, not a run directory"),
        ("empty", "holds no metrics.jsonl; name the directory that `seq2seq train` writes to"),
        ("garbage", "none of its lines has metrics of a training"),
    ],
)
def test_a_path_that_is_no_run_is_an_error_of_one_line(
    tmp_path: Path, name: str, said: str
) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "empty").mkdir()
    make(tmp_path / "garbage", "x\n")
    with pytest.raises(DataError, match=said) as caught:
        report([tmp_path / name])
    assert len(str(caught.value).splitlines()) == 1


def test_a_directory_that_cannot_be_written_to_is_an_error_of_one_line(tmp_path: Path) -> None:
    run = make(tmp_path / "a", lines(100))
    with pytest.raises(StorageError, match="jsonl: cannot be written: "):
        report([run]).write(run / "metrics.jsonl")


def test_the_command_loads_no_torch(tmp_path: Path) -> None:
    run = make(tmp_path / "a", lines(200))
    slow = ["torch", "datasets", "accelerate", "sacrebleu", "safetensors", "pandas", "pyarrow"]
    program = (
        f"import atexit, sys; slow = {slow}; "
        "atexit.register(lambda: print([name for name in slow if name in sys.modules])); "
        "from seq2seq.cli.app import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "report", run], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"
