"""Files of pairs become train.tsv, dev.tsv and test.tsv without a sentence in two of them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from seq2seq.data.corpus.corpus import Corpus
from seq2seq.data.inspection.faults import LEAK
from seq2seq.data.inspection.inspect_pairs import Rules
from seq2seq.data.inspection.near_duplicates import folded
from seq2seq.errors import DataError
from seq2seq.training.clean_data import CleanedData, Held, clean_data
from seq2seq.training.expectations import TABLE, expectation, expected_bleu
from seq2seq.training.text_warnings import warn_of_leaks

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "recipes" / "sample_es_en" / "train.tsv"
TMX = """<tmx version="1.4"><header srclang="es"/><body>
<tu><tuv xml:lang="es"><seg>La puerta está abierta.</seg></tuv>
<tuv xml:lang="en"><seg>The door is open.</seg></tuv></tu></body></tmx>"""


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> str:
    """File of 600 pairs."""
    path = tmp_path_factory.mktemp("pairs") / "pairs.tsv"
    Corpus.load(SAMPLE).first(600).write(path)
    return str(path)


FIFTY = Held(50)


def clean(*files: str, dev: Held = FIFTY, test: Held = FIFTY) -> CleanedData:
    return clean_data(files, source="es", target="en", dev=dev, test=test, rules=Rules())


@pytest.fixture(scope="module")
def cleaned(pairs: str) -> CleanedData:
    return clean(pairs)


def test_no_sentence_is_in_two_parts(cleaned: CleanedData) -> None:
    for side in (0, 1):
        found = [{folded(pair[side]) for pair in part} for part in cleaned.parts.values()]
        assert not found[0] & found[1] | found[0] & found[2] | found[1] & found[2]
    assert not any(cleaned.report.leaks.values())
    assert [len(part) for part in cleaned.parts.values()][1:] == [50, 50]


def test_every_pair_is_in_a_part_or_dropped(cleaned: CleanedData) -> None:
    report = cleaned.report
    assert report.read == 600
    assert report.kept == sum(report.parts.values()) == 600 - len(cleaned.dropped)


def test_the_split_is_the_same_again(cleaned: CleanedData, pairs: str) -> None:
    assert clean(pairs).parts == cleaned.parts


def test_files_are_written_and_read_back(cleaned: CleanedData, tmp_path: Path) -> None:
    cleaned.write(tmp_path)
    cleaned.write(tmp_path)  # its own files may be replaced
    for name, part in cleaned.parts.items():
        assert list(Corpus.load(tmp_path / f"{name}.tsv").pairs()) == part
    document = json.loads((tmp_path / "data.json").read_text(encoding="utf-8"))
    assert document["kept"] == cleaned.report.kept
    page = (tmp_path / "data.html").read_text(encoding="utf-8")
    assert "Worst pairs" in page or not cleaned.report.examples
    assert "src=" not in page


def test_files_of_others_are_not_replaced(cleaned: CleanedData, tmp_path: Path) -> None:
    (tmp_path / "dev.tsv").write_text("a\tb\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"holds dev\.tsv"):
        cleaned.write(tmp_path)


def test_pairs_with_a_sentence_of_a_given_dev_file_are_left_out(pairs: str, tmp_path: Path) -> None:
    dev = tmp_path / "dev.tsv"
    source, target = next(Corpus.load(pairs).pairs())
    dev.write_text(f"{source.upper()}\t{target} …\n", encoding="utf-8")
    found = clean(pairs, dev=Held(file=str(dev)), test=Held(0))
    assert (source, target) in [(one.source, one.target) for one in found.dropped]
    assert {one.fault for one in found.dropped} >= {LEAK}
    assert not any(found.report.leaks.values())


def test_files_of_several_formats_are_joined(pairs: str, tmp_path: Path) -> None:
    memory = tmp_path / "memory.tmx"
    memory.write_text(TMX, encoding="utf-8")
    found = clean(pairs, str(memory))
    assert found.report.files == {pairs: 600, str(memory): 1}


def test_nothing_left_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "empty.tsv"
    path.write_text("a\t\n", encoding="utf-8")
    with pytest.raises(DataError, match="no pair is left"):
        clean(str(path), dev=Held(), test=Held())


def test_expectations_are_those_of_the_recipe() -> None:
    text = (ROOT / "recipes" / "low_resource" / "README.md").read_text(encoding="utf-8")
    rows = re.findall(
        r"^\| ([\d,]+) \| (\w+) \| [\d.]+ \| \*\*([\d.]+)\*\*.*\| (\d+) \|$", text, re.M
    )
    read = [(int(n.replace(",", "")), name, float(bleu), int(t)) for n, name, bleu, t in rows]
    assert read == [tuple(row) for row in TABLE]


def test_bleu_grows_with_the_number_of_pairs() -> None:
    values = [expected_bleu(pairs) for pairs in (0, 3000, 5000, 10_000, 50_000, 112_380, 10**7)]
    assert values == sorted(values)
    assert "less than 30" in expectation(100, 7)
    assert "longer" in expectation(50_000, 25)


def test_training_warns_of_dev_sentences_in_its_text(caplog: pytest.LogCaptureFixture) -> None:
    train = Corpus.from_pairs([("a", "b"), ("c", "d")], name="train")
    warn_of_leaks(train, Corpus.from_pairs([("x", "y")], name="dev"))
    assert not caplog.records
    warn_of_leaks(train, Corpus.from_pairs([("x", "d"), ("x", "y")], name="dev"))
    assert "dev: 1 of 2 pairs" in caplog.text
