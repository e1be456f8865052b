"""Web links and role mailboxes, as they are sent and answered."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from services.territory.schemas.texts import Partial, WebAddress, Words
from shared.events.codes import Siren, SirenInput, TerritoryKey
from shared.http.schemas import Answer, Day, Line, Mail, Note, Title, Version, Word, unsent

LinkKind = Literal["page", "social", "document"]
CHECKED = "Day on which the délégation checked the address; null: never. The platform fetches no address itself."


class WebLinkIn(Partial):
    """A web address of the programme, or of a territory."""

    territory: TerritoryKey | None = Field(default=None, description="Null: of the programme.", examples=[None])
    kind: LinkKind
    label: Title = Field(description="In French.", examples=["Page du programme (exemple)"])
    url: WebAddress = Field(examples=["https://www.example.org/territoires-industrie"])


class WebLinkChange(Partial):
    """A correction of a link, or the result of a check."""

    kind: LinkKind = Field(default_factory=unsent)
    label: Title = Field(default_factory=unsent)
    url: WebAddress = Field(default_factory=unsent)
    checked_on: Day | None = Field(default=None, description=CHECKED, examples=["2020-03-02"])
    is_alive: bool | None = Field(default=None, description="Result of the check.", examples=[True])
    reason: Words | None = Field(default=None, description="Reason, for the history.")


class WebLinkOut(Answer):
    """A web address of the programme, or of a territory. Another `url` is unchecked again."""

    id: UUID = Field(examples=["0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e54"])
    version: Version = Field(examples=[1])
    updated_at: datetime
    territory: TerritoryKey | None = Field(
        validation_alias="territory_key", description="Null: of the programme.", examples=[None]
    )
    kind: Word = Field(description="page, social or document.", examples=["page"])
    label: Line = Field(examples=["Page du programme (exemple)"])
    url: Note = Field(examples=["https://www.example.org/territoires-industrie"])
    checked_on: date | None = Field(description=CHECKED, examples=[None])
    is_alive: bool | None = Field(description="Result of the last check; null: never checked.", examples=[None])


class RoleMailboxIn(Partial):
    """A mailbox of a role, in a registered body. The address names an office or the body."""

    role: Title = Field(
        description="The office or function that it serves, in French.",
        examples=["Délégation aux Territoires d'industrie"],
    )
    organisation: SirenInput
    address: Mail = Field(description="Kept in small letters.", examples=["territoires-industrie@example.org"])
    note: Words | None = None


class RoleMailboxChange(Partial):
    """A correction of a mailbox, or its end."""

    role: Title = Field(default_factory=unsent)
    address: Mail = Field(default_factory=unsent)
    closed_on: Day | None = Field(default=None, description="First day without it.")
    note: Words | None = None
    reason: Words = Field(description="Reason, for the history.", examples=["Changement de domaine"])


class RoleMailboxOut(Answer):
    """A mailbox of a role: an office address, never that of a person."""

    id: UUID = Field(examples=["0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e55"])
    version: Version = Field(examples=[1])
    updated_at: datetime
    role: Line = Field(examples=["Délégation aux Territoires d'industrie"])
    organisation: Siren = Field(validation_alias="organisation_siren")
    address: Line = Field(max_length=254, examples=["territoires-industrie@example.org"])
    closed_on: date | None = Field(description="First day without it; null: in use.", examples=[None])
    note: Note | None = Field(examples=[None])
