"""Tokenizers of another model, decoders that start from a language model, validation by fusion."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from seq2seq import ConfigError, LanguageModel, Translator
from seq2seq.config.config import Config
from seq2seq.config.settings import ModelConfig
from seq2seq.data.tokenizers.pair import TokenizerPair
from seq2seq.data.tokenizers.vocabulary import BOS
from seq2seq.errors import CheckpointError
from seq2seq.model_directory.description import load_config
from seq2seq.models.cells import CELLS
from seq2seq.models.decoders import DECODERS
from seq2seq.models.language_model import build_language_model
from seq2seq.models.model import build_model
from seq2seq.training.check import check
from seq2seq.training.decoder_start import copy_weights
from seq2seq.training.run import train
from tests.support.tiny_classifier import train_classifier, write_pairs
from tests.support.tiny_fusion import QUICK, train_target_model, train_translation
from tests.support.tiny_run import last_weights, metrics, tiny_config


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with a translation model and a language model of its target tokens."""
    torch.set_num_threads(1)
    place = tmp_path_factory.mktemp("start")
    base = train_translation(place, "base")
    train_target_model(place, "lm", base)
    return place


@pytest.mark.parametrize("order", sorted(DECODERS))
@pytest.mark.parametrize("cell", sorted(CELLS))
def test_a_decoder_whose_source_says_nothing_predicts_what_the_language_model_does(
    cell: str, order: str
) -> None:
    torch.manual_seed(2)
    settings = {"cell": cell, "embedding_size": 8, "hidden_size": 8, "decoder_layers": 2}
    config = ModelConfig.model_validate(
        settings | {"weight_tying": "two-way", "decoder_order": order, "dropout": 0.0}
    )
    source = build_language_model(config, 20).double().eval()
    model = build_model(config, 20, 20).double().eval()
    if cell == "sru":  # its highway connection needs an input as wide as the state
        with pytest.raises(ConfigError, match="use the same section model"):
            copy_weights(source, model, "lm")
        return
    copy_weights(source, model, "lm")
    with torch.no_grad():
        model.decoder.bridge.weight.zero_()
        model.decoder.bridge.bias.zero_()
    state = model.start(torch.tensor([[5, 6, 3]]), torch.tensor([3]))
    memory = state.memory
    silent = type(memory)(torch.zeros_like(memory.states), memory.mask, memory.keys, memory.words)
    ids = torch.tensor([[BOS, 7, 8, 9]])
    features = model.decoder(ids, state.decoder, silent).features
    expected, _ = source(ids, source.start(1))
    if order == "input-feeding":  # the features of the last step are an input of the next one
        features, expected = features[:, :1], expected[:, :1]
    assert torch.allclose(model.output(features), source.output(expected), atol=1e-9)


def test_a_run_starts_its_decoder_with_the_weights_of_the_language_model(place: Path) -> None:
    options = [f"training.tokenizers_from={place / 'base'}", "training.learning_rate=1e-30"]
    start = f"training.init_decoder_from={place / 'lm'}"
    run = train_translation(place, "started", *options, start)
    network = LanguageModel.from_pretrained(place / "lm").network
    found = last_weights(run)
    for name, value in network.state_dict().items():
        ours = found.get(name if name.startswith("output.") else f"decoder.{name}")
        if ours is None:  # tied weights are written once
            assert name == "output.weight"
            continue
        columns = ours[:, : value.shape[1]] if value.dim() == 2 else ours
        assert torch.allclose(columns, value, atol=1e-6), name
    assert load_config(run).training.init_decoder_from == str(place / "lm")


def test_a_start_is_not_repeated_on_resume(place: Path) -> None:
    options = [f"training.tokenizers_from={place / 'base'}"]
    lm = train_target_model(place, "lm-for-a-while", place / "base")
    options.append(f"training.init_decoder_from={lm}")
    train_translation(place, "resumed", *options)
    lm.rename(place / "gone")
    config = tiny_config(place, *QUICK, *options, "training.max_steps=5")
    assert train(config, output=place / "resumed", resume=True, cpu=True).step == 5


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["model.hidden_size=24"], r"model\.hidden_size is 16 there and 24 here"),
        (["model.cell=gru", "model.decoder_layers=2"], r"model\.cell is ln-gru there and gru here"),
        (["model.readout_size=9", "model.weight_tying=none"], r"model\.readout_size differs"),
        (["model.weight_norm=true"], r"model\.weight_norm must be false"),
    ],
)
def test_a_decoder_of_another_shape_is_refused_in_one_line(
    place: Path, options: list[str], message: str
) -> None:
    start = [f"training.tokenizers_from={place / 'base'}"]
    start.append(f"training.init_decoder_from={place / 'lm'}")
    with pytest.raises(ConfigError, match=message) as caught:
        train_translation(place, "refused", *start, *options)
    assert "\n" not in str(caught.value)
    assert not (place / "refused").exists()


