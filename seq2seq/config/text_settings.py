"""Settings of the section `text`."""

from __future__ import annotations

from pydantic import Field

from seq2seq.config.section import Section


class TextConfig(Section):
    """Steps that text goes through before and after the model."""

    signs: bool = Field(
        True,
        description="Replace typographic quotes, dashes and spaces of the training text with plain "
        "ones, remove invisible characters and compose accents (NFC). In translating, other "
        "characters that the vocabulary does not have are respelled as well.",
    )
    protect: bool = Field(
        True,
        description="Replace web and mail addresses, code, paths, placeholders, tags, emoji, and "
        "numbers of two digits and more with placeholders, which the model copies, and restore "
        "them in the translation letter by letter.",
    )
    case_marks: bool = Field(
        True,
        description="Spell capitals as marks before lowercase words, so that a word has the same "
        "tokens in any case. False by default with tokenizer.type truecased, with normalization "
        "nmt_nfkc_cf and with torchtext tokenizers.",
    )
