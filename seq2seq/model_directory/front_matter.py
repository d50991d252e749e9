"""Front matter of a model card: the YAML block at the top, from which the Hub lists a model.

The keys are those of `huggingface_hub.ModelCardData`. The Hub refuses a card whose languages are
not ISO codes, so other names of languages stand only in the text of the card.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from seq2seq.text_steps.language_names import NAMES, find_language

LIBRARY = "seq2seq"
"""Name of the library that loads the models."""

TAGS = ("machine-translation", "recurrent-neural-network")
"""Tags of all models that translate; others have only the last one."""

_CODE = re.compile(r"([a-z]{2,3})(?:[-_][A-Za-z0-9]+)*")
_BLOCK = re.compile(
    r"\s*---[ \t]*\r?\n(?:.*?\r?\n)??---[ \t]*(?:\r?\n|\Z)(?:[ \t]*\r?\n)*", re.DOTALL
)


def front_matter(
    *,
    languages: Iterable[str] = (),
    license: str = "",
    license_name: str = "",
    datasets: Iterable[str] = (),
    metrics: Sequence[str] = (),
    base_model: str = "",
    tags: Iterable[str] = (),
    pipeline: str = "translation",
) -> str:
    """Return the front matter of a model card.

    Args:
        languages: Codes or names of the languages, such as "es" or "Spanish"; see `language_codes`.
        license: Identifier of the license on the Hub, such as "apache-2.0" or "other"; "" if it is
            unknown, and then the key is left out.
        license_name: Name of the license if it is "other".
        datasets: Names of datasets on the Hub.
        metrics: Names of the metrics that the card has scores of.
        base_model: Name on the Hub of the model that the training started from.
        tags: Tags besides those of all models.
        pipeline: What the model does, by the Hub's name for it.

    Returns:
        YAML between two lines "---", and an empty line.
    """
    import yaml

    fields = {
        "language": language_codes(languages),
        "license": one_line(license),
        "license_name": one_line(license_name),
        "library_name": LIBRARY,
        "pipeline_tag": pipeline,
        "tags": _distinct([*(TAGS if pipeline == "translation" else TAGS[-1:]), *tags]),
        "datasets": _distinct(datasets),
        "metrics": _distinct(metrics),
        "base_model": one_line(base_model),
    }
    known = {key: value for key, value in fields.items() if value}
    return f"---\n{yaml.safe_dump(known, sort_keys=False, allow_unicode=True)}---\n\n"


def language_codes(names: Iterable[str]) -> list[str]:
    """Return the ISO codes of languages, each once; names that mean no language are left out.

    Args:
        names: Codes such as "es", "pt_BR" or "ast", or names such as "Spanish" or "español".
    """
    codes = []
    for name in names:
        code = _CODE.fullmatch(name)
        found = code[1] if code else find_language(name, among=NAMES)
        if found is not None:
            codes.append(found)
    return list(dict.fromkeys(codes))


def without_front_matter(card: str) -> str:
    """Return the text of a model card below its front matter; all of it if it has none."""
    block = _BLOCK.match(card)
    return card[block.end() :] if block else card


def one_line(text: str) -> str:
    """Return a text for a heading or a value: on one line, and fit to be written as UTF-8."""
    return " ".join(text.encode("utf-8", errors="replace").decode("utf-8").split())


def _distinct(texts: Iterable[str]) -> list[str]:
    """Return texts on one line, each once, without empty ones."""
    return list(dict.fromkeys(filter(None, map(one_line, texts))))
