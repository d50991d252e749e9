"""Page of the documentation on the settings, generated from the sections of a configuration."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from pathlib import Path

import yaml
from docs_commands import marked_up
from pydantic.fields import FieldInfo

from seq2seq import Config
from seq2seq.config.describe import Setting, describe, kind_of, names_of, sections, summary
from seq2seq.config.presets import PRESETS

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
    parts = [_INTRODUCTION, *_presets(), "\n## task\n"]
    parts += _facts("task", Config.model_fields["task"])
    for section, settings in sections().items():
        parts.append(f"\n## {section}\n\n{marked_up(summary(settings))}\n")
        for name, field in settings.model_fields.items():
            parts += _setting(f"{section}.{name}", field)
            parts += _measured(effects.get(f"{section}.{name}", []), repository)
    parts.append("\n## plugins\n")
    parts += _facts("plugins", Config.model_fields["plugins"])
    return "\n".join(parts)


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


def _setting(key: str, field: FieldInfo) -> Iterator[str]:
    """Yield heading, facts and meaning of a setting."""
    anchor = key.replace(".", "-", 1)
    label = key.partition(".")[2]
    yield f"\n### `{key}` {{ #{anchor} data-toc-label='{label}' }}\n"
    yield from _facts(key, field)


def _facts(key: str, field: FieldInfo) -> Iterator[str]:
    """Yield type, default, values in presets and meaning of a setting."""
    setting = describe(key, field)
    facts = [_values(setting, kind_of(field)), setting.default]
    if setting.presets:
        facts.append("presets: " + ", ".join(setting.presets))
    yield " · ".join(facts) + "\n"
    yield f"{_meaning(setting.meaning, section=key.partition('.')[0])}\n"


def _meaning(description: str, *, section: str) -> str:
    """Return a description as Markdown, with links to the settings that it names."""

    def link(word: str) -> str | None:
        inner, _, name = word.partition(".") if "." in word else (section, "", word)
        known = inner in sections() and name in sections()[inner].model_fields
        return f"#{inner}-{name}" if known else None

    return marked_up(description, link=link)


def _values(setting: Setting, kind: str) -> str:
    """Describe the values of a setting; names that plug-ins can add link to their registry."""
    registry = _REGISTRIES.get(kind)
    if registry is None:
        return setting.values
    listed = names_of(kind)
    linked = f"{listed}, or from [a plug-in][seq2seq.plugins.{registry}]"
    return setting.values.replace(listed, linked)


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
