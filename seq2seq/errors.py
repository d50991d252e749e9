"""The errors a user can cause and mend. The command line prints each as one line.

Everything else that goes wrong is a defect of ours and is an `assert` or an ordinary exception.
"""

from __future__ import annotations


class Seq2SeqError(Exception):
    """Base of all errors that speak to the user: what was wrong, where, and what to do."""


class ConfigError(Seq2SeqError):
    """A configuration that cannot be used; the message lists every problem found."""


class DataError(Seq2SeqError):
    """Text that cannot be read: a missing file, a wrong encoding, a line without two columns."""


class CheckpointError(Seq2SeqError):
    """A model directory with a missing, truncated or mismatched file; the message names the
    file."""


class TrainingError(Seq2SeqError):
    """A training that cannot go on: a loss that is not finite, a run directory that is taken."""
