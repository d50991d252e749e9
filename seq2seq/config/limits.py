"""Upper limits of settings: far above any real use, so that no configuration exhausts a machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler
from pydantic_core import core_schema

MATRIX = "a square matrix of that size takes 1 GiB"
STEPS = "each one is computed one after another at every time step"
ROWS = "each one is a row of every matrix product of the search"
OVERFLOW = "its powers and products exceed the range of floating-point numbers"
TEXT = "a text of that length is no sentence"
TERMS = "each one is looked for at every step of the search"
FILES = "that many do not fit on a disk"
NAMES = "that many names are no list that a person writes"
VOCABULARY = "the output layer computes a number for each token at every step"
MEMORY = "that many do not fit in memory"
COUNT = "no training takes that long"


@dataclass(frozen=True)
class AtMost:
    """Constraint of a number, or of the length of a list or text, to an upper limit.

    Attributes:
        limit: Largest value.
        why: Reason for the limit, for the error message.
    """

    limit: float
    why: str

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def _check(self, value: Any) -> Any:
        is_number = isinstance(value, int | float)
        size = abs(value) if is_number else len(value or ())
        if size > self.limit:
            what = "must be" if is_number else "must have"
            raise ValueError(f"{what} at most {self.limit:,}: {self.why}")
        return value
