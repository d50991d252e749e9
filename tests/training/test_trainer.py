"""Training loop: a resumed run equals an uninterrupted one, and stopping loses nothing."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
import torch

from seq2seq.config.settings import ModelConfig
from seq2seq.errors import (
    CheckpointError,
    ConfigError,
    DataError,
    StorageError,
    TrainingError,
)
from seq2seq.model_directory.store import load_model
from seq2seq.models.model import build_model
from seq2seq.training.checkpoints import Checkpoints, TrainingState
from seq2seq.training.optimizers import OPTIMIZERS
from seq2seq.training.precision import resolve_precision
from seq2seq.training.run import train
from seq2seq.training.schedule import SCHEDULES
from tests.support import tiny_run as tiny
from tests.support.interrupted import interrupt
from tests.support.tiny_run import last_weights, metrics

SCRIPT = Path(tiny.__file__)


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    tiny.write_text(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with a run of 12 steps and its text."""
    torch.set_num_threads(1)
    place = tmp_path_factory.mktemp("trained")
    tiny.write_text(place)
    run(place, "run")
    return place


@pytest.fixture
def own(trained: Path, tmp_path: Path) -> Path:
    """Return a copy of that directory for a test of its own."""
    return Path(shutil.copytree(trained, tmp_path / "own"))


def run(place: Path, name: str, *overrides: str, resume: bool = False) -> Path:
    train(tiny.tiny_config(place, *overrides), output=place / name, resume=resume, cpu=True)
    return place / name


def same(first: Path, second: Path) -> bool:
    a = last_weights(first)
    b = last_weights(second)
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


KINDS = {
    "streaming": [*tiny.STREAMING, "tokenizer.sampling=0.2", "model.char_ngrams=true"],
    "subword sampling": ["tokenizer.sampling=0.2", "training.ema=0.9", "model.word_dropout=0.1"],
    "character n-grams": ["model.char_ngrams=true", "tokenizer.type=truecased", "training.ema=0.9"],
    "r-drop": ["training.r_drop=3", "model.dropout=0.3"],
    "scheduled sampling": [
        "training.teacher_forcing=linear",
        "training.teacher_forcing_min=0.2",
        "training.teacher_forcing_steps=8",
        "model.attention=bahdanau",
        "model.coverage=true",
        "model.weight_norm=true",
        "model.dropout_over_time=true",
    ],
}


@pytest.mark.parametrize(
    ("optimizer", "kind"),
    [
        *((optimizer, "plain") for optimizer in sorted(OPTIMIZERS)),
        *(("adam", kind) for kind in KINDS),
    ],
)
def test_a_run_interrupted_anywhere_and_resumed_ends_like_an_uninterrupted_one(
    place: Path, monkeypatch: pytest.MonkeyPatch, optimizer: str, kind: str
) -> None:
    options = [f"training.optimizer={optimizer}", "tokenizer.type=bpe", "tokenizer.vocab_size=290"]
    options += ["training.accumulate=2", "training.schedule=plateau", *KINDS.get(kind, [])]
    unbroken = run(place, "unbroken", *options)
    interrupt(monkeypatch, lambda: run(place, "broken", *options, resume=True))
    broken = run(place, "broken", *options, resume=True)
    assert same(unbroken, broken)
    assert metrics(unbroken) == metrics(broken)
    assert (unbroken / "model.safetensors").read_bytes() == (
        broken / "model.safetensors"
    ).read_bytes()
    shares = [line["teacher_forcing"] for line in metrics(unbroken) if "teacher_forcing" in line]
    assert (shares[0], shares[-1]) == (
        pytest.approx((0.9, 0.2)) if kind == "scheduled sampling" else (1.0, 1.0)
    )


LONG = ["training.max_steps=160", "training.validate_every=100", "training.checkpoint_every=20"]


@pytest.fixture(scope="module")
def long_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.set_num_threads(1)
    place = tmp_path_factory.mktemp("long")
    tiny.write_text(place)
    return run(place, "unbroken", *LONG)


