"""Texts to train the language identifier on."""

from __future__ import annotations

import ast
import gzip
import importlib.util
import json
import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from seq2seq.text_steps.languages import words

LANGUAGES = ("de", "en", "es", "fr")

GENERAL = (
    "bible",
    "europarl-20k",
    "openstax",
    "php-docs",
    "python-docs",
    "tatoeba-challenge-test",
    "tech-web4",
    "us-government",
    "us-government2",
)
"""Files of es-en-general with permissive licenses."""

MAX_GENERAL = 12_000
"""Number of pairs read from each file of es-en-general."""

SOURCES = (
    "Tatoeba sentences through www.manythings.org/anki: CC BY 2.0 FR",
    "es-en-general/tatoeba-challenge-test (Tatoeba): CC BY 2.0 FR",
    "es-en-general/openstax (OpenStax textbooks): CC BY 4.0",
    "es-en-general/php-docs (PHP manual): CC BY 3.0",
    "es-en-general/python-docs (Python documentation): PSF, CC0",
    "es-en-general/tech-web4 (Rust book, Electron): MIT, Apache-2.0",
    "es-en-general/europarl-20k (European Parliament): free reuse, source named",
    "es-en-general/us-government (login.gov, IRS Direct File, …): public domain, CC0, Apache-2.0",
    "es-en-general/bible (Reina-Valera 1909, World English Bible): public domain",
    "Django 5.2, translated messages: BSD-3-Clause",
    "stopwordsiso 0.7.1, lists of frequent words: MIT",
    "Faker 37.4.0, names of people: MIT",
    "tools/language_common_words.json, written for this project: Apache-2.0",
)
"""Training text with its licenses, for the file of weights and for cards."""

PACKAGES = ("Django==5.2", "stopwordsiso==0.7.1", "Faker==37.4.0")
"""Packages with texts in many languages."""

# fmt: off
FOREIGN = (
    "af", "az", "br", "bs", "ca", "cs", "cy", "da", "dsb", "eo", "et", "eu", "fi", "fy", "ga",
    "gd", "gl", "hr", "hsb", "hu", "id", "ig", "is", "it", "lt", "lv", "ms", "nb", "nl", "nn",
    "pl", "pt", "pt_BR", "ro", "sk", "sl", "sq", "sr_Latn", "sv", "sw", "tk", "tr", "uz", "vi",
)
# fmt: on
"""Other languages in Latin script that Django is translated into."""

_CAPITALIZED = re.compile(r"[A-ZÀ-Þ][a-zß-ÿ']+")
_MESSAGE = re.compile(r'(msgid|msgid_plural|msgstr(?:\[\d\])?|msgctxt)\s+"(.*)"$')
_PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\\.|\{\w*\}")

Words = list[str]
"""Words of a text, as `seq2seq.text_steps.languages.words` returns them."""


@dataclass
class Texts:
    """Training text as lists of words, by language.

    Attributes:
        everyday: Tatoeba sentences.
        general: Spanish and English of other kinds.
        types: Words of Tatoeba that occur at least twice.
        common: Greetings, signs and frequent words.
        messages: Django's messages, also in foreign languages.
        stop_words: Lists of frequent words, also in foreign languages.
        names: Names that stay the same in translation, and names of people.
    """

    everyday: dict[str, list[Words]]
    general: dict[str, list[Words]]
    types: dict[str, list[Words]]
    common: dict[str, list[Words]]
    messages: dict[str, list[Words]]
    stop_words: dict[str, list[Words]]
    names: tuple[list[Words], list[Words]]


