"""Imports of values, as they are answered."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from services.territory.schemas.indicators import Year
from services.territory.schemas.texts import Partial, Words
from shared.events.indicators import YEARS_AT_MOST, IndicatorCode, IndicatorLevel
from shared.http.schemas import Answer, Count, Note, Version


class IndicatorImportOut(Answer):
    """A file of values that was imported, or only checked (`dry_run`)."""

    id: UUID | None = Field(description="Null: only checked.", examples=["0198f3a2-7b1c-7e44-9d55-2c1f0a9b8f12"])
    version: Version | None = Field(description="Null: only checked.", examples=[1])
    indicator: IndicatorCode = Field(validation_alias="indicator_code", examples=["jobs_industry"])
    status: Literal["applied", "reverted", "checked"] = Field(
        description="checked: by a dry run, which changed nothing.", examples=["applied"]
    )
    sha256: Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")] = Field(
        description="SHA-256 of the file. A file with the same values is the same import, whatever its bytes.",
        examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
        json_schema_extra={"maxLength": 64},
    )
    row_count: Count = Field(description="Number of rows.", examples=[1])
    new_count: Count = Field(description="Rows for places and years that had no value.", examples=[0])
    replaced_count: Count = Field(description="Rows that changed a value.", examples=[1])
    unchanged_count: Count = Field(description="Rows that repeated a value.", examples=[0])
    levels: list[IndicatorLevel] = Field(max_length=6, examples=[["departement"]])
    years: list[Year] = Field(max_length=YEARS_AT_MOST, examples=[[2018]])
    imported_at: datetime
    reverted_at: datetime | None = Field(examples=[None])
    reverted_because: Note | None = Field(examples=[None])

    @classmethod
    def checked(cls, found: Any) -> "IndicatorImportOut":
        """Return the answer to a dry run."""
        return cls.model_validate({**_columns(found), "id": None, "version": None, "status": "checked"})


def _columns(found: Any) -> dict[str, Any]:
    names = [name for name in IndicatorImportOut.model_fields if name != "indicator"]
    return {"indicator_code": found.indicator_code, **{name: getattr(found, name, None) for name in names}}


class RevertIn(Partial):
    """The reason for which an import is taken back."""

    reason: Words = Field(examples=["Mauvais millésime (synthétique)"])
