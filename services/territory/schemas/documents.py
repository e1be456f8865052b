"""Sources that can be cited and guides, as they are sent and answered."""

from datetime import date, datetime
from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from services.territory.schemas.texts import Correction, Partial, PartialDay, SourceId, WebAddress, Words
from shared.events.codes import PhaseCode
from shared.http.schemas import Answer, Day, Line, Note, Page, Title, Version, Word, unsent
from shared.patterns import pattern_of

SourceKind = Literal[
    "speech", "press_release", "presentation", "guide", "press", "report", "web", "dataset", "law",
]  # fmt: skip
KIND_OF_SOURCE = "A speech is that of a public office, such as the Premier ministre; press: an article."
AUTHOR = "A body or the holder of a public office, by the name of the office; never a private person."
REFERENCE = "Where it is found, as it is cited: a site and the number of the article."
UNTIL = "First day of the next known version; null: none is known."
NAME_OF_VERSION: Final = pattern_of(
    r"^[A-Za-z0-9][A-Za-z0-9.-]{0,19}$", "a version of a guide is named in letters, digits, dots and dashes: V6"
)
GuideVersion = Annotated[
    str, StringConstraints(pattern=NAME_OF_VERSION), Field(json_schema_extra={"maxLength": 20}, examples=["V6"])
]


class _SourceContent(Partial):
    author: Title | None = Field(default=None, description=AUTHOR, examples=["Premier ministre"])
    published: PartialDay | None = Field(default=None, examples=["2018-11-22"])
    place: Title | None = Field(default=None, examples=["Paris, Grand Palais"])
    reference: Title | None = Field(default=None, description=REFERENCE, examples=["gouvernement.fr, 22/11/2018"])
    url: WebAddress | None = Field(default=None, examples=["https://www.example.org/discours"])
    note: Words | None = None


class SourceIn(_SourceContent):
    """A source that figures, calendar events, guides, envelopes and targets can cite."""

    kind: SourceKind = Field(description=KIND_OF_SOURCE, examples=["speech"])
    title: Title = Field(examples=["Discours au Conseil national de l'industrie"])


class SourceChange(Correction, _SourceContent):
    """A correction of a source."""

    kind: SourceKind = Field(default_factory=unsent, description=KIND_OF_SOURCE)
    title: Title = Field(default_factory=unsent)


class SourceOut(Answer):
    """A source that figures, calendar events, guides, envelopes and targets can cite. Null: not known."""

    id: UUID = Field(examples=["0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e51"])
    version: Version = Field(examples=[1])
    updated_at: datetime
    kind: Word = Field(description=KIND_OF_SOURCE, examples=["press_release"])
    title: Line = Field(examples=["Première assemblée générale des Territoires d'industrie"])
    author: Line | None = Field(description=AUTHOR, examples=["Ministère de la Cohésion des territoires"])
    published: Line | None = Field(
        max_length=10, description="YYYY, YYYY-MM or YYYY-MM-DD: as precise as is known.", examples=["2019-03-06"]
    )
    place: Line | None = Field(examples=[None])
    reference: Line | None = Field(description=REFERENCE, examples=["cohesion-territoires.gouv.fr, 06/03/2019"])
    url: Note | None = Field(description="https; null: not known in full.", examples=[None])
    note: Note | None = Field(examples=[None])


class _GuideContent(Partial):
    phase: PhaseCode | None = Field(default=None, description="Null: of no phase in particular.", examples=["2018"])
    url: WebAddress | None = Field(default=None, examples=["https://www.example.org/guide-v6.pdf"])
    note: Words | None = None
    source_id: SourceId | None = None


class GuideIn(_GuideContent):
    """A version of a guide. The one before it applies until this one does."""

    title: Title = Field(
        description="The same for every version of one guide.", examples=["Guide méthodologique des Territoires"]
    )
    guide_version: GuideVersion
    applicable_from: Day = Field(description="First day.", examples=["2020-01-02"])
    source: Title = Field(description="Who published it, and where.", examples=["agence-cohesion-territoires.gouv.fr"])


class GuideChange(Correction, _GuideContent):
    """A correction of a version of a guide. Its title stays."""

    guide_version: GuideVersion = Field(default_factory=unsent)
    applicable_from: Day = Field(default_factory=unsent)
    source: Title = Field(default_factory=unsent)


class GuideOut(Answer):
    """A version of a guide."""

    id: UUID = Field(examples=["0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e52"])
    version: Version = Field(description="Grows with each correction; its ETag.", examples=[1])
    updated_at: datetime
    title: Line = Field(examples=["Guide méthodologique"])
    guide_version: Line = Field(max_length=20, examples=["V6"])
    phase: PhaseCode | None = Field(examples=["2018"])
    applicable_from: date = Field(examples=["2020-01-02"])
    applicable_until: date | None = Field(description=UNTIL, examples=[None])
    url: Note | None = Field(description="https; null: not known in full.", examples=[None])
    note: Note | None = Field(examples=[None])
    source: Line = Field(examples=["fdocuments.fr, guide V6"])
    source_id: UUID | None = Field(description="Registered source, if there is one.")


class GuidePage(Page[GuideOut]):
    """A page of guides. With `as_of` and no known guide, `note` says so."""

    note: Note | None = Field(
        default=None,
        description="With `as_of`: why the list is empty; else null.",
        examples=["No guide is known that applied on 2019-02-01."],
    )
