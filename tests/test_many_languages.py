"""Multilingual models: training, resuming, target languages, scores and shortlists."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from seq2seq import Config, Translator, evaluate, train
from seq2seq.cli.app import translate_main
from seq2seq.data.corpus.directions import dev_pairs, directions_of, training_pairs, training_stream
from seq2seq.errors import ConfigError, DataError
from seq2seq.model_directory.learn_shortlist import shortlist
from seq2seq.translation.values import Source

WORDS = {
    "en": ["one", "two", "red", "blue", "cat", "dog"],
    "de": ["eins", "zwei", "rot", "blau", "katze", "hund"],
    "fr": ["un", "deux", "rouge", "bleu", "chat", "chien"],
}
DIRECTIONS = ["de-en", "en-de", "fr-de"]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("many")
    for language, words in WORDS.items():
        lines = [
            " ".join(words[(n + k * step) % 6] for k in range(2 + n % 2))
            for n in range(6)
            for step in (1, 2, 3)
        ]
        for name, part in (("train", lines), ("dev", lines[::4])):
            (folder / f"{name}.{language}").write_text("\n".join(part) + "\n", encoding="utf-8")
    train(config(folder), output=folder / "run", cpu=True)
    return folder


def config(folder: Path, *overrides: str) -> Config:
    return Config.from_dict(
        {
            "data": {
                "train": str(folder / "train.{lang}"),
                "dev": str(folder / "dev.{lang}"),
                "directions": DIRECTIONS,
                "temperature": 2.0,
            },
            "tokenizer": {"type": "word", "vocab_size": 40, "joint": True},
            "model": {
                "cell": "gru",
                "embedding_size": 32,
                "hidden_size": 48,
                "decoder_layers": 1,
                "dropout": 0.0,
                "attention": "bahdanau",
                "decoder_order": "bahdanau",
                "weight_tying": "three-way",
            },
            "training": {
                "precision": "fp32",
                "max_steps": 150,
                "batch_sentences": 20,
                "learning_rate": 0.01,
                "schedule": "constant",
                "warmup_steps": 10,
                "validate_every": 75,
            },
            "decoding": {"beam": 2, "max_length_ratio": 1.0, "max_length_extra": 2},
        },
        overrides,
    )


def test_the_language_asked_for_is_written(place: Path) -> None:
    translator = Translator.from_pretrained(place / "run")
    english, german, french = (
        (place / f"train.{language}").read_text().splitlines() for language in ("en", "de", "fr")
    )
    sources = [Source(text, to="de") for text in english + french] + [
        Source(text, to="en") for text in german
    ]
    found = [translation.text for translation in translator.translate_all(sources)]
    right = [a == b for a, b in zip(found, [*german, *german, *english], strict=True)]
    assert sum(right) > 0.9 * len(right)
    told = Translator.from_pretrained(place / "run", to="de", alignments=True)
    assert told.translate(english[0]).text == found[0]
    assert told.translate(Source(german[0], to="en")).text == found[2 * len(english)]
    assert told.score([english[0]], [german[0]])[0] > told.score([english[0]], [german[1]])[0]
    links = told.translate(english[0]).alternatives[0].alignment
    assert links
    assert all(word < len(english[0].split()) for word, _ in links), "a tag is no word"
    records: list[dict[str, Any]] = []
    told.translate(english[0], trace=records.append)
    pieces = records[1]["pieces"]
    assert pieces[0] == "<de>"
    assert {*english[0].split(), "</s>"} <= set(pieces[1:])
    assert len(records[1]["steps"][0]["rows"][0]["attention"]) == len(pieces)


def test_a_language_can_be_called_by_any_of_its_names(place: Path) -> None:
    told = Translator.from_pretrained(place / "run", to="de").translate("one").text
    for name in ("DE", "German", "deutsch", "Alemán"):
        other = Translator.from_pretrained(place / "run", to=name, from_="English")
        assert other.to == "de"
        assert other.translate("one").text == told
        assert other.translate(Source("one", to=name)).text == told
    with pytest.raises(ConfigError, match="translates from de, en, fr, not from 'Spanish'"):
        Translator.from_pretrained(place / "run", to="de", from_="Spanish")


def test_a_missing_or_unknown_language_is_an_error(place: Path) -> None:
    with pytest.raises(ConfigError, match=r"say into which \(de, en\)"):
        Translator.from_pretrained(place / "run").translate("one")
    with pytest.raises(ConfigError, match="does not translate into 'fr'"):
        Translator.from_pretrained(place / "run", to="fr")


def test_directions_are_validated_scored_and_on_the_model_card(place: Path) -> None:
    lines = [
        json.loads(line) for line in (place / "run" / "metrics.jsonl").read_text().splitlines()
    ]
    last = [line for line in lines if "dev_bleu" in line][-1]
    scores = [last[f"dev_bleu_{direction}"] for direction in DIRECTIONS]
    assert last["dev_bleu"] == pytest.approx(sum(scores) / 3)
    report = evaluate(
        place / "run", str(place / "dev.{lang}"), source="fr", target="de", decoding={"beam": 1}
    )
    assert report.sets[0].decoding["to"] == "de"
    assert report.score().value == pytest.approx(last["dev_bleu_fr-de"])
    card = (place / "run" / "README.md").read_text()
    assert "de to en, en to de, fr to de" in card
    assert "--to de" in card


def test_the_command_takes_the_target_language(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    line = (place / "train.en").read_text().splitlines()[0]
    expected = Translator.from_pretrained(place / "run", to="de").translate(line).text
    monkeypatch.setattr(
        "sys.argv", ["translate", "--model", str(place / "run"), "--to", "de", line]
    )
    with pytest.raises(SystemExit, match="0"):
        translate_main()
    assert capsys.readouterr().out == expected + "\n"


def test_with_a_shortlist_it_still_writes_the_language_asked_for(place: Path) -> None:
    shortlist(place / "run", per_token=3, frequent=2)
    english = (place / "train.en").read_text().splitlines()
    plain, listed = (
        Translator.from_pretrained(place / "run", to="de", shortlist=some) for some in (False, True)
    )
    same = [
        a.text == b.text
        for a, b in zip(*(one.translate_all(english) for one in (plain, listed)), strict=True)
    ]
    assert sum(same) > 0.8 * len(same)


def test_a_stopped_run_of_several_directions_goes_on_as_if_unbroken(place: Path) -> None:
    train(config(place, "training.max_steps=40"), output=place / "broken", cpu=True)
    train(config(place), output=place / "broken", resume=True, cpu=True)
    last = "checkpoints/step-00000150/model.safetensors"
    same = [(place / name / last).read_bytes() for name in ("run", "broken")]
    assert same[0] == same[1]


def test_the_number_of_dev_pairs_can_be_limited(place: Path) -> None:
    train(config(place, "training.max_steps=2", "data.dev_pairs=2"), output=place / "few", cpu=True)
    data = config(place, "data.dev_pairs=2").data
    assert [len(dev_pairs(data, direction)) for direction in directions_of(data)] == [2, 2, 2]


@pytest.mark.parametrize("streaming", ["true", "false"])
def test_the_number_of_training_pairs_can_be_limited(place: Path, streaming: str) -> None:
    data = config(
        place, "data.train_pairs=3", f"data.streaming={streaming}", "data.temperature=1"
    ).data
    for direction in directions_of(data):
        whole = training_pairs(config(place).data, direction).sources()
        assert training_pairs(data, direction).sources() == whole[:3]
        assert sum(table.num_rows for table in training_stream(data, direction).read()) == 3


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("data.directions=[de]", "write two languages and a hyphen"),
        ("data.directions=[]", "directions is empty"),
        ("data.directions=[de-en, de-en]", "lists one twice"),
        ("data.train=train.tsv", "must contain {lang}, {source} or {target}"),
    ],
)
def test_impossible_directions_are_errors(place: Path, override: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        config(place, override)


def test_a_direction_without_its_file_is_named(place: Path) -> None:
    with pytest.raises(DataError, match=r"train\.cs"):
        train(config(place, "data.directions=[de-en, cs-en]"), output=place / "none", cpu=True)


def test_files_of_pairs_may_be_named_by_their_languages(place: Path) -> None:
    for name in ("train", "dev"):
        for source, target in (direction.split("-") for direction in DIRECTIONS):
            rows = zip(
                *((place / f"{name}.{side}").read_text().splitlines() for side in (source, target)),
                strict=True,
            )
            (place / f"{name}.{source}-{target}.tsv").write_text(
                "".join(f"{a}\t{b}\n" for a, b in rows)
            )
    paths = [f"data.{name}={place}/{name}.{{source}}-{{target}}.tsv" for name in ("train", "dev")]
    train(config(place, "training.max_steps=40", *paths), output=place / "tsv", cpu=True)
    train(config(place, "training.max_steps=40"), output=place / "aligned", cpu=True)
    same = [(place / name / "model.safetensors").read_bytes() for name in ("tsv", "aligned")]
    assert same[0] == same[1]
