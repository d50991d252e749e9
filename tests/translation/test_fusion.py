"""Language models in translation: shallow fusion, reranking, and what a directory may name."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml
from typer.testing import CliRunner

from seq2seq import CheckpointError, ConfigError, LanguageModel, Translator
from seq2seq.cli.app import app
from seq2seq.data.alignment.shortlist import Shortlist
from seq2seq.data.ragged import RaggedIds
from seq2seq.data.tokenizers.pair import TokenizerPair
from seq2seq.data.tokenizers.vocabulary import BOS, EOS
from seq2seq.decoding.hypothesis import Hypothesis
from seq2seq.decoding.ranking import length_penalty
from seq2seq.model_directory.names import CONFIG, SHORTLIST
from seq2seq.translation.constraints import Constraints
from seq2seq.translation.values import Source
from tests.support.tiny_fusion import save_language_model
from tests.support.tiny_model import save_tiny_model, sentences

TEXTS = [text for text in sentences(12) if text]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with a translation model and language models."""
    torch.set_num_threads(1)
    place = tmp_path_factory.mktemp("fusion")
    model = save_tiny_model(place / "model")
    tokenizers = TokenizerPair.load(model)
    ids = RaggedIds(tokenizers.source.encode(TEXTS))
    sizes = (tokenizers.source.vocab_size, tokenizers.target.vocab_size)
    few = Shortlist.train(ids, ids, *sizes, per_token=3, frequent=8)
    few.save(model / SHORTLIST, tokenizers.fingerprint())
    save_language_model(place / "lm", model)
    save_language_model(place / "other", save_tiny_model(place / "other-words", seed=7))
    return place


def load(place: Path, **options: Any) -> Translator:
    return Translator.from_pretrained(place / "model", **options)


def network_score(model: LanguageModel, ids: list[int]) -> float:
    """Return the log-probability of ids and the end token, one step at a time."""
    total = 0.0
    state = model.network.start(1)
    with torch.inference_mode():
        for given, wanted in zip([BOS, *ids], [*ids, EOS], strict=True):
            logits, state = model.network.step(torch.tensor([given]), state)
            total += float(logits.log_softmax(-1)[0, wanted])
    return total


def hypotheses(translator: Translator) -> tuple[list[list[int]], list[list[Hypothesis]]]:
    sources = translator.tokenizers.source.encode(TEXTS)
    none = Constraints.of(list(map(Source, TEXTS)), translator.decoding, translator.tokenizers)
    search = translator.engine.search(translator.decoding)
    return sources, search(sources, none, attention=False)


SEARCHES: dict[str, dict[str, object]] = {
    "greedy": {"strategy": "greedy"},
    "beam": {"beam": 4, "nbest": 3},
    "coverage": {"beam": 3, "coverage_penalty": 0.2},
    "diverse": {"strategy": "diverse-beam", "beam": 4, "nbest": 4},
    "sampling": {"strategy": "sampling", "nbest": 3, "seed": 4},
}


@pytest.mark.parametrize("shortlist", [False, True])
@pytest.mark.parametrize("name", SEARCHES)
def test_a_weight_of_0_changes_nothing(place: Path, name: str, shortlist: bool) -> None:
    plain = load(place, engine="torch", shortlist=shortlist, decoding=SEARCHES[name])
    fused = plain.with_decoding(language_model=str(place / "lm"), language_model_weight=0)
    assert fused.translate_all(TEXTS) == plain.translate_all(TEXTS)
    other = fused.with_decoding(language_model_weight=2.0)
    assert other.translate_all(TEXTS) != plain.translate_all(TEXTS)


@pytest.mark.parametrize("name", ["greedy", "beam", "sampling"])
def test_a_fused_score_is_the_sum_of_both_models_scores(place: Path, name: str) -> None:
    settings = {"language_model": str(place / "lm"), "language_model_weight": 0.7}
    fused = load(place, decoding=SEARCHES[name] | settings)
    model = LanguageModel.from_pretrained(place / "lm")
    sources, found = hypotheses(fused)
    for source, candidates in zip(sources, found, strict=True):
        for one in candidates:
            [translation] = fused.engine.score([source], [one.tokens])
            expected = translation + 0.7 * network_score(model, one.tokens)
            assert one.log_probability == pytest.approx(expected, abs=1e-3)
            penalty = length_penalty(len(one.tokens) + 1, 1.0) if name == "beam" else 1.0
            assert one.score == pytest.approx(expected / penalty, abs=1e-3)