@pytest.mark.parametrize(
    "number", [signal.SIGINT, signal.SIGTERM, signal.SIGUSR1, signal.SIGHUP, signal.SIGKILL]
)
def test_a_killed_process_is_resumed_bit_for_bit(
    place: Path, long_run: Path, programs: Path, number: signal.Signals
) -> None:
    process = subprocess.Popen(
        [str(programs / "python"), str(SCRIPT), str(place), "killed", *LONG], stderr=subprocess.PIPE
    )
    first = place / "killed" / "checkpoints" / "step-00000020"
    deadline = time.monotonic() + 60
    while not first.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(number)
    process.communicate(timeout=60)
    assert process.returncode == (-9 if number == signal.SIGKILL else 130)
    saved = sorted((place / "killed" / "checkpoints").glob("step-*"))
    assert saved
    assert saved[-1].name < "step-00000160", "the process was not killed in mid-training"
    assert same(long_run, run(place, "killed", *LONG, resume=True))
    assert metrics(long_run) == metrics(place / "killed")


def test_a_gradient_is_clipped_to_the_norm_and_a_shorter_one_left_alone(place: Path) -> None:
    options = [
        "model.dropout=0",
        "training.precision=fp64",
        "training.max_steps=1",
        "training.log_every=1",
    ]
    options += ["training.optimizer=sgd", "training.schedule=constant", "training.warmup_steps=0"]

    def weights(name: str, rate: float, limit: float) -> tuple[torch.Tensor, float]:
        output = run(
            place, name, *options, f"training.learning_rate={rate}", f"training.clip_norm={limit}"
        )
        [norm] = [line["gradient_norm"] for line in metrics(output) if "gradient_norm" in line]
        return torch.cat([weight.flatten() for weight in last_weights(output).values()]), norm

    start, norm = weights("start", 1e-30, 1e9)
    for limit in (norm / 2, norm * 2):
        clipped, found = weights(f"limit{limit}", 0.1, limit)
        assert found == pytest.approx(norm)
        assert float((clipped - start).norm()) == pytest.approx(0.1 * min(norm, limit), rel=1e-5)


def test_accumulated_batches_equal_one_large_batch(place: Path) -> None:
    """The loss is divided by the number of tokens in a step, however it is split into batches."""
    options = [
        "model.dropout=0",
        "training.precision=fp64",
        "training.max_steps=1",
        "training.optimizer=sgd",
        "text.case_marks=false",
    ]
    whole = run(place, "whole", *options, "training.batch_tokens=100000")
    [state] = [
        json.loads(path.read_text()) for path in (whole / "checkpoints").glob("*/state.json")
    ]
    assert (state["epoch"], state["batch"]) == (0, 1), "one batch should hold the epoch"
    from seq2seq.data.batches.plan import (
        plan_batches,  # number of batches that the epoch is split into
    )

    counts = [
        len(line.split("\t")[0].split()) for line in (place / "train.tsv").read_text().splitlines()
    ]
    lengths = torch.tensor(counts).numpy()
    batches = len(plan_batches(lengths, lengths, 40, 1, 0))
    assert batches > 2
    cut = run(place, "cut", *options, "training.batch_tokens=40", f"training.accumulate={batches}")
    a = last_weights(whole)
    b = last_weights(cut)
    assert max(float((a[name] - b[name]).abs().max()) for name in a) < 1e-12


@pytest.mark.parametrize(
    ("optimizer", "schedule"),
    [("adamw", "cosine"), ("rmsprop", "cosine"), *(("adam", name) for name in sorted(SCHEDULES))],
)
def test_it_learns(place: Path, optimizer: str, schedule: str) -> None:
    options = [
        f"training.optimizer={optimizer}",
        f"training.schedule={schedule}",
        "training.max_steps=40",
        "training.validate_every=10",
        "training.checkpoint_every=40",
        "training.warmup_steps=5",
    ]
    losses = [
        line["loss"]
        for line in metrics(run(place, "run", *options, "model.dropout=0"))
        if "loss" in line
    ]
    assert losses[-1] < 0.7 * losses[0]


