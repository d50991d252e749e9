"""Gradients through time: measurement, explanation, and their effect on a task that needs memory.

The names below are public; recipes use them. `gradient_norms` follows the gradient of a loss back
through a cell, and `singular_values` examines its recurrent matrices. `rate_per_step` and
`diagnosis` sum up the norms in a number and in words. `CopyTask` and
`learn_with_and_without_clipping` show the effect on learning.
"""

from seq2seq.models.diagnostics.copy_task import CopyTask, learn_with_and_without_clipping
from seq2seq.models.diagnostics.gradient_flow import (
    diagnosis,
    gradient_norms,
    rate_per_step,
    singular_values,
)

__all__ = [
    "CopyTask",
    "diagnosis",
    "gradient_norms",
    "learn_with_and_without_clipping",
    "rate_per_step",
    "singular_values",
]
