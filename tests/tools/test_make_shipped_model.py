"""Making the shipped models: the files, the model card and the errors."""

from __future__ import annotations

import gzip
import importlib.util
from pathlib import Path

import pytest
import torch

from seq2seq.data.corpus.corpus import Corpus
from seq2seq.errors import DataError
from seq2seq.evaluation.evaluate import evaluate
from seq2seq.model_directory.store import load_model
from tests.support import tiny_run as tiny

TOOL = Path(__file__).parents[2] / "tools" / "make_shipped_model.py"

spec = importlib.util.spec_from_file_location("make_shipped_model", TOOL)
assert spec is not None
assert spec.loader is not None
tool = importlib.util.module_from_spec(spec)
spec.loader.exec_module(tool)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a working directory with a tiny text in `data` and a configuration."""
    torch.set_num_threads(1)
    monkeypatch.chdir(tmp_path)
    tiny.write_text(tmp_path / "data")
    pairs = Corpus.load("data/train.tsv")
    Path("data/train.tsv.gz").write_bytes(gzip.compress(Path("data/train.tsv").read_bytes()))
    pairs.first(12).write("data/test.tsv")
    pairs.first(5).write("data/news.tsv")
    (tmp_path / "config.yaml").write_text(tiny.tiny_config(Path("elsewhere")).to_yaml())
    return tmp_path


def make(direction: str = "es-en", **options: object) -> None:
    tool.main(direction, data=Path("data"), output=Path("shipped"), **options)


def test_a_model_of_each_direction_is_trained_scored_and_put_in_place(place: Path) -> None:
    for direction, columns, said in (
        ("es-en", ("0", "1"), "# Spanish to English, short everyday sentences"),
        ("en-es", ("1", "0"), "# English to Spanish, short everyday sentences"),
    ):
        make(
            direction,
            config=Path("config.yaml"),
            settings=["training.max_steps=4"],
            elsewhere=[Path("data/news.tsv")],
        )
        model = load_model(place / "shipped" / direction)
        assert model.quantized
        assert (str(model.config.data.source), str(model.config.data.target)) == columns
        assert (
            "gato" in model.tokenizers.source.pieces(range(model.tokenizers.source.vocab_size))
        ) == (direction == "es-en")
        card = (place / "shipped" / direction / "README.md").read_text()
        assert card.startswith(said)
        assert f"{len(Corpus.load('data/train.tsv')):,} sentence pairs (data/train.tsv.gz)" in card
        for name, count in (("test.tsv", 12), ("news.tsv", 5)):
            report = evaluate(
                f"shipped/{direction}", f"data/{name}", source=columns[0], target=columns[1]
            )
            scores = " | ".join(
                f"{row.value} ({row.interval})" for row in report.sets[0].score_rows
            )
            assert f"| {name} | {count} | {scores} |" in card
            assert f"dtype {report.sets[0].decoding['dtype']}" in card
            assert all(f"`{score.signature}`" in card for score in report.sets[0].scores)
    assert sorted(path.name for path in (place / "shipped").iterdir()) == ["en-es", "es-en"]


@pytest.mark.parametrize(
    ("start", "said"),
    [
        (None, ""),
        ("runs/first", ", starting from the\nmodel in runs/first, which must exist"),
        (
            tool.SHIPPED / "en-es",
            f", starting from the\nmodel that was in {tool.SHIPPED / 'en-es'} before",
        ),
    ],
)
def test_the_card_names_the_model_it_started_from(start: Path | str | None, said: str) -> None:
    config = tiny.tiny_config(Path("data"), *([f"training.init_from={start}"] if start else []))
    assert tool._initial_model(config, "en-es") == said


def test_a_trained_run_replaces_the_old_model_unless_it_is_too_large(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for seed in (1, 2):
        config = tiny.tiny_config(Path("data"), "training.max_steps=4", f"training.seed={seed}")
        tool.train(config, output=f"runs/{seed}", cpu=True)
    weights = place / "shipped" / "es-en" / "model.safetensors"
    weights.parent.mkdir(parents=True)
    (weights.parent / "old").touch()
    make(run=Path("runs/1"))
    first = weights.read_bytes()
    assert not (weights.parent / "old").exists()
    monkeypatch.setattr(tool, "MAX_BYTES", 2000)
    with pytest.raises(DataError, match="exceed 2,000"):
        make(run=Path("runs/2"))
    assert weights.read_bytes() == first
    monkeypatch.setattr(tool, "MAX_BYTES", 30_000)
    make(run=Path("runs/2"))
    assert weights.read_bytes() != first


def test_unusable_arguments_and_absolute_paths_are_refused(place: Path) -> None:
    with pytest.raises(DataError, match="--config of a training, or the --run"):
        make()
    with pytest.raises(DataError, match="choose one of es-en, en-es"):
        make("es-fr", run=Path("runs/x"))
    tool.train(
        tiny.tiny_config(place / "data", "training.max_steps=4"), output=place / "run", cpu=True
    )
    with pytest.raises(DataError, match="exists on this machine only"):
        make(run=place / "run")
    assert not (place / "shipped").exists()
