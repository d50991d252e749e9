"""Registries: named choices of one kind, such as cells, to which plug-ins can add."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Generic, TypeVar

from seq2seq.errors import ConfigError
from seq2seq.runtime.plugins import importing_plugin, load_plugins

T = TypeVar("T")

_BY_KIND: dict[str, Registry[Any]] = {}


class Registry(Mapping[str, T], Generic[T]):
    """Mapping from names to classes or functions of one kind.

    Looking up an unknown name loads the plug-ins, which may register it. If none does, the error
    suggests the nearest name. Iteration yields the names registered so far, in order of
    registration.

        CELLS = Registry[type[Cell]]("cell")

        @CELLS.register("gru")
        class GRU(Cell): ...

    Args:
        kind: Kind of the entries in the singular, such as "cell", for messages.
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._entries: dict[str, T] = {}
        self._origins: dict[str, str] = {}
        _BY_KIND[kind] = self

    def register(self, name: str) -> Callable[[T], T]:
        """Return a decorator that registers its argument under a name and returns it unchanged.

        Args:
            name: Name of the entry in configurations and on the command line.

        Returns:
            The decorator.

        Raises:
            ConfigError: When the decorator is applied, if the name is taken.
        """

        def enter(entry: T) -> T:
            if name in self._entries:
                raise ConfigError(f"two entries for {self.kind} {name!r}; choose another name")
            self._entries[name] = entry
            self._origins[name] = importing_plugin() or str(
                getattr(entry, "__module__", "__main__")
            )
            return entry

        return enter

    def origin(self, name: str) -> str:
        """Return the module of an entry: the plug-in that registered it, or its own module."""
        return self._origins[name]

    def __getitem__(self, name: str) -> T:
        """Return the entry with this name.

        Raises:
            ConfigError: If there is none, or if a plug-in cannot be imported.
        """
        if name not in self._entries:
            load_plugins()
        if name not in self._entries:
            raise ConfigError(f"unknown {self.kind} {name!r}{suggestion(name, self._entries)}")
        return self._entries[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, name: object) -> bool:
        return name in self._entries


def registry_of(kind: str) -> Mapping[str, Any]:
    """Return the registry of this kind, or an empty mapping if its module is not imported."""
    return _BY_KIND.get(kind, {})


def suggestion(name: str, valid: Iterable[str]) -> str:
    """Return "; did you mean 'x'?" for a near miss, otherwise "; there are: a, b, c"."""
    names = list(valid)
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    return f"; did you mean {near[0]!r}?" if near else f"; there are: {', '.join(names)}"
