"""The reference: its generated pages are complete, and its page of files matches the real files."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

import griffe
import numpy as np
import pytest
import safetensors
import typer
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from pydantic.fields import FieldInfo

import seq2seq
import seq2seq.plugins
from seq2seq.cli.app import app
from seq2seq.cli.line_format import LineFormat
from seq2seq.cli.translate import translate
from seq2seq.data.inspection.inspect_pairs import Rules
from seq2seq.metrics.label_scores import label_scores
from seq2seq.reports.classification_report import LabelledText
from seq2seq.training.clean_data import Held, clean_data
from seq2seq.translation.confidence import Confidence
from seq2seq.translation.evidence import FEATURES
from tests.support.tiny_run import tiny_config, write_text

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))

import docs_commands
import docs_hooks
import docs_settings

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"
SETTINGS: dict[str, FieldInfo] = {
    f"{section}.{name}": field
    for section, settings in docs_settings.sections().items()
    for name, field in settings.model_fields.items()
}
EFFECTS = docs_settings.load_effects()
COMMANDS = docs_commands.commands()
MAX_HELP_COLUMNS = 78
"""Width of a help text on a terminal of 80 columns: typer breaks longer lines in two."""


def anchors(path: Path) -> set[str]:
    """Return the anchors of the headings of a Markdown file."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), flags=re.M)
    plain = [re.sub(r"[^\w\s-]", "", heading).strip().lower() for heading in headings]
    return {re.sub(r"[-\s]+", "-", heading) for heading in plain}


# Settings


@pytest.mark.parametrize("key", EFFECTS)
def test_a_measured_effect_is_that_of_a_setting_and_says_where_it_was_measured(key: str) -> None:
    assert key in SETTINGS
    for one in EFFECTS[key]:
        assert set(one) == {"effect", "where", "source"}
        assert one["effect"].endswith(".")
        assert re.search(r"\d", one["effect"]) or "None" in one["effect"], "it has no figure"
        assert not one["where"].endswith(".")


@pytest.mark.parametrize("key", EFFECTS)
def test_the_page_that_a_measured_effect_links_to_exists(key: str) -> None:
    for one in EFFECTS[key]:
        path, _, anchor = one["source"].partition("#")
        assert (ROOT / path).is_file()
        assert not anchor or anchor in anchors(ROOT / path)


@pytest.mark.parametrize("key", SETTINGS)
def test_a_description_says_more_than_the_name_of_its_setting(key: str) -> None:
    words = re.findall(r"\w+", (SETTINGS[key].description or "").lower())
    known = set(key.partition(".")[2].split("_")) | {"the", "of", "a", "in", "to", "and", "for"}
    assert len(set(words) - known) >= 3
    assert (SETTINGS[key].description or "").endswith(".")


@pytest.mark.parametrize("key", SETTINGS)
def test_a_description_leaves_measurements_to_the_file_of_effects(key: str) -> None:
    assert not re.search(r"\bBLEU\b.*\d\.\d|recipes/|docs/", SETTINGS[key].description or "")


def test_each_setting_is_on_the_page_once_with_an_anchor() -> None:
    found = re.findall(r"^### `([\w.]+)` \{ #([\w-]+)", docs_settings.settings_page("R"), re.M)
    assert found == [(key, key.replace(".", "-", 1)) for key in SETTINGS]


# Commands


def options_of(name: str) -> set[str]:
    """Return the options of a command as typer makes them, without --help."""
    if name == "translate":
        program = typer.Typer(add_completion=False)
        program.command()(translate)
        command = typer.main.get_command(program)
    else:
        command = typer.main.get_command(app).commands[name.partition(" ")[2]]  # type: ignore[attr-defined]
    names = [{*one.opts, *one.secondary_opts} for one in command.params]
    return {name for group in names for name in group if name.startswith("-")} - {"--help"}


@pytest.mark.parametrize("name", COMMANDS)
def test_each_option_of_a_command_is_on_the_page(name: str) -> None:
    known = docs_commands.parameters(COMMANDS[name])
    assert {name for one in known for name in "/".join(one.names).split("/") if name} == options_of(
        name
    )


@pytest.mark.parametrize("name", COMMANDS)
def test_each_argument_and_option_says_what_it_is(name: str) -> None:
    for one in docs_commands.parameters(COMMANDS[name]):
        assert len(one.help.split()) >= 3, one.names
        assert one.help.endswith("."), one.names


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_text_of_a_command_fits_a_terminal(name: str) -> None:
    _, *lines = (COMMANDS[name].__doc__ or "").splitlines()  # typer wraps the first paragraph
    assert max(len(line.strip()) for line in lines) <= MAX_HELP_COLUMNS


