"""Rules for whether a sentence ends at a mark, such as a period, in any language.

The rules are for languages that end a sentence with a mark: the period of European languages,
the ideographic one of Chinese and Japanese, and similar ones. The language of the text need not be
known: the words of sentences.json, listed there per language, are used together.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from seq2seq.text import UNSPACED_LETTER
from seq2seq.text_steps.sentence_words import abbreviation_kinds, words

_UNSPACED_MARKS = "。！？｡．။។"
"""Marks after which no white space is needed."""

_STRONG_MARKS = "!?‽⁇⁈⁉؟۔।॥։።"
"""Marks that end a sentence but are not part of abbreviations."""

_MARK = rf"[.…‥{_STRONG_MARKS}{_UNSPACED_MARKS}]"
_CLOSING = r"[\"'“”‘’„»«›‹)\]}*_~`」』）】〉》]"
_EMOJI = (
    "[\u231a\u231b\u23e9-\u23f3\u2600-\u26ff\u2702-\u270f\u2728\u2733-\u2757\u2763\u2764"
    "\u2b50\u2b55\U0001f000-\U0001faff][\ufe0e\ufe0f\u200d\u20e3\U0001f3fb-\U0001f3ff"
    "\U000e0020-\U000e007f]*"
)
_EMOTICON = r"(?:[:;=]['’]?-?[)(\]\[DPpOo3/\\|*]+|<3|\^_?\^|[xX]D+)(?=\s|$)"

STOP = re.compile(
    rf"(?P<marks>(?:\.(?:\ \.)+|{_MARK}+)(?:{_CLOSING}*{_MARK}+)*)"
    rf"(?P<closers>{_CLOSING}*(?:\s+[»”’](?![^\s.,;:!?)»”’]))*)"
    r"(?P<tags></[A-Za-z][A-Za-z0-9]{0,20}>|<br\s?/?>)*"
    rf"(?P<emoji>(?:\s*(?:{_EMOJI}|{_EMOTICON}))*)"
    r"(?P<space>\s*)"
)
"""Matches a possible end of a sentence, with all that belongs to it, and the white space after."""

_LEAD = re.compile(r"(?:<[^<>\s][^<>]{0,100}>|[\W_]){0,20}")
"""Matches what may come before the first word of a sentence: quotes, brackets, dashes, tags."""

_GOES_ON = re.compile(r"[,;:.!?…)\]}%=&，、；：]")
"""Matches a character that no sentence begins with."""

_ALNUM = re.compile(r"[^\W_]")
_WORD = re.compile(r"[^\W\d_]+")
_LAST_WORD = re.compile(r"[^\W\d_]+$")
_LAST_NUMBER = re.compile(r"\d+$")
_ABBREVIATED = re.compile("(?:^|[^\\w.])((?:[^\\W\\d_]{1,5}\\.[ \u00a0\u202f]?-?)*[^\\W\\d_]+)$")
"""Matches the last word of a text, with the abbreviated words before it: "p. ej"."""

_DOTTED_WORD = re.compile(r"([^\W\d_]{1,5})\.")
_ENUMERATOR = re.compile(r"\(?[^\W\d_]\)\s")
_DATE_PART = re.compile(r"\d{1,2}\.(?!\d)|\d{4}\b")
_ROMAN = re.compile(r"(?=[IVXL]{2}|[VX]\b)(?:XL|L?X{0,3})(?:IX|IV|V?I{0,3})\b|I[,.;:)]")
_UNIT = re.compile(r"\d\s?$|°$")
"""Matches the end of a text that a unit of one letter follows: "16 m", "90 °F"."""

_DASH = re.compile(r"[-–—―]\s*$")
_VOWEL = re.compile("[aeiouyAEIOUY]")
_QUOTE = re.compile("[\"'“”‘’»«›‹]")
_FOUR_WORDS = re.compile(r"\w+(?:[ \u00a0]\w+){0,3}")
_URL = re.compile(r"https?://|www\.")
_PARTICLE = re.compile("と|って")
"""Matches a Japanese particle that continues a sentence after a quotation."""

_OPENING = {")": "(", "]": "[", "}": "{", "）": "（", "】": "【"}

_LOOK_BACK = 300
"""Number of characters before a mark in which its opening bracket is looked for."""

_WORD_LENGTH = 30
"""Maximum number of characters of a word that are looked at."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place where a sentence may end."""

    text: str
    begin: int
    """Where the sentence begins."""
    first: int
    """Where its first word begins."""
    stop: re.Match[str]
    """Match of `STOP`."""
    lead: str
    """Characters between the white space and the next word."""
    word: int
    """Where the next word begins."""

    @classmethod
    def at(cls, stop: re.Match[str], text: str, *, begin: int, first: int) -> Candidate:
        """Return the candidate at a match of `STOP` in a text."""
        lead = _LEAD.match(text, stop.end())
        assert lead is not None  # it may be empty
        return cls(text, begin, first, stop, lead[0], lead.end())

    @property
    def careless(self) -> bool:
        """Return whether the sentence itself begins with a lowercase letter."""
        return _begins_lowercase(self.text, self.first)

    @property
    def inverted(self) -> bool:
        """Return whether an inverted mark opens the next sentence."""
        return "¿" in self.lead or "¡" in self.lead

    @property
    def before(self) -> str:
        """Return the text of the sentence shortly before the mark."""
        return self.text[max(self.begin, self.stop.start() - 40) : self.stop.start()]

    @property
    def next_word(self) -> str:
        """Return the next word in lowercase; empty if it is a number."""
        word = _WORD.match(self.text, self.word, self.word + _WORD_LENGTH)
        return word[0].casefold() if word else ""


