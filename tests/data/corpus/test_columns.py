"""Columns of tables: headers, identifiers, scores and attribution are recognized and said."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from seq2seq.data.corpus.corpus import Corpus
from seq2seq.data.corpus.readers import TextOptions
from seq2seq.errors import DataError

CREDIT = "CC-BY 2.0 (France) Attribution: tatoeba.org #{} (CK) & #{} (CM)"


def put(folder: Path, name: str, *rows: tuple[str, ...]) -> Path:
    path = folder / name
    separator = "," if name.endswith("csv") else "\t"
    path.write_text("".join(separator.join(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, logger="seq2seq.data")
    return caplog


def test_attribution_is_no_reference(tmp_path: Path, log: pytest.LogCaptureFixture) -> None:
    rows = [("Hola.", "Hi.", CREDIT.format(1, 2)), ("Adiós.", "Bye.", CREDIT.format(3, 4))]
    path = put(tmp_path, "spa.txt", *rows)
    assert list(Corpus.load(path).pairs()) == [("Hola.", "Hi."), ("Adiós.", "Bye.")]
    assert "not read: attribution in column 2" in log.text
    assert Corpus.load(path, references=True).references() == [["Hi."], ["Bye."]]


def test_further_columns_are_references_only_where_asked_for(tmp_path: Path) -> None:
    path = put(tmp_path, "x.tsv", ("a", "b c", "b d", "0.5"), ("e", "f g", "f h", "0.25"))
    assert Corpus.load(path).references() == [["b c"], ["f g"]]
    assert Corpus.load(path, references=True).references() == [["b c", "b d"], ["f g", "f h"]]


def test_identifiers_are_passed_over(tmp_path: Path, log: pytest.LogCaptureFixture) -> None:
    path = put(tmp_path, "x.tsv", ("12", "Hola", "34", "Hello"), ("13", "Adiós", "35", "Bye"))
    assert list(Corpus.load(path).pairs()) == [("Hola", "Hello"), ("Adiós", "Bye")]
    assert "columns 1 and 3, counted from 0; not read: identifiers in column 0" in log.text


def test_two_columns_are_the_pair_whatever_they_hold(tmp_path: Path) -> None:
    path = put(tmp_path, "x.tsv", ("7", "seven"), ("8", "eight"))
    assert Corpus.load(path).sources() == ["7", "8"]


@pytest.mark.parametrize(
    ("header", "source", "target"),
    [
        (("source", "target"), 0, 1),
        (("Target text", "Source text"), 1, 0),
        (("id", "src", "trg"), 1, 2),
        (("Spanish", "English"), 0, 1),
        (("en-GB", "es-ES", "notes"), 1, 0),
        (("Inglés", "Español"), 1, 0),
    ],
)
@pytest.mark.parametrize("name", ["x.tsv", "x.csv"])
def test_headers_are_recognized(
    tmp_path: Path, name: str, header: tuple[str, ...], source: int, target: int
) -> None:
    row = tuple(f"text of {place}" for place in range(len(header)))
    path = put(tmp_path, name, header, row)
    options = TextOptions(source_language="Spanish", target_language="en")
    corpus = Corpus.load(path, options=options)
    assert list(corpus.pairs()) == [(row[source], row[target])]


def test_a_first_pair_is_not_taken_for_a_header(tmp_path: Path) -> None:
    path = put(tmp_path, "x.tsv", ("is", "no"), ("casa", "house"))
    options = TextOptions(source_language="Spanish", target_language="English")
    assert Corpus.load(path, options=options).sources() == ["is", "casa"]


def test_a_header_is_no_pair_if_columns_are_given_by_position(tmp_path: Path) -> None:
    path = put(tmp_path, "x.csv", ("target", "source"), ("b", "a"))
    assert list(Corpus.load(path, source=1, target=0).pairs()) == [("a", "b")]


def test_a_csv_without_a_known_header_asks_for_the_columns(tmp_path: Path) -> None:
    path = put(tmp_path, "x.csv", ("Hola", "Hello"), ("Adiós", "Bye"))
    with pytest.raises(DataError, match="give 0 and 1 if there is no header"):
        Corpus.load(path)


def test_keys_of_languages_are_known_in_json_and_parquet(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = [{"id": "1", "translation": {"en": "b", "es": "a"}}]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "x.parquet")
    (tmp_path / "x.json").write_text('[{"id": "1", "translation": {"en": "b", "es": "a"}}]')
    options = TextOptions(source_language="es", target_language="en")
    for name in ("x.parquet", "x.json"):
        assert list(Corpus.load(tmp_path / name, options=options).pairs()) == [("a", "b")]
