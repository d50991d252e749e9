"""Search for the texts that a network writes about vectors."""

from __future__ import annotations

import hashlib

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils import parametrize

from seq2seq.config.settings import DecodingConfig
from seq2seq.data.corpus.vectors import Vectors
from seq2seq.data.tokenizers.pair import TokenizerPair
from seq2seq.data.tokenizers.vocabulary import BOS, EOS, PAD, UNK
from seq2seq.decoding.filters import Filter, ForbiddenPhrases, MinimumLength, NoRepeatedNgram
from seq2seq.decoding.hypothesis import Hypothesis
from seq2seq.decoding.search import SearchBatch, SearchState, StepOutput
from seq2seq.decoding.strategies import make_strategy
from seq2seq.models.describer import DescriberNetwork
from seq2seq.models.language_model import LayerStates

ROWS = 256
"""Maximum number of vectors that are searched for together."""


@torch.inference_mode()
@parametrize.cached()  # normalized weights are computed once, not at each step
def search(
    network: DescriberNetwork, tokenizers: TokenizerPair, decoding: DecodingConfig, vectors: Vectors
) -> list[list[Hypothesis]]:
    """Return the hypotheses of each vector, best first.

    Args:
        network: The network, in eval mode.
        tokenizers: Its tokenizers.
        decoding: Settings of the search.
        vectors: (N, D) vectors.

    Returns:
        At most `nbest` hypotheses for each of the N vectors.

    Raises:
        ConfigError: The settings cannot be combined.
    """
    settings = {**decoding.model_dump(), "coverage_penalty": 0.0, "mbr": 0}
    strategy = make_strategy(settings)
    forbidden = [ids for ids in tokenizers.encode_phrases(decoding.forbidden) if ids]
    longest = max(decoding.max_length, decoding.min_length)

    def step(tokens: Tensor, state: SearchState) -> StepOutput:
        assert isinstance(state, LayerStates)
        return StepOutput(*network.step(tokens, state))

    found: list[list[Hypothesis]] = []
    for begin in range(0, len(vectors), ROWS):
        chunk = torch.from_numpy(np.ascontiguousarray(vectors[begin : begin + ROWS]))
        chunk = chunk.to(network.mean.device)
        limits = torch.full((len(chunk),), longest, device=chunk.device)
        batch = SearchBatch(
            limits,
            bos=BOS,
            eos=EOS,
            forbidden=(PAD, BOS, UNK),
            filters=_filters(decoding, limits, forbidden),
            keys=_content_keys(vectors[begin : begin + ROWS]).to(chunk.device),
        )
        found += strategy(step, network.start(chunk), batch)
    return found


def _content_keys(vectors: Vectors) -> Tensor:
    """Return an integer per vector that depends only on its content."""
    digests = [hashlib.blake2b(row.tobytes(), digest_size=7).digest() for row in vectors]
    return torch.tensor([int.from_bytes(digest, "little") for digest in digests])


def _filters(decoding: DecodingConfig, limits: Tensor, forbidden: list[list[int]]) -> list[Filter]:
    found: list[Filter] = []
    if decoding.min_length:
        found.append(MinimumLength(torch.full_like(limits, decoding.min_length), EOS))
    if decoding.no_repeat_ngram:
        found.append(NoRepeatedNgram(decoding.no_repeat_ngram))
    if forbidden:
        found.append(ForbiddenPhrases(forbidden))
    return found
