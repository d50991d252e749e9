"""Decoding benchmarks of tools/benchmark.py: speed, latency, growth and memory."""

from __future__ import annotations

import gc
import itertools
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import torch

from seq2seq import Seq2SeqError, Translator
from seq2seq.models.model import Seq2SeqModel
from seq2seq.models.quantization import BFloat16Linear, Int8Linear, Linear

WARM_UP = 200
"""Number of sentences translated before timing starts."""


def seconds_to_translate(
    translator: Translator, sources: Sequence[str], beam: int
) -> tuple[float, list[str]]:
    """Translate all sources; return the seconds, without loading and warm-up, and the texts.

    Python's garbage collector does not look through what other systems have in this process.
    """
    translator.translate_all(sources[:WARM_UP], beam=beam)
    gc.collect()
    gc.freeze()
    began = time.perf_counter()
    found = translator.translate_all(sources, beam=beam)
    seconds = time.perf_counter() - began
    gc.unfreeze()
    return seconds, [translation.text for translation in found]


def seconds_to_stream(translator: Translator, sources: Sequence[str]) -> float:
    """Translate the sources greedily as a stream; return the seconds."""
    translator.translate_all(sources[:WARM_UP], beam=1)
    began = time.perf_counter()
    for _ in translator.stream(sources, beam=1):
        pass
    return time.perf_counter() - began


def changed_alone(translator: Translator, sources: Sequence[str], beam: int) -> int:
    """Count the sentences whose translation changes when they are translated one by one."""
    together = [found.text for found in translator.translate_all(sources, beam=beam)]
    alone = [translator.translate(source, beam=beam).text for source in sources]
    return sum(a != b for a, b in zip(alone, together, strict=True))


def of_length(
    translator: Translator, sources: Sequence[str], pieces: range, count: int
) -> list[str]:
    """Return the first `count` sentences whose number of subwords is in a range."""
    lengths = map(len, translator.tokenizers.source.encode(list(sources)))
    found = (one for one, length in zip(sources, lengths, strict=True) if length in pieces)
    return list(itertools.islice(found, count))


def seconds_alone(translator: Translator, sources: Sequence[str], beam: int) -> list[float]:
    """Translate sentences one by one; return the seconds of each, after a warm-up."""
    for source in sources[:20]:
        translator.translate(source, beam=beam)
    seconds = []
    for source in sources:
        began = time.perf_counter()
        translator.translate(source, beam=beam)
        seconds.append(time.perf_counter() - began)
    return seconds


def command_seconds(
    model: Path, input: Path, output: Path, options: Sequence[str], threads: int
) -> tuple[float, int]:
    """Run `translate`; return the seconds, including loading, and the peak memory in bytes."""
    code = (
        "import resource, subprocess, sys\n"
        "subprocess.run(sys.argv[1:], check=True)\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024)"
    )
    translate = [
        str(Path(sys.executable).with_name("translate")),
        "--model",
        str(model),
        "--input",
        str(input),
    ]
    command = [sys.executable, "-c", code, *translate, "--output", str(output), *options]
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads)}
    began = time.perf_counter()
    done = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)
    if done.returncode:
        raise Seq2SeqError(done.stderr.strip().splitlines()[-1])
    return time.perf_counter() - began, int(done.stdout.split()[-1])


def widen_vocabulary(translator: Translator, size: int) -> None:
    """Widen the output layer to `size` tokens to measure the cost of a larger vocabulary.

    The new tokens are never the most likely ones.
    """
    output = translator.model.output
    assert isinstance(output, Linear | Int8Linear | BFloat16Linear)
    assert output.bias is not None
    weight = output.weight.float()
    if isinstance(output, Int8Linear):
        weight *= 127 * output.scale.unsqueeze(1)
    more = size - len(weight)
    weight = torch.cat([weight, weight.new_zeros(more, weight.shape[1])]).detach()
    bias = torch.cat([output.bias, output.bias.new_full((more,), -100.0)]).detach()
    if isinstance(output, Linear):
        wide = Linear(weight.shape[1], size)
        wide.load_state_dict({"weight": weight, "bias": bias})
        translator.model.output = wide
    else:
        translator.model.output = type(output)(weight, bias)


def bytes_per_step(model: Seq2SeqModel) -> int:
    """Return the bytes of weights that one decoder step reads.

    These are the weights of the decoder and the output layer, except those used once per sentence
    (keys, bridge). A lookup table counts as one row.
    """
    modules = {
        name: module
        for name, module in model.named_modules()
        if name.startswith(("decoder", "output"))
    }
    unread = [f"{name.partition('.maps.')[0]}.rnn" for name in modules if ".maps." in name]
    unread += [
        "decoder.embedding",
        "decoder.bridge",
        "decoder.attention.key",
        "decoder.attention.key_value",
    ]
    table = getattr(model.decoder, "table", None)
    tensors = [] if table is None else [table[0]]
    if table is not None:
        unread.append("decoder.cells.0.maps.0")
    for name, module in modules.items():
        if name in unread:
            continue
        if isinstance(module, Int8Linear):
            tensors += [module.weight, module.scale, module.bias]
        elif isinstance(module, BFloat16Linear):
            tensors += [module.weight, *([] if module.bias is None else [module.bias])]
        else:
            tensors += module.parameters(recurse=False)
    return sum(tensor.numel() * tensor.itemsize for tensor in tensors)
