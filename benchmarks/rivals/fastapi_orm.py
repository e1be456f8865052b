"""FastAPI and SQLAlchemy's ORM, as their tutorials have it."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import JSON
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from benchmarks.rivals import DATABASE_URL, serve

app = FastAPI()
engine = create_async_engine(DATABASE_URL.replace("postgresql:", "postgresql+asyncpg:"), pool_size=10)
sessions = async_sessionmaker(engine, expire_on_commit=False)


class Base(DeclarativeBase):
    """The tables."""


class Organisation(Base):
    """A row."""

    __tablename__ = "organisations"

    siren: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    kind: Mapped[str]
    aliases: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    names: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    region_code: Mapped[str | None]
    successor_siren: Mapped[str | None]
    duplicate_of_siren: Mapped[str | None]
    distinct_from: Mapped[list[str]] = mapped_column(JSON)
    valid_from: Mapped[str | None]
    valid_to: Mapped[str | None]
    source: Mapped[str | None]
    synthetic: Mapped[bool]
    version: Mapped[int]


class Alias(BaseModel):
    """A part of the answer."""

    name: str
    note: str | None


class FormerName(BaseModel):
    """A part of the answer."""

    name: str
    valid_from: str | None
    valid_to: str


class OrganisationOut(BaseModel):
    """The answer."""

    model_config = ConfigDict(from_attributes=True)

    siren: str
    name: str
    kind: str
    aliases: list[Alias]
    names: list[FormerName]
    region: str | None = Field(validation_alias="region_code")
    successor: str | None = Field(validation_alias="successor_siren")
    duplicate_of: str | None = Field(validation_alias="duplicate_of_siren")
    distinct_from: list[str]
    valid_from: str | None
    valid_to: str | None
    source: str | None
    synthetic: bool
    version: int


async def session() -> AsyncIterator[AsyncSession]:
    """A session for a request."""
    async with sessions() as opened:
        yield opened


@app.get("/v1/organisations/{siren}", response_model=OrganisationOut)
async def read(siren: str, opened: Annotated[AsyncSession, Depends(session)]) -> Organisation:
    """One organisation."""
    found = await opened.get(Organisation, siren)
    if found is None:
        raise HTTPException(404)
    return found


if __name__ == "__main__":
    serve(app)
