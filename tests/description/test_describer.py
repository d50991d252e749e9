"""Describers: exact resume, the state from a vector, search, scores, commands, refused settings."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from seq2seq import Classifier, ConfigError, DataError, Describer, Translator, average, report
from seq2seq.cli.app import app
from seq2seq.config.config import Config
from seq2seq.config.settings import ModelConfig
from seq2seq.data.batches.described import DescribedStream, DescribedVectors
from seq2seq.data.ragged import RaggedIds
from seq2seq.data.tokenizers.vocabulary import EOS
from seq2seq.description.scores import description_scores
from seq2seq.errors import CheckpointError
from seq2seq.model_directory.names import WEIGHTS
from seq2seq.models.cells import CELLS
from seq2seq.models.describer import FARTHEST, build_describer
from seq2seq.runtime.ranks import Ranks
from seq2seq.training.check import check
from tests.support.interrupted import interrupt
from tests.support.tiny_describer import ROWS, describer_config, train_describer, write_rows
from tests.support.tiny_run import last_weights, metrics

VECTORS = [row["vector"] for row in ROWS[:6]]
TEXTS = [row["text"] for row in ROWS[:6]]


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    write_rows(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "options",
    [
        ["training.ema=0.9", "training.accumulate=2"],
        ["model.cell=lstm", "model.decoder_layers=2", "model.vector_layers=[]"],
        ["model.weight_norm=true", "training.batch_sentences=4", "model.vector_layers=[9, 7]"],
    ],
)
def test_a_run_interrupted_anywhere_and_resumed_ends_like_an_uninterrupted_one(
    place: Path, monkeypatch: pytest.MonkeyPatch, options: list[str]
) -> None:
    unbroken = train_describer(place, "unbroken", *options)
    interrupt(monkeypatch, lambda: train_describer(place, "broken", *options, resume=True))
    broken = train_describer(place, "broken", *options, resume=True)
    ours = last_weights(unbroken)
    theirs = last_weights(broken)
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)
    assert metrics(unbroken) == metrics(broken)


def test_vectors_of_parquet_train_like_those_of_json(place: Path) -> None:
    ours = last_weights(train_describer(place, "json"))
    theirs = last_weights(train_describer(place, "parquet", suffix="parquet"))
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def known(sizes: tuple[int, ...] = (2, 4, 1)) -> DescribedVectors:
    """Return vectors of 3 numbers with texts of given sizes."""
    generator = np.random.default_rng(1)
    ids = [generator.integers(4, 12, size).tolist() for size in sizes]
    vectors = generator.normal(size=(len(sizes), 3)).astype(np.float32)
    return DescribedVectors(vectors, RaggedIds(ids))


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("cell", sorted(CELLS))
def test_the_loss_is_that_of_single_steps_and_rows(cell: str, layers: int) -> None:
    config = ModelConfig(
        cell=cell,
        embedding_size=6,
        hidden_size=8,
        decoder_layers=layers,
        vector_layers=[5],
        weight_tying="two-way",
        bidirectional=False,
    )
    torch.manual_seed(2)
    network = build_describer(config, 12, 3).eval().double()
    data = known()
    batch = data.batch(np.arange(3), 6)
    total = 0.0
    for vector, inputs, outputs in zip(batch.vectors, batch.inputs, batch.outputs, strict=True):
        state = network.start(vector.unsqueeze(0))
        for token, following in zip(inputs.tolist(), outputs.tolist(), strict=True):
            if following == 0:
                break
            logits, state = network.step(torch.tensor([token]), state)
            total -= float(logits.log_softmax(-1)[0, following].detach())
            if following == EOS:
                break
    assert float(network.loss(batch).detach()) == pytest.approx(total, rel=1e-9)
    empty = network.loss(data.batch(np.arange(0), 4))
    assert float(empty.detach()) == 0
    empty.backward()


@pytest.mark.parametrize("cell", sorted(CELLS))
def test_every_part_of_the_state_comes_from_the_vector(cell: str) -> None:
    network = build_describer(ModelConfig(cell=cell, hidden_size=8, decoder_layers=2), 12, 3)
    states = network.start(torch.tensor([[1.0, 2, 3], [-1, 0, 1]]))
    for layer in states.layers:
        for part in layer:
            assert part.shape == (2, 8)
            assert (part[0] != part[1]).any()


def test_units_and_zeros_of_the_numbers_do_not_matter() -> None:
    network = build_describer(ModelConfig(hidden_size=8, vector_layers=[5]), 12, 3).eval()
    generator = torch.Generator().manual_seed(3)
    vectors = torch.randn(40, 3, generator=generator, dtype=torch.float64)
    vectors[:, 2] = 7  # a number that never changes
    network = network.double()
    network.standardize_by(vectors)
    [[before]] = network.start(vectors).layers
    other = vectors * torch.tensor([100.0, 0.01, 1]) + torch.tensor([5.0, -3, 0])
    network.standardize_by(other)
    [[after]] = network.start(other).layers
    assert torch.allclose(before, after, atol=1e-9)
    far = vectors[:1].clone()
    states = []
    for distance in (2 * FARTHEST, 1e30):
        far[0, 0] = other[:, 0].mean() + distance * other[:, 0].std(correction=0)
        states.append(network.start(far).layers[0][0])
    assert torch.equal(*states)


def test_a_stream_continues_where_it_was_left_and_ranks_share_it() -> None:
    data = known((3, 1, 4, 1, 5, 2, 6))
    stream = DescribedStream(data, batch_tokens=16)
    expected = [next(stream) for _ in range(9)]
    again = DescribedStream(data, batch_tokens=16)
    for _ in range(4):
        next(again)
    resumed = DescribedStream(data, batch_tokens=16)
    resumed.seek(again.position)
    for one in expected[4:]:
        other = next(resumed)
        assert one.tokens == other.tokens
        assert torch.equal(one.batch.vectors, other.batch.vectors)
        assert torch.equal(one.batch.outputs, other.batch.outputs)
    shares = [DescribedStream(data, batch_tokens=16, ranks=Ranks(rank, 2, rank)) for rank in (0, 1)]
    for one in expected:
        parts = [next(share) for share in shares]
        assert {part.tokens for part in parts} == {one.tokens}
        assert sum(int((part.batch.outputs > 0).sum()) for part in parts) == one.tokens


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with a trained describer in `run`, and its data."""
    torch.set_num_threads(1)
    place = tmp_path_factory.mktemp("describer")
    write_rows(place)
    sizes = ["model.hidden_size=24", "model.vector_layers=[24]", "model.dropout=0"]
    steps = ["training.max_steps=100", "training.validate_every=50", "training.batch_tokens=150"]
    rest = ["training.learning_rate=0.03", "training.label_smoothing=0", "training.log_every=50"]
    train_describer(place, "run", *sizes, *steps, *rest)
    return place


