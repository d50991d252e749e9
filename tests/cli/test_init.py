"""The command `seq2seq init`: a configuration that trains, for each kind of data."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from seq2seq.config.config import Config
from seq2seq.data.corpus.directions import dev_pairs, directions_of
from seq2seq.errors import DataError
from seq2seq.model_directory import shipped_models
from seq2seq.training.find_columns import dev_beside, find_columns
from seq2seq.training.first_config import TINY
from seq2seq.training.run import train as train_run
from tests.support.commands import Command

Pairs = Sequence[tuple[str, str]]

SPANISH = [
    (f"La casa número {n} es {color}, y el perro vive allí.", f"House {n} is {english}, I think.")
    for n in range(30)
    for color, english in (("roja", "red"), ("verde", "green"), ("azul", "blue"))
]
JAPANESE = [
    (f"The {thing} costs {n} yen today.", f"今日、この{word}は{n}円です。")
    for n in range(30)
    for thing, word in (("apple", "りんご"), ("book", "本"), ("car", "車"))
]


def tsv(place: Path, name: str, pairs: Pairs) -> str:
    lines = "".join(f"{source}\t{target}\n" for source, target in pairs)
    (place / f"{name}.tsv").write_text(lines, encoding="utf-8")
    return f"{name}.tsv"


def tsv_with_header(place: Path, name: str, pairs: Pairs) -> str:
    return tsv(place, name, [("Spanish", "English"), *pairs])


def csv_of_languages(place: Path, name: str, pairs: Pairs) -> str:
    with (place / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("id", "es", "en"), *((1, *pair) for pair in pairs)])
    return f"{name}.csv"


def json_translations(place: Path, name: str, pairs: Pairs) -> str:
    lines = [json.dumps({"translation": {"es": one, "en": two}}) for one, two in pairs]
    (place / f"{name}.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return f"{name}.jsonl"


def parquet(place: Path, name: str, pairs: Pairs) -> str:
    table = pa.table({"source": [one for one, _ in pairs], "target": [two for _, two in pairs]})
    pq.write_table(table, place / f"{name}.parquet")
    return f"{name}.parquet"


def aligned(place: Path, name: str, pairs: Pairs) -> str:
    for side, language in enumerate(("en", "ja")):
        text = "".join(f"{pair[side]}\n" for pair in pairs)
        (place / f"{name}.{language}").write_text(text, encoding="utf-8")
    return f"{name}.{{lang}}"


def tmx(place: Path, name: str, pairs: Pairs) -> str:
    units = "".join(
        f'<tu><tuv xml:lang="en-US"><seg>{english}</seg></tuv>'
        f'<tuv xml:lang="es-ES"><seg>{spanish}</seg></tuv></tu>'
        for spanish, english in pairs
    )
    text = f'<tmx version="1.4"><header srclang="es-ES"/><body>{units}</body></tmx>'
    (place / f"{name}.tmx").write_text(text, encoding="utf-8")
    return f"{name}.tmx"


def xliff(place: Path, name: str, pairs: Pairs) -> str:
    units = "".join(
        f'<trans-unit id="{number}"><source>{source}</source><target>{target}</target></trans-unit>'
        for number, (source, target) in enumerate(pairs)
    )
    languages = 'source-language="es" target-language="en"'
    text = f'<xliff version="1.2"><file {languages}><body>{units}</body></file></xliff>'
    (place / f"{name}.xlf").write_text(text, encoding="utf-8")
    return f"{name}.xlf"


def po(place: Path, name: str, pairs: Pairs) -> str:
    messages = "".join(f'\nmsgid "{source}"\nmsgstr "{target}"\n' for source, target in pairs)
    header = 'msgid ""\nmsgstr "Language: en\\n"\n'
    (place / f"{name}.po").write_text(header + messages, encoding="utf-8")
    return f"{name}.po"


KINDS = {
    "tsv": (tsv, SPANISH, {}),
    "tsv with a header": (tsv_with_header, SPANISH, {"source": "Spanish", "target": "English"}),
    "csv of languages": (csv_of_languages, SPANISH, {"source": "es", "target": "en"}),
    "json": (json_translations, SPANISH, {"source": "es", "target": "en"}),
    "parquet": (parquet, SPANISH, {}),
    "tmx": (tmx, SPANISH, {"source": "es", "target": "en"}),
    "xliff": (xliff, SPANISH, {"source": "es", "target": "en"}),
    "po": (po, SPANISH, {}),
    "text files": (aligned, JAPANESE, {"source": "en", "target": "ja"}),
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_configuration_trains_as_it_is(
    kind: str, tmp_path: Path, seq2seq: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    write: Callable[[Path, str, Pairs], str]
    write, pairs, columns = KINDS[kind]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(shipped_models, "SHIPPED", tmp_path / "absent")
    train = write(tmp_path, "train", pairs[:-20])
    dev = write(tmp_path, "dev", pairs[-20:])
    done = seq2seq("init", train)
    assert done.code == 0, done.err
    assert done.err == "wrote config.yaml; next: seq2seq train config.yaml --check\n"
    content = yaml.safe_load(Path("config.yaml").read_text())
    data = content["data"]
    assert (data["train"], data["dev"]) == (train, dev)
    assert {key: data[key] for key in ("source", "target") if key in data} == columns
    languages = ("English", "Japanese") if pairs is JAPANESE else ("Spanish", "English")
    assert (data["source_language"], data["target_language"]) == languages
    # The same settings, but a network and a number of steps that a test has time for.
    small = ["training.max_steps=1", "model.hidden_size=16", "model.embedding_size=8"]
    train_run(Config.load("config.yaml", small), output="run", cpu=True)
    assert Path("run/model.safetensors").is_file()


def test_each_setting_has_a_comment_and_lines_are_short(
    tmp_path: Path, seq2seq: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    train = aligned(tmp_path, "train", JAPANESE)
    aligned(tmp_path, "valid", JAPANESE[:5])
    done = seq2seq("init", train, "--output", "-")
    lines = done.lines
    settings = [
        n for n, line in enumerate(lines) if ": " in line and not line.lstrip().startswith("#")
    ]
    assert len(settings) >= 8
    assert all(lines[n - 1].lstrip().startswith("# ") for n in settings)
    content = yaml.safe_load(done.out)
    assert content["data"]["bleu_tokenizer"] == "char"
    assert content["tokenizer"] == {"type": "unigram", "vocab_size": 8000, "joint": False}
    assert "5 of the 5 dev pairs are training pairs, too" in done.err


@pytest.mark.parametrize(
    ("number", "preset"), [(50, "tiny"), (9_999, "tiny"), (10_000, "small"), (100_000, "medium")]
)
def test_the_number_of_pairs_chooses_the_preset(
    number: int, preset: str, tmp_path: Path, seq2seq: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(shipped_models, "SHIPPED", tmp_path / "absent")
    train = tsv(tmp_path, "train", SPANISH * (number // len(SPANISH)) + SPANISH[: number % 90])
    tsv(tmp_path, "dev", SPANISH[:5])
    assert yaml.safe_load(seq2seq("init", train, "--output", "-").out)["preset"] == preset


def test_few_pairs_start_from_the_shipped_model_of_the_languages(
    tmp_path: Path, seq2seq: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shipped" / "es-en").mkdir(parents=True)
    (tmp_path / "shipped" / "es-en" / "config.yaml").touch()
    monkeypatch.setattr(shipped_models, "SHIPPED", tmp_path / "shipped")
    train = tsv(tmp_path, "train", SPANISH)
    tsv(tmp_path, "dev", SPANISH[:5])
    content = yaml.safe_load(seq2seq("init", train, "--output", "-").out)
    assert content["preset"] == "adapt"
    assert content["training"]["init_from"] == "es-en"
    assert "tokenizer" not in content
    many = tsv(tmp_path, "many", SPANISH * (TINY // len(SPANISH) + 1))
    words = ["init", many, "--dev", str(tmp_path / "dev.tsv"), "--output", "-"]
    assert yaml.safe_load(seq2seq(*words).out)["preset"] == "small"
    content = yaml.safe_load(seq2seq(*words, "--preset", "adapt").out)
    assert content["preset"] == "adapt"
    assert content["training"]["init_from"] == "es-en"


def test_what_is_wrong_is_one_line_and_nothing_is_written(
    tmp_path: Path, seq2seq: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    tsv(tmp_path, "pairs", SPANISH)
    Path("odd.jsonl").write_text('{"a": "x", "b": "y"}\n')
    assert "Name a file of them with --dev" in seq2seq("init", "pairs.tsv").error
    assert "no such file" in seq2seq("init", "absent.tsv", "--dev", "pairs.tsv").error
    assert "there are a, b" in seq2seq("init", "odd.jsonl", "--dev", "odd.jsonl").error
    wrong = ["init", "pairs.tsv", "--dev", "pairs.tsv"]
    assert "data.dev is the training data" in seq2seq(*wrong).err
    assert "did you mean 'small'" in seq2seq(*wrong, "--preset", "smal").error
    assert not Path("config.yaml").exists()
    Path("config.yaml").write_text("mine")
    assert "exists already" in seq2seq(*wrong).error
    assert Path("config.yaml").read_text() == "mine"


def test_columns_and_dev_files_are_found_by_their_names(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x,y\n1,2\n")
    (tmp_path / "b.tsv").write_text("tgt\tsrc\n1\t2\n")
    (tmp_path / "c.jsonl").write_text('{"source": "a", "target": "b"}\n')
    (tmp_path / "my-train.tsv").touch()
    (tmp_path / "my-val.tsv").touch()
    assert find_columns(str(tmp_path / "a.csv")) == (0, 1)
    assert find_columns(str(tmp_path / "b.tsv")) == ("src", "tgt")
    assert find_columns(str(tmp_path / "c.jsonl")) == (None, None)
    assert dev_beside(str(tmp_path / "my-train.tsv")) == str(tmp_path / "my-val.tsv")
    assert dev_beside(str(tmp_path / "a.csv")) is None


TABLES = {
    "semicolons.csv": (b"id;es;en\n1;hola, t\xc3\xba;hi\n", ("es", "en")),
    "excel.csv": (b'sep=|\n"Spanish"|"English"\n"a|b"|c\n', ("Spanish", "English")),
    "utf16.csv": ("\ufeffEnglish\tBasque\nhi\tkaixo\n".encode("utf-16-le"), ("English", "Basque")),
    "quoted.tsv": (b'"en-GB"\t"es-ES"\n"hi"\t"hola"\n', ("en-GB", "es-ES")),
    "blank.tsv": (b"\n\ninput\toutput\na\tb\n", ("input", "output")),
    "texts.tsv": (b"1\tHola\tHi\n2\tUno\tOne\n", (None, None)),
    "texts.csv": (b"Hola;Hi\nUno;One\n", (0, 1)),
    "array.json": (b'[\n {"translation": {"es": "a", "en": "b"}}\n]\n', ("es", "en")),
    "empty.csv": (b"\n", (None, None)),
}


@pytest.mark.parametrize("name", TABLES)
def test_headers_are_read_as_the_pairs_are(name: str, tmp_path: Path) -> None:
    content, columns = TABLES[name]
    (tmp_path / name).write_bytes(content)
    assert find_columns(str(tmp_path / name)) == columns


def test_columns_of_a_table_that_names_none_are_asked_for(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a,b,c\n1,2,3\n")
    with pytest.raises(DataError, match=r"Name them with --source and --target; there are a, b, c"):
        find_columns(str(tmp_path / "x.csv"))
    kind = pa.struct([("es", pa.string()), ("en", pa.string())])
    column = pa.array([{"es": "a", "en": "b"}], kind)
    pq.write_table(pa.table({"translation": column}), tmp_path / "x.parquet")
    assert find_columns(str(tmp_path / "x.parquet")) == ("es", "en")


MEMORY = """<tmx version="1.4"><header srclang="{}"/><body><tu>{}</tu></body></tmx>"""
TEXT = '<tuv xml:lang="{}"><seg>a</seg></tuv>'


@pytest.mark.parametrize(
    ("source", "codes", "found"),
    [
        ("es", ["en", "es"], ("es", "en")),
        ("es-ES", ["en-US", "ES-MX"], ("es", "en")),
        ("*all*", ["en", "es"], ("en", "es")),
        ("en-US", ["en-GB", "en-US"], ("en-US", "en-GB")),
        ("es", ["es", "es-ES", "fr"], ("es", "fr")),
        ("es", [], (None, None)),
    ],
)
def test_the_languages_of_a_memory_are_its_columns(
    tmp_path: Path, source: str, codes: list[str], found: tuple[str, str]
) -> None:
    path = tmp_path / "x.tmx"
    path.write_text(MEMORY.format(source, "".join(map(TEXT.format, codes))))
    assert find_columns(str(path)) == found


def test_of_many_languages_two_are_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "x.tmx"
    path.write_text(MEMORY.format("es", "".join(map(TEXT.format, ["de", "es-ES", "fr"]))))
    with pytest.raises(DataError, match=r"Name them with --source and .*; there are es-ES, de, fr"):
        find_columns(str(path))


def test_the_encoding_is_named_and_written(
    tmp_path: Path, seq2seq: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = "".join(f"{source} ñ\t{target}\n" for source, target in SPANISH)
    Path("train.tsv").write_bytes(text.encode("windows-1252"))
    Path("dev.tsv").write_bytes("¿Qué?\tWhat?\n".encode("windows-1252"))
    assert "perhaps windows-1252" in seq2seq("init", "train.tsv").error
    assert seq2seq("init", "train.tsv", "--encoding", "windows-1252").code == 0
    data = Config.load("config.yaml", []).data
    assert data.encoding == "windows-1252"
    assert list(dev_pairs(data, directions_of(data)[0]).pairs()) == [("¿Qué?", "What?")]
