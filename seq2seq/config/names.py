"""Names that a setting can select, such as those of the cells.

The built-in names are listed here, so that a configuration is checked without importing torch. A
test compares them with the registries. Names that are not listed may come from plug-ins.
"""

from __future__ import annotations

from seq2seq.registry import Registry, registry_of, suggestion
from seq2seq.runtime.plugins import load_plugins

BUILT_IN: dict[str, tuple[str, ...]] = {
    "attention": ("none", "bahdanau", "luong-concat", "luong-dot", "luong-general", "multi-head"),
    "augmentation": ("recombine", "phrases", "names", "noise", "capitals", "items"),
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
    "task": ("translation", "language-model", "classification", "description"),
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
"""Built-in names by kind of registry, in the order of suggestions."""


def problem_with_name(kind: str, name: str) -> str | None:
    """Return the problem with a name, or None if it is built in or registered.

    Raises:
        ConfigError: If a plug-in that may register the name cannot be imported.
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
    """Return the module outside the package that registered a name, if it is importable."""
    registered = registry_of(kind)
    if name in BUILT_IN[kind] or not isinstance(registered, Registry):
        return None
    origin = registered.origin(name)
    return None if origin == "__main__" else origin