def test_it_learns_and_says_so(directory: Path) -> None:
    describer = Describer.from_pretrained(directory / "run", verify=True)
    assert describer.vector_size == 3
    assert [one.text for one in describer.describe(VECTORS)] == TEXTS
    scores = describer.score_file(directory / "dev.parquet")
    assert (scores.texts, scores.exact) == (6, 100)
    assert scores.bleu.value == pytest.approx(100)
    assert scores.chrf.value == pytest.approx(100)
    [training] = report([directory / "run"]).trainings
    assert training.metric == "dev_chrf"
    assert training.best == (100, pytest.approx(100))
    assert not {"BLEU", "accuracy", "word"} & set(" ".join(training.missing).split())
    last = metrics(directory / "run")[-1]
    assert last["dev_exact"] == 100
    assert 1 <= last["dev_perplexity"] < 1.5
    card = (directory / "run" / "README.md").read_text(encoding="utf-8")
    assert "100.00 at step 100" in card
    assert "seq2seq describe" in card


def test_a_text_depends_only_on_its_vector(directory: Path) -> None:
    describer = Describer.from_pretrained(directory / "run")
    for settings in ({"nbest": 3}, {"strategy": "greedy"}, {"strategy": "sampling", "seed": 4}):
        together = describer.describe(VECTORS * 50, **settings)
        for vector, found in zip(VECTORS, together, strict=False):
            [alone] = describer.describe([vector], **settings)
            assert alone.text == found.text
            assert alone.score == pytest.approx(found.score, abs=1e-5)
    assert describer.describe([]) == []
    greedy = describer.describe(VECTORS, strategy="greedy")
    beam = describer.describe(VECTORS, beam=1)
    assert [one.text for one in greedy] == [one.text for one in beam]


def test_an_nbest_list_is_sorted_and_has_log_probabilities(directory: Path) -> None:
    describer = Describer.from_pretrained(directory / "run")
    for found in describer.describe(VECTORS, nbest=4):
        scores = [one.score for one in found.alternatives]
        assert len(scores) == 4 == len({one.text for one in found.alternatives})
        assert scores == sorted(scores, reverse=True)
        assert found.score == scores[0]
        assert sum(math.exp(one.log_probability) for one in found.alternatives) < 1 + 1e-6
    [short] = describer.describe(VECTORS[:1], max_length=2)
    assert len(short.text.split()) <= 2
    assert "red" not in describer.describe(VECTORS[:1], forbidden=["red"])[0].text


