"""Translation of lines that a person types, each by the shipped model for its language."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from seq2seq.cli.choose_model import announce, source_language
from seq2seq.config.settings import DecodingConfig
from seq2seq.model_directory.shipped_models import default_model
from seq2seq.translation.options import TranslatorOptions
from seq2seq.translation.trace_records import TraceSink, numbered_from
from seq2seq.translation.translator import Translator
from seq2seq.translation.values import Source, Translation


class TypedDirections:
    """Translator that chooses a shipped model for each window of lines.

    A line in no language of these models goes to the model of the line before. The default model is
    loaded at once, so that mistakes in the options are reported before the first line is typed; the
    others are loaded when they are first chosen.

    Args:
        options: Options for loading the models and for translating.

    Raises:
        Seq2SeqError: There is no model, or it cannot be loaded with these options.
    """

    def __init__(self, options: TranslatorOptions) -> None:
        self._options = options
        self._loaded: dict[Path, Translator] = {}
        self._current = default_model()
        self._first = self._load(self._current)
        self._announced: Path | None = None

    @property
    def decoding(self) -> DecodingConfig:
        """Decoding settings of the default model."""
        return self._first.decoding

    @property
    def max_source_characters(self) -> int:
        """See `Translator.max_source_characters`."""
        return self._first.max_source_characters

    def stream_windows(
        self, windows: Iterable[Sequence[Source]], *, trace: TraceSink | None = None
    ) -> Iterator[Translation]:
        """Translate texts that come in groups; see `Translator.stream_windows`."""
        line = 0
        for window in windows:
            language = source_language(item.text for item in window)
            if language:
                self._current = default_model(from_=language)
            if language and self._current != self._announced:
                announce(self._current, "chosen by the language of the line")
                self._announced = self._current
            records = None if trace is None else numbered_from(line, trace)
            yield from self._load(self._current).translate_all(window, trace=records)
            line += len(window)

    def _load(self, directory: Path) -> Translator:
        """Return the translator of a shipped model, loaded on first use."""
        if directory not in self._loaded:
            self._loaded[directory] = Translator.from_pretrained(directory, options=self._options)
        return self._loaded[directory]
