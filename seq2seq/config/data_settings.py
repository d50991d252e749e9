"""Settings of the section `data`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StrictInt, model_validator

from seq2seq.config import limits
from seq2seq.config.limits import AtMost
from seq2seq.config.section import Fraction, OneOf, Section
from seq2seq.runtime.encoding_names import text_encoding


class DataConfig(Section):
    """Source, selection and augmentation of the training and dev text."""

    train: str | list[str] = Field(
        description="Training pairs: a file, a list of files, or the name of a dataset on the "
        "Hugging Face Hub.",
    )
    dev: str | list[str] = Field(
        description="Dev pairs for validation: a file, a list of files, or the name of a Hub "
        "dataset.",
    )
    source: str | StrictInt | None = Field(
        None,
        description="Source column: its name, a path such as translation.es, or its position, "
        "counted from 0. If null, the reader's default is used (the first column of a TSV file). "
        "With another task, it is the column of the text; with task description, the column of the "
        "vector, by default vector.",
    )
    target: str | StrictInt | None = Field(
        None,
        description="Target column, given as for source. If null, the reader's default is used "
        "(the second column of a TSV file). With task classification, it is the label; with task "
        "description, the text, by default text.",
    )
    shuffle_lines: bool = Field(
        False,
        description="Shuffle the lines of the training text in each epoch. For lines that do not "
        "continue each other, such as single sentences. Only for task language-model.",
    )
    directions: Annotated[list[str] | None, AtMost(10_000, limits.NAMES)] = Field(
        None,
        description="Translation directions of a multilingual model, such as [de-en, fr-en]. In "
        "the other settings of this section, {source} and {target} are replaced by the two "
        "languages of each direction.",
    )
    temperature: Annotated[float, AtMost(1000, limits.OVERFLOW)] = Field(
        1.0,
        ge=1,
        description="Sampling temperature over directions: each is drawn in proportion to its size "
        "to the power of 1 / temperature (Arivazhagan et al. 2019). Values above 1 sample small "
        "directions more often.",
    )
    train_pairs: Annotated[int | None, AtMost(10**12, limits.COUNT)] = Field(
        None,
        gt=0,
        description="Maximum number of training pairs per direction, taken from the beginning of "
        "the text. If null, all pairs are used.",
    )
    dev_pairs: Annotated[int | None, AtMost(10**9, limits.COUNT)] = Field(
        None,
        gt=0,
        description="Maximum number of dev pairs per direction, taken from the beginning of the "
        "text. If null, all pairs are used.",
    )
    hub_config: str | None = Field(
        None,
        description="Configuration of the Hub dataset, such as en-es.",
    )
    train_split: str | None = Field(
        None,
        description="Split of the Hub dataset to train on.",
    )
    dev_split: str | None = Field(
        None,
        description="Split of the Hub dataset to validate on.",
    )
    source_language: str = Field(
        "",
        description="Name or code of the source language, for the model card, to check "
        "`translate --from`, and to find the source in files of several languages, such as "
        "translation memories.",
    )
    target_language: str = Field(
        "",
        description="Name or code of the target language, for the model card, to check "
        "`translate --to`, and to find the target in files of several languages.",
    )
    encoding: str | None = Field(
        None,
        description="Encoding of the text files, such as windows-1252. If null, files are UTF-8, "
        "or UTF-16 or UTF-32 if they begin with a byte-order mark; a file in another encoding is "
        "refused.",
    )
    encoding_errors: Literal["strict", "replace"] = Field(
        "strict",
        description="What to do with bytes that are not valid in the encoding: strict refuses the "
        "file, and drops pairs that already contain U+FFFD; replace reads such bytes as U+FFFD and "
        "trains on them.",
    )
    bleu_tokenizer: str | None = Field(
        None,
        description="sacreBLEU tokenizer for the target language: zh, ja-mecab, ko-mecab, char or "
        "intl. If null, 13a is used.",
    )
    max_characters: Annotated[int | None, AtMost(1_000_000, limits.TEXT)] = Field(
        2000,
        gt=0,
        description="Maximum length in characters of either side of a training pair; longer pairs "
        "are dropped. If null, there is no limit.",
    )
    max_tokens: Annotated[int, AtMost(10_000, limits.TEXT)] = Field(
        100,
        gt=0,
        description="Maximum length in tokens of either side of a training pair; longer pairs are "
        "dropped.",
    )
    max_length_ratio: Annotated[float | None, AtMost(10**6, limits.TEXT)] = Field(
        None,
        gt=1,
        description="Maximum ratio of the longer side of a training pair to the shorter one, in "
        "characters; pairs above it are dropped. Pairs of at most 20 characters are always kept. "
        "If null, there is no limit.",
    )
    drop_duplicates: bool = Field(
        True,
        description="Drop duplicate training pairs, keeping the first of each.",
    )
    augment: dict[Annotated[str, OneOf("augmentation")], Fraction] = Field(
        default_factory=dict,
        description="Fraction of the training pairs that each augmentation changes per epoch, by "
        "the augmentation's name: names (made-up names), noise (text as people type it, without "
        "periods, capitals or accents), capitals (lowercase, Title Case or CAPITALS), items "
        "(emoji, quotes, tags, URLs, numbers and the like, to be copied), phrases (only a phrase "
        "of the pair) and recombine (a phrase from another pair).",
    )
    streaming: bool = Field(
        False,
        description="Read training pairs in blocks instead of holding all of them in memory.",
    )
    block_pairs: Annotated[int, AtMost(10**8, limits.MEMORY)] = Field(
        100_000,
        gt=0,
        description="Number of pairs to read, and to shuffle together, at a time. Only with "
        "streaming.",
    )
    sample_pairs: Annotated[int, AtMost(10**8, limits.MEMORY)] = Field(
        200_000,
        gt=0,
        description="Number of pairs, from the beginning of the text, to train the tokenizer on. "
        "Only with streaming.",
    )

    @model_validator(mode="after")
    def _fits(self) -> DataConfig:
        problems = []
        directions = self.directions or []
        if self.directions == []:
            problems.append("directions is empty: leave it out, or list one or more, such as de-en")
        for name in directions:
            languages = name.split("-")
            if len(languages) != 2 or not all(language.isidentifier() for language in languages):
                problems.append(
                    f"direction {name!r}: write two languages and a hyphen, such as de-en or "
                    "pt_BR-en"
                )
        if len(set(directions)) < len(directions):
            problems.append("directions lists one twice; remove the duplicate")
        places = [
            place
            for value in (self.train, self.dev)
            for place in ([value] if isinstance(value, str) else value)
        ]
        if directions and self.hub_config is None and not all("{" in place for place in places):
            problems.append(
                "with directions, train and dev must contain {lang}, {source} or {target}, so that "
                "each direction has its own files"
            )
        if self.streaming and self.temperature != 1:
            problems.append(
                "temperature must be left out with streaming, which does not know the size of "
                "each direction"
            )
        if self.encoding is not None and not text_encoding(self.encoding):
            problems.append(
                f"encoding {self.encoding!r} is not known; write it as in utf-8, windows-1252 or "
                "utf-16-le"
            )
        if problems:
            raise ValueError("; ".join(problems))
        return self
