"""Parameters of a request: from a form, a JSON body and the query string alike."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from seq2seq.serving.errors import RequestError

MAX_FIELDS = 1000
"""Maximum number of fields of a form."""


class Parameters:
    """Parameters of a request, by name. A body wins over the query string.

    Args:
        values: Values by name: texts, files, and whatever JSON has.
    """

    def __init__(self, values: dict[str, Any]) -> None:
        self._values = values

    @classmethod
    async def of(cls, request: Request) -> Parameters:
        """Read the parameters of a request.

        Args:
            request: The request.

        Returns:
            Its parameters.

        Raises:
            RequestError: The body cannot be read as what its content type says.
        """
        values = _urlencoded(request.scope["query_string"])
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind == "multipart/form-data":
            values |= await _multipart(request)
        elif kind == "application/x-www-form-urlencoded":
            values |= _urlencoded(await request.body())
        elif request.method == "POST":
            body = await request.body()
            if body.strip():
                values |= _json_object(body)
        return cls(values)

    def text(self, name: str, default: str | None = None) -> str:
        """Return a text.

        Raises:
            RequestError: There is none, or it is not a text.
        """
        value = self._values.get(name)
        if value is None and default is not None:
            return default
        if value is None:
            raise RequestError(400, f"missing parameter: {name}")
        if not isinstance(value, str):
            raise RequestError(400, f"{name}: must be a string")
        return well_formed(value)

    def texts(self, name: str) -> list[str] | str:
        """Return a text, or a list of texts, as it was given.

        Raises:
            RequestError: There is none, or it is something else.
        """
        value = self._values.get(name)
        if isinstance(value, list):
            if not all(isinstance(one, str) for one in value):
                raise RequestError(400, f"{name}: must be a string or a list of strings")
            return [well_formed(one) for one in value]
        if value is not None and not isinstance(value, str):
            raise RequestError(400, f"{name}: must be a string or a list of strings")
        return self.text(name)

    def several(self, name: str) -> list[str]:
        """Return any number of texts, none included.

        Raises:
            RequestError: They are something else.
        """
        if self._values.get(name) is None:
            return []
        found = self.texts(name)
        return [found] if isinstance(found, str) else found

    def number(self, name: str, *, most: int) -> int:
        """Return a number from 0 to `most`; 0 if there is none.

        Raises:
            RequestError: It is no such number.
        """
        value = self._values.get(name)
        if value is None or value == "":
            return 0
        if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 10:
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
            raise RequestError(400, f"{name}: must be a number from 0 to {most}")
        return value

    def file(self, name: str) -> UploadFile:
        """Return an uploaded file.

        Raises:
            RequestError: There is none.
        """
        value = self._values.get(name)
        if not isinstance(value, UploadFile):
            raise RequestError(400, f"missing file: send {name} as multipart/form-data")
        return value


def well_formed(text: str) -> str:
    """Return a text without halves of surrogate pairs, which JSON can have and UTF-8 cannot."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _one_or_all(values: list[Any]) -> Any:
    return values[0] if len(values) == 1 else values


async def _multipart(request: Request) -> dict[str, Any]:
    try:
        form = await request.form(max_files=1, max_fields=MAX_FIELDS, max_part_size=2**63)
    except (HTTPException, ValueError) as error:
        reason = error.detail if isinstance(error, HTTPException) else "damaged form"
        raise RequestError(400, f"body: {reason}") from None
    return {name: _one_or_all(form.getlist(name)) for name in form}


def _urlencoded(content: bytes) -> dict[str, Any]:
    """Return the fields of a form or a query. Like LibreTranslate, it also takes plain UTF-8."""
    try:
        pairs = parse_qsl(
            content.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MAX_FIELDS
        )
    except ValueError:
        raise RequestError(400, f"more than {MAX_FIELDS:,} fields") from None
    fields: dict[str, list[str]] = {}
    for name, value in pairs:
        fields.setdefault(name, []).append(value)
    return {name: _one_or_all(values) for name, values in fields.items()}


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise RequestError(400, "body: must be a JSON object, or a form") from None
    if not isinstance(found, dict):
        raise RequestError(400, "body: must be a JSON object, or a form")
    return found
