"""Lock of a directory that a command writes to: one writer at a time.

The file .seq2seq.lock in the directory names the process that holds it. Where the file system has
locks (flock), the lock ends with the process, whatever kills it. Elsewhere the content of the file
decides: the lock of a process that has ended on this host is taken over.
"""

from __future__ import annotations

import calendar
import contextlib
import dataclasses
import json
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

from seq2seq.errors import StorageError
from seq2seq.runtime.storage import writing

LOCK = ".seq2seq.lock"
"""Name of the lock file."""

_TIME = "%Y-%m-%d %H:%M:%S UTC"

_SETTLING = 0.1
"""Seconds after which the content of the file decides between two that have written it at once."""


@dataclasses.dataclass(frozen=True)
class Holder:
    """Process that holds a lock, as the lock file names it.

    Attributes:
        pid: Its process id; 0 if it has given the lock back.
        host: Name of its computer.
        started: Time at which it took the lock, such as 2026-11-27 14:30:05 UTC.
        launch: Launcher that has started it (see `launch.launch_id`), "" for none.
    """

    pid: int
    host: str
    started: str
    launch: str = ""

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host} since {self.started}"


class DirectoryLock:
    """Lock that is held from its creation until `release`.

    Attributes:
        before: Content of a lock file that was left there, None if there was none.
    """

    def __init__(self, directory: Path, *, launch: str = "") -> None:
        """Take the lock.

        Args:
            directory: An existing directory.
            launch: Launcher that has started this process, "" for none.

        Raises:
            StorageError: Another process holds the lock, or the lock file cannot be written.
        """
        self._directory = directory
        self._path = directory / LOCK
        started = time.strftime(_TIME, time.gmtime())
        self._own = Holder(os.getpid(), socket.gethostname(), started, launch)
        with writing(self._path):
            self._descriptor = self._open()
        try:
            with writing(self._path):
                self.before = self._claim()
        except BaseException:
            os.close(self._descriptor)
            raise

    def release(self, *, keep: bool = False) -> None:
        """Give the lock back.

        Args:
            keep: Leave the file, which names the launcher of this process.
        """
        with contextlib.suppress(OSError):  # the lock of a process that has ended is taken over
            if keep:
                _write(self._descriptor, dataclasses.replace(self._own, pid=0))
            else:
                self._path.unlink()
        os.close(self._descriptor)

    def _open(self) -> int:
        """Return a descriptor of the lock file, with its flock if there are any."""
        while True:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
            try:
                self._has_flock = _flock(descriptor)
                if os.path.samestat(os.fstat(descriptor), os.stat(self._path)):
                    return descriptor
            except BlockingIOError:
                held = self._held(_read(descriptor))
                os.close(descriptor)
                raise held from None
            except FileNotFoundError:
                pass
            except BaseException:
                os.close(descriptor)
                raise
            os.close(descriptor)  # the holder has just given it back, and removed the file

    def _claim(self) -> Holder | None:
        """Write this process into the file; return what was there before."""
        before = _read(self._descriptor)
        if not self._has_flock and before is not None and _may_live(before):
            raise self._held(before, f"; if that has ended, remove {self._path}")
        _write(self._descriptor, self._own)
        if not self._has_flock:
            time.sleep(_SETTLING)
            if (winner := _read(self._descriptor)) != self._own:
                raise self._held(winner)
        return before

    def _held(self, holder: Holder | None, advice: str = "") -> StorageError:
        who = "another process" if holder is None else str(holder)
        return StorageError(
            f"{self._directory}: is being written to by {who}; wait until that ends, or choose "
            f"another directory{advice}"
        )


@contextlib.contextmanager
def directory_lock(directory: Path) -> Iterator[None]:
    """Hold the lock of a directory.

    Args:
        directory: An existing directory.

    Raises:
        StorageError: Another process holds the lock, or the lock file cannot be written.
    """
    lock = DirectoryLock(directory)
    try:
        yield
    finally:
        lock.release()


def _flock(descriptor: int) -> bool:
    """Lock a file; return False where there are no such locks, raise BlockingIOError if it is held.

    Some network file systems have none, and Windows has none either.
    """
    try:
        import fcntl
    except ImportError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise
    except OSError:
        return False
    return True


def _read(descriptor: int) -> Holder | None:
    """Return the content of a lock file; None if it is empty, or none of ours."""
    try:
        content = json.loads(os.pread(descriptor, 4096, 0))
        return Holder(
            int(content["pid"]),
            str(content["host"]),
            str(content["started"]),
            str(content["launch"]),
        )
    except (ValueError, TypeError, KeyError):
        return None


def _write(descriptor: int, holder: Holder) -> None:
    """Replace the content of a lock file in one write: the process may be ended at any time."""
    content = json.dumps(dataclasses.asdict(holder)).encode() + b"\n"
    os.pwrite(descriptor, content.ljust(os.fstat(descriptor).st_size), 0)
    os.fsync(descriptor)


def _may_live(holder: Holder) -> bool:
    """Return whether a process may still run; one on another host may."""
    if holder.pid == 0:
        return False
    if holder.host != socket.gethostname() or os.name == "nt":
        return True
    try:
        os.kill(holder.pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        pass
    return not _started_after(holder)


def _started_after(holder: Holder) -> bool:
    """Return whether a process has begun after the lock was taken: its number has been reused."""
    try:
        fields = Path(f"/proc/{holder.pid}/stat").read_text().rpartition(")")[2].split()
        lines = Path("/proc/stat").read_text().splitlines()
        boot = next(int(line.split()[1]) for line in lines if line.startswith("btime"))
        began = boot + int(fields[19]) / os.sysconf("SC_CLK_TCK")
        locked = calendar.timegm(time.strptime(holder.started, _TIME))
    except (OSError, ValueError, IndexError, StopIteration):
        return False
    return began > locked + 2
