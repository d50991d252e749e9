"""Shipped models: the default choice, and the errors if none fits.

Stand-ins in a temporary place, and then the real ones where they are in the tree.
"""

from __future__ import annotations

import configparser
import gzip
import io
import json
import os
import pty
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from seq2seq import Translator, TranslatorOptions, average, evaluate, quantize
from seq2seq import report as read_runs
from seq2seq.cli.app import translate_main
from seq2seq.cli.choose_model import source_language
from seq2seq.cli.typed_directions import TypedDirections
from seq2seq.config.config import Config
from seq2seq.config.settings import TokenizerConfig
from seq2seq.data.tokenizers.pair import TokenizerPair
from seq2seq.errors import CheckpointError, ConfigError, DataError, Seq2SeqError
from seq2seq.model_directory import shipped_models
from seq2seq.model_directory.description import load_config
from seq2seq.model_directory.names import CONFIG, WEIGHTS
from seq2seq.model_directory.store import load_model, save_weights
from seq2seq.models.model import build_model
from seq2seq.models.quantization import exact_integers
from seq2seq.runtime.atomic_file import atomic_write_text
from seq2seq.translation.values import Source
from tests.support.commands import TRANSLATE, arguments, read_until

ROOT = Path(__file__).parents[2]
REAL = shipped_models.SHIPPED
WORDS = ["casa", "papel", "perro", "gato", "rojo", "azul"]
MAX_BYTES = 20_000_000


def save_stand_in(directory: Path, seed: int) -> None:
    """An untrained model in the compact form."""
    directory.mkdir(parents=True)
    config = Config.from_dict(
        {
            "data": {"train": "train.tsv", "dev": "dev.tsv"},
            "tokenizer": {"type": "word"},
            "model": {"hidden_size": 8, "embedding_size": 8},
            "decoding": {"beam": 2, "max_length_extra": 3},
        }
    )
    tokenizers = TokenizerPair.train(
        WORDS, WORDS, TokenizerConfig(type="word", vocab_size=50, joint=False)
    )
    tokenizers.save(directory)
    torch.manual_seed(seed)
    model = build_model(config.model, tokenizers.source_size, tokenizers.target_size)
    save_weights(model, directory / WEIGHTS, quantized=True)
    atomic_write_text(config.to_yaml(), directory / CONFIG)


@pytest.fixture(scope="module")
def stand_ins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shipped")
    for seed, name in enumerate(("en-es", "es-en")):
        save_stand_in(folder / name, seed)
    (folder / "de-en").mkdir()  # without a configuration, no model
    return folder


