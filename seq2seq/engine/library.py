"""Binding of the C library in `native/`, with ctypes.

ctypes needs no Python headers to build and no ABI of Python: one shared library serves every
version of Python, the sanitizers and the fuzzers. A call releases Python's lock, so threads
translate at the same time. native/s2s.h describes the functions.
"""

from __future__ import annotations

import ctypes
import itertools
import mmap
from array import array
from collections.abc import Collection, Mapping, Sequence
from ctypes import (
    byref,
    c_float,
    c_int32,
    c_uint8,
    c_void_p,
)
from dataclasses import dataclass
from pathlib import Path

from seq2seq.config.model_settings import ModelConfig
from seq2seq.decoding.hypothesis import Hypothesis
from seq2seq.decoding.search_trace import MOST_LIKELY, SearchTrace
from seq2seq.engine.interface import (
    ATTENTIONS,
    CELLS,
    ERROR_SIZE,
    FUNCTIONS,
    ORDERS,
    TYINGS,
    VERSION,
    CConfig,
    CHypothesis,
    CIds,
    CRecording,
    CResult,
    CSearch,
    CSpellings,
)
from seq2seq.engine.results import hypothesis, search_trace
from seq2seq.errors import CheckpointError, ConfigError


@dataclass(frozen=True, kw_only=True)
class Rules:
    """Rules of a search; see docs/reference/settings.md for the settings of the same names.

    Attributes:
        beam: Number of prefixes kept per sentence; 1 is greedy search.
        nbest: Number of hypotheses returned per sentence.
        length_penalty: Exponent of GNMT's length penalty.
        coverage_penalty: Weight of GNMT's coverage penalty.
        bos: Id of the start token.
        eos: Id of the end token.
        vocabulary: Number of ids that may be chosen; higher ones only pad the weights.
        attention: Return attention weights.
        min_length: Minimum length of a translation.
        no_repeat_ngram: Length of the n-grams that may occur only once; 0 is off.
        forbidden: Ids of phrases that must not appear.
    """

    beam: int = 5
    nbest: int = 1
    length_penalty: float = 1.0
    coverage_penalty: float = 0.0
    bos: int
    eos: int
    vocabulary: int
    attention: bool = False
    min_length: int = 0
    no_repeat_ngram: int = 0
    forbidden: Sequence[Sequence[int]] = ()


@dataclass(frozen=True, kw_only=True)
class Demands:
    """Constraints on the translations of N sentences.

    Attributes:
        prefixes: Ids that each translation begins with; empty if there are none at all.
        partial: State in `spellings` of the partial word after each prefix, or -1.
        spellings: For each state, the ids that may come next, each with the state after it, or -1
            if the word is complete.
        terms: Ids of the phrases that each translation must contain; empty if there are none.
        candidates: Ids that each translation may have, which ascend, with the end token among them;
            empty if it may have any.
        continuation_ids: Ids that continue a word. None of them may follow a term, or a prefix
            without a partial word.
    """

    prefixes: Sequence[Sequence[int]] = ()
    partial: Sequence[int] = ()
    spellings: Sequence[Mapping[int, int]] = ()
    terms: Sequence[Sequence[Sequence[int]]] = ()
    candidates: Sequence[Sequence[int]] = ()
    continuation_ids: Collection[int] = ()


NO_DEMANDS = Demands()


def unsupported(config: ModelConfig) -> str:
    """Return the setting that the library does not support, such as "model.cell=jordan", or ""."""
    if config.cell not in CELLS:
        return f"model.cell={config.cell}"
    if config.attention not in (*ATTENTIONS, "luong-concat"):
        return f"model.attention={config.attention}"
    if config.decoder_order not in ORDERS:
        return f"model.decoder_order={config.decoder_order}"
    if config.transition_depth != 1:
        return f"model.transition_depth={config.transition_depth}"
    return "model.weight_norm=true" if config.weight_norm else ""


def architecture(config: ModelConfig, *, source_size: int, target_size: int, int8: bool) -> CConfig:
    """Return an architecture as the library wants it.

    Args:
        config: The architecture; `unsupported` has no objection to it.
        source_size: Number of source ids.
        target_size: Number of target ids.
        int8: Decode with int8 products.

    Returns:
        The structure.

    Raises:
        ConfigError: A size is out of range.
    """
    attention = "bahdanau" if config.attention == "luong-concat" else config.attention
    sizes = _checked(
        attention_heads=config.attention_heads,
        encoder_layers=config.encoder_layers,
        decoder_layers=config.decoder_layers,
        embedding_size=config.embedding_size,
        hidden_size=config.hidden_size,
        readout_size=config.readout_size or config.embedding_size,
        source_size=source_size,
        target_size=target_size,
    )
    return CConfig(
        cell=CELLS.index(config.cell),
        attention=ATTENTIONS.index(attention),
        coverage=config.coverage,
        decoder_order=ORDERS.index(config.decoder_order),
        lexical_model=config.lexical_model,
        bidirectional=config.bidirectional,
        residual=config.residual,
        scale_embeddings=config.scale_embeddings,
        weight_tying=TYINGS.index(config.weight_tying),
        int8=int8,
        **sizes,
    )


