"""Files of pairs become train.tsv, dev.tsv and test.tsv without a sentence in two of them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from seq2seq.config.settings import TokenizerConfig
from seq2seq.data.corpus.corpus import Corpus
from seq2seq.data.inspection.faults import LEAK
from seq2seq.data.inspection.inspect_pairs import Rules
from seq2seq.data.inspection.near_duplicates import folded
from seq2seq.data.tokenizers.pair import TokenizerPair
from seq2seq.errors import DataError
from seq2seq.training.clean_data import CleanedData, Held, clean_data
from seq2seq.training.expectations import TABLE, expectation, expected_bleu
from seq2seq.training.text_warnings import warn_of_leaks, warn_of_unknown_words
from tests.support.commands import Command

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
    assert "<code>seq2seq train --check</code>" in page


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


@pytest.mark.parametrize("name", ["pairs.tsv", "pairs.{lang}", "pairs.json"])
def test_a_whole_file_in_another_encoding_is_refused_and_a_single_line_is_left_out(
    tmp_path: Path, name: str
) -> None:
    rows = [(f"El niño número {one} está aquí.", f"Boy number {one} is here.") for one in range(50)]
    texts = {
        "pairs.tsv": {"pairs.tsv": "".join(f"{one}\t{two}\n" for one, two in rows)},
        "pairs.{lang}": {
            "pairs.es": "".join(f"{one}\n" for one, _ in rows),
            "pairs.en": "".join(f"{two}\n" for _, two in rows),
        },
        "pairs.json": {
            "pairs.json": json.dumps(
                [{"es": one, "en": two} for one, two in rows], ensure_ascii=False, indent=0
            )
        },
    }
    for file, text in texts[name].items():
        (tmp_path / file).write_bytes(text.encode("windows-1252"))
    with pytest.raises(DataError, match=r"is not UTF-8, but perhaps windows-1252, as in '.*niño"):
        clean(str(tmp_path / name), dev=Held(), test=Held())
    file, text = next(iter(texts[name].items()))
    lines = [line.encode() for line in text.split("\n")]
    place = next(at for at, line in enumerate(lines) if b"20 est" in line)
    lines[place] = lines[place].decode().encode("windows-1252")
    (tmp_path / file).write_bytes(b"\n".join(lines))
    found = clean(str(tmp_path / name), dev=Held(), test=Held())
    assert [one.fault for one in found.dropped if "\ufffd" in one.source] == ["encoding"]


def test_the_command_writes_files_that_train_or_only_looks(
    pairs: str, tmp_path: Path, seq2seq: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    given = (pairs, "--source", "es", "--target", "en", "--dev", "50", "--test", "0")
    looked = seq2seq("data", *given, "--check")
    assert looked.code == 0, looked.err
    assert not (tmp_path / "data").exists()
    done = seq2seq("data", *given, "--output", "data")
    assert done.out == looked.out
    assert "next: seq2seq init data/train.tsv" in done.err
    assert len(Corpus.load("data/dev.tsv")) == 50
    assert seq2seq("init", "data/train.tsv").code == 0
    again = seq2seq("data", *given, "--output", "data", "--quiet")
    assert (again.out, again.err) == (done.out, "")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "--output"),
        (["--output", "."], "name a directory of its own"),
        (["--check", "--dev", ""], "--dev needs a number"),
        (["--check", "--dev", "600"], "too few for 600 dev pairs"),
        (["--check", "--source", "Klingon", "--target", "en"], "no column 'Klingon'"),
        (["--check", "--encoding", "utf-99"], "encoding 'utf-99' is not known"),
    ],
)
def test_what_is_wrong_is_one_line_of_the_command(
    pairs: str, seq2seq: Command, options: list[str], said: str
) -> None:
    assert said in seq2seq("data", pairs, *options).error


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


@pytest.mark.parametrize("text", ["the red dog", "ο κόκκινος σκύλος"])
def test_training_warns_of_words_that_the_vocabulary_lacks(
    text: str, caplog: pytest.LogCaptureFixture
) -> None:
    settings = TokenizerConfig(type="word", vocab_size=100)
    tokenizers = TokenizerPair.train(["the red dog"] * 9, ["the red dog"] * 9, settings, seed=1)
    warn_of_unknown_words(tokenizers, ["the red dog"] * 9, [text] * 9, to="")
    said = [one.getMessage() for one in caplog.records]
    assert len(said) == (not text.isascii())
    assert all("100% of the tokens on the target side are not in" in one for one in said)
