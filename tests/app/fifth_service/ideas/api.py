"""The HTTP door."""

from typing import Annotated, Final
from uuid import UUID

from fastapi import Depends
from pydantic import Field
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from shared.http.pagination import Pagination, Slice, page
from shared.http.routing import Router, Tag
from shared.http.schemas import Answer, Body, Line, Page
from shared.http.sessions import reading, writing
from shared.security.access import Caller
from shared.security.dependencies import allowed

from . import permissions
from .models import Idea

router: Final = Router(tags=[Tag("Ideas", "Suggestions of the territories.")])

Reading = Annotated[AsyncSession, Depends(reading("ideas"), scope="function")]
Writing = Annotated[AsyncSession, Depends(writing("ideas"), scope="function")]
Reader = Annotated[Caller, Depends(allowed(permissions.READ_IDEAS))]
Author = Annotated[Caller, Depends(allowed(permissions.SUGGEST_IDEAS))]


class IdeaIn(Body):
    """A suggestion, as it is sent."""

    title: Line = Field(examples=["Une navette entre les usines"])


class IdeaOut(Answer):
    """A suggestion."""

    id: UUID = Field(examples=["01980000-0000-7000-8000-000000000001"])
    title: Line = Field(examples=["Une navette entre les usines"])


@router.post("/v1/ideas", status_code=201, response_model=IdeaOut)
async def suggest_idea(by: Author, body: IdeaIn, session: Writing) -> Idea:
    """Suggest an idea."""
    idea = Idea(title=body.title)
    session.add(idea)
    await session.flush()
    return idea


@router.get("/v1/ideas", response_model=Page[IdeaOut])
async def list_ideas(by: Reader, session: Reading, pagination: Pagination) -> Slice[Idea]:
    """List the ideas."""
    return await page(session, select(Idea), pagination, order=(Idea.id,))