class NativeLibrary:
    """The compiled library.

    Args:
        path: The shared library.

    Raises:
        OSError: It cannot be loaded, or is of another version.
    """

    def __init__(self, path: Path) -> None:
        self._library = ctypes.CDLL(str(path.resolve()))
        for name, (result, arguments) in FUNCTIONS.items():
            try:
                function = getattr(self._library, name)
            except AttributeError:
                raise OSError(f"{path}: it lacks {name}") from None
            function.restype = result
            function.argtypes = arguments
        sizes = map(ctypes.sizeof, (CConfig, CSearch, CHypothesis))
        if not self._library.s2s_fits(VERSION, *sizes):
            raise OSError(f"{path}: it is of another version")

    @property
    def kernels(self) -> str:
        """Name of the instructions that the library uses, such as "avx512-vnni"."""
        name: bytes = self._library.s2s_kernels()
        return name.decode()

    def open(
        self, weights: Path, config: ModelConfig, *, source_size: int, target_size: int, int8: bool
    ) -> NativeModel:
        """Read a file of weights.

        Args:
            weights: The file, model.safetensors.
            config: The architecture.
            source_size: Number of source ids.
            target_size: Number of target ids.
            int8: Decode with int8 products.

        Returns:
            The model.

        Raises:
            CheckpointError: The file is missing or damaged, or does not fit the architecture.
            ConfigError: The library does not support a setting.
        """
        sizes = {"source_size": source_size, "target_size": target_size}
        try:
            with weights.open("rb") as file:
                content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
        except (OSError, ValueError) as reason:  # ValueError: the file is empty
            raise CheckpointError(f"{weights}: {reason}") from None
        with content:
            return self.read(content, config, **sizes, int8=int8, name=str(weights))

    def read(
        self,
        weights: mmap.mmap | bytearray,
        config: ModelConfig,
        *,
        source_size: int,
        target_size: int,
        int8: bool,
        name: str = "weights",
    ) -> NativeModel:
        """Read weights in memory.

        Args:
            weights: Content of a file of weights; not needed afterwards.
            config: The architecture.
            source_size: Number of source ids.
            target_size: Number of target ids.
            int8: Decode with int8 products.
            name: Name of the weights in errors.

        Returns:
            The model.

        Raises:
            CheckpointError: The weights are damaged, or do not fit the architecture.
            ConfigError: The library does not support a setting.
        """
        if setting := unsupported(config):
            raise ConfigError(f"{setting} needs PyTorch")
        fields = architecture(config, source_size=source_size, target_size=target_size, int8=int8)
        error = ctypes.create_string_buffer(ERROR_SIZE)
        start = (ctypes.c_char * len(weights)).from_buffer(weights)
        found = self._library.s2s_open(byref(fields), byref(start), len(weights), error, ERROR_SIZE)
        del start  # it holds on to the weights
        if not found:
            raise CheckpointError(f"{name}: {error.value.decode('utf-8', 'replace')}")
        return NativeModel(self._library, c_void_p(found), config, target_size)


class NativeModel:
    """A model in the memory of the library; any number of threads may use it at once.

    Made by `NativeLibrary.open`.
    """

    def __init__(
        self, library: ctypes.CDLL, handle: c_void_p, config: ModelConfig, target_size: int
    ) -> None:
        self._library = library
        self._handle = handle
        self._config = config
        self._target_size = target_size

    def __del__(self) -> None:
        self._library.s2s_close(self._handle)

    def translate(
        self,
        sources: Sequence[Sequence[int]],
        longest: Sequence[int],
        rules: Rules,
        demands: Demands = NO_DEMANDS,
    ) -> list[list[Hypothesis]]:
        """Translate sentences.

        Args:
            sources: Source ids of N sentences, each with its end token.
            longest: Maximum length of each translation (N), without its end token.
            rules: Rules of the search.
            demands: What the translations must contain.

        Returns:
            The hypotheses of each sentence, best first.

        Raises:
            ConfigError: An argument is out of range, or there is not enough memory.
        """
        _check_counts(len(sources), longest, demands)
        search = _search(rules, demands, self._target_size)
        result = CResult()
        error = ctypes.create_string_buffer(ERROR_SIZE)
        failed = self._library.s2s_translate(
            self._handle,
            len(sources),
            *_ragged(sources),
            _integers(longest),
            byref(search),
            byref(result),
            error,
            ERROR_SIZE,
        )
        if failed:
            raise ConfigError(error.value.decode())
        found: list[list[Hypothesis]] = [[] for _ in sources]
        try:
            for one in result.hypotheses[: result.count]:
                found[one.sentence].append(hypothesis(one, len(sources[one.sentence])))
        finally:
            self._library.s2s_free(byref(result))
        return found

    def trace(
        self, source: Sequence[int], longest: int, rules: Rules, demands: Demands = NO_DEMANDS
    ) -> SearchTrace:
        """Translate one sentence, and trace the search.

        Args:
            source: Source ids with the end token.
            longest: Maximum length of the translation, without its end token.
            rules: Rules of the search.
            demands: What the translation must contain.

        Returns:
            The trace.

        Raises:
            ConfigError: An argument is out of range, the trace would be too large, or there is not
                enough memory.
        """
        search = _search(rules, demands, self._target_size)
        recording = CRecording()
        error = ctypes.create_string_buffer(ERROR_SIZE)
        failed = self._library.s2s_record(
            self._handle,
            len(source),
            _integers(source),
            longest,
            byref(search),
            MOST_LIKELY,
            byref(recording),
            error,
            ERROR_SIZE,
        )
        if failed:
            raise ConfigError(error.value.decode())
        try:
            return search_trace(recording, source, self._config)
        finally:
            self._library.s2s_free_recording(byref(recording))

    def score(
        self, sources: Sequence[Sequence[int]], targets: Sequence[Sequence[int]], *, bos: int
    ) -> list[float]:
        """Score given translations.

        Args:
            sources: Source ids of N sentences, each with its end token.
            targets: Target ids of N translations, each with its end token.
            bos: Id of the start token.

        Returns:
            Log-probability of each translation, in nats.

        Raises:
            ConfigError: An argument is out of range, or there is not enough memory.
        """
        if len(targets) != len(sources):
            raise ConfigError(f"sentences: {len(sources)}, but translations: {len(targets)}")
        scores = (c_float * len(sources))()
        error = ctypes.create_string_buffer(ERROR_SIZE)
        failed = self._library.s2s_score(
            self._handle,
            len(sources),
            *_ragged(sources),
            *_ragged(targets),
            _checked(bos=bos)["bos"],
            scores,
            error,
            ERROR_SIZE,
        )
        if failed:
            raise ConfigError(error.value.decode())
        return list(scores)


