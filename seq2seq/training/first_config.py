"""First configuration for the data at hand, with a comment on each setting."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from seq2seq.config.config import Config
from seq2seq.config.presets import PRESETS
from seq2seq.errors import ConfigError
from seq2seq.model_directory.shipped_models import shipped_models
from seq2seq.registry import suggestion
from seq2seq.training.look_at_data import Look, Side

TINY = 10_000
"""Number of pairs below which `tiny` is better than `small`, and a shipped model better still."""

SMALL = 100_000
"""Number of pairs below which `small` is better than `medium`."""

MANY = 3_000_000
"""Number of pairs from which text is streamed, since it may not fit in memory."""

MAX_DEV = 2_000
"""Number of dev pairs that a validation translates at most."""

PIECES = 1.5
"""Number of tokens per word, roughly."""

_BLEU_TOKENIZERS = {
    "zh": "zh",
    "ja": "char",
    "th": "char",
    "lo": "char",
    "km": "char",
    "my": "char",
}


@dataclass(frozen=True)
class Entry:
    """A setting of the configuration.

    Attributes:
        key: Section and name; a name only at the top.
        value: Its value.
        why: Why it has this value.
    """

    key: str
    value: Any
    why: str


def choose_preset(look: Look, preset: str = "") -> tuple[str, str]:
    """Return the preset for the amount of text, and the shipped model to start from, if any.

    Args:
        look: What is known of the pairs.
        preset: Preset to use; "" chooses one.
    """
    languages = (look.source.language, look.target.language)
    shipped = [one.name for one in shipped_models() if (one.source, one.target) == languages]
    if not preset and look.pairs < TINY and shipped:
        preset = "adapt"
    if preset == "adapt":
        return preset, shipped[0] if shipped else ""
    by_size = "tiny" if look.pairs < TINY else "small" if look.pairs < SMALL else "medium"
    return preset or by_size, ""


def first_config(train: Sequence[str], dev: str, look: Look, *, preset: str = "") -> str:
    """Return a configuration as YAML, with a comment on each setting.

    Args:
        train: Files of the training pairs.
        dev: File of the dev pairs.
        look: What is known of the pairs.
        preset: Preset to use; "" chooses one.

    Raises:
        ConfigError: The preset is unknown, or needs a model that there is not.
    """
    if preset and preset not in PRESETS:
        raise ConfigError(f"unknown preset {preset!r}{suggestion(preset, PRESETS)}")
    chosen, model = choose_preset(look, preset)
    if chosen == "adapt" and not model:
        raise ConfigError(
            "preset adapt fine-tunes a model of the same languages, and none comes with seq2seq; "
            "choose another preset, or set training.init_from yourself"
        )
    entries = list(_entries(train, dev, look, preset=chosen, model=model))
    text = _header(look) + _yaml(entries)
    Config.from_dict(yaml.safe_load(text), name="the new configuration")
    return text


def _header(look: Look) -> str:
    languages = f"{look.source.name or 'the source'} to {look.target.name or 'the target'}"
    return (
        f"# {languages[0].upper()}{languages[1:]}, {look.pairs:,} training pairs; written by "
        "`seq2seq init`.\n"
        "#\n"
        "# What will it take?     seq2seq train THIS_FILE --check\n"
        "# Train:                 seq2seq train THIS_FILE\n"
        "# All other settings:    seq2seq settings\n\n"
    )


def _entries(
    train: Sequence[str], dev: str, look: Look, *, preset: str, model: str
) -> Iterator[Entry]:
    yield Entry("preset", preset, _why_preset(preset, look))
    yield from _data(train, dev, look)
    if not model:
        yield from _tokenizer(look, preset)
    if model:
        why = "The model that comes with seq2seq for these languages: fewer pairs are needed."
        yield Entry("training.init_from", model, why)
    steps = PRESETS[preset]["training"]["max_steps"]
    why = (
        f"Steps of preset {preset}. The learning rate falls to 0 at the last one; --check says how "
        "long that takes."
    )
    yield Entry("training.max_steps", steps, why)


def _why_preset(preset: str, look: Look) -> str:
    meant = {
        "tiny": f"few pairs ({look.pairs:,}): makes new ones from them, and regularizes strongly",
        "small": f"10,000 to 100,000 pairs ({look.pairs:,}): makes new ones from them",
        "medium": f"100,000 pairs and more ({look.pairs:,})",
        "adapt": f"few pairs ({look.pairs:,}) and a model of these languages: trains it further",
    }
    return f"Default settings for {meant[preset]}."


def _data(train: Sequence[str], dev: str, look: Look) -> Iterator[Entry]:
    """Yield the settings of the section `data`."""
    side = f"{look.source.words:.1f} and {look.target.words:.1f}"
    unit = "words" if look.source.spaced and look.target.spaced else "words or characters"
    place = train[0] if len(train) == 1 else list(train)
    yield Entry("data.train", place, f"{look.pairs:,} pairs, with {side} {unit} per side.")
    yield Entry("data.dev", dev, f"{look.dev_pairs:,} pairs, to choose the best weights with.")
    if look.dev_pairs > MAX_DEV:
        yield Entry("data.dev_pairs", MAX_DEV, "More would make each validation slow.")
    if look.columns != (None, None):
        yield Entry("data.source", look.columns[0], "Column or language of the source.")
        yield Entry("data.target", look.columns[1], "Column or language of the target.")
    if look.encoding:
        yield Entry("data.encoding", look.encoding, "Encoding of the files.")
    for name, one in (("source", look.source), ("target", look.target)):
        if one.name:
            yield Entry(f"data.{name}_language", one.name, "For the model card and `translate`.")
    if look.source.script == look.target.script:
        why = "Pairs of very different length are not translations."
        yield Entry("data.max_length_ratio", 3, why)
    longest = round(PIECES * max(_words(look.source), _words(look.target)))
    if longest > 100:
        limit = min(longest, 400)
        yield Entry("data.max_tokens", limit, "Long texts: the default of 100 would drop many.")
    if (tokenizer := _BLEU_TOKENIZERS.get(look.target.language)) is not None:
        why = f"{look.target.name} has no spaces between words, which BLEU counts."
        yield Entry("data.bleu_tokenizer", tokenizer, why)
    if look.pairs >= MANY:
        yield Entry("data.streaming", True, "So many pairs may not fit in memory.")


def _words(side: Side) -> float:
    """Return the length in words of a long text; a token has about 1.5 characters if unspaced."""
    return side.long if side.spaced else side.long / (1.5 * PIECES)


def _tokenizer(look: Look, preset: str) -> Iterator[Entry]:
    """Yield the settings of the section `tokenizer`."""
    vocabulary = look.source.vocabulary + look.target.vocabulary
    if not (look.source.spaced and look.target.spaced):
        why = "Needs no spaces between words."
        yield Entry("tokenizer.type", "unigram", why)
    elif preset == "tiny":
        yield Entry("tokenizer.type", "truecased", "Few pairs: a capital begins no other word.")
    why = (
        f"Parts of words; the first pairs have {vocabulary:,} different "
        f"{'words' if look.source.spaced and look.target.spaced else 'words or characters'}."
    )
    yield Entry("tokenizer.vocab_size", 8000, why)
    joint = look.source.script == look.target.script
    why = (
        "Both languages have the same letters and share one vocabulary."
        if joint
        else f"{look.source.script} and {look.target.script} script share few tokens."
    )
    yield Entry("tokenizer.joint", joint, why)


def _yaml(entries: Sequence[Entry]) -> str:
    """Return settings as YAML, section by section, with a comment before each."""
    lines = []
    current = ""
    for entry in entries:
        section, _, name = entry.key.rpartition(".")
        if section != current:
            lines += ["", f"{section}:"]
            current = section
        indent = "  " if section else ""
        value = yaml.safe_dump(
            entry.value, default_flow_style=True, allow_unicode=True, width=10_000
        )
        value = value.removesuffix("...\n").strip()
        lines += [f"{indent}# {entry.why}", f"{indent}{name}: {value}"]
    return "\n".join(lines) + "\n"
