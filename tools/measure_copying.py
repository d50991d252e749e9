"""Count the names and numbers, all and unseen ones, that a model copies into its translations.

python tools/measure_copying.py runs/tatoeba_es_en --data data/tatoeba_es_en/test.tsv
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from seq2seq import Corpus, Translator
from seq2seq.data.tokenizers.vocabulary import SPECIAL_TOKENS, UNK
from seq2seq.metrics.copying import copied_words, words_of
from seq2seq.model_directory.description import load_config


def main(
    model: Annotated[
        Path, typer.Argument(help="Model directory; its training text must still exist.")
    ],
    data: Annotated[str, typer.Option(help="Pairs to translate, as for `seq2seq evaluate`.")],
    beam: Annotated[int | None, typer.Option(help="Beam size; by default, the model's.")] = None,
) -> None:
    """Print the fraction copied of all names and numbers, and of those not in the training text."""
    settings = load_config(model).data
    known: set[str] = set()
    for pair in Corpus.load(
        settings.train, source=settings.source, target=settings.target, name="train"
    ).pairs():
        known.update(*map(words_of, pair))
    corpus = Corpus.load(
        data, source=settings.source, target=settings.target, references=True, name=data
    )
    sources = corpus.sources()
    references = corpus.references()
    decoding = {} if beam is None else {"beam": beam}
    translator = Translator.from_pretrained(model, decoding=decoding)
    found = [translation.text for translation in translator.translate_all(sources)]
    unknown = sum(SPECIAL_TOKENS[UNK] in text for text in found)
    print(f"copied, all:     {copied_words(sources, references, found)}")
    print(f"copied, unseen:  {copied_words(sources, references, found, known)}")
    print(f"with {SPECIAL_TOKENS[UNK]}:      {unknown:,} of {len(found):,} translations")


if __name__ == "__main__":
    typer.run(main)
