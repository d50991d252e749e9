"""A report replaces the files of an earlier report, and no others."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from seq2seq.errors import DataError
from seq2seq.reports.write_files import check_replaceable, report_names, write_files

TWO = {"format": 2, "sets": [{}, {}]}
TRAINING = {"format": 1, "runs": [{}]}


def texts(document: dict[str, object]) -> dict[str, str]:
    sets = document.get("sets", [])
    assert isinstance(sets, list)
    names = sorted(report_names(len(sets)) - {"report.json"})
    return {**dict.fromkeys(names, "new"), "report.json": json.dumps(document)}


@pytest.mark.parametrize("document", [{"format": 2, "sets": [{}]}, TWO, TRAINING])
def test_a_report_is_written_anew_over_an_earlier_one(
    tmp_path: Path, document: dict[str, object]
) -> None:
    write_files(texts(document), tmp_path)
    (tmp_path / "notes.txt").write_text("mine")
    written = write_files(texts(document), tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {
        *(path.name for path in written),
        "notes.txt",
    }


@pytest.mark.parametrize("name", sorted(report_names(1)))
@pytest.mark.parametrize("link", [False, True])
def test_a_file_that_no_report_has_written_is_not_replaced(
    tmp_path: Path, name: str, link: bool
) -> None:
    if link:
        (tmp_path / name).symlink_to(tmp_path / "elsewhere")
    else:
        (tmp_path / name).write_text('{"format": 2, "results": []}')
    with pytest.raises(DataError, match=f"holds {name}, which is not part of.*another --output"):
        write_files(texts({"format": 2, "sets": [{}]}), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_file_that_the_report_there_does_not_have_is_not_replaced(tmp_path: Path) -> None:
    write_files(texts(TWO), tmp_path)
    (tmp_path / "hypotheses.txt").write_text("another system's")
    with pytest.raises(DataError, match=r"holds hypotheses\.txt"):
        check_replaceable(report_names(1), tmp_path)
    check_replaceable(report_names(2), tmp_path)


@pytest.mark.parametrize("content", ["", "[]", "[" * 100_000, '{"format": 2}', "\0"])
def test_a_json_file_of_another_kind_is_no_report(tmp_path: Path, content: str) -> None:
    (tmp_path / "report.json").write_text(content)
    with pytest.raises(DataError, match=r"holds report\.json"):
        check_replaceable(report_names(), tmp_path)
