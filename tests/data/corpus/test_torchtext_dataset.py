"""The examples of torchtext's datasets become pairs of texts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from seq2seq.data.corpus.corpus import Corpus
from seq2seq.errors import DataError

torchtext = pytest.importorskip("torchtext", reason="the extra [torchtext] is not installed")

PAIRS = [("Casa de papel .", "paper house ."), ("el niño , bueno", "the good child")]


def dataset(directory: Path, *fields: Any) -> Any:
    for side, suffix in enumerate((".es", ".en")):
        text = "".join(f"{pair[side]}\n" for pair in PAIRS)
        (directory / f"train{suffix}").write_text(text, encoding="utf-8")
    return torchtext.datasets.TranslationDataset(str(directory / "train"), (".es", ".en"), fields)


def test_token_lists_are_joined_by_spaces(tmp_path: Path) -> None:
    field = torchtext.data.Field(init_token="<s>", eos_token="</s>")
    corpus = Corpus.from_torchtext(dataset(tmp_path, field, field))
    assert list(corpus.pairs()) == PAIRS
    assert corpus.name == "torchtext"
    english = torchtext.data.Field(tokenize="basic_english", lower=True)
    corpus = Corpus.from_torchtext(dataset(tmp_path, english, english), name="its own")
    assert corpus.sources() == ["casa de papel .", "el niño , bueno"]
    assert corpus.name == "its own"


def test_fields_may_hold_texts_and_have_other_names(tmp_path: Path) -> None:
    raw = torchtext.data.RawField()
    corpus = Corpus.from_torchtext(
        dataset(tmp_path, ("de", raw), ("en", raw)), source="en", target="de"
    )
    assert list(corpus.pairs()) == [(target, source) for source, target in PAIRS]


def test_a_dataset_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    data = torchtext.data
    made = dataset(tmp_path, data.Field(), data.Field())
    with pytest.raises(
        DataError, match=r"example 1: there is no field 'tgt'; did you mean 'trg'\?"
    ):
        Corpus.from_torchtext(made, target="tgt")
    with pytest.raises(DataError, match="there is no field 'src'"):
        Corpus.from_torchtext([("a", "b")])
    with pytest.raises(DataError, match="the torchtext dataset holds no examples"):
        Corpus.from_torchtext(data.Dataset([], made.fields))
    made.examples[1].trg = 7
    with pytest.raises(DataError, match="example 2: field 'trg' is a int, where text is needed"):
        Corpus.from_torchtext(made)
