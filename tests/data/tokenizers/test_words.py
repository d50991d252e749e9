"""Words: spacing comes back, rare words do not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.config.settings import TokenizerConfig
from seq2seq.data.tokenizers.base import Tokenizer
from seq2seq.data.tokenizers.known_tokenizers import TOKENIZERS
from seq2seq.data.tokenizers.vocabulary import BOS, EOS, PAD, UNK
from seq2seq.errors import CheckpointError, DataError
from tests.support.examples import few


def trained(lines: list[str], **settings: object) -> Tokenizer:
    return TOKENIZERS["word"].train(
        lines, TokenizerConfig.model_validate({"type": "word", **settings})
    )


@given(text=st.text(st.one_of(st.characters(), st.sampled_from(" aé_.,'￭")), max_size=60))
@few(200)
def test_known_words_come_back_with_their_spacing(text: str) -> None:
    known = trained([text, "word"], vocab_size=1000, normalization="identity")
    row = known.encode([text])[0]
    assert not {PAD, UNK, BOS, EOS} & set(row)
    spelt = re.sub("[\ud800-\udfff]", "\ufffd", text).replace("￭", "■")
    assert known.decode([row]) == [" ".join(spelt.split())]


def test_the_joiner_is_on_the_punctuation() -> None:
    tokenizer = trained(["(don't) - हिन्दी, cafe\u0301"], vocab_size=100, normalization="identity")
    ids = tokenizer.encode(["(don't) - हिन्दी, cafe\u0301"])[0]
    assert tokenizer.pieces(ids) == [
        "(￭",
        "don",
        "￭'￭",
        "t",
        "￭)",
        "-",
        "हिन्दी",
        "￭,",
        "cafe\u0301",
    ]


def test_rare_words_are_unknown() -> None:
    tokenizer = trained(["a b a c a b"], vocab_size=100, min_count=2)
    assert tokenizer.vocab_size == 6
    assert tokenizer.decode(tokenizer.encode(["a c b zzz"])) == ["a <unk> b <unk>"]
    assert trained(["a b a c a b"], vocab_size=5).vocab_size == 5
    with pytest.raises(DataError, match="9 times"):
        trained(["a b"], vocab_size=100, min_count=9)


def test_a_word_file_with_an_unknown_normalization_is_named(tmp_path: Path) -> None:
    path = tmp_path / "it.json"
    trained(["a b"], vocab_size=100, normalization="identity").save(path)
    path.write_text(
        path.read_text(encoding="utf-8").replace('"identity"', '"magic"'), encoding="utf-8"
    )
    with pytest.raises(CheckpointError, match=r"it\.json: unknown normalization 'magic'"):
        TOKENIZERS["word"].load(path)
