"""Convert a Transformer of OpenNMT-py to CTranslate2: CHECKPOINT FOLDER."""

import sys

import torch
from ctranslate2.converters import OpenNMTPyConverter

checkpoint, folder = sys.argv[1:]
state = torch.load(checkpoint, map_location="cpu", weights_only=False)  # made by this benchmark
state["opt"].self_attn_type = "scaled-dot"  # the same attention under the name that it expects
torch.save(state, f"{checkpoint}.named")
OpenNMTPyConverter(f"{checkpoint}.named", unsafe_deserialization=True).convert(
    folder, quantization="int8"
)
