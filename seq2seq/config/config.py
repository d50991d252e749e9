"""Configuration of a run: typed and validated, read from and written to YAML, with overrides.

All problems are reported together, and an unknown key with the nearest known one. The settings
themselves are described in `settings`. The module imports no torch, so that `--help` and a mistyped
key are answered at once.
"""

from __future__ import annotations

import copy
import reprlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import (
    BaseModel,
    Field,
    SerializerFunctionWrapHandler,
    ValidationError,
    model_serializer,
    model_validator,
)

from seq2seq.config.presets import begin_from_preset
from seq2seq.config.section import OneOf
from seq2seq.config.settings import (
    DataConfig,
    DecodingConfig,
    ModelConfig,
    Section,
    TextConfig,
    TokenizerConfig,
    TrainingConfig,
    is_joint,
)
from seq2seq.config.task_settings import (
    DESCRIPTION,
    LANGUAGE_MODEL,
    TRANSLATION,
    unread_settings,
    with_task_defaults,
    without_unread,
)
from seq2seq.errors import ConfigError
from seq2seq.registry import suggestion
from seq2seq.runtime.plugins import MissingPluginError, missing_plugin_message, missing_plugins
from seq2seq.runtime.yaml_text import DuplicateKeyError, parse_yaml, read_yaml

_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = 80
"""Writes a wrong value into an error message, cut if it is long."""

MAX_PROBLEM = 500
"""Maximum number of characters of a line that describes a problem."""


