"""Front matter of model cards: the Hub's own reader gets back what was written."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from huggingface_hub import ModelCard, ModelCardData
from hypothesis import given
from hypothesis import strategies as st

from seq2seq import average
from seq2seq.config.config import Config
from seq2seq.model_directory import hub, run_metadata, shipped_models
from seq2seq.model_directory.card_sources import quoted_sources, sources_in, started_from
from seq2seq.model_directory.front_matter import (
    LIBRARY,
    TAGS,
    front_matter,
    language_codes,
    one_line,
    without_front_matter,
)
from seq2seq.model_directory.run_metadata import run_front_matter
from seq2seq.training.checkpoints import TrainingState
from seq2seq.training.model_card import model_card
from tests.support import tiny_run as tiny

HOSTILE = [
    "---\nlicense: mit\n---",
    "x: y",
    "'\"",
    "# no comment",
    "!!python/object:os.system",
    "[es, en]",
    "no",
    "2026-01-01",
    "\ud800",
    "\u2028---\u2028",
    "\x00\x07",
    "- *anchor",
    "| |",
    "word " * 100 + "---",
]


def fields_of(header: str) -> dict[str, object]:
    """Return the fields of a front matter, as the Hub reads them from a whole card."""
    card = ModelCard(f"{header}# Title\n\nText.\n")
    assert str(card) == f"{header}# Title\n\nText.\n"
    assert card.text.strip() == "# Title\n\nText."
    return dict(card.data.to_dict())


def config_of(**data: object) -> Config:
    return Config.from_dict({"data": {"train": "train.tsv", "dev": "dev.tsv", **data}})


def test_the_hub_reads_back_what_was_written() -> None:
    written = front_matter(
        languages=["Spanish", "en"],
        license="other",
        license_name="of-the-sources",
        datasets=["Helsinki-NLP/opus-100"],
        metrics=["bleu", "chrf"],
        base_model="me/base",
        tags=["lstm"],
    )
    expected = ModelCardData(
        language=["es", "en"],
        license="other",
        license_name="of-the-sources",
        library_name=LIBRARY,
        pipeline_tag="translation",
        tags=[*TAGS, "lstm"],
        datasets=["Helsinki-NLP/opus-100"],
        metrics=["bleu", "chrf"],
        base_model="me/base",
    )
    assert fields_of(written) == expected.to_dict()


def test_unknown_fields_are_left_out() -> None:
    assert set(fields_of(front_matter())) == {"library_name", "pipeline_tag", "tags"}


@given(st.lists(st.text()), st.text(), st.text())
def test_any_text_is_read_back_unchanged(names: list[str], license: str, base: str) -> None:
    header = front_matter(datasets=names, tags=names, license=license, base_model=base)
    found = fields_of(header)
    assert found.get("license", "") == one_line(license)
    assert found.get("base_model", "") == one_line(base)
    kept = list(dict.fromkeys(filter(None, map(one_line, names))))
    assert found.get("datasets", []) == kept
    assert without_front_matter(f"{header}# Title") == "# Title"


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_change_neither_the_fields_nor_the_title(name: str) -> None:
    config = config_of(train=name, source_language=name, target_language="en")
    card = model_card(config, TrainingState(), "signature")
    read = ModelCard(card)
    fields = dict(read.data.to_dict())
    card.encode("utf-8")
    assert str(read) == card
    assert "license" not in fields
    assert fields["language"] == [*language_codes([name]), "en"]
    assert without_front_matter(card).startswith("# ")
    title = without_front_matter(card).splitlines()[0]
    assert title == f"# {one_line(name)} to en"
    row = [line for line in card.split("\n") if line.startswith("| training data |")]
    assert row == [f"| training data | {one_line(name).replace('|', chr(92) + '|')} |"]


@given(st.text())
def test_a_text_on_one_line_is_stable_and_can_be_written(text: str) -> None:
    line = one_line(text)
    assert one_line(line) == line
    assert len(line.encode("utf-8").splitlines()) <= 1


@given(st.text(alphabet="-\n\r# a\t"), st.text(alphabet="-\n\r# a\t"))
def test_the_text_below_is_a_suffix_and_all_of_a_card_without(first: str, second: str) -> None:
    card = first + second
    below = without_front_matter(card)
    assert card.endswith(below)
    if "---" not in card:
        assert below == card


@pytest.mark.parametrize("card", ["---\n" * 300_000, "---" * 300_000, "---\n" + "\n \t" * 300_000])
def test_long_cards_take_no_long_time(card: str) -> None:
    assert len(without_front_matter(card)) <= len(card)
    assert sources_in(card) == ""


def test_languages_have_iso_codes_or_are_left_out() -> None:
    names = [
        "Spanish",
        "español",
        "es",
        "pt_BR",
        "zh-Hans",
        "ast",
        "source",
        "",
        "Spanish (sample)",
    ]
    assert language_codes(names) == ["es", "pt", "zh", "ast"]


def test_files_of_ones_own_are_no_datasets_of_the_hub_and_have_no_license() -> None:
    fields = fields_of(run_front_matter(config_of(train=["/data/own.tsv", "data/x.{lang}"])))
    assert not {"datasets", "license", "language", "metrics", "base_model"} & set(fields)
    hub_data = {"train": ["Helsinki-NLP/opus-100", "own.tsv"], "hub_config": "en-es"}
    assert fields_of(run_front_matter(config_of(**hub_data)))["datasets"] == [
        "Helsinki-NLP/opus-100"
    ]


def test_all_directions_have_their_languages() -> None:
    config = config_of(train="x.{lang}", dev="y.{lang}", directions=["de-en", "pt_BR-en"])
    assert fields_of(run_front_matter(config))["language"] == ["de", "en", "pt"]


def test_metrics_are_named_only_after_a_score() -> None:
    config = config_of()
    before = fields_of(model_card(config, TrainingState(), "s").partition("# ")[0])
    scored = TrainingState(best=[(12.5, 100)])
    after = fields_of(model_card(config, scored, "s").partition("# ")[0])
    assert "metrics" not in before
    assert after["metrics"] == ["bleu"]


def test_the_base_model_is_one_of_the_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for start, expected in (
        ("me/base", "me/base"),
        ("me/base@v1", "me/base"),
        ("es-en", None),
        ("./runs/base", None),
    ):
        config = Config.from_dict(
            {"data": {"train": "a.tsv", "dev": "b.tsv"}, "training": {"init_from": start}}
        )
        assert fields_of(run_front_matter(config)).get("base_model") == expected
    (tmp_path / "me").mkdir()
    assert hub.hub_name("me/base") is None


def test_the_cards_of_a_run_and_of_a_mean_are_read_by_the_hub(tmp_path: Path) -> None:
    from seq2seq import train

    tiny.write_text(tmp_path)
    config = tiny.tiny_config(
        tmp_path, "data.source_language=Spanish", "data.target_language=English"
    )
    train(config, output=tmp_path / "run", cpu=True)
    average(tmp_path / "run", output=tmp_path / "mean", count=1)
    for name, metrics in (("run", ["bleu"]), ("mean", None)):
        path = tmp_path / name / "README.md"
        read = ModelCard.load(path)
        assert read.data.language == ["es", "en"]
        assert read.data.library_name == "seq2seq"
        assert read.data.pipeline_tag == "translation"
        assert read.data.metrics == metrics
        assert read.data.license is None
        assert str(read) == path.read_text(encoding="utf-8")


FRONT = front_matter(languages=["es", "en"], license="mit")
CARD = "# Spanish to English\n\n## Training data\n\nA corpus, CC0.\n\n## Started from x\n\n> GPL.\n"


def test_sources_are_those_of_the_card_without_front_matter() -> None:
    assert sources_in(FRONT + CARD) == sources_in(CARD) != ""
    assert started_from(FRONT + CARD) == started_from(CARD) != ""
    comment = "---\n# Training data\nlicense: mit\n---\n\n"
    assert sources_in(comment + CARD) == sources_in(CARD)


def test_a_card_is_quoted_without_its_front_matter(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text(FRONT + CARD)
    with_front = quoted_sources("x", tmp_path)
    (tmp_path / "README.md").write_text(CARD)
    assert quoted_sources("x", tmp_path) == with_front


@pytest.mark.parametrize("front", ["", FRONT, "---\n# a comment\nlicense: mit\n---\n"])
def test_a_shipped_model_is_described_by_its_heading(
    front: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shipped_models, "SHIPPED", tmp_path)
    (tmp_path / "es-en").mkdir()
    (tmp_path / "es-en" / "README.md").write_text(front + CARD)
    assert shipped_models.ShippedModel("es-en").description == "Spanish to English"


def test_front_matter_is_plain_yaml() -> None:
    block = FRONT.removeprefix("---\n").removesuffix("---\n\n")
    assert yaml.safe_load(block)["license"] == "mit"
    assert run_metadata.run_front_matter(config_of()).endswith("---\n\n")
