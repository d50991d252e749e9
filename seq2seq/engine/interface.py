"""Interface of the C library for ctypes: its structures and functions, as native/s2s.h has them."""

from __future__ import annotations

from ctypes import (
    POINTER,
    Structure,
    c_char_p,
    c_float,
    c_int,
    c_int32,
    c_size_t,
    c_uint8,
    c_void_p,
)
from typing import Any

CELLS = ("elman-tanh", "elman-relu", "gru", "lstm", "ln-gru", "ln-lstm", "ssru")
ATTENTIONS = ("none", "bahdanau", "luong-dot", "luong-general", "multi-head")
ORDERS = ("fused", "input-feeding", "bahdanau")
TYINGS = ("none", "two-way", "three-way")

VERSION = 3
"""Version of the interface in s2s.h."""

ERROR_SIZE = 512
"""Number of bytes for the reason of a refusal."""


class CConfig(Structure):
    """Architecture: `s2s_config`."""

    _fields_ = [
        (name, c_int32)
        for name in (
            "cell",
            "attention",
            "attention_heads",
            "coverage",
            "decoder_order",
            "lexical_model",
            "bidirectional",
            "residual",
            "scale_embeddings",
            "weight_tying",
            "encoder_layers",
            "decoder_layers",
            "embedding_size",
            "hidden_size",
            "readout_size",
            "source_size",
            "target_size",
            "int8",
        )
    ]


class CIds(Structure):
    """Rows of ids: `s2s_ids`."""

    _fields_ = [
        ("count", c_int32),
        ("ids", POINTER(c_int32)),
        ("starts", POINTER(c_int32)),
    ]


class CSpellings(Structure):
    """Spellings of partial words: `s2s_spellings`."""

    _fields_ = [
        ("count", c_int32),
        ("starts", POINTER(c_int32)),
        ("tokens", POINTER(c_int32)),
        ("next", POINTER(c_int32)),
    ]


class CSearch(Structure):
    """Rules of a search: `s2s_search`."""

    _fields_ = [
        ("beam", c_int32),
        ("nbest", c_int32),
        ("length_penalty", c_float),
        ("coverage_penalty", c_float),
        ("bos", c_int32),
        ("eos", c_int32),
        ("first_forbidden", c_int32),
        ("attention", c_int32),
        ("min_length", c_int32),
        ("no_repeat_ngram", c_int32),
        ("forbidden", CIds),
        ("prefixes", CIds),
        ("partial", POINTER(c_int32)),
        ("spellings", CSpellings),
        ("terms", CIds),
        ("term_starts", POINTER(c_int32)),
        ("candidates", CIds),
        ("continues", POINTER(c_uint8)),
    ]


class CHypothesis(Structure):
    """Hypothesis: `s2s_hypothesis`."""

    _fields_ = [
        ("sentence", c_int32),
        ("length", c_int32),
        ("score", c_float),
        ("log_probability", c_float),
        ("tokens", POINTER(c_int32)),
        ("attention", POINTER(c_float)),
    ]


class CResult(Structure):
    """Hypotheses of a call: `s2s_result`."""

    _fields_ = [
        ("count", c_int32),
        ("hypotheses", POINTER(CHypothesis)),
    ]


class CNode(Structure):
    """Candidate of a step: `s2s_node`."""

    _fields_ = [
        ("row", c_int32),
        ("token", c_int32),
        ("status", c_int32),
        ("total", c_float),
    ]


class CRecordedStep(Structure):
    """Step of a recorded search: `s2s_recorded_step`."""

    _fields_ = [
        ("rows", c_int32),
        ("node_count", c_int32),
        ("nodes", POINTER(CNode)),
        ("attention", POINTER(c_float)),
        ("cells", POINTER(c_float)),
        ("likely", POINTER(c_int32)),
        ("likely_scores", POINTER(c_float)),
    ]


class CRecording(Structure):
    """Recording of a search: `s2s_recording`."""

    _fields_ = [
        ("result", CResult),
        ("vectors", c_int32),
        ("most_likely", c_int32),
        ("encoder", POINTER(c_float)),
        ("step_count", c_int32),
        ("steps", POINTER(CRecordedStep)),
    ]


_POINTER = c_void_p
_SIZE = c_size_t
_INT = c_int32
_ERROR = (c_char_p, _SIZE)
_CALL = (_POINTER, _INT, _POINTER, _POINTER)
FUNCTIONS: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "s2s_fits": (c_int, (_INT, _SIZE, _SIZE, _SIZE)),
    "s2s_kernels": (c_char_p, ()),
    "s2s_open": (c_void_p, (_POINTER, _POINTER, _SIZE, *_ERROR)),
    "s2s_close": (None, (_POINTER,)),
    "s2s_translate": (c_int, (*_CALL, _POINTER, _POINTER, _POINTER, *_ERROR)),
    "s2s_free": (None, (_POINTER,)),
    "s2s_record": (c_int, (*_CALL[:3], _INT, _POINTER, _INT, _POINTER, *_ERROR)),
    "s2s_free_recording": (None, (_POINTER,)),
    "s2s_score": (c_int, (*_CALL, _POINTER, _POINTER, _INT, _POINTER, *_ERROR)),
    "s2s_validate": (c_int, (*_CALL, *(_POINTER,) * 6, *_ERROR)),
}
"""Result and arguments of each function."""
