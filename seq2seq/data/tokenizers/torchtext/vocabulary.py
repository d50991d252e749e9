"""Tokens of a torchtext vocabulary, read without torchtext: `vocab.pt` of 0.12 and later, pickles
of 0.6 and before, and the Vocab of either where a program has one.

Both files are pickles, which can run any program when they are read. This reader makes nothing but
lists, dictionaries, text and numbers of them; whatever else a file asks for is an error, and
nothing is imported or called by its name."""

from __future__ import annotations

import io
import os
import pickle
import zipfile
from pathlib import Path
from typing import Any

from seq2seq.errors import DataError

MAX_BYTES = 1 << 28
"""A vocabulary of ten million words has less."""


class _Inert:
    """Stands for an object of torchtext's: keeps what it is made with and does nothing."""

    def __init__(self, *arguments: Any) -> None:
        self.state: Any = arguments

    def __setstate__(self, state: Any) -> None:
        self.state = state


class _Dictionary(dict[Any, Any]):
    """Stands for Counter, defaultdict and OrderedDict: takes what those are made of, and calls no
    factory."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(arguments[-1] if arguments and isinstance(arguments[-1], dict) else ())

    def __setstate__(self, state: Any) -> None:
        """An OrderedDict's attributes are not needed."""


_KNOWN = {
    ("torchtext.vocab", "Vocab"): _Inert,
    ("torchtext.vocab", "SubwordVocab"): _Inert,
    ("torchtext.vocab.vocab", "Vocab"): _Inert,
    ("torchtext._torchtext", "Vocab"): _Inert,
    ("torchtext.vocab", "_default_unk_index"): _Inert,
    ("builtins", "set"): set,
    ("__builtin__", "set"): set,  # as protocol 2 spells it
    ("collections", "Counter"): _Dictionary,
    ("collections", "defaultdict"): _Dictionary,
    ("collections", "OrderedDict"): _Dictionary,
}


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        try:
            return _KNOWN[module, name]
        except KeyError:
            raise pickle.UnpicklingError(
                f"it asks for {module}.{name}, which no vocabulary needs"
            ) from None

    def persistent_load(self, pid: Any) -> Any:
        raise pickle.UnpicklingError("it holds tensors; save the vocabulary without its vectors")


def torchtext_tokens(vocabulary: object) -> list[str]:
    """The tokens of a Vocab of torchtext's, or of the file that a path names, as
    `read_torchtext_tokens` gives them.

    Raises:
        DataError: naming the file or the type, if it is no such vocabulary.
    """
    if isinstance(vocabulary, str | os.PathLike):
        return read_torchtext_tokens(vocabulary)
    listed = getattr(vocabulary, "get_itos", None)  # of 0.12 and later
    found = listed() if callable(listed) else getattr(vocabulary, "itos", None)
    return _checked(found, f"a {type(vocabulary).__name__}")


def read_torchtext_tokens(path: str | os.PathLike[str]) -> list[str]:
    """The tokens of a torchtext vocabulary file, in the order of their ids, special ones included.

    Raises:
        DataError: naming the file, if it is missing, too large, damaged, no vocabulary, or holds
            anything else.
    """
    path = Path(path)
    try:
        content = _content(path)
        found = _tokens(_Reader(io.BytesIO(content)).load())
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}") from None
    except DataError:
        raise
    except Exception as error:  # a hostile pickle can make the reader fail in any way
        raise DataError(f"{path}: cannot be read as a torchtext vocabulary: {error}") from None
    return _checked(found, str(path))


def _checked(found: object, place: str) -> list[str]:
    if (
        not isinstance(found, list)
        or not found
        or not all(isinstance(token, str) for token in found)
    ):
        raise DataError(f"{place}: holds no torchtext vocabulary")
    return found


def _content(path: Path) -> bytes:
    """The pickle: of a file of torch.save's, which is a zip, or the file itself."""
    if path.stat().st_size > MAX_BYTES:
        raise DataError(f"{path}: is larger than any vocabulary ({MAX_BYTES:,} bytes)")
    if not zipfile.is_zipfile(path):
        return path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if name.endswith("data.pkl")]
        if len(names) != 1 or archive.getinfo(names[0]).file_size > MAX_BYTES:
            raise DataError(f"{path}: holds no torchtext vocabulary, or one larger than any")
        return archive.read(names[0])


def _tokens(found: Any) -> list[str]:
    """The list of tokens inside what was read; empty if there is none."""
    state = found.state if isinstance(found, _Inert) else found
    if isinstance(state, dict):
        if isinstance(state.get("itos"), list):  # 0.6 and before
            return list(state["itos"])
        modules = state.get("_modules")
        inner = state.get("vocab") or (modules.get("vocab") if isinstance(modules, dict) else None)
        return _tokens(inner) if isinstance(inner, _Inert) else []
    if (
        isinstance(state, tuple) and len(state) == 4 and isinstance(state[2], list)
    ):  # version, indices, tokens, tensors
        return list(state[2])
    return []