@pytest.fixture
def shipped(stand_ins: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(shipped_models, "SHIPPED", stand_ins)
    monkeypatch.delenv("SEQ2SEQ_MODEL", raising=False)
    return stand_ins


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def translate(
    shipped: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Run:
    """The command, in-process: its status, standard output and standard error."""

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["translate", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            translate_main()
        out, err = capfd.readouterr()
        assert ended.value.code in (0, 1, None)
        return int(ended.value.code or 0), out, err

    return run


def test_the_first_is_taken_or_that_of_the_language(shipped: Path) -> None:
    assert [one.name for one in shipped_models.shipped_models()] == ["es-en", "en-es"]
    assert shipped_models.default_model() == shipped / "es-en"
    for to in ("en", "EN", "English", "english", "inglés"):
        assert shipped_models.default_model(to) == shipped / "es-en"
    for to in ("es", "Spanish", "español", "Espanol"):
        assert shipped_models.default_model(to) == shipped / "en-es"
    assert shipped_models.default_model(from_="English") == shipped / "en-es"
    assert shipped_models.default_model("en", from_="Spanish") == shipped / "es-en"


def test_the_plain_model_of_a_direction_comes_before_its_variants(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("en-es", "es-en-large", "es-en", "de-en"):
        (tmp_path / name).mkdir()
        (tmp_path / name / CONFIG).touch()
    monkeypatch.setattr(shipped_models, "SHIPPED", tmp_path)
    names = [one.name for one in shipped_models.shipped_models()]
    assert names == ["es-en", "es-en-large", "de-en", "en-es"]
    assert shipped_models.default_model("en").name == "es-en"
    assert shipped_models.default_model("en", from_="German").name == "de-en"


def test_another_language_is_told_what_there_is(shipped: Path) -> None:
    with pytest.raises(
        Seq2SeqError,
        match=r"into 'fr': there is es-en \(Spanish to English\), en-es \(English to Spanish\); "
        "name another one with --model",
    ):
        shipped_models.default_model("fr")
    with pytest.raises(Seq2SeqError, match="translates from 'es' into 'de': there is es-en"):
        Translator.from_pretrained(to="de", from_="es")


def test_without_any_there_is_the_way_to_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(shipped_models, "SHIPPED", tmp_path / "absent")
    for to in ("", "es"):
        with pytest.raises(Seq2SeqError, match=r"--model DIRECTORY .*make demo"):
            Translator.from_pretrained(to=to)


def test_the_command_takes_it_where_none_is_named(
    shipped: Path, translate: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = ["casa papel", "perro rojo gato"]
    translations = {name: named(shipped / name, texts) for name in ("es-en", "en-es")}
    assert translations["es-en"] != translations["en-es"]
    assert translate(*texts) == (0, translations["es-en"], "")
    assert translate("--to", "es", *texts) == (0, translations["en-es"], "")
    code, out, err = translate("--to", "fr", *texts)
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert "into 'fr'" in err
    assert translate("--model", shipped / "en-es", *texts) == (0, translations["en-es"], "")
    monkeypatch.setenv("SEQ2SEQ_MODEL", str(shipped / "en-es"))
    assert translate(*texts) == (0, translations["en-es"], "")


def test_a_name_can_stand_wherever_a_directory_can(
    shipped: Path,
    translate: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.chdir(tmp_path)
    expected = named(shipped / "en-es", ["casa papel"])
    assert translate("--model", "en-es", "casa papel") == (0, expected, "")
    assert f"{Translator.from_pretrained('en-es').translate('casa papel')}\n" == expected
    Path("pairs.tsv").write_text("casa\tpapel\n")
    report = evaluate("en-es", "pairs.tsv")
    assert report.sets[0].model == "en-es"
    assert report.score().value == evaluate(shipped / "en-es", "pairs.tsv").score().value
    with pytest.raises(CheckpointError, match="is quantized already"):
        quantize("en-es", output="small")
    with pytest.raises(CheckpointError, match="has kept 0 of the 2 weights"):
        average("en-es", output="mean")
    with pytest.raises(DataError, match=r"holds no metrics\.jsonl"):
        read_runs(["en-es"])
    with caplog.at_level("INFO"):
        Path("en-es").mkdir()
        assert shipped_models.local_directory("en-es") == Path("en-es")
    [record] = caplog.records
    assert record.message.startswith("en-es: the one in this directory, not the model that comes")
    with pytest.raises(CheckpointError, match="en-es is not a model directory"):
        Translator.from_pretrained("en-es")


def test_a_model_is_checked_against_the_languages_that_are_named(
    shipped: Path, tmp_path: Path
) -> None:
    directory = Path(shutil.copytree(shipped / "es-en", tmp_path / "mine"))
    texts = ["casa papel"]
    with pytest.raises(ConfigError, match="one target language: leave out"):
        Translator.from_pretrained(directory, to="en")
    assert Translator.from_pretrained(directory, from_="German").translate_all(texts)
    config = load_config(directory)
    data = config.data.model_copy(
        update={"source_language": "Spanish", "target_language": "English"}
    )
    (directory / CONFIG).write_text(config.model_copy(update={"data": data}).to_yaml())
    for from_, to in (("es", "en"), ("Spanish", ""), ("", "english")):
        assert Translator.from_pretrained(directory, from_=from_, to=to).translate_all(texts)
    with pytest.raises(ConfigError, match="translates into English, not into 'es'"):
        Translator.from_pretrained(directory, to="es")
    with pytest.raises(ConfigError, match="translates from Spanish, not from 'English'"):
        Translator.from_pretrained(directory, from_="English")


def test_the_list_of_models_names_each_with_its_size_and_purpose(
    shipped: Path, translate: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out, _ = translate("--list-models")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == ["es-en", "en-es"]
    assert "Spanish to English" in out
    assert out.count(" MB ") == 2
    monkeypatch.setattr(shipped_models, "SHIPPED", shipped / "absent")
    assert translate("--list-models")[:2] == (0, "no model comes with this copy of seq2seq\n")


SPANISH = "¿Dónde está la estación de tren más cercana?"
ENGLISH = "Where is the nearest railway station?"


def test_the_language_of_the_text_chooses_the_model(
    shipped: Path, translate: Run, tmp_path: Path
) -> None:
    for text, name in ((SPANISH, "es-en"), (ENGLISH, "en-es"), ("37", "es-en"), ("", "es-en")):
        assert translate(text) == (0, named(shipped / name, [text]), "")
    english = [ENGLISH, "37", "¡Hola!", "My brother lives in a house by the sea."]
    (tmp_path / "text").write_text("\n".join(english))
    expected = named(shipped / "en-es", english)
    assert translate(*english) == (0, expected, "")
    assert translate("--input", tmp_path / "text") == (0, expected, "")
    assert translate("--input", tmp_path / "text", "--workers", 2) == (0, expected, "")
    (tmp_path / "text.gz").write_bytes(gzip.compress((tmp_path / "text").read_bytes()))
    assert translate("-i", tmp_path / "text.gz") == (0, expected, "")
    for options in (["--to", "en"], ["--from", "Spanish"], ["--model", "es-en"]):
        assert translate(*options, *english) == (0, named(shipped / "es-en", english), "")
    (tmp_path / "pairs").write_text(f"{ENGLISH}\t{SPANISH}\n")
    expected_score = Translator.from_pretrained(shipped / "en-es").score([ENGLISH], [SPANISH])
    code, out, _ = translate("--score", "--input", tmp_path / "pairs")
    assert code == 0
    assert float(out) == pytest.approx(expected_score[0], abs=1e-3)


def test_a_pipe_loses_none_of_the_lines_that_choose(
    shipped: Path, translate: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [ENGLISH, "gato"] * 400  # more than a buffer
    read, write = os.pipe()

    def fill() -> None:
        with open(write, "w", encoding="utf-8") as pipe:
            pipe.write("\n".join(texts))

    thread = threading.Thread(target=fill)
    thread.start()
    with open(read) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        code, out, _ = translate()
    thread.join()
    assert code == 0
    assert out == named(shipped / "en-es", texts)


def test_each_line_that_a_person_types_chooses_for_itself(
    shipped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    switch = TypedDirections(TranslatorOptions())
    texts = [SPANISH, ENGLISH, "37", SPANISH, ""]
    found = [one.text for one in switch.stream_windows([[Source(text)] for text in texts])]
    names = ["es-en", "en-es", "en-es", "es-en", "es-en"]
    assert found == [
        Translator.from_pretrained(name).translate(text).text
        for name, text in zip(names, texts, strict=True)
    ]


def test_a_person_at_a_terminal_may_change_the_language(shipped: Path) -> None:
    program = (
        "import pathlib, seq2seq.model_directory.shipped_models as d; "
        f"d.SHIPPED = pathlib.Path({str(shipped)!r}); {TRANSLATE}"
    )
    environment = {key: value for key, value in os.environ.items() if key != "SEQ2SEQ_MODEL"}
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(sys.executable, arguments(program), environment)
    try:
        read_until(terminal, b"> ")
        for text, name in ((SPANISH, "es-en"), (ENGLISH, "en-es"), (SPANISH, "es-en")):
            os.write(terminal, text.encode() + b"\n")
            answer = read_until(terminal, b"\n> ").decode()
            assert f"{name}, chosen by the language of the line" in answer
            assert named(shipped / name, [text]).strip() in answer
    finally:
        os.close(terminal)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def test_choosing_needs_little_time_and_no_torch() -> None:
    program = (
        "import sys, time; import seq2seq.cli.app; from seq2seq.cli import choose_model; "
        "from seq2seq.cli.input_lines import InputLines; start = time.process_time(); "
        "choose_model.model_for_text(InputLines(texts=[sys.argv[1]] * 40)); "
        "print(time.process_time() - start, 'torch' in sys.modules)"
    )
    runs = []
    for _ in range(5):
        done = subprocess.run(
            arguments(program, ENGLISH), check=True, capture_output=True, text=True
        )
        seconds, torch_is_loaded = done.stdout.split()
        assert torch_is_loaded == "False"
        runs.append(float(seconds))
        if min(runs) < 0.02:
            break
    assert min(runs) < 0.02


def test_most_letters_decide_the_language() -> None:
    assert source_language([SPANISH, "Hello!", "37"]) == "es"
    assert source_language(["Hola", ENGLISH]) == "en"
    assert source_language(["37", "", "Où est la gare la plus proche, s'il vous plaît ?"]) in (
        "",
        "es",
        "en",
    )
    assert source_language([]) == ""
    assert source_language(["Где находится вокзал?"]) == ""
    assert source_language(["\udcff" * 1000, "a" * 1_000_000]) in ("", "es", "en")


def named(directory: Path, texts: list[str]) -> str:
    return "".join(f"{one}\n" for one in Translator.from_pretrained(directory).translate_all(texts))


def test_scores_and_settings_are_of_it_too(shipped: Path, translate: Run, tmp_path: Path) -> None:
    (tmp_path / "pairs").write_text("casa\tpapel\n")
    expected = Translator.from_pretrained(shipped / "en-es").score(["casa"], ["papel"])
    code, out, _ = translate("--to", "es", "--score", "--input", tmp_path / "pairs")
    assert code == 0
    assert float(out) == pytest.approx(expected[0], abs=1e-3)
    code, out, _ = translate("--json", "--beam", 1, "--dtype", "fp32", "casa")
    assert (
        json.loads(out)["translation"]
        == Translator.from_pretrained(dtype="fp32").translate("casa", beam=1).text
    )


def test_a_terminal_is_told_which_it_is(translate: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    assert translate("--to", "es", "casa")[0] == 0
    assert (
        terminal.getvalue() == "en-es, the model that comes with seq2seq; --model chooses another\n"
    )


def test_the_package_carries_all_of_their_files(shipped: Path) -> None:
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    patterns = [one.partition("/") for one in setup["options.package_data"]["seq2seq"].split()]
    within = [pattern for folder, _, pattern in patterns if folder == REAL.name]
    for place in (shipped, REAL):
        files = {path for path in place.rglob("*") if path.is_file()}
        assert files == {
            path for pattern in within for path in place.glob(pattern) if path.is_file()
        }


# The real ones


real = pytest.mark.parametrize("name", ["es-en", "en-es"])


def directory_of(name: str) -> Path:
    if not (REAL / name / CONFIG).is_file():
        pytest.skip(f"seq2seq/shipped/{name} is not in this tree; tools/train_shipped.py makes it")
    return REAL / name


def test_all_together_they_are_small() -> None:
    directory_of("es-en")
    assert sum(path.stat().st_size for path in REAL.rglob("*") if path.is_file()) <= MAX_BYTES


@real
def test_it_is_compact_says_where_it_comes_from_and_names_no_place_of_one_machine(
    name: str,
) -> None:
    directory = directory_of(name)
    assert load_model(directory).quantized
    card = (directory / "README.md").read_text(encoding="utf-8")
    for fact in (
        "CC BY 2.0",
        "tatoeba.org",
        "www.manythings.org/anki",
        "nrefs:1|",
        "everyday and general text",
    ):
        assert fact in card
    text = card + (directory / CONFIG).read_text(encoding="utf-8")
    assert not any(
        f"{quote}/{place}/" in text
        for quote in ("", " ", "'")
        for place in ("home", "work", "root", "tmp")
    )


@real
def test_it_knows_a_sentence_that_everyone_says(name: str) -> None:
    directory = directory_of(name)
    translator = Translator.from_pretrained(directory)
    assert translator.dtype == ("int8" if exact_integers() else "fp32")
    source, target = {"es-en": ("¿Dónde está?", "Where"), "en-es": ("Where is it?", "Dónde")}[name]
    assert target in translator.translate(source).text
