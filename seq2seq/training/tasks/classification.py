"""Task `classification`: texts with labels, by an encoder and a pooling of its states."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from torch import Tensor, nn

from seq2seq.classification.predict import encode_texts, labels_of, predict
from seq2seq.config.config import Config
from seq2seq.config.task_settings import CLASSIFICATION
from seq2seq.data.batches.batch import Batch
from seq2seq.data.batches.labelled import LabelledText, LabelStream
from seq2seq.data.corpus.corpus import Corpus
from seq2seq.data.corpus.directions import Direction, dev_pairs, training_pairs
from seq2seq.data.tokenizers.known_tokenizers import TOKENIZERS
from seq2seq.data.tokenizers.pair import TokenizerPair
from seq2seq.data.tokenizers.vocabulary import SPECIAL_TOKENS, Vocabulary
from seq2seq.data.tokenizers.words import WordTokenizer
from seq2seq.errors import DataError
from seq2seq.metrics.label_scores import label_scores
from seq2seq.models.classifier import ClassifierNetwork, build_classifier
from seq2seq.runtime.ranks import Ranks
from seq2seq.text_steps.steps import TextSteps
from seq2seq.training.checkpoints import TrainingState
from seq2seq.training.load_text import frequent_symbols, save_settings
from seq2seq.training.model_card import classifier_card
from seq2seq.training.outcome import Measure, Validation
from seq2seq.training.tasks.contract import TASKS, PreparedText, Task
from seq2seq.training.warm_start import load_tokenizers

log = logging.getLogger("seq2seq.training")

MAX_LABELS = 10_000
"""Maximum number of labels. More are a sign that the columns are the wrong way round."""


@dataclass(frozen=True)
class LabelledTexts:
    """Tokenizers, and the dev and training texts with their labels."""

    tokenizers: TokenizerPair
    dev: Corpus
    train: Corpus


class ClassificationTask(Task):
    """Task of a classifier; dev text is a corpus whose targets are labels."""

    measure = Measure("dev_accuracy", "accuracy")

    def read(self, config: Config, *, output: Path, write: bool) -> LabelledTexts:
        train = training_pairs(config.data, Direction())
        dev = dev_pairs(config.data, Direction())
        tokenizers = save_settings(
            config, output=output, write=write, train=lambda: _tokenizers(config, train)
        )
        return LabelledTexts(tokenizers, dev, train)

    def prepare(self, config: Config, content: LabelledTexts, ranks: Ranks) -> PreparedText:
        data = config.data
        tokenizers = content.tokenizers
        ids = encode_texts(tokenizers, content.train.sources(), data.max_tokens)
        labels = _label_ids(tokenizers, content.train)
        _label_ids(tokenizers, content.dev)
        stream = LabelStream(
            LabelledText(ids, labels, seed=config.training.seed),
            batch_tokens=config.training.batch_tokens,
            batch_sentences=config.training.batch_sentences,
            ranks=ranks,
        )
        description = (
            f"{stream.text.description} of {len(labels_of(tokenizers)):,} labels, "
            f"{len(content.dev):,} dev texts"
        )
        return PreparedText(tokenizers, content.dev, stream, ranks, description)

    def network(self, config: Config, text: PreparedText) -> ClassifierNetwork:
        labels = len(labels_of(text.tokenizers))
        return build_classifier(config.model, text.tokenizers.source_size, labels)

    def objective(self, config: Config, network: nn.Module) -> LabelObjective:
        return LabelObjective(cast(ClassifierNetwork, network), config.training.label_smoothing)

    def validator(self, config: Config, network: nn.Module, text: PreparedText) -> LabelValidator:
        return LabelValidator(cast(ClassifierNetwork, network), config, text)

    def card(
        self, config: Config, state: TrainingState, signature: str, *, started_from: str
    ) -> str:
        return classifier_card(config, state, started_from=started_from)


TASKS.register(CLASSIFICATION)(ClassificationTask())


class LabelObjective(nn.Module):
    """Summed loss of a batch as a forward pass, which lets Accelerate's wrappers see the weights.

    Args:
        model: The network.
        label_smoothing: Probability that is spread over all labels.
    """

    def __init__(self, model: ClassifierNetwork, label_smoothing: float) -> None:
        super().__init__()
        self.model = model
        self.label_smoothing = label_smoothing

    def forward(self, batch: Batch, teacher_forcing: float) -> Tensor:
        """Return the summed loss of a batch, whose targets are labels."""
        labels = batch.target_outputs[:, 0] - len(SPECIAL_TOKENS)
        return self.model.loss(batch.source, batch.source_lengths, labels, self.label_smoothing)


class LabelValidator:
    """Validation by the accuracy of the labels of the dev texts, computed by the main process.

    Args:
        network: The network to score.
        config: Settings of the run.
        text: Text of the run.

    Attributes:
        signature: How the score was computed: always "".
        samples: (text, label, predicted label) of sample texts of the last validation.
    """

    def __init__(self, network: ClassifierNetwork, config: Config, text: PreparedText) -> None:
        dev: Corpus = text.dev
        self.signature = ""
        self.samples: list[tuple[str, str, str]] = []
        self._network = network
        self._ranks = text.ranks
        self._labels = labels_of(text.tokenizers)
        self._ids = encode_texts(text.tokenizers, dev.sources(), config.data.max_tokens)
        self._truth = [label - len(SPECIAL_TOKENS) for label in _label_ids(text.tokenizers, dev)]
        self._shown = list(zip(dev.sources(), dev.targets(), strict=True))[:5]

    def __call__(self) -> Validation:
        """Score the current weights."""
        return self._ranks.broadcast_result(self._score)

    def _score(self) -> Validation:
        probabilities = predict(self._network, self._ids).probabilities
        found = label_scores(self._labels, self._truth, probabilities)
        chosen = [self._labels[row] for row in probabilities.argmax(1).tolist()]
        self.samples = [(*pair, label) for pair, label in zip(self._shown, chosen, strict=False)]
        metrics = {
            "dev_accuracy": found.accuracy,
            "dev_macro_f1": found.macro_f1,
            "dev_calibration_error": found.calibration_error,
            "dev_loss": found.loss,
        }
        return Validation(found.accuracy, metrics)


def _tokenizers(config: Config, train: Corpus) -> TokenizerPair:
    """Load the tokenizers of the model to start from, or train one and collect the labels."""
    if (loaded := load_tokenizers(config)) is not None:
        return loaded
    settings = config.tokenizer
    counts = Counter(label.strip() for label in train.targets())
    if not 2 <= len(counts) <= MAX_LABELS:
        raise DataError(
            f"{train.name}: its labels have {len(counts):,} different values, where 2 to "
            f"{MAX_LABELS:,} are needed; name the columns of the text and of the label with "
            "data.source and data.target"
        )
    log.info("training the %s tokenizer", settings.type)
    steps = TextSteps(**config.text.model_dump())
    prepared = [steps.target(text) for text in train.sources()]
    texts = TOKENIZERS[settings.type].train(
        prepared,
        settings,
        seed=config.training.seed,
        symbols=frequent_symbols(steps.symbols, prepared),
    )
    labels = WordTokenizer(Vocabulary(sorted(counts)))
    return TokenizerPair(texts, labels, steps=steps)


def _label_ids(tokenizers: TokenizerPair, corpus: Corpus) -> list[int]:
    """Return the id of each label.

    Raises:
        DataError: A label does not occur in the training text.
    """
    ids = {label: len(SPECIAL_TOKENS) + place for place, label in enumerate(labels_of(tokenizers))}
    found = []
    for label in map(str.strip, corpus.targets()):
        if label not in ids:
            raise DataError(f"{corpus.name}: the label {label[:80]!r} is not in the training text")
        found.append(ids[label])
    return found