def test_words_of_code_are_marked_and_everything_else_is_shown_as_it_is() -> None:
    for text, expected in {
        "Use --beam or training.seed": "Use `--beam` or `training.seed`",
        "TEXT ||| 0-0 < 1 [a], <unk>": r"TEXT \|\|\| 0-0 &lt; 1 \[a\], `<unk>`",
        "see recipes/*/config.yaml": "see `recipes/*/config.yaml`",
        "0.5 of 3.8 s; a_b": "0.5 of 3.8 s; `a_b`",
    }.items():
        assert docs_commands.marked_up(text) == expected


# Python


@pytest.mark.parametrize(
    ("page", "module"), [("api.md", "seq2seq"), ("plugins.md", "seq2seq.plugins")]
)
def test_each_public_name_is_on_its_page_once(page: str, module: str) -> None:
    names = []
    for name in sys.modules[module].__all__:
        value = getattr(sys.modules[module], name)
        inner = [f"{name}.{one}" for one in getattr(value, "__all__", ())]
        names += inner or [name]
    text = (REFERENCE / page).read_text(encoding="utf-8")
    found = re.findall(r"^::: (\S+)$", text, flags=re.M)
    assert sorted(found) == sorted(f"{module}.{name}" for name in names)


@pytest.fixture(scope="module")
def package() -> griffe.Module:
    """Return the package as the site reads it."""
    options = {"returns_multiple_items": False, "returns_named_value": False}
    loaded = griffe.load(
        "seq2seq", search_paths=[ROOT], docstring_parser="google", docstring_options=options
    )
    assert isinstance(loaded, griffe.Module)
    return loaded


def public_functions(value: griffe.Object | griffe.Alias) -> Iterator[griffe.Function]:
    """Yield a function, or the public functions of a class or module and of what is in it."""
    if isinstance(value, griffe.Alias):
        value = value.final_target
    if isinstance(value, griffe.Function):
        yield value
    elif isinstance(value, griffe.Class):
        for name, member in value.members.items():
            if not member.is_alias and (not name.startswith("_") or name == "__call__"):
                yield from public_functions(member)
    elif isinstance(value, griffe.Module):
        for name in value.exports or ():
            yield from public_functions(value.members[str(name)])


@pytest.mark.parametrize("module", ["seq2seq", "seq2seq.plugins"])
def test_the_description_of_a_result_is_not_read_as_its_type(
    package: griffe.Module, module: str
) -> None:
    for name in sys.modules[module].__all__:
        place = f"{module}.{name}".removeprefix("seq2seq.")
        for function in public_functions(package[place]):
            sections = function.docstring.parsed if function.docstring else []
            for section in sections:
                if isinstance(section, griffe.DocstringSectionReturns):
                    [result] = section.value
                    assert str(result.annotation) == str(function.returns), function.path


# Files


def keys(value: object, path: str = "") -> Iterator[str]:
    """Yield the keys of JSON data, as the page of files writes them."""
    if isinstance(value, dict):
        for key, inner in value.items():
            place = f"{path}.{key}" if path else key
            yield place
            yield from keys(inner, place)
    elif isinstance(value, list):
        for inner in value:
            yield from keys(inner, f"{path}[]")


def json_keys(path: Path) -> set[str]:
    """Return the keys of a file of JSON, or of JSON lines."""
    text = path.read_text(encoding="utf-8")
    values = map(json.loads, text.splitlines()) if path.suffix == ".jsonl" else [json.loads(text)]
    return {key for value in values for key in keys(value)}