def test_bf16_trains_to_about_the_same_losses(place: Path) -> None:
    options = ["training.max_steps=20", "training.validate_every=20", "model.dropout=0"]
    exact = [line["loss"] for line in metrics(run(place, "fp32", *options)) if "loss" in line]
    rough = run(place, "bf16", *options, "training.precision=bf16")
    assert [line["loss"] for line in metrics(rough) if "loss" in line] == pytest.approx(
        exact, rel=0.05
    )
    assert all(value.dtype == torch.float32 for value in last_weights(rough).values())


def test_a_run_directory_is_a_model_directory_with_the_best_weights(place: Path) -> None:
    directory = run(
        place, "run", "training.max_steps=40", "training.keep_best=2", "training.keep_last=3"
    )
    loaded = load_model(directory)
    scores = {line["step"]: line["dev_bleu"] for line in metrics(directory) if "dev_bleu" in line}
    best = max(scores, key=lambda step: (scores[step], step))
    kept = sorted(path.name for path in (directory / "best").glob("*.safetensors"))
    assert len(kept) == 2
    assert f"step-{best:08d}.safetensors" in kept
    top = (directory / "model.safetensors").read_bytes()
    assert top == (directory / "best" / f"step-{best:08d}.safetensors").read_bytes()
    assert len(list((directory / "checkpoints").iterdir())) == 3
    assert loaded.tokenizers.source.vocab_size > 4
    card = (directory / "README.md").read_text()
    assert f"{scores[best]:.2f}" in card


def test_patience_stops_early_and_a_finished_run_is_left_as_it_is(place: Path) -> None:
    options = ["training.max_steps=200", "training.learning_rate=1e-9", "training.patience=2"]
    directory = run(place, "run", *options)
    lines = metrics(directory)
    assert [line["step"] for line in lines if "dev_bleu" in line] == [5, 10, 15]
    before = (directory / "metrics.jsonl").read_bytes()
    run(place, "run", *options, resume=True)
    assert (directory / "metrics.jsonl").read_bytes() == before


