"""Models on the Hub are fetched, pinned and uploaded, against a stand-in for its HTTP interface."""

from __future__ import annotations

import base64
import hashlib
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from seq2seq import Translator, train
from seq2seq.errors import CheckpointError
from seq2seq.model_directory.hub import model_directory
from tests.support import tiny_run as tiny
from tests.support.hub_stand_in import HubStandIn, environment, served

# In a process of its own: where the Hub and its cache are is read when huggingface_hub is imported.
SCRIPT = """
import sys
from pathlib import Path
from seq2seq import Translator
from seq2seq.errors import Seq2SeqError
from seq2seq.model_directory.hub import push_to_hub

def attempt(action):
    try:
        print(action())
    except Seq2SeqError as error:
        print(type(error).__name__ + ":", error)

def translated(name):
    return lambda: Translator.from_pretrained(name).translate("uno gato").text

run = sys.argv[1]
attempt(translated(run))
attempt(lambda: push_to_hub(run, repository="me/fresh"))
for name in ("me/fresh", "me/fresh@v1", "me/fresh@v9", "me/none"):
    attempt(translated(name))
attempt(lambda: push_to_hub(Path(run).parent, repository="me/fresh"))
"""


class StandIn(HubStandIn):
    """Keeps repositories as {name: {path: content}}, all of them at one commit, which the tag v1
    names too."""

    repositories: dict[str, dict[str, bytes]]

    def get(self) -> None:
        parts = self.path.partition("?")[0].strip("/").split("/")
        name = "/".join(parts[2:4] if parts[0] == "api" else parts[:2])
        files = self.repositories.get(name)
        if files is None:
            return self.answer({}, 404, {"X-Error-Code": "RepoNotFound"})
        if parts[4:5] == ["revision"]:
            if parts[5] not in ("main", "v1", self.commit):
                return self.answer({}, 404, {"X-Error-Code": "RevisionNotFound"})
            siblings = [{"rfilename": path} for path in files]
            return self.answer(
                {"id": name, "sha": self.commit, "siblings": siblings, "private": False, "tags": []}
            )
        if parts[4:5] == ["tree"]:
            return self.answer(
                [
                    {"type": "file", "path": p, "size": len(c), "oid": hashlib.sha1(c).hexdigest()}
                    for p, c in files.items()
                ]
            )
        content = files["/".join(parts[4:])]
        return self.send(
            200,
            content,
            {"ETag": f'"{hashlib.sha1(content).hexdigest()}"', "X-Repo-Commit": self.commit},
        )

    def post(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        parts = self.path.strip("/").split("/")
        if self.path == "/api/repos/create":
            wanted = json.loads(body)
            self.repositories[f"{wanted['organization']}/{wanted['name']}"] = {}
            return self.answer(
                {"url": f"https://huggingface.co/{wanted['organization']}/{wanted['name']}"}
            )
        if self.path == "/api/validate-yaml":  # of the model card
            return self.answer({"errors": [], "warnings": []})
        if parts[4] == "preupload":
            return self.answer(
                {
                    "files": [
                        {**file, "uploadMode": "regular", "shouldIgnore": False}
                        for file in json.loads(body)["files"]
                    ]
                }
            )
        for line in map(json.loads, body.splitlines()):
            if line["key"] == "file":
                content = base64.b64decode(line["value"]["content"])
                self.repositories["/".join(parts[2:4])][line["value"]["path"]] = content
        return self.answer(
            {
                "success": True,
                "commitOid": self.commit,
                "commitUrl": f"https://huggingface.co/me/fresh/commit/{self.commit}",
            }
        )


@pytest.fixture
def endpoint() -> Iterator[str]:
    StandIn.repositories = {}
    with served(StandIn) as address:
        yield address


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("hub")
    tiny.write_text(folder)
    train(tiny.tiny_config(folder), output=folder / "run", cpu=True)
    return folder / "run"


def script(run: Path, endpoint: str, cache: Path) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(run)],
        env=environment(endpoint, cache),
        cwd=cache,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_a_model_goes_to_the_hub_and_comes_back_at_a_pinned_revision_too(
    run: Path, endpoint: str, tmp_path: Path
) -> None:
    own, address, newest, pinned, unknown, none, no_model = script(run, endpoint, tmp_path)
    assert address == f"https://huggingface.co/me/fresh/commit/{StandIn.commit}"
    assert own == newest == pinned
    assert unknown.startswith(
        "CheckpointError: me/fresh@v9: no such model directory, and on the Hugging Face Hub: "
    )
    assert none.startswith(
        "CheckpointError: me/none: no such model directory, and on the Hugging Face Hub: 404"
    )
    assert no_model.startswith("CheckpointError: ")
    sent = set(StandIn.repositories["me/fresh"])
    assert {"config.yaml", "model.safetensors", "README.md", "tokenizer/tokenizer.json"} <= sent
    assert not any(name.startswith(("checkpoints", "best", "metrics")) for name in sent)


def test_without_the_hub_there_is_one_error_that_says_so_soon(run: Path, tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        deaf = f"http://127.0.0.1:{probe.getsockname()[1]}"
    own, refused, newest, *_ = script(run, deaf, tmp_path)
    assert own
    assert refused.startswith(f"CheckpointError: {run}: not uploaded to me/fresh: ")
    assert newest == (
        "CheckpointError: me/fresh: no such model directory, and the model can neither be "
        "fetched from the "
        f"Hugging Face Hub ({deaf} does not answer) nor found in the local cache"
    )


@pytest.mark.parametrize("name", ["runs/none", "/no/such", "./none", "none", "a/b/c", "tests/none"])
def test_what_is_meant_to_be_local_is_not_sought_elsewhere(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("runs", "tests"):
        (tmp_path / folder).mkdir()
    monkeypatch.chdir(tmp_path)
    assert model_directory(name) == Path(name)
    with pytest.raises(CheckpointError, match="no such model directory"):
        Translator.from_pretrained(name)
