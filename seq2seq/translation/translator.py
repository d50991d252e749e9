"""Translator: texts in, translations out.

Texts are batched by length, and translations come in the order of the texts, as a stream if needed.
The translation of a text does not depend on the other texts.
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seq2seq.config.config import with_settings
from seq2seq.config.settings import DecodingConfig
from seq2seq.data.tokenizers.pair import TokenizerPair
from seq2seq.errors import ConfigError
from seq2seq.language_model.loaded_models import LoadedLanguageModels
from seq2seq.model_directory.description import ModelDescription
from seq2seq.model_directory.hub import model_directory
from seq2seq.model_directory.shipped_models import default_model
from seq2seq.runtime.ranks import SINGLE_PROCESS, Ranks
from seq2seq.runtime.single_text import check_several
from seq2seq.translation.confidence import Confidence, load_confidence
from seq2seq.translation.constraints import Constraints
from seq2seq.translation.document_translator import DocumentTranslator
from seq2seq.translation.doubts import Doubts
from seq2seq.translation.engines.choose import describe_all, make_engine
from seq2seq.translation.engines.contract import Engine
from seq2seq.translation.language_check import LanguageCheck
from seq2seq.translation.model_languages import check_source_language, target_language
from seq2seq.translation.named_language_model import with_own_language_model
from seq2seq.translation.options import TranslatorOptions
from seq2seq.translation.part_translator import PartTranslator
from seq2seq.translation.rerank_language_model import LanguageModelReranker
from seq2seq.translation.segment_translator import SegmentTranslator
from seq2seq.translation.text_splitter import TextSplitter
from seq2seq.translation.trace_records import TraceRecords, TraceSink
from seq2seq.translation.values import Source, Translation, as_source, check_sources
from seq2seq.translation.windows import full_windows

if TYPE_CHECKING:
    from seq2seq.models.ensemble import Ensemble
    from seq2seq.models.model import Seq2SeqModel


class Translator(DocumentTranslator, PartTranslator):
    """Translation model with its tokenizers and decoding settings.

    Examples:
        >>> translator = Translator.from_pretrained("runs/sample_es_en")
        >>> print(translator.translate("casa de papel"))

    Attributes:
        engine: What holds the model and searches.
        tokenizers: Tokenizers of the model.
        decoding: Decoding settings.
        alignments: True if translations carry word alignments and attention weights.
        to: Target language of texts that do not name one.
        raw: True if texts reach the model as they are.
        source_language: Language that the model translates from; "" if unknown.
        target_language: The only language that the model translates into; "" if there are several,
            or it is unknown.
        ranks: Processes that share the work.
    """

    def __init__(
        self,
        engine: Engine,
        tokenizers: TokenizerPair,
        decoding: DecodingConfig,
        *,
        alignments: bool = False,
        to: str = "",
        raw: bool = False,
        source_language: str = "",
        target_language: str = "",
        attentive: bool = True,
        confidence: Confidence | None = None,
        ranks: Ranks = SINGLE_PROCESS,
        language_models: LoadedLanguageModels | None = None,
    ) -> None:
        """Wrap an engine; `from_pretrained` loads a model.

        Args:
            engine: Engine of the model, such as `TorchEngine` for one in memory.
            tokenizers: Tokenizers of the model.
            decoding: Decoding settings.
            alignments: If true, translations carry word alignments and attention weights.
            to: Target language of texts that do not name one.
            raw: If true, texts reach the model as they are (see `TranslatorOptions.raw`).
            source_language: Language that the model translates from, such as "Spanish", if known.
            target_language: The only language that the model translates into, if known.
            attentive: False if the model has no attention, and so gives no alignments.
            confidence: Calibrated confidence of the model.
            ranks: Processes that share the work. Each has its own translator and makes the same
                calls.
            language_models: Language models for reranking; None loads them on the CPU.

        Raises:
            CheckpointError: The language model that reranks is missing or damaged.
            ConfigError: The decoding settings cannot be combined.
        """
        self.engine = engine
        self.tokenizers = tokenizers
        self.alignments = alignments
        self.to = to
        self.ranks = ranks
        self.raw = raw
        self.source_language = source_language
        self.target_language = target_language
        self._attentive = attentive
        self._check = LanguageCheck(tokenizers, "" if raw else source_language)
        self._confidence = confidence
        self._language_models = language_models or LoadedLanguageModels("cpu")
        self._use(decoding)

    def _use(self, decoding: DecodingConfig) -> None:
        self.decoding = decoding
        self._splitter = TextSplitter(
            tokenizers=self.tokenizers,
            decoding=decoding,
            check=self._check,
            to=self.to,
            raw=self.raw,
        )
        self._segments = SegmentTranslator(
            self.engine,
            self.tokenizers,
            decoding,
            alignments=self.alignments,
            ranks=self.ranks,
            # The scores of a fused search are not those that the model was calibrated with.
            doubts=Doubts(
                self.tokenizers,
                self._check,
                self._confidence if decoding.fused_model is None else None,
            ),
            reranker=self._reranker(decoding),
        )

    def _reranker(self, decoding: DecodingConfig) -> LanguageModelReranker | None:
        """Return what ranks n-best lists anew, if anything does."""
        name = decoding.reranking_model
        if name is None:
            return None
        return LanguageModelReranker.of(self._language_models[name], decoding)

    @classmethod
    def from_pretrained(
        cls,
        model: str | Path | Sequence[str | Path] | None = None,
        *,
        options: TranslatorOptions | None = None,
        ranks: Ranks = SINGLE_PROCESS,
        **changes: Any,
    ) -> Translator:
        """Load a model directory, or an ensemble of several with the same tokenizers.

        Args:
            model: Model directory, the name of a model that is shipped with the package, such as
                "es-en", or "owner/name" or "owner/name@revision" on the Hugging Face Hub. A
                sequence of them makes an ensemble. None selects a shipped model by the languages
                `from_` and `to`; without either, "es-en".
            options: Options for loading and translating; defaults if None.
            ranks: Processes that share the work.
            changes: Fields of TranslatorOptions to change in `options`, such as dtype="int8".

        Returns:
            The translator.

        Raises:
            CheckpointError: A file is missing or damaged; the message names it.
            ConfigError: An option is invalid, the device cannot decode in the dtype, the engine
                does not support a setting, the model is of other languages, or the models of an
                ensemble have different tokenizers.
            Seq2SeqError: No model is given, and none is shipped with the package for the languages.
        """
        options = replace(options or TranslatorOptions(), **changes)
        if model is None:
            model = default_model(options.to, from_=options.from_)
            options = replace(options, to="", from_="")
        names = [model] if isinstance(model, str | Path) else list(model)
        described = describe_all([model_directory(name) for name in names], verify=options.verify)
        return cls.from_descriptions(described, options=options, ranks=ranks)

    @classmethod
    def from_descriptions(
        cls,
        models: Sequence[ModelDescription],
        *,
        options: TranslatorOptions,
        ranks: Ranks = SINGLE_PROCESS,
    ) -> Translator:
        """Load models whose directories have been read but for the weights.

        Args:
            models: A single model, or the models of an ensemble.
            options: Options for loading and translating.
            ranks: Processes that share the work.

        Returns:
            The translator.

        Raises:
            CheckpointError: A file is missing or damaged.
            ConfigError: An option is invalid, or the configuration of the model names a language
                model outside its directory.
        """
        first = models[0]
        check_source_language(first, options.from_)
        to = target_language(first, options.to)
        decoding = with_own_language_model(
            with_settings(first.config.decoding, options.decoding),
            first.directory,
            options.decoding,
        )
        attentive = any(one.has_attention for one in models)
        if (decoding.coverage_penalty or options.alignments) and not attentive:
            subject = "alignments need" if options.alignments else "coverage_penalty needs"
            raise ConfigError(f"{subject} a model with attention")
        device = ranks.device(options.device)
        return cls(
            make_engine(models, options=options, decoding=decoding, device=device),
            first.tokenizers,
            decoding,
            alignments=options.alignments,
            to=to,
            raw=options.raw,
            source_language=first.config.data.source_language or "",
            target_language=first.config.data.target_language or "",
            attentive=attentive,
            # The scores of an ensemble are not those that its first model was calibrated with.
            confidence=load_confidence(first.directory) if len(models) == 1 else None,
            ranks=ranks,
            language_models=LoadedLanguageModels(device, options.memory_limit),
        )

    @property
    def dtype(self) -> str:
        """Precision of the decoder's weights."""
        return self.engine.dtype

    @property
    def model(self) -> Seq2SeqModel | Ensemble:
        """Model of the engine "torch".

        Raises:
            ConfigError: The translator has another engine.
        """
        from seq2seq.translation.engines.torch_engine import TorchEngine

        if not isinstance(self.engine, TorchEngine):
            raise ConfigError(
                "only the engine torch has a model in PyTorch; load with engine='torch'"
            )
        return self.engine.model

    def with_decoding(self, **changes: object) -> Translator:
        """Return a translator with the same model and other decoding settings.

        Args:
            changes: New values for settings of the section `decoding`, such as beam=1.

        Returns:
            A translator that shares its model with this one.

        Raises:
            ConfigError: A setting is unknown, its value is invalid, or it cannot be combined with
                the others.
        """
        other = copy.copy(self)
        other._use(with_settings(self.decoding, changes))
        return other

    def translate(
        self, text: str | Source, *, trace: TraceSink | None = None, **decoding: object
    ) -> Translation:
        """Translate one text.

        Args:
            text: The text, or a Source with constraints.
            trace: Takes records of what the model did, such as the `append` of a list.
            decoding: Decoding settings for this call, such as beam=10 and nbest=3.

        Returns:
            The translation; `str()` returns its best text.

        Raises:
            ConfigError: A decoding setting is invalid, a constraint cannot be met with these
                settings, the target language is missing or unknown, or the search cannot be
                traced.
            TypeError: `text` is not a single text.
        """
        return self.translate_all([as_source(text)], trace=trace, **decoding)[0]

    def translate_all(
        self,
        texts: Sequence[str | Source],
        *,
        trace: TraceSink | None = None,
        **decoding: object,
    ) -> list[Translation]:
        """Translate several texts at once.

        Args:
            texts: The texts, or Sources with constraints.
            trace: Takes records of what the model did. Sentences are then translated one by one.
            decoding: Decoding settings for this call.

        Returns:
            The translations, in the order of the texts.

        Raises:
            ConfigError: As for `translate`.
            TypeError: `texts` is a single text, or holds something else.
        """
        check_sources(texts)
        translator = self.with_decoding(**decoding) if decoding else self
        return list(translator.stream_windows([list(texts)], trace=trace))

    def stream(
        self,
        texts: Iterable[str | Source],
        *,
        trace: TraceSink | None = None,
        **decoding: object,
    ) -> Iterator[Translation]:
        """Translate any number of texts, with at most one window of them in memory.

        The first windows are small, so the first translations come soon.

        Args:
            texts: The texts, or Sources with constraints; read as needed.
            trace: Takes records of what the model did, those of a text before its translation.
            decoding: Decoding settings for this call.

        Returns:
            The translations, in the order of the texts.

        Raises:
            ConfigError: As for `translate`.
            TypeError: `texts` is a single text, or holds something else.
        """
        check_sources(texts)
        translator = self.with_decoding(**decoding) if decoding else self
        return translator.stream_windows(full_windows(texts), trace=trace)

    def stream_windows(
        self, windows: Iterable[Sequence[str | Source]], *, trace: TraceSink | None = None
    ) -> Iterator[Translation]:
        """Translate texts that come in groups, each group before the next is read.

        Args:
            windows: Groups of texts, or of Sources with constraints.
            trace: Takes records of what the model did, those of a text before its translation.

        Returns:
            The translations, in the order of the texts.

        Raises:
            ConfigError: As for `translate`.
        """
        records = None
        if trace is not None:
            if self.ranks.world_size > 1:
                raise ConfigError("a trace needs a single process")
            records = TraceRecords(trace, self.tokenizers, self.decoding, self.dtype)
        return (translation for window in windows for translation in self._window(window, records))

    def with_alignments(self) -> Translator:
        """Return a translator with word alignments, or this one if the model has no attention."""
        if self.alignments or not self._attentive:
            return self
        other = copy.copy(self)
        other.alignments = True
        other._use(self.decoding)
        return other

    def with_nbest(self, count: int) -> Translator:
        """Return a translator with n-best lists, or this one unless it searches with a beam.

        Args:
            count: Number of translations of each text.

        Returns:
            The translator.
        """
        if self.decoding.strategy != "beam":
            return self
        return self.with_decoding(nbest=count)

    def check_terms(self, terms: Sequence[str]) -> None:
        """Check that terms can appear in translations.

        Args:
            terms: The terms, as they are in a translation.

        Raises:
            ConfigError: A decoding setting excludes a term, or the strategy takes none.
        """
        sources = [Source("", terms=(term,)) for term in terms]
        Constraints.of(sources, self.decoding, self.tokenizers)

    def with_features(
        self, texts: Sequence[str | Source]
    ) -> list[tuple[Translation, tuple[float, ...] | None]]:
        """Translate texts with the features that the confidence in a translation depends on.

        Args:
            texts: The texts, or Sources with a target language.

        Returns:
            The translation of each text, and its features (see `evidence.Evidence`). They are None
            for a text that is copied. Only the first sentence of a text of several is translated,
            without features.
        """
        items = [as_source(text) for text in texts]
        segmented = [self._splitter.segments(item) for item in items]
        found = self._segments.with_features([segments[0] for segments in segmented])
        return [
            (translation, features if len(segments) == 1 else None)
            for segments, (translation, features) in zip(segmented, found, strict=True)
        ]

    def score(self, sources: Sequence[str], translations: Sequence[str]) -> list[float]:
        """Score given translations.

        A pair whose sides have the same number of sentences is scored sentence by sentence if
        texts are split; any other pair is scored as a whole.

        Args:
            sources: The source texts. A source that is too long is cut.
            translations: One translation per source, as text; the tokenizer segments it.

        Returns:
            Log-probability of each translation, in nats; 0 for a blank source, which has no
            translation.

        Raises:
            ConfigError: The target language is missing or unknown.
            TypeError: One of them is a single text.
        """
        for texts in (sources, translations):
            check_several(texts, "score takes a list of each")
        parts = [
            self._splitter.prepared_pairs(source, translation)
            for source, translation in zip(sources, translations, strict=True)
        ]
        scores = iter(self._segments.score([pair for part in parts for pair in part], to=self.to))
        return [sum(itertools.islice(scores, len(part))) for part in parts]

    @property
    def max_source_characters(self) -> int:
        """Number of characters that a longer text is cut to before anything else is done.

        Without sentence splitting, this is far more than `max_source_length` subwords have.
        """
        return self._splitter.max_characters