class Config(Section):
    """Configuration of a run, with one attribute per section.

        config = Config.load("config.yaml", ["training.seed=2"])

    A file or dictionary may also have the key `preset`, such as `preset: tiny`: the preset's
    settings are then the defaults. They become part of the configuration, which does not keep the
    preset's name.

    Attributes:
        task: What the model is for. It decides which settings are read; others are refused.
        data: Source, selection and augmentation of the text. It has no default: `data.train` and
            `data.dev` must be given.
        text: Steps that text goes through before and after the model.
        tokenizer: Segmentation of text into tokens.
        model: Architecture of the network.
        training: Optimization, validation and checkpoints.
        decoding: Defaults for translating with the trained model.
        plugins: Modules outside the package that register names used in the configuration.
    """

    task: Annotated[str, OneOf("task")] = Field(
        TRANSLATION,
        description="Task of the model: translation (pairs of a source and a target), "
        "language-model (text, which the model learns to continue), classification (texts with a "
        "label) or description (vectors with a text). A setting that the task does not read is "
        "refused.",
    )
    data: DataConfig
    text: TextConfig = Field(default_factory=TextConfig)  # type: ignore[arg-type]
    tokenizer: TokenizerConfig = Field(default_factory=TokenizerConfig)  # type: ignore[arg-type]
    model: ModelConfig = Field(default_factory=ModelConfig)  # type: ignore[arg-type]
    training: TrainingConfig = Field(default_factory=TrainingConfig)  # type: ignore[arg-type]
    decoding: DecodingConfig = Field(default_factory=DecodingConfig)  # type: ignore[arg-type]
    plugins: list[str] = Field(
        default_factory=list,
        description="Modules outside the package that register names used here, such as "
        "my_package.cells. They are recorded automatically, and listing one does not import it.",
    )

    @model_validator(mode="before")
    @classmethod
    def _tied_by_default(cls, content: Any) -> Any:
        if not isinstance(content, dict) or not isinstance(model := content.get("model", {}), dict):
            return content
        apart = isinstance(tokenizer := content.get("tokenizer", {}), dict) and not is_joint(
            tokenizer
        )
        return {**content, "model": {"weight_tying": "two-way", **model}} if apart else content

    @model_validator(mode="before")
    @classmethod
    def _marked_by_default(cls, content: Any) -> Any:
        if not isinstance(content, dict) or not isinstance(text := content.get("text", {}), dict):
            return content
        tokenizer = content.get("tokenizer", {})
        if not isinstance(tokenizer, dict) or not _handles_case(tokenizer):
            return content
        return {**content, "text": {"case_marks": False, **text}}

    @model_validator(mode="before")
    @classmethod
    def _with_task_defaults(cls, content: Any) -> Any:
        return with_task_defaults(content) if isinstance(content, dict) else content

    @model_serializer(mode="wrap")
    def _without_unread(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return without_unread(self.task, serialize(self))

    @model_validator(mode="after")
    def _fits(self) -> Config:
        problems = []
        if self.task in (LANGUAGE_MODEL, DESCRIPTION) and self.model.weight_tying == "three-way":
            problems.append(
                f"model.weight_tying must be none or two-way with task {self.task}, which has one "
                "embedding"
            )
        if self.text.case_marks and _handles_case(self.tokenizer.model_dump()):
            problems.append(
                "text.case_marks must be false with tokenizer.type truecased, with normalization "
                "nmt_nfkc_cf and with torchtext tokenizers, which change the case themselves"
            )
        if self.model.weight_tying == "three-way" and not self.tokenizer.joint:
            problems.append("model.weight_tying three-way needs tokenizer.joint: true")
        if self.training.r_drop and not (self.model.dropout or self.model.word_dropout):
            problems.append(
                "training.r_drop needs model.dropout above 0, because both passes are equal "
                "without it; or set r_drop to 0"
            )
        if self.data.dev == self.data.train and self.data.dev_split == self.data.train_split:
            problems.append(
                "data.dev is the training data; choose other pairs (for a Hub dataset, with "
                "data.dev_split)"
            )
        if problems:
            raise ValueError("; ".join(problems))
        return self

    @classmethod
    def load(cls, path: str | Path, overrides: Iterable[str] = ()) -> Config:
        """Read a YAML file and apply overrides.

        Args:
            path: Path of the file.
            overrides: Settings such as "model.cell=gru", which take precedence over the file. Their
                values are parsed as YAML.

        Returns:
            The validated configuration.

        Raises:
            ConfigError: If the file cannot be read or any setting is wrong; it lists every problem.
            MissingPluginError: If the file records a plug-in that is not loaded.
        """
        try:
            content = read_yaml(Path(path))
        except (OSError, ValueError) as error:  # ValueError: not UTF-8, or an impossible path
            raise ConfigError(f"cannot read the configuration {path}: {error}") from None
        except DuplicateKeyError as error:
            raise ConfigError(f"{path}: {error}") from None
        except yaml.YAMLError as error:
            raise ConfigError(f"{path} is not YAML: {' '.join(str(error).split())}") from None
        if not isinstance(content, dict):
            raise ConfigError(
                f"{path} holds no settings: it must be a mapping with a section 'data'"
            )
        return cls.from_dict(content, overrides, name=str(path))

    @classmethod
    def from_dict(
        cls, content: dict[str, Any], overrides: Iterable[str] = (), name: str = "configuration"
    ) -> Config:
        """Validate a nested dictionary, after applying its preset and the overrides.

        Args:
            content: Settings by section and name; it is not changed.
            overrides: Settings such as "model.cell=gru", which take precedence over `content`.
                Their values are parsed as YAML.
            name: Name of this configuration in error messages.

        Returns:
            The validated configuration.

        Raises:
            ConfigError: If any setting is wrong; it lists every problem.
            MissingPluginError: If `content` records a plug-in that is not loaded.
        """
        content = copy.deepcopy(content)
        problems = [problem for override in overrides if (problem := _override(content, override))]
        if (problem := begin_from_preset(content)) is not None:
            problems.append(problem)
        problems += unread_settings(content)
        check_plugins(content, name)
        plugins = set[str]()
        try:
            config = cls.model_validate(content, context=plugins)
        except ValidationError as error:
            problems += _describe(error)
        if problems:
            raise ConfigError(_listed(name, problems))
        return config.with_plugins(plugins)

    def with_plugins(self, modules: Iterable[str]) -> Config:
        """Return a copy of the configuration that also records these plug-ins.

        Args:
            modules: Names of the modules; those already recorded are not repeated.

        Returns:
            The configuration with the plug-ins.
        """
        plugins = [*self.plugins, *sorted(set(modules).difference(self.plugins))]
        return self.model_copy(update={"plugins": plugins}) if modules else self

    def to_yaml(self) -> str:
        """Return the configuration as YAML, including all settings left at their defaults."""
        return yaml.safe_dump(self.model_dump(mode="json"), sort_keys=False, allow_unicode=True)


def _listed(name: str, problems: Sequence[str]) -> str:
    """Return a message that lists the problems of a configuration."""
    count = f"{len(problems)} problem{'s' if len(problems) > 1 else ''}"
    return f"{name}: {count}\n" + "\n".join(f"  {problem}" for problem in problems)


def _handles_case(tokenizer: Mapping[str, Any]) -> bool:
    """Return whether a section `tokenizer` asks for a tokenizer that changes the case of words."""
    return (
        "truecased" in (tokenizer.get("type"), tokenizer.get("target_type"))
        or tokenizer.get("normalization") == "nmt_nfkc_cf"
        or tokenizer.get("torchtext") is not None
        or tokenizer.get("target_torchtext") is not None
    )


def check_plugins(content: Mapping[str, Any], name: str) -> None:
    """Raise MissingPluginError if a configuration records a plug-in that is not loaded."""
    recorded = content.get("plugins")
    if not isinstance(recorded, list) or not recorded:
        return
    if missing := missing_plugins(module for module in recorded if isinstance(module, str)):
        raise MissingPluginError(missing_plugin_message(name, "needs", missing), missing)


def with_settings(decoding: DecodingConfig, changes: Mapping[str, object]) -> DecodingConfig:
    """Return decoding settings with some of them changed.

    More translations than the beam holds raise the beam, unless it is given as well.

    Args:
        decoding: The settings to start from.
        changes: New values, by setting name.

    Returns:
        The changed settings.

    Raises:
        ConfigError: If a name or a value is wrong; it lists every problem.
    """
    values = {**decoding.model_dump(), **changes}
    nbest = changes.get("nbest")
    if isinstance(nbest, int) and "beam" not in changes and values["strategy"] == "beam":
        values["beam"] = max(decoding.beam, nbest)
    try:  # in a whole configuration, so that a problem is described by its section and name
        content = {"decoding": values, "data": {"train": "-", "dev": "--"}}
        return Config.model_validate(content).decoding
    except ValidationError as error:
        raise ConfigError(_listed("decoding", _describe(error))) from None


def parse_settings(assignments: Iterable[str]) -> dict[str, object]:
    """Parse `key=value` assignments, whose values are YAML.

    Args:
        assignments: Texts such as "no_repeat_ngram=3".

    Returns:
        The parsed values, by key.

    Raises:
        ConfigError: If a text is not an assignment, or its value is not YAML.
    """
    found: dict[str, object] = {}
    for assignment in assignments:
        key, equals, value = assignment.partition("=")
        if not equals or not key:
            raise ConfigError(
                f"setting {assignment!r}: write it as key=value, such as no_repeat_ngram=3"
            )
        try:
            found[key] = parse_yaml(value)
        except yaml.YAMLError:
            raise ConfigError(f"setting {assignment!r}: the value is not YAML") from None
    return found


def _override(content: dict[str, Any], override: str) -> str | None:
    """Apply one override `a.b=c` in place and return the problem with it, if any."""
    key, equals, value = override.partition("=")
    if not equals or not all(key.split(".")):
        return f"override {override!r}: write it as section.key=value"
    try:
        parsed = parse_yaml(value)
    except DuplicateKeyError as error:
        return f"override {override!r}: {error}"
    except yaml.YAMLError:
        return f"override {override!r}: the value is not YAML"
    *sections, last = key.split(".")
    place = content
    for section in sections:
        inner = place.setdefault(section, {})
        if not isinstance(inner, dict):
            return f"override {override!r}: {section} is a value, not a section"
        place = inner
    place[last] = parsed
    return None


def _describe(error: ValidationError) -> list[str]:
    """Return one line per wrong setting: its key, the problem, and the nearest valid key."""
    lines: dict[str, str] = {}
    for problem in error.errors():
        # Only section and key: anything after them is inside a value.
        parts = [str(part) for part in problem["loc"][:2]]
        key = ".".join(parts) or "configuration"
        if problem["type"] == "extra_forbidden":
            lines[key] = f"{key}: unknown key{suggestion(parts[-1], _keys_of(parts[:-1]))}"
            continue
        message = str(problem["msg"]).removeprefix("Value error, ")
        if problem["type"] not in ("missing", "value_error"):
            message += f" (given: {_SHORT.repr(problem['input'])})"
        if problem["type"] == "string_type" and isinstance(
            problem["input"], bool | int | float | None
        ):
            message += "; put it in quotes to make it text"
        lines[key] = f"{lines[key]}; or {message}" if key in lines else f"{key}: {message}"
    return [_cut(line) for line in lines.values()]


def _cut(line: str) -> str:
    return line if len(line) <= MAX_PROBLEM else f"{line[:MAX_PROBLEM]} …"


def _keys_of(sections: list[str]) -> list[str]:
    """Return the valid keys inside a section."""
    section: type[BaseModel] = Config
    for name in sections:
        inner = section.model_fields[name].annotation
        assert isinstance(inner, type)
        assert issubclass(inner, BaseModel)
        section = inner
    return [*section.model_fields, *([] if sections else ["preset"])]
