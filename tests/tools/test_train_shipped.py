"""Training of the shipped models: its text, its parts, the packed text, and what is installed."""

from __future__ import annotations

import gzip
import importlib
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest
import torch
from huggingface_hub import ModelCard

from seq2seq import DataError, Translator, evaluate
from seq2seq.data.batches.epoch_text import Part, encode_part
from seq2seq.data.ragged import RaggedIds
from seq2seq.data.tokenizers.pair import TokenizerPair
from seq2seq.model_directory.card_sources import sources_in
from seq2seq.model_directory.description import load_config
from seq2seq.model_directory.store import load_model
from tests.support import tiny_run as tiny

ROOT = Path(__file__).parents[2]
SETTINGS = [
    *["tokenizer.vocab_size=330", "model.embedding_size=8", "model.hidden_size=8"],
    *["training.batch_tokens=200", "training.validate_every=5", "training.precision=fp32"],
    *["training.log_every=1", "decoding.max_length_extra=2"],
]
SOURCES = """\
name\tweight\tlicense\tpermissive\torigin
tatoeba\t2\tCC BY 2.0\tyes\ttatoeba.org
stories\t0.5\tGPL-2\tno\ta game
"""


@dataclass(frozen=True)
class Tool:
    """The tool, and the options that name its folders."""

    shipped: ModuleType
    text: ModuleType
    install: ModuleType
    data: dict[str, Path]
    folder: Path

    def run(self, command: str, direction: str = "es-en", **options: object) -> None:
        data = self.data if command in ("text", "scores", "ship") else {}
        getattr(self.shipped, command)(direction, folder=self.folder, **data, **options)

    @property
    def place(self) -> Path:
        return self.folder / "es-en"


@pytest.fixture
def tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tool:
    torch.set_num_threads(1)
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        shipped = importlib.import_module("train_shipped")
        text = importlib.import_module("shipped_text")
        install = importlib.import_module("shipped_install")
    finally:
        sys.path.remove(str(ROOT / "tools"))
    (tmp_path / "sources.tsv").write_text(SOURCES, encoding="utf-8")
    monkeypatch.setattr(text, "SOURCES", tmp_path / "sources.tsv")
    monkeypatch.setattr(
        text, "DEV_LINES", {"tatoeba": 4, "ted-tst2013": 2, "newstest2012": 2, "flores-dev": 1}
    )
    data = {name: tmp_path / name for name in ("general", "tatoeba", "elsewhere")}
    tiny.write_text(data["tatoeba"])
    train = (data["tatoeba"] / "train.tsv").read_bytes()
    (data["tatoeba"] / "train.tsv.gz").write_bytes(gzip.compress(train))
    (data["tatoeba"] / "test.tsv").write_bytes(train[:200].rpartition(b"\n")[0] + b"\n")
    data["general"].mkdir()
    (data["general"] / "stories.tsv.gz").write_bytes(gzip.compress(b"hola\thello\nsol\tsun\n" * 3))
    data["elsewhere"].mkdir()
    for name in ("ted-tst2013", "newstest2012", "flores-dev"):
        lines = "".join(f"{name} rojo {n}\t{name} red {n}\n" for n in range(6))
        (data["elsewhere"] / f"{name}.tsv").write_text(lines, encoding="utf-8")
    return Tool(shipped, text, install, data, tmp_path / "runs")


def unpacked(path: Path) -> list[str]:
    return gzip.decompress(path.read_bytes()).decode().splitlines()


def test_the_text_has_each_source_as_often_as_its_weight_says(tool: Tool) -> None:
    tool.run("text")
    lines = unpacked(tool.place / "train.tsv.gz")
    train = (tool.data["tatoeba"] / "train.tsv").read_text(encoding="utf-8").splitlines()
    assert sorted(set(lines)) == sorted({*train, "hola\thello", "sol\tsun"})
    assert all(lines.count(line) == 2 for line in train)
    assert lines.count("hola\thello") + lines.count("sol\tsun") == 3
    table = tool.text.read_table(tool.place)
    assert [(one.name, one.pairs, one.weight) for one in table] == [
        ("tatoeba", len(train), 2),
        ("stories", 6, 0.5),
    ]
    tool.run("text", "en-es", sources="permissive")
    turned = unpacked(tool.folder / "en-es" / "train.tsv.gz")
    assert set(turned) == {"\t".join(line.split("\t")[::-1]) for line in train}


