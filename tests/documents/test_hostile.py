"""Hostile documents: each is read, or refused in one line that names it."""

from __future__ import annotations

from pathlib import Path

import pytest

from seq2seq.documents.document import ReadOptions
from seq2seq.documents.recognise import read_document
from seq2seq.errors import DataError

READ = {"deep.html", "open.html", "quotes.md", "stars.md", "brackets.md", "times.srt"}
READ |= {"slashes.properties", "codes.properties"}


def test_hostile_documents_do_no_harm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "tools"))
    from hostile_documents import hostile_documents

    read = set()
    messages = []
    for name, data in hostile_documents().items():
        path = tmp_path / name
        path.write_bytes(data)
        try:
            read_document(path, options=ReadOptions(("1",) if path.suffix == ".csv" else ()))
            read.add(name)
        except DataError as error:
            messages.append(str(error))
    assert read == READ
    assert all(one.startswith(str(tmp_path)) and "\n" not in one for one in messages)


@pytest.mark.parametrize("name", ["a.pdf", "a.doc", "a.odd", "a"])
def test_what_is_no_known_document_says_so(name: str, tmp_path: Path) -> None:
    beginnings = {"a.pdf": b"%PDF-1.7", "a.doc": b"\xd0\xcf\x11\xe0"}
    (tmp_path / name).write_bytes(beginnings.get(name, b"hola"))
    with pytest.raises(DataError, match=r"save it as|name one with --format"):
        read_document(tmp_path / name)
