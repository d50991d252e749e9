"""Task `language-model`: text, cut into streams, whose next token is predicted."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import cast

from torch import Tensor, nn

from seq2seq.config.config import Config
from seq2seq.config.task_settings import LANGUAGE_MODEL
from seq2seq.data.batches.windows import LineText, Window, WindowStream
from seq2seq.data.corpus.single_texts import dev_texts, training_texts
from seq2seq.data.tokenizers.pair import TokenizerPair
from seq2seq.errors import ConfigError, DataError
from seq2seq.language_model.perplexity import encode_lines, perplexity
from seq2seq.models.language_model import LanguageModelNetwork, build_language_model
from seq2seq.runtime.ranks import Ranks
from seq2seq.training.checkpoints import TrainingState
from seq2seq.training.load_text import save_settings, text_tokenizers
from seq2seq.training.model_card import language_model_card
from seq2seq.training.outcome import Measure, Validation
from seq2seq.training.tasks.contract import TASKS, PreparedText, Task


@dataclass(frozen=True)
class TextOfRun:
    """Tokenizers, and the lines of the dev and the training text."""

    tokenizers: TokenizerPair
    dev: list[str]
    train: list[str]


class LanguageModelTask(Task):
    """Task of a language model; dev text is a list of lines."""

    measure = Measure("dev_perplexity_word", "perplexity", lower_is_better=True)

    def check(self, config: Config, ranks: Ranks) -> None:
        if ranks.world_size > 1:
            raise ConfigError("task language-model trains in one process: leave out the launcher")

    def read(self, config: Config, *, output: Path, write: bool) -> TextOfRun:
        train = training_texts(config.data)
        dev = dev_texts(config.data)
        tokenizers = save_settings(
            config, output=output, write=write, train=lambda: text_tokenizers(config, train)
        )
        return TextOfRun(tokenizers, dev, train)

    def prepare(self, config: Config, content: TextOfRun, ranks: Ranks) -> PreparedText:
        training = config.training
        lines = encode_lines(content.tokenizers, content.train)
        text = LineText(lines, seed=training.seed, shuffle=config.data.shuffle_lines)
        width = training.truncate_after
        if width is None and text.tokens > training.batch_tokens:
            raise DataError(
                f"the training text has {text.tokens:,} tokens, and without truncation all of them "
                f"are one batch: raise training.batch_tokens above {training.batch_tokens:,}, or "
                "set training.truncate_after"
            )
        rows = 1 if width is None else max(1, training.batch_tokens // width)
        stream = WindowStream(text, streams=training.batch_sentences or rows, width=width)
        description = f"{text.description}, {len(content.dev):,} dev lines"
        return PreparedText(content.tokenizers, content.dev, stream, ranks, description)

    def network(self, config: Config, text: PreparedText) -> LanguageModelNetwork:
        return build_language_model(config.model, text.tokenizers.target_size)

    def objective(self, config: Config, network: nn.Module) -> StreamObjective:
        return StreamObjective(cast(LanguageModelNetwork, network), config.training.label_smoothing)

    def validator(
        self, config: Config, network: nn.Module, text: PreparedText
    ) -> PerplexityValidator:
        return PerplexityValidator(cast(LanguageModelNetwork, network), text)

    def card(
        self, config: Config, state: TrainingState, signature: str, *, started_from: str
    ) -> str:
        return language_model_card(config, state, started_from=started_from)


TASKS.register(LANGUAGE_MODEL)(LanguageModelTask())


class StreamObjective(nn.Module):
    """Summed loss of a window as a forward pass, which lets Accelerate's wrappers see the weights.

    Args:
        model: The network.
        label_smoothing: Probability that is spread over the whole vocabulary.
    """

    def __init__(self, model: LanguageModelNetwork, label_smoothing: float) -> None:
        super().__init__()
        self.model = model
        self.label_smoothing = label_smoothing

    def forward(self, batch: Window, teacher_forcing: float) -> Tensor:
        """Return the summed loss of a window; all its inputs are tokens of the text."""
        return self.model.loss(batch, self.label_smoothing)


class PerplexityValidator:
    """Validation by the perplexity per word of the dev text.

    Args:
        network: The network to score.
        text: Text of the run.

    Attributes:
        signature: How the score was computed: always "".
        samples: Samples for trackers: always none.
    """

    def __init__(self, network: LanguageModelNetwork, text: PreparedText) -> None:
        self.signature = ""
        self.samples: list[tuple[str, str, str]] = []
        self._network = network
        self._text = text

    def __call__(self) -> Validation:
        """Score the current weights."""
        found = perplexity(self._network, self._text.tokenizers, self._text.dev)
        metrics = {
            "dev_perplexity_word": found.per_word,
            "dev_perplexity_character": found.per_character,
            "dev_perplexity": found.per_token,
        }
        return Validation(-found.per_word, metrics)