@pytest.mark.parametrize(
    ("vectors", "message"),
    [
        ([[1.0, 2.0]], r"shape \(1, 2\) do not fit"),
        ([1.0, 2.0, 3.0], r"shape \(3,\) do not fit"),
        ([[1.0, 2.0, 3.0], [1.0]], "all of the same length"),
        ([["a", "b", "c"]], "must be lists of numbers"),
        ([[1.0, 2.0, float("nan")]], "vector 0 holds a number that is not finite"),
        ([[0, 0, 0], [1e300, 0, 0]], "vector 1 holds a number that is not finite"),
        ([[10**400, 0, 0]], "must be lists of numbers"),
    ],
)
def test_vectors_that_do_not_fit_are_refused(
    directory: Path, vectors: list[list[float]], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        Describer.from_pretrained(directory / "run").describe(vectors)


@pytest.mark.parametrize(
    "setting",
    [
        "decoding.mbr=4",
        "decoding.max_length_ratio=2",
        "model.attention=none",
        "model.pooling=last",
        "training.truncate_after=3",
        "data.source_language=es",
        "data.max_characters=9",
    ],
)
def test_a_setting_that_only_another_task_reads_is_refused(place: Path, setting: str) -> None:
    with pytest.raises(ConfigError, match="task description does not read it"):
        describer_config(place, setting)


def test_other_tasks_refuse_its_settings_and_models(directory: Path, place: Path) -> None:
    data = {"train": "a", "dev": "b"}
    for task in ("translation", "language-model", "classification"):
        with pytest.raises(ConfigError, match=r"vector_layers: task .* does not read it"):
            Config.from_dict({"task": task, "data": data, "model": {"vector_layers": [4]}})
    with pytest.raises(ConfigError, match="must be none or two-way with task description"):
        describer_config(place, "model.weight_tying=three-way")
    for other in (Translator, Classifier):
        with pytest.raises(ConfigError, match="use `seq2seq describe`"):
            other.from_pretrained(directory / "run")
    with pytest.raises(ConfigError, match=r"decoding\.mbr: task description does not read it"):
        Describer.from_pretrained(directory / "run").describe(VECTORS, mbr=3)


def test_a_saved_configuration_and_a_check_work(place: Path) -> None:
    config = describer_config(place)
    (place / "saved.yaml").write_text(config.to_yaml(), encoding="utf-8")
    assert Config.load(place / "saved.yaml") == config
    found = check(config, output=place / "run", cpu=True).summary()
    assert "18 training vectors of 3 numbers, 6 dev vectors" in found


def test_a_run_can_start_from_another_one_and_weights_be_averaged(place: Path) -> None:
    first = train_describer(place, "first", "training.keep_best=2")
    second = train_describer(
        place, "second", f"training.init_from={first}", "training.init=continue",
        "training.max_steps=16",
    )  # fmt: skip
    assert [line["step"] for line in metrics(second) if "loss" in line] == [14, 16]
    average(first, output=place / "averaged", best=True)
    assert len(Describer.from_pretrained(place / "averaged").describe(VECTORS)) == 6
    wider = [{**row, "vector": [*row["vector"], 1]} for row in ROWS]
    for name in ("train", "dev"):
        lines = "".join(f"{json.dumps(row)}\n" for row in wider)
        (place / f"{name}.jsonl").write_text(lines, encoding="utf-8")
    with pytest.raises(CheckpointError, match="shape"):
        train_describer(place, "third", f"training.init_from={first}")


def test_texts_longer_than_the_limit_are_not_trained_on(place: Path) -> None:
    with pytest.raises(DataError, match=r"raise data\.max_tokens"):
        train_describer(place, "run", "data.max_tokens=2")


def test_damaged_weights_are_refused(directory: Path, tmp_path: Path) -> None:
    for file in (directory / "run").iterdir():
        if file.is_file() and file.name != WEIGHTS:
            (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / WEIGHTS).write_bytes((directory / "run" / WEIGHTS).read_bytes()[:-9])
    with pytest.raises(CheckpointError, match="safetensors"):
        Describer.from_pretrained(tmp_path)


def test_scores_are_exact_up_to_form_and_outer_space() -> None:
    found = description_scores(["cafe\u0301 ", "a b"], ["caf\u00e9", "a c"])
    assert found.exact == 50
    assert "exact 50.00 %" in found.to_markdown()


def run(*arguments: object, code: int = 0) -> str:
    result = CliRunner().invoke(app, list(map(str, arguments)))
    assert result.exit_code == code, result.output
    return result.stdout


def test_the_command_describes_and_scores(directory: Path) -> None:
    model = directory / "run"
    for suffix in ("jsonl", "parquet"):
        file = directory / f"dev.{suffix}"
        assert run("describe", "--model", model, file).splitlines() == TEXTS
        assert "exact 100.00 %" in run("describe", "--model", model, "--data", file)
    lines = run("describe", "--model", model, "--nbest", 2, file).splitlines()
    assert [line.split(" ||| ")[0] for line in lines] == [str(row // 2) for row in range(12)]
    assert lines[0].startswith(f"0 ||| {TEXTS[0]} ||| -")
    records = list(map(json.loads, run("describe", "--model", model, "--json", file).splitlines()))
    assert [one["row"] for one in records] == list(range(6))
    assert [one["descriptions"][0]["text"] for one in records] == TEXTS


def test_the_command_reads_vectors_without_texts(directory: Path, tmp_path: Path) -> None:
    file = tmp_path / "vectors.jsonl"
    file.write_text("".join(f'{{"vector": {one}}}\n' for one in VECTORS), encoding="utf-8")
    assert run("describe", "--model", directory / "run", file).splitlines() == TEXTS


def test_the_command_refuses_what_is_ambiguous(directory: Path) -> None:
    for files in ([], [directory / "dev.jsonl", "--data", directory / "dev.jsonl"]):
        result = CliRunner().invoke(app, ["describe", "--model", "x", *map(str, files)])
        assert isinstance(result.exception, ConfigError)
