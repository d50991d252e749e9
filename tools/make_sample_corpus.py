"""Write the sample Spanish-English corpus: recipes/sample_es_en/{train,dev,test}.tsv.

The sentences come from a small grammar and lexicon (tools/sample_corpus) that builds both languages
at once, so every Spanish sentence has exactly one English translation. The files have the same
bytes on every run. Dev and test contain combinations of known words that train does not have, such
as "casa de papel".

The corpus leaves out the subjunctive, usted and vosotros, reflexive verbs, su, idioms, and
sentences with more than one translation. A score on it shows that a model has learned this grammar;
it says nothing about Spanish in general.

    python tools/make_sample_corpus.py [--output DIR] [--seed N]
"""

import argparse
from pathlib import Path

from sample_corpus.corpus import CONSTRUCTIONS, SPLITS, Corpus, make_corpus

DEFAULT_OUTPUT = Path(__file__).resolve().parent.parent / "recipes" / "sample_es_en"
DEFAULT_SEED = 2018


def as_text(corpus: Corpus, split: str) -> str:
    """Return the lines of one file: Spanish, a tab, English."""
    return "".join(f"{pair.es}\t{pair.en}\n" for pair in corpus.pairs[split])


def write(corpus: Corpus, folder: Path) -> None:
    """Write the three files."""
    folder.mkdir(parents=True, exist_ok=True)
    for split in SPLITS:
        (folder / f"{split}.tsv").write_bytes(as_text(corpus, split).encode("utf-8"))


def summary(corpus: Corpus) -> str:
    """Return a table of the number of pairs per construction and split."""
    lines = [f"{'construction':28}" + "".join(f"{split:>8}" for split in SPLITS)]
    for make, _ in CONSTRUCTIONS:
        counts = "".join(f"{corpus.counts[split][make.__name__]:8}" for split in SPLITS)
        lines.append(f"{make.__name__:28}{counts}")
    lines.append(f"{'all':28}" + "".join(f"{len(corpus.pairs[split]):8}" for split in SPLITS))
    return "\n".join(lines)


def main() -> None:
    """Write the corpus into a directory."""
    parser = argparse.ArgumentParser(description="Write the sample Spanish-English corpus.")
    parser.add_argument(
        "--output",
        type=Path,
        default=DEFAULT_OUTPUT,
        metavar="DIR",
        help="folder of the three files",
    )
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED, help="seed of the random choices")
    arguments = parser.parse_args()
    corpus = make_corpus(arguments.seed)
    write(corpus, arguments.output)
    print(summary(corpus))


if __name__ == "__main__":
    main()
