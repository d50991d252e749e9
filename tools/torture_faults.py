"""Let the k-th operation on files fail, or end the process: the library of torture_faults.c."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCE = Path(__file__).with_suffix(".c")
LIBRARY = "SEQ2SEQ_FAULTS"
"""Environment variable with the path of the compiled library, set in the process that has it."""


class Faults:
    """The library, in a process that was started with it."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(os.environ[LIBRARY])
        self._library.faults_count.restype = ctypes.c_long
        self._library.faults_hit.restype = ctypes.c_char_p

    def arm(
        self,
        top: Path,
        *,
        first: int = 0,
        number: int = 0,
        stays: bool = False,
        frees: bool = False,
    ) -> None:
        """Count the operations below a directory from now on.

        Args:
            top: The directory.
            first: Number of the operation that fails, from 1; 0 is none.
            number: Its errno, or minus the signal that ends the process there.
            stays: All later operations fail as well.
            frees: Count operations that free space as well.
        """
        self._library.faults_arm(os.fsencode(top), first, number, stays, frees)

    @property
    def count(self) -> int:
        """Number of operations so far."""
        return int(self._library.faults_count())

    @property
    def hit(self) -> str:
        """Path of the first operation that has failed."""
        return os.fsdecode(self._library.faults_hit())


def run_with_faults() -> None:
    """Compile the library, and run this program with it, unless it runs with it already."""
    if LIBRARY in os.environ:
        return
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        library = Path(folder) / "faults.so"
        subprocess.run(
            ["gcc", "-O1", "-shared", "-fPIC", "-o", str(library), str(SOURCE), "-ldl"], check=True
        )
        environment = {
            **os.environ,
            LIBRARY: str(library),
            "LD_PRELOAD": str(library),
            "OMP_NUM_THREADS": "1",
            "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
        }
        again = subprocess.run([sys.executable, *sys.argv], env=environment, check=False)
    sys.exit(again.returncode)
