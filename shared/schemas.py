"""The shapes that every service's bodies and answers have in common."""

import re
from datetime import date
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

Item = TypeVar("Item")


def _day(value: Any) -> Any:
    # Left to itself, the library takes "1551744000" for a moment and this moment for a day.
    if isinstance(value, date) or (isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII)):
        return value
    raise ValueError("write the day as a string of the form 2019-03-05")


def _id(value: Any) -> Any:
    if isinstance(value, str | UUID):
        return value
    raise ValueError("write the id as a string")


Day = Annotated[date, Field(strict=False), BeforeValidator(_day)]
"""A calendar day, in a body or a parameter: JSON has none, so a string of the form 2019-03-05."""
Id = Annotated[UUID, Field(strict=False), BeforeValidator(_id)]
"""A UUID in a body: JSON has none, so a string."""


def unsent() -> Any:
    """The default of a field that may be left out, but not be null: it is never read."""
    return None


class Body(BaseModel):
    """What a caller sends. Unknown fields are refused, and types are strict: no "12" for 12, no 1 for true.

    Write days as `Day`, ids as `Id`, choices as `Literal`, amounts as integer cents.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    def sent(self) -> dict[str, Any]:
        """The fields that the caller sent, as plain values, for the keyword arguments of a command."""
        return {name: getattr(self, name) for name in self.model_fields_set}


class Answer(BaseModel):
    """What a caller reads, made from a row or from a plain value."""

    model_config = ConfigDict(from_attributes=True)


class Page(BaseModel, Generic[Item]):
    """One page of a list. `next` is the cursor of the following one; null at the end."""

    model_config = ConfigDict(from_attributes=True)

    items: list[Item]
    next: str | None = Field(default=None, description="Pass it as `cursor` to read on; null on the last page.")
