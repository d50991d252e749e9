"""What other programs say about a document: msgfmt, xmllint, LibreOffice, and libraries for Python.

Those that are not installed are left out. $DOCUMENT_SCHEMAS is a directory of schemas for xmllint:
1.2.xsd, 2.0.xsd and so on for the versions of XLIFF, tmx14.dtd for TMX.
"""

from __future__ import annotations

import csv
import importlib
import json
import os
import re
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any


def verdict(path: Path, name: str) -> str:
    """Return what programs for a format say about a file.

    Args:
        path: The file.
        name: Name of its format.

    Returns:
        "ok" with the names of the programs, or the complaint of one.
    """
    if name in _READERS:
        return _read(path, _READERS[name])
    with tempfile.TemporaryDirectory() as folder:
        command = _command(path, name, folder)
        if command is None:
            return "not checked"
        if shutil.which(command[0]) is None:
            return f"not checked without {command[0]}"
        done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
        pdf = name not in ("docx", "xlsx") or (Path(folder) / f"{path.stem}.pdf").is_file()
        if done.returncode == 0 and pdf:
            schema = [Path(one).name for one in command if one.endswith((".xsd", ".dtd"))]
            return f"ok ({', '.join([command[0], *schema])})"
        lines = [one for one in done.stderr.splitlines() if "warning:" not in one] or ["?"]
        return f"REFUSED by {command[0]}: {lines[0][:150]}"


def _command(path: Path, name: str, folder: str) -> list[str] | None:
    if name == "po":
        return ["msgfmt", "-c", "-o", "/dev/null", str(path)]
    if name in ("xliff", "tmx"):
        return ["xmllint", "--noout", "--nonet", *_schema(path, name), str(path)]
    if name in ("docx", "xlsx"):
        office = ["soffice", "--headless", f"-env:UserInstallation=file://{folder}/profile"]
        return [*office, "--convert-to", "pdf", "--outdir", folder, str(path)]
    return None


def _schema(path: Path, name: str) -> list[str]:
    """Return the option that names the schema for the version of a file, if there is one."""
    text = path.read_bytes().replace(b"\0", b"").decode("utf-8", "replace")
    version = re.search(rf"<{name}\b[^>]*\sversion=[\"']([\d.]+)", text)
    number = version[1] if version else ""
    file = f"{number}.xsd" if name == "xliff" else f"tmx{number.replace('.', '')}.dtd"
    schema = Path(os.environ.get("DOCUMENT_SCHEMAS", ""), file)
    option = "--schema" if name == "xliff" else "--dtdvalid"
    return [option, str(schema)] if schema.is_absolute() and schema.is_file() else []


def _read(path: Path, readers: dict[str, Callable[[Any, Path], object]]) -> str:
    """Return what libraries find in a file."""
    found: list[str] = []
    for library, reader in readers.items():
        try:
            module = importlib.import_module(library)
        except ImportError:
            continue
        try:
            found.append(f"{library}: {reader(module, path)}")
        except Exception as error:  # whatever a library raises is its complaint
            return f"REFUSED by {library}: {str(error)[:150]}"
    return f"ok ({', '.join(found)})" if found else f"not checked without {', '.join(readers)}"


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8-sig", errors="replace")


def _html_errors(html5lib: Any, path: Path) -> str:
    """Return the kinds of errors that the parser of HTML 5 finds, with their numbers."""
    parser = html5lib.HTMLParser()
    parser.parse(_text(path))
    errors = Counter(code for _, code, _ in parser.errors)
    return "; ".join(f"{number} {code}" for code, number in sorted(errors.items())) or "no error"


def _srt_cues(srt: Any, path: Path) -> str:
    return f"{len(list(srt.parse(_text(path))))} cues"


def _all_cues(pysubs2: Any, path: Path) -> str:
    return f"{len(pysubs2.load(str(path), encoding='utf-8-sig'))} cues"


def _vtt_cues(webvtt: Any, path: Path) -> str:
    return f"{len(webvtt.read(str(path)))} cues"


def _rows(_: Any, path: Path) -> str:
    with path.open(encoding="utf-8-sig", newline="") as file:
        delimiter = "\t" if path.suffix != ".csv" else ","
        return f"{len(list(csv.reader(file, delimiter=delimiter, strict=True)))} rows"


_READERS: dict[str, dict[str, Callable[[Any, Path], object]]] = {
    "json": {"json": lambda _, path: f"{len(json.loads(_text(path)))} keys"},
    "html": {"html5lib": _html_errors},
    "srt": {"srt": _srt_cues, "pysubs2": _all_cues},
    "vtt": {"webvtt": _vtt_cues, "pysubs2": _all_cues},
    "csv": {"csv": _rows},
    "tsv": {"csv": _rows},
}
"""Libraries that read a format, each with what it finds in a file."""