def test_another_vocabulary_or_task_is_refused(place: Path) -> None:
    smaller = ["tokenizer.vocab_size=8", f"training.init_decoder_from={place / 'lm'}"]
    with pytest.raises(ConfigError, match=r"training\.tokenizers_from"):
        train_translation(place, "refused", *smaller)
    with pytest.raises(ConfigError, match="is a model of task translation"):
        train_translation(place, "refused", f"training.init_decoder_from={place / 'base'}")
    with pytest.raises(CheckpointError, match="absent is not a model directory"):
        train_translation(place, "refused", "training.tokenizers_from=absent")
    both = [f"training.{name}={place / 'base'}" for name in ("init_from", "tokenizers_from")]
    with pytest.raises(ConfigError, match="leave one of the two out"):
        train_translation(place, "refused", *both)
    options = [f"training.tokenizers_from={place / 'base'}", "tokenizer.vocab_size=12"]
    with pytest.raises(ConfigError, match=r"a different tokenizer\.vocab_size"):
        train_translation(place, "refused", *options)


def test_labels_are_no_target_tokens(place: Path, tmp_path: Path) -> None:
    write_pairs(tmp_path)
    labels = train_classifier(tmp_path, "labels", "training.max_steps=1")
    with pytest.raises(ConfigError, match="whose target side holds labels"):
        train_translation(place, "refused", f"training.tokenizers_from={labels}")
    with pytest.raises(ConfigError, match="task classification does not read it"):
        train_classifier(tmp_path, "refused", f"training.tokenizers_from={place / 'base'}")


def test_models_with_one_tokenizer_have_the_same_ids(place: Path) -> None:
    base = TokenizerPair.load(place / "base")
    assert TokenizerPair.load(place / "lm").fingerprint() == base.fingerprint()
    assert load_config(place / "lm").training.tokenizers_from == str(place / "base")
    other = train_translation(place, "other", f"training.tokenizers_from={place / 'base'}")
    assert TokenizerPair.load(other).fingerprint() == base.fingerprint()


def test_only_translation_reads_the_settings(place: Path) -> None:
    content = {"task": "language-model", "data": {"train": "a.txt", "dev": "b.txt"}}
    for setting in (
        "training.init_decoder_from=lm",
        "decoding.language_model=lm",
        "decoding.language_model_weight=1",
        "decoding.language_model_use=rerank",
    ):
        with pytest.raises(ConfigError, match="task language-model does not read it"):
            Config.from_dict(content, [setting])
    with pytest.raises(ConfigError, match="only task translation reads it"):
        LanguageModel.from_pretrained(place / "lm").complete("one", language_model="lm")


def test_validation_uses_the_language_model_and_the_configuration_keeps_it(place: Path) -> None:
    options = ["training.max_steps=60", "training.validate_every=30"]
    name = f"decoding.language_model={place / 'lm'}"
    plain = train_translation(place, "plain", *options)
    without = train_translation(
        place, "without", *options, name, "decoding.language_model_weight=0"
    )
    fused = train_translation(place, "fused", *options, name, "decoding.language_model_weight=50")
    scores = [[one.get("dev_bleu") for one in metrics(run)] for run in (plain, without, fused)]
    assert scores[0] == scores[1]
    assert scores[0] != scores[2]
    decoding = load_config(fused).decoding
    assert (decoding.language_model, decoding.language_model_weight) == (str(place / "lm"), 50)
    with pytest.raises(ConfigError, match="name it with --set language_model=PATH"):
        Translator.from_pretrained(fused)
    assert Translator.from_pretrained(fused, decoding={"language_model": str(place / "lm")})


def test_a_language_model_that_does_not_fit_is_found_before_the_first_step(place: Path) -> None:
    name = f"decoding.language_model={place / 'lm'}"
    with pytest.raises(ConfigError, match=r"decoding\.language_model: .*tokens"):
        train_translation(place, "refused", name, "tokenizer.vocab_size=8")
    config = tiny_config(place, *QUICK, name, "tokenizer.vocab_size=8")
    with pytest.raises(ConfigError, match=r"decoding\.language_model"):
        check(config, output=place / "refused", cpu=True)
    assert not (place / "refused").exists()
