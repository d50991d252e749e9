"""Pages of the documentation that are generated from the code, as hooks of MkDocs."""

from __future__ import annotations
