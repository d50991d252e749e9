"""torchtext tokenizers split as torchtext does, keep the contract, and name missing packages."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.config.config import Config
from seq2seq.config.settings import TokenizerConfig
from seq2seq.data.tokenizers.base import Tokenizer
from seq2seq.data.tokenizers.known_tokenizers import TOKENIZERS
from seq2seq.data.tokenizers.pair import TokenizerPair
from seq2seq.data.tokenizers.torchtext.tokenizer import TORCHTEXT_TOKENIZERS, torchtext_tokenizer
from seq2seq.data.tokenizers.vocabulary import BOS, EOS, PAD, UNK
from seq2seq.errors import CheckpointError, ConfigError
from tests.support.examples import few

pytest.importorskip("torchtext", reason="the extra [torchtext] is not installed")

LINES = ["The old man sells a house.", "My sister's friend, he said, sees the river!"]


def trained(name: str, lines: list[str] = LINES) -> Tokenizer:
    return TOKENIZERS["word"].train(
        lines,
        TokenizerConfig(type="word", vocab_size=1000, normalization="identity", torchtext=name),
    )


@pytest.fixture
def afresh() -> Iterator[None]:
    """No tokenizer is known from before, nor after."""
    torchtext_tokenizer.cache_clear()
    yield
    torchtext_tokenizer.cache_clear()


@pytest.mark.parametrize("name", ["basic_english", "split"])
@given(text=st.text(st.one_of(st.characters(), st.sampled_from(" aé_.,'\"￭")), max_size=60))
@few(100)
def test_any_text_is_split_and_joined_with_spaces(name: str, text: str) -> None:
    tokenizer = trained(name, [text, "word"])
    [row] = tokenizer.encode([text])
    assert not {PAD, UNK, BOS, EOS} & set(row)
    surfaces = tokenizer.surface_words(text)
    assert surfaces is not None
    assert len(surfaces) == len(row)
    assert tokenizer.decode([row]) == [" ".join(surfaces)]
    words = tokenizer.word_ids(row, text=text)
    assert len(words) == len(row)
    assert words == sorted(words)
    assert set(words) <= set(range(len(text.split())))
    assert tokenizer.word_ids(row) == list(range(len(row)))
    ids, begun = tokenizer.split_prefix(text)
    assert ids == (row[:-1] if begun else row)


def test_it_splits_as_torchtext_does() -> None:
    from torchtext.data import get_tokenizer

    for name, asked in (("basic_english", "basic_english"), ("split", None)):
        for line in LINES:
            assert trained(name).surface_words(line) == get_tokenizer(asked)(line)


def test_unknown_words_are_copied() -> None:
    tokenizer = trained("basic_english")
    text = 'The Wizard\'s "house".'
    [row] = tokenizer.encode([text])
    assert tokenizer.surface_words(text) == ["the", "wizard", "'", "s", "house", "."]
    assert [number == UNK for number in row] == [False, True, False, False, False, False]
    assert tokenizer.word_ids(row, text=text) == [0, 1, 1, 1, 2, 2]
    assert tokenizer.decode([row], unknown=[["Gandalf"]]) == ["the Gandalf ' s house ."]


def test_a_text_can_have_no_token() -> None:
    tokenizer = trained("basic_english")
    assert tokenizer.encode(["", " \n", '"', '" :;']) == [[], [], [], []]
    assert tokenizer.split_prefix('"') == ([], "")
    assert tokenizer.word_ids([], text='"') == []


def test_a_word_is_begun_unless_a_space_or_a_dropped_character_ends_it() -> None:
    tokenizer = trained("basic_english")
    ids, begun = tokenizer.split_prefix("The old m")
    assert (tokenizer.decode([ids]), begun) == (["the old"], "m")
    assert {tokenizer.decode([[number]])[0] for number in tokenizer.completions(begun)} == {
        "man",
        "my",
    }
    for whole in ("The old man ", 'The old "man"', "The old man:"):
        assert tokenizer.split_prefix(whole) == (tokenizer.encode(["the old man"])[0], "")


def test_it_is_saved_by_name_and_loaded_unchanged(tmp_path: Path) -> None:
    pair = TokenizerPair.train(
        LINES,
        LINES,
        TokenizerConfig(
            type="word", vocab_size=1000, torchtext="basic_english", target_torchtext="split"
        ),
    )
    pair.save(tmp_path)
    loaded = TokenizerPair.load(tmp_path)
    for side, again in ((pair.source, loaded.source), (pair.target, loaded.target)):
        assert (
            again.encode(LINES)
            == side.encode(LINES)
            == pickle.loads(pickle.dumps(side)).encode(LINES)
        )
    assert loaded.source.encode(LINES) != loaded.target.encode(LINES)
    joint = TokenizerPair.train(
        LINES,
        LINES,
        TokenizerConfig(type="word", vocab_size=1000, joint=True, torchtext="split"),
    )
    assert joint.target.surface_words(LINES[0]) == LINES[0].split()


def stand_in(monkeypatch: pytest.MonkeyPatch, name: str, **content: object) -> None:
    module = ModuleType(name)
    vars(module).update(content)
    monkeypatch.setitem(sys.modules, name, module)


@pytest.mark.usefixtures("afresh")
def test_spaces_in_tokens_and_empty_tokens_are_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(
        monkeypatch,
        "revtok",
        tokenize=lambda text: ["", *(f" {word} !\t" for word in text.split(" ")), " "],
    )
    tokenizer = trained("revtok", ["a b  c"])
    assert tokenizer.surface_words("a  b\u2028c") == ["a", "!", "b", "!", "c", "!"]
    assert tokenizer.decode(tokenizer.encode(["c a"])) == ["c ! a !"]


@pytest.mark.usefixtures("afresh")
@pytest.mark.parametrize("name", TORCHTEXT_TOKENIZERS)
def test_a_missing_package_is_reported_with_the_command_to_install_it(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if package := TORCHTEXT_TOKENIZERS[name]:
        monkeypatch.setitem(sys.modules, package, None)
        with pytest.raises(
            ConfigError, match=f"torchtext tokenizer '{name}' needs: pip install {package} "
        ):
            trained(name)
    monkeypatch.setitem(sys.modules, "torchtext.data.utils", None)
    with pytest.raises(
        ConfigError, match=rf"torchtext tokenizer '{name}' needs: pip install torchtext==0\.6\.0 "
    ) as said:
        trained(name)
    assert "\n" not in str(said.value)


@pytest.mark.usefixtures("afresh")
def test_a_saved_tokenizer_that_cannot_be_loaded_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "source.json"
    trained("split").save(path)
    torchtext_tokenizer.cache_clear()
    with monkeypatch.context() as without:
        without.setitem(sys.modules, "torchtext.data.utils", None)
        with pytest.raises(
            CheckpointError, match=r"source\.json: .*'split' needs: pip install torchtext==0\.6\.0"
        ):
            TOKENIZERS["word"].load(path)
    path.write_text(
        path.read_text(encoding="utf-8").replace('"split"', '"splitt"'), encoding="utf-8"
    )
    with pytest.raises(
        CheckpointError, match=r"source\.json: unknown torchtext tokenizer 'splitt'; did you mean"
    ):
        TOKENIZERS["word"].load(path)


@pytest.mark.usefixtures("afresh")
def test_spacy_is_given_its_model(monkeypatch: pytest.MonkeyPatch) -> None:
    class Model:
        @staticmethod
        def tokenizer(text: str) -> list[SimpleNamespace]:
            return [SimpleNamespace(text=word) for word in text.split()]

    def load(name: str) -> Model:
        if name != "de_core_news_sm":
            raise OSError(f"[E050] Can't find model {name!r}.\n\nInstall one.")
        return Model()

    stand_in(monkeypatch, "spacy", load=load)
    for name in ("spacy", "spacy:xx_none"):
        with pytest.raises(
            ConfigError, match=r"spaCy has no model '(en|xx_none)'; install one, such as"
        ) as said:
            trained(name)
        assert "\n" not in str(said.value)
    assert trained("spacy:de_core_news_sm").surface_words("das Haus") == ["das", "Haus"]


@pytest.mark.parametrize(
    "name", ["spacy:", "spacy:../model", "spacy:/tmp/model", "basic_english:de", "moses:de"]
)
def test_only_an_installed_spacy_model_may_follow_the_colon(name: str) -> None:
    with pytest.raises(ConfigError, match="or 'spacy:MODEL'"):
        trained(name)


def test_a_configuration_allows_them_only_for_type_word() -> None:
    def problem(**tokenizer: object) -> str:
        with pytest.raises(ConfigError) as said:
            Config.from_dict({"data": {"train": "a.tsv", "dev": "b.tsv"}, "tokenizer": tokenizer})
        (line,) = str(said.value).split("\n")[1:]
        return line

    every = ", ".join(TORCHTEXT_TOKENIZERS)
    assert f"tokenizer.torchtext: unknown torchtext tokenizer 'xyz'; there are: {every}" in problem(
        torchtext="xyz"
    )
    assert "did you mean 'toktok'" in problem(type="word", target_torchtext="tiktok")
    assert "torchtext must be left out with type bpe" in problem(type="bpe", torchtext="split")
    assert "must be left out with joint" in problem(
        type="word", joint=True, torchtext="split", target_torchtext="basic_english"
    )
    chosen = {
        "type": "word",
        "torchtext": "spacy:de_core_news_sm",
        "target_torchtext": "basic_english",
    }
    Config.from_dict({"data": {"train": "a.tsv", "dev": "b.tsv"}, "tokenizer": chosen})
