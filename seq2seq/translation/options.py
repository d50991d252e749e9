"""TranslatorOptions: how a model is loaded and how it translates, as one value.

It imports no torch, so that commands and worker processes can make one at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class TranslatorOptions:
    """Options of a translator.

    Attributes:
        device: Where to compute: "cpu", "cuda" or "cuda:1".
        dtype: Precision of the decoder's weights: "fp32"; on a CPU also "bf16" or "int8"; "auto" is
            int8 for a quantized model on a processor whose integer products are exact, else fp32.
        shortlist: If true, score only the likely target tokens of each source token
            (`seq2seq shortlist` learns them).
        alignments: If true, translations carry word alignments and attention weights.
        to: Target language of texts that name none, for a model of several languages; without a
            model, the language that chooses one of the shipped models.
        decoding: Decoding settings that differ from the model's own, such as {"beam": 10}.
    """

    device: str = "cpu"
    dtype: str = "auto"
    shortlist: bool = False
    alignments: bool = False
    to: str = ""
    decoding: Mapping[str, object] = field(default_factory=dict)
