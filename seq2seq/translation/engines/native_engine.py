"""Engine in C: several times faster than PyTorch on a CPU, and independent of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, replace
from itertools import chain
from typing import ClassVar, TypeVar

from seq2seq.config.settings import DecodingConfig
from seq2seq.data.alignment.shortlist_file import ShortlistFile
from seq2seq.data.tokenizers.pair import TokenizerPair
from seq2seq.data.tokenizers.vocabulary import BOS, EOS
from seq2seq.decoding.hypothesis import Hypothesis
from seq2seq.decoding.search_trace import SearchTrace
from seq2seq.engine.architecture import unsupported
from seq2seq.engine.library import NativeModel
from seq2seq.engine.load_library import load_library
from seq2seq.engine.rules import Demands, Rules
from seq2seq.errors import ConfigError
from seq2seq.model_directory.description import ModelDescription
from seq2seq.model_directory.names import SHORTLIST, WEIGHTS
from seq2seq.runtime.processors import processor_threads
from seq2seq.translation.constraints import Constraints
from seq2seq.translation.engines.contract import Engine, Search
from seq2seq.translation.options import AUTO, TranslatorOptions

STRATEGIES = ("beam", "greedy")
STORED = {"F32", "I8"}
MIN_GROUP = 4
"""Minimum number of sentences per thread."""

ROWS = 40
"""Number of rows of a search at once: their logits stay in the processor's cache."""

SCORED_ROWS = 160
"""Number of given translations that are scored at once."""

DTYPES = (AUTO, "fp32", "int8")

Result = TypeVar("Result")


def unsupported_model(
    models: Sequence[ModelDescription], *, options: TranslatorOptions, device: str
) -> str:
    """Return the option or setting that keeps the native engine from loading a model, or ""."""
    if load_library() is None:
        return "an installation without the compiled library"
    if len(models) > 1:
        return "an ensemble"
    if device != "cpu":
        return f"device={device}"
    if options.dtype not in DTYPES:
        return f"dtype={options.dtype}"
    if others := models[0].dtypes - STORED:
        return f"weights in {min(others)}"
    return unsupported(models[0].config.model)


def unsupported_search(decoding: DecodingConfig) -> str:
    """Return the decoding setting that the native engine does not support, or ""."""
    if decoding.strategy not in STRATEGIES:
        return f"decoding.strategy={decoding.strategy}"
    if decoding.fused_model is not None:
        return "decoding.language_model with language_model_use=fusion"
    return ""


def load_native(model: ModelDescription, *, options: TranslatorOptions) -> NativeEngine:
    """Load a model that `unsupported_model` does not object to.

    Args:
        model: ModelDescription of the model.
        options: Options for loading.

    Returns:
        The engine.

    Raises:
        CheckpointError: The weights are missing or damaged.
    """
    dtype = options.dtype
    if dtype == AUTO:
        dtype = "int8" if model.quantized else "fp32"
    library = load_library()
    assert library is not None
    native = library.open(
        model.directory / WEIGHTS,
        model.config.model,
        source_size=model.tokenizers.source_size,
        target_size=model.tokenizers.target_size,
        int8=dtype == "int8",
    )
    shortlist = None
    if options.shortlist:
        tokenizers = model.tokenizers
        shortlist = ShortlistFile.load(
            model.directory / SHORTLIST,
            tokenizers.source_size,
            tokenizers.target.vocab_size,
            tokenizers.fingerprint(),
        )
    return NativeEngine(native, model.tokenizers, dtype=dtype, shortlist=shortlist)