def is_end(candidate: Candidate) -> bool:
    """Return whether a sentence ends at a candidate, and another one begins after it."""
    text = candidate.text
    stop = candidate.stop
    marks = stop["marks"]
    if not _stands_free(candidate) or _GOES_ON.match(text, stop.end()):
        return False
    if _closes_inner_bracket(candidate) or not _ALNUM.match(text, candidate.word):
        return False
    if any(mark in _UNSPACED_MARKS for mark in marks):
        return not (stop["closers"] and _PARTICLE.match(text, stop.end()))
    if _ENUMERATOR.match(text, stop.end()):
        return marks != "." or not abbreviation_kinds(_previous_word(candidate.before))
    if _begins_lowercase(text, candidate.word) and candidate.lead[-1:] not in ("#", "@"):
        return _ends_before_lowercase(candidate)
    if any(mark in _STRONG_MARKS for mark in marks):
        return not _is_attributed(candidate) and not _is_name(candidate)
    if len(marks) > 1 or marks in "…‥":
        return not _repeats_word(candidate)
    return bool(stop["closers"]) or _full_stop_ends(candidate)


def _stands_free(candidate: Candidate) -> bool:
    """Return whether the text after the mark is apart from it, as a new sentence would be."""
    text = candidate.text
    stop = candidate.stop
    following = text[stop.end()]
    if stop["space"] or stop["emoji"] or following in "¿¡":
        return True
    if stop["tags"] and following == "<":
        return True
    last = stop["marks"][-1]
    before = text[stop.start() - 1]
    if last == "．":
        return not (before.isdigit() and following.isdigit())
    if last in _UNSPACED_MARKS:
        return True
    return last in "!?" and bool(UNSPACED_LETTER.match(before) and UNSPACED_LETTER.match(following))


def _closes_inner_bracket(candidate: Candidate) -> bool:
    """Return whether a bracket closes after the mark that was opened within the sentence."""
    stop = candidate.stop
    begin = max(candidate.begin, stop.start() - _LOOK_BACK)
    for closer in stop["closers"]:
        opening = _OPENING.get(closer)
        if opening and candidate.text.rfind(opening, begin, stop.start()) > candidate.first:
            return True
    return False


def _begins_lowercase(text: str, place: int) -> bool:
    """Return whether the word at a place is lowercase, unlike "iPhone" and URLs."""
    if not text[place].islower() or _URL.match(text, place):
        return False
    word = _WORD.match(text, place, place + _WORD_LENGTH)
    return word is None or word[0].islower()


def _ends_before_lowercase(candidate: Candidate) -> bool:
    """Return whether a sentence ends before a lowercase word.

    In careful text only a period after a long word does, or a mark before an inverted mark.
    """
    stop = candidate.stop
    if _DASH.search(candidate.lead):
        return False
    strong = any(mark in _STRONG_MARKS for mark in stop["marks"])
    if stop["closers"] and (strong or not candidate.careless):
        return False
    if strong and candidate.inverted:
        return True
    if (strong or stop["closers"]) and candidate.next_word in words("speech_verbs"):
        return False
    if strong or stop["marks"] != ".":
        return strong and candidate.careless
    chain = _dotted_words(candidate.before)
    if not chain:
        return candidate.careless or candidate.inverted
    kinds = abbreviation_kinds(chain[0])
    if candidate.careless:
        kinds -= {"before_number"}  # "ya no. mañana" is more likely than "no. 5"
    minimum = 2 if candidate.careless or candidate.inverted else 4
    return len(chain) == 1 and len(chain[0]) >= minimum and not kinds


def _dotted_words(before: str) -> list[str]:
    """Return the words with which a text ends, joined by periods: ["EE", "UU"]."""
    found = _ABBREVIATED.search(before)
    return _WORD.findall(found[1]) if found else []


def _is_attributed(candidate: Candidate) -> bool:
    """Return whether a speaker follows a quotation: `"Where?" Tom asked`."""
    if candidate.lead or not _QUOTE.search(candidate.stop["closers"]):
        return False
    following = _FOUR_WORDS.match(candidate.text, candidate.word)
    if following is None or candidate.next_word in words("joining"):
        return False
    spoken = [word for word in following[0].casefold().split() if word in words("speech_verbs")]
    return bool(spoken) and candidate.text[following.end() : following.end() + 1] != ":"


