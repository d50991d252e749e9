"""Settings of the section `decoding`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from seq2seq.config import limits
from seq2seq.config.limits import AtMost
from seq2seq.config.section import OneOf, Section


class DecodingConfig(Section):
    """Defaults for translating with the trained model; a request can override them."""

    strategy: Annotated[str, OneOf("search strategy")] = Field(
        "beam",
        description="Search strategy: beam, greedy, diverse-beam (Vijayakumar et al. 2018) or "
        "sampling.",
    )
    beam: Annotated[int, AtMost(1024, limits.ROWS)] = Field(
        5,
        ge=1,
        description="Beam size; 1 is greedy search.",
    )
    nbest: Annotated[int, AtMost(10_000, limits.ROWS)] = Field(
        1,
        ge=1,
        description="Number of translations to return per text; with beam search, at most the beam "
        "size.",
    )
    length_penalty: Annotated[float, AtMost(100, limits.OVERFLOW)] = Field(
        1.0,
        ge=0,
        description="Exponent of the GNMT length penalty (Wu et al. 2016); larger values favor "
        "longer translations.",
    )
    coverage_penalty: Annotated[float, AtMost(100, limits.OVERFLOW)] = Field(
        0.0,
        ge=0,
        description="Weight of the GNMT coverage penalty (Wu et al. 2016) for source words that "
        "the attention has not read.",
    )
    groups: Annotated[int | None, AtMost(1024, limits.ROWS)] = Field(
        None,
        ge=1,
        description="Number of groups in diverse beam search; it must divide the beam size. If "
        "null, each hypothesis is a group.",
    )
    diversity: Annotated[float, AtMost(10**6, limits.OVERFLOW)] = Field(
        0.5,
        ge=0,
        description="Penalty in diverse beam search, in nats, for each hypothesis of an earlier "
        "group that has chosen the same token at this step.",
    )
    temperature: Annotated[float, AtMost(10**6, limits.OVERFLOW)] = Field(
        1.0,
        gt=0,
        description="Sampling temperature: below 1 the distribution is sharper than the model's, "
        "above 1 flatter.",
    )
    top_k: Annotated[int, AtMost(10_000_000, limits.ROWS)] = Field(
        0,
        ge=0,
        description="Number of most likely tokens to sample from (Fan et al. 2018); 0 samples from "
        "all of them.",
    )
    top_p: float = Field(
        1.0,
        gt=0,
        le=1,
        description="Sample from the smallest set of most likely tokens whose probabilities sum to "
        "at least this value (nucleus sampling, Holtzman et al. 2020).",
    )
    seed: int = Field(
        0,
        ge=0,
        lt=2**63,
        description="Random seed for sampling; the same text and seed give the same translation.",
    )
    no_repeat_ngram: Annotated[int, AtMost(1000, limits.TEXT)] = Field(
        0,
        ge=0,
        description="Length in tokens of the n-grams that may occur only once in a translation; 0 "
        "is off.",
    )
    forbidden: Annotated[list[str], AtMost(10_000, limits.TERMS)] = Field(
        default_factory=list,
        description="Words and phrases that a translation must not contain.",
    )
    min_length: Annotated[int, AtMost(10_000, limits.TEXT)] = Field(
        0,
        ge=0,
        description="Minimum length of a translation in tokens.",
    )
    mbr: Annotated[int, AtMost(10_000, limits.ROWS)] = Field(
        0,
        ge=0,
        description="Number of candidates for minimum Bayes risk decoding, ranked by expected "
        "chrF; 0 is off.",
    )
    language_model: str | None = Field(
        None,
        description="Language model of the target language: a model directory or Hub name of task "
        "language-model. In the configuration of a model directory, it is a path inside that "
        "directory. If null, there is none.",
    )
    language_model_use: Literal["fusion", "rerank"] = Field(
        "fusion",
        description="Use of the language model: fusion (at each step of the search, with the same "
        "target tokenizer; Gulcehre et al. 2015) or rerank (on the n-best list of the beam, as "
        "text, with any tokenizer).",
    )
    language_model_weight: Annotated[float, AtMost(100, limits.OVERFLOW)] = Field(
        0.2,
        ge=0,
        description="Weight that the log-probabilities of the language model are multiplied by "
        "before they are added to those of the translation model.",
    )
    split_sentences: bool | None = Field(
        None,
        description="Split each text into sentences and translate them one by one; a sentence that "
        "is longer than max_source_length is split between clauses. If null, training sets it: to "
        "true if at most a fifth of the training sources hold several sentences.",
    )
    max_length: Annotated[int, AtMost(10_000, limits.TEXT)] = Field(
        100,
        ge=1,
        description="Maximum length of a generated line in tokens, without its given beginning. "
        "Only for tasks language-model and description.",
    )
    max_length_ratio: Annotated[float, AtMost(100, limits.TEXT)] = Field(
        2.0,
        gt=0,
        description="Maximum length of a translation in tokens per source token; max_length_extra "
        "is added.",
    )
    max_length_extra: Annotated[int, AtMost(10_000, limits.TEXT)] = Field(
        10,
        ge=0,
        description="Number of tokens added to the maximum length of a translation.",
    )
    max_source_length: Annotated[int, AtMost(10_000, limits.TEXT)] = Field(
        256,
        gt=0,
        description="Maximum length of a source in tokens. Longer sentences are split between "
        "clauses with split_sentences, and truncated without it.",
    )

    @property
    def fused_model(self) -> str | None:
        """Language model that takes part in each step of the search."""
        return self.language_model if self.language_model_use == "fusion" else None

    @property
    def reranking_model(self) -> str | None:
        """Language model that reranks the n-best list."""
        return self.language_model if self.language_model_use == "rerank" else None

    @property
    def candidates(self) -> int:
        """Number of hypotheses that the search returns, before any reranking."""
        most = max(self.nbest, self.mbr)
        has_beam = self.strategy in ("beam", "diverse-beam")
        return max(most, self.beam) if has_beam and self.reranking_model is not None else most

    @model_validator(mode="after")
    def _fits(self) -> DecodingConfig:
        if self.mbr and self.reranking_model is not None:
            raise ValueError("mbr and language_model_use rerank both rank the list; choose one")
        # A source of one word has two tokens, with the end token.
        longest = max(2 * self.max_length_ratio + self.max_length_extra, self.min_length)
        if longest < 1:
            raise ValueError(
                f"max_length_ratio {self.max_length_ratio} and max_length_extra "
                f"{self.max_length_extra} leave no room for a translation; increase one of them"
            )
        return self
