"""The modules of the page do with a text what the package does, on all tables of cases and more."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from seq2seq.data.tokenizers.pair import TokenizerPair
from seq2seq.model_directory.shipped_models import SHIPPED
from seq2seq.text_steps.case_marks import mark_case, restore_case
from seq2seq.text_steps.clauses import split_long
from seq2seq.text_steps.languages import WEIGHTS, identify
from seq2seq.text_steps.letter_case import in_sentence_case, letter_case
from seq2seq.text_steps.outer_marks import split_outer_marks
from seq2seq.text_steps.outer_quotes import split_outer_quotes
from seq2seq.text_steps.protection import find_items
from seq2seq.text_steps.sentences import split_sentences
from seq2seq.text_steps.signs import plain_signs, plain_target
from seq2seq.web.modules import write_modules
from tests.support.node import run_node

CASES = Path(__file__).parents[1] / "text_steps" / "cases"
FUNCTIONS = Path(__file__).with_name("text_functions.mjs")
MODEL = SHIPPED / "es-en"
TOKENIZER = MODEL / "tokenizer" / "joint.model"
CURIOUS = (
    "“«»’–—…\xa0\u200b\u200d\ufe0f\u20e3\u0301\u0336\u3099❤👩🏽🏴ｶﾞabceоеѐё1٣½²№ﬁ가\u0915\u094d\u064b"
    "≠=ⒶẹΩÅ・─ \n.!?;:,()[]{}<>@#/\\_-'\"0123456789ABCDeéñÑ¿¡%$€°ǅİſßΣς\u1e9e\U0001d407文。"
)


def strings(value: object) -> Iterator[str]:
    """Yield all strings in a value from JSON."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from strings(list(value.values()))
    elif isinstance(value, list):
        for one in value:
            yield from strings(one)


def tables() -> list[str]:
    """Return all texts of the tables of cases."""
    files = sorted(CASES.glob("*.json"))
    return [text for path in files for text in strings(json.loads(path.read_text("utf-8")))]


def distorted(texts: list[str], count: int) -> Iterator[str]:
    """Yield texts with curious characters in them, in other case, and joined."""
    random_ = random.Random(27)
    for _ in range(count):
        text = random_.choice(texts)
        yield random_.choice([text.upper(), text.title(), text.swapcase()])
        yield text + random_.choice(["", " ", "\n", ". "]) + random_.choice(texts)
        place = random_.randrange(len(text) + 1)
        yield text[:place] + "".join(random_.choices(CURIOUS, k=3)) + text[place:]
        yield "".join(random_.choices(CURIOUS, k=random_.randrange(20)))


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("modules")
    write_modules(folder)
    return folder


@pytest.fixture(scope="module")
def texts() -> list[str]:
    own = tables()
    assert len(own) > 1500
    return [*own, *distorted(own, 150)]


@pytest.fixture(scope="module")
def tokenizers() -> TokenizerPair:
    return TokenizerPair.load(MODEL)


SIMPLE: dict[str, Callable[[str], object]] = {
    "markCase": mark_case,
    "restoreCase": lambda text: restore_case(text),
    "findItems": lambda text: [item.text for item in find_items(text)],
    "letterCase": lambda text: [letter_case(text).name, in_sentence_case(text)],
    "splitOuterMarks": lambda text: split_outer_marks(text)._asdict(),
    "splitOuterQuotes": lambda text: split_outer_quotes(text)._asdict(),
    "plainTarget": plain_target,
    "splitSentences": lambda text: [list(pair) for pair in split_sentences(text)],
}


@pytest.mark.parametrize("name", SIMPLE)
def test_a_step_does_the_same_in_the_page(name: str, modules: Path, texts: list[str]) -> None:
    inputs = [*texts, *map(mark_case, texts)] if name == "restoreCase" else texts
    found = run_node(FUNCTIONS, modules, given=[[name, text] for text in inputs])
    assert_same(inputs, found, list(map(SIMPLE[name], inputs)))


def test_a_long_sentence_is_cut_at_the_same_places(modules: Path, texts: list[str]) -> None:
    inputs = [text for text in texts if all(one <= "\uffff" for one in text)]
    found = run_node(FUNCTIONS, modules, given=[["splitLong", text, 20] for text in inputs])
    expected = [
        [list(pair) for pair in split_long(text, longest=20, length=len)] for text in inputs
    ]
    assert_same(inputs, found, expected)


def test_signs_become_those_of_any_vocabulary(modules: Path, texts: list[str]) -> None:
    table = json.loads((CASES / "signs.json").read_text("utf-8"))["known"]
    requests = [["plainSigns", text, known] for known in table.values() for text in texts]
    expected = [plain_signs(text, known=frozenset(known)) for _, text, known in requests]
    assert_same(requests, run_node(FUNCTIONS, modules, given=requests), expected)


def test_the_language_of_a_text_is_the_same(modules: Path, texts: list[str]) -> None:
    found = run_node(FUNCTIONS, modules, given=[["identify", text, str(WEIGHTS)] for text in texts])
    for text, guess in zip(texts, found, strict=True):
        own = identify(text)
        assert [guess["language"], guess["script"]] == [own.language, own.script], text
        assert guess["confidence"] == pytest.approx(own.confidence)


def test_all_steps_of_a_model_do_the_same(
    modules: Path, texts: list[str], tokenizers: TokenizerPair
) -> None:
    lines = [text.replace("\n", " ") for text in texts]
    known = "".join(sorted(tokenizers.source_characters))
    on = {"signs": True, "protect": True, "case_marks": True}
    requests = [["steps", line, on, known, tokenizers.places] for line in lines]
    prepared = list(map(tokenizers.prepare, lines))
    expected = [[one.text, tokenizers.steps.finish(one.text, one)] for one in prepared]
    assert_same(lines, run_node(FUNCTIONS, modules, given=requests), expected)


def test_the_tokenizer_finds_the_same_ids_and_texts(
    modules: Path, texts: list[str], tokenizers: TokenizerPair
) -> None:
    source = tokenizers.source
    random_ = random.Random(27)
    rows = [random_.choices(range(4, 300), k=6) for _ in range(300)]
    rows += [random_.choices(range(4, source.vocab_size), k=6) for _ in range(300)]
    encoded = source.encode(texts)
    requests: list[list[Any]] = [["tokens", text, str(TOKENIZER)] for text in texts]
    requests += [["decode", row, str(TOKENIZER)] for row in rows]
    expected: list[object] = [
        [ids, text] for ids, text in zip(encoded, source.decode(encoded), strict=True)
    ]
    expected += source.decode(rows)
    assert_same(requests, run_node(FUNCTIONS, modules, given=requests), expected)


def assert_same(inputs: list[Any], found: list[object], expected: list[object]) -> None:
    """Assert that all answers are as expected, and show the first that differs."""
    assert len(found) == len(expected)
    for given, one, other in zip(inputs, found, expected, strict=True):
        assert one == other, given
