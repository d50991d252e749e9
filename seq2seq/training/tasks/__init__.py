"""Tasks: what a model is trained for, behind one contract (`contract`) with a registry."""

# Importing the modules registers their tasks.
from seq2seq.training.tasks import (  # noqa: F401
    classification,
    description,
    language_model,
    translation,
)
from seq2seq.training.tasks.contract import TASKS, Task

__all__ = ["TASKS", "Task"]
