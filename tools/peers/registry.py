"""Peers by name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from peers.contract import Peer, PeerError
from peers.ctranslate2 import CTranslate2
from peers.eole import Eole
from peers.eole_training import EoleTraining
from peers.joeynmt_training import JoeyNMTTraining
from peers.joeynmt_translation import JoeyNMTTranslation
from peers.marian import Marian
from peers.opennmt import OpenNMT
from peers.opennmt_training import OpenNMTTraining
from peers.training import TrainingPeer

PEERS: dict[str, Callable[[Path], Peer]] = {
    "ctranslate2": CTranslate2,
    "eole": Eole,
    "joeynmt": JoeyNMTTranslation,
    "marian": Marian,
    "opennmt": OpenNMT,
}
"""Makers of peers; each is called with the folder of the peer."""

TRAINING_PEERS: dict[str, Callable[[Path], TrainingPeer]] = {
    "eole": EoleTraining,
    "joeynmt": JoeyNMTTraining,
    "opennmt": OpenNMTTraining,
}
"""Makers of peers whose training is timed."""


def peer_named(name: str, folder: Path) -> Peer:
    """Return a peer whose files are in its own folder below another.

    Raises:
        PeerError: There is no such peer.
    """
    if name not in PEERS:
        raise PeerError(f"unknown peer {name!r}; known: {', '.join(PEERS)}")
    return PEERS[name](folder.absolute() / name)


def training_peer_named(name: str, folder: Path) -> TrainingPeer:
    """Return a peer whose training is timed, with its files in its own folder below another.

    Raises:
        PeerError: There is no such peer.
    """
    if name not in TRAINING_PEERS:
        raise PeerError(f"unknown peer {name!r}; known: {', '.join(TRAINING_PEERS)}")
    return TRAINING_PEERS[name](folder.absolute() / name)
