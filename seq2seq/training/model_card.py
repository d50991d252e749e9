"""Model card: the README.md saved beside the weights of a model."""

from __future__ import annotations

from seq2seq.config.config import Config
from seq2seq.config.settings import DataConfig, ModelConfig, TokenizerConfig
from seq2seq.data.corpus.directions import target_languages
from seq2seq.model_directory.front_matter import one_line
from seq2seq.model_directory.run_metadata import run_front_matter
from seq2seq.training.checkpoints import TrainingState
from seq2seq.version import __version__


def model_card(
    config: Config, state: TrainingState, signature: str, *, started_from: str = ""
) -> str:
    """Return the model card, with languages, data, dev BLEU, network, tokenizer and training.

    Args:
        config: Settings of the run.
        state: Progress of the run, with the best scores.
        signature: sacreBLEU's signature of the scores.
        started_from: Section about the model that the training started from.
    """
    training = f"{state.step:,} steps in {state.seconds:,.0f} s, {state.precision}"
    targets = target_languages(config.data)
    to = f" --to {targets[0]}" if targets else ""
    header = run_front_matter(config, metrics=["bleu"] if state.best else [])
    return f"""{header}# {one_line(_languages(config.data))}

A recurrent neural translation model, trained with seq2seq {__version__}.

| | |
|---|---|
| training data | {_cell(config.data.train)} |
| dev data | {_cell(config.data.dev)} |
| dev BLEU | {_score(state, signature)} |
| network | {_network(config.model)} |
| tokenizer | {_tokenizer(config.tokenizer)} |
| training | {training}, seed {config.training.seed} |

All settings are in config.yaml.

    pip install seq2seq-translate
    translate --model THIS_DIRECTORY{to} "…"
{started_from}"""


def language_model_card(config: Config, state: TrainingState, *, started_from: str = "") -> str:
    """Return the model card of a language model, with data, perplexity, network and training.

    Args:
        config: Settings of the run.
        state: Progress of the run, with the best scores.
        started_from: Section about the model that the training started from.
    """
    model = config.model
    network = f"{model.cell} cells of {model.hidden_size} units, layers: {model.decoder_layers}"
    best = "not yet measured"
    if state.best:
        score, step = state.best[0]
        best = f"{-score:.2f} at step {step:,}"
    return (
        _card(
            config,
            state,
            metric="perplexity",
            title=f"Language model of {one_line(config.data.source_language or 'a text')}",
            summary="A recurrent language model",
            best=("dev perplexity per word", best),
            network=network,
            command='seq2seq complete --model THIS_DIRECTORY "…"',
        )
        + started_from
    )


def classifier_card(config: Config, state: TrainingState, *, started_from: str = "") -> str:
    """Return the model card of a classifier, with data, accuracy, network and training.

    Args:
        config: Settings of the run.
        state: Progress of the run, with the best scores.
        started_from: Section about the model that the training started from.
    """
    model = config.model
    best = "not yet measured"
    if state.best:
        score, step = state.best[0]
        best = f"{score:.2f} % at step {step:,}"
    network = (
        f"{model.cell} cells of {model.hidden_size} units, encoder layers: "
        f"{model.encoder_layers}, pooling: {model.pooling}"
    )
    return (
        _card(
            config,
            state,
            metric="accuracy",
            title="Classifier of texts",
            summary="A recurrent classifier",
            best=("dev accuracy", best),
            network=network,
            command='seq2seq classify --model THIS_DIRECTORY "…"',
        )
        + started_from
    )


def describer_card(
    config: Config, state: TrainingState, signature: str, *, started_from: str = ""
) -> str:
    """Return the model card of a describer, with data, chrF2, network and training.

    Args:
        config: Settings of the run.
        state: Progress of the run, with the best scores.
        signature: sacreBLEU's signature of the scores.
        started_from: Section about the model that the training started from.
    """
    model = config.model
    layers = ", ".join(map(str, model.vector_layers)) or "none"
    network = (
        f"{model.cell} cells of {model.hidden_size} units, decoder layers: "
        f"{model.decoder_layers}, hidden layers of the vector: {layers}"
    )
    return (
        _card(
            config,
            state,
            metric="chrf",
            title="Describer of vectors",
            summary="A recurrent network that writes a text about a vector",
            best=("dev chrF2", _score(state, signature)),
            network=network,
            command="seq2seq describe --model THIS_DIRECTORY vectors.jsonl",
        )
        + started_from
    )


def _card(
    config: Config,
    state: TrainingState,
    *,
    metric: str,
    title: str,
    summary: str,
    best: tuple[str, str],
    network: str,
    command: str,
) -> str:
    """Return the model card of a model that does not translate."""
    training = f"{state.step:,} steps in {state.seconds:,.0f} s, {state.precision}"
    header = run_front_matter(config, metrics=[metric] if state.best else [])
    return f"""{header}# {title}

{summary}, trained with seq2seq {__version__}.

| | |
|---|---|
| training data | {_cell(config.data.train)} |
| dev data | {_cell(config.data.dev)} |
| {best[0]} | {best[1]} |
| network | {network} |
| tokenizer | {config.tokenizer.type}, vocabulary of {config.tokenizer.vocab_size:,} |
| training | {training}, seed {config.training.seed} |

All settings are in config.yaml.

    pip install "seq2seq-translate[train]"
    {command}
"""


def _languages(data: DataConfig) -> str:
    if data.directions:
        return ", ".join(direction.replace("-", " to ") for direction in data.directions)
    return f"{data.source_language or 'source'} to {data.target_language or 'target'}"


def _cell(names: str | list[str]) -> str:
    """Return the names of files or datasets as a cell of a table."""
    text = names if isinstance(names, str) else ", ".join(names)
    return one_line(text).replace("|", "\\|")


def _score(state: TrainingState, signature: str) -> str:
    if not state.best:
        return "not yet measured"
    score, step = state.best[0]
    return f"{score:.2f} at step {step:,} (greedy search; {signature})"


def _network(model: ModelConfig) -> str:
    parts = [
        f"{model.cell} cells of {model.hidden_size} units",
        f"encoder layers: {model.encoder_layers}",
        f"decoder layers: {model.decoder_layers}",
        f"attention: {model.attention}",
        f"decoder order: {model.decoder_order}",
    ]
    if model.lexical_model:
        parts.append("lexical model")
    return ", ".join(parts)


def _tokenizer(tokenizer: TokenizerConfig) -> str:
    source_size = tokenizer.vocab_size
    target_size = tokenizer.target_vocab_size or source_size
    if tokenizer.joint:
        return f"{tokenizer.type}, joint vocabulary of {source_size:,}"
    kinds = " and ".join(filter(None, (tokenizer.type, tokenizer.target_type)))
    return f"{kinds}, {source_size:,} source tokens and {target_size:,} target tokens"
