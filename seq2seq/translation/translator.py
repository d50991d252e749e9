"""Translator: texts in, translations out.

Texts are batched by length, and translations come in the order of the texts, as a stream if needed.
The translation of a text does not depend on the other texts.
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from seq2seq.config.config import with_settings
from seq2seq.config.settings import DecodingConfig
from seq2seq.data.alignment.shortlist import Shortlist
from seq2seq.data.ragged import RaggedIds
from seq2seq.data.tokenizers.pair import TokenizerPair
from seq2seq.data.tokenizers.vocabulary import EOS
from seq2seq.decoding.search import Hypothesis
from seq2seq.decoding.strategies import make_strategy
from seq2seq.errors import ConfigError
from seq2seq.model_directory.hub import model_directory
from seq2seq.model_directory.names import SHORTLIST
from seq2seq.model_directory.shipped_models import default_model
from seq2seq.model_directory.store import LoadedModel
from seq2seq.models.ensemble import Ensemble
from seq2seq.models.model import Seq2SeqModel
from seq2seq.runtime.ranks import SINGLE_PROCESS, Ranks
from seq2seq.text_steps.sentences import split_sentences
from seq2seq.translation.batch_decoder import BatchDecoder, decoding_batches
from seq2seq.translation.constraints import Constraints
from seq2seq.translation.load_models import check_device, load_models, prepare_for_decoding
from seq2seq.translation.nbest_list import NBestLists
from seq2seq.translation.options import TranslatorOptions
from seq2seq.translation.values import Source, Translation, join_sentences
from seq2seq.translation.windows import full_windows

T = TypeVar("T")

BATCH_TOKENS = 2048
"""Maximum number of source positions per decoding batch, for a beam of 1."""

_CHARACTERS_PER_TOKEN = 64
"""Number of characters per token that a source is cut to before it is tokenized.

