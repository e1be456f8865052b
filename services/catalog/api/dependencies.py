"""Database sessions of a request."""

from typing import Annotated

from fastapi import Depends
from sqlalchemy.ext.asyncio import AsyncSession

from shared.http.sessions import reading, writing

Reading = Annotated[AsyncSession, Depends(reading("catalog"), scope="function")]
Writing = Annotated[AsyncSession, Depends(writing("catalog"), scope="function")]
