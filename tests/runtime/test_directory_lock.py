"""One process at a time writes to a directory; the lock of one that has ended is no obstacle."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from seq2seq.errors import StorageError
from seq2seq.runtime.directory_lock import LOCK, DirectoryLock, directory_lock

HOLD = """
import sys, time
from pathlib import Path
from seq2seq.runtime import directory_lock
if sys.argv[2] == "without flock":
    directory_lock._flock = lambda descriptor: False
lock = directory_lock.DirectoryLock(Path(sys.argv[1]))
print("held", flush=True)
time.sleep(60)
"""


def without_flock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let flock fail as it does on a network file system that has no locks."""

    def fails(*_: object) -> None:
        raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP))

    monkeypatch.setattr(fcntl, "flock", fails)


@pytest.mark.parametrize("kind", ["flock", "without flock"])
def test_a_running_process_is_named_and_a_killed_one_is_no_obstacle(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path), kind]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"held\n"
            if kind == "without flock":
                without_flock(monkeypatch)
            name = f"process {process.pid} on {socket.gethostname()} since 20"
            with pytest.raises(StorageError, match=f"is being written to by {name}") as caught:
                DirectoryLock(tmp_path)
            assert "\n" not in str(caught.value)
        finally:
            process.send_signal(signal.SIGKILL)
    lock = DirectoryLock(tmp_path)
    assert lock.before is not None
    assert lock.before.pid == process.pid
    lock.release()
    assert not (tmp_path / LOCK).exists()


@pytest.mark.parametrize("kind", ["flock", "without flock"])
def test_a_lock_is_free_again_after_its_release(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if kind == "without flock":
        without_flock(monkeypatch)
    for _ in range(2):
        with directory_lock(tmp_path), pytest.raises(StorageError, match="is being written to by"):
            DirectoryLock(tmp_path)
        assert not any(tmp_path.iterdir())


def test_without_flock_the_lock_of_another_host_holds_and_the_way_out_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_flock(monkeypatch)
    content = {"pid": 1, "host": "elsewhere", "started": "2026-01-02 03:04:05 UTC", "launch": ""}
    (tmp_path / LOCK).write_text(json.dumps(content))
    refused = f"process 1 on elsewhere since 2026.*if that has ended, remove {tmp_path / LOCK}"
    with pytest.raises(StorageError, match=refused):
        DirectoryLock(tmp_path)


def test_without_flock_a_number_that_another_process_has_now_is_no_obstacle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_flock(monkeypatch)
    content = {
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "started": "2001-02-03 04:05:06 UTC",
        "launch": "",
    }
    (tmp_path / LOCK).write_text(json.dumps(content))
    DirectoryLock(tmp_path).release()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"pid": "x"}', b"\xff\xfe"])
def test_a_lock_file_that_was_not_finished_is_no_obstacle(content: bytes, tmp_path: Path) -> None:
    (tmp_path / LOCK).write_bytes(content)
    DirectoryLock(tmp_path).release()


def test_a_lock_that_is_kept_tells_the_launcher_and_holds_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_flock(monkeypatch)
    DirectoryLock(tmp_path, launch="job host 1").release(keep=True)
    lock = DirectoryLock(tmp_path)
    assert lock.before is not None
    assert (lock.before.pid, lock.before.launch) == (0, "job host 1")


def test_a_process_that_ends_while_it_gives_the_lock_back_leaves_its_launcher(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = DirectoryLock(tmp_path, launch="job host 1")

    def ends(*_: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", ends)
        lock.release(keep=True)
    before = DirectoryLock(tmp_path).before
    assert before is not None
    assert before.launch == "job host 1"


def test_a_shorter_holder_replaces_a_longer_one(tmp_path: Path) -> None:
    DirectoryLock(tmp_path, launch="a long name of a job").release(keep=True)
    DirectoryLock(tmp_path, launch="b").release(keep=True)
    before = DirectoryLock(tmp_path).before
    assert before is not None
    assert before.launch == "b"