In practice, no piece is longer. A line of several megabytes then costs no more than one that is
only just too long.
"""


@dataclass(frozen=True)
class _Encoded:
    """Tokenized source texts.

    Attributes:
        texts: The texts.
        ids: Ids of each text.
        rows: Ids of each text, cut to the maximum length.
        cut: True for each text that was cut.
    """

    texts: list[str]
    ids: list[list[int]]
    rows: RaggedIds
    cut: list[bool]


class Translator:
    """Translation model with its tokenizers and decoding settings.

    Example:
        >>> translator = Translator.from_pretrained("runs/sample_es_en")
        >>> print(translator.translate("casa de papel"))

    Attributes:
        model: The model, or an ensemble of models.
        tokenizers: Tokenizers of the model.
        decoding: Decoding settings.
        alignments: True if translations carry word alignments and attention weights.
        to: Target language of texts that do not name one.
        dtype: Precision of the decoder's weights.
        ranks: Processes that share the work.
    """

    def __init__(
        self,
        model: Seq2SeqModel | Ensemble,
        tokenizers: TokenizerPair,
        decoding: DecodingConfig,
        *,
        shortlist: Shortlist | None = None,
        alignments: bool = False,
        to: str = "",
        dtype: str = "fp32",
        ranks: Ranks = SINGLE_PROCESS,
    ) -> None:
        """Wrap a model that is in memory; `from_pretrained` loads one.

        Args:
            model: The model or ensemble, in eval mode.
            tokenizers: Tokenizers of the model.
            decoding: Decoding settings.
            shortlist: Likely target tokens of each source token; None scores all target tokens.
            alignments: If true, translations carry word alignments and attention weights.
            to: Target language of texts that do not name one.
            dtype: Precision of the decoder's weights, for reports.
            ranks: Processes that share the work. Each has its own translator and makes the same
                calls.

        Raises:
            ConfigError: The decoding settings cannot be combined.
        """
        self.model = model
        self.tokenizers = tokenizers
        self.alignments = alignments
        self.to = to
        self.dtype = dtype
        self.ranks = ranks
        self._decoder = BatchDecoder(model, tokenizers, shortlist)
        self._use(decoding)

    def _use(self, decoding: DecodingConfig) -> None:
        if decoding.split_sentences and decoding.nbest > 1:
            raise ConfigError("n-best lists cannot be combined with split_sentences")
        self.decoding = decoding
        self._strategy = make_strategy(decoding.model_dump())

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
            model: Model directory, or "owner/name" or "owner/name@revision" on the Hugging Face
                Hub. A sequence of them makes an ensemble. None selects a model that is shipped with
                the package: if `to` is given, one that translates into that language.
            options: Options for loading and translating; defaults if None.
            ranks: Processes that share the work.
            changes: Fields of TranslatorOptions to change in `options`, such as dtype="int8".

        Returns:
            The translator.

        Raises:
            CheckpointError: A file is missing or damaged; the message names it.
            ConfigError: An option is invalid, the device cannot decode in the dtype, or the models
                of an ensemble have different tokenizers.
            Seq2SeqError: No model is given, and none is shipped with the package for `to`.
        """
        options = replace(options or TranslatorOptions(), **changes)
        if model is None:
            model = default_model(options.to)
            options = replace(options, to="")
        names = [model] if isinstance(model, str | Path) else list(model)
        directories = [model_directory(name) for name in names]
        check_device(ranks.device(options.device), options.dtype)
        return cls.from_models(
            load_models(directories), directory=directories[0], options=options, ranks=ranks
        )

    @classmethod
    def from_models(
        cls,
        models: Sequence[LoadedModel],
        *,
        directory: Path,
        options: TranslatorOptions,
        ranks: Ranks = SINGLE_PROCESS,
    ) -> Translator:
        """Create a translator from loaded models, moving them to the device and quantizing them.

        Args:
            models: A single model, or the models of an ensemble; changed in place.
            directory: Directory of the first model, which holds its shortlist.
            options: Options for translating.
            ranks: Processes that share the work.

        Returns:
            The translator.

        Raises:
            CheckpointError: The shortlist is missing or damaged.
            ConfigError: An option is invalid.
        """
        first = models[0]
        tokenizers = first.tokenizers
        if options.to:
            tokenizers.tag(options.to)
        decoding = with_settings(first.config.decoding, options.decoding)
        attentive = any(one.config.model.attention != "none" for one in models)
        if (decoding.coverage_penalty or options.alignments) and not attentive:
            subject = "alignments need" if options.alignments else "coverage_penalty needs"
            raise ConfigError(f"{subject} a model with attention")
        shortlist = None
        if options.shortlist:
            shortlist = Shortlist.load(
                directory / SHORTLIST,
                tokenizers.source_size,
                tokenizers.target.vocab_size,
                tokenizers.fingerprint(),
            )
        device = ranks.device(options.device)
        dtype = prepare_for_decoding(models, device=device, dtype=options.dtype)
        return cls(
            first.model if len(models) == 1 else Ensemble([one.model for one in models]),
            tokenizers,
            decoding,
            shortlist=shortlist,
            alignments=options.alignments,
            to=options.to,
            dtype=dtype,
            ranks=ranks,
        )

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

    def translate(self, text: str | Source, **decoding: object) -> Translation:
        """Translate one text.

        Args:
            text: The text, or a Source with constraints.
            decoding: Decoding settings for this call, such as beam=10 and nbest=3.

        Returns:
            The translation; `str()` returns its best text.

        Raises:
            ConfigError: A decoding setting is invalid, a constraint cannot be met with these
                settings, or the target language is missing or unknown.
        """
        return self.translate_all([text], **decoding)[0]

    def translate_all(self, texts: Sequence[str | Source], **decoding: object) -> list[Translation]:
        """Translate several texts at once.

        Args:
            texts: The texts, or Sources with constraints.
            decoding: Decoding settings for this call.

        Returns:
            The translations, in the order of the texts.

        Raises:
            ConfigError: As for `translate`.
        """
        translator = self.with_decoding(**decoding) if decoding else self
        return list(translator._window(list(texts)))

    def stream(self, texts: Iterable[str | Source], **decoding: object) -> Iterator[Translation]:
        """Translate any number of texts, with at most one window of them in memory.

        The first windows are small, so the first translations come soon.

        Args:
            texts: The texts, or Sources with constraints; read as needed.
            decoding: Decoding settings for this call.

        Returns:
            The translations, in the order of the texts.

        Raises:
            ConfigError: As for `translate`.
        """
        translator = self.with_decoding(**decoding) if decoding else self
        return translator.stream_windows(full_windows(texts))

    def stream_windows(self, windows: Iterable[Sequence[str | Source]]) -> Iterator[Translation]:
        """Translate texts that come in groups, each group before the next is read.

        Args:
            windows: Groups of texts, or of Sources with constraints.

        Returns:
            The translations, in the order of the texts.

        Raises:
            ConfigError: As for `translate`.
        """
        return (translation for window in windows for translation in self._window(window))

    def score(self, sources: Sequence[str], translations: Sequence[str]) -> list[float]:
        """Score given translations.

        Args:
            sources: The source texts. A source that is too long is cut.
            translations: One translation per source, as text; the tokenizer segments it.

        Returns:
            Log-probability of each translation, in nats; 0 for a blank source, which has no
            translation.

        Raises:
            ConfigError: The target language is missing or unknown.
        """
        targets = [[*ids, EOS] for ids in self.tokenizers.target.encode(translations)]
        encoded = self._encode([Source(source) for source in sources])
        batches = decoding_batches(encoded.rows.lengths.tolist(), BATCH_TOKENS)

        def scored(rows: list[int]) -> dict[int, float]:
            if not encoded.rows.lengths[rows[0]]:
                return dict.fromkeys(rows, 0.0)
            scores = self._decoder.score(encoded.rows, rows, [targets[row] for row in rows])
            return dict(zip(rows, scores, strict=True))

        return list(self._in_order(list(batches), scored))

    @property
    def max_source_characters(self) -> int:
        """Number of characters that a longer text is cut to before it is tokenized.

        This is far more than `max_source_length` subwords have.
        """
        return self.decoding.max_source_length * _CHARACTERS_PER_TOKEN

    def _window(self, window: Sequence[str | Source]) -> Iterator[Translation]:
        """Translate the texts of a window, sentence by sentence if `split_sentences` is set."""
        items = [Source(item) if isinstance(item, str) else item for item in window]
        if not self.decoding.split_sentences:
            yield from self._translated(items)
            return
        if any(item.terms for item in items):
            raise ConfigError(
                "terms cannot be combined with split_sentences: it is unknown which sentence a "
                "term belongs to"
            )
        split = [split_sentences(item.text) for item in items]
        sentences = [
            Source(sentence, "" if place else item.prefix, to=item.to)
            for item, parts in zip(items, split, strict=True)
            for place, (sentence, _) in enumerate(parts)
        ]
        found = self._translated(sentences)
        for item, parts in zip(items, split, strict=True):
            translations = list(itertools.islice(found, len(parts)))
            yield join_sentences(item.text, translations, [space for _, space in parts])

    def _translated(self, items: list[Source]) -> Iterator[Translation]:
        """Translate texts in batches; yield each translation once all before it are finished."""
        constraints = Constraints.of(items, self.decoding, self.tokenizers.target)
        encoded = self._encode(items)
        positions = BATCH_TOKENS // max(1, self._strategy.width // 2)
        by_length = decoding_batches(encoded.rows.lengths.tolist(), positions)
        batches = [part for batch in by_length for part in _by_terms(batch, constraints.terms)]
        lists = NBestLists(
            self.tokenizers,
            max_source_length=self.decoding.max_source_length,
            alignments=self.alignments,
            mbr=self.decoding.mbr > 0,
            sampled=self._strategy.is_random,
        )
        replaces_words = self.tokenizers.target.surface_words("") is not None

        def translated(rows: list[int]) -> dict[int, Translation]:
            if not encoded.rows.lengths[
                rows[0]
            ]:  # blank texts have batches of their own and need no model
                return {row: Translation(encoded.texts[row], ()) for row in rows}
            found = self._decoder.search(
                encoded.rows,
                rows,
                constraints.select(rows),
                decoding=self.decoding,
                strategy=self._strategy,
                attention=self.alignments or replaces_words,
            )
            return {row: translation(row, each) for row, each in zip(rows, found, strict=True)}

        def translation(row: int, hypotheses: list[Hypothesis]) -> Translation:
            alternatives = lists.of(hypotheses, encoded.texts[row], encoded.ids[row])
            best = tuple(alternatives[: self.decoding.nbest])
            return Translation(encoded.texts[row], best, encoded.cut[row])

        return self._in_order(batches, translated)

    def _encode(self, items: list[Source]) -> _Encoded:
        """Tokenize sources, and cut those that are too long."""
        texts = [item.text for item in items]
        reach = self.max_source_characters
        languages = [item.to or self.to for item in items]
        ids = self.tokenizers.encode_sources([text[:reach] for text in texts], to=languages)
        longest = self.decoding.max_source_length + self.tokenizers.tags
        return _Encoded(
            texts,
            ids,
            RaggedIds([row[:longest] for row in ids]),
            [len(text) > reach or len(row) > longest for text, row in zip(texts, ids, strict=True)],
        )

    def _in_order(
        self, batches: list[list[int]], work: Callable[[list[int]], dict[int, T]]
    ) -> Iterator[T]:
        """Divide batches among the ranks; yield the results in the order of the rows."""
        done: dict[int, T] = {}
        following = 0
        for some in self.ranks.gather(map(work, self.ranks.shard(batches))):
            done.update(some)
            while following in done:
                yield done.pop(following)
                following += 1


def _by_terms(batch: list[int], terms: list[list[list[int]]]) -> list[list[int]]:
    """Split a batch into rows without and with terms, which need different searches."""
    without = [row for row in batch if not terms[row]]
    with_terms = [row for row in batch if terms[row]]
    return [part for part in (without, with_terms) if part]
