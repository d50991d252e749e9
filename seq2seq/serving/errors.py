"""Errors that a client caused, or that it can wait out, with their HTTP status."""

from __future__ import annotations


class RequestError(Exception):
    """Request that is not answered with a translation.

    Attributes:
        status: HTTP status: 400, 403, 404, 413, 429 or 503.
        retry_after: Seconds after which to try again; 0 if that would not help.
    """

    def __init__(self, status: int, message: str, *, retry_after: int = 0) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after = retry_after


class ClientGoneError(Exception):
    """Raised if the client closed the connection: nobody waits for an answer."""