def test_a_beam_that_holds_everything_finds_what_scores_best_by_both(place: Path) -> None:
    exhaustive = {"beam": 200, "nbest": 200, "max_length_ratio": 0.01, "max_length_extra": 1}
    plain = load(place, engine="torch", decoding=exhaustive | {"length_penalty": 0.0})
    fused = plain.with_decoding(language_model=str(place / "lm"), language_model_weight=1.5)
    model = LanguageModel.from_pretrained(place / "lm")
    _, found = hypotheses(plain)
    _, best = hypotheses(fused)
    for candidates, chosen in zip(found, best, strict=True):
        assert len(candidates) > 100
        totals = [
            one.log_probability + 1.5 * network_score(model, one.tokens) for one in candidates
        ]
        assert chosen[0].log_probability == pytest.approx(max(totals), abs=1e-3)


def test_fusion_keeps_terms_prefixes_and_does_not_depend_on_the_batch(place: Path) -> None:
    fused = load(place, decoding={"language_model": str(place / "lm")})
    together = fused.translate_all(TEXTS)
    for text, one in zip(TEXTS, together, strict=True):
        alone = fused.translate(text)
        assert alone.text == one.text
        assert alone.score == pytest.approx(one.score, abs=1e-4)
    found = fused.translate(Source(TEXTS[0], prefix="casa ", terms=("gato",)))
    assert found.text.startswith("casa")
    assert "gato" in found.text


def test_the_trace_of_a_fused_search_has_its_scores(place: Path) -> None:
    fused = load(place, decoding={"language_model": str(place / "lm"), "beam": 3})
    records: list[dict[str, object]] = []
    translation = fused.translate("casa roja", trace=records.append)
    assert translation == fused.translate("casa roja")
    assert records


def test_only_the_engine_torch_fuses(place: Path, native_library: object) -> None:
    settings = {"language_model": str(place / "lm")}
    with pytest.raises(ConfigError, match=r"native engine does not support decoding\.language_mod"):
        load(place, engine="native", decoding=settings)
    automatic = load(place, engine="auto", decoding=settings)
    by_torch = load(place, engine="torch", decoding=settings)
    assert automatic.translate_all(TEXTS) == by_torch.translate_all(TEXTS)
    assert load(place, engine="native", decoding=settings | {"language_model_use": "rerank"})


def test_another_vocabulary_or_task_is_refused_in_one_line(place: Path) -> None:
    cases = [
        ("other", ConfigError, "training.tokenizers_from, so that both have the same target"),
        ("model", ConfigError, "is a model of task translation, where one of task language-model"),
        ("absent", CheckpointError, "no such model directory"),
    ]
    for name, kind, message in cases:
        with pytest.raises(kind, match=message) as caught:
            load(place, decoding={"language_model": str(place / name)})
        assert "\n" not in str(caught.value)
        assert name in str(caught.value)
    with pytest.raises(ConfigError, match="language_model_weight"):
        load(place, decoding={"language_model_weight": -1})
    both = {"language_model": "lm", "language_model_use": "rerank", "mbr": 4}
    with pytest.raises(ConfigError, match="choose one"):
        load(place, decoding=both)


def test_lines_are_as_likely_together_as_step_by_step(place: Path) -> None:
    model = LanguageModel.from_pretrained(place / "lm")
    lines = [*TEXTS, "", "casa"]
    ids = model.tokenizers.target.encode([model.tokenizers.steps.target(one) for one in lines])
    expected = [network_score(model, row) for row in ids]
    assert np.allclose(model.log_probabilities(lines), expected, atol=1e-3)
    assert model.log_probabilities([]) == []


@pytest.mark.parametrize("lm", ["lm", "other"])
@pytest.mark.parametrize("settings", [{}, {"strategy": "greedy"}, SEARCHES["sampling"]])
def test_reranking_adds_the_score_of_the_text(
    place: Path, lm: str, settings: dict[str, object]
) -> None:
    given = {"language_model": str(place / lm), "language_model_use": "rerank"}
    whole = {"nbest": 4} if not settings else {}
    plain = load(place, decoding=settings | whole)
    reranked = plain.with_decoding(**given, language_model_weight=0.5)
    model = LanguageModel.from_pretrained(place / lm)
    penalty = plain.decoding.length_penalty if not settings else 0.0
    for before, after in zip(
        plain.translate_all(TEXTS), reranked.translate_all(TEXTS), strict=True
    ):
        expected = {}
        for one in before.alternatives:
            divisor = one.log_probability / one.score if penalty else 1.0
            [added] = model.log_probabilities([one.text])
            expected[one.log_probability] = one.score + 0.5 * added / divisor
        found = {one.log_probability: one.score for one in after.alternatives}
        assert found.keys() == expected.keys()
        assert all(found[key] == pytest.approx(expected[key], abs=1e-3) for key in found)
        scores = [one.score for one in after.alternatives]
        assert scores == sorted(scores, reverse=True)


