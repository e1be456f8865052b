"""Texts as callers may send them, and the body that is only a reason."""

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from shared.http.schemas import Body
from shared.patterns import READABLE

Number = Annotated[str, StringConstraints(pattern=r"^[A-Z]-[0-9]{4,8}$", max_length=10)]
"""Number of a document in the plan of its territory."""
Text = Annotated[str, StringConstraints(min_length=1, max_length=20_000, pattern=READABLE)]
Paragraph = Annotated[str, StringConstraints(min_length=1, max_length=3_000, pattern=READABLE)]
"""A text of one part of a document. With all its parts at their longest, a document fits into a request body."""
Reason = Annotated[str, StringConstraints(min_length=1, max_length=2_000, pattern=READABLE)]


class Document(Body):
    """A body of which each field is written as it was sent; what was not sent stays as it is."""

    def content(self) -> dict[str, Any]:
        """The fields that were sent, as plain values down to the last one."""
        return self.model_dump(include=set(self.model_fields_set))


class Explanation(Body):
    """Why."""

    reason: Reason = Field(
        description="Shown to those whom the document concerns.",
        examples=["Le plan de financement ne dit pas la part de l'agglomération."],
    )
