"""The models that a translator decodes with: read, brought to a device, and narrowed to a dtype."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch

from seq2seq.errors import ConfigError
from seq2seq.model_directory.store import LoadedModel, load_model
from seq2seq.models.quantization import DTYPES, exact_integers
from seq2seq.runtime.malloc import tune_malloc

AUTO = "auto"
"""The dtype that goes by how the models are kept."""


def load_for_decoding(
    directories: Sequence[Path], device: str, dtype: str
) -> tuple[list[LoadedModel], str]:
    """The models of an ensemble, or the only one, and the dtype that their decoders are in.

    `dtype` is fp32, bf16, int8, or auto: int8 where all models are kept so and the processor's
    products of integers are exact, else fp32. Raises CheckpointError naming the file that is
    missing or damaged; ConfigError for what a device cannot do, and for models that do not have the
    same tokenizers."""
    if dtype not in ("fp32", *DTYPES, AUTO):
        raise ConfigError(
            f"cannot decode in {dtype!r}; known: {', '.join(['fp32', *DTYPES, AUTO])}"
        )
    try:
        torch.zeros(1, device=device).item()  # the meta device is there, but computes nothing
    except (RuntimeError, AssertionError) as error:  # torch's words for a device that is not there
        raise ConfigError(f"cannot use device {device!r}: {str(error).splitlines()[0]}") from None
    on_cpu = torch.device(device).type == "cpu"
    if dtype in DTYPES and not on_cpu:
        raise ConfigError(f"decoding in {dtype} is for a CPU, not for {device}")
    if dtype == "int8" and not exact_integers():
        raise ConfigError(
            "this processor's products of int8 are not exact, or not there at all; decode in fp32"
        )
    tune_malloc()
    models = [load_model(directory, device) for directory in directories]
    for directory, loaded in zip(directories, models, strict=True):
        if loaded.tokenizers.fingerprint() != models[0].tokenizers.fingerprint():
            raise ConfigError(
                f"{directory}: an ensemble needs the same tokenizers, and {directories[0]} has "
                "others"
            )
    if dtype == AUTO:
        dtype = (
            "int8"
            if on_cpu and all(one.quantized for one in models) and exact_integers()
            else "fp32"
        )
    if dtype != "fp32":
        for one in models:
            one.model.quantize(dtype)
    return models, dtype
