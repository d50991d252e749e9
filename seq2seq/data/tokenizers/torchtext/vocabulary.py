"""Tokens of a torchtext vocabulary, read without torchtext.

Files saved by 0.12 and later (`vocab.pt`), pickles from 0.6 and before, and Vocab objects of all
these versions are supported.

Both kinds of file are pickles, which can run any code when they are read. This reader builds only
lists, dictionaries, text and numbers. Anything else in a file is an error, and nothing is imported
or called by name.
"""

from __future__ import annotations

import io
import os
import pickle
import zipfile
from pathlib import Path
from typing import Any

from seq2seq.errors import DataError

MAX_BYTES = 1 << 28
"""Maximum size of a file in bytes. A vocabulary of ten million words is smaller."""


class _Inert:
    """Stand-in for a torchtext object, which stores its arguments or state and does nothing."""

    def __init__(self, *arguments: Any) -> None:
        self.state: Any = arguments

    def __setstate__(self, state: Any) -> None:
        self.state = state


class _Dictionary(dict[Any, Any]):
    """Stand-in for Counter, defaultdict and OrderedDict, which never calls a factory."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(arguments[-1] if arguments and isinstance(arguments[-1], dict) else ())

    def __setstate__(self, state: Any) -> None:
        """Ignore the attributes of an OrderedDict."""


_KNOWN = {
    ("torchtext.vocab", "Vocab"): _Inert,
    ("torchtext.vocab", "SubwordVocab"): _Inert,
    ("torchtext.vocab.vocab", "Vocab"): _Inert,
    ("torchtext._torchtext", "Vocab"): _Inert,
    ("torchtext.vocab", "_default_unk_index"): _Inert,
    ("builtins", "set"): set,
    ("__builtin__", "set"): set,  # its name in pickle protocol 2
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
        raise pickle.UnpicklingError("it contains tensors; save the vocabulary without its vectors")


def torchtext_tokens(vocabulary: object) -> list[str]:
    """Return the tokens of a torchtext vocabulary, in the order of their ids.

    Args:
        vocabulary: Vocab of torchtext, or the path of a file.

    Returns:
        The tokens, special tokens included.

    Raises:
        DataError: If it is not such a vocabulary, or cannot be read; the message names the file or
            type.
    """
    if isinstance(vocabulary, str | os.PathLike):
        return read_torchtext_tokens(vocabulary)
    listed = getattr(vocabulary, "get_itos", None)  # 0.12 and later
    found = listed() if callable(listed) else getattr(vocabulary, "itos", None)
    return _checked(found, f"a {type(vocabulary).__name__}")


def read_torchtext_tokens(path: str | os.PathLike[str]) -> list[str]:
    """Return the tokens of a torchtext vocabulary file, in the order of their ids.

    Args:
        path: Path of the file.

    Returns:
        The tokens, special tokens included.

    Raises:
        DataError: If the file is missing, too large or damaged, or does not contain a vocabulary
            only; the message names it.
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
        raise DataError(f"{place}: contains no torchtext vocabulary")
    return found


def _content(path: Path) -> bytes:
    """Return the pickle in a file: one member of a torch.save archive, or the whole file."""
    if path.stat().st_size > MAX_BYTES:
        raise DataError(f"{path}: is larger than any vocabulary ({MAX_BYTES:,} bytes)")
    if not zipfile.is_zipfile(path):
        return path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if name.endswith("data.pkl")]
        if len(names) != 1 or archive.getinfo(names[0]).file_size > MAX_BYTES:
            raise DataError(f"{path}: contains no torchtext vocabulary, or one that is too large")
        return archive.read(names[0])


def _tokens(found: Any) -> list[str]:
    """Return the list of tokens in an unpickled object; empty if there is none."""
    state = found.state if isinstance(found, _Inert) else found
    if isinstance(state, dict):
        if isinstance(state.get("itos"), list):  # 0.6 and before
            return list(state["itos"])
        modules = state.get("_modules")
        inner = state.get("vocab") or (modules.get("vocab") if isinstance(modules, dict) else None)
        return _tokens(inner) if isinstance(inner, _Inert) else []
    # Version, indices, tokens, tensors.
    if isinstance(state, tuple) and len(state) == 4 and isinstance(state[2], list):
        return list(state[2])
    return []
