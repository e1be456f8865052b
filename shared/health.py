"""Is it alive, is it ready, what does it measure; and what each refusal means."""

import html
import re
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import HTMLResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import Field
from sqlalchemy import text

from shared.inbox import unapplied
from shared.outbox import unpublished
from shared.problem import ANY_TEXT, NotFound, Refusal, Unavailable, Unprocessable, documented, summary
from shared.routing import Tag
from shared.schemas import MANY, Answer, Line, Note

if TYPE_CHECKING:
    from shared.service import Platform, Running

router = APIRouter(tags=[Tag("Machine", "Whether a process is alive and ready, and what its refusals mean.")])


class NotReady(Unavailable):
    """The process is up, but not yet, or no longer, able to do its work: `lacking` says why."""


class Alive(Answer):
    """The process answers."""

    status: Literal["alive"]


class Ready(Answer):
    """It can do its work."""

    status: Literal["ready"]


@router.get("/health/live", operation_id="live", response_model=Alive)
async def live() -> dict[str, str]:
    """The process answers."""
    return {"status": "alive"}


@router.get(
    "/health/ready",
    operation_id="ready",
    response_model=Ready,
    responses=documented(NotReady),
)
async def ready(request: Request) -> dict[str, str]:
    """The databases and queues are there, the reference data is loaded and applied."""
    platform: Platform = request.app.state.platform
    lacking = [f"{name} is missing" for name in await platform.bus.missing()]
    for running in platform.running:
        lacking += await _lacking(running)
    if not lacking and not platform.caught_up:
        lacking = await _still_to_do(platform)
        platform.caught_up = not lacking
    if lacking:
        raise NotReady("Wait, or see to what is lacking.", lacking=lacking, headers={"Retry-After": "1"})
    return {"status": "ready"}


async def _lacking(running: "Running") -> list[str]:
    name, lacks = running.service.name, running.service.lacks
    try:
        async with running.database.reading() as session:
            await session.execute(text("SELECT 1"))
            lacking = [await lacks(session)] if lacks else []
    except Exception as error:  # whatever it is, the service is not ready
        return [f"{name}: the database does not answer ({type(error).__name__})"]
    lacking += [f"no queue takes {event}" for event in sorted(running.relay.unroutable)]
    return [f"{name}: {what}" for what in lacking if what]


async def _still_to_do(platform: "Platform") -> list[str]:
    """Outboxes first, then inboxes: what leaves an outbox is in an inbox before it is looked at."""
    lacking = []
    for count, doing in ((unpublished, "published"), (unapplied, "applied")):
        for running in platform.running:
            async with running.database.reading() as session:
                if waiting := await count(session):
                    lacking.append(f"{running.service.name}: {waiting} events are still to be {doing}")
    return lacking


@router.get("/metrics", include_in_schema=False)
async def metrics() -> Response:
    """Prometheus metrics; never routed at the edge."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


PAGE = {"type": "string", "pattern": ANY_TEXT, "maxLength": 20_000}


class Meaning(Answer):
    """What a refusal means."""

    type: Line = Field(examples=["/problems/not-found"])
    status: int = Field(ge=400, le=599, examples=[404])
    title: Line = Field(examples=["Not found"])
    meaning: Note = Field(examples=["There is no such object, or the caller may not know of it."])


@router.get(
    "/problems/{code}",
    operation_id="explain_problem",
    response_class=HTMLResponse,
    responses={
        200: {"content": {"text/html": {"schema": PAGE, "example": "<!doctype html><title>Not found</title>…"}}},
        **documented(NotFound, Unprocessable),
    },
)
async def explain_problem(
    code: Annotated[str, Path(max_length=100, json_schema_extra={"pattern": "^[a-z0-9-]+$"})],
) -> HTMLResponse:
    """What a refusal means: the page behind the `type` of a problem document."""
    refusal = Refusal.named.get(code)
    if refusal is None:
        raise NotFound("There is no such problem: see /problems.")
    paragraphs = (refusal.__doc__ or "").strip().split("\n\n")
    body = "".join(f"<p>{_with_code(' '.join(paragraph.split()))}</p>" for paragraph in paragraphs)
    return HTMLResponse(
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{html.escape(refusal.title)}</title>"
        "<meta name=viewport content='width=device-width'><style>body{max-width:40rem;margin:2rem auto;padding:0 1rem;"
        "font:1.1rem/1.5 sans-serif}</style>"
        f"<h1>{html.escape(refusal.title)}</h1><p><code>{refusal.code}</code>, status {refusal.status}</p>{body}"
        "<p><a href=/problems>All problems</a></p></html>"
    )


def _with_code(text: str) -> str:
    return re.sub("`([^`]+)`", r"<code>\1</code>", html.escape(text))


@router.get("/problems", operation_id="list_problems", response_model=Annotated[list[Meaning], Field(max_length=MANY)])
async def list_problems() -> list[dict[str, Any]]:
    """Every refusal that this platform may answer."""
    return [
        {"type": f"/problems/{code}", "status": cls.status, "title": cls.title, "meaning": summary(cls)}
        for code, cls in sorted(Refusal.named.items())
        if hasattr(cls, "status")
    ]
