"""Texts as callers may send them, and fields that may be left out but not be null."""

from datetime import date
from typing import Annotated, Any, Final

from pydantic import AfterValidator, Field, StringConstraints

from shared.http.schemas import Body, Id
from shared.http.texts import SEVERAL_LINES
from shared.patterns import pattern_of

Words = Annotated[str, StringConstraints(min_length=1, max_length=1_000), SEVERAL_LINES]
WEB_ADDRESS: Final = pattern_of(
    r"^https://[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?([/?#][!-~]*)?$",
    "a web address looks like https://www.example.org/page, in ASCII: percent-encode the other characters",
)
WebAddress = Annotated[str, StringConstraints(max_length=2_000, pattern=WEB_ADDRESS)]
"""Web address (https). The platform shows it and never fetches it."""
PARTIAL_DAY: Final = pattern_of(
    r"^(1[89]|20)[0-9]{2}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$",
    "write a day, a month or a year: 2019-03-05, 2019-03 or 2019",
)


def _existing_day(text: str) -> str:
    if len(text) == len("2019-03-05"):
        try:
            date.fromisoformat(text)
        except ValueError:
            raise ValueError(f"there is no {text} in the calendar: write a day such as 2019-03-05") from None
    return text


PartialDay = Annotated[
    str,
    StringConstraints(pattern=PARTIAL_DAY),
    Field(json_schema_extra={"maxLength": 10}, description="YYYY, YYYY-MM or YYYY-MM-DD: as precise as is known."),
    AfterValidator(_existing_day),
]
Why = Annotated[Words, Field(description="Reason of the correction, for the history.", examples=["Erreur de saisie"])]
SourceId = Annotated[
    Id, Field(description="Registered source that says so.", examples=["0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e51"])
]


class Partial(Body):
    """A body of which each field is written as it was sent; what was not sent stays as it is."""

    def content(self) -> dict[str, Any]:
        """The fields that were sent, as plain values down to the last one."""
        return self.model_dump(include=set(self.model_fields_set))


class Correction(Partial):
    """Fields to correct, and the reason."""

    reason: Why
