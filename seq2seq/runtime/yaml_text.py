"""Parse YAML from strangers: its size, its depth and what its aliases expand to are limited."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

MAX_CHARACTERS = 1_000_000
"""Maximum length of a document."""

MAX_DEPTH = 50
"""Maximum number of mappings and lists inside one another."""

MAX_VALUES = 100_000
"""Maximum number of values, those of aliases counted each time."""


def read_yaml(path: Path) -> Any:
    """Parse a file of YAML, of which no more than the limit is read.

    Args:
        path: The file.

    Returns:
        Its value.

    Raises:
        OSError: It cannot be read.
        ValueError: It is not UTF-8.
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
        yaml.YAMLError: The text is not YAML, or is above a limit.
    """
    if len(text) > MAX_CHARACTERS:
        raise yaml.YAMLError(f"it has more than {MAX_CHARACTERS:,} characters")
    try:
        _check_depth(text)
        root = yaml.compose(text, yaml.SafeLoader)
        if root is not None and _count(root, {}) > MAX_VALUES:
            raise yaml.YAMLError(f"its aliases stand for more than {MAX_VALUES:,} values")
        return yaml.safe_load(text)
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
