"""Cues of subtitles: sentences gathered from several cues, and set back into them.

A sentence that goes on over several cues is one segment. Its translation is divided among the
cues in proportion to the lengths of their texts, preferably after punctuation, and each part is
set in lines of similar length.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from seq2seq.documents.document import Edit, Segment, Slot, Target
from seq2seq.documents.markup import Mark, Piece, Pieces, joined, marks_of, text_of

LINE_LENGTH = 42
"""Maximum number of characters of a line in files that keep to it."""

MAX_GAP = 2.0
"""Maximum time between two cues of one sentence, in seconds."""

MAX_CUES = 8
"""Maximum number of cues that are gathered."""

MAX_FASTER = 1.2
"""Maximum ratio of the length of a cue to that of its source, where there is a way."""

TOO_FAST = 1.0
"""Cost of a cue that is longer than that; one that is half as long as its share costs 0.25."""

_SPEAKER = re.compile(r"[-‐–—]\s?(?=\S|$)")
_ENDS = re.compile(r"[.!?…♪:;][\"'”’»)\]]*$|\)$|\]$")
_PUNCTUATED = re.compile(r"[,;:.!?…)\"”»]$")
_WRAPPED_LINES = re.compile(r"</(\w+)>(\s*\n\s*)<\1>")
"""Matches where markup ends on one line and begins anew on the next: it is one stretch."""

_MARKUP = re.compile(r"<[^<>]*>|\{\\[^{}]*\}")
_DECORATION = "♪♫ \t"


@dataclass(frozen=True)
class Cue:
    """Text that is shown for a time.

    Attributes:
        begin: Where its text begins in the file.
        text: Its lines as the file has them.
        start: Time when it appears, in seconds.
        stop: Time when it disappears, in seconds.
    """

    begin: int
    text: str
    start: float
    stop: float


@dataclass(frozen=True)
class _Part:
    """Speech of one person in a cue: its place, and its text with markup."""

    cue: Cue
    begin: int
    end: int
    pieces: Pieces
    alone: bool

    @property
    def margin(self) -> int:
        """Number of characters that stand beside its text on a line, such as a dash."""
        lead = self.cue.text[: self.begin - self.cue.begin].rpartition("\n")[2]
        tail = self.cue.text[self.end - self.cue.begin :].partition("\n")[0].rstrip("\r")
        return len(_MARKUP.sub("", lead + tail))

    @property
    def may_join(self) -> bool:
        return self.alone and not marks_of(self.pieces)


def cue_slots(
    cues: Sequence[Cue],
    *,
    split: Callable[[str], Pieces],
    encode: Callable[[str], str],
    newline: str,
) -> list[Slot]:
    """Return the slots of subtitles.

    Args:
        cues: The cues in the order of the file.
        split: Returns a text in pieces, unescaped.
        encode: Escapes a text.
        newline: Line end of the file.
    """
    lines = [text_of(split(line)) for cue in cues for line in cue.text.splitlines()]
    longest = max(map(len, lines), default=0)
    setter = _Setter(max(longest, LINE_LENGTH), encode, newline)
    parts = [part for cue in cues for part in _parts(cue, split)]
    return [setter.slot(group) for group in _sentences(parts)]


def _parts(cue: Cue, split: Callable[[str], Pieces]) -> list[_Part]:
    """Return the parts of a cue: one, or one per speaker."""
    lines = list(re.finditer(r"[^\r\n]+", cue.text))
    first = [
        place
        for place, line in enumerate(lines)
        if _SPEAKER.match(text_of(split(line[0])).lstrip())
    ]
    speakers = len(lines) > 1 and bool(first)
    bounds = [0, *(place for place in first if place)] if speakers else [0]
    parts: list[_Part] = []
    for begin, end in itertools.pairwise([*bounds, len(lines)]):
        if begin == end:
            continue
        low = lines[begin].start()
        pieces, before, after = _core(cue.text[low : lines[end - 1].end()], split)
        if text_of(pieces).strip():
            high = lines[end - 1].end() - after
            parts.append(
                _Part(cue, cue.begin + low + before, cue.begin + high, pieces, not speakers)
            )
    return parts


def _core(raw: str, split: Callable[[str], Pieces]) -> tuple[Pieces, int, int]:
    """Return a text without what is around it, and the lengths of what was taken off each end."""
    pieces = list(split(_WRAPPED_LINES.sub(r"\2", raw)))
    before = after = 0
    while pieces and (isinstance(pieces[0], Mark) or _lead(pieces[0])):
        first = pieces[0]
        if isinstance(first, Mark):
            if any(_closes(one, first) for one in pieces[1:-1]):
                break
            before += len(first.raw)
            pieces.pop(0)
        else:
            taken = _lead(first)
            before += taken
            pieces[0] = first[taken:]
            if pieces[0]:
                break
            pieces.pop(0)
    while pieces and (isinstance(pieces[-1], Mark) or _tail(pieces[-1])):
        last = pieces[-1]
        if isinstance(last, Mark):
            if any(_closes(last, one) for one in pieces[:-1] if isinstance(one, Mark)):
                break
            after += len(last.raw)
            pieces.pop()
        else:
            taken = _tail(last)
            after += taken
            pieces[-1] = last[: len(last) - taken]
            if pieces[-1]:
                break
            pieces.pop()
    flat: list[Piece] = [
        one if isinstance(one, Mark) else re.sub(r"\s+", " ", one) for one in pieces
    ]
    return joined(flat), before, after


def _closes(one: Piece, mark: Mark) -> bool:
    return (
        isinstance(one, Mark)
        and one.kind == "close"
        and mark.kind == "open"
        and one.name == mark.name
    )


def _lead(text: str) -> int:
    """Return the number of characters before the speech: notes, white space, a dash."""
    rest = text.lstrip(_DECORATION + "\r\n")
    speaker = _SPEAKER.match(rest)
    return len(text) - len(rest) + (len(speaker[0]) if speaker else 0)


def _tail(text: str) -> int:
    return len(text) - len(text.rstrip(_DECORATION + "\r\n"))


def _sentences(parts: Sequence[_Part]) -> list[list[_Part]]:
    """Gather the parts of sentences that go on in the next cue."""
    groups: list[list[_Part]] = []
    for part in parts:
        last = groups[-1][-1] if groups else None
        if (
            last is not None
            and len(groups[-1]) < MAX_CUES
            and last.may_join
            and part.may_join
            and -0.1 <= part.cue.start - last.cue.stop <= MAX_GAP
            and not _ENDS.search(text_of(last.pieces))
        ):
            groups[-1].append(part)
        else:
            groups.append([part])
    return groups


@dataclass(frozen=True)
class _Setter:
    """Sets translations into cues, in lines of at most `width` characters."""

    width: int
    encode: Callable[[str], str]
    newline: str

    def slot(self, group: Sequence[_Part]) -> Slot:
        pieces = joined([one for part in group for one in (" ", *part.pieces)][1:])
        lengths = [len(text_of(part.pieces)) for part in group]
        segment = Segment(pieces, pieces, lambda text: _fits(text, lengths))
        return Slot(segment, lambda target: self._edits(group, target))

    def _edits(self, group: Sequence[_Part], target: Target) -> list[Edit]:
        words = _words(target.pieces, self.encode)
        lengths = [len(text_of(part.pieces)) for part in group]
        return [
            Edit(
                part.begin,
                part.end,
                self.newline.join(_lines(share, self.width - part.margin)) or "…",
            )
            for part, share in zip(group, _divide(words, lengths), strict=True)
        ]


Words = Sequence[tuple[str, int]]
"""Words as they are written, and the number of characters of each that are seen."""


def _words(pieces: Pieces, encode: Callable[[str], str]) -> list[tuple[str, int]]:
    words: list[tuple[str, int]] = [("", 0)]
    for piece in pieces:
        if isinstance(piece, Mark):
            words[-1] = (words[-1][0] + piece.raw, words[-1][1])
            continue
        for place, word in enumerate(re.split(r"\s+", piece)):
            if place:
                words.append(("", 0))
            words[-1] = (words[-1][0] + encode(word), words[-1][1] + len(word))
    return [word for word in words if word[0]]


def _length(words: Words) -> int:
    return sum(length for _, length in words) + max(0, len(words) - 1)


def _divide(words: Words, lengths: Sequence[int]) -> list[Words]:
    """Divide words among cues whose source texts have these lengths.

    The shares are in proportion to the lengths, as far as words allow. A cue that is longer than
    `MAX_FASTER` times its source gives words to its neighbors, if these have room.
    """
    if len(lengths) == 1:
        return [words]
    if len(words) <= len(lengths):
        return [words[place : place + 1] for place in range(len(lengths))]
    ends = list(itertools.accumulate(length + 1 for _, length in words))
    wanted = [ends[-1] * length / sum(lengths) for length in lengths]
    best: dict[int, tuple[float, list[int]]] = {0: (0.0, [0])}
    for number, share in enumerate(wanted):
        left = len(wanted) - number - 1
        following: dict[int, tuple[float, list[int]]] = {}
        for begin, (cost, path) in best.items():
            stops = range(begin + 1, len(words) - left + 1) if left else [len(words)]
            for stop in stops:
                length = ends[stop - 1] - (ends[begin - 1] if begin else 0)
                more = ((length - share) / share) ** 2
                excess = length - 1 - MAX_FASTER * lengths[number]
                more += TOO_FAST + excess / lengths[number] if excess > 0 else 0.0
                more -= 0.05 if _PUNCTUATED.search(words[stop - 1][0]) else 0.0
                if stop not in following or cost + more < following[stop][0]:
                    following[stop] = (cost + more, [*path, stop])
        best = following
    path = best[len(words)][1]
    return [words[begin:end] for begin, end in itertools.pairwise(path)]


def _fits(text: str, lengths: Sequence[int]) -> bool:
    """Return whether a text can be divided so that no cue is read much faster than its source."""
    shares = _divide([(word, len(word)) for word in text.split()], lengths)
    return all(
        _length(share) <= MAX_FASTER * length for share, length in zip(shares, lengths, strict=True)
    )


def _lines(words: Words, width: int) -> list[str]:
    """Set words in as few lines as their width allows, of lengths as equal as can be."""
    count = len(_filled(words, width))
    narrow = next((one for one in range(1, width) if len(_filled(words, one)) <= count), width)
    return [" ".join(word for word, _ in line) for line in _filled(words, narrow)]


def _filled(words: Words, width: int) -> list[Words]:
    """Fill lines of a width from the first word on; a longer word has a line of its own."""
    lines: list[list[tuple[str, int]]] = []
    for word in words:
        if lines and _length([*lines[-1], word]) <= width:
            lines[-1].append(word)
        else:
            lines.append([word])
    return lines  # type: ignore[return-value]