def test_a_loss_that_is_not_finite_names_the_step_and_the_last_good_checkpoint(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from seq2seq.models.model import Seq2SeqModel

    real = Seq2SeqModel.loss
    calls = []

    def failing(self: Seq2SeqModel, *arguments: object) -> torch.Tensor:
        if self.training:
            calls.append(1)
        loss: torch.Tensor = real(self, *arguments)  # type: ignore[arg-type]
        return loss * float("nan") if len(calls) == 7 else loss

    monkeypatch.setattr(Seq2SeqModel, "loss", failing)
    with pytest.raises(
        TrainingError, match=r"nan at step 7; the last good checkpoint is .*step-00000004"
    ):
        run(place, "run")
    assert all(bool(value.isfinite().all()) for value in last_weights(place / "run").values())


def test_training_stops_after_max_minutes_and_continues_with_a_higher_limit(place: Path) -> None:
    endless = [
        "training.max_steps=1000000",
        "training.validate_every=7",
        "training.checkpoint_every=1000000",
    ]
    directory = run(place, "run", *endless, "training.max_minutes=0.02")
    lines = metrics(directory)
    reached = lines[-1]["step"]
    assert 7 < reached < 100_000
    assert "dev_bleu" in lines[-1]  # the last weights are validated and kept
    before = last_weights(directory)
    run(place, "run", *endless, "training.max_minutes=0.02", resume=True)
    assert all(torch.equal(value, before[name]) for name, value in last_weights(directory).items())
    run(place, "run", *endless, "training.max_minutes=0.04", resume=True)
    assert metrics(directory)[-1]["step"] > reached


def test_a_directory_with_a_run_is_refused_without_resume(trained: Path) -> None:
    with pytest.raises(TrainingError, match="--resume"):
        run(trained, "run")


def test_a_run_is_not_resumed_with_other_settings_or_other_data(own: Path) -> None:
    with pytest.raises(TrainingError, match=r"model\.dropout, training\.learning_rate"):
        run(own, "run", "model.dropout=0.5", "training.learning_rate=1", resume=True)
    with (own / "train.tsv").open("a") as file:
        file.write("gato gato\tcat cat\n")
    with pytest.raises(TrainingError, match="other data"):
        run(own, "run", resume=True)


def test_a_run_can_be_resumed_with_more_steps(own: Path) -> None:
    run(own, "run", "training.max_steps=20", resume=True)
    assert metrics(own / "run")[-1]["step"] == 20


@pytest.mark.parametrize("name", ["model.safetensors", "optimizer.safetensors", "state.json"])
def test_a_damaged_checkpoint_is_named(own: Path, name: str) -> None:
    [checkpoint] = (own / "run" / "checkpoints").iterdir()
    content = (checkpoint / name).read_bytes()
    (checkpoint / name).write_bytes(content[: len(content) // 2])
    with pytest.raises(CheckpointError, match=re.escape(name)):
        run(own, "run", "training.max_steps=20", resume=True)


def test_fp16_is_refused_on_a_cpu() -> None:
    with pytest.raises(ConfigError, match="fp16 needs a GPU"):
        resolve_precision("fp16", torch.device("cpu"))


def test_a_late_error_in_streamed_text_loses_no_step(place: Path) -> None:
    options = ["data.streaming=true", "data.block_pairs=5", "data.sample_pairs=15"]
    options.append("decoding.split_sentences=false")  # else training looks at the text first
    options += ["training.checkpoint_every=1000", "training.max_steps=30"]
    unbroken = run(place, "unbroken", *options)
    lines = (place / "train.tsv").read_text().splitlines(keepends=True)
    for part, content in (("a", lines[:15]), ("b", ["no tab here\n", *lines[15:]])):
        (place / f"{part}.tsv").write_text("".join(content))
    options.append(f"data.train=[{place / 'a.tsv'}, {place / 'b.tsv'}]")
    with pytest.raises(DataError, match=r"b\.tsv, line 1: 1 column where 2 are needed"):
        run(place, "broken", *options)
    [kept] = (place / "broken" / "checkpoints").glob("step-*")
    assert kept.name == "step-00000002"
    (place / "b.tsv").write_text("".join(lines[15:]))
    assert same(unbroken, run(place, "broken", *options, resume=True))


def test_partial_files_of_a_killed_run_are_removed(own: Path) -> None:
    left = [
        own / "run" / ".model.safetensors.tmp",
        own / "run" / "checkpoints" / ".step-00000013.tmp" / "state.json",
    ]
    for path in left:
        path.parent.mkdir(exist_ok=True)
        path.write_text("half")
    run(own, "run", "training.max_steps=20", resume=True)
    assert not any(path.exists() for path in left)


def test_a_moved_run_with_moved_data_is_resumed_and_its_configuration_updated(own: Path) -> None:
    run(own, "run", "training.max_steps=20", "decoding.beam=3", resume=True)
    config = load_model(own / "run").config
    assert (config.training.max_steps, config.decoding.beam) == (20, 3)
    assert config.data.train == str(own / "train.tsv")


def test_a_run_is_not_resumed_in_another_precision(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import seq2seq.training.trainer as module

    run(place, "run", "training.precision=auto")
    monkeypatch.setattr(module, "resolve_precision", lambda name, device: "fp8")
    with pytest.raises(TrainingError, match=r"not in fp8; add training\.precision="):
        run(place, "run", "training.precision=auto", "training.max_steps=20", resume=True)


def test_an_output_that_cannot_be_created_is_a_one_line_error(place: Path) -> None:
    with pytest.raises(StorageError, match=r"train\.tsv: cannot be written: File exists; choose"):
        run(place, "train.tsv")


def test_of_equal_scores_the_later_weights_are_the_best(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path, keep_best=2)
    model = build_model(ModelConfig(embedding_size=4, hidden_size=6), 11, 11)
    state = TrainingState()
    found = []
    for state.step, score in ((1, 0.0), (2, 0.0), (3, 5.0), (4, 0.0)):
        found.append(checkpoints.keep_if_best(model, state, score))
    assert found == [True, True, True, False]
    assert state.best == [(5.0, 3), (0.0, 4)]
