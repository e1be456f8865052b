"""Query parameter `known_at`: the answer as the platform knew it at a moment."""

from typing import Annotated

from fastapi import Query

from shared.http.schemas import Moment

KnownAt = Annotated[
    Moment | None,
    Query(
        description="A moment (RFC 3339): the answer from what was recorded by then, so that later corrections do not "
        "alter it. Not in the future, nor a few seconds old; write `+` as `%2B`.",
        examples=["2026-03-05T08:00:00Z"],
    ),
]
