"""Plug-ins: modules from outside that add cells, readers, metrics and so on to the registries.

Modules installed under the entry-point group `seq2seq.plugins` are found by themselves. Others must
be allowed, by `--plugin` or the environment variable. Nothing else is ever imported: a model or a
configuration that names a plug-in cannot make the program run code that nobody chose.
"""

from __future__ import annotations

import functools
import importlib
import os
import sys
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from seq2seq.errors import ConfigError

GROUP = "seq2seq.plugins"
"""Group of the entry points of installed plug-ins."""

VARIABLE = "SEQ2SEQ_PLUGINS"
"""Environment variable with the modules that are allowed beside those, separated by commas.

Processes that are started from this one inherit it."""


class MissingPluginError(ConfigError):
    """A model or a configuration needs plug-ins that are neither installed nor allowed.

    Args:
        message: One line that says what needs them and what to do.
        plugins: Their modules.
    """

    def __init__(self, message: str, plugins: Iterable[str] = ()) -> None:
        super().__init__(message)
        self.plugins = list(plugins)


def missing_plugin_message(place: object, need: str, plugins: Sequence[str]) -> str:
    """Return one line that says what needs plug-ins, and how to allow them.

    Args:
        place: A model directory or a configuration.
        need: "was made with" or "needs".
        plugins: Modules of the plug-ins.
    """
    options = " ".join(f"--plugin {name}" for name in plugins)
    if len(plugins) == 1:
        what = f"plug-in {plugins[0]}, which is not loaded; install it or allow it"
    else:
        what = f"plug-ins {', '.join(plugins)}, which are not loaded; install them or allow them"
    return f"{place}: {need} {what} with {options}"


@dataclass
class _State:
    """Plug-ins of this process: the one being imported, those imported, errors of the others."""

    importing: str | None = None
    loaded: set[str] = field(default_factory=set)
    failed: dict[str, str] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)


_STATE = _State()


def allow_plugins(modules: Iterable[str]) -> None:
    """Allow modules as plug-ins, in this process and in those that it starts.

    They are imported when a name is looked up that is not built in.

    Args:
        modules: Full names of modules, such as "my_package.cells".

    Raises:
        ConfigError: If one of them is no name of a module.
    """
    allowed = _allowed()
    for module in modules:
        if not all(part.isidentifier() for part in module.split(".")):
            raise ConfigError(
                f"plug-in {module!r}: write the name of a module, such as my_package.cells"
            )
        if module not in allowed:
            allowed.append(module)
    if allowed:
        os.environ[VARIABLE] = ",".join(allowed)


def load_plugins() -> None:
    """Import all plug-ins that are installed or allowed, each of them once.

    Raises:
        ConfigError: If one of them cannot be imported; the message names it.
    """
    with _STATE.lock:
        if _STATE.importing is not None:  # a plug-in that is being imported looks up a name
            return
        for module in dict.fromkeys([*_installed(tuple(sys.path)), *_allowed()]):
            if module not in _STATE.loaded:
                _load(module)


def missing_plugins(modules: Iterable[str]) -> list[str]:
    """Load the plug-ins and return those of `modules` that are not among the imported modules.

    Raises:
        ConfigError: If a plug-in cannot be imported; the message names it.
    """
    load_plugins()
    return [module for module in modules if module not in sys.modules]


def importing_plugin() -> str | None:
    """Return the plug-in that is being imported now, if any."""
    return _STATE.importing


def _allowed() -> list[str]:
    """Return the modules that the environment variable allows."""
    names = (name.strip() for name in os.environ.get(VARIABLE, "").split(","))
    return list(dict.fromkeys(name for name in names if name))


@functools.lru_cache(maxsize=4)
def _installed(path: tuple[str, ...]) -> list[str]:
    """Return the modules of all entry points of the group, sorted, for this `sys.path`."""
    # It takes 50 ms to import, and most commands need no plug-in.
    from importlib.metadata import entry_points

    return sorted({entry.module for entry in entry_points(group=GROUP)})


def _load(module: str) -> None:
    if module not in _STATE.failed:
        _STATE.importing = module
        try:
            importlib.import_module(module)
        except ModuleNotFoundError as error:
            own = error.name is not None and f"{module}.".startswith(f"{error.name}.")
            hint = " (is its folder in PYTHONPATH?)" if own else ""
            _STATE.failed[module] = f"{error}{hint}"
        except ConfigError as error:
            _STATE.failed[module] = str(error)
        except Exception as error:  # whatever the code of others may raise
            _STATE.failed[module] = f"{type(error).__name__}: {error}"
        finally:
            _STATE.importing = None
    if module in _STATE.failed:
        reason = " ".join(_STATE.failed[module].split())
        raise ConfigError(f"plug-in {module} cannot be imported: {reason}")
    _STATE.loaded.add(module)
