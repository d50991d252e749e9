"""Registry: a mapping from a name to a class or function; asked for a name it lacks, it suggests
the nearest."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Generic, TypeVar

from seq2seq.errors import ConfigError

T = TypeVar("T")

_BY_KIND: dict[str, Registry[object]] = {}


class Registry(Mapping[str, T], Generic[T]):
    """Named choices of one kind, such as the cells.

    CELLS = Registry[type[Cell]]("cell")

    @CELLS.register("gru")
    class GRU(Cell): ...
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._entries: dict[str, T] = {}
        _BY_KIND[kind] = self  # type: ignore[assignment]

    def register(self, name: str) -> Callable[[T], T]:
        """Return a decorator that enters its argument under `name`."""

        def enter(entry: T) -> T:
            assert name not in self._entries, f"two entries for {self.kind} {name!r}"
            self._entries[name] = entry
            return entry

        return enter

    def __getitem__(self, name: str) -> T:
        """Return the entry; raise ConfigError, with the nearest name, if there is none."""
        if name not in self._entries:
            raise ConfigError(f"unknown {self.kind} {name!r}{suggestion(name, self._entries)}")
        return self._entries[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, name: object) -> bool:
        return name in self._entries


def check_name(kind: str, name: str) -> None:
    """Raise ConfigError if the registry of this kind is loaded and does not hold `name`.

    The configuration may be read before the rooms that hold the registries are imported (they need
    torch); a name that was not checked here is checked when the part is built."""
    if kind in _BY_KIND:
        _BY_KIND[kind][name]


def suggestion(name: str, valid: Iterable[str]) -> str:
    """Return "; did you mean 'x'?" for a near miss, else "; there are: a, b, c"."""
    names = list(valid)
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    return f"; did you mean {near[0]!r}?" if near else f"; there are: {', '.join(names)}"
