"""Score the first words that people type against all their accepted translations.

    python tools/first_words.py                                  # the shipped models, both lists
    python tools/first_words.py runs/mine --direction es-en --list A --show-wrong
    python tools/first_words.py --check data/train.tsv.gz        # list B against training text

tools/first_words/README.md describes the lists and how their lines are written.
"""

from __future__ import annotations

import functools
import gzip
import io
import itertools
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TextIO

import typer

from seq2seq import Seq2SeqError, Translator

LISTS = Path(__file__).with_suffix("")
"""Folder of the lists."""

NAMES = ("A", "B")
"""Names of the lists."""

DIRECTIONS = ("es-en", "en-es")
"""Directions that have lists."""

MAX_EXPANSIONS = 20_000
"""Maximum number of translations that one pattern may stand for."""


class FirstWordsError(Exception):
    """Raised for a mistake in a list or an option; the message is one line."""


@dataclass(frozen=True)
class Phrase:
    """Line of a list.

    Attributes:
        source: Text to translate, as written in the list.
        patterns: Patterns of its accepted translations.
        macros: Texts that each name in the patterns stands for.
        to: Language of the translations.
        place: File and number of the line, for error messages.
    """

    source: str
    patterns: tuple[str, ...]
    macros: dict[str, list[str]]
    to: str
    place: str

    @functools.cached_property
    def accepted(self) -> frozenset[str]:
        """All accepted translations, as `comparable` returns them, with contractions.

        Raises:
            FirstWordsError: A pattern is malformed.
        """
        try:
            expanded = [expand(pattern, macros=self.macros) for pattern in self.patterns]
        except FirstWordsError as error:
            raise FirstWordsError(f"{self.place}: {error}") from None
        texts = itertools.chain.from_iterable(expanded)
        if self.to == "en":
            texts = itertools.chain.from_iterable(map(with_contractions, texts))
        return frozenset(map(comparable, texts))


@dataclass(frozen=True)
class Wrong:
    """Translation that is not accepted.

    Attributes:
        source: Text as it was given to the model.
        output: Translation.
        expected: First translation that the list accepts.
    """

    source: str
    output: str
    expected: str


@dataclass(frozen=True)
class FirstWordsScore:
    """Result of a model on one list.

    Attributes:
        total: Number of texts translated.
        wrong: Translations that are not accepted.
    """

    total: int
    wrong: tuple[Wrong, ...]

    @property
    def percent(self) -> float:
        """Percentage of accepted translations."""
        return 100.0 * (self.total - len(self.wrong)) / self.total


# Patterns: {a|b} are alternatives, [a] may be left out, $name stands for a pattern of the file.

_TOKEN = re.compile(r"[{}|\[\]]|\$[a-z_]+|[^{}|\[\]$]+|\$")


def expand(pattern: str, *, macros: dict[str, list[str]] | None = None) -> list[str]:
    """Return all texts that a pattern stands for, in the order of the pattern.

    Args:
        pattern: Text with `{a|b}` for alternatives, `[a]` for what may be left out, and `$name`.
        macros: Texts that each name stands for.

    Returns:
        The texts, with single spaces and none before a comma or a final mark.

    Raises:
        FirstWordsError: A bracket is not closed, a name is unknown, or there are too many texts.
    """
    tokens = _TOKEN.findall(pattern)
    found = _alternatives(tokens, "", macros or {}, pattern)
    if tokens:
        raise FirstWordsError(f"{pattern!r}: {tokens[0]!r} without an opening bracket")
    tidy = (re.sub(r" +([,.!?])", r"\1", " ".join(text.split())) for text in found)
    return list(dict.fromkeys(tidy))


def _alternatives(
    tokens: list[str], end: str, macros: dict[str, list[str]], pattern: str
) -> list[str]:
    """Consume tokens up to the closing bracket `end` and return the texts of all alternatives."""
    done: list[str] = []
    current = [""]
    while tokens and tokens[0] not in ("}", "]"):
        token = tokens.pop(0)
        if token == "|":
            if not end:
                raise FirstWordsError(f"{pattern!r}: '|' outside brackets")
            done += current
            current = [""]
            continue
        if token == "{":
            texts = _alternatives(tokens, "}", macros, pattern)
        elif token == "[":
            texts = ["", *_alternatives(tokens, "]", macros, pattern)]
        elif token.startswith("$"):
            if token[1:] not in macros:
                raise FirstWordsError(f"{pattern!r}: {token} is not defined above")
            texts = macros[token[1:]]
        else:
            texts = [token]
        if len(current) * len(texts) > MAX_EXPANSIONS:
            raise FirstWordsError(f"{pattern!r}: stands for more than {MAX_EXPANSIONS:,} texts")
        current = [left + right for left, right in itertools.product(current, texts)]
    if end and (not tokens or tokens.pop(0) != end):
        raise FirstWordsError(f"{pattern!r}: {end!r} is missing")
    return done + current


# English contractions. A list has the full forms; the contracted ones are accepted too.

