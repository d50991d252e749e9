"""Training a model on a torchtext dataset with a torchtext tokenizer."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from seq2seq.data.corpus.corpus import Corpus
from seq2seq.data.tokenizers.torchtext.tokenizer import torchtext_tokenizer
from seq2seq.errors import CheckpointError
from seq2seq.training.run import train
from seq2seq.translation.translator import Translator
from tests.support.tiny_run import WORDS, tiny_config, write_text

torchtext = pytest.importorskip("torchtext", reason="the extra [torchtext] is not installed")


def test_a_torchtext_dataset_and_tokenizer_train_a_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_text(tmp_path)
    field = torchtext.data.Field(tokenize="basic_english")
    for name in ("train", "dev"):
        file = tmp_path / f"{name}.tsv"
        rows = [line.split("\t") for line in file.read_text(encoding="utf-8").splitlines()]
        for side, suffix in enumerate((".es", ".en")):
            text = "".join(f"{row[side].capitalize()}.\n" for row in rows)
            (tmp_path / f"{name}{suffix}").write_text(text, encoding="utf-8")
        file.unlink()
        given = torchtext.datasets.TranslationDataset(
            str(tmp_path / name), (".es", ".en"), (field, field)
        )
        Corpus.from_torchtext(given).write(file)
    train(
        tiny_config(tmp_path, "tokenizer.torchtext=basic_english"),
        output=tmp_path / "run",
        cpu=True,
    )

    translator = Translator.from_pretrained(tmp_path / "run")
    assert translator.tokenizers.source.surface_words("Uno, DOS.") == ["uno", ",", "dos", "."]
    spelt = [
        one.text for one in translator.stream(["UNO gato.", "uno  gato .", '"', "", "Xul gato."])
    ]
    assert spelt[0] == spelt[1]
    assert spelt[2:4] == ['"', ""]  # a line without a word comes back as it stands
    words = " ".join([*spelt[:2], *spelt[4:]]).split()
    assert set(words) <= {*WORDS.values(), ".", "xul"}

    torchtext_tokenizer.cache_clear()
    monkeypatch.setitem(sys.modules, "torchtext.data.utils", None)
    with pytest.raises(CheckpointError, match=r"source\.json: .*pip install torchtext==0\.6\.0"):
        Translator.from_pretrained(tmp_path / "run")
