"""Translator: text in, translation out. It batches by length, restores the order and streams.

A text's translation does not depend on what else is translated with it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch.nn.utils import parametrize

from seq2seq.config.config import decoding_with
from seq2seq.config.settings import DecodingConfig
from seq2seq.data.alignment.shortlist import SHORTLIST, Shortlist
from seq2seq.data.batches.plan import round_width
from seq2seq.data.ragged import RaggedIds
from seq2seq.data.tokenizers.pair import TokenizerPair
from seq2seq.data.tokenizers.vocabulary import BOS, EOS, PAD
from seq2seq.decoding.greedy import GreedySearch
from seq2seq.decoding.sampling import Sampling
from seq2seq.decoding.search import (
    Hypothesis,
    SearchBatch,
    SearchState,
    StepFn,
    StepOutput,
    Strategy,
)
from seq2seq.errors import ConfigError
from seq2seq.model_directory.hub import model_directory
from seq2seq.model_directory.shipped_models import default_model
from seq2seq.models.ensemble import Ensemble
from seq2seq.models.model import Seq2SeqModel
from seq2seq.runtime.ranks import SINGLE_PROCESS, Ranks
from seq2seq.translation.constraints import Constraints, content_keys, rows_of, strategy
from seq2seq.translation.hard_alignment import attention_of, hard_alignment, replace_unk
from seq2seq.translation.load_models import load_for_decoding
from seq2seq.translation.split_sentences import split_sentences
from seq2seq.translation.values import Alternative, Source, Translation, joined, rerank_mbr
from seq2seq.translation.windows import full_windows

BATCH_TOKENS = 2048
"""Source positions of a decoding batch, at beam 1."""

_CHARACTERS_PER_TOKEN = 64
"""A source is cut to this many characters per token it may have before it is tokenized: no piece is
longer in practice, and a line of megabytes costs no more than one that is just too long."""


class Translator:
    """A model with its tokenizers, ready to translate.

    translator = Translator.from_pretrained("runs/sample_es_en")
    print(translator.translate("casa de papel"))
    """

    def __init__(
        self,
        model: Seq2SeqModel | Ensemble,
        tokenizers: TokenizerPair,
        decoding: DecodingConfig,
        shortlist: Shortlist | None = None,
        alignments: bool = False,
        to: str = "",
        dtype: str = "fp32",
        ranks: Ranks = SINGLE_PROCESS,
    ) -> None:
        self.model = model
        self.tokenizers = tokenizers
        self.decoding = decoding
        self.shortlist = shortlist
        self.alignments = alignments
        self.to = to
        self.dtype = dtype
        self.ranks = ranks
        self.device = next(model.parameters()).device
        self._unwritten = [PAD, BOS, *range(tokenizers.target.vocab_size, tokenizers.target_size)]

    @classmethod
    def from_pretrained(
        cls,
        directory: str | Path | Sequence[str | Path] | None = None,
        device: str = "cpu",
        dtype: str = "auto",
        shortlist: bool = False,
        settings: Sequence[str] = (),
        alignments: bool = False,
        to: str = "",
        ranks: Ranks = SINGLE_PROCESS,
    ) -> Translator:
        """Load a model directory, or an ensemble of several whose tokenizers are the same.

        One that is not here is sought on the Hugging Face Hub, as "owner/name" or
        "owner/name@revision". Without any, it is the model that comes with the package, into the
        language `to` if that is given.

        `dtype` is what the decoder's weights are held in: fp32, or on a CPU bf16 or int8; auto is
        int8 for models that are kept so (`seq2seq quantize`), on a processor whose products of
        integers are exact, and else fp32. With `shortlist` a sentence's translation is made of the
        likely translations of its tokens alone. `settings` are those of the section decoding that
        are to differ from the model's own, such as "no_repeat_ngram=3". `to` is the language to
        translate into for texts that do not say it, for a model of several. Several `ranks` have
        such a translator each and share what they are asked, which must be the same. Raises
        CheckpointError naming the file that is missing or damaged, ConfigError for such settings
        and for what a device cannot do."""
        if directory is None:
            directory, to = default_model(to), ""
        names = [directory] if isinstance(directory, str | Path) else list(directory)
        directories = [model_directory(name) for name in names]
        models, dtype = load_for_decoding(directories, ranks.device(device), dtype)
        first = models[0]
        if to:
            first.tokenizers.tag(to)
        decoding = decoding_with(first.config.decoding, settings)
        if (decoding.coverage_penalty or alignments) and all(
            one.config.model.attention == "none" for one in models
        ):
            raise ConfigError(
                f"{'alignments need' if alignments else 'coverage_penalty needs'} a model with "
                "attention"
            )
        candidates = None
        if shortlist:
            sizes = first.tokenizers.source_size, first.tokenizers.target.vocab_size
            candidates = Shortlist.load(
                directories[0] / SHORTLIST, *sizes, first.tokenizers.fingerprint()
            )
        model = first.model if len(models) == 1 else Ensemble([loaded.model for loaded in models])
        return cls(model, first.tokenizers, decoding, candidates, alignments, to, dtype, ranks)

    def translate(self, text: str | Source, beam: int | None = None, nbest: int = 1) -> Translation:
        """Translate one text. `beam` is the model's own unless given; 1 is greedy."""
        return self.translate_all([text], beam, nbest)[0]

    def translate_all(
        self, texts: Sequence[str | Source], beam: int | None = None, nbest: int = 1
    ) -> list[Translation]:
        """Translate many texts at once, in order."""
        return list(self._window(list(texts), strategy(self.decoding, beam, nbest), nbest))

    def score(self, sources: Sequence[str], translations: Sequence[str]) -> list[float]:
        """The log-probability, in nats, of each of these translations, as the tokenizer segments
        it.

        A blank source has no translation to score: 0. What is cut of a source that is too long does
        not count."""
        whole = [[*ids, EOS] for ids in self.tokenizers.target.encode(translations)]
        rules = self.decoding.model_copy(
            update={"forbidden": [], "no_repeat_ngram": 0, "min_length": 0}
        )
        plain = Translator(
            self.model, self.tokenizers, rules, to=self.to, dtype=self.dtype, ranks=self.ranks
        )
        forced = plain._translated(
            [Source(source) for source in sources], GreedySearch(), prefixes=whole
        )
        return [one.score for one in forced]

    def stream(
        self, texts: Iterable[str | Source], beam: int | None = None, nbest: int = 1
    ) -> Iterator[Translation]:
        """Translate any number of texts, in order, holding no more than a window of them.

        The first windows are small, so that the first translations come soon.
        """
        return self.stream_windows(full_windows(texts), beam, nbest)

    def stream_windows(
        self, windows: Iterable[Sequence[str | Source]], beam: int | None = None, nbest: int = 1
    ) -> Iterator[Translation]:
        """Translate texts that come in groups, each group before the next is asked for."""
        search = strategy(self.decoding, beam, nbest)
        return (
            translation for window in windows for translation in self._window(window, search, nbest)
        )

    @property
    def max_source_characters(self) -> int:
        """A longer text is cut to this before it is tokenized: it is far more than
        `max_source_length` subwords."""
        return self.decoding.max_source_length * _CHARACTERS_PER_TOKEN

    def _window(
        self, window: Sequence[str | Source], search: Strategy, nbest: int
    ) -> Iterator[Translation]:
        """Translate the texts of a window."""
        items = [Source(item) if isinstance(item, str) else item for item in window]
        if self.decoding.split_sentences and any(item.terms for item in items):
            raise ConfigError(
                "with split_sentences there are no terms: which sentence one belongs to is not "
                "known"
            )
        if not self.decoding.split_sentences:
            yield from self._translated(items, search, nbest)
            return
        split = [split_sentences(item.text) for item in items]
        sentences = [
            Source(sentence, "" if place else item.prefix, to=item.to)
            for item, parts in zip(items, split, strict=True)
            for place, (sentence, _) in enumerate(parts)
        ]
        found = self._translated(sentences, search, nbest)
        for item, parts in zip(items, split, strict=True):
            yield joined(
                item.text, list(itertools.islice(found, len(parts))), [space for _, space in parts]
            )

    def _translated(
        self,
        items: list[Source],
        search: Strategy,
        nbest: int = 1,
        prefixes: list[list[int]] | None = None,
    ) -> Iterator[Translation]:
        """Translate texts sorted by length; give each as soon as all before it are done."""
        texts = [item.text for item in items]
        wanted = Constraints.of(items, self.decoding, self.tokenizers.target)
        wanted = wanted if prefixes is None else replace(wanted, prefixes=prefixes)
        longest, reach = self.decoding.max_source_length, self.max_source_characters
        ids = self.tokenizers.encode_sources(
            [text[:reach] for text in texts], [item.to or self.to for item in items]
        )
        longest += self.tokenizers.tags
        cut = [
            len(text) > reach or len(row) > longest for text, row in zip(texts, ids, strict=True)
        ]
        sources = RaggedIds([row[:longest] for row in ids])
        batches = decoding_batches(
            sources.lengths.tolist(), BATCH_TOKENS // max(1, rows_of(search) // 2)
        )
        whole = [part for batch in batches for part in _apart(batch, wanted.terms)]

        def translated(rows: list[int]) -> dict[int, Translation]:
            if not sources.lengths[rows[0]]:  # blank texts sort first and need no model
                found: list[list[Hypothesis]] = [[] for _ in rows]
            else:
                found = self._search(sources, rows, wanted.select(rows), search)
            each = [
                self._alternatives(one, texts[row], ids[row])
                for row, one in zip(rows, found, strict=True)
            ]
            return {
                row: Translation(texts[row], tuple(alternatives[:nbest]), cut[row])
                for row, alternatives in zip(rows, each, strict=True)
            }

        done: dict[int, Translation] = {}
        following = 0
        for some in self.ranks.gather(map(translated, self.ranks.shard(whole))):
            done.update(some)
            while following in done:
                yield done.pop(following)
                following += 1

    @torch.inference_mode()
    @parametrize.cached()  # normalised weights are made once, not at each step
    def _search(
        self, sources: RaggedIds, rows: list[int], wanted: Constraints, search: Strategy
    ) -> list[list[Hypothesis]]:
        device, decoding = self.device, self.decoding
        index = torch.tensor(rows).numpy()
        width = round_width(int(sources.lengths[index].max()) + 1)
        source = torch.from_numpy(sources.padded(index, width, last=EOS)).to(device)
        lengths = torch.from_numpy(sources.lengths[index] + 1).to(device)
        state: SearchState = self.model.start(source, lengths)
        bos, eos, forbidden, ids = BOS, EOS, self._unwritten, None
        if self.shortlist is not None:
            ids, allowed = self.shortlist.batch(source.numpy(force=True), wanted.ids())
            places = torch.from_numpy(ids).to(device), torch.from_numpy(allowed).to(device)
            state = self.model.shortlisted(state, *places)  # type: ignore[arg-type]  # the state is the model's own
            wanted = wanted.to_shortlist(ids.tolist())
            (bos, eos), forbidden = np.searchsorted(ids, (BOS, EOS)).tolist(), []
        limits = wanted.longest_lengths(decoding, lengths)
        keys = content_keys(sources, rows).to(device) if isinstance(search, Sampling) else None
        read = self.alignments or self.tokenizers.target.surface_words("") is not None
        batch = SearchBatch(
            limits, bos, eos, forbidden, wanted.filters(decoding, limits, eos), keys, read
        )
        found = wanted.search(search, decoding)(model_step(self.model), state, batch)
        if ids is None:
            return found
        return [
            [replace(one, tokens=ids[one.tokens].tolist()) for one in hypotheses]
            for hypotheses in found
        ]

    def _alternatives(
        self, hypotheses: list[Hypothesis], text: str, source: list[int]
    ) -> list[Alternative]:
        """Hypotheses as text; in a tokenizer of words, an unknown one reads as the source word it
        was read from."""
        tokenizer, surfaces, tags = (
            self.tokenizers.target,
            self.tokenizers.source.surface_words(text),
            self.tokenizers.tags,
        )
        if tags:  # a tag is no word
            source = source[tags:]
            hypotheses = [
                one if one.attention is None else replace(one, attention=one.attention[:, tags:])
                for one in hypotheses
            ]
        unknown = [
            []
            if one.attention is None or surfaces is None
            else replace_unk(one.tokens, one.attention, surfaces)
            for one in hypotheses
        ]
        texts = tokenizer.decode([one.tokens for one in hypotheses], unknown)
        found = [
            Alternative(text, one.score, one.log_probability)
            for text, one in zip(texts, hypotheses, strict=True)
        ]
        if self.alignments:
            source = source[: self.decoding.max_source_length]
            words, pieces = (
                self.tokenizers.source.word_ids(source, text),
                self.tokenizers.source.pieces(source),
            )
            found = [
                replace(
                    text,
                    alignment=hard_alignment(one.attention, words, tokenizer.word_ids(one.tokens)),
                    attention=attention_of(one.attention, pieces, tokenizer.pieces(one.tokens)),
                )
                for text, one in zip(found, hypotheses, strict=True)
                if one.attention is not None
            ]
        return (
            rerank_mbr(found, self.decoding.strategy == "sampling") if self.decoding.mbr else found
        )


def _apart(batch: list[int], terms: list[list[list[int]]]) -> list[list[int]]:
    """The rows of a batch without terms, and those with: they are searched for in another way
    each."""
    parts = [row for row in batch if not terms[row]], [row for row in batch if terms[row]]
    return [part for part in parts if part]


def model_step(model: Seq2SeqModel | Ensemble) -> StepFn:
    """The model as a search's step function."""

    def step(tokens: torch.Tensor, state: SearchState) -> StepOutput:
        return StepOutput(*model.step(tokens, state))  # type: ignore[arg-type]  # the state is the model's own

    return step


def decoding_batches(lengths: Sequence[int], batch_tokens: int) -> Iterator[list[int]]:
    """Indices of texts of like length, shortest first, at most `batch_tokens` source positions at a
    time.

    Texts of length 0 make a batch of their own.
    """
    batch: list[int] = []
    for index in sorted(range(len(lengths)), key=lambda index: lengths[index]):
        fits = (len(batch) + 1) * (lengths[index] + 1) <= batch_tokens
        if batch and (not fits or (lengths[index] > 0) != (lengths[batch[0]] > 0)):
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch
