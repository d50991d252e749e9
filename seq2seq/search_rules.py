"""From settings to a search: which strategy it is, and what rules it follows in a batch."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import torch
from torch import Tensor

from seq2seq.config import DecodingConfig
from seq2seq.data.ragged import RaggedIds
from seq2seq.decoding.beam import BeamSearch
from seq2seq.decoding.constrained import ConstrainedBeamSearch
from seq2seq.decoding.diverse import DiverseBeamSearch
from seq2seq.decoding.filters import Filter, ForbiddenPhrases, ForcedPrefix, MinimumLength, NoRepeatedNgram
from seq2seq.decoding.sampling import Sampling
from seq2seq.decoding.search import GreedySearch, Strategy
from seq2seq.errors import ConfigError


def strategy(decoding: DecodingConfig, beam: int | None, nbest: int) -> Strategy:
    """The search of these settings, with another beam if one is given; raise ConfigError if it is impossible.

    It finds `nbest` translations, or as many as the setting `mbr` chooses among.
    """
    if decoding.split_sentences and nbest > 1:
        raise ConfigError("with split_sentences there is one translation of a text, and no n best")
    nbest = max(nbest, decoding.mbr)
    if decoding.strategy == "sampling":
        return Sampling(nbest, decoding.temperature, decoding.top_k, decoding.top_p, decoding.seed)
    beam = decoding.beam if beam is None else beam
    if beam < 1 or not 1 <= nbest <= beam:
        raise ConfigError(f"beam {beam} with {nbest} best: the beam must be at least 1 and at least the n of n-best")
    if decoding.strategy == "diverse-beam":
        if beam % (decoding.groups or beam):
            raise ConfigError(f"beam {beam} must be a multiple of groups {decoding.groups}")
        return DiverseBeamSearch(beam, nbest, decoding.length_penalty, decoding.groups, decoding.diversity)
    if beam == 1:
        return GreedySearch()
    return BeamSearch(beam, nbest, decoding.length_penalty, decoding.coverage_penalty)


def rows_of(search: Strategy) -> int:
    """The hypotheses that a search carries for each sentence."""
    if isinstance(search, BeamSearch | DiverseBeamSearch):
        return search.beam
    return search.samples if isinstance(search, Sampling) else 1


def with_terms(search: Strategy, decoding: DecodingConfig, terms: Sequence[Sequence[Sequence[int]]]) -> Strategy:
    """The search for sentences in whose translations terms must appear; the search itself where there are none."""
    if not any(terms):
        return search
    if not isinstance(search, BeamSearch | GreedySearch) or decoding.coverage_penalty:
        raise ConfigError("terms need strategy=beam, without a coverage_penalty")
    beam, nbest = (search.beam, search.nbest) if isinstance(search, BeamSearch) else (1, 1)
    return ConstrainedBeamSearch(beam, nbest, decoding.length_penalty, terms)


def longest_lengths(
    decoding: DecodingConfig,
    lengths: Tensor,
    prefixes: Sequence[Sequence[int]],
    terms: Sequence[Sequence[Sequence[int]]],
) -> Tensor:
    """The longest translations of sources of these lengths (N,), with room for what must be in them."""
    begun = lengths.new_tensor([len(prefix) for prefix in prefixes])
    wanted = lengths.new_tensor([sum(map(len, own)) for own in terms])
    by_ratio = (lengths * decoding.max_length_ratio).long() + decoding.max_length_extra
    return by_ratio.maximum(begun + decoding.max_length_extra).clamp_min(decoding.min_length) + wanted


def filters_for(
    decoding: DecodingConfig,
    limits: Tensor,
    prefixes: Sequence[Sequence[int]],
    phrases: Sequence[Sequence[int]],
    eos: int,
) -> list[Filter]:
    """The filters of a batch: what its translations begin with, phrases never to be written, lengths, repetition."""
    filters: list[Filter] = []
    if decoding.min_length:
        filters.append(MinimumLength(torch.full_like(limits, decoding.min_length), eos))
    if decoding.no_repeat_ngram:
        filters.append(NoRepeatedNgram(decoding.no_repeat_ngram))
    if phrases := [phrase for phrase in phrases if phrase]:
        filters.append(ForbiddenPhrases(phrases))
    return [ForcedPrefix(prefixes, limits.device, filters)] if any(prefixes) else filters


def content_keys(sources: RaggedIds, rows: Sequence[int]) -> Tensor:
    """A number for each of these sources that hangs on its content alone."""
    parts = [sources.ids[sources.offsets[row] : sources.offsets[row + 1]] for row in rows]
    digests = [hashlib.blake2b(part.tobytes(), digest_size=8).digest() for part in parts]
    return torch.tensor([int.from_bytes(digest, "little", signed=True) for digest in digests])
