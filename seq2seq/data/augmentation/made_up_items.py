"""Items made up at random: addresses, code, numbers, placeholders, tags and emoji.

A model must copy such items, not know them, so hardly any of them should occur twice. They are put
together from the words of the text, made-up words, digits and letters.
"""

from __future__ import annotations

import random
import string
from collections.abc import Callable, Sequence

from seq2seq.text import LETTERS, strip_accents

SAMPLE = 2000
"""Number of texts, evenly spread, whose words are used."""

_LONGEST_TEXT = 400
"""Number of characters of a text that are used."""


def _listed(words: str) -> tuple[str, ...]:
    """Return words that are given in one string."""
    return tuple(words.split())


_SYLLABLES = tuple(
    first + vowel + last
    for first in ("b", "c", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "v", "z", "ch")
    for vowel in "aeiou"
    for last in ("", "", "n", "r", "x")
)
_LOWER_AND_DIGITS = string.ascii_lowercase + string.digits
_UPPER_AND_DIGITS = string.ascii_uppercase + string.digits
_HEX = "0123456789abcdef"
_DOMAINS = _listed("com com com org net io eu es mx uk us fr de info dev app co.uk com.ar")
_SCHEMES = ("https://", "https://", "https://", "http://", "https://www.", "www.", "ftp://", "")
_SUFFIXES = _listed(
    "pdf txt csv doc docx xlsx png jpg mp3 mp4 zip json xml yaml html md py js sh log ini"
)
_UNIX_ROOTS = ("/", "/home/", "/var/", "/opt/", "~/", "./", "../", "/mnt/")
_CURRENCIES = ("$", "€", "£", "US$", "¥")
_CODES = ("EUR", "USD", "GBP", "MXN", "CHF")
_TAGS = _listed(
    "b b b i i i u em strong strong span span a a a a p p div li td th small mark sub "
    "sup font h1 h2 h3 g x"
)
_ATTRIBUTES = ("class", "id", "style", "title", "name", "data-id")
_FORMATS = _listed("%s %s %s %d %d %i %f %.1f %.2f %03d %u %x %@")

_PICTURES = "".join(
    chr(code)
    for first, last in (
        (0x1F600, 0x1F64F),
        (0x1F300, 0x1F320),
        (0x1F32D, 0x1F393),
        (0x1F3A0, 0x1F3CA),
        (0x1F3E0, 0x1F3F0),
        (0x1F400, 0x1F4FC),
        (0x1F500, 0x1F53D),
        (0x1F680, 0x1F6C5),
        (0x1F910, 0x1F93A),
        (0x1F940, 0x1F9FF),
    )
    for code in range(first, last + 1)
)
_FACES = _PICTURES[:80]
_SYMBOLS = "☀☁☂☃☎☑☕☘☠☢☮☯♀♂♠♣♥♦♻⚓⚔⚖⚙⚠⚡⚽⛄⛔✂✅✈✉✌✏✒✔✖✨❄❌❓❗❤➕➡⬆⬇⭐"
_HANDS_AND_PEOPLE = "👂👃👆👇👈👉👊👋👌👍👎👏👐👦👧👨👩👮👴👵👶💁💅💃💪🙅🙆🙇🙋🙌🙎🙏🤘🤙🤚🤛🤝🤞🤟"
_PROFESSIONS = "⚕⚖✈🌾🍳🎓🎤🎨🏫🏭💻💼🔧🔬🚀🚒"
_SKINS = "".join(map(chr, range(0x1F3FB, 0x1F400)))
_EMOTICONS = (":)", ":-)", ":(", ";)", ";-)", ":D", ":-D", ":P", "=)", "<3", ":/", "8)")