def _is_name(candidate: Candidate) -> bool:
    """Return whether the mark belongs to a name such as "Yahoo!"."""
    last = _LAST_WORD.search(candidate.before)
    return last is not None and last[0].casefold() in words("exclamation_names")


def _repeats_word(candidate: Candidate) -> bool:
    """Return whether the speaker hesitates: "I... I don't know", "W... What?"."""
    last = _LAST_WORD.search(candidate.before)
    if last is None:
        return False
    repeated = last[0].casefold()
    if len(repeated) == 1:
        return candidate.next_word.startswith(repeated)
    return candidate.next_word == repeated


def _full_stop_ends(candidate: Candidate) -> bool:
    """Return whether a single period ends a sentence before a capital or a number."""
    number = _LAST_NUMBER.search(candidate.before)
    if number:
        return _ends_after_number(candidate, number[0])
    chain = _dotted_words(candidate.before)
    if not chain:
        return True
    alone = candidate.stop.start() - len(chain[-1]) == candidate.first
    if len(chain) == len(chain[0]) == 1 and alone:
        return False  # "A. Bread", "J. Smith"
    if candidate.inverted:
        return True
    kinds = _kinds(candidate, chain)
    if kinds is not None:
        return _ends_after_abbreviation(candidate, chain, kinds)
    if len(chain[-1]) == 1:
        return _ends_after_letter(candidate, chain)
    return alone or not _looks_abbreviated(chain[-1])


def _kinds(candidate: Candidate, chain: list[str]) -> frozenset[str] | None:
    """Return the kinds of the abbreviation before the mark, the longest one if there are several.

    If the next word completes an abbreviation, as "UU." completes "EE.", it is never final.
    """
    following = _DOTTED_WORD.match(candidate.text, candidate.word)
    for begin in range(len(chain)):
        abbreviation = ".".join(chain[begin:])
        if following and not candidate.lead:
            completed = f"{abbreviation}.{following[1]}"
            if abbreviation_kinds(completed):
                return frozenset(["never_final"])
        kinds = abbreviation_kinds(abbreviation)
        if len(abbreviation) == 1 and abbreviation.isupper():
            kinds &= frozenset(["before_number"])  # an initial, or "S. 5"
        if kinds:
            return kinds
    return None


def _ends_after_abbreviation(candidate: Candidate, chain: list[str], kinds: frozenset[str]) -> bool:
    if "never_final" in kinds:
        return False
    if "never_final_if_capitalized" in kinds and chain[-1][0].isupper():
        return False
    number = candidate.text[candidate.word].isdigit() or _ROMAN.match(
        candidate.text, candidate.word
    )
    if "before_number" in kinds and number:
        return False
    if "final_before_starter" in kinds:
        return candidate.next_word in words("starters")
    if len(chain[-1]) == 1 and "final_before_capital" not in kinds:
        return _ends_after_letter(candidate, chain)
    if chain[-1].casefold() == "m":
        return candidate.next_word not in words("after_time")
    return True


def _ends_after_letter(candidate: Candidate, chain: list[str]) -> bool:
    """Return whether a sentence ends after an initial, or an acronym with periods."""
    letter = chain[-1]
    before = candidate.before[:-1]
    if len(chain) == 1 and before[-1:] in ("-", "'", "’"):
        return True  # "Allons-y.", "It's Tom's."
    following = _DOTTED_WORD.match(candidate.text, candidate.word)
    if following and len(following[1]) == 1:
        return False
    if len(chain) == 1:
        previous = _previous_word(before)
        if previous in words("letter_nouns") or _UNIT.search(before):
            return True
        if letter == "I" and previous in words("before_pronoun_i"):
            return True
    return candidate.next_word in words("starters")


def _previous_word(before: str) -> str:
    last = _LAST_WORD.search(before.rstrip())
    return last[0].casefold() if last else ""


def _looks_abbreviated(word: str) -> bool:
    """Return whether a word is one like "Sgt": short, capitalized, and without a vowel."""
    return len(word) <= 4 and word.istitle() and word.isascii() and not _VOWEL.search(word)


def _ends_after_number(candidate: Candidate, number: str) -> bool:
    begin = candidate.stop.start() - len(number)
    before = candidate.before[: -len(number)].rstrip()
    if len(number) <= 3 and begin == candidate.first:
        return False  # "1. Bread"
    if number == "1" and before.endswith((":", "(")):
        return False
    if len(number) > 2 or candidate.inverted or candidate.text[begin - 1] in ".,":
        return True
    if _DATE_PART.match(candidate.text, candidate.word):
        return False
    if candidate.next_word in words("ordinal_nouns"):
        return False
    if candidate.next_word in words("starters") or not candidate.next_word:
        return True
    return _previous_word(before) not in words("ordinal_articles") or before.endswith("I am")
