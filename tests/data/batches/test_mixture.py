"""Mixture of corpora: fractions by temperature, passes that continue over epochs, language tags."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.config.settings import TokenizerConfig
from seq2seq.data.batches.epoch_text import NO_VARIATION, InMemoryText, Part, Variation
from seq2seq.data.batches.mixture import pairs_of_epoch, rows_of_epoch
from seq2seq.data.batches.stream import BatchStream
from seq2seq.data.tokenizers.pair import TokenizerPair
from seq2seq.errors import ConfigError
from tests.support.examples import few

sizes_of = st.lists(st.integers(1, 40), min_size=1, max_size=5)


@given(sizes_of, st.floats(1, 100))
def test_an_epoch_is_as_long_as_all_corpora_and_its_fractions_follow_the_temperature(
    sizes: list[int], temperature: float
) -> None:
    counts = pairs_of_epoch(sizes, temperature)
    assert sum(counts) == sum(sizes)
    weights = np.array(sizes) ** (1 / temperature)
    assert np.abs(np.array(counts) - weights / weights.sum() * sum(sizes)).max() <= 1


@given(sizes_of, st.integers(0, 5))
def test_at_temperature_one_an_epoch_is_every_pair_once(sizes: list[int], epoch: int) -> None:
    assert sorted(rows_of_epoch(sizes, 1.0, 3, epoch)) == list(range(sum(sizes)))


@given(sizes_of, st.floats(1.5, 50), st.integers(0, 9))
@few(50)
def test_over_epochs_the_pairs_of_a_corpus_occur_equally_often(
    sizes: list[int], temperature: float, seed: int
) -> None:
    counts: Counter[int] = Counter()
    for epoch in range(7):
        rows = rows_of_epoch(sizes, temperature, seed, epoch)
        assert len(rows) == sum(sizes)
        counts.update(rows.tolist())
    for index, size in enumerate(sizes):
        first = sum(sizes[:index])
        times = [counts[row] for row in range(first, first + size)]
        assert max(times) - min(times) <= 1
        assert sum(times) == 7 * pairs_of_epoch(sizes, temperature)[index]


def test_epochs_and_seeds_differ() -> None:
    found = {
        tuple(rows_of_epoch([30, 5], 5.0, seed, epoch).tolist())
        for seed in (1, 2)
        for epoch in (0, 1)
    }
    assert len(found) == 4


WORDS = {"de": "eins zwei drei", "fr": "un deux trois", "en": "one two three"}


@pytest.mark.parametrize("joint", [False, True])
def test_a_source_begins_with_the_tag_of_its_target_language_which_no_text_spells(
    joint: bool, tmp_path: Path
) -> None:
    lines = [" ".join(words.split()[: n % 3 + 1]) for words in WORDS.values() for n in range(6)]
    pair = TokenizerPair.train(
        lines, lines, TokenizerConfig(vocab_size=300, joint=joint), languages=["de", "en"]
    )
    pair.save(tmp_path)
    pair = TokenizerPair.load(tmp_path)
    assert pair.languages == ("de", "en")
    assert pair.source_size == pair.source.vocab_size + 2
    assert pair.target_size == pair.target.vocab_size + 2 * joint
    first, second, blank = pair.encode_sources(["un", "un", " "], to=["de", "en", "en"])
    assert first[1:] == second[1:] == pair.source.encode(["un"])[0]
    assert sorted([first[0], second[0]]) == [pair.source.vocab_size, pair.source.vocab_size + 1]
    assert blank == []
    assert max(pair.source.encode(["<2de> de 2de <de>"])[0]) < pair.source.vocab_size
    with pytest.raises(ConfigError, match="does not translate into 'cs'; it knows de, en"):
        pair.tag("cs")
    with pytest.raises(ConfigError, match=r"several languages: say into which \(de, en\)"):
        pair.tag("")
    plain = TokenizerPair(pair.source, pair.target)
    assert plain.tag("") == []
    assert plain.fingerprint() != pair.fingerprint()
    with pytest.raises(ConfigError, match="one target language"):
        plain.tag("de")


def test_a_stream_of_several_directions_tags_and_mixes_them() -> None:
    parts = [
        Part(
            [f"{WORDS['fr']} {n}" for n in range(40)],
            [f"{WORDS['en']} {n}" for n in range(40)],
            "en",
            "fr-en",
        ),
        Part(
            [f"{WORDS['fr']} {n}" for n in range(10)],
            [f"{WORDS['de']} {n}" for n in range(10)],
            "de",
            "fr-de",
        ),
    ]
    lines = [text for part in parts for side in part[:2] for text in side]
    pair = TokenizerPair.train(
        lines, lines, TokenizerConfig(vocab_size=300, joint=False), languages=["de", "en"]
    )
    for variation in (NO_VARIATION, Variation(0.3), Variation(augment={"noise": 0.5})):
        text = InMemoryText(
            parts, pair, max_tokens=99, seed=1, temperature=100, variation=variation
        )
        stream = BatchStream(text, batch_tokens=10**6, batch_sentences=50)
        batch = next(stream).batch
        tags = Counter(batch.source[:, 0].tolist())
        german, english = (pair.tag(language)[0] for language in ("de", "en"))
        assert tags == {german: 25, english: 25}
        written = pair.target.decode(batch.target_outputs.tolist())
        for tag, text in zip(batch.source[:, 0].tolist(), written, strict=True):
            assert text.startswith("eins" if tag == german else "one")
