"""Database sessions of a request."""

from typing import Annotated

from fastapi import Depends

from shared.http.sessions import RowReading, reading, writing
from shared.storage.row_session import RowSession
from shared.storage.unit_of_work import ReadSession, WriteSession

Reading = Annotated[ReadSession, Depends(reading("catalog"), scope="function")]
ReadingRow = Annotated[RowSession, RowReading("catalog")]
"""A session for a read of one object that is one row."""
Writing = Annotated[WriteSession, Depends(writing("catalog"), scope="function")]
