"""Constants of the text steps, for the modules in JavaScript, which so never differ from Python's.

The page has all patterns, words and tables of `seq2seq.text_steps` by their own names, without the
underscore: `sentence_ends._LAST_WORD` becomes `constants.sentence_ends.LAST_WORD`.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable
from importlib import import_module
from types import ModuleType

from seq2seq import text
from seq2seq.text_steps import invisible, item_patterns, respelling, sentence_words
from seq2seq.web.regular_expressions import javascript

TEXT_STEPS = (
    "case_marks",
    "clauses",
    "invisible",
    "item_patterns",
    "letter_case",
    "lookalikes",
    "outer_marks",
    "outer_quotes",
    "protection",
    "respelling",
    "scripts",
    "sentence_ends",
    "sentence_words",
    "sentences",
    "signs",
    "steps",
    "languages",
)
"""Modules of the text steps whose constants the page has."""

_PLAIN = (str, int, float)
_LEFT_OUT = re.compile(r"_*[A-Za-z]*[a-z]|_*(?:NAMES|SIGNS|NUMBERS|DOMAINS|SUFFIXES|NUMBER)")
"""Names of functions, classes and types, and of parts of patterns."""

_LAST_EXPANSION = 0x20000
"""No character from here on has an expansion."""

_LETTERS_FOR_SIGNS = ("LATIN", "MODIFIER", "MATHEMATICAL", "FULLWIDTH")
"""First words of the names of letters that say nothing about the script of a text."""


def constants() -> dict[str, dict[str, object]]:
    """Return the constants by module and name, as JSON has them.

    A pattern is {"pattern": source, "ignoreCase": true or false}, its source in JavaScript.
    """
    found = {"text": _of_module(text)}
    for name in TEXT_STEPS:
        found[name] = _of_module(import_module(f"seq2seq.text_steps.{name}"))
    found["item_patterns"]["ITEM"] = _pattern(item_patterns.item_pattern())
    found["invisible"]["DEPENDENT"] = _pattern(invisible.invisible_pattern())
    found["respelling"]["EXPANSIONS"] = _expansions()
    found["scripts"]["SIGN_LETTERS"] = _sign_letters()
    found["sentence_words"]["TABLE"] = sentence_words.table()
    return found


def constants_module() -> str:
    """Return the source of constants.mjs."""
    values = json.dumps(constants(), ensure_ascii=True, separators=(",", ":"))
    return f"// Written by seq2seq/web/constants.py.\nexport const constants = {values};\n"


def _of_module(module: ModuleType) -> dict[str, object]:
    """Return the constants that a module defines or uses."""
    values = {
        name.lstrip("_"): _plain(value)
        for name, value in vars(module).items()
        if not name.startswith("__") and not _LEFT_OUT.fullmatch(name)
    }
    return {name: value for name, value in values.items() if value is not None}


def _plain(value: object) -> object:
    """Return a constant as JSON has it; None for anything else."""
    if isinstance(value, re.Pattern):
        return _pattern(value)
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, range):
        return [value.start, value.stop]
    if isinstance(value, set | frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        parts = list(map(_plain, value))
        return None if None in parts else parts
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    return None


def _pattern(pattern: re.Pattern[str]) -> dict[str, object]:
    return {
        "pattern": javascript(pattern.pattern),
        "ignoreCase": bool(pattern.flags & re.IGNORECASE),
    }


def _expansions() -> dict[str, str]:
    """Return the expansions of all characters that have one."""
    characters = map(chr, range(0x80, _LAST_EXPANSION))
    found = ((one, respelling.expansion(one)) for one in characters)
    return {one: spelled for one, spelled in found if spelled}


def _sign_letters() -> list[list[int]]:
    """Return ranges of the letters of `_LETTERS_FOR_SIGNS`: first and last code."""
    codes = (
        code
        for code in range(_LAST_EXPANSION)
        if chr(code).isalpha()
        and unicodedata.name(chr(code), "").split(" ")[0] in _LETTERS_FOR_SIGNS
    )
    return _ranges(codes)


def _ranges(codes: Iterable[int]) -> list[list[int]]:
    ranges: list[list[int]] = []
    for code in codes:
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return ranges
