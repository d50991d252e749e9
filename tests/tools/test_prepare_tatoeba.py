"""Making the Tatoeba splits: cleaning, grouping, splitting and errors for bad files."""

import gzip
import random
import sys
import unicodedata
import zipfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))

import prepare_tatoeba as tool

ATTRIBUTION = "CC-BY 2.0 (France) Attribution: tatoeba.org #1"


def corpus():
    """Return 300 sentences per language, in several pairs and spellings, and one large group."""
    rng = random.Random(3)
    lines = [f"I have {n} houses.\tTengo {n} casas.\t{ATTRIBUTION}" for n in range(200)]
    for _ in range(100):
        n = rng.randrange(200)
        lines.append(
            rng.choice(
                [
                    f"I HAVE {n} houses!\t¡Poseo {n} casas!\t{ATTRIBUTION}",
                    f"There are {n} houses of mine.\tTéngo {n} cásas",
                    f"I have {n} houses.\tTengo {n} casas.\tanother attribution",
                ]
            )
        )
    lines += [f"Go {'!' * n}\tVe {n}\t{ATTRIBUTION}" for n in range(1, 25)]
    rng.shuffle(lines)
    return lines


def zipped(path, **members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.txt", content)
    return path


@pytest.fixture
def archive(tmp_path):
    return zipped(
        tmp_path / "spa-eng.zip",
        _about="See http://www.manythings.org/anki",
        spa="\n".join(corpus()),
    )


def run(source, output, *options):
    tool.main([str(source), "--output", str(output), "--dev", "30", "--test", "20", *options])
    texts = {
        "train": gzip.decompress((output / "train.tsv.gz").read_bytes()).decode(),
        "dev": (output / "dev.tsv").read_bytes().decode(),
        "test": (output / "test.tsv").read_bytes().decode(),
    }
    assert all(text.endswith("\n") for text in texts.values())
    return {
        name: [tuple(line.split("\t")) for line in text[:-1].split("\n")]
        for name, text in texts.items()
    }


def plain(sentence):
    """Fold a text independently of the tool."""
    letters = unicodedata.normalize("NFD", sentence.lower())
    letters = "".join(letter for letter in letters if unicodedata.category(letter)[0] not in "MPS")
    return letters.split()


def test_no_sentence_is_in_two_splits_on_either_side(archive, tmp_path):
    splits = run(archive, tmp_path / "out")
    for side in (0, 1):
        train, dev, test = (
            {tuple(plain(pair[side])) for pair in splits[name]} for name in ("train", "dev", "test")
        )
        assert not train & dev
        assert not train & test
        assert not dev & test


def test_splits_have_their_sizes_one_line_per_source_and_spanish_first(archive, tmp_path):
    splits = run(archive, tmp_path / "out")
    for name, size in (("dev", 30), ("test", 20)):
        assert len(splits[name]) == size
        assert len({spanish for spanish, _ in splits[name]}) == size
    for pairs in splits.values():
        assert all(len(pair) == 2 for pair in pairs)
        assert all(pair[0].lstrip("¡")[0] in "TPV" and pair[1][0] in "IGT" for pair in pairs)


def test_train_keeps_each_distinct_pair_that_is_in_no_other_group(archive, tmp_path):
    splits = run(archive, tmp_path / "out")
    given = {(spanish, english) for english, spanish in (line.split("\t")[:2] for line in corpus())}
    assert len(splits["train"]) == len(set(splits["train"]))
    assert set().union(*splits.values()) <= given
    elsewhere = {tuple(plain(s)) for name in ("dev", "test") for pair in splits[name] for s in pair}
    for pair in given - set(splits["train"]):
        assert (
            any(tuple(plain(sentence)) in elsewhere for sentence in pair)
            or pair in splits["dev"] + splits["test"]
        )


def test_a_group_of_more_than_20_pairs_is_in_train(archive, tmp_path):
    for seed in range(5):
        train = run(archive, tmp_path / "out", "--seed", str(seed))["train"]
        assert sum(spanish.startswith("Ve ") for spanish, _ in train) == 24


def test_the_output_does_not_depend_on_line_order_or_compression(archive, tmp_path):
    text = tmp_path / "spa.txt"
    text.write_bytes(b"\xef\xbb\xbf" + "\r\n".join(sorted(corpus())).encode() + b"\r\n\r\n")
    run(archive, tmp_path / "a")
    run(text, tmp_path / "b")
    run(archive, tmp_path / "c", "--seed", "1")
    files = {
        folder: [path.read_bytes() for path in sorted((tmp_path / folder).iterdir())]
        for folder in "abc"
    }
    assert files["a"] == files["b"]
    assert files["a"] != files["c"]


def test_groups_join_over_both_languages_at_any_distance():
    chain = [("a", "b"), ("c", "b!"), ("Ç", "d"), ("x", "a"), ("e", "D.")]
    groups = tool.grouped(chain)
    assert groups == [
        [chain[0], chain[1], chain[2], chain[4]],
        [chain[3]],
    ]  # Spanish "a" is not English "a"


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("  a\u00a0 \u2009b\u3000", "a b"),
        ("a\u200bb\ufeff\u2060", "ab"),
        ("an\u0303o", "año"),
        ("a\x0bb\u2028c", "a b c"),
        ("\u200b ", ""),
    ],
)
def test_cleaning(text, cleaned):
    assert tool.clean(text) == cleaned


