"""Models on the Hugging Face Hub: fetch one by its name, or upload a model directory.

"owner/name" is the newest version of a model, "owner/name@revision" that of a branch, a tag or a
commit. What is in the local cache is found without the Hub. For a local model, the Hub's client is
not even imported.
"""

from __future__ import annotations

import re
from pathlib import Path

from seq2seq.errors import CheckpointError
from seq2seq.model_directory.description import load_config
from seq2seq.model_directory.manifest import sealing
from seq2seq.model_directory.names import (
    CARD,
    CONFIDENCE,
    CONFIG,
    MANIFEST,
    SHORTLIST,
    TOKENIZER,
    WEIGHTS,
)
from seq2seq.model_directory.shipped_models import local_directory
from seq2seq.model_directory.verify import verify_model
from seq2seq.runtime.extras import require

FILES = (CONFIG, WEIGHTS, CARD, SHORTLIST, CONFIDENCE, MANIFEST, f"{TOKENIZER}/*")
"""Patterns of the files of a model that are fetched and uploaded."""

_NAME = re.compile(r"([\w.-]+/[\w.-]+?)(?:@([\w./-]+))?")


def model_directory(model: str | Path) -> Path:
    """Return the local directory of a model, and fetch its files first if it is on the Hub.

    A path in a folder that exists is taken to be local.

    Args:
        model: Model directory, the name of a shipped model such as "es-en", or a name on the Hub
            such as "owner/name@revision".

    Returns:
        Path of the directory; a local one need not exist.

    Raises:
        CheckpointError: Neither the Hub nor the local cache has the model or its revision.
    """
    path = local_directory(model)
    try:
        name = _name_on_hub(model, path)
    except (OSError, ValueError) as error:  # too long, or with a NUL
        why = error.strerror if isinstance(error, OSError) else error
        raise CheckpointError(f"{str(model)[:80]!r}: no model has such a name: {why}") from None
    if name is None:
        return path
    require("hub", f"{model}: no such model directory, and the Hugging Face Hub")
    from huggingface_hub import snapshot_download

    from seq2seq.runtime.hub_reach import reachable, reason, why_unreachable

    repository, revision = name
    offline = not reachable()
    try:
        found = snapshot_download(
            repository, revision=revision, allow_patterns=list(FILES), local_files_only=offline
        )
        return Path(found)
    except (OSError, ValueError) as error:
        if offline:
            raise CheckpointError(
                f"{model}: no such model directory, and the model can neither be fetched from the "
                f"Hugging Face Hub ({why_unreachable()}) nor found in the local cache"
            ) from None
        raise CheckpointError(
            f"{model}: no such model directory, and on the Hugging Face Hub: {reason(error)}"
        ) from None


def hub_name(model: str | Path) -> tuple[str, str | None] | None:
    """Return what a model is called on the Hub.

    Args:
        model: Model as `model_directory` takes it.

    Returns:
        Repository and revision, None for the newest; None for a local model.
    """
    return _name_on_hub(model, local_directory(model))


def _name_on_hub(model: str | Path, path: Path) -> tuple[str, str | None] | None:
    """Return the repository and the revision of a model whose local path would be `path`."""
    name = _NAME.fullmatch(str(model))
    if path.exists() or path.parent.exists() or name is None:
        return None
    repository, revision = name.groups()
    return repository, revision


def push_to_hub(
    directory: str | Path,
    *,
    repository: str,
    private: bool = False,
    message: str = "Upload model",
) -> str:
    """Upload a model directory to the Hugging Face Hub.

    Log in first with `hf auth login`. Of a run directory only the model is uploaded, without
    checkpoints and metrics. A directory without a manifest gets one, and a changed model card is
    accepted. Files of an earlier model that this one does not have are removed from the repository.

    Args:
        directory: Model directory.
        repository: Name on the Hub, such as "owner/name"; it is created if it does not exist.
        private: Make a new repository private.
        message: Message of the commit.

    Returns:
        Address of the commit.

    Raises:
        CheckpointError: The directory holds no model or a damaged one, or the Hub does not accept
            it.
    """
    from huggingface_hub import HfApi

    from seq2seq.runtime.hub_reach import reachable, reason, why_unreachable

    directory = Path(directory)
    verify_model(directory, thorough=True)
    load_config(directory)
    try:
        with sealing(directory, CARD):  # which people edit before they publish
            pass
    except OSError as error:
        raise CheckpointError(f"{directory}: cannot be sealed: {error.strerror}") from None
    if not reachable():
        raise CheckpointError(f"{directory}: not uploaded to {repository}: {why_unreachable()}")
    try:
        api = HfApi()
        api.create_repo(repository, private=private, exist_ok=True)
        commit = api.upload_folder(
            repo_id=repository,
            folder_path=directory,
            allow_patterns=list(FILES),
            delete_patterns=list(FILES),
            commit_message=message,
        )
        return str(commit.commit_url)
    except Exception as error:  # of whichever library the hub's version has its client from
        raise CheckpointError(
            f"{directory}: not uploaded to {repository}: {reason(error)}"
        ) from None
