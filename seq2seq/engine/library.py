"""Binding of the C library in `native/`, with ctypes.

ctypes needs no Python headers to build and no ABI of Python: one shared library serves every
version of Python, the sanitizers and the fuzzers. A call releases Python's lock, so threads
translate at the same time. native/s2s.h describes the functions.
"""

from __future__ import annotations

import ctypes
import mmap
from collections.abc import Sequence
from ctypes import byref, c_float, c_void_p
from pathlib import Path

from seq2seq.config.model_settings import ModelConfig
from seq2seq.decoding.hypothesis import Hypothesis
from seq2seq.decoding.search_trace import MOST_LIKELY, SearchTrace
from seq2seq.engine.architecture import architecture, unsupported
from seq2seq.engine.arguments import c_search, check_counts, checked, integers, ragged
from seq2seq.engine.interface import (
    ERROR_SIZE,
    FUNCTIONS,
    VERSION,
    CConfig,
    CHypothesis,
    CRecording,
    CResult,
    CSearch,
)
from seq2seq.engine.results import hypothesis, search_trace
from seq2seq.engine.rules import NO_DEMANDS, Demands, Rules
from seq2seq.errors import CheckpointError, ConfigError


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
        check_counts(len(sources), longest, demands)
        search = c_search(rules, demands, self._target_size)
        result = CResult()
        error = ctypes.create_string_buffer(ERROR_SIZE)
        failed = self._library.s2s_translate(
            self._handle,
            len(sources),
            *ragged(sources),
            integers(longest),
            byref(search),
            byref(result),
            error,
            ERROR_SIZE,
        )
        if failed:
            raise ConfigError(error.value.decode())
        return self._taken(result, sources)

    def _taken(self, result: CResult, sources: Sequence[Sequence[int]]) -> list[list[Hypothesis]]:
        """Return the hypotheses of each sentence, and free the result."""
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
        search = c_search(rules, demands, self._target_size)
        recording = CRecording()
        error = ctypes.create_string_buffer(ERROR_SIZE)
        failed = self._library.s2s_record(
            self._handle,
            len(source),
            integers(source),
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
            *ragged(sources),
            *ragged(targets),
            checked(bos=bos)["bos"],
            scores,
            error,
            ERROR_SIZE,
        )
        if failed:
            raise ConfigError(error.value.decode())
        return list(scores)

    def validate(
        self,
        sources: Sequence[Sequence[int]],
        targets: Sequence[Sequence[int]],
        longest: Sequence[int],
        rules: Rules,
        demands: Demands = NO_DEMANDS,
    ) -> tuple[list[list[Hypothesis]], list[float]]:
        """Translate greedily and score references: as `translate` and `score` do, with less work.

        Args:
            sources: Source ids of N sentences, each with its end token.
            targets: Target ids of N references, each with its end token.
            longest: Maximum length of each translation (N), without its end token.
            rules: Rules of a greedy search, without attention weights.
            demands: What the translations must contain; no terms.

        Returns:
            The hypotheses of each sentence, and the log-probability of each reference, in nats.

        Raises:
            ConfigError: An argument is out of range, or there is not enough memory.
        """
        if len(targets) != len(sources):
            raise ConfigError(f"sentences: {len(sources)}, but references: {len(targets)}")
        check_counts(len(sources), longest, demands)
        search = c_search(rules, demands, self._target_size)
        scores = (c_float * len(sources))()
        result = CResult()
        error = ctypes.create_string_buffer(ERROR_SIZE)
        failed = self._library.s2s_validate(
            self._handle,
            len(sources),
            *ragged(sources),
            integers(longest),
            byref(search),
            *ragged(targets),
            scores,
            byref(result),
            error,
            ERROR_SIZE,
        )
        if failed:
            raise ConfigError(error.value.decode())
        return self._taken(result, sources), list(scores)
