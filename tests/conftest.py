"""One thread a test: two threads on a busy machine can be several times slower than one."""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