def test_folding():
    assert tool.fold("¿Qué  TAL, año-Straße?") == "que tal anostrasse"


def test_pairs_with_an_empty_side_and_blank_lines_are_left_out():
    assert tool.parse("a\tb\n\n \t\u200b\nc\t \n", "spa.txt") == [("b", "a")]


def refused(*arguments):
    with pytest.raises(SystemExit) as caught:
        tool.main([str(argument) for argument in arguments])
    message = caught.value.code
    assert isinstance(message, str)
    assert "\n" not in message
    return message


def test_files_that_cannot_be_read(tmp_path, archive):
    assert "No such file" in refused(tmp_path / "absent.zip")
    assert "directory" in refused(tmp_path)
    bad = tmp_path / "bad.zip"
    bad.write_bytes(b"no zip at all")
    assert "damaged or not a readable zip" in refused(bad)
    raw = bytearray(archive.read_bytes())
    raw[len(raw) // 2] ^= 0xFF
    bad.write_bytes(raw)
    assert "bad.zip: damaged" in refused(bad)
    bad.write_bytes(archive.read_bytes()[:500])
    assert "bad.zip: damaged" in refused(bad)
    raw = bytearray(archive.read_bytes())
    for mark, flags in (
        (b"PK\x03\x04", 6),
        (b"PK\x01\x02", 8),
    ):  # every member claims to be encrypted
        at = -1
        while (at := raw.find(mark, at + 1)) >= 0:
            raw[at + flags] |= 1
    bad.write_bytes(raw)
    assert "encrypted" in refused(bad)


def test_an_archive_with_no_text_or_two(tmp_path):
    assert "holds 0 texts" in refused(zipped(tmp_path / "none.zip", _about="x"))
    assert "holds 2 texts" in refused(zipped(tmp_path / "two.zip", spa="a\tb", fra="a\tb"))


@pytest.mark.parametrize("declared", [True, False])
def test_a_text_beyond_the_limit(tmp_path, monkeypatch, declared):
    monkeypatch.setattr(tool, "MAX_BYTES", 1000)
    bomb = zipped(tmp_path / "bomb.zip", spa="a\tb\n" * 100_000)
    if not declared:  # the archive states a false size
        bomb.write_bytes(
            bomb.read_bytes().replace((400_000).to_bytes(4, "little"), (500).to_bytes(4, "little"))
        )
    assert ("over 1,000 bytes" if declared else "damaged") in refused(bomb)
    text = tmp_path / "spa.txt"
    text.write_text("a\tb\n" * 300)
    assert "over 1,000 bytes" in refused(text)


def test_content_that_is_not_pairs(tmp_path):
    text = tmp_path / "spa.txt"
    text.write_bytes(b"a\tb\nno tab\n")
    assert "line 2 has no tab" in refused(text)
    text.write_bytes(b"a\tb\n\xff\xfe\n")
    assert "not UTF-8 at byte 4" in refused(text)
    text.write_bytes(b"")
    assert "0 pairs are too few" in refused(text)


def test_too_few_pairs_and_an_output_that_cannot_be_written(tmp_path, archive):
    output = tmp_path / "out"
    assert "too few" in refused(archive, "--output", output, "--dev", "1000")
    assert not output.exists()
    output.write_text("in the way")
    assert "cannot be written" in refused(archive, "--output", output, "--dev", "5", "--test", "5")
    with pytest.raises(SystemExit):
        tool.main([str(archive), "--dev", "0"])