class ItemMaker:
    """Maker of items from random draws and the words of a text.

    Args:
        draw: Random generator.
        texts: Texts whose words are used. They may be of any language.
    """

    def __init__(self, draw: random.Random, texts: Sequence[str]) -> None:
        self._draw = draw
        step = len(texts) // SAMPLE + 1
        sample = " ".join(text[:_LONGEST_TEXT] for text in texts[::step])
        self._words = _distinct_words(sample) or list(_SYLLABLES)
        plain = _distinct_words(strip_accents(sample).lower())
        self._plain = [word for word in plain if word.isascii()]

    def word(self) -> str:
        """Return a word in lowercase ASCII letters: mostly one of the text, or a made-up one."""
        if self._plain and self._draw.random() < 0.6:
            return self._draw.choice(self._plain)
        return "".join(self._draw.choices(_SYLLABLES, k=self._draw.randint(1, 4)))

    def digits(self, *, least: int, most: int) -> str:
        """Return some digits, at times with a zero at the beginning."""
        count = self._draw.randint(least, most)
        if self._draw.random() < 0.05:
            return str(self._draw.randrange(10**count)).zfill(count)
        return str(self._draw.randrange(10 ** (count - 1), 10**count))

    def address(self) -> str:
        """Return a URL, mail address, user name, hashtag, path, piece of code or version."""
        return self._one_of(self.url, self.url, self.mail, self.handle, self.hashtag, self._other)

    def _other(self) -> str:
        return self._one_of(self.path, self.code, self.code, self.reference, self.version)

    def url(self) -> str:
        """Return a URL, at times with a path, a query and a fragment, or without a scheme."""
        draw = self._draw
        parts = [draw.choice(_SCHEMES), self._host()]
        if draw.random() < 0.05:
            parts += ":", self.digits(least=2, most=5)
        folders = ["/" + self._slug() for _ in range(draw.randint(0, 4))]
        parts += folders
        if folders and draw.random() < 0.2:
            parts += ".", draw.choice(_SUFFIXES)
        elif draw.random() < 0.2:
            parts.append("/")
        if draw.random() < 0.3:
            fields = [f"{self.word()}={self._slug()}" for _ in range(draw.randint(1, 3))]
            parts += "?", "&".join(fields)
        if draw.random() < 0.1:
            parts += "#", self._slug()
        return "".join(parts)

    def mail(self) -> str:
        """Return a mail address."""
        joined = self._draw.choice((".", "_", "-", "+", "")).join(self._several_words(2))
        tail = self.digits(least=1, most=4) if self._draw.random() < 0.3 else ""
        return f"{joined}{tail}@{self._host()}"

    def handle(self) -> str:
        """Return the name of a user of a social network, with its at sign."""
        return "@" + self._nickname(self.word)

    def hashtag(self) -> str:
        """Return a hashtag, in which words of the text keep their accents."""
        return "#" + self._nickname(lambda: self._draw.choice(self._words))

    def path(self) -> str:
        """Return a file name or a path."""
        draw = self._draw
        folders = [self._slug() for _ in range(draw.randint(0, 4))]
        name = f"{self._slug()}.{draw.choice(_SUFFIXES)}"
        if draw.random() < 0.25:
            return "\\".join([f"{draw.choice(string.ascii_uppercase)}:", *folders, name])
        if not folders:
            return name
        end = name if draw.random() < 0.7 else ""
        return draw.choice(_UNIX_ROOTS) + "/".join([*folders, end])

    def code(self) -> str:
        """Return an identifier, a call, an option or a piece of code between backticks."""
        words = self._several_words(3)
        style = self._draw.randrange(8)
        if style == 0:
            return f"--{'-'.join(words)}"
        if style == 1:
            return f"`{' '.join([self.word(), *words])}`"
        if style == 2:
            return f"`{words[0]} = {self.digits(least=1, most=5)}`"
        if style == 3:
            return "0x" + "".join(self._draw.choices(_HEX, k=self._draw.randint(2, 16)))
        joined = "_".join([*words, self.word()])
        if style == 4:
            return joined.upper()
        if style == 5:
            return words[0] + "".join(map(str.capitalize, [*words[1:], self.word()]))
        return joined if style == 6 else f"{joined}()"

    def reference(self) -> str:
        """Return a code of letters and digits, such as an order number or a hash."""
        draw = self._draw
        if draw.random() < 0.3:
            return "".join(draw.choices(_HEX, k=draw.randint(6, 40)))
        groups = [
            "".join(draw.choices(_UPPER_AND_DIGITS, k=draw.randint(2, 6)))
            for _ in range(draw.randint(1, 4))
        ]
        return "-".join([*groups, self.digits(least=2, most=6)])

    def version(self) -> str:
        """Return a version number."""
        draw = self._draw
        numbers = ".".join(str(draw.randrange(40)) for _ in range(draw.randint(2, 4)))
        tail = f"-{draw.choice(('rc', 'beta', 'alpha'))}{draw.randrange(10)}"
        return draw.choice(("", "v")) + numbers + (tail if draw.random() < 0.15 else "")

    def placeholder(self) -> str:
        """Return a placeholder of a program or template, such as "%s", "{name}" or "${x}"."""
        style = self._draw.randrange(10)
        if style < 3:
            return self._draw.choice(_FORMATS)
        name = self.word() if style < 8 else "_".join(self._several_words(3))
        if style == 3:
            return f"%({name})s"
        if style == 4:
            return f"{{{self._draw.randrange(12)}}}"
        if style == 5:
            return f"{{{{{name}}}}}"
        return f"{self._draw.choice(('', '', '$', '%', '#'))}{{{name}}}"

    def number(self) -> str:
        """Return 2 to 12 digits, or a decimal, date, time, price or percentage."""
        kinds = (self.decimal, self.grouped, self.date, self.time, self.price, self.percentage)
        if self._draw.random() < 0.5:
            return self.digits(least=2, most=12)
        return self._one_of(*kinds)

    def decimal(self) -> str:
        """Return a number with decimals."""
        sign = self._draw.choice((".", ","))
        return self.digits(least=1, most=6) + sign + self.digits(least=1, most=4)

    def grouped(self) -> str:
        """Return a number of at least four digits in groups of three."""
        number = self._draw.randrange(10**3, 10 ** self._draw.randint(4, 11))
        return f"{number:,}".replace(",", self._draw.choice((",", ".", " ")))

    def date(self) -> str:
        """Return a date in digits."""
        draw = self._draw
        year = str(draw.randint(1800, 2100))
        month = str(draw.randint(1, 12))
        day = str(draw.randint(1, 28))
        if draw.random() < 0.5:
            month = month.zfill(2)
            day = day.zfill(2)
        if draw.random() < 0.2:
            year = year[2:]
        order = draw.choice(((day, month, year), (month, day, year), (year, month, day)))
        return draw.choice("//.-").join(order)

    def time(self) -> str:
        """Return a time of day, at times with seconds."""
        hour = str(self._draw.randrange(24)).zfill(self._draw.randint(1, 2))
        count = self._draw.choice((1, 1, 1, 2))
        minutes = [f"{self._draw.randrange(60):02}" for _ in range(count)]
        return ":".join([hour, *minutes])

    def price(self) -> str:
        """Return an amount of money."""
        draw = self._draw
        amount = self.digits(least=1, most=7)
        if draw.random() < 0.6:
            amount += draw.choice((".", ",")) + f"{draw.randrange(100):02}"
        style = draw.random()
        if style < 0.2:
            return f"{amount} {draw.choice(_CODES)}"
        sign = draw.choice(_CURRENCIES)
        space = draw.choice(("", "", " "))
        return sign + amount if style < 0.6 else amount + space + sign

    def percentage(self) -> str:
        """Return a percentage."""
        number = self.digits(least=1, most=3) if self._draw.random() < 0.5 else self.decimal()
        return f"{number}{self._draw.choice(('%', '%', ' %'))}"

    def tags(self) -> tuple[str, str]:
        """Return an opening and a closing tag, or two numbered placeholders."""
        draw = self._draw
        if draw.random() < 0.2:
            number = draw.randrange(20)
            if draw.random() < 0.6:
                return f"{{{number}}}", f"{{{number + 1}}}"
            return f"<{number}>", f"</{number}>"
        name = draw.choice(_TAGS)
        if draw.random() < 0.05:
            name = name.upper()
        if name != "a" and draw.random() < 0.7:
            return f"<{name}>", f"</{name}>"
        value = self.url() if name == "a" else self._slug()
        attribute = "href" if name == "a" else draw.choice(_ATTRIBUTES)
        quote = draw.choice('""\'')
        return f"<{name} {attribute}={quote}{value}{quote}>", f"</{name}>"

    def single_tag(self) -> str:
        """Return a tag that encloses nothing, such as "<br/>"."""
        style = self._draw.random()
        if style < 0.7:
            return self._draw.choice(("<br>", "<br/>", "<br />", "<hr>", "<wbr>"))
        if style < 0.85:
            return f'<img src="{self.path()}">'
        return f'<x id="{self._draw.randrange(100)}"/>'

    def pictures(self) -> str:
        """Return one to three emoji, or an emoticon."""
        draw = self._draw
        if draw.random() < 0.1:
            return draw.choice(_EMOTICONS)
        count = draw.choice((1, 1, 1, 2, 3))
        if draw.random() < 0.4:
            return self._picture() * count
        return draw.choice(("", "", " ")).join(self._picture() for _ in range(count))

    def _picture(self) -> str:
        draw = self._draw
        style = draw.random()
        if style < 0.6:
            return draw.choice(_FACES if style < 0.3 else _PICTURES)
        if style < 0.75:
            return draw.choice(_SYMBOLS) + draw.choice(("", "\ufe0f"))
        if style < 0.85:
            return draw.choice(_HANDS_AND_PEOPLE) + draw.choice(_SKINS)
        if style < 0.93:
            profession = draw.choice(_PROFESSIONS)
            selector = "\ufe0f" if profession < "\U0001f000" else ""
            skin = draw.choice(("", *_SKINS))
            return f"{draw.choice('👨👩🧑')}{skin}\u200d{profession}{selector}"
        if style < 0.97:
            return "".join(chr(0x1F1E6 + draw.randrange(26)) for _ in range(2))
        return draw.choice("0123456789") + "\ufe0f\u20e3"

    def _host(self) -> str:
        labels = self._several_words(2)
        if self._draw.random() < 0.2:
            labels[-1] += self._draw.choice(("-", "")) + self.digits(least=1, most=3)
        return ".".join([*labels, self._draw.choice(_DOMAINS)])

    def _slug(self) -> str:
        """Return a part of a path or of a query."""
        style = self._draw.random()
        if style < 0.4:
            return self.word()
        if style < 0.6:
            return self.digits(least=1, most=8)
        if style < 0.8:
            return self._draw.choice("--_").join([self.word(), *self._several_words(3)])
        if style < 0.9:
            return self.word().capitalize()
        return "".join(self._draw.choices(_LOWER_AND_DIGITS, k=self._draw.randint(3, 11)))

    def _nickname(self, word: Callable[[], str]) -> str:
        style = self._draw.random()
        if style < 0.4:
            return word()
        if style < 0.6:
            return word() + self.digits(least=1, most=4)
        if style < 0.8:
            return f"{word()}_{word()}"
        return word().capitalize() + word().capitalize()

    def _several_words(self, most: int) -> list[str]:
        return [self.word() for _ in range(self._draw.randint(1, most))]

    def _one_of(self, *makers: Callable[[], str]) -> str:
        return self._draw.choice(makers)()


def _distinct_words(text: str) -> list[str]:
    """Return the words of 3 to 10 letters, in the order of the text."""
    return list(dict.fromkeys(word for word in LETTERS.findall(text) if 3 <= len(word) <= 10))
