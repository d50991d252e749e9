"""Errors that a user can cause and correct. The command line prints each as one line.

    Exception
    └── Seq2SeqError
        ├── ConfigError                a setting, an option or an argument
        │   └── MissingPluginError     a plug-in that is not loaded (seq2seq.runtime.plugins)
        ├── DataError                  text, or a file to read or write
        ├── CheckpointError            a model directory
        ├── StorageError               a disk, or a directory that something else writes to
        └── TrainingError              a training that cannot go on

Everything else that goes wrong is a defect of the program: an `assert` or an ordinary exception.
"""

from __future__ import annotations


class Seq2SeqError(Exception):
    """Base class of all errors that address the user: what was wrong, where, and what to do."""


class ConfigError(Seq2SeqError):
    """A configuration that cannot be used; the message lists every problem found."""


class DataError(Seq2SeqError):
    """Text that cannot be read: a missing file, a wrong encoding, a line without two columns.

    Also an output that cannot be written, or that would replace a file of the user's.
    """


class CheckpointError(Seq2SeqError):
    """A model directory with a missing, damaged or mismatched file; the message names the file."""


class StorageError(Seq2SeqError):
    """A file that cannot be written: a full disk, a quota, no permission, a vanished directory.

    Also a directory that another process is writing to.
    """


class TrainingError(Seq2SeqError):
    """A training that cannot go on: a loss that is not finite, a directory that holds no run."""
