"""Datasets on the Hub, with the Hub out of reach: one clear error, soon; and a cached dataset still
loads."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import datasets
import pytest
from huggingface_hub import constants

from seq2seq.data.corpus import hub_datasets
from seq2seq.data.corpus.corpus import Corpus
from seq2seq.errors import DataError
from seq2seq.runtime import hub_reach

# In a process of its own: where the Hub and its cache are is read when huggingface_hub is imported.
SCRIPT = """
import sys, time
import datasets
from datasets.arrow_writer import ArrowWriter
from pathlib import Path
from seq2seq.data.corpus.corpus import Corpus
from seq2seq.errors import DataError

def attempt(name, **options):
    start = time.monotonic()
    try:
        print(list(Corpus.load(name, source="es", target="en", **options).pairs()))
    except DataError as error:
        print("DataError:", error)
    print(time.monotonic() - start < 8)

attempt("someone/not_cached")

languages = datasets.Features({"translation": datasets.Translation(["es", "en"])})
folder = Path(datasets.config.HF_DATASETS_CACHE, "someone___cached", "en-es", "0.0.0", "0" * 40)
folder.mkdir(parents=True)
with ArrowWriter(path=str(folder / "cached-train.arrow"), features=languages) as writer:
    writer.write({"translation": {"es": "a", "en": "b"}})
    rows, size = writer.finalize()
splits = datasets.splits.SplitDict()
splits.add(datasets.SplitInfo("train", num_bytes=size, num_examples=rows, dataset_name="cached"))
datasets.DatasetInfo(
    features=languages,
    splits=splits,
    builder_name="parquet",
    dataset_name="cached",
    config_name="en-es",
).write_to_directory(str(folder))
attempt("someone/cached", config="en-es")
attempt("someone/cached", config="en-fr")
attempt("someone/cached", config="en-es", split="test")
print(datasets.config.HF_HUB_OFFLINE)
"""


@pytest.fixture
def deaf_port() -> int:
    """A port of this machine at which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def test_without_the_hub_there_is_one_error_soon_and_the_cache_still_serves(
    tmp_path: Path, deaf_port: int
) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
    environment = {
        **kept,
        "HF_ENDPOINT": f"http://127.0.0.1:{deaf_port}",
        "HF_HOME": str(tmp_path),
        "NO_PROXY": "127.0.0.1",
        "PYTHONPATH": str(Path(__file__).parents[3]),
    }
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said = done.stdout.splitlines()
    assert said[1::2] == ["True"] * 4  # each within 8 seconds
    assert said[0].startswith(
        "DataError: someone/not_cached: there is no such file here, and the dataset can neither"
    )
    assert f"(http://127.0.0.1:{deaf_port} does not answer)" in said[0]
    assert said[2] == "[('a', 'b')]"
    assert said[4].startswith(
        "DataError: someone/cached: no such file here, and in the local cache: "
    )
    assert "Available configs in the cache: ['en-es']" in said[4]
    assert 'Unknown split "test"' in said[6]
    assert said[8] == "False"  # offline for that call, not for the process


def test_a_hub_that_takes_the_call_and_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(hub_reach, "_PATIENCE", 0.3)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        monkeypatch.setattr(constants, "ENDPOINT", f"http://127.0.0.1:{silent.getsockname()[1]}")
        start = time.monotonic()
        with pytest.raises(DataError, match="does not answer"):
            Corpus.load("someone/never_cached_nowhere")
    assert time.monotonic() - start < 5


def test_the_setting_for_offline_work_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(DataError, match="HF_HUB_OFFLINE is set"):
        Corpus.load("someone/never_cached_nowhere")


def test_a_dataset_that_is_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def load(name: str, config: str | None, split: str) -> datasets.Dataset:
        asked.extend([name, config, split])
        return datasets.Dataset.from_dict(
            {"translation": [{"es": "a\0", "en": "b"}], "id": [1]}
        ).select([0])

    monkeypatch.setattr(hub_datasets, "reachable", lambda: True)
    monkeypatch.setattr(datasets, "load_dataset", load)
    corpus = Corpus.load(
        "opus_books", config="en-es", split="train[:5]", source="es", target="en", references=True
    )
    assert asked == ["opus_books", "en-es", "train[:5]"]
    assert list(corpus.pairs()) == [("a ", "b")]
    assert corpus.references() == [["b"]]
    assert Corpus.load("opus_books", source="es", target="en").name == "opus_books"
    assert asked[-1] == "train"
    with pytest.raises(
        DataError, match=r"opus_books: there is no column 'source'; there are: translation\.e"
    ):
        Corpus.load("opus_books")
    with pytest.raises(
        DataError, match="opus_books: a column of a Hub dataset has a name, not the position 0"
    ):
        Corpus.load("opus_books", source=0, target=1)


def test_what_the_hub_answers_is_passed_on_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(*_: object, **__: object) -> datasets.Dataset:
        raise ValueError("BuilderConfig 'x' not found.\nAvailable: ['en-es']")

    monkeypatch.setattr(hub_datasets, "reachable", lambda: True)
    monkeypatch.setattr(datasets, "load_dataset", load)
    with pytest.raises(DataError) as caught:
        Corpus.load("opus_books")
    assert str(caught.value) == (
        "opus_books: no such file here, and on the Hugging Face Hub: BuilderConfig 'x' not "
        "found. Available: ['en-es']"
    )
