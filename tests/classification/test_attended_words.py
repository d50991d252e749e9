"""Attention per word: each word once, with all the weight of its tokens, in any tokenizer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.classification.attended_words import attended_words
from seq2seq.config.settings import TokenizerConfig
from seq2seq.data.tokenizers.base import Tokenizer
from seq2seq.data.tokenizers.known_tokenizers import TOKENIZERS
from seq2seq.text_steps.case_marks import CASE_MARKS, mark_case
from tests.support.examples import few

TEXT = ["A fine, warm film!", "the NASA film of Spain isn't dull", "iPhone (good)"]


@pytest.fixture(scope="module", params=["bpe", "char", "word"])
def tokenizer(request: pytest.FixtureRequest) -> Tokenizer:
    config = TokenizerConfig(type=request.param, vocab_size=300)
    lines = [mark_case(text) for text in TEXT]
    return TOKENIZERS[request.param].train(lines, config, symbols=tuple(CASE_MARKS))


def words_of(tokenizer: Tokenizer, text: str) -> list[tuple[str, float]]:
    [ids] = tokenizer.encode([mark_case(text)])
    return attended_words(tokenizer, text, ids, [1.0] * (len(ids) + 1))


@pytest.mark.parametrize("text", [*TEXT, "of", "NASA", "film NASA", "spain of"])
def test_words_are_those_of_the_text(tokenizer: Tokenizer, text: str) -> None:
    found = words_of(tokenizer, text)
    assert [word for word, _ in found] == [*text.split(), ""]
    assert all(weight >= 1 for _, weight in found)


def test_a_case_mark_belongs_to_its_word(tokenizer: Tokenizer) -> None:
    marked = dict(words_of(tokenizer, "film of Spain"))
    plain = dict(words_of(tokenizer, "film of spain"))
    assert marked["of"] == plain["of"]
    assert marked["Spain"] == plain["spain"] + 1


@given(st.text(max_size=30))
@few(60)
def test_no_weight_is_lost(text: str) -> None:
    config = TokenizerConfig(type="bpe", vocab_size=300)
    tokenizer = TOKENIZERS["bpe"].train(TEXT, config)
    [ids] = tokenizer.encode([text])
    weights = [2.0**-number for number in range(len(ids) + 1)]
    found = attended_words(tokenizer, text, ids, weights)
    assert found[-1] == ("", weights[-1])
    assert sum(weight for _, weight in found) == pytest.approx(sum(weights))


def test_a_text_that_is_cut_has_its_first_words(tokenizer: Tokenizer) -> None:
    [ids] = tokenizer.encode(["film of film of film"])
    short = ids[: len(ids) // 2]
    found = attended_words(tokenizer, "film of film of film", short, [1.0] * (len(short) + 1))
    assert [word for word, _ in found][:2] == ["film", "of"]
    assert len(found) < 6
