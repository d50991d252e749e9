"""Sentence splitting of a text in any language."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from seq2seq.text import LINE_BREAK
from seq2seq.text_steps.sentence_ends import STOP, Candidate, is_end

_WHITE_SPACE = re.compile(r"\s+")
_ALNUM = re.compile(r"[^\W_]")
_LONE_QUOTE = re.compile(r"(?<=\s)\"\s")

_ITEM = re.compile(
    r"(?:(?<=\s)|^)(?:\(?(?P<label>[0-9]{1,3}(?=[.)])|[A-Za-z](?=\)))[.)]|[•‣◦▪●])\s+(?=\S)"
)
"""Matches the number, letter or bullet of a list item, and the white space after it."""

_JOINED_ITEM = re.compile(r"(?:\b(?:[oyeu]|or|and|ou|et|und|oder)|[/,;&])\s+$", re.IGNORECASE)
"""Matches the end of a text that an item continues: "a) go or b) stay"."""


def split_sentences(text: str) -> list[tuple[str, str]]:
    """Split a text into sentences.

    A line break always ends a sentence. Otherwise a sentence ends with a mark such as a period,
    and closing quotes, brackets and emoji after it. The words around the mark decide: a mark after
    an abbreviation, an initial or an ordinal does not end a sentence, nor does one before a
    lowercase word, unless the whole text is careless about capitals. The items of a list on one
    line, "1. Bread 2. Milk", are sentences.

    Args:
        text: Any text, as it was typed.

    Returns:
        Pairs (sentence, white space after it). Joined, they give the text. A sentence is blank
        only if the text is, or begins with a line break.
    """
    sentences: list[tuple[str, str]] = []
    begin = 0
    for space in _WHITE_SPACE.finditer(text):
        if LINE_BREAK.search(space[0]):
            sentences += _split_line(text[begin : space.start()], space[0])
            begin = space.end()
    if begin < len(text) or not sentences:
        sentences += _split_line(text[begin:], "")
    return sentences


def _split_line(line: str, space: str) -> Iterator[tuple[str, str]]:
    """Yield the sentences of a line, which white space with a line break may follow."""
    items = [0, *_list_items(line), len(line)]
    for begin, end in itertools.pairwise(items):
        yield from _split_item(line[begin:end], space if end == len(line) else "")


def _split_item(item: str, space: str) -> Iterator[tuple[str, str]]:
    """Yield the sentences of a line, or of one item of a list on it."""
    begin = 0
    for end, following in _ends(item):
        yield item[begin:end], item[end:following]
        begin = following
    sentence = item[begin:].rstrip()
    yield sentence, item[begin + len(sentence) :] + space


def _ends(text: str) -> Iterator[tuple[int, int]]:
    """Yield where each sentence but the last ends, and where the next one begins."""
    begin = 0
    first = _ALNUM.search(text)
    for stop in STOP.finditer(text):
        if first is None or stop.end() == len(text):
            return
        if first.start() > stop.start():
            continue
        candidate = Candidate.at(stop, text, begin=begin, first=first.start())
        if is_end(candidate):
            end, begin = _end_and_following(candidate)
            first = _ALNUM.search(text, begin)
            yield end, begin


def _end_and_following(candidate: Candidate) -> tuple[int, int]:
    """Return where the sentence ends and the next one begins: after the emoji, or before.

    An emoji with which the text begins serves as a bullet.
    """
    stop = candidate.stop
    emoji = stop["emoji"].lstrip()
    if emoji and emoji[0] == candidate.text[0] and stop["emoji"] != emoji:
        return stop.start("emoji"), stop.end("emoji") - len(emoji)
    if _LONE_QUOTE.match(candidate.text, stop.end()):
        quotes = candidate.text.count('"', candidate.begin, stop.end())
        if quotes % 2:
            space = _WHITE_SPACE.match(candidate.text, stop.end() + 1)
            assert space is not None
            return stop.end() + 1, space.end()
    return stop.start("space"), stop.end()


def _list_items(line: str) -> list[int]:
    """Return where the second and later items of a list on one line begin: "1. Bread 2. Milk"."""
    found: list[int] = []
    style = ""
    expected = ""
    for item in _ITEM.finditer(line):
        label = item["label"] or ""
        own_style = item[0].rstrip().replace(label, "", 1)
        if (
            style == own_style
            and label == expected
            and not _JOINED_ITEM.search(line[max(0, item.start() - 5) : item.start()])
        ):
            found.append(item.start())
        elif _opens_list(line, item):
            style = own_style
        else:
            continue
        expected = _next_label(label)
    return found


def _opens_list(line: str, item: re.Match[str]) -> bool:
    """Return whether an item is a first one, at the begin of a line or a sentence."""
    if not item["label"]:
        return item.start() == 0
    before = line[max(0, item.start() - 3) : item.start()].rstrip()
    return item["label"] in ("1", "a", "A") and before[-1:] in ("", *":;.!?…")


def _next_label(label: str) -> str:
    if label.isdecimal():
        return str(int(label) + 1)
    return chr(ord(label) + 1) if label else ""
