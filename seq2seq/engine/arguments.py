"""Arguments of the C library: arrays and structures of ctypes, checked.

The library cannot see how long an array is, and ctypes cuts numbers off, so both are checked here.
"""

from __future__ import annotations

import ctypes
import itertools
from array import array
from collections.abc import Mapping, Sequence
from ctypes import c_int32, c_uint8

from seq2seq.engine.interface import CIds, CSearch, CSpellings
from seq2seq.engine.rules import Demands, Rules
from seq2seq.errors import ConfigError


def checked(**numbers: int) -> dict[str, int]:
    """Check that the library can hold some numbers; ctypes would cut the others off.

    Args:
        numbers: The numbers by name.

    Returns:
        The numbers.

    Raises:
        ConfigError: One of them is out of range.
    """
    for name, number in numbers.items():
        if not -(2**31) <= number < 2**31:
            raise ConfigError(f"{name} is out of range: {number}")
    return numbers


def check_counts(sentences: int, longest: Sequence[int], demands: Demands) -> None:
    """Check that arrays have a value for each sentence.

    Args:
        sentences: Number of sentences.
        longest: Maximum length of each translation.
        demands: What the translations must contain.

    Raises:
        ConfigError: An array has more or fewer values.
    """
    for name, count in (
        ("maximum lengths", len(longest)),
        ("partial words", len(demands.partial) or sentences),
        ("lists of terms", len(demands.terms) or sentences),
    ):
        if count != sentences:
            raise ConfigError(f"sentences: {sentences}, but {name}: {count}")


def c_search(rules: Rules, demands: Demands, target_size: int) -> CSearch:
    """Return rules as the library wants them.

    Args:
        rules: Rules of the search.
        demands: What the translations must contain.
        target_size: Number of target ids.

    Returns:
        The structure, which holds on to its arrays.

    Raises:
        ConfigError: A number is out of range.
    """
    numbers = checked(
        beam=rules.beam,
        nbest=rules.nbest,
        bos=rules.bos,
        eos=rules.eos,
        first_forbidden=rules.vocabulary,
        min_length=rules.min_length,
        no_repeat_ngram=rules.no_repeat_ngram,
    )
    search = CSearch(
        **numbers,
        length_penalty=rules.length_penalty,
        coverage_penalty=rules.coverage_penalty,
        attention=rules.attention,
        forbidden=_ids(rules.forbidden),
        prefixes=_ids(demands.prefixes),
        spellings=_spellings(demands.spellings),
        candidates=_ids(demands.candidates),
        terms=_ids([term for terms in demands.terms for term in terms]),
    )
    if demands.partial:
        search.partial = integers(demands.partial)
    if demands.terms:
        search.term_starts = _starts(demands.terms)
    if demands.continuation_ids:
        marks = bytearray(target_size)
        for number in demands.continuation_ids:
            if not 0 <= number < target_size:
                raise ConfigError(f"id {number} is not in the vocabulary")
            marks[number] = 1
        search.continues = (c_uint8 * target_size).from_buffer(marks)
    return search


def _ids(rows: Sequence[Sequence[int]]) -> CIds:
    ids, starts = ragged(rows)
    return CIds(len(rows), ids, starts)


def _spellings(states: Sequence[Mapping[int, int]]) -> CSpellings:
    edges = [sorted(state.items()) for state in states]
    return CSpellings(
        len(states),
        _starts(edges),
        integers([token for state in edges for token, _ in state]),
        integers([following for state in edges for _, following in state]),
    )


def integers(values: Sequence[int]) -> ctypes.Array[c_int32]:
    """Return an array of integers.

    Args:
        values: The integers.

    Returns:
        The array, which owns its memory.

    Raises:
        ConfigError: One of them is out of range.
    """
    try:
        return (c_int32 * len(values)).from_buffer(array("i", values))
    except OverflowError:
        raise ConfigError("an id or a length is out of range") from None


def ragged(rows: Sequence[Sequence[int]]) -> tuple[ctypes.Array[c_int32], ctypes.Array[c_int32]]:
    """Join rows of integers.

    Args:
        rows: The rows.

    Returns:
        The values of all rows, and where each row begins, with the end of the last one.

    Raises:
        ConfigError: A value is out of range.
    """
    return integers([value for row in rows for value in row]), _starts(rows)


def _starts(rows: Sequence[Sequence[object]]) -> ctypes.Array[c_int32]:
    """Return where each row begins if they are joined, and where the last one ends."""
    return integers([0, *itertools.accumulate(map(len, rows))])
