"""One call of each operation on the calendar, the documents, the envelopes and the contacts of the programme."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

from tests.app.permissions.callers import MINISTRY, NATIONAL, Who
from tests.app.permissions.cases import Case, always
from tests.app.permissions.world import DAY, World, number

WHY: Final = {"reason": "Motif synthétique."}


async def _event(_world: World, _who: Who) -> Any:
    return {
        "kind": "ceremony", "title": "Cérémonie (synthétique)", "starts_on": DAY, "status": "held",
        "source": "synthétique",
    }  # fmt: skip


async def _source(_world: World, _who: Who) -> Any:
    return {"kind": "web", "title": f"Source {number()} (synthétique)"}


async def _guide(_world: World, _who: Who) -> Any:
    return {
        "title": f"Guide {number()} (synthétique)", "guide_version": "V1", "applicable_from": DAY,
        "source": "synthétique",
    }  # fmt: skip


async def _envelope(_world: World, _who: Who) -> Any:
    return {
        "title": "Enveloppe (synthétique)", "amount_cents": 100, "qualifier": "exact", "phase": "2018",
        "source": "synthétique",
    }  # fmt: skip


async def _link(_world: World, _who: Who) -> Any:
    return {"kind": "page", "label": "Page (synthétique)", "url": "https://www.example.org/"}


async def _mailbox(_world: World, _who: Who) -> Any:
    return {
        "role": "Délégation (synthétique)", "organisation": MINISTRY,
        "address": f"delegation-{number()}@example.org",
    }  # fmt: skip


def _made(path: str, body: Callable[[World, Who], Awaitable[Any]]) -> Callable[[World], Awaitable[str]]:
    async def make(world: World) -> str:
        return str((await world.post(NATIONAL, path, await body(world, NATIONAL)))["id"])

    return make


EVENT: Final = _made("/v1/calendar", _event)
SOURCE: Final = _made("/v1/sources", _source)
GUIDE: Final = _made("/v1/guides", _guide)
ENVELOPE: Final = _made("/v1/envelopes", _envelope)
LINK: Final = _made("/v1/links", _link)
MAILBOX: Final = _made("/v1/mailboxes", _mailbox)

CASES: Final[dict[str, Case]] = {
    "read_phase": always(code="2018"),
    "list_calendar": always(),
    "list_calendar_changes": always(),
    "read_calendar_event": Case(make=EVENT),
    "read_calendar_event_history": Case(make=EVENT),
    "record_calendar_event": Case(body=_event),
    "correct_calendar_event": Case(make=EVENT, body={"place": "Pau", **WHY}),
    "list_sources": always(),
    "list_source_changes": always(),
    "read_source": Case(make=SOURCE),
    "read_source_history": Case(make=SOURCE),
    "register_source": Case(body=_source),
    "correct_source": Case(make=SOURCE, body={"place": "Pau", **WHY}),
    "list_guides": always(),
    "list_guide_changes": always(),
    "read_guide": Case(make=GUIDE),
    "read_guide_history": Case(make=GUIDE),
    "publish_guide": Case(body=_guide),
    "correct_guide": Case(make=GUIDE, body={"note": "Note synthétique.", **WHY}),
    "list_envelopes": always(),
    "list_envelope_changes": always(),
    "read_envelope": Case(make=ENVELOPE),
    "read_envelope_history": Case(make=ENVELOPE),
    "announce_envelope": Case(body=_envelope),
    "correct_envelope": Case(make=ENVELOPE, body={"qualifier": "about", **WHY}),
    "list_links": always(),
    "list_link_changes": always(),
    "read_link": Case(make=LINK),
    "read_link_history": Case(make=LINK),
    "publish_link": Case(body=_link),
    "correct_link": Case(make=LINK, body={"checked_on": DAY, "is_alive": True}),
    "list_mailboxes": always(),
    "list_mailbox_changes": always(),
    "read_mailbox": Case(make=MAILBOX),
    "read_mailbox_history": Case(make=MAILBOX),
    "register_mailbox": Case(body=_mailbox),
    "correct_mailbox": Case(make=MAILBOX, body={"closed_on": DAY, **WHY}),
}
