"""Text of the peers: the pairs that they are trained on, in pieces of the compared model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import sentencepiece

from peers.contract import PeerError, PeerText

TOKENIZER = "tokenizer"
"""Name of the folder of the tokenizers in a model directory."""


def write_text(
    folder: Path, model: Path, parts: Mapping[str, tuple[Sequence[str], Sequence[str]]]
) -> PeerText:
    """Write pairs in pieces, and the vocabularies.

    Args:
        folder: Folder to write to.
        model: Model directory whose SentencePiece models cut the text.
        parts: "train" and "dev", each with sources and targets.

    Returns:
        Where the text is.

    Raises:
        PeerError: The model has no SentencePiece models.
    """
    source, target = _piece_models(model)
    folder.mkdir(parents=True, exist_ok=True)
    for side, path, index in (("source", source, 0), ("target", target, 1)):
        processor = sentencepiece.SentencePieceProcessor(model_file=str(path))
        pieces = [processor.id_to_piece(number) for number in range(len(processor))]
        kept = [
            piece
            for number, piece in enumerate(pieces)
            if not processor.is_control(number) and not processor.is_unknown(number)
        ]
        (folder / f"{side}.vocab").write_text("".join(f"{one}\n" for one in kept), encoding="utf-8")
        for name, sides in parts.items():
            lines = processor.encode(list(sides[index]), out_type=str)
            text = "".join(" ".join(line) + "\n" for line in lines)
            (folder / f"{name}.{side}").write_text(text, encoding="utf-8")
    return PeerText(folder, source, target)


def _piece_models(model: Path) -> tuple[Path, Path]:
    joint = model / TOKENIZER / "joint.model"
    found = (
        (joint, joint)
        if joint.exists()
        else tuple(model / TOKENIZER / f"{side}.model" for side in ("source", "target"))
    )
    if not all(path.exists() for path in found):
        raise PeerError(f"{model}: no SentencePiece models, which the peers need")
    source, target = found
    return source, target
