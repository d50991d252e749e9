"""Corpus of three splits, drawn from all constructions."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from sample_corpus import bare_phrases, questions, sentences, states
from sample_corpus.clauses import Sentence
from sample_corpus.modifiers import NAMES
from sample_corpus.splits import split_of, words

SPLITS = ("train", "dev", "test")
SIZES = {
    "train": 24_000,
    "dev": 516,
    "test": 516,
}  # upper limits: some constructions hold nothing out
# A word of dev or test must occur in at least this many sentences of train.
MIN_WORD_COUNT = 10
ALL_NAMES = frozenset(NAMES["m"] + NAMES["f"])
_WORD = re.compile(r"\w+")
REQUIRED = {"test": Sentence("casa de papel", "paper house", ("material:casa:papel",))}

# The constructions and their weights in the corpus.
CONSTRUCTIONS: tuple[tuple[Callable[[Random], Sentence], int], ...] = (
    (bare_phrases.material_phrase, 10),
    (bare_phrases.material_adjective_phrase, 5),
    (bare_phrases.adjective_phrase, 11),
    (bare_phrases.owner_phrase, 4),
    (bare_phrases.number_phrase, 3),
    (bare_phrases.content_phrase, 1),
    (bare_phrases.pair_phrase, 2),
    (bare_phrases.relative_phrase, 4),
    (bare_phrases.superlative_phrase, 2),
    (sentences.transitive, 22),
    (sentences.negated, 8),
    (sentences.animal_clause, 2),
    (sentences.compound_object, 9),
    (sentences.content_object, 1),
    (sentences.intransitive_statement, 9),
    (sentences.modal, 6),
    (sentences.yes_no_question, 7),
    (sentences.clitic, 8),
    (sentences.giving, 5),
    (sentences.command, 3),
    (sentences.passive, 3),
    (sentences.like, 4),
    (sentences.relative_sentence, 3),
    (sentences.superlative_sentence, 2),
    (sentences.joined, 2),
    (states.adjective_predicate, 10),
    (states.profession, 2),
    (states.origin, 1),
    (states.made_of, 3),
    (states.located, 5),
    (states.identified, 4),
    (states.there_is, 5),
    (states.state, 2),
    (states.comparison, 4),
    (states.relative_subject, 2),
    (questions.wh_question, 9),
)


@dataclass
class Corpus:
    """Pairs of each split, and the number of pairs per construction."""

    pairs: dict[str, list[Sentence]]
    counts: dict[str, Counter[str]]


class AmbiguousSourceError(ValueError):
    """Raised when the grammar gives a Spanish sentence two translations."""


def _draw(
    rng: Random, corpus: Corpus, seen: dict[str, str], wanted: dict[str, int], allowed: Counter[str]
) -> None:
    """Draw from each construction until its part of each split in `wanted` is full.

    A construction that yields nothing new stops earlier.
    """
    total = sum(weight for _, weight in CONSTRUCTIONS)
    for make, weight in CONSTRUCTIONS:
        quota = {split: round(size * weight / total) for split, size in wanted.items()}
        name = make.__name__
        for _ in range(40 * sum(quota.values()) if "train" in quota else 400 * sum(quota.values())):
            if all(corpus.counts[split][name] >= quota[split] for split in quota):
                break
            sentence = make(rng)
            if seen.get(sentence.es, sentence.en) != sentence.en:
                raise AmbiguousSourceError(f"{sentence.es}: {seen[sentence.es]} / {sentence.en}")
            if _repeats_name(sentence):
                continue
            split = split_of(sentence.combinations, sentence.es)
            if (
                split not in quota
                or sentence.es in seen
                or corpus.counts[split][name] >= quota[split]
            ):
                continue
            if split != "train" and not _is_known(sentence, allowed):
                continue
            seen[sentence.es] = sentence.en
            corpus.pairs[split].append(sentence)
            corpus.counts[split][name] += 1


def _repeats_name(sentence: Sentence) -> bool:
    """Return whether a person acts on a person of the same name, which reads oddly."""
    found = [word for word in _WORD.findall(sentence.es) if word in ALL_NAMES]
    return len(found) > len(set(found))


def _is_known(sentence: Sentence, allowed: Counter[str]) -> bool:
    """Return whether every word of both sides occurs often enough in train."""
    keys = [f"es:{word}" for word in words(sentence.es)] + [
        f"en:{word}" for word in words(sentence.en)
    ]
    return all(allowed[key] >= MIN_WORD_COUNT for key in keys)


def word_counts(sentences: list[Sentence]) -> Counter[str]:
    """Count the sentences with each word, by language and word."""
    counts: Counter[str] = Counter()
    for sentence in sentences:
        counts.update({f"es:{word}": 1 for word in words(sentence.es)})
        counts.update({f"en:{word}": 1 for word in words(sentence.en)})
    return counts


def shuffled(rng: Random, items: list[Sentence]) -> list[Sentence]:
    """Return a shuffled copy, sorted by rng.random(), which is the same in all Python versions."""
    keyed = sorted((rng.random(), place) for place in range(len(items)))
    return [items[place] for _, place in keyed]


def make_corpus(seed: int) -> Corpus:
    """Return the whole corpus for a seed."""
    rng = Random(seed)
    corpus = Corpus({split: [] for split in SPLITS}, {split: Counter() for split in SPLITS})
    seen: dict[str, str] = {}
    for split, sentence in REQUIRED.items():
        seen[sentence.es] = sentence.en
        corpus.pairs[split].append(sentence)
        corpus.counts[split]["material_phrase"] += 1
    _draw(rng, corpus, seen, {"train": SIZES["train"]}, Counter())
    known = word_counts(corpus.pairs["train"])
    _draw(rng, corpus, seen, {"dev": SIZES["dev"], "test": SIZES["test"]}, known)
    for split in SPLITS:
        corpus.pairs[split] = shuffled(rng, corpus.pairs[split])
    return corpus
