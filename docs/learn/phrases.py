"""Noun phrases of the sample text, and a model that learns them in seconds, for the notebooks.

    from phrases import phrase_model
    translator = phrase_model()
    print(translator.translate("casa de papel"))    # paper house

"Casa de papel" is in none of the phrases that the model learns from. It has to be put together from
others, such as "casa de madera" (wood house) and "barco de papel" (paper boat).
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from seq2seq import Config, Translator, train

SAMPLE = Path(__file__).resolve().parents[2] / "recipes" / "sample_es_en"
"""Directory of the sample text."""

LONGEST = 4
"""Maximum number of words of a phrase."""

COMMON = 8
"""Minimum number of times that a word occurs in the training phrases."""

SETTINGS: dict[str, Any] = {
    "text": {"signs": False, "protect": False, "case_marks": False},  # the text is plain already
    "tokenizer": {"type": "word", "vocab_size": 600, "joint": False},
    "model": {
        "cell": "gru",
        "attention": "bahdanau",
        "decoder_order": "bahdanau",
        "embedding_size": 64,
        "scale_embeddings": True,
        "hidden_size": 64,
        "dropout": 0.0,
        "weight_tying": "two-way",
    },
    "training": {
        "max_steps": 300,
        "batch_tokens": 300,
        "learning_rate": 0.01,
        "warmup_steps": 20,
        "label_smoothing": 0.0,
        "precision": "fp32",
        "log_every": 50,
    },
    "decoding": {"beam": 1},
}
"""Settings of the model: the order of Bahdanau et al. (2015), very small."""


def phrase_pairs(split: str) -> list[tuple[str, str]]:
    """Return the noun phrases of a file of the sample text, in common words.

    Args:
        split: "train", "dev" or "test".

    Returns:
        Pairs of a Spanish phrase and its English translation.
    """
    training = _short_phrases("train")
    count = Counter(word for pair in training for side in pair for word in side.split())
    return [
        pair
        for pair in (training if split == "train" else _short_phrases(split))
        if all(count[word] >= COMMON for side in pair for word in side.split())
    ]


def phrase_config(*overrides: str, training_pairs: int | None = None) -> Config:
    """Write the phrases into runs/phrase_text and return a configuration that reads them.

    Args:
        overrides: Further settings as "section.key=value".
        training_pairs: Number of training pairs to keep; None keeps all.

    Returns:
        The configuration.
    """
    directory = Path("runs") / "phrase_text"
    directory.mkdir(parents=True, exist_ok=True)
    files = {}
    for split, limit in (("train", training_pairs), ("dev", 60)):
        name = split if limit is None else f"{split}_{limit}"
        files[split] = str(directory / f"{name}.tsv")
        lines = ["\t".join(pair) + "\n" for pair in phrase_pairs(split)[:limit]]
        Path(files[split]).write_text("".join(lines), encoding="utf-8")

    return Config.from_dict({"data": files, **SETTINGS}, overrides)


def phrase_model() -> Translator:
    """Return the model in runs/phrases, which is trained first if it does not exist yet."""
    run = Path("runs") / "phrases"
    if not (run / "model.safetensors").exists():
        train(phrase_config(), output=run)
    return Translator.from_pretrained(run, engine="torch")


def _short_phrases(split: str) -> list[tuple[str, str]]:
    """Return the pairs of a file that are noun phrases, which begin without a capital."""
    text = (SAMPLE / f"{split}.tsv").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in text.splitlines()]
    return [
        (source, target)
        for source, target in rows
        if source[0].islower() and len(source.split()) <= LONGEST
    ]
