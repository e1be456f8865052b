"""Declare the columns that hold data about natural persons: `mapped_column(info=personal(PersonalData.NAME, …))`.

The register of what is held is made from these declarations. They say what an erasure empties, and what history leaves
out.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Column, MetaData, Table
from sqlalchemy.orm import class_mapper

PERSONAL: Final = "personal"
"""Key in the `info` of a column."""


class PersonalData(StrEnum):
    """Kinds of data about a natural person."""

    NAME = "name"
    EMAIL = "e-mail address"
    PHONE = "phone number"
    PERSON_ID = "opaque id of a person"
    ACCOUNT = "account: the subject of a token"
    CERTIFICATE = "fingerprint of a certificate"
    ADDRESS = "address of a system or an office, which may name a person"
    TEXT = "text, which may name a person"
    DOCUMENT = "document, which may name a person or bear a signature"
    COPY = "copy of data of this register"

    @property
    def is_contact(self) -> bool:
        """True for values that tell who a person is and how to reach them.

        They are emptied by an erasure, and never enter the history.
        """
        return self in (PersonalData.NAME, PersonalData.EMAIL, PersonalData.PHONE)


@dataclass(frozen=True)
class PersonalColumn:
    """Entry of the register: the data of one column, with its purpose, its readers and the time that it is kept."""

    data: PersonalData
    about: str
    purpose: str
    kept: str
    readers: str


FOR_EVER: Final = "for ever: the record of the programme"
WITH_OBJECT: Final = "as long as the object and its history"
OF_OBJECT: Final = "readers of the object"


def personal(
    data: PersonalData, *, about: str, purpose: str, kept: str = WITH_OBJECT, readers: str = OF_OBJECT
) -> dict[str, Any]:
    """Return the `info` of a column that holds data about a natural person."""
    return {PERSONAL: PersonalColumn(data, about, purpose, kept, readers)}


def free_text(*, kept: str = WITH_OBJECT, readers: str = OF_OBJECT) -> dict[str, Any]:
    """Return the `info` of a text that is about the programme; its author may name a person all the same."""
    return personal(
        PersonalData.TEXT,
        about="persons whom the author names",
        purpose="text about the programme; persons need not be named",
        kept=kept,
        readers=readers,
    )


FREE_TEXT: Final = free_text()
"""Text that is kept and read with its object."""


def account(readers: str, *, kept: str = FOR_EVER) -> dict[str, Any]:
    """Return the `info` of the subject of a token, which may be a person."""
    return personal(
        PersonalData.ACCOUNT,
        about="persons with an account at the token issuer, by its subject",
        purpose="proof of who acted, and bounds of their rights",
        kept=kept,
        readers=readers,
    )


def event_body(kept: str) -> dict[str, Any]:
    """Return the `info` of the bytes of an event."""
    return personal(
        PersonalData.COPY,
        about="persons of the event, by opaque id; authors of changes, by account; titles need name nobody",
        purpose="tell others of the fact",
        kept=kept,
        readers="receivers of the event",
    )


EVENT: Final = event_body(FOR_EVER)
"""Bytes of an event in a journal."""


def entry_of(column: Column[Any]) -> PersonalColumn | None:
    """Return the entry of a column in the register; None if it holds no personal data."""
    entry: PersonalColumn | None = column.info.get(PERSONAL)
    return entry


def is_contact(column: Column[Any]) -> bool:
    """Return True for a column that an erasure empties."""
    entry = entry_of(column)
    return entry is not None and entry.data.is_contact


def contact_columns(model: type[Any]) -> list[str]:
    """Return the names of the columns of a model that an erasure empties."""
    columns = ((each.key, each.columns[0]) for each in class_mapper(model).column_attrs)
    return [name for name, column in columns if isinstance(column, Column) and is_contact(column)]


def columns_with(table: Table, data: PersonalData) -> list[Column[Any]]:
    """Return the columns of a table that hold data of a kind."""
    return [column for column in table.columns if (entry := entry_of(column)) and entry.data is data]


def register(metadata: MetaData) -> Iterator[tuple[Column[Any], PersonalColumn]]:
    """Yield each declared column with its entry, by table."""
    for table in sorted(metadata.tables.values(), key=lambda each: each.name):
        for column in table.columns:
            if entry := entry_of(column):
                yield column, entry
