r"""Regular expressions of Python, spelled for JavaScript's flag u.

They mean the same in both languages but for what is spelled differently: `\w`, `\d`, `\s` and
`\b` know all of Unicode in Python, and only ASCII in JavaScript. Constructs that JavaScript lacks
(verbose patterns, conditions, possessive quantifiers) are not known here: no pattern has any.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_TOKEN = re.compile(
    r"\\U[0-9A-Fa-f]{8}|\\u[0-9A-Fa-f]{4}|\\x[0-9A-Fa-f]{2}|\\.|\(\?P<|.", re.DOTALL
)

_CLASSES = {
    "w": r"\p{L}\p{N}_",
    "d": r"\p{Nd}",
    "s": r"\t-\r\u{1c}-\u{20}\u{85}\u{a0}\u{1680}\u{2000}-\u{200a}\u{2028}\u{2029}\u{202f}\u{205f}"
    r"\u{3000}",
}
"""Content of the classes that Python has names for."""

_WORD_PARTS = {"d": r"\p{Nd}", "_": "_", "": r"\p{L}\p{Nl}\p{No}"}
"""Content of "w", in parts that a class may leave out."""

_WORD = f"[{_CLASSES['w']}]"
_BOUNDARY = f"(?:(?<={_WORD})(?!{_WORD})|(?<!{_WORD})(?={_WORD}))"
_CONTROLS = {"n": "\n", "r": "\r", "t": "\t", "v": "\v", "f": "\f"}


def javascript(pattern: str) -> str:
    """Return the source of a regular expression for JavaScript.

    Args:
        pattern: Source of the expression in Python.

    Returns:
        The source for `new RegExp(source, "u")`.
    """
    tokens = _TOKEN.findall(pattern)
    parts: list[str] = []
    place = 0
    while place < len(tokens):
        token = tokens[place]
        place += 1
        if token == "[":
            spelled, place = _class(tokens, place)
            parts.append(spelled)
        elif token == "(?P<":
            parts.append("(?<")
        elif token == r"\b":
            parts.append(_BOUNDARY)
        elif token[0] == "\\" and token[1] in "wdsWDS":
            parts.append(_named(token[1]))
        elif token[0] == "\\" and not (token[1].isdigit() and token != r"\0"):
            parts.append(_literal(_character(token)))
        elif token.isascii():
            parts.append(token)
        else:
            parts.append(_literal(token))
    return "".join(parts)


def _class(tokens: list[str], place: int) -> tuple[str, int]:
    """Return the class that begins before a place, and the place after it."""
    end = tokens.index("]", place + 2 if tokens[place] == "^" else place + 1)
    negated = tokens[place] == "^"
    content = tokens[place + negated : end]
    if r"\W" in content:
        rest = {token.removeprefix("\\") for token in content} - {"W"}
        assert rest <= _WORD_PARTS.keys(), f"not known in a class with \\W: {rest}"
        kept = "".join(part for name, part in _WORD_PARTS.items() if name not in rest)
        return f"[{'' if negated else '^'}{kept}]", end + 1
    return f"[{'^' if negated else ''}{''.join(_members(content))}]", end + 1


def _members(content: list[str]) -> Iterator[str]:
    """Yield the members of a class: named classes, characters, and ranges."""
    place = 0
    while place < len(content):
        token = content[place]
        place += 1
        if token[0] == "\\" and token[1] in "wds":
            yield _CLASSES[token[1]]
            continue
        yield _literal(_character(token))
        if content[place : place + 1] == ["-"] and place + 1 < len(content):
            yield f"-{_literal(_character(content[place + 1]))}"
            place += 2


def _named(letter: str) -> str:
    """Return the class of a letter such as "w", or of all others for "W"."""
    return f"[{'^' if letter.isupper() else ''}{_CLASSES[letter.lower()]}]"


def _character(token: str) -> str:
    """Return the character that a token stands for."""
    if token[0] != "\\" or len(token) == 1:
        return token
    if token[1] in "Uux" and len(token) > 2:
        return chr(int(token[2:], 16))
    return _CONTROLS.get(token[1], token[1])


def _literal(character: str) -> str:
    """Return a character by itself if it is a letter or digit of ASCII, else by its code."""
    if character.isascii() and character.isalnum():
        return character
    return f"\\u{{{ord(character):x}}}"
