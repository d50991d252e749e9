"""LanguageModel: a model directory of task `language-model`, which completes and writes text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import torch
from torch import Tensor
from torch.nn.utils import parametrize

from seq2seq.config.config import with_settings
from seq2seq.config.settings import DecodingConfig
from seq2seq.config.task_settings import LANGUAGE_MODEL
from seq2seq.data.tokenizers.pair import TokenizerPair
from seq2seq.data.tokenizers.vocabulary import BOS, EOS, PAD, UNK
from seq2seq.decoding.filters import (
    Filter,
    ForbiddenPhrases,
    MinimumLength,
    NoRepeatedNgram,
    PartialWord,
)
from seq2seq.decoding.search import SearchBatch, SearchState, StepOutput
from seq2seq.decoding.strategies import make_strategy
from seq2seq.errors import ConfigError
from seq2seq.language_model.line_scores import line_log_probabilities
from seq2seq.language_model.perplexity import Perplexity, encode_lines, perplexity
from seq2seq.model_directory.description import ModelDescription, describe
from seq2seq.model_directory.hub import model_directory
from seq2seq.model_directory.store import load_network
from seq2seq.models.language_model import (
    LanguageModelNetwork,
    LayerStates,
    build_language_model,
)
from seq2seq.runtime.devices import resolve_device
from seq2seq.runtime.single_text import check_several, check_text
from seq2seq.text_steps.steps import Prepared


@dataclass(frozen=True)
class Continuation:
    """A line of text that a language model has completed or written.

    Attributes:
        text: The whole line, its given beginning included.
        score: Score by which lines are ranked.
        log_probability: Log-probability in nats of what follows the last whole word of the
            beginning, the end of the line included.
    """

    text: str
    score: float
    log_probability: float


@dataclass(frozen=True)
class _Start:
    """Where a search begins.

    Attributes:
        ids: Ids of the whole words of the beginning.
        partial: Spelling of its last word, if that word may be incomplete; else "".
        after_space: True if the next token must begin a word.
    """

    ids: Sequence[int] = ()
    partial: str = ""
    after_space: bool = False


class LanguageModel:
    """Language model, which completes and writes lines of text and tells how likely they are.

        model = LanguageModel.from_pretrained("runs/spanish")
        for found in model.complete("casa de", nbest=3):
            print(found.text, found.log_probability)

    Args:
        network: The network, in eval mode.
        tokenizers: Its tokenizers.
        decoding: Default settings of the search.

    Attributes:
        network: The network.
        tokenizers: Its tokenizers.
    """

    def __init__(
        self, network: LanguageModelNetwork, tokenizers: TokenizerPair, decoding: DecodingConfig
    ) -> None:
        self.network = network
        self.tokenizers = tokenizers
        self._decoding = decoding

    @classmethod
    def from_pretrained(
        cls, model: str | Path, *, device: str = "cpu", verify: bool = False
    ) -> Self:
        """Load a language model.

        Args:
            model: Model directory, or name on the Hugging Face Hub.
            device: Device to compute on: "cpu", "cuda", "cuda:1" or "auto".
            verify: Check all files against the manifest even if they have been verified before.

        Returns:
            The model.

        Raises:
            CheckpointError: A file is missing, damaged or of another model.
            ConfigError: It is a model of another task, or there is no such device.
        """
        described = describe(model_directory(model), verify=verify, task=LANGUAGE_MODEL)
        return cls.from_description(described, device=device)

    @classmethod
    def from_description(cls, described: ModelDescription, *, device: str = "cpu") -> Self:
        """Load a language model whose directory has been read but for the weights.

        Args:
            described: The directory.
            device: Device to compute on.

        Returns:
            The model.

        Raises:
            CheckpointError: The weights are missing, damaged or of another model.
            ConfigError: There is no such device.
        """
        tokenizers = described.tokenizers
        network = load_network(
            described,
            lambda: build_language_model(described.config.model, tokenizers.target_size),
            device=resolve_device(device),
        )
        return cls(network, tokenizers, described.config.decoding)

    def complete(self, text: str, **decoding: object) -> list[Continuation]:
        """Complete a line of text.

        Args:
            text: Beginning of the line. It may end in the middle of a word; after a space at its
                end, another word follows.
            decoding: Decoding settings that differ from the model's own, such as nbest=3.

        Returns:
            At most `nbest` different lines, best first.

        Raises:
            ConfigError: A setting is wrong.
            TypeError: `text` is not a single text.
        """
        check_text(text, "complete takes them one by one")
        return self._search(self._start(text), decoding)

    def generate(self, **decoding: object) -> list[Continuation]:
        """Write lines of text.

        Args:
            decoding: Decoding settings that differ from the model's own, such as
                strategy="sampling" and nbest=3.

        Returns:
            `nbest` lines, the most likely one first; of equal lines only one.

        Raises:
            ConfigError: A setting is wrong.
        """
        return self._search(_Start(), decoding)

    def perplexity(self, lines: Sequence[str]) -> Perplexity:
        """Compute the perplexity of lines of text, which are read one after the other.

        Args:
            lines: Lines of text; blank ones are left out.

        Returns:
            The perplexity, per token, per word and per character.

        Raises:
            DataError: There is no text.
            TypeError: `lines` is a single text.
        """
        check_several(lines, "put it into a list")
        return perplexity(self.network, self.tokenizers, lines)

    def log_probabilities(self, lines: Sequence[str]) -> list[float]:
        """Compute how likely each line of text is, whatever the other lines are.

        Args:
            lines: Lines of text.

        Returns:
            Log-probability of each line and its end, in nats.

        Raises:
            TypeError: `lines` is a single text.
        """
        check_several(lines, "put it into a list")
        ids = encode_lines(self.tokenizers, lines)
        return line_log_probabilities(self.network, ids)

    def _start(self, text: str) -> _Start:
        line = " ".join(text.splitlines())
        prepared = self.tokenizers.steps.target(line)
        after_space = line[-1:].isspace()
        if after_space and not prepared[-1:].isspace():
            prepared += " "
        ids, partial = self.tokenizers.target.split_prefix(prepared)
        return _Start(ids, partial, after_space and bool(ids))

    @torch.inference_mode()
    @parametrize.cached()  # normalized weights are computed once, not at each step
    def _search(self, start: _Start, changes: Mapping[str, object]) -> list[Continuation]:
        """Search for continuations of a beginning."""
        decoding = with_settings(self._decoding, changes)
        _check_read(changes)
        device = self.network.output.weight.device
        state = self.network.start(1)
        read = [BOS, *start.ids]
        if len(read) > 1:
            given = torch.tensor([read[:-1]], device=device)
            _, state = self.network(given, state)
        room = decoding.max_length + len(start.partial)
        limits = torch.tensor([max(room, decoding.min_length)], device=device)
        batch = SearchBatch(
            limits,
            bos=read[-1],
            eos=EOS,
            forbidden=(PAD, BOS, UNK),
            filters=self._filters(start, decoding, limits),
            keys=torch.zeros_like(limits),
        )
        # Several segmentations may spell one line; only the best of them is returned.
        wanted = decoding.nbest
        if decoding.strategy == "beam":
            wanted = max(wanted, decoding.beam)
        settings = {**decoding.model_dump(), "nbest": wanted, "coverage_penalty": 0.0, "mbr": 0}
        [found] = make_strategy(settings)(self._step, state, batch)
        lines: dict[str, Continuation] = {}
        for one in found:
            ids = [*start.ids, *one.tokens]
            [raw] = self.tokenizers.target.decode([ids])
            text = self.tokenizers.steps.finish(raw, Prepared(""))
            lines.setdefault(text, Continuation(text, one.score, one.log_probability))
        return list(lines.values())[: decoding.nbest]

    def _step(self, tokens: Tensor, state: SearchState) -> StepOutput:
        assert isinstance(state, LayerStates)
        logits, after = self.network.step(tokens, state)
        return StepOutput(logits, after)

    def _filters(self, start: _Start, decoding: DecodingConfig, limits: Tensor) -> list[Filter]:
        tokenizer = self.tokenizers.target
        found: list[Filter] = []
        if decoding.min_length:
            found.append(MinimumLength(torch.full_like(limits, decoding.min_length), EOS))
        if decoding.no_repeat_ngram:
            found.append(NoRepeatedNgram(decoding.no_repeat_ngram))
        if forbidden := [ids for ids in self.tokenizers.encode_phrases(decoding.forbidden) if ids]:
            found.append(ForbiddenPhrases(forbidden))
        if start.after_space:
            found.append(_Excluded([*tokenizer.continuation_ids(), EOS]))
        elif not start.ids:
            found.append(_Excluded([EOS]))  # no line is empty
        if not start.partial:
            return found
        return [PartialWord([[]], [start.partial], tokenizer.completions, [], found)]


@dataclass(frozen=True)
class _Excluded:
    """Filter that excludes some ids from the first step.

    Attributes:
        ids: The ids.
    """

    ids: list[int]

    def __call__(self, scores: Tensor, history: Tensor, sentences: Tensor) -> None:
        if not history.shape[1]:
            scores[:, self.ids] = float("-inf")


_UNREAD = (
    "coverage_penalty",
    "mbr",
    "language_model",
    "language_model_use",
    "language_model_weight",
    "split_sentences",
    "max_length_ratio",
    "max_length_extra",
    "max_source_length",
)


def _check_read(changes: Mapping[str, object]) -> None:
    """Raise ConfigError if a setting is one that only translation reads."""
    for name in changes:
        if name in _UNREAD:
            raise ConfigError(f"decoding.{name}: only task translation reads it; leave it out")
