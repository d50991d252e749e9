"""Small Office files, packed from the parts in tests/documents/office."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "documents" / "office"


def office_file(kind: str) -> bytes:
    """Return the file of a kind, "docx" or "xlsx"."""
    folder = FOLDER / kind
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*.xml")):
            archive.write(path, str(path.relative_to(folder)))
    return packed.getvalue()
