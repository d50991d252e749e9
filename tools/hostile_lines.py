"""Lines that a translation model has never seen the like of, made from ordinary ones.

Several scripts in one line, random insertions, one sign many times, several sentences in one line,
emptiness, control characters, noise.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

SCRIPTS = (
    "αβγδεζηθλμνπρστφχψω",
    "абвгдежзиклмнопрстуфхцчшщыэюя",
    "אבגדהוזחטיכלמנסעפצקרשת",
    "ابتثجحخدذرزسشصضطظعغفقكلمنهوي",
    "अआइईउऊएऐओऔकखगघचछजझटठडढतथदधनपफबभमयरलवशषसह",
    "กขคงจฉชซญดตถทธนบปผฝพฟภมยรลวศษสหอฮ",
    "日本語中国漢字世界人生時間東西南北山川田",
    "あいうえおかきくけこさしすせそアイウエオカキクケコ",
    "가나다라마바사아자차카타파하",
    "😀😂🥺👍🏽❤️🇪🇸🇬🇧🎉🔥👨‍👩‍👧",
)
"""Characters of several scripts, and emoji."""

CONTROLS = "\x01\x07\x08\x0b\x0c\x1b\x7f\x85\u200b\u200d\u200e\u202e\u2028\u2066\ufeff\ufffd"
"""Control characters, invisible ones, and the sign of a decoding error."""

SIGNS = "abcaeiou0123456789.,;:!?¡¿-–—_*#@/\\|\"'«»“”()[]{}<>&%$€+=~^`·…ñÑßøžǅ\t"
"""Letters, digits and punctuation."""

BLANKS = ("", " ", "\t", "\u00a0", "\u3000\u2003", "   \t  ", "\u200b")
"""Lines without anything to translate."""

LONGEST = 200
"""Maximum number of repetitions of one sign."""


def hostile_lines(lines: Sequence[str], count: int, *, seed: int = 1) -> list[str]:
    """Make hostile lines.

    Args:
        lines: Ordinary lines, at least one, that most of them are made from.
        count: Number of hostile lines.
        seed: Seed of all random choices.

    Returns:
        The lines, of each kind in turn; none has a line break.
    """
    rng = Random(seed)
    return [KINDS[place % len(KINDS)](lines, rng) for place in range(count)]


def _word(alphabet: str, rng: Random) -> str:
    return "".join(rng.choices(alphabet, k=rng.randint(1, 9)))


def _mixed_scripts(lines: Sequence[str], rng: Random) -> str:
    """Return a line with words of other scripts between its own."""
    words = rng.choice(lines).split()
    for _ in range(rng.randint(1, 4)):
        words.insert(rng.randint(0, len(words)), _word(rng.choice(SCRIPTS), rng))
    return rng.choice([" ", " ", ""]).join(words)


def _insertions(lines: Sequence[str], rng: Random) -> str:
    """Return a line with random signs at random places."""
    signs = list(rng.choice(lines))
    for _ in range(rng.randint(1, 8)):
        signs.insert(rng.randint(0, len(signs)), rng.choice(SIGNS))
    return "".join(signs)


def _one_sign(lines: Sequence[str], rng: Random) -> str:
    """Return a sign or word repeated many times, by itself or after a line."""
    repeated = rng.choice([rng.choice(SIGNS), rng.choice(rng.choice(SCRIPTS)), "ja", "no "])
    before = rng.choice(["", f"{rng.choice(lines)} "])
    return before + repeated * rng.randint(2, LONGEST // len(repeated))


def _several_sentences(lines: Sequence[str], rng: Random) -> str:
    """Return several lines in one, with or without spaces between them."""
    return rng.choice([" ", "", " - ", "; "]).join(rng.choices(lines, k=rng.randint(2, 6)))


def _controls(lines: Sequence[str], rng: Random) -> str:
    """Return a line with control characters in it."""
    signs = list(rng.choice(lines))
    for _ in range(rng.randint(1, 6)):
        signs.insert(rng.randint(0, len(signs)), rng.choice(CONTROLS))
    return "".join(signs)


def _shuffled(lines: Sequence[str], rng: Random) -> str:
    """Return the words of a line in any order, or its letters."""
    line = rng.choice(lines)
    parts = rng.choice([line.split(), list(line)])
    rng.shuffle(parts)
    return (" " if len(parts) == len(line.split()) else "").join(parts)


def _noise(lines: Sequence[str], rng: Random) -> str:
    """Return words of random signs and scripts."""
    alphabets = (SIGNS, *SCRIPTS)
    return " ".join(_word(rng.choice(alphabets), rng) for _ in range(rng.randint(1, 15)))


def _blank_or_cut(lines: Sequence[str], rng: Random) -> str:
    """Return a blank line, or the beginning of an ordinary one."""
    line = rng.choice(lines)
    return rng.choice([rng.choice(BLANKS), line[: rng.randint(0, len(line))]])


KINDS: tuple[Callable[[Sequence[str], Random], str], ...] = (
    _mixed_scripts,
    _insertions,
    _one_sign,
    _several_sentences,
    _controls,
    _shuffled,
    _noise,
    _blank_or_cut,
)
"""Functions that make one hostile line each."""
