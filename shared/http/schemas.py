"""The shapes that every service's bodies and answers have in common."""

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any, Final, Generic, TypeVar
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)

from shared.http.texts import LINE_OR_EMPTY, ONE_LINE, SEVERAL_LINES
from shared.patterns import ANY_TEXT, INVISIBLE, NOT_IN_LINE, pattern_of

Item = TypeVar("Item")


def _day(value: Any) -> Any:
    if isinstance(value, date):
        return value
    # Left to itself, the library takes "1551744000" for a moment and this moment for a day.
    if not (isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII)):
        raise ValueError("write the day as a string of the form 2019-03-05")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError(f"there is no {value} in the calendar: write a day such as 2019-03-05") from None


def _id(value: Any) -> Any:
    if isinstance(value, str | UUID):
        return value
    raise ValueError("write the id as a string, such as 0198f3c2-7a51-7c1e-9d0c-5c1f0e0a2b11")


def _moment(value: Any) -> Any:
    if isinstance(value, datetime):
        return value
    # Left to itself, the library takes "1551744000" for a moment.
    if isinstance(value, str) and re.match(r"\d{4}-\d{2}-\d{2}[T ]", value, re.ASCII):
        return value
    raise ValueError("write the moment as a string of the form 2019-03-05T08:00:00Z")


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("write a moment that has a year in UTC too") from None


def _cents(value: Any) -> Any:
    if type(value) is int:
        return value
    raise ValueError("write the amount in euro cents, as a whole number without quotes: 2500000 for 25,000 euros")


Day = Annotated[date, Field(strict=False), BeforeValidator(_day)]
"""A calendar day, in a body or a parameter: JSON has none, so a string of the form 2019-03-05."""
Moment = Annotated[AwareDatetime, Field(strict=False), BeforeValidator(_moment), AfterValidator(_in_utc)]
"""A moment with its time zone (RFC 3339), in a body or a parameter."""
Id = Annotated[UUID, Field(strict=False), BeforeValidator(_id)]
"""A UUID in a body: JSON has none, so a string."""
Cents = Annotated[
    int,
    Field(ge=0, le=10**14, description="Euro cents, an integer.", examples=[125_000_000]),
    BeforeValidator(_cents),
]
"""An amount in a body."""

Title = Annotated[str, StringConstraints(min_length=1, max_length=300), ONE_LINE]
"""A name, a title or a reference, as it is sent."""
OptionalLine = Annotated[str, StringConstraints(max_length=300), LINE_OR_EMPTY]
"""A text of one line that may be empty."""
LOCAL_PART: Final = 64
"""Maximum characters of a mail address before the @ (RFC 5321)."""
_ATOM = rf'[^@.<>()\[\],;:\\"{INVISIBLE}{NOT_IN_LINE}]+'
_LABEL = "[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?"
MAIL: Final = pattern_of(
    rf"^{_ATOM}(\.{_ATOM})*@{_LABEL}(\.{_LABEL})+$",
    "a mail address looks like referent@example.org, at most 64 characters before the @, no blanks or brackets, no ..",
)


def _mail(address: str) -> str:
    if address.index("@") > LOCAL_PART:
        raise ValueError(f"a mail address has at most {LOCAL_PART} characters before the @")
    return address


Mail = Annotated[str, StringConstraints(max_length=254, pattern=MAIL), AfterValidator(_mail)]
"""A mail address in a body."""
Reason = Annotated[str, StringConstraints(min_length=1, max_length=2_000), SEVERAL_LINES]
"""A reason or a source, as it is sent."""
Search = Annotated[str, StringConstraints(max_length=100, pattern=ANY_TEXT)]
SEARCH: Final = (
    "Words or beginnings of words, in any order: accents, case, signs and small words such as `de` do not count, `St` "
    "is `Saint`, `CC` is `communauté de communes`, and a plural finds the singular. "
    "Codes, numbers and whole SIRENs are words too, and what is named exactly so comes first."
)
"""Description of each parameter `q`."""
SEARCH_OF_PLACES: Final = (
    f"{SEARCH} A number beside words is a département, and so is its name in brackets: `Dijon (21)`. The kind of place "
    "need not be said: `commune de Pau`."
)
"""Description of `q` in lists of places."""

MANY: Final = 10_000
"""Maximum items of a list in a response."""
Line = Annotated[str, StringConstraints(max_length=300, pattern=ANY_TEXT)]
"""A name, a title, a reference, as it is answered: what a column of 300 characters holds."""
Note = Annotated[str, StringConstraints(max_length=2000, pattern=ANY_TEXT)]
"""A reason, a source, a sentence, as it is answered."""
Prose = Annotated[str, StringConstraints(max_length=20_000, pattern=ANY_TEXT)]
"""A text of several paragraphs, as it is answered."""
WORD: Final = pattern_of(
    r"^[A-Za-z][A-Za-z0-9_-]*$", "write a word of this API: letters without accents, digits, - and _, such as contracts"
)
Word = Annotated[str, StringConstraints(max_length=50, pattern=WORD)]
"""One of our own words: the name of a field, a state, a transition."""
Transitions = Annotated[list[Word], Field(max_length=20)]
Cursor = Annotated[str, Field(max_length=2000, json_schema_extra={"pattern": "^[A-Za-z0-9_=-]*$"})]
"""Schema of a format that is only documented: a value of another format is an unknown object, not an error."""
Version = Annotated[int, Field(ge=1, le=10**9 - 1, description="Grows with each change; its ETag.", examples=[3])]
Count = Annotated[int, Field(ge=0, le=2**31 - 1)]
DECIMAL: Final = pattern_of(
    r"^[0-9]{1,15}([.][0-9]{1,6})?$", "write decimals as a text with at most six places after the point, such as 87.5"
)
Exact = Annotated[str, StringConstraints(pattern=DECIMAL, max_length=22)]
"""An exact value in decimal digits."""
BigCount = Annotated[int, Field(ge=0, le=2**63 - 1)]
"""A position in a journal, or a sum of euro cents."""

ROWS_AT_MOST: Final = 200
"""In a page of a list."""
CURSOR: Final = "c2lnbmVkIGJ5IHVzIFsiMjAxOC10aS03NTA1Il0="


def unsent() -> Any:
    """The default of a field that may be left out, but not be null: it is never read."""
    return None


class Body(BaseModel):
    """A request body. Unknown fields are refused, and types are strict: no "12" for 12, no 1 for true.

    Write days as `Day`, ids as `Id`, choices as `Literal`, amounts as integer cents.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    def sent(self) -> dict[str, Any]:
        """The fields that the caller sent, as plain values, for the keyword arguments of a command."""
        return {name: getattr(self, name) for name in self.model_fields_set}


class Answer(BaseModel):
    """A response body, made from a row or a plain value. Every field is present, null values too."""

    model_config = ConfigDict(from_attributes=True, json_schema_serialization_defaults_required=True)


def shown(example: dict[str, Any]) -> ConfigDict:
    """The `model_config` of a body or an answer that is better shown as a whole than field by field."""
    return ConfigDict(json_schema_extra={"examples": [example]})


class Page(Answer, Generic[Item]):
    """One page of a list. `next` is the cursor of the following one; null at the end."""

    items: list[Item] = Field(max_length=ROWS_AT_MOST)
    next: Cursor | None = Field(
        default=None, description="Pass it as `cursor` to read on; null on the last page.", examples=[CURSOR]
    )