def test_dev_text_is_of_the_first_halves_and_the_final_text_of_the_second(tool: Tool) -> None:
    tool.run("text")
    dev = (tool.place / "dev.tsv").read_text(encoding="utf-8")
    folders = tool.text.Folders(**tool.data)
    final = [pair for name in tool.text.DEV_LINES for pair in tool.text.final_pairs(name, folders)]
    assert all(f"ted-tst2013 rojo {n}" not in dev for n in (3, 4, 5))
    assert {source for source, _ in final if source.startswith("ted")} == {
        f"ted-tst2013 rojo {n}" for n in (3, 4, 5)
    }


def test_short_phrases_of_the_sets_are_trained_on_and_not_scored(
    tool: Tool, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = [("Adiós.", "Goodbye."), ("Nos vemos en la plaza.", "See you in the square.")]
    monkeypatch.setattr(tool.text, "read_phrase_book", lambda _direction, _topics=(): book)
    lines = f"phrase-book\t1\tApache-2.0\tyes\ttools\n{SOURCES.partition(chr(10))[2]}"
    tool.text.SOURCES.write_text(SOURCES.partition("\n")[0] + f"\n{lines}", encoding="utf-8")
    test = tool.data["tatoeba"] / "test.tsv"
    added = "¡Adiós!\tBye!\nNos vemos en la plaza\tSee you\nVete.\tGoodbye!\n"
    test.write_text(test.read_text(encoding="utf-8") + added, encoding="utf-8")
    tool.run("text")
    trained = unpacked(tool.place / "train.tsv.gz")
    assert {"Adiós.\tGoodbye.", "Adiós\tGoodbye", "adiós\tgoodbye"} <= set(trained)
    assert not any("plaza" in line for line in trained)
    scored = tool.text.final_pairs("tatoeba", tool.text.Folders(**tool.data))
    sources = [source for source, _ in scored]
    assert "Nos vemos en la plaza" in sources
    assert "¡Adiós!" not in sources
    assert "Vete." not in sources


def test_a_model_is_trained_in_parts_finished_scored_and_installed(
    tool: Tool, capsys: pytest.CaptureFixture[str]
) -> None:
    tool.run("text")
    parts = [tool.place / f"part-{number}" for number in (1, 2, 3)]
    tool.run("train_part", settings=[*SETTINGS, "training.max_steps=6"])
    tool.run("train_part", settings=[*SETTINGS, "training.max_steps=11"])
    steps = [line["step"] for line in tiny.metrics(parts[1])]
    assert (steps[0], steps[-1]) == (7, 11)
    tool.run("finish", steps=4, settings=SETTINGS)
    assert tiny.metrics(parts[2])[-1]["step"] == 4
    assert [load_config(part).training.seed for part in parts] == [1, 2, 3]

    capsys.readouterr()
    tool.run("scores", every=2)
    assert capsys.readouterr().out.count("BLEU") == 4

    output = tool.folder / "models"
    tool.run("ship", output=output)
    assert "first halves" in (output / "es-en" / "README.md").read_text(encoding="utf-8")
    tool.run("ship", output=output, final=True)
    model = output / "es-en"
    assert load_model(model).quantized
    assert Translator.from_pretrained(model).translate("rojo gato").text
    card = (model / "README.md").read_text(encoding="utf-8")
    read = ModelCard.load(model / "README.md")
    assert str(read) == card
    assert (read.data.language, read.data.license) == (["es", "en"], "other")
    assert read.data.metrics == ["bleu", "chrf", "ter"]
    assert read.text.strip().startswith("# Spanish to English, ")
    assert sources_in(card).startswith("## Training data")
    pairs = tool.text.read_table(tool.place)[0].pairs
    assert f"| tatoeba | {pairs} | 2 | CC BY 2.0 | tatoeba.org |" in card
    assert "15 steps in 3 parts" in card
    report = evaluate(model, str(tool.data["tatoeba"] / "test.tsv"), source="0", target="1")
    row = " | ".join(f"{row.value} ({row.interval})" for row in report.sets[0].score_rows)
    assert f"| tatoeba | {len(report.sets[0].sentences)} | {row} |" in card
    config = (model / "config.yaml").read_text(encoding="utf-8")
    assert "train: runs/shipped/es-en/train.tsv.gz" in config
    assert str(tool.folder) not in card + config


def test_the_mean_of_the_last_parts_is_shipped(tool: Tool) -> None:
    tool.run("text")
    for steps in (3, 6):
        tool.run("train_part", settings=[*SETTINGS, f"training.max_steps={steps}"])
    parts = [tool.place / f"part-{number}" for number in (1, 2)]
    mean = tool.install._average(parts, 2, tool.folder / "mean")
    one, two, both = (load_model(path).model.state_dict() for path in (*parts, mean))
    assert any(not torch.equal(one[name], two[name]) for name in one)
    assert all(torch.allclose((one[name] + two[name]) / 2, both[name], atol=1e-7) for name in one)
    output = tool.folder / "models"
    tool.run("ship", output=output, averaged=2)
    card = (output / "es-en" / "README.md").read_text(encoding="utf-8")
    assert "mean weights of the last 2 parts" in card
    with pytest.raises(DataError, match="has 2 of 3 parts to average"):
        tool.run("ship", output=output, averaged=3)


def test_a_stopped_part_is_resumed_and_the_next_begins_after_it(tool: Tool) -> None:
    tool.run("text")
    first = tool.place / "part-1"
    tool.run("train_part", settings=[*SETTINGS, "training.max_steps=4"])
    (first / "done").unlink()
    tool.run("train_part", settings=[*SETTINGS, "training.max_steps=6"])
    assert [line["step"] for line in tiny.metrics(first) if "loss" in line] == [*range(1, 7)]
    assert not (tool.place / "part-2").exists()


def test_a_shipped_model_starts_a_training_elsewhere(tool: Tool) -> None:
    tool.run("text")
    tool.run("train_part", settings=[*SETTINGS, "training.max_steps=4"])
    model = tool.folder / "models" / "es-en"
    tool.run("ship", output=model.parent)
    (tool.place / "part-1").rename(tool.folder / "lost")
    tool.run("train_part", start=model, settings=[*SETTINGS, "training.max_steps=2"])
    assert load_config(tool.place / "part-1").training.init_from == str(model)


def test_the_text_is_packed_and_training_unpacks_it(
    tool: Tool, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(DataError, match="write it with the command text"):
        tool.run("pack_text")
    tool.run("text")
    text = tool.place / "train.tsv.gz"
    before = unpacked(text)
    tool.run("pack_text")
    text.unlink()
    tool.run("train_part", settings=[*SETTINGS, "training.max_steps=1"])
    assert unpacked(text) == before
    monkeypatch.setattr(sys.modules["shipped_pack"], "MAX_PACK", 10)
    with pytest.raises(DataError, match="the limit is 10"):
        tool.run("pack_text")


def test_the_large_model_trains_with_its_own_configuration(tool: Tool) -> None:
    tool.run("text")
    large = ROOT / "tools" / "shipped_large.yaml"
    small = [setting for setting in SETTINGS if "precision" not in setting]
    tool.run("train_part", config=large, settings=[*small, "training.max_steps=2"])
    model = load_model(tool.place / "part-1")
    assert (model.config.model.encoder_layers, model.config.training.precision) == (2, "bf16")
    assert json.loads((tool.place / "part-1" / "metrics.jsonl").read_text().splitlines()[0])


def test_a_part_on_a_gpu_goes_on_from_the_last_one_and_is_gone_on_from(tool: Tool) -> None:
    tool.run("text")
    first, second, third = (tool.place / f"part-{number}" for number in (1, 2, 3))
    quick = ["training.max_steps=4", "training.warmup_steps=3", "training.learning_rate=0.01"]
    tool.run("train_part", settings=[*SETTINGS, *quick])
    config = load_config(first)
    gpu = importlib.import_module("shipped_gpu")
    text = tool.place / "train.tsv.gz"
    steps = gpu.train_on_gpu(
        config, text, start=first, output=second, minutes=0.05, workers=2, device="cpu"
    )
    (second / "done").touch()
    lines = tiny.metrics(second)
    assert [line["step"] for line in lines] == [*range(1, steps + 1)]
    rates = [line["learning_rate"] for line in lines]
    assert rates[0] < rates[1] < rates[2]
    assert rates[2:] == sorted(rates[2:], reverse=True)
    assert rates[-1] < 0.002
    assert min(line["loss"] for line in lines[1:]) < lines[0]["loss"]
    assert not (second / "ids").exists()
    assert load_model(second).config == config
    tool.run("train_part", settings=[*SETTINGS, "training.max_steps=3"])
    assert load_config(third).training.init_from == str(second)
    assert [line["step"] for line in tiny.metrics(third) if "loss" in line] == [1, 2, 3]
    summary = sys.modules["shipped_card"].training_summary([first, second, third])
    assert (summary.parts, summary.steps, summary.gpu) == (3, 4 + steps + 3, "cpu")
    assert 0 < summary.gpu_seconds < 4
    config_file = first / "config.yaml"
    from_shipped = config_file.read_text().replace("init_from: null", "init_from: es-en")
    config_file.write_text(from_shipped)
    longer = sys.modules["shipped_card"].training_summary([first, second, third])
    assert longer.parts > summary.parts
    assert longer.steps > summary.steps
    assert longer.seconds > summary.seconds + 3600


def test_each_epoch_on_a_gpu_has_every_pair_once(tool: Tool) -> None:
    tool.run("text")
    tool.run("train_part", settings=[*SETTINGS, "training.max_steps=1"])
    start = tool.place / "part-1"
    gpu = importlib.import_module("shipped_gpu")
    config = load_config(start)
    config.data.augment.clear()
    tokenizers = TokenizerPair.load(start)
    text = tool.place / "train.tsv.gz"
    sources, targets = zip(*(line.split("\t") for line in unpacked(text)), strict=True)
    expected = rows(*encode_part(Part(sources, targets), tokenizers))
    with gpu._feeding(config, text, tokenizers, tool.folder / "ids", 3) as ids:
        for epoch in range(3):
            assert rows(*ids.read(epoch)) == expected, epoch


def rows(source: RaggedIds, target: RaggedIds) -> list[list[list[int]]]:
    """The pairs of ids, sorted."""
    return sorted(
        [side.ids[side.offsets[row] : side.offsets[row + 1]].tolist() for side in (source, target)]
        for row in range(len(source))
    )


def test_a_network_of_another_size_takes_only_the_tokenizers(tool: Tool) -> None:
    tool.run("text")
    tool.run("train_part", settings=[*SETTINGS, "training.max_steps=1"])
    start = tool.place / "part-1"
    config = load_config(start)
    model = config.model.model_copy(update={"hidden_size": 12})
    larger = config.model_copy(update={"model": model})
    gpu = importlib.import_module("shipped_gpu")
    text = tool.place / "train.tsv.gz"
    output = tool.folder / "larger"
    gpu.train_on_gpu(
        larger, text, start=start, output=output, minutes=0.01, workers=1, device="cpu"
    )
    assert load_model(output).config.model.hidden_size == 12
    nothing = config.model_copy(update={"data": config.data.model_copy(update={"max_tokens": 0})})
    with pytest.raises(DataError, match=r"holds no pair of at most data\.max_tokens subwords$"):
        gpu.train_on_gpu(
            nothing, text, start=start, output=output, minutes=1, workers=1, device="cpu"
        )
    text.write_bytes(b"damaged")
    with pytest.raises(DataError, match="a process that prepares the text has failed"):
        gpu.train_on_gpu(
            larger, text, start=start, output=output, minutes=1, workers=1, device="cpu"
        )


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there_is_a_clear_error(tool: Tool) -> None:
    with pytest.raises(DataError, match=r"no part yet, so --start must name a model$"):
        tool.run("train_part", device="cuda")
    tool.run("text")
    tool.run("train_part", settings=[*SETTINGS, "training.max_steps=1"])
    with pytest.raises(DataError, match=r"^--device cuda: PyTorch finds no GPU here$"):
        tool.run("train_part", device="cuda")


def test_a_model_over_its_limit_is_not_installed(
    tool: Tool, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool.run("text")
    tool.run("train_part", settings=[*SETTINGS, "training.max_steps=2"])
    output = tool.folder / "models"
    (output / "es-en").mkdir(parents=True)
    (output / "es-en" / "old").touch()
    monkeypatch.setitem(tool.install.MAX_BYTES, "es-en", 1000)
    with pytest.raises(DataError, match=r"^es-en: .* bytes; the limit is 1,000$"):
        tool.run("ship", output=output)
    assert (output / "es-en" / "old").exists()


def test_mistakes_are_said_in_one_line(tool: Tool) -> None:
    with pytest.raises(DataError, match=r"^es-fr: no such direction; choose es-en or en-es$"):
        tool.run("text", "es-fr")
    with pytest.raises(DataError, match="choose all or permissive"):
        tool.run("text", sources="some")
    for command in ("finish", "ship"):
        with pytest.raises(DataError, match="no part"):
            tool.run(command)


@pytest.mark.parametrize("count", [0, 1, 499, 500, 501, 999, 1000, 7669])
def test_pairs_are_either_trained_on_or_held_out(tool: Tool, count: int) -> None:
    pairs = [(f"es {number}", f"en {number}") for number in range(count)]
    kept, held_out = tool.text.split_adapted(pairs)
    assert sorted(kept + held_out) == sorted(pairs)
    assert len(held_out) == min(count, 500)


def test_the_pairs_held_out_for_adaptation_are_not_in_the_text(
    tool: Tool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tool.text, "ADAPTED", "stories")
    monkeypatch.setattr(tool.text, "HELD_OUT", 2)
    tool.run("text")
    table = tool.text.read_table(tool.place)
    assert {one.name: one.pairs for one in table}["stories"] == 4
