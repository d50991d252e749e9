"""Translator: text in, translation out.

It sorts texts into batches by length, restores their order and streams. The translation of a text
does not depend on what else is translated with it.
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
from seq2seq.decoding.search import (
    Hypothesis,
)
from seq2seq.decoding.strategies import make_strategy
from seq2seq.errors import ConfigError
from seq2seq.model_directory.hub import model_directory
from seq2seq.model_directory.names import SHORTLIST
from seq2seq.model_directory.shipped_models import default_model
from seq2seq.model_directory.store import LoadedModel
from seq2seq.models.ensemble import Ensemble
from seq2seq.models.model import Seq2SeqModel
from seq2seq.runtime.ranks import SINGLE_PROCESS, Ranks
from seq2seq.translation.batch_decoder import BatchDecoder, decoding_batches
from seq2seq.translation.constraints import Constraints
from seq2seq.translation.load_models import check_device, load_models, prepare_for_decoding
from seq2seq.translation.nbest_list import NBestLists
from seq2seq.translation.options import TranslatorOptions
from seq2seq.translation.split_sentences import split_sentences
from seq2seq.translation.values import Source, Translation, join_sentences
from seq2seq.translation.windows import full_windows

T = TypeVar("T")

BATCH_TOKENS = 2048
"""Source positions of a decoding batch, at beam 1."""

_CHARACTERS_PER_TOKEN = 64
"""Characters per token that a source may have before it is tokenized.

No piece is longer in practice, and a line of megabytes costs no more than one just too long.
"""


@dataclass(frozen=True)
class _Encoded:
    """Source texts as ids.

    Attributes:
        texts: The texts.
        ids: Their ids, uncut.
        rows: Their ids, cut to the maximum length.
        cut: Which of them were cut.
    """

    texts: list[str]
    ids: list[list[int]]
    rows: RaggedIds
    cut: list[bool]


class Translator:
    """A model with its tokenizers, ready to translate.

    Example:
        >>> translator = Translator.from_pretrained("runs/sample_es_en")
        >>> print(translator.translate("casa de papel"))

    Attributes:
        model: The model, or an ensemble of models.
        tokenizers: Its tokenizers.
        decoding: The decoding settings.
        dtype: Precision of the decoder's weights.
        ranks: The processes that share the work.
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
            tokenizers: Its tokenizers.
            decoding: Decoding settings.
            shortlist: Likely target tokens of each source token, to score only those.
            alignments: If true, translations carry word alignments and attention weights.
            to: Target language of texts that name none.
            dtype: Precision of the decoder's weights, for reports.
            ranks: The processes that share the work; each has such a translator and is asked the
                same.

        Raises:
            ConfigError: The decoding settings cannot work together.
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
                Hub; a sequence of them is an ensemble. None is a model that comes with the package,
                the one into the language `to` if that is given.
            options: How to load it and how it translates.
            ranks: The processes that share the work.
            changes: Fields of TranslatorOptions to change in `options`, such as dtype="int8".

        Returns:
            The translator.

        Raises:
            CheckpointError: A file is missing or damaged; the message names it.
            ConfigError: An option is wrong, or the device cannot do what is asked.
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
        """Make a translator of loaded models, which it moves to the device and quantizes.

        Args:
            models: The models of an ensemble, or a single one.
            directory: Directory of the first one, where a shortlist is looked for.
            options: How they translate.
            ranks: The processes that share the work.

        Returns:
            The translator.

        Raises:
            CheckpointError: The shortlist is missing or damaged.
            ConfigError: An option is wrong.
        """
        first = models[0]
        tokenizers = first.tokenizers
        if options.to:
            tokenizers.tag(options.to)
        decoding = with_settings(first.config.decoding, options.decoding)
        attentive = any(one.config.model.attention != "none" for one in models)
        if (decoding.coverage_penalty or options.alignments) and not attentive:
            what = "alignments need" if options.alignments else "coverage_penalty needs"
            raise ConfigError(f"{what} a model with attention")
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
        """Return a translator of the same model with other decoding settings.

        Args:
            changes: New values of settings of the section `decoding`, such as beam=1.

        Returns:
            A translator that shares the model with this one.

        Raises:
            ConfigError: A setting is unknown or its value is wrong.
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
            The translation; `str()` of it is its best text.

        Raises:
            ConfigError: A setting or a constraint is impossible.
        """
        return self.translate_all([text], **decoding)[0]

    def translate_all(self, texts: Sequence[str | Source], **decoding: object) -> list[Translation]:
        """Translate several texts at once.

        Args:
            texts: The texts.
            decoding: Decoding settings for this call.

        Returns:
            Their translations, in order.

        Raises:
            ConfigError: A setting or a constraint is impossible.
        """
        translator = self.with_decoding(**decoding) if decoding else self
        return list(translator._window(list(texts)))

    def stream(self, texts: Iterable[str | Source], **decoding: object) -> Iterator[Translation]:
        """Translate any number of texts, holding no more than a window of them in memory.

        The first windows are small, so that the first translations come soon.

        Args:
            texts: The texts, which are read as they are needed.
            decoding: Decoding settings for this call.

        Returns:
            Their translations, in order.

        Raises:
            ConfigError: A setting or a constraint is impossible.
        """
        translator = self.with_decoding(**decoding) if decoding else self
        return translator.stream_windows(full_windows(texts))

    def stream_windows(self, windows: Iterable[Sequence[str | Source]]) -> Iterator[Translation]:
        """Translate texts that come in groups, each group before the next is read.

        Args:
            windows: Groups of texts.

        Returns:
            Their translations, in order.
        """
        return (translation for window in windows for translation in self._window(window))

    def score(self, sources: Sequence[str], translations: Sequence[str]) -> list[float]:
        """Score given translations.

        Args:
            sources: The source texts. What is cut of a source that is too long does not count.
            translations: A translation of each, segmented as the tokenizer does.

        Returns:
            The log-probability of each translation, in nats; 0 for a blank source, which has no
            translation.
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

        It is far more than `max_source_length` subwords.
        """
        return self.decoding.max_source_length * _CHARACTERS_PER_TOKEN

    def _window(self, window: Sequence[str | Source]) -> Iterator[Translation]:
        """Translate the texts of a window, sentence by sentence if that is asked for."""
        items = [Source(item) if isinstance(item, str) else item for item in window]
        if not self.decoding.split_sentences:
            yield from self._translated(items)
            return
        if any(item.terms for item in items):
            raise ConfigError(
                "terms cannot be combined with split_sentences: it is not known to which sentence "
                "one belongs"
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
        """Translate texts in batches; yield each as soon as all before it are done."""
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
            if not encoded.rows.lengths[rows[0]]:  # blank texts sort first and need no model
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
        """Tokenize sources and cut those that are too long."""
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
        """Do the work of all batches on all ranks; yield the results in the order of the rows."""
        done: dict[int, T] = {}
        following = 0
        for some in self.ranks.gather(map(work, self.ranks.shard(batches))):
            done.update(some)
            while following in done:
                yield done.pop(following)
                following += 1


def _by_terms(batch: list[int], terms: list[list[list[int]]]) -> list[list[int]]:
    """Split a batch into rows without and with terms, which are searched for in different ways."""
    without = [row for row in batch if not terms[row]]
    with_terms = [row for row in batch if terms[row]]
    return [part for part in (without, with_terms) if part]
