"""Constraints on a search: prefixes, lengths, repetition, phrases, sampling and scoring."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from seq2seq.config.config import Config, parse_settings, with_settings
from seq2seq.config.settings import DecodingConfig, TokenizerConfig
from seq2seq.data.alignment.shortlist import Shortlist
from seq2seq.data.ragged import RaggedIds
from seq2seq.data.tokenizers.pair import TokenizerPair
from seq2seq.data.tokenizers.vocabulary import BOS, EOS
from seq2seq.errors import ConfigError
from seq2seq.metrics.expected_chrf import expected_chrf
from seq2seq.model_directory.names import CONFIG, SHORTLIST, WEIGHTS
from seq2seq.model_directory.store import save_weights
from seq2seq.models.model import build_model
from seq2seq.translation.translator import Translator
from seq2seq.translation.values import Source

WORDS = ["casa", "papel", "perro", "gato", "rojo", "azul", "grande", "verde", "mesa", "libro"]
TEXTS = [f"{first} de {second}" for first in WORDS[:4] for second in WORDS[4:]]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_model(tmp_path_factory.mktemp("model"), seed=2)


@pytest.fixture
def listed(model: Path) -> Iterator[None]:
    """Return a translator with a shortlist of few translations per token."""
    tokenizers = load(model).tokenizers
    ids = RaggedIds(tokenizers.source.encode(TEXTS))
    few = Shortlist.train(
        ids,
        ids,
        tokenizers.source.vocab_size,
        tokenizers.target.vocab_size,
        per_token=1,
        frequent=2,
    )
    few.save(model / SHORTLIST, tokenizers.fingerprint())
    yield
    (model / SHORTLIST).unlink()


def save_model(directory: Path, seed: int, kind: str = "bpe") -> Path:
    """Write an untrained model, whose translations are nonsense but differ by source."""
    directory.mkdir(exist_ok=True)
    config = Config.from_dict(
        {
            "data": {"train": "train.tsv", "dev": "dev.tsv"},
            "tokenizer": {"type": kind, "vocab_size": 120, "byte_fallback": False},
            "model": {"hidden_size": 16, "embedding_size": 16, "decoder_layers": 1, "dropout": 0.0},
            "decoding": {"beam": 4, "max_length_ratio": 1, "max_length_extra": 4},
        }
    )
    lines = [f"{first} de {second}" for first in WORDS for second in WORDS]
    tokenizers = TokenizerPair.train(
        lines, lines, TokenizerConfig(type=kind, vocab_size=70, byte_fallback=False, joint=False)
    )
    tokenizers.save(directory)
    torch.manual_seed(seed)
    network = build_model(config.model, tokenizers.source.vocab_size, tokenizers.target.vocab_size)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.mul_(2.5)
    (directory / CONFIG).write_text(config.to_yaml())
    save_weights(network, directory / WEIGHTS)
    return directory


def load(model: Path, *settings: str, **options: object) -> Translator:
    return Translator.from_pretrained(model, decoding=parse_settings(settings), **options)


@pytest.mark.parametrize("beam", [1, 4])
def test_each_text_is_completed_from_its_own_prefix(model: Path, beam: int) -> None:
    translator = load(model, engine="torch")
    translator.model.double()  # untrained weights have near ties, which rounding would decide
    prefixes = ["casa", "", "gato de", "mesa verde"] * 6
    sources = [Source(text, prefix) for text, prefix in zip(TEXTS, prefixes, strict=True)]
    found = translator.translate_all(sources, beam=beam)
    for source, translation in zip(sources, found, strict=True):
        assert translation.text.startswith(source.prefix)
        assert translator.translate(source, beam=beam).text == translation.text
    free = translator.translate_all(TEXTS, beam=beam)
    assert [one.text for one in found[1::4]] == [one.text for one in free[1::4]]
    assert any(one.text != other.text for one, other in zip(found[::4], free[::4], strict=True))


@pytest.mark.parametrize("shortlist", [False, True])
@pytest.mark.parametrize("beam", [1, 4])
def test_a_prefix_may_end_within_a_word_unless_a_space_ends_it(
    model: Path, listed: None, beam: int, shortlist: bool
) -> None:
    translator = load(model, shortlist=shortlist)
    for text in TEXTS[:8]:
        for prefix in ("me", "gato ver", "li", "papelp"):
            assert translator.translate(Source(text, prefix), beam=beam).text.startswith(prefix)
        for prefix in ("mes ", "gato ver "):
            begun = translator.translate(Source(text, prefix), beam=beam).text
            assert re.match(rf"{prefix.strip()}\b", begun)
    completed = {
        translator.translate(Source(text, "me"), beam=beam).text.split()[0] for text in TEXTS
    }
    assert completed - {"me"}, "where a word breaks off, it may go on"


def test_prefixes_terms_and_forbidden_words_hold_for_truecased_text(
    tmp_path: Path,
) -> None:
    translator = load(
        save_model(tmp_path / "truecased", seed=2, kind="truecased"), "forbidden=[papel]"
    )
    for prefix in ("Casa de", "casa de", "Gato ver", "me", "Mesa li"):
        assert translator.translate(Source(TEXTS[0], prefix), beam=4).text.startswith(prefix)
    for text in TEXTS[:8]:
        found = translator.translate(Source(text, terms=("perro", "libro")), beam=4).text.lower()
        assert re.search(r"\bperro\b", found)
        assert re.search(r"\blibro\b", found)
        assert not re.search(r"\bpapel\b", found)


def test_a_score_is_the_sum_of_forced_log_probabilities(model: Path) -> None:
    translator = load(model, engine="torch")
    targets = [f"{second} {first}" for first in WORDS[:4] for second in WORDS[4:]]
    network = translator.model
    tokenizers = translator.tokenizers
    for source, target, found in zip(TEXTS, targets, translator.score(TEXTS, targets), strict=True):
        [ids] = tokenizers.source.encode([source])
        [tokens] = tokenizers.target.encode([target])
        with torch.inference_mode():
            known = torch.tensor([[BOS, *tokens]])
            log_p = network(
                torch.tensor([[*ids, EOS]]), torch.tensor([len(ids) + 1]), known
            ).log_softmax(-1)[0]
        expected = sum(float(log_p[time, token]) for time, token in enumerate([*tokens, EOS]))
        assert found == pytest.approx(expected, abs=1e-3)


def test_scoring_does_not_depend_on_the_batch_nor_on_rules_of_the_search(model: Path) -> None:
    plain = load(model)
    targets = [text.replace("de", "azul") for text in TEXTS]
    scores = plain.score(TEXTS, targets)
    assert scores == pytest.approx(
        [plain.score([a], [b])[0] for a, b in zip(TEXTS, targets, strict=True)], abs=1e-4
    )
    ruled = load(
        model, "forbidden=[azul]", "min_length=9", "no_repeat_ngram=1", "strategy=sampling"
    )
    assert ruled.score(TEXTS, targets) == pytest.approx(scores, abs=1e-4)
    assert all(score < 0 for score in scores)
    assert plain.score(["", "casa"], ["gato", ""])[0] == 0


def test_rules_on_forbidden_words_lengths_and_repetition_hold(model: Path) -> None:
    free = load(model).translate_all(TEXTS)
    words = [word for translation in free for word in translation.text.split()]
    common = max(set(words), key=words.count)
    found = load(model, f"forbidden=[{common}]", "min_length=6", "no_repeat_ngram=2").translate_all(
        TEXTS
    )
    segment = load(model).tokenizers.target.encode([common])[0]
    assert any(common in one.text.split() for one in free)
    for translation in found:
        [ids] = load(model).tokenizers.target.encode([translation.text])
        assert not any(ids[first : first + len(segment)] == segment for first in range(len(ids)))


def test_samples_depend_only_on_the_seed_and_the_text(model: Path) -> None:
    translator = load(model, "strategy=sampling", "seed=5", "temperature=1.5")
    found = translator.translate_all(TEXTS, nbest=3)
    assert all(len(one.alternatives) == 3 for one in found)
    for translation in found[::5]:
        alone = translator.translate(translation.source, nbest=3)
        assert [one.text for one in alone.alternatives] == [
            one.text for one in translation.alternatives
        ]
    assert translator.translate_all(TEXTS[::-1], nbest=3)[::-1] == found
    other = load(model, "strategy=sampling", "seed=6", "temperature=1.5").translate_all(
        TEXTS, nbest=3
    )
    assert [one.text for one in other] != [one.text for one in found]


def test_with_a_shortlist_a_prefix_may_have_any_tokens_and_rules_hold(
    model: Path, listed: None
) -> None:
    tokenizers = load(model).tokenizers
    plain = load(model)
    translator = load(model, "no_repeat_ngram=1", "forbidden=[papel]", shortlist=True)
    # The prefix takes precedence over the rules, and no other text's list has it.
    prefix = "papel papel "
    [wanted] = tokenizers.target.encode([prefix])
    for text in TEXTS[:6]:
        begun = translator.translate(Source(text, prefix)).text
        free = translator.translate(text).text
        assert begun.startswith("papel papel")
        assert "papel" not in free.split()
        assert free != plain.translate(text).text
        [rest] = tokenizers.target.encode([begun])
        assert rest[: len(wanted)] == wanted


def test_settings_are_checked_and_named() -> None:
    decoding = DecodingConfig()
    changes = parse_settings(["beam=3", "forbidden=[a b, c]"])
    assert with_settings(decoding, changes).forbidden == ["a b", "c"]
    assert with_settings(decoding, {}) == decoding
    with pytest.raises(
        ConfigError, match=r"decoding\.temprature: unknown key; did you mean 'temperature'"
    ):
        with_settings(decoding, {"temprature": 2})
    with pytest.raises(ConfigError, match="setting 'beam': write it as key=value"):
        parse_settings(["beam"])
    with pytest.raises(ConfigError, match=r"2 problems(.|\n)*top_p(.|\n)*seed"):
        with_settings(decoding, {"top_p": 2, "seed": -1})


def test_a_coverage_penalty_needs_attention(model: Path, tmp_path: Path) -> None:
    assert load(model, "coverage_penalty=0.4").translate("casa de mesa").text is not None
    for file in model.iterdir():
        (tmp_path / file.name).symlink_to(file)
    (tmp_path / CONFIG).unlink()
    config = (model / CONFIG).read_text().replace("attention: bahdanau", "attention: none")
    (tmp_path / CONFIG).write_text(config)
    network = build_model(Config.load(tmp_path / CONFIG).model, 70, 70)
    (tmp_path / WEIGHTS).unlink()
    save_weights(network, tmp_path / WEIGHTS)
    with pytest.raises(ConfigError, match="coverage_penalty needs a model with attention"):
        load(tmp_path, "coverage_penalty=0.4")


def test_an_ensemble_translates_by_the_mean_of_probabilities(model: Path, tmp_path: Path) -> None:
    other = save_model(tmp_path / "other", seed=3)
    together = Translator.from_pretrained([model, other])
    singles = [load(one, engine="torch") for one in (model, other)]
    translations = [one.translate(text).text for one in singles for text in TEXTS[:4]]
    for text in TEXTS[:4]:
        [ids] = together.tokenizers.source.encode([text])
        scores = []
        for target in translations:
            [tokens] = together.tokenizers.target.encode([target])
            with torch.inference_mode():
                arguments = (
                    torch.tensor([[*ids, EOS]]),
                    torch.tensor([len(ids) + 1]),
                    torch.tensor([[BOS, *tokens]]),
                )
                shares = torch.stack(
                    [one.model(*arguments)[0].softmax(-1) for one in singles]
                ).mean(0)
            scores.append(
                sum(float(shares[time, token].log()) for time, token in enumerate([*tokens, EOS]))
            )
        assert together.score([text] * len(scores), translations) == pytest.approx(scores, abs=1e-3)
    found = together.translate_all(TEXTS, beam=4, nbest=2)
    assert [one.text for one in found] != [
        one.text for one in singles[0].translate_all(TEXTS, beam=4)
    ]


@pytest.mark.parametrize("dtype", ["fp32", "int8"])
def test_an_ensemble_of_one_model_twice_is_that_model(model: Path, dtype: str) -> None:
    alone, twice = (
        Translator.from_pretrained(models, dtype=dtype) for models in (model, [model, model])
    )
    found = twice.translate_all(TEXTS, beam=3)
    expected = alone.translate_all(TEXTS, beam=3)
    assert [one.text for one in found] == [one.text for one in expected]
    assert [one.score for one in found] == pytest.approx([one.score for one in expected], abs=1e-4)


def test_an_ensemble_needs_one_vocabulary(model: Path, tmp_path: Path) -> None:
    other = save_model(tmp_path / "other", seed=3)
    lines = [f"{first} con {second}" for first in WORDS for second in WORDS]
    TokenizerPair.train(
        lines, lines, TokenizerConfig(vocab_size=70, byte_fallback=False, joint=False)
    ).save(other)
    with pytest.raises(ConfigError, match="other: an ensemble needs the same tokenizers"):
        Translator.from_pretrained([model, other])


def test_an_ensemble_needs_one_direction(model: Path, tmp_path: Path) -> None:
    named = "source_language: '{}'\n  target_language: '{}'"
    directories = []
    names = {"a": ("es", "en"), "b": ("Spanish", "English"), "c": ("en", "es")}
    for name, languages in names.items():
        directory = save_model(tmp_path / name, seed=2)
        config = (directory / CONFIG).read_text()
        config = config.replace(named.format("", ""), named.format(*languages))
        (directory / CONFIG).write_text(config)
        (directory / "manifest.json").unlink(missing_ok=True)
        directories.append(directory)
    assert Translator.from_pretrained(directories[:2], engine="torch").translate("casa").text
    with pytest.raises(ConfigError, match=r"c: translates from en, but .*a from es; an ensemble"):
        Translator.from_pretrained(directories[::2])


def test_a_term_that_the_settings_rule_out_is_an_error(model: Path) -> None:
    source = Source("casa de mesa", terms=("perro gato",))
    with pytest.raises(ConfigError, match=r"'perro gato' must appear, but 'gato' is forbidden"):
        load(model, "forbidden=[gato]").translate(source)
    twice = Source("casa de mesa", terms=("perro gato perro gato",))
    with pytest.raises(ConfigError, match=r"'perro gato perro gato' repeats 2 of its tokens"):
        load(model, "no_repeat_ngram=2").translate(twice)
    assert "perro gato" in load(model, "forbidden=[libro]").translate(source).text
    with pytest.raises(ConfigError, match="leave no room for a translation"):
        load(model, "max_length_ratio=0.01", "max_length_extra=0")


def test_a_long_text_is_translated_sentence_by_sentence(model: Path) -> None:
    plain = load(model)
    splitting = load(model, "split_sentences=true")
    texts = ["Casa de mesa. Gato de papel!  Perro", "", "casa de libro", " "]
    found = splitting.translate_all(texts)
    parts = [one.text for one in plain.translate_all(["Casa de mesa.", "Gato de papel!", "Perro"])]
    assert [one.text for one in found] == [
        " ".join(filter(None, parts)),
        "",
        plain.translate(texts[2]).text,
        "",
    ]
    assert [one.source for one in found] == texts
    begun = splitting.translate(Source(texts[0], "mesa")).text
    assert begun.startswith("mesa")
    assert begun.endswith(" ".join(parts[1:]))


def test_an_nbest_list_of_several_sentences_has_their_best_combinations(model: Path) -> None:
    splitting = load(model, "split_sentences=true")
    both = splitting.translate("Casa de mesa. Gato de papel!", nbest=4).alternatives
    lists = [splitting.translate(text, nbest=4) for text in ("Casa de mesa.", "Gato de papel!")]
    pairs = [(a, b) for a in lists[0].alternatives for b in lists[1].alternatives]
    expected = sorted((a.score + b.score for a, b in pairs), reverse=True)[:4]
    assert [one.score for one in both] == pytest.approx(expected, abs=1e-4)
    assert {one.text for one in both} <= {f"{a.text} {b.text}".strip() for a, b in pairs}


@pytest.mark.parametrize("how", [["beam=6"], ["strategy=sampling", "temperature=1.3"]])
def test_minimum_bayes_risk_selects_the_candidate_most_similar_to_all(
    model: Path, how: list[str]
) -> None:
    candidates = load(model, *how).translate_all(TEXTS, nbest=6)
    found = load(model, *how, "mbr=6").translate_all(TEXTS, nbest=2)
    for one, of in zip(found, candidates, strict=True):
        texts = [alternative.text for alternative in of.alternatives]
        shares = (
            None if "strategy=sampling" in how else [one.log_probability for one in of.alternatives]
        )
        scores = dict(zip(texts, expected_chrf(texts, shares), strict=True))
        assert one.score == pytest.approx(max(scores.values()))
        assert scores[one.text] == pytest.approx(one.score)
        assert len(one.alternatives) == 2
    assert [one.text for one in found] != [one.text for one in candidates]


@pytest.mark.parametrize("beam", [1, 4])
def test_terms_appear_and_other_translations_do_not_change(model: Path, beam: int) -> None:
    translator = load(model, engine="torch")
    translator.model.double()  # untrained weights have near ties, which rounding would decide
    terms = [("gato",), (), ("mesa verde", "libro"), ()] * 6
    found = translator.translate_all(
        [Source(t, terms=own) for t, own in zip(TEXTS, terms, strict=True)], beam=beam
    )
    free = translator.translate_all(TEXTS, beam=beam)
    for translation, other, own in zip(found, free, terms, strict=True):
        for term in own:
            assert re.search(rf"\b{term}\b", translation.text)
        if not own:
            assert translation.text == other.text
    alone = translator.translate(Source(TEXTS[2], terms=terms[2]), beam=beam)
    assert alone.text == found[2].text


def test_impossible_terms_are_errors(model: Path) -> None:
    for settings in (["strategy=sampling"], ["coverage_penalty=0.2"]):
        with pytest.raises(ConfigError, match="terms need strategy=beam"):
            load(model, *settings).translate(Source("casa", terms=("gato",)))


def test_a_term_goes_into_one_of_several_sentences(model: Path) -> None:
    splitting = load(model, "split_sentences=true")
    text = "Casa de mesa. Gato de papel! Perro"
    found = splitting.translate(Source(text, terms=("libro", "mesa verde"))).text
    assert re.search(r"\blibro\b", found)
    assert re.search(r"\bmesa verde\b", found)
