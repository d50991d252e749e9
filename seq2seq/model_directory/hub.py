"""Models on the Hugging Face Hub: a model directory by its name there, and a directory's way there.

"owner/name" is a model's newest version, "owner/name@revision" that of a branch, a tag or a commit.
What lies in the local cache is found without the Hub. For a model that lies here, the Hub's client
is not even imported."""

from __future__ import annotations

import re
from pathlib import Path

from seq2seq.errors import CheckpointError
from seq2seq.model_directory.names import CARD, CONFIG, SHORTLIST, TOKENIZER, WEIGHTS
from seq2seq.model_directory.store import load_config

FILES = (CONFIG, WEIGHTS, CARD, SHORTLIST, f"{TOKENIZER}/*")

_NAME = re.compile(r"([\w.-]+/[\w.-]+?)(?:@([\w./-]+))?")


def model_directory(model: str | Path) -> Path:
    """A local directory as it is; a model of the Hub after its files have been fetched.

    What lies, or would lie, in a folder that there is here is meant to be local. Raises
    CheckpointError if neither the Hub nor the cache has the model or the revision."""
    path = Path(model)
    name = _NAME.fullmatch(str(model))
    if path.exists() or path.parent.exists() or name is None:
        return path
    from huggingface_hub import snapshot_download

    from seq2seq.runtime.hub_reach import reachable, reason, why_unreachable

    repository, revision = name.groups()
    away = not reachable()
    try:
        found = snapshot_download(
            repository, revision=revision, allow_patterns=list(FILES), local_files_only=away
        )
        return Path(found)
    except (OSError, ValueError) as error:
        if away:
            raise CheckpointError(
                f"{model}: no such model directory, and the model can neither be fetched from the "
                f"Hugging Face Hub ({why_unreachable()}) nor found in the local cache"
            ) from None
        raise CheckpointError(
            f"{model}: no such model directory, and on the Hugging Face Hub: {reason(error)}"
        ) from None


def push_to_hub(
    directory: str | Path, repository: str, *, private: bool = False, message: str = "Upload model"
) -> str:
    """Upload a model directory to the Hub, which must know you (`hf auth login`); return the
    address of the commit.

    Of a run directory the model alone goes, without checkpoints and metrics. Raises CheckpointError
    if it holds no model, or the Hub does not take it."""
    from huggingface_hub import HfApi

    from seq2seq.runtime.hub_reach import reachable, reason, why_unreachable

    directory = Path(directory)
    load_config(directory)
    if not reachable():
        raise CheckpointError(f"{directory}: not uploaded to {repository}: {why_unreachable()}")
    try:
        api = HfApi()
        api.create_repo(repository, private=private, exist_ok=True)
        return str(
            api.upload_folder(
                repo_id=repository,
                folder_path=directory,
                allow_patterns=list(FILES),
                commit_message=message,
            )
        )
    except Exception as error:  # of whichever library the hub's version has its client from
        raise CheckpointError(
            f"{directory}: not uploaded to {repository}: {reason(error)}"
        ) from None