def test_reranking_with_a_weight_of_0_keeps_the_order(place: Path) -> None:
    plain = load(place, decoding={"beam": 4, "nbest": 4})
    changes = {"language_model_use": "rerank", "language_model_weight": 0}
    reranked = plain.with_decoding(language_model=str(place / "other"), **changes)
    assert reranked.translate_all(TEXTS) == plain.translate_all(TEXTS)
    first = reranked.with_decoding(nbest=1).translate_all(TEXTS)
    assert [one.text for one in first] == [one.text for one in plain.translate_all(TEXTS)]


def test_reranking_chooses_among_the_whole_beam(place: Path) -> None:
    plain = load(place, decoding={"beam": 4, "nbest": 4})
    changes = {"language_model_use": "rerank", "language_model_weight": 3.0}
    best = plain.with_decoding(language_model=str(place / "lm"), nbest=1, beam=4, **changes)
    chosen = best.translate_all(TEXTS)
    lists = plain.translate_all(TEXTS)
    assert all(len(one.alternatives) == 1 for one in chosen)
    assert [one.text for one in chosen] != [one.text for one in lists]
    for one, candidates in zip(chosen, lists, strict=True):
        assert one.text in {other.text for other in candidates.alternatives}


def name_model(place: Path, directory: Path, name: str) -> Path:
    """Copy the translation model; the configuration of the copy names a language model."""
    shutil.copytree(place / "model", directory)
    content = yaml.safe_load((directory / CONFIG).read_text(encoding="utf-8"))
    content["decoding"]["language_model"] = name
    (directory / CONFIG).write_text(yaml.safe_dump(content), encoding="utf-8")
    return directory


@pytest.mark.parametrize(
    "name", ["../lm", "{place}/lm", "link", "absent", "owner/name", "a\0b", "."]
)
def test_a_model_directory_cannot_make_the_program_open_what_is_outside(
    place: Path, tmp_path: Path, name: str
) -> None:
    named = name_model(place, tmp_path / "model", name.format(place=place))
    (named / "link").symlink_to(place / "lm")
    shutil.copytree(place / "lm", tmp_path / "lm")
    with pytest.raises(ConfigError, match="is not opened") as caught:
        Translator.from_pretrained(named)
    assert "\n" not in str(caught.value)
    plain = Translator.from_pretrained(named, decoding={"language_model": None})
    assert plain.translate_all(TEXTS) == load(place).translate_all(TEXTS)


def test_a_model_directory_may_hold_its_language_model(place: Path, tmp_path: Path) -> None:
    named = name_model(place, tmp_path / "model", "lm")
    shutil.copytree(place / "lm", named / "lm")
    own = Translator.from_pretrained(named)
    given = load(place, decoding={"language_model": str(place / "lm")})
    assert own.translate_all(TEXTS) == given.translate_all(TEXTS)
    assert own.with_decoding(beam=2).decoding.language_model == str((named / "lm").resolve())


def test_the_commands_take_a_language_model(place: Path, tmp_path: Path) -> None:
    named = [f"language_model={place / 'lm'}", "language_model_weight=3", "nbest=2"]
    options = [part for one in named for part in ("--set", one)]
    arguments = ["translate", "--model", str(place / "model"), *options]
    result = CliRunner().invoke(app, [*arguments, TEXTS[0]])
    assert result.exit_code == 0, result.output
    settings = {"language_model": str(place / "lm"), "language_model_weight": 3, "nbest": 2}
    expected = load(place, decoding=settings).translate(TEXTS[0])
    assert expected.alternatives[0].text in result.stdout
    (tmp_path / "set.tsv").write_text("casa\tcasa\nperro azul\tperro\n", encoding="utf-8")
    evaluated = ["evaluate", str(place / "model"), "--data", str(tmp_path / "set.tsv")]
    result = CliRunner().invoke(app, [*evaluated, *options, "--output", str(tmp_path / "report")])
    assert result.exit_code == 0, result.output
    report = (tmp_path / "report" / "report.json").read_text(encoding="utf-8")
    assert "lm, fusion, weight 3" in report
