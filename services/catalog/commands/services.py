"""Commands of services: publish, change, withdraw; and the deadlines of operators."""

from typing import Any, Final

from sqlalchemy import select

from services.catalog import queries
from services.catalog.models import OfferedService, Operator
from services.catalog.rules import services as rules
from shared.clock import now, today
from shared.names import named_on
from shared.security.access import Caller, require_owner
from shared.storage import outbox
from shared.storage.history import require_version, set_reason
from shared.storage.unit_of_work import WriteSession

WHAT: Final = "service"
DEFAULTS: Final[dict[str, Any]] = {
    "beneficiary_kinds": [],
    "key_figures": None,
    "ends_on": None,
    "precision": "day",
    "openness": None,
    "openness_words": None,
    "phases": [],
    "threshold": None,
    "basket": "ajout",
    # The operator itself is the source.
    "confidence": "stated",
    "source": None,
}


async def publish_service(session: WriteSession, *, by: Caller, **content: Any) -> OfferedService:
    """Publish a new service, with the operator's next number."""
    own = await queries.get_own_operator(session, by, lock=True)
    known = (await queries.organisations(session, [own.siren])).get(own.siren)
    if known:
        rules.require_in_its_own_name(known)
    brand = own.brands[0]["name"]
    named = {"operator": own.siren, "named": named_on(brand, known, today()) if known else brand}
    code = await _next_code(session, own)
    found = rules.publish(code, {**DEFAULTS, **content, **named}, day=today(), at=now())
    await store_new(session, found)
    return found


async def change_service(
    session: WriteSession, code: str, *, expected: int, by: Caller, reason: str | None = None, **content: Any
) -> OfferedService:
    """Publish a new version of a service."""
    found = await _own(session, code, by)
    require_version(found, expected)
    if rules.change(found, content, day=today(), at=now()):
        if reason:
            set_reason(session, found, reason)
        await store_next(session, found)
    return found


async def withdraw_service(session: WriteSession, code: str, *, reason: str | None, by: Caller) -> OfferedService:
    """Withdraw a service."""
    found = await _own(session, code, by)
    outbox.add(session, rules.withdraw(found, reason=reason, day=today(), at=now()))
    if reason:
        set_reason(session, found, reason)
    return found


async def promise_delays(
    session: WriteSession, siren: str, *, delays: dict[str, int] | None, expected: int, by: Caller
) -> Operator:
    """Set the deadlines, in days, of the operator's future requests."""
    found = await queries.get_operator(session, siren, lock=True)
    require_owner(by, await queries.access_scope_of(session, by), found.stakeholders, "operator")
    require_version(found, expected)
    found.delays = delays  # type: ignore[assignment]
    await session.flush()
    return found


async def store_new(session: WriteSession, found: OfferedService) -> None:
    """Store and publish a new service with its first version."""
    session.add(found)
    # Insert the service first: the version has a foreign key to it.
    await session.flush()
    session.add(rules.version_of(found))
    outbox.add(session, rules.published(found))


async def store_next(session: WriteSession, found: OfferedService) -> None:
    """Store and publish the next version of a service, and end the former one."""
    former = await queries.get_version(session, found.code, found.service_version - 1)
    rules.close(former, followed_on=found.valid_from)
    session.add(rules.version_of(found))
    outbox.add(session, rules.published(found))


async def _own(session: WriteSession, code: str, by: Caller) -> OfferedService:
    found = await queries.get_service(session, code, lock=True)
    require_owner(by, await queries.access_scope_of(session, by), found.stakeholders, WHAT)
    return found


async def _next_code(session: WriteSession, own: Operator) -> str:
    """Return the code of the operator's next service."""
    # Services are never deleted, so no code is used twice.
    codes = await session.scalars(select(OfferedService.code).where(OfferedService.code.startswith(f"{own.initials}-")))
    last = max((int(code.rpartition("-")[2]) for code in codes), default=0)
    return f"{own.initials}-{last + 1:02d}"