_PARTICIPLE = (
    r"(?:\w{3,}ed|been|got|gotten|lost|had|left|forgotten|broken|bought|made|seen|taken|come|gone|"
    r"run|found|told|done|eaten|put|paid|sent|hurt|cut|burnt|fallen|given|brought|slept|heard|read|"
    r"kept|met|spent|sold|written|begun|caught|hit|shut|spoken|set|cost|burned|spilt|just|already|"
    r"never|always|not|only)\b"
)
_CONTRACTIONS = [
    (re.compile(pattern, re.IGNORECASE), short)
    for pattern, short in (
        (r"\b(i) am(?= \w)", r"\1'm"),
        (r"\b(you|we|they) are(?= \w)", r"\1're"),
        (r"\b(\w*[^\W\d_s]) is(?= \w)", r"\1's"),
        (r"\b(i|you|he|she|it|we|they|there|that) will(?= \w)", r"\1'll"),
        (r"\b(i|you|he|she|it|we|they|that) would(?= \w)", r"\1'd"),
        (rf"\b(i|you|we|they) have(?= {_PARTICIPLE})", r"\1've"),
        (rf"\b(\w*[^\W\d_s]) has(?= {_PARTICIPLE})", r"\1's"),
        (rf"\b(i|you|he|she|it|we|they) had(?= {_PARTICIPLE})", r"\1'd"),
        (r"\bcannot\b", "can't"),
        (r"\bcannot\b", "can not"),
        (r"\bwill not\b", "won't"),
        (
            r"\b(is|are|was|were|do|does|did|could|would|should|has|have|had|must|need) not\b",
            r"\1n't",
        ),
    )
]
"""Pattern of each full form, and its replacement."""


def with_contractions(text: str) -> set[str]:
    """Return an English text in all its forms: "I am not" is also "I'm not"."""
    forms: set[str] = set()
    waiting = [text]
    while waiting:
        form = waiting.pop()
        if form in forms:
            continue
        forms.add(form)
        for pattern, short in _CONTRACTIONS:
            for match in pattern.finditer(form):
                waiting.append(form[: match.start()] + match.expand(short) + form[match.end() :])
    return forms


# Comparison.

_PLAIN = str.maketrans(
    {"‘": "'", "’": "'", "“": '"', "”": '"', "«": '"', "»": '"', "¿": "", "¡": ""}
)


def comparable(text: str) -> str:
    """Return what counts of a translation.

    Two texts are the same if they differ only in Unicode form, case, final marks (. ! ?), inverted
    marks, the form of quotes, or spaces.
    """
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())
    return " ".join(folded.translate(_PLAIN).split()).rstrip(".!? ")


def variants(source: str) -> list[str]:
    """Return the forms in which people type a text.

    They are: as written; without final mark, or with a stop if there is none; without inverted
    marks; and each of these with a small first letter.
    """
    bare = source.rstrip(".!?")
    open_marks = source.strip("¿¡")
    forms = [source, bare.strip("¿¡"), open_marks]
    if bare == source:
        forms.append(f"{source}.")
    forms += [_small_first_letter(form) for form in forms]
    return list(dict.fromkeys(forms))


def _small_first_letter(text: str) -> str:
    """Return the text with its first letter in lowercase, after any inverted mark."""
    start = len(text) - len(text.lstrip("¿¡"))
    return text[:start] + text[start : start + 1].lower() + text[start + 1 :]


@functools.cache
def read_list(*, name: str, direction: str) -> tuple[Phrase, ...]:
    """Read a list.

    Args:
        name: "A" or "B".
        direction: "es-en" or "en-es".

    Returns:
        The phrases in the order of the file.

    Raises:
        FirstWordsError: There is no such list, or a line of it cannot be read.
    """
    path = LISTS / f"{name}.{direction}.tsv"
    if not path.is_file():
        raise FirstWordsError(
            f"no list {name} for {direction}: there are {', '.join(NAMES)} for "
            f"{' and '.join(DIRECTIONS)}"
        )
    phrases = []
    macros: dict[str, list[str]] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line or line.startswith("#"):
            continue
        first, *patterns = line.split("\t")
        if not patterns or not all(cell.strip() for cell in [first, *patterns]):
            raise FirstWordsError(f"{path}: line {number}: a source and translations are needed")
        place = f"{path}: line {number}"
        if first.startswith("$"):
            macros[first[1:]] = expand(patterns[0], macros=macros)
        else:
            phrases.append(Phrase(first, tuple(patterns), dict(macros), direction[-2:], place))
    return tuple(phrases)


def score(
    translator: Translator, *, name: str, direction: str, lines: int | None = None
) -> FirstWordsScore:
    """Translate a list and count the accepted translations.

    Args:
        translator: Translator of the direction.
        name: "A" or "B". List A is translated in all its `variants`, list B as written.
        direction: "es-en" or "en-es".
        lines: Number of lines from the beginning of the list; None for all.

    Returns:
        The score; each text that was translated counts once.

    Raises:
        FirstWordsError: There is no such list.
    """
    tried = [
        (text, phrase.accepted)
        for phrase in read_list(name=name, direction=direction)[:lines]
        for text in (variants(phrase.source) if name == "A" else [phrase.source])
    ]
    outputs = [found.text for found in translator.translate_all([text for text, _ in tried])]
    wrong = [
        Wrong(text, output, min(accepted, key=len))
        for (text, accepted), output in zip(tried, outputs, strict=True)
        if comparable(output) not in accepted
    ]
    return FirstWordsScore(len(tried), tuple(wrong))