def documented(title: str) -> dict[str, str]:
    """Return the keys that a section of the page of files lists, with their types."""
    text = (REFERENCE / "files.md").read_text(encoding="utf-8")
    [section] = re.findall(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", text, flags=re.M | re.S)
    listed = re.findall(r"^- `([^`]+)` \(([^)]+)\): \S", section, flags=re.M)
    assert len(dict(listed)) == len(listed), "a key is listed twice"
    return dict(listed)


def check(title: str, found: set[str]) -> None:
    """Check that a section lists the keys that were found, and no other ones but optional ones."""
    listed = documented(title)
    patterns = {key: key.replace("[", "[[]") for key in listed}
    unlisted = {key for key in found if not any(fnmatchcase(key, one) for one in patterns.values())}
    assert not unlisted, f"{title} lacks {sorted(unlisted)}"
    unused = {
        key
        for key, pattern in patterns.items()
        if "optional" not in listed[key] and not any(fnmatchcase(one, pattern) for one in found)
    }
    assert not unused, f"{title} lists {sorted(unused)}, which no file has"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with a run and an evaluation, in which every optional file exists."""
    place = tmp_path_factory.mktemp("reference")
    write_text(place)
    run = place / "run"
    config = tiny_config(place, "model.char_ngrams=true", "training.ema=0.5")
    seq2seq.train(config, output=run, cpu=True)
    seq2seq.shortlist(run)
    ones = [1.0] * len(FEATURES)
    Confidence(ones, ones, ones, deviation=0.0, bias=0.0, threshold=0.1).save(run)
    dev = place / "dev.tsv"
    (place / "terms.tsv").write_text("gato\tcat\nperro\tdog\n")
    evaluation = seq2seq.evaluate(
        run, str(dev), baseline=run, glossary=place / "terms.tsv", decoding={"nbest": 2}
    )
    evaluation.write(place / "evaluation", training=seq2seq.report([run]))
    seq2seq.report([run]).write(place / "trainings")
    scores = label_scores(["a", "b"], [0, 1], np.array([[0.9, 0.1], [0.8, 0.2]]))
    text = LabelledText("uno", "a", "b", 0.8, [("uno", 0.9), ("", 0.1)])
    labelled = seq2seq.ClassificationReport("run", "dev.tsv", scores, [text])
    labelled.write(place / "classification", training=seq2seq.report([run]))
    systems = {"a": run, "b": [place / "evaluation" / "hypotheses.txt", run]}
    seq2seq.compare(systems, str(dev)).write(place / "comparison")
    pairs = str(place / "train.tsv")
    none = Held(0)
    rules = Rules()
    cleaned = clean_data([pairs, pairs], source="0", target="1", dev=none, test=none, rules=rules)
    cleaned.write(place / "data")
    return place


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("tokenizer/tokenizer.json", "run/tokenizer/tokenizer.json"),
        ("tokenizer/source.json", "run/tokenizer/source.json"),
        ("confidence.json", "run/confidence.json"),
        ("manifest.json", "run/manifest.json"),
        ("metrics.jsonl", "run/metrics.jsonl"),
        ("environment.jsonl", "run/environment.jsonl"),
        ("state.json", "run/checkpoints/step-00000012/state.json"),
        ("report.json of an evaluation", "evaluation/report.json"),
        ("report.json of trainings", "trainings/report.json"),
        ("report.json of a classification", "classification/report.json"),
        ("table.json of a comparison", "comparison/table.json"),
        ("data.json", "data/data.json"),
        ("sentences.jsonl", "evaluation/sentences.jsonl"),
    ],
)
def test_the_keys_of_a_file_are_those_on_the_page(place: Path, title: str, name: str) -> None:
    check(title, json_keys(place / name))


def test_the_keys_of_tensors_and_metadata_are_those_on_the_page(place: Path) -> None:
    with safetensors.safe_open(str(place / "run" / "shortlist.safetensors"), "numpy") as file:
        check("shortlist.safetensors", set(file.keys()))
    with safetensors.safe_open(str(place / "run" / "model.safetensors"), "numpy") as file:
        check("model.safetensors", set(file.metadata()))


def test_the_keys_of_a_line_of_json_are_those_on_the_page(place: Path) -> None:
    translator = seq2seq.Translator.from_pretrained(place / "run", alignments=True)
    translation = translator.translate("uno dos. tres.", split_sentences=True)
    assert translation.sentences
    lines = LineFormat(as_json=True, alignments=True).lines(0, translation)
    check("Lines of translate --json", {key for line in lines for key in keys(json.loads(line))})


def test_the_keys_of_a_trace_are_those_on_the_page(place: Path) -> None:
    records: list[dict[str, object]] = []
    translator = seq2seq.Translator.from_pretrained(place / "run")
    translator.translate("uno dos. tres.", split_sentences=True, trace=records.append)
    assert {record["kind"] for record in records} == {"model", "sentence", "line"}
    check("Trace of translate --trace", {key for one in records for key in keys(one)})


def test_each_file_of_a_run_and_a_report_is_on_the_page(place: Path) -> None:
    text = (REFERENCE / "files.md").read_text(encoding="utf-8")
    for path in [
        *(place / "run").rglob("*"),
        *(place / "evaluation").iterdir(),
        *(place / "comparison").iterdir(),
    ]:
        name = "source.json" if path.name == "target.json" else path.name
        name = re.sub(r"step-\d{8}", "step-00005000", name)
        assert not path.is_file() or name in text, path


# Links


@pytest.mark.parametrize(
    ("page", "link", "expected"),
    [
        ("NOTES.md", "../recipes/ablation/README.md", "{}/recipes/ablation/README.md"),
        ("reference/api.md", "../../CONTRIBUTING.md#rules", "{}/CONTRIBUTING.md#rules"),
        ("reference/api.md", "../EXTENDING.md", "../EXTENDING.md"),
        ("reference/api.md", "settings.md#data-train", "settings.md#data-train"),
    ],
)
def test_links_that_leave_the_site_lead_to_the_repository(
    page: str, link: str, expected: str
) -> None:
    file = File(page, src_dir="docs", dest_dir="site", use_directory_urls=False)
    config = MkDocsConfig()
    found = docs_hooks.on_page_markdown(
        f"[text]({link})", page=Page(None, file, config), config=config, files=Files([])
    )
    assert found == f"[text]({expected.format(docs_hooks.REPOSITORY)})"
