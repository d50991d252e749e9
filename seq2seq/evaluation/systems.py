"""Systems to compare: models and files of translations, with the seeds of each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from seq2seq.config.config import Config
from seq2seq.errors import ConfigError
from seq2seq.model_directory.description import ModelDescription, describe
from seq2seq.model_directory.hub import model_directory

Place = str | Path
"""A model, or a file of translations."""

Systems = Mapping[str, Place | Sequence[Place]] | Sequence[Place]
"""Models and files of translations, with or without names."""


@dataclass(frozen=True)
class Member:
    """One seed of a system.

    Attributes:
        place: Model or file, as it was given.
        name: Name of the system, "" if none was given.
        model: ModelDescription of the model, None for a file.
    """

    place: str
    name: str
    model: ModelDescription | None

    @property
    def seed(self) -> int | None:
        """Seed of the training, None for a file."""
        return None if self.model is None else self.model.config.training.seed


@dataclass(frozen=True)
class System:
    """A system: one or more trainings that differ only in the seed.

    Attributes:
        name: Name in the table.
        members: Its seeds.
    """

    name: str
    members: Sequence[Member]


def find_systems(given: Systems, *, verify: bool = False) -> list[System]:
    """Read what is compared, and put the seeds of a configuration together.

    Places with the same name are one system. Models without a name are one system if they have the
    same configuration and different seeds.

    Args:
        given: Models and files; "NAME=PLACE" in a list gives a place a name.
        verify: Check all files of the models against their manifests.

    Returns:
        The systems, in the order in which they are first named.

    Raises:
        CheckpointError: A model is missing or damaged.
        ConfigError: There are fewer than two systems, or a place is given twice.
    """
    members = [_member(place, name, verify) for place, name in _named(given)]
    places = [(one.place, one.name) for one in members]
    for place, name in places:
        if places.count((place, name)) > 1:
            raise ConfigError(f"{place}: is given twice; a system cannot be compared with itself")
    groups = list(_groups(members).values())
    systems = [System(name, group) for name, group in zip(_names(groups), groups, strict=True)]
    if len(systems) < 2:
        what = "all are seeds of one system" if len(members) > 1 else "name two systems"
        raise ConfigError(f"nothing to compare: {what}; NAME=PLACE gives a system a name")
    return systems


def _named(given: Systems) -> Iterable[tuple[Place, str]]:
    """Yield each place with the name of its system, "" if it has none."""
    if isinstance(given, Mapping):
        for name, places in given.items():
            for place in [places] if isinstance(places, str | Path) else places:
                yield place, name
        return
    for place in given:
        name, sign, rest = str(place).partition("=")
        if sign and name and rest and not Path(place).exists():
            yield rest, name
        else:
            yield place, ""


def _member(place: Place, name: str, verify: bool) -> Member:
    if Path(place).is_file():
        return Member(str(place), name, None)
    return Member(str(place), name, describe(model_directory(place), verify=verify))


def _groups(members: Sequence[Member]) -> dict[str, list[Member]]:
    """Return the members of each system, by a text that only they share."""
    groups: dict[str, list[Member]] = {}
    for one in members:
        groups.setdefault(_key(one), []).append(one)
    for key, group in list(groups.items()):
        seeds = [one.seed for one in group]
        if not group[0].name and len(set(seeds)) < len(seeds):
            del groups[key]
            groups |= {f"place {one.place}": [one] for one in group}
    order = {id(one): place for place, one in enumerate(members)}
    return dict(sorted(groups.items(), key=lambda item: order[id(item[1][0])]))


def _key(one: Member) -> str:
    if one.name:
        return f"name {one.name}"
    if one.model is None:
        return f"place {one.place}"
    return f"configuration {without_seed(one.model.config)}"


def without_seed(config: Config) -> str:
    """Return a configuration as text, without the seed of its training."""
    training = config.training.model_copy(update={"seed": 0})
    return config.model_copy(update={"training": training}).to_yaml()


def _names(groups: Sequence[Sequence[Member]]) -> list[str]:
    """Return a name for each system; two without a name may share what is common to their paths."""
    names = [group[0].name or _common([one.place for one in group]) for group in groups]
    return [
        name if names.count(name) == 1 else group[0].name or group[0].place
        for name, group in zip(names, groups, strict=True)
    ]


def _common(paths: Sequence[str]) -> str:
    """Return what paths have in common: "runs/gru" for runs/gru-1 and runs/gru-2."""
    if len(paths) == 1:
        return paths[0]
    shared = ""
    for parts in zip(*(re.findall(r"\d+|\D", path) for path in paths), strict=False):
        if len(set(parts)) > 1:
            break
        shared += parts[0]
    return re.sub(r"[-_./]*(seed)?[-_./=]*$", "", shared) or paths[0]