class NativeEngine(Engine):
    """Engine in C.

    Args:
        model: The model, in the memory of the library.
        tokenizers: Tokenizers of the model.
        dtype: Precision of the decoder's weights.
        shortlist: Likely target tokens of each source token; None scores all target tokens.
        threads: Number of threads that share the sentences of a batch; None is what
            OMP_NUM_THREADS says, or the number of processors.
    """

    name: ClassVar[str] = "native"

    def __init__(
        self,
        model: NativeModel,
        tokenizers: TokenizerPair,
        *,
        dtype: str,
        shortlist: ShortlistFile | None = None,
        threads: int | None = None,
    ) -> None:
        self.shortlist = shortlist
        self.native = model
        self.threads = threads or processor_threads()
        self.tokenizers = tokenizers
        self.dtype = dtype

    def search(self, decoding: DecodingConfig) -> NativeSearch:
        """Return a search; see `Engine.search`."""
        if setting := unsupported_search(decoding):
            raise ConfigError(f"the native engine does not support {setting}; use engine torch")
        greedy = decoding.strategy == "greedy" or decoding.beam == 1
        nbest = 1 if decoding.strategy == "greedy" else decoding.candidates
        width = 1 if greedy else decoding.beam
        if nbest > width:
            raise ConfigError(
                f"beam {width} with {nbest} best: nbest must be at least 1 and at most the beam"
            )
        takes_terms = greedy or not decoding.coverage_penalty
        return NativeSearch(width, False, takes_terms, self, decoding, nbest)

    def score(
        self, sources: Sequence[Sequence[int]], targets: Sequence[Sequence[int]]
    ) -> list[float]:
        """Score given translations; see `Engine.score`."""

        def score(group: Sequence[int]) -> list[float]:
            chosen = [[side[row] for row in group] for side in (sources, targets)]
            return self.native.score(ended(chosen[0]), ended(chosen[1]), bos=BOS)

        return self.in_groups(sources, SCORED_ROWS, score)

    def in_groups(
        self,
        sources: Sequence[Sequence[int]],
        most: int,
        work: Callable[[Sequence[int]], list[Result]],
    ) -> list[Result]:
        """Do work on groups of sentences of similar length, longest first, shared among threads.

        Args:
            sources: Ids of N sources.
            most: Maximum number of sentences per group.
            work: Function from the places of a group's sentences to one result for each.

        Returns:
            The results of the N sources.
        """
        order = sorted(range(len(sources)), key=lambda row: -len(sources[row]))
        if self.threads > 1:
            most = min(most, max(MIN_GROUP, -(-len(order) // self.threads)))
        groups = [order[start : start + most] for start in range(0, len(order), most)]
        threads = min(self.threads, len(groups))
        with ThreadPoolExecutor(threads) if threads > 1 else nullcontext() as pool:
            parts = (pool.map if pool else map)(work, groups)
            found = dict(zip(chain.from_iterable(groups), chain.from_iterable(parts), strict=True))
        return [found[row] for row in range(len(sources))]


@dataclass(frozen=True)
class NativeSearch(Search):
    """Greedy search or beam search in C.

    Attributes:
        engine: The engine.
        decoding: Decoding settings.
        nbest: Number of hypotheses per sentence.
    """

    engine: NativeEngine
    decoding: DecodingConfig
    nbest: int

    def __call__(
        self, sources: Sequence[Sequence[int]], constraints: Constraints, *, attention: bool
    ) -> list[list[Hypothesis]]:
        """Search for translations; see `Search.__call__`."""
        rules = self._rules(constraints, attention=attention)

        def translate(group: Sequence[int]) -> list[list[Hypothesis]]:
            chosen = [sources[row] for row in group]
            return self._translate(chosen, constraints.select(group), rules)

        return self.engine.in_groups(sources, max(1, ROWS // self.width), translate)

    def trace(
        self, source: Sequence[int], constraints: Constraints, *, attention: bool
    ) -> SearchTrace:
        """Search for translations of one sentence; see `Search.trace`."""
        rules = self._rules(constraints, attention=attention)
        [complete], [longest], needed = self._prepared([source], constraints)
        return self.engine.native.trace(complete, longest, rules, needed)

    def _rules(self, constraints: Constraints, *, attention: bool) -> Rules:
        if any(constraints.terms) and not self.takes_terms:
            raise ConfigError("terms need strategy=beam without a coverage_penalty")
        return Rules(
            beam=self.width,
            nbest=self.nbest,
            length_penalty=self.decoding.length_penalty,
            coverage_penalty=0.0 if self.width == 1 else self.decoding.coverage_penalty,
            bos=BOS,
            eos=EOS,
            vocabulary=self.engine.tokenizers.target.vocab_size,
            attention=attention,
            min_length=self.decoding.min_length,
            no_repeat_ngram=self.decoding.no_repeat_ngram,
            forbidden=constraints.forbidden,
        )

    def _translate(
        self, sources: Sequence[Sequence[int]], constraints: Constraints, rules: Rules
    ) -> list[list[Hypothesis]]:
        """Translate sentences in a single thread."""
        complete, longest, needed = self._prepared(sources, constraints)
        return self.engine.native.translate(complete, longest, rules, needed)

    def _prepared(
        self, sources: Sequence[Sequence[int]], constraints: Constraints
    ) -> tuple[list[list[int]], list[int], Demands]:
        """Return sources with their end tokens, the maximum lengths, and what is demanded."""
        complete = ended(sources)
        longest = constraints.max_lengths(self.decoding, [len(ids) for ids in complete])
        needed = demands(constraints)
        shortlist = self.engine.shortlist
        if shortlist is not None:
            wanted = constraints.required_ids()
            lists = [shortlist.candidates(*pair) for pair in zip(complete, wanted, strict=True)]
            needed = replace(needed, candidates=lists)
        return complete, longest, needed


def ended(rows: Sequence[Sequence[int]]) -> list[list[int]]:
    """Return rows of ids, each with an end token."""
    return [[*row, EOS] for row in rows]


def demands(constraints: Constraints) -> Demands:
    """Return constraints in the form that the library takes."""
    has_prefixes = any(constraints.prefixes) or any(constraints.partial)
    has_terms = any(constraints.terms)
    if not has_prefixes and not has_terms:
        return Demands()
    places: dict[str, int] = {}
    spellings: list[dict[int, int]] = []
    for word in constraints.partial:
        if word:
            _add_spellings(word, constraints, places, spellings)
    return Demands(
        prefixes=constraints.prefixes if has_prefixes else (),
        partial=[places.get(word, -1) for word in constraints.partial] if has_prefixes else (),
        spellings=spellings,
        terms=[list(dict.fromkeys(map(tuple, own))) for own in constraints.terms]
        if has_terms
        else (),
        continuation_ids=constraints.continuation_ids(),
    )


def _add_spellings(
    word: str, constraints: Constraints, places: dict[str, int], spellings: list[dict[int, int]]
) -> None:
    """Add the states of a partial word, which are the characters still to be spelled."""
    todo = [word]
    while todo:
        spelling = todo.pop()
        if spelling in places:
            continue
        places[spelling] = len(spellings)
        spellings.append({})
        todo += [left for left in constraints.completions(spelling).values() if left]
    for spelling, place in places.items():
        found = constraints.completions(spelling).items()
        spellings[place] = {number: places[left] if left else -1 for number, left in found}