def pairs(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the pairs of a TSV file, possibly compressed."""
    raw = path.read_bytes()
    text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode()
    for line in text.split("\n")[:-1]:
        first, second = line.split("\t")[:2]
        yield first, second


def read_texts(data: Path, rng: random.Random) -> Texts:
    """Read all training text.

    Args:
        data: Folder with tatoeba-es-en, tatoeba-fr-en, tatoeba-de-en and es-en-general.
        rng: Chooses the pairs of large files.

    Returns:
        The texts.
    """
    everyday: dict[str, set[str]] = {language: set() for language in LANGUAGES}
    names: set[str] = set()
    for language in ("es", "fr", "de"):
        for text, english in pairs(data / f"tatoeba-{language}-en" / "train.tsv.gz"):
            everyday[language].add(text)
            everyday["en"].add(english)
            # Not at the beginning of the sentence, where every word has a capital.
            names |= set(_CAPITALIZED.findall(text[1:])) & set(_CAPITALIZED.findall(english))
    general: dict[str, list[str]] = {"es": [], "en": []}
    for name in GENERAL:
        rows = list(pairs(data / "es-en-general" / f"{name}.tsv.gz"))
        rng.shuffle(rows)
        general["es"] += [spanish for spanish, _ in rows[:MAX_GENERAL]]
        general["en"] += [english for _, english in rows[:MAX_GENERAL]]
    common = json.loads(Path(__file__).with_name("language_common_words.json").read_text("utf-8"))
    sentences = {language: _worded(sorted(texts)) for language, texts in everyday.items()}
    return Texts(
        everyday=sentences,
        general={language: _worded(texts) for language, texts in general.items()},
        types={language: _types(texts) for language, texts in sentences.items()},
        common={language: _worded(texts) for language, texts in common.items()},
        messages={one: _worded(_messages(one)) for one in (*LANGUAGES, *FOREIGN)},
        stop_words=_stop_words(),
        names=(_worded(sorted(names)), _worded(_people())),
    )


def _worded(texts: Iterable[str]) -> list[Words]:
    """Return the words of each text that has any."""
    return [found for text in texts if (found := words(text))]


def _types(sentences: list[Words]) -> list[Words]:
    """Return the words that occur at least twice, each as a text."""
    counts = Counter(word for sentence in sentences for word in sentence if word not in "¿¡")
    return [[word] for word, count in counts.items() if count > 1]


def _package(name: str) -> Path:
    """Return the folder of an installed package; raise SystemExit if it is not installed."""
    found = importlib.util.find_spec(name)
    if found is None or found.origin is None:
        raise SystemExit(f"{name} is not installed; run: pip install {' '.join(PACKAGES)}")
    return Path(found.origin).parent


def _messages(language: str) -> list[str]:
    """Return Django's messages in a language, without those that are not translated."""
    key = "msgid" if language == "en" else "msgstr"
    texts: set[str] = set()
    for path in _package("django").glob(f"**/locale/{language}/LC_MESSAGES/*.po"):
        for block in path.read_text("utf-8").split("\n\n"):
            message = _message(block)
            texts |= {
                _PLACEHOLDER.sub(" ", text)
                for part, text in message.items()
                if part.startswith(key) and (language == "en" or text != message.get("msgid"))
            }
    return sorted(texts)


def _message(block: str) -> dict[str, str]:
    """Return the parts of an entry of a .po file, or nothing for the header."""
    parts: dict[str, str] = {}
    part = ""
    for line in block.splitlines():
        if begun := _MESSAGE.match(line):
            part = begun[1]
            parts[part] = begun[2]
        elif part and line.startswith('"'):
            parts[part] += line[1:-1]
    return parts if parts.get("msgid") else {}


def _stop_words() -> dict[str, list[Words]]:
    """Return the stop words in Latin script of each language that has enough of them."""
    lists = json.loads((_package("stopwordsiso") / "stopwords-iso.json").read_text("utf-8"))
    found = {language: _worded(sorted(texts)) for language, texts in lists.items()}
    return {language: texts for language, texts in sorted(found.items()) if len(texts) > 25}


def _people() -> list[str]:
    """Return first and last names in Latin script, of all countries in Faker."""
    names: set[str] = set()
    for path in (_package("faker") / "providers" / "person").glob("*/__init__.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, (ast.Assign, ast.AnnAssign)) or node.value is None:
                continue
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            if re.match("(first|last)_names", ast.unparse(target)):
                names |= {
                    one.value
                    for one in ast.walk(node.value)
                    if isinstance(one, ast.Constant) and isinstance(one.value, str)
                }
    return sorted(name for name in names if "{" not in name)
