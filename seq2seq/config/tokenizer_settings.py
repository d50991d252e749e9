"""Settings of the section `tokenizer`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from seq2seq.config import limits
from seq2seq.config.limits import AtMost
from seq2seq.config.section import OneOf, Section

_TorchtextTokenizer = Annotated[str, OneOf("torchtext tokenizer", until=":")] | None


class TokenizerConfig(Section):
    """Segmentation of text into tokens.

    The attributes are the settings of the section `tokenizer`.
    """

    type: Annotated[str, OneOf("tokenizer")] = Field(
        "bpe",
        description="Tokenizer: bpe (Sennrich et al. 2016), truecased (BPE that spells the first "
        "word of a sentence as it is spelled mid-sentence), unigram (Kudo 2018), char or word.",
    )
    target_type: Annotated[str, OneOf("tokenizer")] | None = Field(
        None,
        description="Tokenizer of the target side, such as word for phonemes beside char for "
        "letters. If null, type is used.",
    )
    vocab_size: Annotated[int, AtMost(1_000_000, limits.VOCABULARY)] = Field(
        8000,
        gt=4,
        description="Vocabulary size in tokens, special tokens included.",
    )
    target_vocab_size: Annotated[int | None, AtMost(1_000_000, limits.VOCABULARY)] = Field(
        None,
        gt=4,
        description="Vocabulary size of the target side in tokens. If null, vocab_size is used.",
    )
    joint: bool = Field(
        True,
        description="Share one vocabulary between both languages. True by default, unless "
        "target_type, target_vocab_size or target_torchtext is given.",
    )
    byte_fallback: bool = Field(
        True,
        description="Spell unknown characters as bytes, so that nothing becomes <unk>.",
    )
    character_coverage: float = Field(
        1.0,
        ge=0.98,
        le=1,
        description="Fraction of the characters in the training text that the vocabulary covers; "
        "the rarest characters are left out and count as unknown. Values below 1 suit scripts "
        "with thousands of characters.",
    )
    normalization: Literal["identity", "nmt_nfkc", "nmt_nfkc_cf"] = Field(
        "nmt_nfkc",
        description="Unicode normalization by SentencePiece: identity (none), nmt_nfkc (NFKC and "
        "whitespace cleanup) or nmt_nfkc_cf (the same, with case folding).",
    )
    min_count: Annotated[int, AtMost(10**9, limits.COUNT)] = Field(
        1,
        ge=1,
        description="Minimum number of occurrences in the training text for a word to enter the "
        "vocabulary. Only for type word.",
    )
    torchtext: _TorchtextTokenizer = Field(
        None,
        description="torchtext tokenizer that splits text into words: basic_english, split, "
        "toktok, moses, revtok, subword or spacy:MODEL. Only for type word.",
    )
    target_torchtext: _TorchtextTokenizer = Field(
        None,
        description="torchtext tokenizer for the target side. If null, torchtext is used.",
    )
    sampling: float = Field(
        0.0,
        ge=0,
        lt=1,
        description="Strength of subword sampling in training: the dropout probability of BPE "
        "merges (Provilkov et al. 2020), or alpha for type unigram (Kudo 2018); 0 is off. With "
        "SentencePiece 0.2.3 each process draws other segmentations for the same seed, so that a "
        "resumed run differs from an uninterrupted one.",
    )

    @model_validator(mode="before")
    @classmethod
    def _joint_by_default(cls, given: Any) -> Any:
        return {"joint": is_joint(given), **given} if isinstance(given, dict) else given

    @model_validator(mode="after")
    def _fits(self) -> TokenizerConfig:
        problems = []
        target = self.target_type or self.type
        sides = (
            (self.type, self.vocab_size),
            (target, self.target_vocab_size or self.vocab_size),
        )
        if self.byte_fallback and any(kind != "word" and size < 261 for kind, size in sides):
            problems.append(
                "vocab_size must be at least 261 with byte_fallback: 256 bytes, 4 special "
                "tokens and one piece"
            )
        if self.joint and self.target_vocab_size not in (None, self.vocab_size):
            problems.append(
                "target_vocab_size must be left out with joint: true, because both languages "
                "share one vocabulary"
            )
        for torchtext, kind in ((self.torchtext, self.type), (self.target_torchtext, target)):
            if torchtext and kind != "word":
                problems.append(
                    f"torchtext must be left out with type {kind}: only type word uses it"
                )
        if self.joint and self.type != target:
            problems.append(
                "target_type must be left out with joint: true, because both languages share one "
                "tokenizer"
            )
        if self.joint and self.target_torchtext not in (None, self.torchtext):
            problems.append(
                "target_torchtext must be left out with joint: true, because both languages "
                "share one tokenizer"
            )
        if self.sampling and self.type not in ("bpe", "truecased", "unigram"):
            problems.append(
                f"sampling must be 0 with type {self.type}, which segments a text in only one way"
            )
        if problems:
            raise ValueError("; ".join(problems))
        return self


def is_joint(tokenizer: dict[str, Any]) -> bool:
    """Return whether an unvalidated section `tokenizer` asks for a joint vocabulary."""
    apart = any(
        tokenizer.get(name) is not None
        for name in ("target_type", "target_vocab_size", "target_torchtext")
    )
    joint = tokenizer.get("joint", not apart)
    return str(joint).casefold() not in ("false", "no", "off")