# Check of list B against training text.


def folded(text: str) -> str:
    """Return the words of a text in lowercase, without accents and punctuation."""
    decomposed = unicodedata.normalize("NFD", text.casefold())
    kept = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return " ".join(re.findall(r"[^\W_]+", kept))


def offenders(files: Iterable[Path], *, sources: Iterable[str]) -> Iterator[str]:
    """Find sources that stand in training text, as a line or as consecutive words of one.

    Case, accents and punctuation do not count. All columns of the files are searched.

    Args:
        files: Files in TSV, plain or compressed with gzip.
        sources: Texts to look for.

    Yields:
        One line for each place: the source, the file with the number of the line, and the text.
    """
    by_start: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for source in sources:
        words = folded(source).split()
        by_start[(words[0], words[1] if len(words) > 1 else "")][" ".join(words)] = source
    for path in files:
        with _opened(path) as lines:
            for number, line in enumerate(lines, start=1):
                for cell in line.rstrip("\n").split("\t"):
                    for source in _sources_in(folded(cell), by_start):
                        yield f"{source}\t{path}:{number}\t{cell}"


def _opened(path: Path) -> TextIO:
    """Open a text file, plain or compressed with gzip."""
    if path.suffix == ".gz":
        return io.TextIOWrapper(gzip.open(path), encoding="utf-8", errors="replace")
    return path.open(encoding="utf-8", errors="replace")


def _sources_in(cell: str, by_start: dict[tuple[str, str], dict[str, str]]) -> Iterator[str]:
    """Yield the sources, grouped by their first two words, that a folded cell contains."""
    words = cell.split()
    for pair in set(zip(words, [*words[1:], ""], strict=True)) | {(word, "") for word in words}:
        for phrase, source in by_start.get(pair, {}).items():
            if f" {phrase} " in f" {cell} ":
                yield source


def _check(files: list[Path]) -> None:
    """Print the sources of list B that stand in the files, and exit with 1 if there are any."""
    sources = {
        phrase.source
        for direction in DIRECTIONS
        for phrase in read_list(name="B", direction=direction)
    }
    found = 0
    for line in offenders(files, sources=sources):
        found += 1
        print(line)
    print(f"{found} places in {len(files)} files where one of {len(sources)} sources stands")
    if found:
        raise typer.Exit(1)


def _translator(model: str | None, direction: str) -> Translator:
    """Load a model directory or, if there is none of that name, the shipped model."""
    if model is None or (model in DIRECTIONS and not Path(model).exists()):
        return Translator.from_pretrained(to=direction[-2:])
    return Translator.from_pretrained(model)


def main(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[MODEL | FILE...]",
            help="Model directory, or es-en or en-es for a shipped model; both of these by "
            "default. With --check, files of training text.",
        ),
    ] = None,
    lists: Annotated[list[str] | None, typer.Option("--list", help="A or B; default both.")] = None,
    direction: Annotated[str | None, typer.Option(help="es-en or en-es.")] = None,
    show_wrong: Annotated[bool, typer.Option(help="Print what is not accepted.")] = False,
    check: Annotated[
        bool, typer.Option("--check", help="List the sources of list B that stand in FILE...")
    ] = False,
) -> None:
    """Print the percentage of accepted translations for each list and direction."""
    names = names or []
    try:
        if check:
            _check([Path(name) for name in names])
            return
        if len(names) > 1:
            raise FirstWordsError(f"{len(names)} models: give one, or none for the shipped ones")
        model = names[0] if names else None
        if direction is None and model is not None and model not in DIRECTIONS:
            raise FirstWordsError(f"{model}: say which direction it is, with --direction es-en")
        chosen = direction or (model if model in DIRECTIONS else None)
        for each in [chosen] if chosen else DIRECTIONS:
            _print_scores(_translator(model, each), lists or list(NAMES), each, show_wrong)
    except (FirstWordsError, Seq2SeqError, OSError) as error:
        typer.echo(f"first_words: {error}", err=True)
        raise typer.Exit(2) from None


def _print_scores(
    translator: Translator, lists: list[str], direction: str, show_wrong: bool
) -> None:
    """Print one line for each list and, on demand, what is wrong."""
    for name in lists:
        found = score(translator, name=name, direction=direction)
        right = found.total - len(found.wrong)
        print(f"{direction}  list {name}: {found.percent:.1f}%  ({right} of {found.total})")
        if show_wrong:
            for wrong in found.wrong:
                print(f"  {wrong.source}\t{wrong.output}\t(such as: {wrong.expected})")


if __name__ == "__main__":
    typer.run(main)
