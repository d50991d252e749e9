"""JoeyNMT as a peer in translating: the network of peers/joeynmt.py, run from the command line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import sentencepiece
import yaml

from peers.contract import PeerError, PeerText, Timing
from peers.joeynmt import JoeyNMT, configuration

RUN = "translation"
"""Name of the training run."""


@dataclass(frozen=True)
class JoeyNMTTranslation:
    """JoeyNMT with an LSTM that feeds its input."""

    folder: Path
    model: ClassVar[str] = "JoeyNMT 2.3.0, LSTM 512, fp32"

    def install(self) -> None:
        """Install it; see Peer."""
        JoeyNMT(self.folder, threads=1).install()

    def train(self, text: PeerText, *, minutes: float, threads: int) -> None:
        """Train the network; see Peer."""
        if self._checkpoint(missing_ok=True) is not None:
            return
        settings = {
            "batch_size": 4096,
            "batch_type": "token",
            "updates": 1_000_000,
            "validation_freq": 100,
            "logging_freq": 20,
            "keep_best_ckpts": 1,
        }
        path = self._configuration(RUN, text, settings, {"beam_size": 1})
        command = ["python", "-m", "joeynmt", "train", str(path), "--skip-test"]
        place = JoeyNMT(self.folder, threads).environment
        place.run_for(minutes, command, threads=threads, log=self.folder / "train.log")
        self._checkpoint()

    def translate(
        self, sources: Sequence[str], text: PeerText, *, beam: int, threads: int, alone: bool
    ) -> Timing:
        """Translate sentences; see Peer. Alone, its log has only the sum of the seconds."""
        checkpoint = self._checkpoint()
        reader = sentencepiece.SentencePieceProcessor(model_file=str(text.source_pieces))
        writer = sentencepiece.SentencePieceProcessor(model_file=str(text.target_pieces))
        lines = [" ".join(line) for line in reader.encode(list(sources), out_type=str)]
        for side in ("source", "target"):
            (self.folder / f"test.{side}").write_text("\n".join(lines) + "\n", encoding="utf-8")
        name = f"beam{beam}{'alone' if alone else ''}"
        testing = {
            "load_model": str(checkpoint),
            "batch_size": 1 if alone else 64,
            "batch_type": "sentence",
            "beam_size": beam,
            "beam_alpha": 1.0,
        }
        path = self._configuration(name, text, {"batch_size": 64}, testing)
        (self.folder / name).mkdir(exist_ok=True)
        written = self.folder / name / "hypotheses"
        toolkit = JoeyNMT(self.folder, threads)
        command = ["-m", "joeynmt", "test", str(path), "--output-path", str(written)]
        toolkit.environment.run(command, threads=threads)
        found = re.findall(r"Generation took ([\d.]+)\[sec\]", toolkit.log(name, "test"))
        if not found:
            raise PeerError(f"{self.folder / name}: the log has no generation time")
        seconds = float(found[-1])
        pieces = written.with_suffix(".test").read_text(encoding="utf-8").splitlines()
        each = [seconds / len(sources)] * len(sources)
        texts = [writer.decode(line.split(" ")) for line in pieces]
        return Timing(each if alone else [seconds], texts)

    def _checkpoint(self, *, missing_ok: bool = False) -> Path | None:
        best = self.folder / RUN / "best.ckpt"
        if best.exists():
            return best
        if missing_ok:
            return None
        raise PeerError(f"{best.parent}: no checkpoint; train for more minutes")

    def _configuration(
        self, name: str, text: PeerText, training: dict[str, Any], testing: dict[str, Any]
    ) -> Path:
        """Write the configuration of a run that reads pieces."""
        config = piece_configuration(self.folder, name, text, training, testing)
        path = self.folder / f"{name}.yaml"
        path.write_text(yaml.safe_dump(config), encoding="utf-8")
        return path


def piece_configuration(
    folder: Path, name: str, text: PeerText, training: dict[str, Any], testing: dict[str, Any]
) -> dict[str, Any]:
    """Write vocabularies; return the configuration of a run that reads pieces."""
    config = configuration(folder, name, training, testing)
    data = config["data"]
    for part in ("train", "dev"):
        data[part] = str(text.folder / part)
    for key, side in (("src", "source"), ("trg", "target")):
        data[key] = {
            "lang": side,
            "max_length": 128,
            "level": "word",
            "voc_file": str(folder / f"{side}.vocab"),
        }
        pieces = (text.folder / f"{side}.vocab").read_text(encoding="utf-8")
        special = "<unk>\n<pad>\n<s>\n</s>\n"
        (folder / f"{side}.vocab").write_text(special + pieces, encoding="utf-8")
    return config
