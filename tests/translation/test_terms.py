"""Terms of a text: when they change its translation, and how they are typed."""

from __future__ import annotations

import re

import pytest

from seq2seq.cli.translate_options import typed_term
from seq2seq.decoding.hypothesis import Hypothesis
from seq2seq.errors import ConfigError
from seq2seq.translation.terms_met import terms_met
from seq2seq.translation.translator import Translator
from seq2seq.translation.values import Source, Term
from tests.translation.test_constraints import TEXTS, WORDS, save_model


@pytest.fixture(scope="module")
def translator(tmp_path_factory: pytest.TempPathFactory) -> Translator:
    return Translator.from_pretrained(save_model(tmp_path_factory.mktemp("terms") / "m", seed=2))


def test_terms_that_a_translation_has_anyway_change_nothing(translator: Translator) -> None:
    tried = 0
    for free in translator.translate_all(TEXTS):
        for word in {*WORDS} & {*free.text.split()}:
            first = free.source.split()[0]
            assert translator.translate(Source(free.source, terms=(word,))) == free
            assert translator.translate(Source(free.source, terms=(Term(word, first),))) == free
            tried += 1
    assert tried


def test_every_translation_of_an_nbest_list_has_the_terms(translator: Translator) -> None:
    for free in translator.translate_all(TEXTS[:8]):
        term = free.text.split()[0]
        found = translator.translate(Source(free.source, terms=(term,)), nbest=3)
        assert all(term in one.text.split() for one in found.alternatives)


@pytest.mark.parametrize(
    ("term", "met"),
    [
        ("mesa", True),
        ("mesas", False),
        (Term("mesas", "x"), True),
        (Term("libro", "x"), False),
    ],
)
def test_only_a_term_with_a_source_may_have_the_other_number(
    translator: Translator, term: str | Term, met: bool
) -> None:
    tokenizers = translator.tokenizers
    [tokens] = tokenizers.target.encode(["casa de mesa grande"])
    phrase = term if isinstance(term, str) else term.target
    ids = tokenizers.encode_phrases([phrase])
    assert terms_met([term], ids, [Hypothesis(tokens, 0.0, 0.0)], tokenizers) is met


def test_a_term_is_typed_with_its_source_or_without() -> None:
    assert typed_term("apartment") == "apartment"
    assert typed_term("piso=apartment") == Term("apartment", "piso")
    assert typed_term(" aire acondicionado = air conditioning ") == Term(
        "air conditioning", "aire acondicionado"
    )
    for wrong in ("=apartment", "piso=", "…=apartment", "="):
        with pytest.raises(ConfigError, match="write TARGET, or SOURCE=TARGET"):
            typed_term(wrong)


def test_a_typed_source_decides_in_each_text(translator: Translator) -> None:
    plain = translator.translate_all(TEXTS)
    found = translator.translate_all(
        [Source(text, terms=(Term("libro", "gato"),)) for text in TEXTS]
    )
    for one, other in zip(plain, found, strict=True):
        if "gato" in one.source.split():
            assert re.search(r"\blibro\b", other.text)
        else:
            assert one == other
