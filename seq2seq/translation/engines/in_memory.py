"""Engine of a model that is in memory, as in training: native where it supports the model."""

from __future__ import annotations

import safetensors.torch
import torch

from seq2seq.config.model_settings import ModelConfig
from seq2seq.data.tokenizers.pair import TokenizerPair
from seq2seq.engine.architecture import unsupported
from seq2seq.engine.load_library import load_library
from seq2seq.model_directory.store import weight_tensors
from seq2seq.models.char_ngrams import fold_ngrams
from seq2seq.models.model import Seq2SeqModel
from seq2seq.translation.engines.contract import Engine
from seq2seq.translation.engines.native_engine import NativeEngine
from seq2seq.translation.engines.torch_engine import TorchEngine


def engine_of(model: Seq2SeqModel, config: ModelConfig, tokenizers: TokenizerPair) -> Engine:
    """Return an engine with the current weights of a model.

    Args:
        model: The model.
        config: Its architecture.
        tokenizers: Its tokenizers.

    Returns:
        The native engine, with a copy of the weights, for a supported model on the CPU in float32;
        else the engine torch, with the model itself.
    """
    library = load_library()
    weights = model.output.weight
    fits = weights.device.type == "cpu" and weights.dtype == torch.float32
    if library is None or not fits or unsupported(config):
        return TorchEngine(model, tokenizers)
    tensors = {
        name: tensor.detach().contiguous()
        for name, tensor in weight_tensors(fold_ngrams(model)).items()
    }
    native = library.read(
        bytearray(safetensors.torch.save(tensors)),
        config,
        source_size=tokenizers.source_size,
        target_size=tokenizers.target_size,
        int8=False,
    )
    return NativeEngine(native, tokenizers, dtype="fp32")
