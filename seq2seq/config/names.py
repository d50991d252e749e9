"""Names that settings may have, such as those of the cells.

The built-in names are listed here, so that a configuration is checked without importing torch. A
test compares them with the registries; names that are not listed may come from plug-ins."""

from __future__ import annotations

from seq2seq.registry import Registry, registry_of, suggestion
from seq2seq.runtime.plugins import load_plugins

BUILT_IN: dict[str, tuple[str, ...]] = {
    "attention": ("none", "bahdanau", "luong-concat", "luong-dot", "luong-general", "multi-head"),
    "augmentation": ("recombine", "phrases", "names", "noise"),
    "cell": (
        "elman-tanh",
        "elman-relu",
        "gru",
        "lstm",
        "jordan",
        "mingru",
        "minlstm",
        "ssru",
        "ln-gru",
        "ln-lstm",
        "sru",
    ),
    "decoder order": ("fused", "input-feeding", "bahdanau"),
    "optimizer": ("adam", "adamw", "rmsprop", "sgd", "adadelta"),
    "schedule": ("constant", "inverse-sqrt", "linear", "cosine", "plateau"),
    "search strategy": ("beam", "diverse-beam", "greedy", "sampling"),
    "teacher-forcing schedule": ("constant", "linear", "exponential", "inverse-sigmoid"),
    "tokenizer": ("bpe", "truecased", "unigram", "char", "word"),
    "torchtext tokenizer": (
        "basic_english",
        "split",
        "spacy",
        "moses",
        "toktok",
        "revtok",
        "subword",
    ),
}
"""Names of each registry that a setting refers to, in the order of suggestions."""


def problem_with_name(kind: str, name: str) -> str | None:
    """Return what is wrong with a name, or None if it is built in or registered.

    Raises:
        ConfigError: If a plug-in that might have the name cannot be imported.
    """
    if name in BUILT_IN[kind]:
        return None
    load_plugins()
    registered = registry_of(kind)
    if name in registered:
        return None
    known = dict.fromkeys([*BUILT_IN[kind], *registered])
    return f"unknown {kind} {name!r}{suggestion(name, known)}"


def plugin_of(kind: str, name: str) -> str | None:
    """Return the module outside the package that registered a name, if it can be imported."""
    registered = registry_of(kind)
    if name in BUILT_IN[kind] or not isinstance(registered, Registry):
        return None
    origin = registered.origin(name)
    return None if origin == "__main__" else origin