def _checked(**numbers: int) -> dict[str, int]:
    """Return numbers that the library can hold; ctypes would cut the others off."""
    for name, number in numbers.items():
        if not -(2**31) <= number < 2**31:
            raise ConfigError(f"{name} is out of range: {number}")
    return numbers


def _check_counts(sentences: int, longest: Sequence[int], demands: Demands) -> None:
    """Refuse arrays without a value for each sentence: the library cannot see their sizes."""
    for name, count in (
        ("maximum lengths", len(longest)),
        ("partial words", len(demands.partial) or sentences),
        ("lists of terms", len(demands.terms) or sentences),
    ):
        if count != sentences:
            raise ConfigError(f"sentences: {sentences}, but {name}: {count}")


def _search(rules: Rules, demands: Demands, target_size: int) -> CSearch:
    """Return the rules as the library wants them; they hold on to their arrays."""
    numbers = _checked(
        beam=rules.beam,
        nbest=rules.nbest,
        bos=rules.bos,
        eos=rules.eos,
        first_forbidden=rules.vocabulary,
        min_length=rules.min_length,
        no_repeat_ngram=rules.no_repeat_ngram,
    )
    search = CSearch(
        **numbers,
        length_penalty=rules.length_penalty,
        coverage_penalty=rules.coverage_penalty,
        attention=rules.attention,
        forbidden=_ids(rules.forbidden),
        prefixes=_ids(demands.prefixes),
        spellings=_spellings(demands.spellings),
        candidates=_ids(demands.candidates),
        terms=_ids([term for terms in demands.terms for term in terms]),
    )
    if demands.partial:
        search.partial = _integers(demands.partial)
    if demands.terms:
        search.term_starts = _starts(demands.terms)
    if demands.continuation_ids:
        marks = bytearray(target_size)
        for number in demands.continuation_ids:
            if not 0 <= number < target_size:
                raise ConfigError(f"id {number} is not in the vocabulary")
            marks[number] = 1
        search.continues = (c_uint8 * target_size).from_buffer(marks)
    return search


def _ids(rows: Sequence[Sequence[int]]) -> CIds:
    ids, starts = _ragged(rows)
    return CIds(len(rows), ids, starts)


def _spellings(states: Sequence[Mapping[int, int]]) -> CSpellings:
    edges = [sorted(state.items()) for state in states]
    return CSpellings(
        len(states),
        _starts(edges),
        _integers([token for state in edges for token, _ in state]),
        _integers([following for state in edges for _, following in state]),
    )


def _integers(values: Sequence[int]) -> ctypes.Array[c_int32]:
    try:
        return (c_int32 * len(values)).from_buffer(array("i", values))
    except OverflowError:
        raise ConfigError("an id or a length is out of range") from None


def _ragged(rows: Sequence[Sequence[int]]) -> tuple[ctypes.Array[c_int32], ctypes.Array[c_int32]]:
    """Return the values of all rows, and where each row begins, with the end of the last one."""
    return _integers([value for row in rows for value in row]), _starts(rows)


def _starts(rows: Sequence[Sequence[object]]) -> ctypes.Array[c_int32]:
    """Return where each row begins if they are joined, and where the last one ends."""
    return _integers([0, *itertools.accumulate(map(len, rows))])
