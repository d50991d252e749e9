"""Evaluation of a model directory on a test set: translate it, time it, and have all of it
examine."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

from seq2seq.config.config import Config
from seq2seq.data.corpus.corpus import Corpus, is_local, read_places
from seq2seq.data.corpus.lines import open_binary, read_lines
from seq2seq.errors import DataError
from seq2seq.evaluation.examine import SystemOutput, TestSet, examine
from seq2seq.evaluation.gradients import gradient_flows
from seq2seq.metrics.groups import count_words
from seq2seq.model_directory.hub import model_directory
from seq2seq.model_directory.store import load_config
from seq2seq.reports.evaluation_report import EvaluationReport
from seq2seq.reports.findings import GradientFlow, Reading
from seq2seq.runtime.progress import track
from seq2seq.runtime.ranks import SINGLE_PROCESS, Ranks
from seq2seq.translation.translator import Translator
from seq2seq.translation.values import Source, Translation


def evaluate(
    model: str | Path | Sequence[str | Path],
    data: str,
    *,
    source: str | None = None,
    target: str | None = None,
    hub_config: str | None = None,
    split: str | None = None,
    by: str | None = None,
    baseline: str | Path | None = None,
    beam: int | None = None,
    nbest: int = 1,
    length_penalty: float | None = None,
    lowercase: bool = False,
    tokenize: str | None = None,
    device: str = "cpu",
    dtype: str = "auto",
    shortlist: bool = False,
    settings: Sequence[str] = (),
    to: str = "",
    ranks: Ranks = SINGLE_PROCESS,
) -> EvaluationReport:
    """Translate the sources of `data`, score them against all its references, and look for where
    they fail.

    `beam` and `length_penalty` are the model's own unless given; `model`, `dtype`, `shortlist` and
    `settings` are as for `Translator.from_pretrained`; `data`, `source`, `target`, `hub_config` and
    `split` are as for `Corpus.load`, but a Hub dataset must be given its split. `by` is a further
    column, whose values part the set into groups; then the target column alone is the reference.
    `baseline` is what to compare with: a model directory, which decodes as its own configuration
    says, or a file of translations, a line for each sentence. `nbest` translations of each sentence
    are kept. Raises CheckpointError, DataError or ConfigError.

    A model of several languages is told by `to` into which; that is `target` unless given.
    `tokenize` is the model's own data.bleu_tokenizer unless given. Several `ranks`, each calling
    this, share the sentences; the first scores, and all return its report."""
    if split is None and not is_local(data):
        raise DataError(
            f"{data}: name the split of the Hub dataset to evaluate on, such as --split test"
        )
    read = partial(Corpus.load, data, source=source, config=hub_config, split=split)
    corpus = read(target=target, references=by is None, name=data)
    names = [model] if isinstance(model, str | Path) else list(model)
    configs = [load_config(model_directory(name)) for name in names]
    attentive = (
        any(config.model.attention != "none" for config in configs)
        and not configs[0].decoding.split_sentences
    )
    translator = Translator.from_pretrained(
        model, device, dtype, shortlist, settings, attentive, ranks=ranks
    )
    if length_penalty is not None:
        translator.decoding = translator.decoding.model_copy(
            update={"length_penalty": length_penalty}
        )
    language = to or (target or "" if translator.tokenizers.languages else "")
    made = _translated(translator, corpus.sources(), language, beam, nbest)
    other = None if baseline is None else _baseline(Path(baseline), corpus, language, device, ranks)

    return ranks.broadcast_result(
        lambda: examine(
            " + ".join(map(str, names)),
            _test_set(
                corpus,
                configs[0],
                source,
                target,
                None if by is None else (by, read(target=by).targets()),
            ),
            made.output(nbest),
            _decoding(translator, beam, shortlist, language, settings),
            baseline=None if other is None else (str(baseline), other),
            gradients=_gradients(names, corpus, language),
            lowercase=lowercase,
            tokenize=configs[0].data.bleu_tokenizer if tokenize is None else tokenize,
        )
    )


def _gradients(models: Sequence[str | Path], corpus: Corpus, to: str) -> list[GradientFlow]:
    """How far back gradients reach in a model; an ensemble's are its models' own."""
    if len(models) > 1:
        return []
    return gradient_flows(model_directory(models[0]), corpus.sources(), corpus.targets(), to)


def _test_set(
    corpus: Corpus,
    config: Config,
    source: str | None,
    target: str | None,
    column: tuple[str, list[str]] | None,
) -> TestSet:
    """The corpus with what is known of its words, and perhaps a further column's name and
    values."""
    seen, notes = _words_of_training(config, source, target)
    by, values = column or ("", None)
    return TestSet(corpus.name, corpus.sources(), corpus.references(), seen, values, by, notes)


def _decoding(
    translator: Translator, beam: int | None, shortlist: bool, to: str, settings: Sequence[str]
) -> dict[str, str | int | float]:
    """What the report says of how it was decoded."""
    return {
        "beam": translator.decoding.beam if beam is None else beam,
        "length_penalty": translator.decoding.length_penalty,
        "dtype": translator.dtype,
        "shortlist": "yes" if shortlist else "no",
        **({"to": to} if to else {}),
        **({"settings": ", ".join(settings)} if settings else {}),
    }


@dataclass(frozen=True)
class _Timed:
    """Translations, and the seconds that they took."""

    translations: list[Translation]
    seconds: float

    def output(self, nbest: int) -> SystemOutput:
        """For the examination."""
        bests = [one.alternatives[0] if one.alternatives else None for one in self.translations]
        read = [
            None if best is None or best.attention is None else best.attention for best in bests
        ]
        several = [
            [(other.text, other.score) for other in one.alternatives] for one in self.translations
        ]
        return SystemOutput(
            hypotheses=[one.text for one in self.translations],
            seconds=self.seconds,
            alternatives=several if nbest > 1 else (),
            readings=[
                None if one is None else Reading(one.source, one.target, one.weights)
                for one in read
            ],
        )


def _translated(
    translator: Translator, sources: Sequence[str], to: str, beam: int | None, nbest: int = 1
) -> _Timed:
    """Translate all sources, with a progress bar on the first rank."""
    translator.tokenizers.tag(to)
    began = time.perf_counter()
    found = translator.stream((Source(text, to=to) for text in sources), beam, nbest)
    if translator.ranks.is_main:
        found = track(found, "translating", len(sources))
    return _Timed(list(found), time.perf_counter() - began)


def _baseline(place: Path, corpus: Corpus, to: str, device: str, ranks: Ranks) -> list[str]:
    """The translations to compare with: the lines of a file, or a model's."""
    if place.is_file():
        with open_binary(str(place)) as file:
            lines = [line.text for line in islice(read_lines(file), len(corpus) + 1)]
        if len(lines) != len(corpus):
            there = f"{len(lines):,}" if len(lines) < len(corpus) else f"more than {len(corpus):,}"
            raise DataError(
                f"{place}: {there} lines, for the {len(corpus):,} sentences of {corpus.name}"
            )
        return lines
    translator = Translator.from_pretrained(place, device, ranks=ranks)
    return _translated(translator, corpus.sources(), to, None).output(1).hypotheses  # type: ignore[return-value]


def _words_of_training(
    config: Config, source: str | None, target: str | None
) -> tuple[Counter[str], list[str]]:
    """How often the training text has each source word, in as many pairs as a tokenizer learns
    from; or why not known.

    The training text need not be where the model is: then what needs it is left out of the report.
    """
    data, words, pairs = config.data, Counter[str](), 0
    if not all(map(is_local, [data.train] if isinstance(data.train, str) else data.train)):
        return words, ["scores by rare words: the training text is not in local files"]
    columns = (source, target) if data.directions else (data.source, data.target)
    try:
        for table in read_places(data.train, *columns):
            words.update(count_words(table["source"].to_pylist()))
            pairs += len(table)
            if pairs >= min(data.sample_pairs, data.train_pairs or data.sample_pairs):
                break
    except DataError as error:
        return Counter(), [f"scores by rare words, as the training text cannot be read: {error}"]
    return words, []
