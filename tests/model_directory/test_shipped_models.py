"""Shipped models: the default choice, and the errors if none fits.

Stand-ins in a temporary place, and then the real ones where they are in the tree.
"""

from __future__ import annotations

import configparser
import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from seq2seq import Translator
from seq2seq.cli.app import translate_main
from seq2seq.config.config import Config
from seq2seq.config.settings import TokenizerConfig
from seq2seq.data.tokenizers.pair import TokenizerPair
from seq2seq.errors import Seq2SeqError
from seq2seq.model_directory import shipped_models
from seq2seq.model_directory.names import CONFIG, WEIGHTS
from seq2seq.model_directory.store import load_model, save_weights
from seq2seq.models.model import build_model
from seq2seq.models.quantization import exact_integers
from seq2seq.runtime.atomic_file import atomic_write_text

ROOT = Path(__file__).parents[2]
REAL = shipped_models.SHIPPED
WORDS = ["casa", "papel", "perro", "gato", "rojo", "azul"]
ABSMAX = 12_000_000


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
    assert shipped_models.shipped_models() == ["es-en", "en-es"]
    assert shipped_models.default_model() == shipped / "es-en"
    assert shipped_models.default_model("en") == shipped / "es-en"
    assert shipped_models.default_model("es") == shipped / "en-es"


def test_another_language_is_told_what_there_is(shipped: Path) -> None:
    with pytest.raises(
        Seq2SeqError, match=r"into 'fr': there is es-en, en-es; name another one with --model"
    ):
        shipped_models.default_model("fr")
    with pytest.raises(Seq2SeqError, match="there is es-en, en-es"):
        Translator.from_pretrained(to="de")


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
        pytest.skip(
            f"seq2seq/shipped/{name} is not in this tree; tools/make_shipped_model.py makes it"
        )
    return REAL / name


def test_all_together_they_are_small() -> None:
    directory_of("es-en")
    assert sum(path.stat().st_size for path in REAL.rglob("*") if path.is_file()) <= ABSMAX


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
        "short everyday sentences",
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
