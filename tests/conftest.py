"""One thread a test: two threads on a busy machine can be several times slower than one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

os.environ.setdefault("OMP_NUM_THREADS", "1")

settings.register_profile("patient", deadline=None)  # on a busy machine a first call takes long
settings.load_profile("patient")

LONG = ["test_ranks.py", "test_end_to_end.py", "test_recipes.py", "test_trainer.py", "test_model.py"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The files that take long come first: begun last, one of them would keep one of two processes waiting."""
    places = {name: place for place, name in enumerate(LONG)}
    items.sort(key=lambda item: places.get(Path(item.path).name, len(LONG)))
