"""The model card that is kept beside a model's weights."""

from __future__ import annotations

from seq2seq.config.config import Config
from seq2seq.data.corpus.directions import target_languages
from seq2seq.training.checkpoints import TrainingState
from seq2seq.version import __version__


def model_card(config: Config, state: TrainingState, signature: str) -> str:
    """README.md of a model directory: what it translates, what it was trained on, what it scored on
    the dev set."""
    data, model = config.data, config.model
    languages = f"{data.source_language or 'source'} to {data.target_language or 'target'}"
    if data.directions:
        languages = ", ".join(direction.replace("-", " to ") for direction in data.directions)
    places = ", ".join([data.train] if isinstance(data.train, str) else data.train)
    best = state.best[0] if state.best else None
    score = f"{best[0]:.2f} at step {best[1]:,} (greedy; {signature})" if best else "not yet scored"
    targets = target_languages(data)
    to = f" --to {targets[0]}" if targets else ""
    vocabulary = f"{config.tokenizer.vocab_size:,} {'for both languages' if config.tokenizer.joint else 'a language'}"
    return f"""# {languages}

A recurrent translation model made by seq2seq {__version__}.

| | |
|---|---|
| training data | {places} |
| dev data | {data.dev} |
| dev BLEU | {score} |
| network | {model.cell}, {model.encoder_layers} + {model.decoder_layers} layers of {model.hidden_size}, \
{model.attention} attention{", lexical" if model.lexical_model else ""}, decoder order {model.decoder_order} |
| tokenizer | {config.tokenizer.type}, {vocabulary} |
| training | {state.step:,} steps, {state.seconds:,.0f} s, {state.precision}, seed {config.training.seed} |

All settings are in config.yaml.

    translate --model THIS_DIRECTORY{to} "…"
"""
