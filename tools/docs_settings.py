"""Page of the documentation on the settings, generated from the sections of a configuration."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import yaml
from annotated_types import Ge, Gt, Le, Lt
from docs_commands import marked_up
from pydantic.fields import FieldInfo

from seq2seq import Config
from seq2seq.config.limits import AtMost
from seq2seq.config.names import BUILT_IN
from seq2seq.config.presets import PRESETS
from seq2seq.config.section import OneOf, Section

EFFECTS = Path(__file__).parents[1] / "docs" / "reference" / "effects.yaml"
"""File of the measured effects of settings."""

_REGISTRIES = {
    "attention": "ATTENTIONS",
    "augmentation": "AUGMENTATIONS",
    "cell": "CELLS",
    "decoder order": "DECODERS",
    "optimizer": "OPTIMIZERS",
    "schedule": "SCHEDULES",
    "search strategy": "STRATEGIES",
    "teacher-forcing schedule": "TEACHER_FORCING",
    "tokenizer": "TOKENIZERS",
}
"""Names in seq2seq.plugins of the registries that plug-ins can extend, by kind."""

_INTRODUCTION = """\
# Settings

A configuration is a YAML file with a section per part of a run. Only [data.train](#data-train) and
[data.dev](#data-dev) must be given:

```yaml
data:
  train: train.tsv
  dev: dev.tsv
model:
  cell: gru
```

The command line sets single values, which take precedence over the file: `seq2seq train config.yaml
training.max_steps=5000`. Values are YAML: `true`, `null`, `[a, b]`. `--set` of
[translate](commands.md#translate) and [seq2seq evaluate](commands.md#seq2seq-evaluate), and the
keyword arguments of [`Translator.translate`][seq2seq.Translator.translate], change settings of the
section [decoding](#decoding) for one call, without the name of the section: `--set
no_repeat_ngram=3`.

All mistakes in a configuration are reported at once, and an unknown name with the nearest known
one. A run writes its complete configuration to `config.yaml` in its directory.

**Measured effects** come from the project's own runs, each of which is linked. They hold for that
text, network and length of training; with one seed, a difference of less than 1 BLEU may be chance.
Settings without such a note have not been measured.

## Presets

A configuration may start from a preset, with `preset: tiny` at its top. The preset's values are
then the defaults. There are `tiny` for about 3,000 pairs, `small` for 10,000 to 30,000, `medium`
for 100,000 and more, and `adapt` to fine-tune a model on 1,000 to 10,000 pairs.
"""


def settings_page(repository: str) -> str:
    """Return the page in Markdown.

    Args:
        repository: Address under which the repository's files are shown.

    Returns:
        The page.
    """
    effects = load_effects()
    parts = [_INTRODUCTION, *_presets()]
    for section, settings in sections().items():
        parts.append(f"\n## {section}\n\n{_summary(settings)}\n")
        for name, field in settings.model_fields.items():
            parts += _setting(f"{section}.{name}", field)
            parts += _measured(effects.get(f"{section}.{name}", []), repository)
    parts.append("\n## plugins\n")
    parts += _facts("plugins", Config.model_fields["plugins"])
    return "\n".join(parts)


def sections() -> dict[str, type[Section]]:
    """Return the sections of a configuration by name."""
    found = {}
    for name, field in Config.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, Section):
            found[name] = field.annotation
    return found


def load_effects() -> dict[str, list[dict[str, str]]]:
    """Return the measurements of each setting that has any: effect, where and source."""
    effects: dict[str, list[dict[str, str]]] = yaml.safe_load(EFFECTS.read_text(encoding="utf-8"))
    return effects


def _presets() -> Iterator[str]:
    """Yield the values of each preset."""
    for name, preset in PRESETS.items():
        content = yaml.safe_dump(preset, sort_keys=False)
        yield f'\n??? note "{name}"\n\n    ```yaml\n{_indented(content)}    ```'


def _indented(text: str) -> str:
    return "".join(f"    {line}\n" for line in text.splitlines())


def _summary(section: type[Section]) -> str:
    return marked_up((section.__doc__ or "").split("\n\n")[0])


def _setting(key: str, field: FieldInfo) -> Iterator[str]:
    """Yield heading, facts and meaning of a setting."""
    anchor = key.replace(".", "-", 1)
    label = key.partition(".")[2]
    yield f"\n### `{key}` {{ #{anchor} data-toc-label='{label}' }}\n"
    yield from _facts(key, field)


def _facts(key: str, field: FieldInfo) -> Iterator[str]:
    """Yield type, default, values in presets and meaning of a setting."""
    facts = [_value(field), _default(field)]
    if values := _in_presets(key):
        facts.append("presets: " + ", ".join(values))
    yield " · ".join(facts) + "\n"
    yield f"{_meaning(field.description or '', section=key.partition('.')[0])}\n"


def _meaning(description: str, *, section: str) -> str:
    """Return a description as Markdown, with links to the settings that it names."""

    def link(word: str) -> str | None:
        inner, _, name = word.partition(".") if "." in word else (section, "", word)
        known = inner in sections() and name in sections()[inner].model_fields
        return f"#{inner}-{name}" if known else None

    return marked_up(description, link=link)


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "must be given"
    value = field.get_default(call_default_factory=True)
    return "empty by default" if value in ("", [], {}) else f"default {_code(value)}"


def _code(value: Any) -> str:
    """Return a value as YAML in backticks."""
    text = yaml.safe_dump(value, default_flow_style=True, width=1000)
    return f"`{text.removesuffix('...' + chr(10)).strip()}`"


def _in_presets(key: str) -> list[str]:
    section, _, name = key.partition(".")
    return [
        f"{preset} {_code(values[section][name])}"
        for preset, values in PRESETS.items()
        if name in values.get(section, {})
    ]


def _value(field: FieldInfo) -> str:
    """Describe the values that a setting can have."""
    annotation: Any = field.annotation
    if field.metadata:
        annotation = Annotated[(annotation, *field.metadata)]
    return _described(annotation)


def _described(annotation: Any) -> str:
    """Describe the values of a type in words."""
    origin = get_origin(annotation)
    arguments = get_args(annotation)
    if origin is Annotated:
        return _constrained(arguments[0], arguments[1:])
    if origin is Literal:
        return "one of " + ", ".join(f"`{value}`" for value in arguments)
    if origin in (Union, UnionType):
        *words, last = [_described(one) for one in arguments]
        return f"{', '.join(words)} or {last}"
    if origin is list:
        return f"list of {_described(arguments[0])}s"
    if origin is dict:
        return f"mapping from {_described(arguments[0])} to {_described(arguments[1])}"
    return {
        bool: "`true` or `false`",
        int: "integer",
        float: "number",
        str: "text",
        NoneType: "`null`",
    }[annotation]


def _constrained(annotation: Any, metadata: tuple[Any, ...]) -> str:
    """Describe the values of a type with constraints."""
    constraints = []
    for one in metadata:
        constraints += one.metadata if isinstance(one, FieldInfo) else [one]
    names = [one for one in constraints if isinstance(one, OneOf)]
    if names:
        return _names(names[0])
    optional = NoneType in get_args(annotation)
    if optional:
        [annotation] = [one for one in get_args(annotation) if one is not NoneType]
    bounds = _bounds(constraints)
    if get_origin(annotation) is list:
        described = f"list of {bounds} {_described(get_args(annotation)[0])}s"
    else:
        described = f"{_described(annotation)} {bounds}".strip()
    return f"{described}, or `null`" if optional else described


def _bounds(constraints: list[Any]) -> str:
    """Describe the limits of a number."""
    lower = ""
    upper = ""
    for one in constraints:
        if isinstance(one, Ge):
            lower = f"at least {one.ge}"
        elif isinstance(one, Gt):
            lower = f"above {one.gt}"
        elif isinstance(one, Le):
            upper = f"at most {one.le}"
        elif isinstance(one, AtMost):
            upper = f"at most {one.limit:,}"
        elif isinstance(one, Lt):
            upper = "below 2⁶³" if one.lt == 2**63 else f"below {one.lt}"
    if lower.startswith("at least") and upper.startswith("at most"):
        return f"from {lower.removeprefix('at least ')} to {upper.removeprefix('at most ')}"
    return " and ".join(filter(None, [lower, upper]))


def _names(names: OneOf) -> str:
    """List the built-in names of a registry, and link to the registry."""
    listed = ", ".join(f"`{name}`" for name in BUILT_IN[names.kind])
    registry = _REGISTRIES.get(names.kind)
    if registry is None:
        return f"one of {listed}"
    return f"one of {listed}, or from [a plug-in][seq2seq.plugins.{registry}]"


def _measured(measurements: list[dict[str, str]], repository: str) -> Iterator[str]:
    """Yield the measured effects of a setting."""
    if not measurements:
        return
    yield '!!! example "Measured effect"\n'
    for one in measurements:
        yield f"    - {one['effect']} *{one['where']}.* {_link(one['source'], repository)}"
    yield ""


def _link(source: str, repository: str) -> str:
    """Return a link to a page of the site, or to a file of the repository."""
    path, _, anchor = source.partition("#")
    suffix = f"#{anchor}" if anchor else ""
    if path.startswith("docs/"):
        name = posixpath.basename(path).removesuffix(".md").capitalize()
        return f"[{name}](../{path.removeprefix('docs/')}{suffix})"
    recipe = posixpath.basename(posixpath.dirname(path))
    return f"[recipe {recipe}]({repository}/{path}{suffix})"
