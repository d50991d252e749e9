"""Peers by name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from peers.contract import Peer, PeerError
from peers.ctranslate2 import CTranslate2
from peers.eole import Eole
from peers.joeynmt_translation import JoeyNMTTranslation
from peers.marian import Marian
from peers.opennmt import OpenNMT

PEERS: dict[str, Callable[[Path], Peer]] = {
    "ctranslate2": CTranslate2,
    "eole": Eole,
    "joeynmt": JoeyNMTTranslation,
    "marian": Marian,
    "opennmt": OpenNMT,
}
"""Makers of peers; each is called with the folder of the peer."""


def peer_named(name: str, folder: Path) -> Peer:
    """Return a peer whose files are in its own folder below another.

    Raises:
        PeerError: There is no such peer.
    """
    if name not in PEERS:
        raise PeerError(f"unknown peer {name!r}; known: {', '.join(PEERS)}")
    return PEERS[name](folder.absolute() / name)
