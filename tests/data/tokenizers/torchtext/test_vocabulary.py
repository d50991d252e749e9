"""torchtext vocabularies are read completely; a file that asks for more is refused in time."""

from __future__ import annotations

import os
import pickle
import sys
from collections import Counter, OrderedDict
from pathlib import Path
from types import ModuleType

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.data.tokenizers.torchtext.vocabulary import read_torchtext_tokens
from seq2seq.data.tokenizers.vocabulary import UNK, Vocabulary
from seq2seq.errors import DataError
from tests.support.examples import few

TOKENS = ["<unk>", "<pad>", "casa", "papel", "de", "niño"]


@pytest.fixture
def legacy(tmp_path: Path) -> Path:
    """A Vocab of torchtext 0.6, made and pickled by itself."""
    torchtext = pytest.importorskip("torchtext", reason="the extra [torchtext] is not installed")
    made = torchtext.vocab.Vocab(Counter({"casa": 4, "papel": 3, "de": 2, "niño": 1}))
    path = tmp_path / "legacy.pkl"
    path.write_bytes(pickle.dumps(made))
    return path


@pytest.fixture
def modern(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Save a vocabulary as torchtext 0.12 and later do, with stand-ins: today's torch cannot import
    it."""

    class Compiled:
        def __getstate__(self) -> tuple[str, list[int], list[str], list[int]]:
            return ("0.0.2", [0], TOKENS, [])

    class Vocab:
        def __init__(self) -> None:
            self.training = True  # what torch.nn.Module gives each of its own
            self._parameters: OrderedDict[str, object] = OrderedDict()
            self._non_persistent_buffers_set: set[str] = set()
            self._modules: OrderedDict[str, object] = OrderedDict()
            self.vocab = Compiled()

    for package in ("torchtext", "torchtext.vocab"):
        monkeypatch.setitem(sys.modules, package, ModuleType(package))
    for module, kind in (("torchtext._torchtext", Compiled), ("torchtext.vocab.vocab", Vocab)):
        kind.__module__, kind.__qualname__, kind.__name__ = module, "Vocab", "Vocab"
        stand_in = ModuleType(module)
        stand_in.Vocab = kind  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, module, stand_in)
    path = tmp_path / "vocab.pt"
    torch.save(Vocab(), path)
    return path


@pytest.mark.parametrize("form", ["legacy", "modern"])
def test_the_tokens_of_both_formats_are_read_in_order(
    form: str, request: pytest.FixtureRequest
) -> None:
    path = request.getfixturevalue(form)
    assert read_torchtext_tokens(path) == TOKENS
    vocabulary = Vocabulary.from_torchtext(path)
    assert vocabulary.tokens == ("casa", "papel", "de", "niño")
    assert vocabulary.id("<unk>") == UNK
    assert vocabulary.token(vocabulary.id("niño")) == "niño"


def test_a_vocab_in_memory_is_read_like_its_file(legacy: Path) -> None:
    from torchtext.data import Field

    field = Field(init_token="<s>", eos_token="</s>")
    field.build_vocab([["casa", "casa", "de", "papel", "papel", "papel"]])
    assert Vocabulary.from_torchtext(field.vocab).tokens == ("papel", "casa", "de")
    made = pickle.loads(legacy.read_bytes())
    assert Vocabulary.from_torchtext(made).tokens == Vocabulary.from_torchtext(str(legacy)).tokens


def test_a_vocab_of_later_versions_is_asked_for_its_tokens() -> None:
    class Vocab:
        def get_itos(self) -> list[str]:
            return TOKENS

    assert Vocabulary.from_torchtext(Vocab()).tokens == ("casa", "papel", "de", "niño")


@pytest.mark.parametrize("other", [None, 3, {}, TOKENS])
def test_an_object_that_is_no_vocab_is_named(other: object) -> None:
    with pytest.raises(
        DataError, match=f"a {type(other).__name__}: contains no torchtext vocabulary"
    ):
        Vocabulary.from_torchtext(other)


class Hostile:
    def __init__(self, function: object, *arguments: object) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> object:
        return self.call


@pytest.mark.parametrize("saved", ["pickle", "torch"])
def test_a_file_that_would_run_something_is_refused_and_does_not(
    saved: str, tmp_path: Path
) -> None:
    trace = tmp_path / "it-ran"
    for function, argument in (
        (os.system, f"touch {trace}"),
        (eval, f"open({str(trace)!r}, 'w')"),
        (Path.touch, trace),
    ):
        path = tmp_path / "hostile.pt"
        content = {"itos": TOKENS, "x": Hostile(function, argument)}
        torch.save(content, path) if saved == "torch" else path.write_bytes(pickle.dumps(content))
        with pytest.raises(
            DataError, match=r"hostile\.pt: .*it asks for .*, which no vocabulary needs"
        ):
            read_torchtext_tokens(path)
        assert not trace.exists()


def test_tensors_are_refused(tmp_path: Path) -> None:
    torch.save({"itos": TOKENS, "vectors": torch.ones(2)}, tmp_path / "vectors.pt")
    with pytest.raises(DataError, match=r"vectors\.pt"):
        read_torchtext_tokens(tmp_path / "vectors.pt")


@pytest.mark.parametrize(
    "content",
    [b"", b"hello", pickle.dumps([1, 2]), pickle.dumps({"itos": [1, 2]}), b"PK\x03\x04 no zip"],
)
def test_a_file_without_a_vocabulary_is_named(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "other.pt"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"other\.pt"):
        read_torchtext_tokens(path)


def test_a_truncated_or_missing_file_is_named(modern: Path, tmp_path: Path) -> None:
    modern.write_bytes(modern.read_bytes()[:-40])
    for path in (modern, tmp_path / "none.pt", tmp_path):
        with pytest.raises(DataError, match=path.name):
            read_torchtext_tokens(path)


@given(st.binary(max_size=200))
@few(100)
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    path = Path(os.environ.get("TMPDIR", "/tmp")) / f"any-{os.getpid()}.pt"
    path.write_bytes(content)
    try:
        read_torchtext_tokens(path)
    except DataError:
        pass
    finally:
        path.unlink()
