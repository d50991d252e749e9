"""Loading of models into the engine in PyTorch, which moves them to a device and quantizes them."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from seq2seq.data.alignment.shortlist import Shortlist
from seq2seq.errors import ConfigError
from seq2seq.kernels import use_fast_products
from seq2seq.language_model.loaded_models import LoadedLanguageModels
from seq2seq.model_directory.description import ModelDescription
from seq2seq.model_directory.names import SHORTLIST
from seq2seq.model_directory.store import LoadedModel, load_described
from seq2seq.models.ensemble import Ensemble
from seq2seq.models.quantization import DTYPES, exact_integers
from seq2seq.runtime.forking import survive_forks
from seq2seq.runtime.malloc import tune_malloc
from seq2seq.translation.engines.torch_engine import TorchEngine
from seq2seq.translation.options import AUTO, TranslatorOptions


def load_torch(
    models: Sequence[ModelDescription], *, options: TranslatorOptions, device: str
) -> TorchEngine:
    """Load one model, or the models of an ensemble.

    Args:
        models: Descriptions of the models.
        options: Options for loading.
        device: Device to compute on.

    Returns:
        The engine.

    Raises:
        CheckpointError: A file is missing or damaged.
        ConfigError: The device is unavailable, or cannot decode in the dtype.
    """
    check_device(device, options.dtype)
    tune_malloc()
    use_fast_products()
    survive_forks()
    loaded = [load_described(one) for one in models]
    dtype = _prepare(loaded, device=device, dtype=options.dtype)
    first = loaded[0]
    shortlist = None
    if options.shortlist:
        shortlist = Shortlist.load(
            first.directory / SHORTLIST,
            first.tokenizers.source_size,
            first.tokenizers.target.vocab_size,
            first.tokenizers.fingerprint(),
        )
    model = first.model if len(loaded) == 1 else Ensemble([one.model for one in loaded])
    return TorchEngine(
        model,
        first.tokenizers,
        shortlist=shortlist,
        dtype=dtype,
        language_models=LoadedLanguageModels(device, options.memory_limit),
    )


def check_device(device: str, dtype: str) -> None:
    """Check that a device can decode in a dtype, before anything is loaded.

    Args:
        device: Name of a device, such as "cpu" or "cuda:1".
        dtype: One of "fp32", "bf16", "int8" and "auto".

    Raises:
        ConfigError: The dtype is unknown, or the device is unavailable or cannot decode in it.
    """
    if dtype not in ("fp32", *DTYPES, AUTO):
        raise ConfigError(
            f"cannot decode in {dtype!r}; known: {', '.join(['fp32', *DTYPES, AUTO])}"
        )
    try:
        torch.zeros(1, device=device).item()  # the meta device exists, but computes nothing
    except (RuntimeError, AssertionError, ImportError):  # raised by torch for a missing device
        known = "cpu or cuda" if torch.cuda.is_available() else "cpu"
        raise ConfigError(
            f"cannot use device {device!r}: there is no such device here; use {known}"
        ) from None
    if dtype in DTYPES and torch.device(device).type != "cpu":
        raise ConfigError(f"decoding in {dtype} needs a CPU, not {device}; decode in fp32")
    if dtype == "int8" and not exact_integers():
        raise ConfigError("this processor has no int8 products, or inexact ones; decode in fp32")


def _prepare(models: Sequence[LoadedModel], *, device: str, dtype: str) -> str:
    """Move models to a device and quantize their decoders.

    Args:
        models: Loaded models, changed in place.
        device: Device that `check_device` has accepted.
        dtype: Dtype that `check_device` has accepted. "auto" is int8 if all models are stored in
            int8 and the processor's int8 products are exact, else fp32.

    Returns:
        The dtype of the decoders.
    """
    if dtype == AUTO:
        on_cpu = torch.device(device).type == "cpu"
        quantized = on_cpu and all(one.quantized for one in models) and exact_integers()
        dtype = "int8" if quantized else "fp32"
    for one in models:
        one.model.to(device)
        if dtype != "fp32":
            one.model.quantize(dtype)
    return dtype
