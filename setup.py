"""Compile the C libraries of seq2seq. All else about the package is in setup.cfg.

Both are optional: without a C compiler the package installs without them, and translates and trains
with PyTorch only.
"""

from __future__ import annotations

from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_ext import build_ext

LIBRARIES = {"seq2seq.engine.libs2s": "engine", "seq2seq.kernels.libkernels": "kernels"}
"""Folder of the package of each library; its sources are in `native/`."""


class BuildLibrary(build_ext):
    """Compile a library that ctypes loads, so that neither its name nor its content has an ABI."""

    def get_ext_filename(self, fullname: str) -> str:
        """Return the path of the library without the tag of this version of Python."""
        return str(Path(*fullname.split(".")).with_suffix(".so"))

    def get_export_symbols(self, ext: Extension) -> list[str]:
        """Return no symbols: the sources mark what they export."""
        return []


class Wheel(bdist_wheel):
    """Make a wheel for every version of Python 3 on this platform."""

    def get_tag(self) -> tuple[str, str, str]:
        """Return the tag without the version and the ABI of this Python."""
        return ("py3", "none", super().get_tag()[2])


def library(name: str, folder: str) -> Extension:
    """Describe a library."""
    package = Path("seq2seq")
    return Extension(
        name,
        sources=sorted(map(str, (package / folder / "native").glob("*.c"))),
        depends=sorted(str(path) for kind in ("h", "inc") for path in package.rglob(f"*.{kind}")),
        extra_compile_args=["-std=c11", "-O3", "-g0", "-fvisibility=hidden"],
        libraries=["m"],
        optional=True,
    )


setup(
    ext_modules=[library(name, folder) for name, folder in LIBRARIES.items()],
    cmdclass={"build_ext": BuildLibrary, "bdist_wheel": Wheel},
)
