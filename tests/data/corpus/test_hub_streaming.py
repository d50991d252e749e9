"""A dataset on the Hub read as it is fetched, from a stand-in that speaks the part of its HTTP that
is used."""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.support.hub_stand_in import HubStandIn, environment, served

# In a process of its own: where the Hub and its cache are is read when huggingface_hub is imported.
SCRIPT = """
from seq2seq.data.corpus.corpus import read_places
from seq2seq.errors import DataError

for options in ({"streaming": True}, {}):
    tables = read_places("me/pairs", source="es", target="en", **options)
    print([tuple(row.values()) for table in tables for row in table.to_pylist()])
try:
    list(read_places("me/pairs", source="es", target="fr", streaming=True))
except DataError as error:
    print(error)
"""

PAIRS = [(f"uno {n}", f"one {n}") for n in range(25)]


class StandIn(HubStandIn):
    """Has one dataset, me/pairs, of one file, at one commit; keeps how each request for the file
    was made."""

    path_of_file = "data/train-00000-of-00001.parquet"
    content = b""
    ranges: list[str | None]

    def get(self) -> None:
        parts = unquote(self.path.partition("?")[0]).strip("/").split("/")
        entry = {
            "type": "file",
            "path": self.path_of_file,
            "size": len(self.content),
            "oid": "0" * 40,
        }
        if parts[:4] == ["api", "datasets", "me", "pairs"] and parts[4:5] in ([], ["revision"]):
            siblings = [{"rfilename": self.path_of_file}]
            self.answer(
                {
                    "id": "me/pairs",
                    "sha": self.commit,
                    "siblings": siblings,
                    "private": False,
                    "tags": [],
                }
            )
        elif parts[4:5] == ["tree"] and parts[6:] in ([], ["data"]):
            folder = {"type": "directory", "path": "data", "oid": "0" * 40, "size": 0}
            self.answer([entry] if parts[6:] else [folder])
        elif (
            parts[:4] == ["datasets", "me", "pairs", "resolve"]
            and "/".join(parts[5:]) == self.path_of_file
        ):
            self.send_file()
        else:
            self.answer({}, 404, {"X-Error-Code": "EntryNotFound"})

    def send_file(self) -> None:
        asked = self.headers.get("Range")
        headers = {
            "ETag": f'"{hashlib.sha1(self.content).hexdigest()}"',
            "X-Repo-Commit": self.commit,
        }
        if self.command == "HEAD":
            return self.send(200, self.content, headers)
        self.ranges.append(asked)
        if asked is None:
            return self.send(200, self.content, headers)
        first, last = (int(number) for number in asked.removeprefix("bytes=").split("-"))
        headers["Content-Range"] = f"bytes {first}-{last}/{len(self.content)}"
        return self.send(206, self.content[first : last + 1], headers)


@pytest.fixture
def endpoint() -> Iterator[str]:
    buffer = io.BytesIO()
    rows = pa.table({"translation": [{"es": source, "en": target} for source, target in PAIRS]})
    pq.write_table(rows, buffer, row_group_size=10)
    StandIn.content, StandIn.ranges = buffer.getvalue(), []
    with served(StandIn) as address:
        yield address


def test_streamed_it_is_read_in_ranges_and_not_kept(endpoint: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env=environment(endpoint, tmp_path),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    streamed, whole, missing = done.stdout.splitlines()
    assert streamed == whole == str(PAIRS)
    assert missing.startswith("me/pairs: there is no column 'fr'; there are: ")
    assert StandIn.ranges[0] is not None, "in ranges, when it is streamed"
    assert None in StandIn.ranges, "and fetched whole, to be kept, when it is not"
