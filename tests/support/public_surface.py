"""The public names and their signatures as text: `python -m tests.support.public_surface`."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from types import ModuleType

import seq2seq
import seq2seq.plugins


def public_surface() -> str:
    """Return a line per public name, with its signature; of a class also its public methods."""
    lines = []
    for module in (seq2seq, seq2seq.plugins):
        for name in sorted(module.__all__):
            value = getattr(module, name)
            lines += described(f"{module.__name__}.{name}", value)
    return "".join(f"{line}\n" for line in lines)


def described(name: str, value: object) -> Iterator[str]:
    """Yield the lines of one name."""
    if isinstance(value, ModuleType):
        for inner in sorted(value.__all__):
            yield from described(f"{name}.{inner}", getattr(value, inner))
    elif inspect.isclass(value):
        yield f"class {name}{signature(value)}"
        for member, found in sorted(vars(value).items()):
            if member.startswith("_"):
                continue
            if isinstance(found, property):
                yield f"    {member}: property"
            elif callable(found) or isinstance(found, classmethod | staticmethod):
                yield f"    {member}{signature(getattr(value, member))}"
    elif callable(value):
        yield f"{name}{signature(value)}"
    else:
        yield f"{name}: {type(value).__name__}"


def signature(value: object) -> str:
    """Return a signature without annotations, which tools may write in several ways."""
    try:
        found = inspect.signature(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return "(...)"
    plain = [one.replace(annotation=one.empty) for one in found.parameters.values()]
    text = str(found.replace(parameters=plain, return_annotation=found.empty))
    return text.replace("=<factory>", "=None")  # pydantic writes either


if __name__ == "__main__":
    print(public_surface(), end="")
