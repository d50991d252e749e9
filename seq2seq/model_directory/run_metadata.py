"""Front matter of the card of a model, as far as the configuration of its training tells."""

from __future__ import annotations

from collections.abc import Sequence

from seq2seq.config.config import Config
from seq2seq.config.settings import DataConfig
from seq2seq.config.task_settings import (
    CLASSIFICATION,
    DESCRIPTION,
    LANGUAGE_MODEL,
    TRANSLATION,
)
from seq2seq.data.corpus.corpus import is_local
from seq2seq.model_directory.front_matter import front_matter
from seq2seq.model_directory.hub import hub_name

_PIPELINES = {
    TRANSLATION: "translation",
    LANGUAGE_MODEL: "text-generation",
    CLASSIFICATION: "text-classification",
    DESCRIPTION: "text-generation",
}
"""Name of each task on the Hugging Face Hub."""


def run_front_matter(config: Config, *, metrics: Sequence[str] = ()) -> str:
    """Return the front matter of the card of a trained model.

    It names no license: the configuration does not know those of the data. Files are no datasets of
    the Hub and are left out.

    Args:
        config: Settings of the training.
        metrics: Names of the metrics that the card has scores of.

    Returns:
        YAML between two lines "---", and an empty line.
    """
    start = config.training.init_from
    on_hub = hub_name(start) if start is not None else None
    return front_matter(
        languages=_languages(config.data),
        datasets=_hub_datasets(config.data),
        metrics=metrics,
        base_model=on_hub[0] if on_hub else "",
        tags=[config.model.cell],
        pipeline=_PIPELINES.get(config.task, ""),
    )


def _languages(data: DataConfig) -> list[str]:
    """Return the source and target languages, as the configuration spells them."""
    if data.directions:
        return [language for direction in data.directions for language in direction.split("-")]
    return [data.source_language, data.target_language]


def _hub_datasets(data: DataConfig) -> list[str]:
    """Return the names of the datasets on the Hub that the model was trained on."""
    places = [data.train] if isinstance(data.train, str) else data.train
    return [place for place in places if not is_local(place)]
