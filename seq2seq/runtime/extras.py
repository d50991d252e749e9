"""Optional dependencies: which packages each extra installs, and what to say if one is missing.

Translating needs none of them.
"""

from __future__ import annotations

import importlib.util

from seq2seq.errors import Seq2SeqError

EXTRAS = {
    "train": ("torch", "accelerate", "datasets", "sacrebleu", "safetensors", "numpy"),
    "hub": ("huggingface_hub",),
    "evaluate": ("sacrebleu", "pyarrow", "numpy", "matplotlib", "jinja2"),
    "formats": ("chardet", "python_calamine"),
    "serve": ("starlette", "uvicorn"),
}
"""Packages of each extra of setup.cfg, as they are imported."""


def require(extra: str, what: str) -> None:
    """Check that the packages of an extra are installed.

    Args:
        extra: Name of the extra.
        what: What needs it, as the beginning of a sentence.

    Raises:
        Seq2SeqError: A package is missing; the message says how to install it.
    """
    missing = [name for name in EXTRAS[extra] if importlib.util.find_spec(name) is None]
    if missing:
        raise Seq2SeqError(f"{what} needs {missing[0]}, which is not installed: {advice(extra)}")


def advice(extra: str) -> str:
    """Return the command that installs an extra."""
    return f"pip install 'seq2seq-translate[{extra}]', or '.[{extra}]' in a clone"


def is_optional(package: str) -> bool:
    """Return whether a package belongs to an extra."""
    return any(package in packages for packages in EXTRAS.values())
