"""Word tokenizers of torchtext 0.6, under the same names.

torchtext is imported when a tokenizer is first requested. Some tokenizers also need the package
that torchtext takes them from; if it is missing, the error says what to install.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable
from typing import Any

from seq2seq.errors import ConfigError
from seq2seq.registry import Registry

TORCHTEXT_TOKENIZERS = Registry[str]("torchtext tokenizer")
"""Package that torchtext takes each tokenizer from, by name; "" for torchtext itself."""

TORCHTEXT_TOKENIZERS.register("basic_english")("")
TORCHTEXT_TOKENIZERS.register("split")("")
TORCHTEXT_TOKENIZERS.register("spacy")("spacy")
TORCHTEXT_TOKENIZERS.register("moses")("sacremoses")
TORCHTEXT_TOKENIZERS.register("toktok")("nltk")
TORCHTEXT_TOKENIZERS.register("revtok")("revtok")
TORCHTEXT_TOKENIZERS.register("subword")("revtok")


@functools.cache
def torchtext_tokenizer(name: str) -> Callable[[str], list[str]]:
    """Return the torchtext tokenizer with this name, as `torchtext.data.get_tokenizer` does.

    Args:
        name: One of TORCHTEXT_TOKENIZERS, or "spacy:MODEL". "split" (at spaces) is torchtext's
            tokenizer for the name None.

    Returns:
        A function from a text to its tokens.

    Raises:
        ConfigError: If the name is unknown, or a package or spaCy model is not installed; the
            message says what to install.
    """
    kind, colon, model = name.partition(":")
    package = TORCHTEXT_TOKENIZERS[kind]
    # The name of an installed model is an identifier. A model directory must not be able to name a
    # path to load something from.
    if colon and (kind != "spacy" or not model.isidentifier()):
        raise ConfigError(
            f"torchtext tokenizer {name!r}: write {kind!r}, or 'spacy:MODEL', such as "
            "spacy:de_core_news_sm"
        )
    get_tokenizer = _imported("torchtext.data.utils", name, "torchtext==0.6.0").get_tokenizer
    if package:
        _imported(package, name, package)
    try:
        found: Callable[[str], list[str]] = get_tokenizer(
            None if kind == "split" else kind, model or "en"
        )
    except OSError:
        raise ConfigError(
            f"torchtext tokenizer {name!r}: spaCy has no model {model or 'en'!r}; install one, "
            "such as python -m spacy download de_core_news_sm, and name it: spacy:de_core_news_sm"
        ) from None
    return found


def _imported(module: str, name: str, requirement: str) -> Any:
    try:
        return importlib.import_module(module)
    except (ImportError, OSError) as error:
        # A later torchtext raises OSError if its compiled part does not match this torch.
        reason = str(error).partition("\n")[0]
        raise ConfigError(
            f"torchtext tokenizer {name!r} needs: pip install {requirement} ({reason})"
        ) from None
