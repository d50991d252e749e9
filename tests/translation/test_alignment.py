"""Alignments and replacement of unknown words from attention."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.config.config import Config
from seq2seq.config.settings import TokenizerConfig
from seq2seq.data.tokenizers.pair import TokenizerPair
from seq2seq.data.tokenizers.vocabulary import UNK
from seq2seq.models.model import build_model
from seq2seq.text_steps.case_marks import CAPITAL, CAPITALS
from seq2seq.translation.alignment import hard_alignment, marks_ahead, replace_unk
from seq2seq.translation.engines.torch_engine import TorchEngine
from seq2seq.translation.translator import Translator
from tests.support.examples import few


def test_a_word_is_linked_to_the_word_that_its_pieces_attend_to_most() -> None:
    attention = torch.tensor(
        [
            [0.1, 0.2, 0.6, 0.1, 0.0],  # word 0: most on word 1
            [0.3, 0.3, 0.3, 0.1, 0.0],  # word 1, first piece: word 0 has 0.6 in two pieces
            [0.1, 0.1, 0.7, 0.1, 0.0],  # word 1, second piece: together word 0 has 0.8, word 1 1.0
            [0.0, 0.1, 0.1, 0.8, 0.0],  # word 2: the end token, so no link
            [0.0, 0.0, 0.0, 1.0, 0.0],  # the end token itself
        ]
    )
    assert hard_alignment(attention, [0, 0, 1], [0, 1, 1, 2]) == ((1, 0), (1, 1))
    assert hard_alignment(attention, [], [0]) == ()
    assert hard_alignment(attention[:1], [0, 0, 1], []) == ()


def test_an_unknown_token_is_replaced_by_the_source_token_it_attends_to() -> None:
    attention = torch.tensor([[0.1, 0.2, 0.7], [0.8, 0.1, 0.1], [0.0, 0.4, 0.6]])
    assert replace_unk([UNK, 9, UNK], attention, ["Zürich", "liegt"]) == ["liegt", "liegt"]
    assert replace_unk([9, UNK], attention, ["Zürich", "liegt", "da"]) == ["Zürich"]
    assert replace_unk([UNK], attention, []) == []


@pytest.mark.parametrize("kind", ["bpe", "unigram", "char", "word"])
@given(
    words=st.lists(
        st.sampled_from(["casa", "gato,", "(rojo)", "Äpfel", "x", "¿qué?", "\u4e2d"]), max_size=8
    )
)
@few(30)
def test_words_are_separated_by_spaces(kind: str, words: list[str]) -> None:
    tokenizers = _tokenizers(kind)
    [ids] = tokenizers.source.encode([" ".join(words)])
    found = tokenizers.source.word_ids(ids, text=" ".join(words))
    assert len(found) == len(ids)
    assert sorted(set(found)) == list(range(len(words)))
    assert found == sorted(found)
    surfaces = tokenizers.source.surface_words(" ".join(words))
    assert (surfaces is not None) == (kind == "word")
    if surfaces is not None:
        assert len(surfaces) == len(ids)
        joined = [
            "".join(surfaces[place] for place in range(len(ids)) if found[place] == word)
            for word in set(found)
        ]
        assert joined == words


_MADE: dict[str, TokenizerPair] = {}


def _tokenizers(kind: str) -> TokenizerPair:
    if kind not in _MADE:
        lines = [f"la casa {number} del gato rojo, (¿qué?) x" for number in range(50)]
        _MADE[kind] = TokenizerPair.train(
            lines, lines, TokenizerConfig(type=kind, vocab_size=320, joint=False)
        )
    return _MADE[kind]


@pytest.fixture
def words() -> Translator:
    """Return an untrained word-level model whose most likely token is the unknown one."""
    config = Config.from_dict(
        {
            "data": {"train": "a", "dev": "b"},
            "model": {
                "embedding_size": 8,
                "hidden_size": 8,
                "attention": "luong-dot",
                "decoder_layers": 1,
            },
            "decoding": {"beam": 3, "max_length_ratio": 1.0, "max_length_extra": 0},
        }
    )
    torch.manual_seed(1)
    model = build_model(
        config.model, *(part.vocab_size for part in (_tokenizers("word").source,) * 2)
    ).eval()
    with torch.no_grad():
        model.output.bias[UNK] = 10.0
    return Translator(
        TorchEngine(model, _tokenizers("word")),
        _tokenizers("word"),
        config.decoding,
        alignments=True,
    )


@pytest.mark.parametrize("beam", [1, 3])
def test_unseen_names_are_copied(words: Translator, beam: int) -> None:
    text = "Tarragona visita (Wrocław) 1987"
    for translation in words.translate_all([text, "la casa", ""], beam=beam)[:1]:
        assert "<unk>" not in translation.text
        assert set(translation.text.replace("(", " ").replace(")", " ").split()) <= set(
            text.replace("(", " ").replace(")", " ").split()
        ) | {"(", ")"}
        for source, target in translation.alternatives[0].alignment:
            assert 0 <= source < 4
            assert 0 <= target < len(translation.text.split())
    together = words.translate_all([text, "la casa"], beam=beam)
    assert together[0] == words.translate(text, beam=beam)


def test_attention_is_labelled_by_source_and_target_tokens(words: Translator) -> None:
    texts = ["la casa del gato", "rojo x", ""]
    first, second, blank = words.translate_all(texts)
    assert blank.alternatives == ()
    for text, translation in ((texts[0], first), (texts[1], second)):
        attention = translation.alternatives[0].attention
        assert attention is not None
        assert attention.source == (*text.split(), "</s>")
        assert len(attention.weights) == len(attention.target)
        assert {len(row) for row in attention.weights} == {len(attention.source)}
        assert [sum(row) for row in attention.weights] == pytest.approx(
            [1] * len(attention.target), abs=1e-5
        )
    alone = words.translate(texts[1]).alternatives[0].attention
    assert alone is not None
    together = second.alternatives[0].attention
    assert together is not None
    for row, other in zip(alone.weights, together.weights, strict=True):
        assert row == pytest.approx(other, abs=1e-6)


def test_the_command_prints_them(tmp_path: Path) -> None:
    from seq2seq.cli.line_format import LineFormat
    from seq2seq.translation.values import Alternative, Translation

    translation = Translation(
        "casa de papel", (Alternative("paper house", -1.0, -2.0, ((2, 0), (0, 1))),)
    )
    assert LineFormat(alignments=True).lines(0, translation) == ["paper house ||| 2-0 0-1"]
    assert LineFormat(alignments=True, scores=True, numbered=True).lines(4, translation) == [
        "4 ||| paper house ||| -1.0000 ||| 2-0 0-1"
    ]
    assert (
        '"alignment": [[2, 0], [0, 1]]'
        in LineFormat(as_json=True, alignments=True).lines(0, translation)[0]
    )
    assert "alignment" not in LineFormat(as_json=True).lines(0, translation)[0]


def test_a_case_mark_belongs_to_the_word_after_it() -> None:
    pieces = ["▁learn", CAPITAL, "▁fren", "ch", CAPITALS, "▁now", "."]
    words = [0, 0, 1, 1, 1, 2, 2]
    assert marks_ahead(words, pieces) == [0, 1, 1, 1, 2, 2, 2]
    attention = [[0.7, 0.3], [0.1, 0.9], [0.1, 0.9], [0.1, 0.9], [0.1, 0.9], [0.1, 0.9], [0.1, 0.9]]
    links = hard_alignment([[*row, 0.0] for row in attention], [0, 1], marks_ahead(words, pieces))
    assert links == ((0, 0), (1, 1), (1, 2))
    assert marks_ahead([0, 0], ["▁a", CAPITAL]) == [0, 0]
    assert marks_ahead([], []) == []
