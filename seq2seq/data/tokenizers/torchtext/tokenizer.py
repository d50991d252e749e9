"""Word tokenizers by the names that torchtext 0.6 knows them by. torchtext is imported when one is
first asked for.

It does not know what becomes of the tokens. A tokenizer that torchtext itself takes from elsewhere
needs that package too; what is missing is said with what to install."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable
from typing import Any

from seq2seq.errors import ConfigError
from seq2seq.registry import Registry

# Each with the package that torchtext takes it from, if it is not torchtext's own.
TORCHTEXT_TOKENIZERS = Registry[str]("torchtext tokenizer")
TORCHTEXT_TOKENIZERS.register("basic_english")("")
TORCHTEXT_TOKENIZERS.register("split")("")
TORCHTEXT_TOKENIZERS.register("spacy")("spacy")
TORCHTEXT_TOKENIZERS.register("moses")("sacremoses")
TORCHTEXT_TOKENIZERS.register("toktok")("nltk")
TORCHTEXT_TOKENIZERS.register("revtok")("revtok")
TORCHTEXT_TOKENIZERS.register("subword")("revtok")


@functools.cache
def torchtext_tokenizer(name: str) -> Callable[[str], list[str]]:
    """The function that `torchtext.data.get_tokenizer` gives for a name, or for "spacy:MODEL".

    "split" (at blanks) is what torchtext gives for no name at all.

    Raises:
        ConfigError: an unknown name; or a package or a model of spaCy's that is not installed, with
            what to install.
    """
    kind, colon, model = name.partition(":")
    package = TORCHTEXT_TOKENIZERS[kind]
    # Only installed models have such names: a model directory is not to name a path to load one
    # from.
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
            "such as "
            "python -m spacy download de_core_news_sm, and name it: spacy:de_core_news_sm"
        ) from None
    return found


def _imported(module: str, name: str, requirement: str) -> Any:
    try:
        return importlib.import_module(module)
    except (
        ImportError,
        OSError,
    ) as error:  # OSError: a later torchtext, whose compiled part does not fit this torch
        reason = str(error).partition("\n")[0]
        raise ConfigError(
            f"torchtext tokenizer {name!r} needs: pip install {requirement} ({reason})"
        ) from None
