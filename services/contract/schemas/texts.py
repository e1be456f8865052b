"""Texts as callers may send them, and the body that is only a reason."""

from typing import Annotated, Any, Final

from pydantic import Field, StringConstraints

from shared.http.schemas import Body
from shared.http.texts import ONE_LINE, SEVERAL_LINES
from shared.patterns import pattern_of

Number = Annotated[str, StringConstraints(pattern=r"^[A-Z]-[0-9]{4,8}(-[0-9]{1,3})?$", max_length=20)]
"""Number of a document in the plan of its territory."""
Text = Annotated[str, StringConstraints(min_length=1, max_length=20_000), SEVERAL_LINES]
Paragraph = Annotated[str, StringConstraints(min_length=1, max_length=3_000), SEVERAL_LINES]
"""A text of one part of a document. With all its parts at their longest, a document fits into a request body."""
LongText = Annotated[str, StringConstraints(min_length=1, max_length=8_000), SEVERAL_LINES]
"""An answer in the text of a contract: three pages."""
Sentence = Annotated[str, StringConstraints(min_length=1, max_length=400), SEVERAL_LINES]
"""A commitment or an issue, in a few sentences."""
ShortText = Annotated[str, StringConstraints(min_length=1, max_length=200), ONE_LINE]
"""A title or a reason, one line."""
PERIMETER_CODE: Final = pattern_of(
    r"^[A-Za-z0-9]+([ ,_-]+[A-Za-z0-9]+)*$",
    "write the code of a perimeter as GET /v1/schemes/acv/perimeters lists it, such as acv-154",
)
PerimeterCode = Annotated[str, StringConstraints(max_length=500, pattern=PERIMETER_CODE)]
"""Code of a perimeter of another scheme. That of the priority quarters of Marseille, the longest, lists 41 of them."""
Office = Annotated[str, StringConstraints(min_length=1, max_length=120), ONE_LINE]
"""An office or a kind of body, never a person."""
Reason = Annotated[str, StringConstraints(min_length=1, max_length=2_000), SEVERAL_LINES]


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
