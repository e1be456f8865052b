"""Published facts: a module for each publisher (two for territory), one class per fact, named in the past tense.

A listener imports the class and nothing else of the publisher. An event carries enough data that no listener has to
call back. It carries no personal data: people appear by an opaque id and a capacity.

Writers are strict and readers are tolerant: a reader ignores fields that it does not know, so a new field (with a
default) is no new version. `docs/architecture/changing-an-event.md` shows how to change an event.
"""

import json
from abc import abstractmethod
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, ClassVar, Final, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from shared.events.codes import RegionCode, Siren, TerritoryKey

PREFIX: Final = "fr.territoires-industrie."
SAMPLES: Final = Path(__file__).parent / "samples"
"""One sample of each version that was ever published. Every sample stays readable, and is shown as the example."""

Title = Annotated[str, StringConstraints(min_length=1, max_length=300)]
"""The only free text that an event may carry."""


class Audience(StrEnum):
    """Recipients of an event: exactly those that may GET its object."""

    PUBLIC = "public"
    CONCERNED = "concerned"
    PLATFORM = "platform"


class State(BaseModel):
    """A part of an event's data. Strict when it is written, tolerant when it is read."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Event(BaseModel):
    """A fact, as its publisher states it.

    A class with a `name` is a published event. Name and version are independent of class and module. A base without a
    name passes `publisher`, `audience` and `concerns_operators` on. `territories`, `regions` and `organisations` are
    the stakeholders: the only inputs of filters and of the audience.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_serialization_defaults_required=True)

    event_name: ClassVar[str] = ""
    event_version: ClassVar[int]
    audience: ClassVar[Audience]
    concerns_operators: ClassVar[bool] = False
    """True if its objects concern every operator of the programme, as long as they have events."""
    publisher: ClassVar[str]
    type: ClassVar[str]
    replaces: ClassVar["EventClass | None"] = None
    """The version before this one."""
    catalogue: ClassVar[dict[str, "EventClass"]] = {}
    """Every event class by its CloudEvents type."""

    # Every list and text has a bound: the largest possible event of each type must stay below 64 kB. The rules of the
    # publisher refuse in words what would not fit; a test builds the largest event of each type from its schema.
    territories: list[TerritoryKey] = Field(default_factory=list, max_length=300)
    regions: list[RegionCode] = Field(default_factory=list, max_length=30)
    organisations: list[Siren] = Field(default_factory=list, max_length=300)

    def __init_subclass__(
        cls,
        *,
        name: str = "",
        version: int = 1,
        publisher: str = "",
        audience: Audience | None = None,
        concerns_operators: bool | None = None,
        replaces: "EventClass | None" = None,
        **kwargs: Any,
    ) -> None:
        super().__init_subclass__(**kwargs)
        cls.publisher = publisher or getattr(cls, "publisher", "")
        if audience is not None:
            cls.audience = audience
        if concerns_operators is not None:
            cls.concerns_operators = concerns_operators
        if not name:
            return
        cls.event_name, cls.event_version, cls.replaces = name, version, replaces
        cls.type = f"{PREFIX}{cls.publisher}.{name}.v{version}"
        _check(cls)
        Event.catalogue[cls.type] = cls

    @property
    @abstractmethod
    def subject(self) -> str:
        """The object of the fact, such as `contract/0198…`. Events of one subject keep their order."""

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Self:
        """Read the data of a received event; ignore unknown fields."""
        return cls.model_validate(data, extra="ignore")

    @classmethod
    def upcast(cls, earlier: "Event") -> Self:
        """Convert an event of the replaced version. A version with `replaces` defines it."""
        raise TypeError(f"{cls.type} cannot be made from {earlier.type}: define `upcast`.")

    def downcast(self) -> "Event | None":
        """Convert to the replaced version, which is published beside this one; None once it is no longer published."""
        return None

    @classmethod
    def data_schema(cls) -> dict[str, Any]:
        """The JSON Schema of the data, for readers: later publications may have more fields."""
        schema: dict[str, Any] = _opened(cls.model_json_schema(mode="serialization"))
        return {**schema, "title": cls.event_name}


def _check(event: "EventClass") -> None:
    if not event.publisher or not hasattr(event, "audience"):
        raise TypeError(f"{event.__name__} has no publisher or no audience: give it both.")
    if (known := Event.catalogue.get(event.type)) is not None:
        raise TypeError(f"{event.type} is already the type of {known.__module__}.{known.__qualname__}.")
    if event.replaces is not None and event.upcast.__func__ is Event.upcast.__func__:  # type: ignore[attr-defined]
        raise TypeError(f"{event.type} replaces {event.replaces.type}: define `upcast`.")
    if event.replaces is not None and event.replaces.event_version >= event.event_version:
        raise TypeError(f"{event.type} cannot replace {event.replaces.type}: its version is not higher.")


def _opened(schema: Any) -> Any:
    """Drop `additionalProperties: false`: it binds writers, not readers."""
    match schema:
        case dict():
            closed = schema.get("additionalProperties") is False
            return {
                key: _opened(value) for key, value in schema.items() if not (closed and key == "additionalProperties")
            }
        case list():
            return [_opened(value) for value in schema]
        case _:
            return schema


EventClass = type[Event]


def sample_of(event_type: str) -> dict[str, Any]:
    """Return the published example of a type of event, whole."""
    found: dict[str, Any] = json.loads((SAMPLES / f"{event_type}.json").read_text())
    return found


def routing_key(event_type: str) -> str:
    """Return the CloudEvents type without the prefix: `contract.ContractSigned.v1`."""
    return event_type.removeprefix(PREFIX)
