"""Files of a model for the page: its weights and tokenizers as they are, and model.json."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from seq2seq.config.settings import DecodingConfig
from seq2seq.data.tokenizers.sentencepieces import BPETokenizer
from seq2seq.data.tokenizers.vocabulary import BOS, EOS
from seq2seq.engine.architecture import architecture, unsupported
from seq2seq.engine.interface import CConfig
from seq2seq.errors import ConfigError
from seq2seq.model_directory.description import ModelDescription, describe
from seq2seq.model_directory.hub import model_directory
from seq2seq.model_directory.names import TOKENIZER, WEIGHTS
from seq2seq.text_steps.language_names import NAMES, english_name, find_language
from seq2seq.translation.language_check import LanguageCheck

_STRATEGIES = ("beam", "greedy")


@dataclass(frozen=True)
class WebModel:
    """Model of a page.

    Attributes:
        name: Name of its folder: the codes of its languages, such as "es-en".
        source: Code of the source language.
        target: Code of the target language.
        description: Content of model.json.
        weights: File of the weights.
        source_tokenizer: File of the source tokenizer.
        target_tokenizer: File of the target tokenizer, which may be the same.
    """

    name: str
    source: str
    target: str
    description: dict[str, object]
    weights: Path
    source_tokenizer: Path
    target_tokenizer: Path

    @property
    def languages(self) -> dict[str, str]:
        """English names of its languages by code."""
        return {code: english_name(code) for code in (self.source, self.target)}


def web_model(name: str) -> WebModel:
    """Return a model for a page.

    Args:
        name: Model directory, or the name of a shipped model.

    Returns:
        The model.

    Raises:
        CheckpointError: A file is missing or damaged.
        ConfigError: A page cannot use the model.
    """
    model = describe(model_directory(name))
    if problem := _problem(model):
        raise ConfigError(f"{name}: a page cannot translate with {problem}")
    data = model.config.data
    source, target = map(_code, (data.source_language, data.target_language))
    folder = model.directory / TOKENIZER
    sides = ("joint", "joint") if model.tokenizers.joint else ("source", "target")
    paths = [folder / f"{side}.{BPETokenizer.suffix}" for side in sides]
    description = _description(model)
    return WebModel(
        f"{source}-{target}", source, target, description, model.directory / WEIGHTS, *paths
    )


def _problem(model: ModelDescription) -> str:
    """Return what keeps a page from using a model, or ""."""
    tokenizers = model.tokenizers
    decoding = model.config.decoding
    kinds = {type(tokenizers.source), type(tokenizers.target)}
    others = model.dtypes - {"F32", "I8"}
    data = model.config.data
    checks = {
        "several target languages": bool(tokenizers.languages),
        "a model that does not say its languages": not (
            data.source_language and data.target_language
        ),
        "tokenizers other than bpe": kinds != {BPETokenizer},
        f"weights in {min(others, default='')}": bool(others),
        f"decoding.strategy={decoding.strategy}": decoding.strategy not in _STRATEGIES,
        "decoding.mbr": decoding.mbr > 0,
        "decoding.language_model": decoding.language_model is not None,
        "decoding.forbidden": bool(decoding.forbidden),
        unsupported(model.config.model): bool(unsupported(model.config.model)),
    }
    return next((problem for problem, holds in checks.items() if holds), "")


def _code(language: str | None) -> str:
    """Return the code of a language that has a code or a name; the name if it is not known."""
    return find_language(language or "", among=NAMES) or str(language)


def _description(model: ModelDescription) -> dict[str, object]:
    """Return what model.json says."""
    tokenizers = model.tokenizers
    decoding = model.config.decoding
    check = LanguageCheck(tokenizers, model.config.data.source_language or "")
    return {
        "config": _config(model),
        "rules": _rules(decoding, vocabulary=tokenizers.target.vocab_size),
        "decoding": {
            "split": decoding.split_sentences,
            "max_source_length": decoding.max_source_length,
            "max_length_ratio": decoding.max_length_ratio,
            "max_length_extra": decoding.max_length_extra,
            "takes_terms": _width(decoding) == 1 or not decoding.coverage_penalty,
        },
        "steps": asdict(tokenizers.steps),
        "characters": "".join(sorted(tokenizers.source_characters)),
        "places": tokenizers.places,
        "continuation_ids": _ranges(sorted(tokenizers.target.continuation_ids())),
        "scripts": sorted(check.known_scripts),
    }


def _config(model: ModelDescription) -> dict[str, int]:
    """Return the architecture in the fields of `s2s_config`."""
    tokenizers = model.tokenizers
    fields = architecture(
        model.config.model,
        source_size=tokenizers.source_size,
        target_size=tokenizers.target_size,
        int8=model.quantized,
    )
    return {name: int(getattr(fields, name)) for name, *_ in CConfig._fields_}


def _rules(decoding: DecodingConfig, *, vocabulary: int) -> dict[str, float]:
    """Return the rules of the search in the fields of `s2s_search`."""
    width = _width(decoding)
    return {
        "beam": width,
        "nbest": 1,
        "length_penalty": decoding.length_penalty,
        "coverage_penalty": 0.0 if width == 1 else decoding.coverage_penalty,
        "bos": BOS,
        "eos": EOS,
        "first_forbidden": vocabulary,
        "min_length": decoding.min_length,
        "no_repeat_ngram": decoding.no_repeat_ngram,
    }


def _width(decoding: DecodingConfig) -> int:
    return 1 if decoding.strategy == "greedy" else decoding.beam


def _ranges(numbers: Iterable[int]) -> list[list[int]]:
    """Return ascending numbers as ranges, each its first and its last one."""
    ranges: list[list[int]] = []
    for number in numbers:
        if ranges and ranges[-1][1] == number - 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    return ranges
