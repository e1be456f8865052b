"""Comments of the review and the texts that they are about, as they are sent and answered."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from services.contract.schemas.texts import Reason
from shared.events.codes import Siren
from shared.events.contract import CommentState
from shared.http.schemas import MANY, Answer, Body, Count, Note, Version
from shared.patterns import ANY_TEXT, pattern_of

Sha256 = Annotated[
    str,
    StringConstraints(pattern="^[0-9a-f]{64}$", max_length=64),
    Field(examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"]),
]
POINTER: Final = pattern_of(
    r"^(/[^/\x00-\x1f]*)*$", "write a JSON pointer (RFC 6901), such as /themes/skills, or nothing for the whole text"
)
Pointer = Annotated[str, StringConstraints(max_length=300, pattern=POINTER)]
"""JSON pointer (RFC 6901) into the text of a contract, in a body."""
Place = Annotated[str, StringConstraints(max_length=2_000, pattern=ANY_TEXT)]
"""JSON pointer in a response."""
ABOUT: Final = "JSON pointer into the text; empty: the whole text."
COMMENT: Final = "Préciser le calendrier de l'école de production (texte synthétique)."
ANSWER: Final = "Le calendrier est précisé : ouverture en septembre 2020 (texte synthétique)."


class CommentIn(Body):
    """A comment on a field of a contract under review."""

    pointer: Pointer = Field(
        description=f"{ABOUT} It leads to a field, answered or not, or to an item of a list.",
        examples=["/themes/skills"],
    )
    text: Reason = Field(examples=[COMMENT])


class AnswerIn(Body):
    """An answer to a comment."""

    text: Reason = Field(examples=[ANSWER])


class CommentAnswerOut(Answer):
    """An answer of the territory to a comment."""

    organisation: Siren = Field(examples=["200067254"])
    text: Note = Field(examples=[ANSWER])
    answered_at: datetime = Field(examples=["2019-06-24T14:00:00Z"])


class CommentOut(Answer):
    """A comment of the review. Once its contract is returned, it unlocks the field that it is about."""

    id: UUID = Field(examples=["0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e61"])
    contract_id: UUID = Field(examples=["0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e02"])
    version: Version
    organisation: Siren = Field(description="Its author: a Region or a State service.", examples=["200053759"])
    pointer: Place = Field(description=ABOUT, examples=["/themes/skills"])
    text_version: Count = Field(description="Version of the text that it is about.", examples=[1])
    current_pointer: Place | None = Field(
        description="Where the field is in the text that was last submitted; null: there no more.",
        examples=["/themes/skills"],
    )
    changed_in: Count | None = Field(
        description="Version of the text in which the field first changed since; null: it has not.", examples=[None]
    )
    text: Note = Field(examples=[COMMENT])
    is_return: bool = Field(
        description="True: the reason of a return without other comments. The next submission answers it.",
        examples=[False],
    )
    state: CommentState = Field(examples=["answered"])
    answers: list[CommentAnswerOut] = Field(max_length=50, description="Oldest first.")
    created_at: datetime = Field(examples=["2019-06-21T09:00:00Z"])
    resolved_by: Siren | None = Field(examples=[None])
    resolved_at: datetime | None = Field(examples=[None])


class TextOut(Answer):
    """A text of a contract as it was submitted; see `/texts/{version}`."""

    version: Count = Field(examples=[1])
    sha256: Sha256
    submitted_at: datetime = Field(examples=["2019-06-20T10:15:00Z"])
    by: Siren | None = Field(
        validation_alias="submitted_by", description="Organisation that submitted it.", examples=["200067254"]
    )


class DifferenceOut(Answer):
    """One difference between two texts. Items of lists are matched by their key, not by their place."""

    change: Literal["added", "removed", "changed", "moved"] = Field(examples=["changed"])
    earlier_pointer: Place | None = Field(
        description="JSON pointer into the earlier text; null: an item that was added to a list.",
        examples=["/priorities/0/carriers"],
    )
    pointer: Place | None = Field(
        description="JSON pointer into the later text; null: an item that was removed from a list.",
        examples=["/priorities/0/carriers"],
    )
    key: dict[str, Any] | None = Field(
        description="Key of the item of a list that it is, or lies in.", examples=[{"title": "Attirer des talents"}]
    )
    earlier_position: Count | None = Field(
        description="Of an item that was removed or moved: its place in the earlier list.", examples=[None]
    )
    position: Count | None = Field(
        description="Of an item that was added or moved: its place in the later list.", examples=[None]
    )
    before: Any = Field(description="Earlier value; of a moved item, its place.", examples=[["200067254"]])
    after: Any = Field(description="Later value; of a moved item, its place.", examples=[["200067254", "200039204"]])


class DifferencesOut(Answer):
    """Differences between two kept texts of a contract, in the order of the earlier one."""

    contract_id: UUID = Field(examples=["0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e02"])
    since: Count = Field(description="The earlier version.", examples=[1])
    version: Count = Field(description="The later version.", examples=[2])
    differences: list[DifferenceOut] = Field(max_length=MANY)
