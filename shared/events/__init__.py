"""Published facts: one module per publisher, one class per fact, named in the past tense.

A listener imports the class; nothing else of the publisher. An event carries enough that nobody has to call back,
and no personal data: people appear by an opaque id and a capacity.
"""

from abc import abstractmethod
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, ClassVar, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from shared.events.codes import RegionCode, Siren, TerritoryKey

PREFIX: Final = "fr.territoires-industrie."
SAMPLES: Final = Path(__file__).parent / "samples"
"""One event of each version that was ever published: read for ever, and shown as its example."""

Title = Annotated[str, StringConstraints(min_length=1, max_length=300)]
"""The only free text that an event may carry."""


class Audience(StrEnum):
    """Who may receive an event: the same people who may GET its object."""

    PUBLIC = "public"
    CONCERNED = "concerned"
    PLATFORM = "platform"


class Event(BaseModel):
    """A fact that has happened, as its publisher tells it.

    `territories`, `regions` and `organisations` say whom it concerns: they are the only inputs of filters and of
    the audience.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_serialization_defaults_required=True)

    version: ClassVar[int] = 1
    audience: ClassVar[Audience]
    publisher: ClassVar[str]
    type: ClassVar[str]
    catalogue: ClassVar[dict[str, "EventClass"]] = {}
    """Every event class by its CloudEvents type."""

    territories: list[TerritoryKey] = Field(default_factory=list)
    regions: list[RegionCode] = Field(default_factory=list)
    organisations: list[Siren] = Field(default_factory=list)

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        if cls.__name__.startswith("_"):
            return
        cls.publisher = cls.__module__.rpartition(".")[2]
        cls.type = f"{PREFIX}{cls.publisher}.{cls.__name__}.v{cls.version}"
        Event.catalogue[cls.type] = cls

    @property
    @abstractmethod
    def subject(self) -> str:
        """The object that the fact is about, such as `contract/0198…`: events of one subject keep their order."""


EventClass = type[Event]


def routing_key(event_type: str) -> str:
    """The CloudEvents type without our prefix: `contract.ContractSigned.v1`."""
    return event_type.removeprefix(PREFIX)
