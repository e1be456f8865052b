"""Texts as callers may send them, and fields that may be left out but not be null."""

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from shared.http.schemas import Body, Cents
from shared.http.texts import SEVERAL_LINES

Words = Annotated[str, StringConstraints(min_length=1, max_length=1_000), SEVERAL_LINES]
LongText = Annotated[str, StringConstraints(min_length=1, max_length=10_000), SEVERAL_LINES]
Why = Annotated[str, StringConstraints(min_length=1, max_length=2_000), SEVERAL_LINES]
Amount = Annotated[Cents, Field(examples=[2_500_000])]


class Partial(Body):
    """A body of which each field is written as it was sent; what was not sent stays as it is."""

    def content(self) -> dict[str, Any]:
        """The fields that were sent, as plain values down to the last one."""
        return self.model_dump(include=set(self.model_fields_set))
