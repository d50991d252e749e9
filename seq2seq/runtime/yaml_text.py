"""Parse YAML as it is written, with limits on its size, its depth and what its aliases expand to.

YAML 1.1, which PyYAML reads, takes `no` for false, 010 for 8, 1:30 for 90 and 2001-01-01 for a
date. Here only true, false, null, plain decimal numbers and what is nested are anything but text:
what a setting makes of such a text is for its type to say. A key that stands twice is an error.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

MAX_CHARACTERS = 1_000_000
"""Maximum length of a document."""

MAX_DEPTH = 50
"""Maximum number of mappings and lists inside one another."""

MAX_VALUES = 100_000
"""Maximum number of values, those of aliases counted each time."""

_NULL = "tag:yaml.org,2002:null"
_MERGE = "tag:yaml.org,2002:merge"

_PLAIN = {
    "tag:yaml.org,2002:bool": (re.compile(r"(?:true|True|TRUE|false|False|FALSE)$"), "tTfF"),
    "tag:yaml.org,2002:int": (re.compile(r"[-+]?(?:0|[1-9][0-9]*)$"), "-+0123456789"),
    "tag:yaml.org,2002:float": (
        re.compile(
            r"(?:[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?"
            r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$"
        ),
        "-+0123456789.",
    ),
    _NULL: (re.compile(r"(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""]),
    _MERGE: (re.compile(r"<<$"), "<"),
}
"""Scalars that are not text, by tag: a pattern, and the characters that they begin with."""


class DuplicateKeyError(yaml.YAMLError):
    """A key stands twice in a mapping."""


class _Loader(yaml.SafeLoader):
    """Loader that reads as text whatever only YAML 1.1 reads as something else."""


_Loader.yaml_implicit_resolvers = {}
for _tag, (_pattern, _first) in _PLAIN.items():
    _Loader.add_implicit_resolver(_tag, _pattern, list(_first))


def read_yaml(path: Path) -> Any:
    """Parse a file of YAML, of which no more than the limit is read.

    Args:
        path: The file.

    Returns:
        Its value.

    Raises:
        OSError: It cannot be read.
        ValueError: It is not UTF-8.
        DuplicateKeyError: A key stands twice.
        yaml.YAMLError: It is not YAML, or is above a limit.
    """
    with path.open("rb") as file:
        content = file.read(4 * MAX_CHARACTERS + 1)
    if len(content) > 4 * MAX_CHARACTERS:
        raise yaml.YAMLError(f"it has more than {MAX_CHARACTERS:,} characters")
    return parse_yaml(content.decode("utf-8"))


def parse_yaml(text: str) -> Any:
    """Parse a YAML document.

    PyYAML itself lets through any error that Python raises for a scalar such as 2001-13-01 or
    !!int x, or for nesting that is too deep.

    Args:
        text: The document.

    Returns:
        Its value.

    Raises:
        DuplicateKeyError: A key stands twice; the message names both lines.
        yaml.YAMLError: The text is not YAML, or is above a limit.
    """
    if len(text) > MAX_CHARACTERS:
        raise yaml.YAMLError(f"it has more than {MAX_CHARACTERS:,} characters")
    try:
        _check_depth(text)
        root = yaml.compose(text, _Loader)
        if root is not None:
            if _count(root, {}) > MAX_VALUES:
                raise yaml.YAMLError(f"its aliases stand for more than {MAX_VALUES:,} values")
            _check_keys(root, set())
        return yaml.load(text, _Loader)
    except (ValueError, LookupError, AttributeError, RecursionError) as error:
        raise yaml.YAMLError(f"a value cannot be read: {error}") from None


def _check_depth(text: str) -> None:
    depth = 0
    for event in yaml.parse(text, yaml.SafeLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            raise yaml.YAMLError(f"it is nested more than {MAX_DEPTH} deep")


def _count(node: yaml.Node, known: dict[int, int]) -> int:
    """Return the number of values of a node; an alias counts as often as it occurs."""
    if id(node) in known:
        return known[id(node)]
    known[id(node)] = MAX_VALUES  # if it is inside itself
    inner: list[yaml.Node] = []
    if isinstance(node, yaml.MappingNode):
        inner = [side for pair in node.value for side in pair]
    elif isinstance(node, yaml.SequenceNode):
        inner = node.value
    known[id(node)] = 1 + sum(_count(one, known) for one in inner)
    return known[id(node)]


def _check_keys(node: yaml.Node, seen: set[int]) -> None:
    """Raise DuplicateKeyError if a key stands twice in a mapping."""
    if id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        for one in node.value:
            _check_keys(one, seen)
    elif isinstance(node, yaml.MappingNode):
        lines: dict[tuple[str, str], int] = {}
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode) and key.tag != _MERGE:
                name = key.tag, key.value
                line = key.start_mark.line + 1
                if name in lines:
                    raise DuplicateKeyError(
                        f"{key.value!r} occurs twice, in line {lines[name]:,} and in line "
                        f"{line:,}; keep one of them"
                    )
                lines[name] = line
            _check_keys(value, seen)
