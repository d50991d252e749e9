"""Options for loading a model and translating with it.

This module does not import torch, so commands and worker processes can create options quickly.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

AUTO = "auto"
"""Name of the choice that suits the model and the processor, for the dtype and the engine."""


@dataclass(frozen=True, kw_only=True)
class TranslatorOptions:
    """Options for loading a model and translating with it.

    Attributes:
        device: Device to compute on, such as "cpu", "cuda" or "cuda:1"; "auto" is a GPU if there is
            one, else the CPU.
        dtype: Precision of the weights of the decoder, and of the encoder if its cells run step by
            step: "fp32"; on a CPU also "bf16" or "int8". "auto" is int8 for a quantized model on a
            processor with exact int8 products, else fp32.
        engine: What computes: "native", the C library, which is several times faster and needs no
            PyTorch; "torch", which supports everything; or "auto", native where it supports the
            model and the settings. "" is the value of $SEQ2SEQ_ENGINE, or "auto".
        shortlist: If true, only the likely target tokens of each source token are scored
            (`seq2seq shortlist` learns them).
        raw: If true, texts reach the model as they are: they are not split into sentences, and
            nothing is protected or respelled. Case marks stay, since the model reads nothing else.
        alignments: If true, translations carry word alignments and attention weights.
        to: Target language of texts that do not name one, for a model of several languages: its
            code or name, such as "en" or "English". If no model is given, it selects one of the
            shipped models.
        from_: Source language, by its code or name. If no model is given, it selects one of the
            shipped models; otherwise it is checked against the languages that the model knows.
        memory_limit: Maximum size of the weights of a model in memory, such as "4G". "" is the
            memory of the machine.
        verify: If true, all files of the model are checked against its manifest. Otherwise they are
            only if their sizes or times are not those of a check before.
        decoding: Decoding settings that differ from the model's own, such as {"beam": 10}.
    """

    device: str = "cpu"
    dtype: str = AUTO
    engine: str = ""
    shortlist: bool = False
    raw: bool = False
    alignments: bool = False
    to: str = ""
    from_: str = ""
    memory_limit: str = ""
    verify: bool = False
    decoding: Mapping[str, object] = field(default_factory=dict)
