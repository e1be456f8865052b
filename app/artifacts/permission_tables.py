"""The permission table and the event-audience table, made from the routes and the events themselves.

They are written for developers and compared by a test: a right that changes shows as a changed line of these files.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from services.notification.rules.audience import as_entry, may_receive
from shared.events import Event, EventClass, routing_key
from shared.http.routing import Route
from shared.runtime.platform import Service
from shared.security.access import AccessScope
from shared.security.dependencies import Access
from shared.security.roles import Role, ScopedBy

FOLDER: Final = Path(__file__).parent
PERMISSIONS: Final = "PERMISSIONS.md"
EVENTS: Final = "EVENTS.md"
NOBODY: Final = "–"
NAMES: Final = ("mine", "another's")

_PERMISSIONS_HEAD: Final = """\
# Who may do what

Generated from the routes by `python -m services tables`; do not edit. `own`: on the objects that are its
organisation's (territory, région, party, carrier); `led`: on those of a territory that its organisation leads as
industrial pilot, which are among its own; `any`: on all; `–`: refused (403). `public` needs no token; a token with the
scope shows more: what concerns its organisation. Reading, `own` is whatever concerns the organisation. An object that a
caller may not read does not exist for it (404). The claims `territories` and `regions` of a token narrow all of it.
"""
_EVENTS_HEAD: Final = """\
# Who is told what

Generated from the events by `python -m services tables`; do not edit. `own`: where the event names the organisation,
or a territory or région of its; `any`: always, of operators those of the programme; `–`: never. Whoever is told may
read the object at that moment.
"""


def write(services: Sequence[Service], folder: Path = FOLDER) -> None:
    """Write both files."""
    for name, text in tables(services).items():
        (folder / name).write_text(text)


def tables(services: Sequence[Service]) -> dict[str, str]:
    """Return the content of each file."""
    publishers = {service.name for service in services}
    published_here = [event for event in events() if event.publisher in publishers]
    return {PERMISSIONS: _permissions(services), EVENTS: _events(published_here)}


def _permissions(services: Iterable[Service]) -> str:
    parts = [_PERMISSIONS_HEAD]
    for service in services:
        head = ["operation", "address", "scope", "public", *Role]
        rows = [_operation(route, route.access) for route in service.router.operations() if route.access]
        parts.append(f"## {service.name}\n\n{_markdown(head, rows)}")
    return "\n".join(parts)


def _operation(route: Route, access: Access) -> list[str]:
    method = " ".join(sorted(route.methods or ()))
    grants = [access.grants.get(role, "public" if access.public else NOBODY) for role in Role]
    return [
        f"`{route.name}`",
        f"{method} `{route.path}`",
        f"`{access.scope}`",
        "yes" if access.public else "",
        *map(str, grants),
    ]


def _events(events: Iterable[EventClass]) -> str:
    head = ["event", "audience", "subject", *Role]
    rows = [[*_event_cells(event), *(grant_of_event(role, event) for role in Role)] for event in events]
    return f"{_EVENTS_HEAD}\n{_markdown(head, rows)}"


def _event_cells(event: EventClass) -> list[str]:
    return [f"`{routing_key(event.type)}`", event.audience, f"`{subject_of(event)}`"]


def events() -> list[EventClass]:
    """Every published fact, by its type."""
    return [event for _, event in sorted(Event.catalogue.items()) if event.__module__.startswith("shared.events.")]


def grant_of_event(role: Role, event: EventClass) -> str:
    """The answer of `may_receive` for an event that names the caller's own, and for one that names others."""
    access_scope = AccessScope(role)
    if role.definition.scoped_by is not ScopedBy.NOTHING:
        mine_alone = frozenset(NAMES[:1])
        access_scope = AccessScope(
            role, mine_alone, mine_alone, mine_alone, is_operator=role.definition.serves_programme
        )
    mine, others = (_naming(name, event) for name in NAMES)
    if may_receive(access_scope, as_entry(others)):
        return "any"
    return "own" if may_receive(access_scope, as_entry(mine)) else NOBODY


def subject_of(event: EventClass) -> str:
    """The pattern of an event's subject: `contract/{contract_id}`."""
    return _naming(NAMES[0], event).subject


def _naming(name: str, event: EventClass) -> Event:
    """An event that names one territory, région and organisation; its other fields are their own names."""
    fields: dict[str, Any] = {field: f"{{{field}}}" for field in event.model_fields}
    return event.model_construct(**{**fields, "territories": [name], "regions": [name], "organisations": [name]})


def _markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return "\n".join(_lines([head, ["---"] * len(head), *rows])) + "\n"


def _lines(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    for row in rows:
        yield f"| {' | '.join(row)} |"
