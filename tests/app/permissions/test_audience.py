"""A recipient may read: every event of the real journey, for every caller, against the address of its object."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import func, select

from app.artifacts import permission_tables
from app.demo.journey import Journey
from app.demo_clients import CLIENTS
from app.embedded import SERVICES
from services.catalog.commands import publish_overdue
from services.catalog.queries.projections import access_scope_of as scope_in_catalog
from services.contract.commands import follow_signatures, open_owed_reports, publish_reminders
from services.contract.queries import access_scope_of as scope_in_contract
from services.contract.rules.circuits import REMINDER_DAYS
from services.contract.rules.signing import DUE_DAYS
from services.notification.models import Delivery
from services.notification.queries.projections import access_scope_of as scope_in_notification
from services.notification.rules.audience import as_entry, may_receive
from services.territory.queries.territories import access_scope_of as scope_in_territory
from shared.clock import today
from shared.events import Audience, Event, EventClass
from shared.events.subjects import address, collection
from shared.http.sessions import DATABASES
from shared.security.access import ANONYMOUS, AccessScope, Caller
from shared.security.roles import Role
from shared.storage.tables import outbox
from tests.app.permissions import callers, ceremonies, documents, ends, offers, receiving
from tests.app.permissions.callers import (
    BANK,
    CALLERS,
    COMPANY,
    LACQ,
    NATIONAL,
    REGION,
    SECOND_REGION,
    TEAM,
    Callers,
    bearer,
)
from tests.app.permissions.cases import CASES
from tests.app.permissions.world import COMMENT, DAY, DELEGATION, SIGNATORIES, World, at_work
from tests.services.contract.pdfs import pdf
from tests.support.processes import Client, Form

PUBLISHED: Final = [event for event in Event.catalogue.values() if event.__module__.startswith("shared.events.")]
READS: Final = {
    route.path.partition("{")[0].rstrip("/"): route.access
    for service in SERVICES
    for route in service.router.operations()
    if route.path.endswith("}") and "GET" in (route.methods or ())
}
"""Collection → who may read one object of it."""
DEMO: Final = {
    client.client_id: bearer(
        client.role,
        client.org,
        client_id=client.client_id,
        scope=" ".join(client.scopes),
        **({"territories": list(client.territories)} if client.territories else {}),
        **({"regions": list(client.regions)} if client.regions else {}),
    )
    for client in CLIENTS
}
ASKING: Final[dict[str, dict[str, str]]] = {
    **DEMO,
    **{str(who): who.headers() for who in CALLERS},
    "territory/narrowed": TEAM.headers(territories=["2023-ti-7510"], client_id="narrow-team"),
    "national/narrowed": NATIONAL.headers(regions=["53"], client_id="narrow-nation"),
    "region/narrowed": REGION.headers(territories=[], client_id="narrow-region"),
}
NOBODY: Final = "anonymous"
URL: Final = "https://recevoir.invalid/territoires"
ACCESS_SCOPE_OF: Final[Mapping[str, Callable[[Any, Caller], Awaitable[AccessScope]]]] = {
    "territory": scope_in_territory,
    "contract": scope_in_contract,
    "catalog": scope_in_catalog,
    "notification": scope_in_notification,
}


class InProcess(Form):
    """The journey's way to a platform in this process."""

    def __init__(self, world: World) -> None:
        super().__init__("in process", Path(), {}, "")
        self.world = world

    def url_of(self, path: str) -> str:
        """One for all."""
        return "http://platform"

    @asynccontextmanager
    async def client(self, name: str | None = None) -> AsyncIterator[Client]:
        """A client with the claims of a demo client."""
        transport = httpx.ASGITransport(self.world.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, headers=DEMO[name] if name else {}) as http:
            yield Client(self, http)


@dataclass
class Published:
    """The world after the journey, and what was told in it."""

    world: World
    events: list[tuple[str, Event]]
    """With their ids."""
    since: frozenset[str]
    """Ids of the events of the journey and after it, without the events of the loading."""
    subscriptions: dict[str, UUID]
    """Subscription of each caller, made before the journey."""
    seen: dict[tuple[str, str], bool] = field(default_factory=dict)

    async def may_read(self, name: str, subject: str) -> bool:
        """Does the address of an object answer a caller?"""
        if (name, subject) not in self.seen:
            answer = await self.world.client.get(address(subject), headers=ASKING[name])
            self.seen[name, subject] = answer.is_success
        return self.seen[name, subject]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def published(
    loaded: Callable[[Path], None], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Published]:
    """The journey, then all that it leaves out: what is returned, refused, declined, given up, replaced."""
    folder = tmp_path_factory.mktemp("audience")
    loaded(folder)
    async with at_work(folder) as world:
        before = {service.name: await last_row(world, service.name) for service in SERVICES}
        subscriptions = {name: await subscribed(world, headers) for name, headers in ASKING.items() if headers}
        async with Journey(InProcess(world).client) as story:
            await story.play()
        world.sheet, world.decisions = story.action, story.decisions
        # The committees of the journey decide today, and nobody signs before their decisions.
        world.contract_day, world.complements = today(), story.contract
        await publish_the_rest(world)
        for key in subscriptions.values():
            await receiving.consent(world, str(key))
        await receiving.journaled(world)
        events = [event for name, last in before.items() for event in await published_by(world, name, after=last)]
        since = frozenset(event_id for event_id, _ in events)
        yield Published(world, [*events, *await first_of_each_type(world)], since, subscriptions)


async def subscribed(world: World, headers: Mapping[str, str]) -> UUID:
    """A subscription to everything that somebody may be told from now on."""
    await receiving.journaled(world)
    made = await world.client.post("/v1/subscriptions", json={"url": URL}, headers=headers)
    assert made.status_code == 201, made.text
    return UUID(made.json()["id"])


async def publish_the_rest(world: World) -> None:
    for siren in (callers.FORGES, callers.FILATURES):
        await world.register(siren, "company")
    for region in ("84", "53"):
        await world.register(callers.PREFECTURES[region], "state", region)
    await world.settled()
    why = {"reason": "Motif synthétique."}
    sheet = await world.submitted_sheet()
    await world.post(REGION, f"/v1/actions/{sheet}/return", why)
    await change(world, f"/v1/actions/{sheet}", {"main_axis": None})
    rejected = await world.submitted_sheet()
    await world.post(REGION, f"/v1/actions/{rejected}/reject", why)
    returned = await world.contract_under_review()
    await world.post(
        callers.STATE, f"/v1/contracts/{returned}/opinion", {"verdict": "reserved", "text": "Avis synthétique."}
    )
    comment = await world.post(REGION, f"/v1/contracts/{returned}/comments", COMMENT)
    await world.post(TEAM, f"/v1/comments/{comment['id']}/answer", {"text": "Réponse synthétique."})
    await world.post(REGION, f"/v1/contracts/{returned}/return", why)
    await change(world, f"/v1/contracts/{returned}", {"title": "Autre titre (synthétique)"})
    await world.post(TEAM, f"/v1/contracts/{returned}/cancel", why)
    declined = await world.contract_to_sign()
    await world.post(COMPANY, f"/v1/contracts/{declined}/decline", why)
    pilot = await world.appoint()
    await world.post(TEAM, f"/v1/territories/{LACQ}/pilots/{pilot}/end", {"on": "2020-01-15"})
    correction = {"since": "2019-04-01", "reason": "Motif synthétique."}
    answer = await world.send(NATIONAL, "POST", f"/v1/territories/{LACQ}/pilots/{pilot}/correct", correction)
    assert answer.is_success, answer.text
    await world.referent()
    await declare_and_redraw(world)
    await call_on_operators(world)
    await follow_up(world)
    await change_circuits(world)
    await amend(world)
    await terminate(world)
    await documents.sealed_contract(world)
    await sign_on_paper(world)
    await receiving.publish_histories(world)


async def sign_on_paper(world: World) -> None:
    """A ceremony, a protocol that is entered as signed on paper, and a scan that its party takes back."""
    await world.post(NATIONAL, "/v1/ceremonies", {**ceremonies.CEREMONY, "regions": []})
    body = {**world.contract_body(), "kind": "protocol", "protocol_id": None, "complements": None}
    protocol = await world.post(TEAM, "/v1/contracts", body)
    entered = {"signed_on": DAY, "source": "Exemple synthétique"}
    await world.post(REGION, f"/v1/contracts/{protocol['id']}/enter-signed", entered)
    paper = await world.paper_copy(pdf(title="Scan (synthétique)"))
    await world.post(REGION, f"/v1/paper-copies/{paper}/withdraw", {"reason": "Motif synthétique."})


async def amend(world: World) -> None:
    """An amendment of the contract of the journey that is signed."""
    draft = (await world.post(TEAM, f"/v1/contracts/{world.complements}/amendments", ends.AMENDMENT))["id"]
    path = f"/v1/contracts/{draft}"
    await change(world, path, {"title": "Titre de l'avenant (synthétique)"})
    await world.post(TEAM, f"{path}/submit")
    world.under_review = draft
    for who, region in ((REGION, "75"), (SECOND_REGION, "76")):
        await world.post(who, f"{path}/approve", await world.approval(who, region))
    await world.post(TEAM, f"{path}/request-signatures")
    for who in SIGNATORIES:
        await world.post(who, f"{path}/sign", await world.signature(draft))


async def terminate(world: World) -> None:
    """A contract whose termination abandons its sheet."""
    contract = await world.signed_contract()
    signed_on = (await world.get(f"/v1/contracts/{contract}", TEAM))["signed_on"]
    end = {"reason": "Motif synthétique.", "effective_on": signed_on, "actions": "abandoned"}
    await world.post(TEAM, f"/v1/contracts/{contract}/terminate", end)


async def follow_up(world: World) -> None:
    """A report that is submitted, reopened and checked, and one that nobody writes."""
    report = await world.submitted_report()
    await world.post(REGION, f"/v1/reports/{report}/reopen", {"reason": "Motif synthétique."})
    await world.post(TEAM, f"/v1/reports/{report}/submit")
    await world.post(REGION, f"/v1/reports/{report}/check")
    await world.signed_contract()
    [contract] = [each.database for each in world.platform.running if each.service.name == "contract"]
    async with contract.writing() as session:
        assert await open_owed_reports(session, today() + timedelta(days=400))
    async with contract.writing() as session:
        assert await publish_reminders(session, today() + timedelta(days=600))


async def change_circuits(world: World) -> None:
    """Parties that leave, a delegation, a withdrawal, reminders and an expiry. No caller is one of those that leave."""
    why = {"reason": "Motif synthétique."}
    leaving, coming, delegate = (callers.synthetic(25_000 + place) for place in range(3))
    for siren in (leaving, coming, delegate):
        await world.register(siren, "company")
    await world.settled()
    world.more_parties = [{"organisation": leaving, "required": False}]
    contract = await world.contract_signed_by_most()
    path = f"/v1/contracts/{contract}"
    await world.post(COMPANY, f"{path}/withdraw-signature", why)
    await world.post(COMPANY, f"{path}/delegate", {**DELEGATION, "organisation": delegate})
    await world.post(COMPANY, f"{path}/revoke-delegation", why)
    body = {"organisation": coming, "capacity": "Gérance", **why}
    await world.post(TEAM, f"{path}/parties/{await world.party(contract, leaving)}/replace", body)
    await world.post(TEAM, f"{path}/parties/{await world.party(contract, coming)}/take-out", why)
    world.more_parties = []
    [database] = [each.database for each in world.platform.running if each.service.name == "contract"]
    for days in (REMINDER_DAYS, DUE_DAYS + 1):
        async with database.writing() as session:
            assert await follow_signatures(session, today() + timedelta(days=days))


async def change(world: World, path: str, body: Any) -> None:
    version = (await world.get(path))["version"]
    answer = await world.send(TEAM, "PATCH", path, body, **{"If-Match": f'"{version}"'})
    assert answer.is_success, answer.text


async def call_on_operators(world: World) -> None:
    """A referent, a request that is answered and one that is late, a service that goes, a subscription that ends."""
    await world.post(BANK, "/v1/referents", {"territory": LACQ, "name": "Camille Exemple (personne synthétique)"})
    answered = await world.post(TEAM, "/v1/requests", offers.REQUEST)
    await world.post(BANK, f"/v1/requests/{answered['id']}/acknowledge")
    await world.post(TEAM, "/v1/requests", offers.REQUEST)
    [catalog] = [each.database for each in world.platform.running if each.service.name == "catalog"]
    async with catalog.writing() as session:
        assert await publish_overdue(session, today() + timedelta(days=60))
    service = await world.post(BANK, "/v1/services", offers.PUBLISHED)
    await world.post(BANK, f"/v1/services/{service['code']}/withdraw", {})
    subscription = await world.post(BANK, "/v1/subscriptions", receiving.SUBSCRIPTION)
    await world.post(BANK, f"/v1/subscriptions/{subscription['id']}/disable")


async def declare_and_redraw(world: World) -> None:
    [regional] = (await world.get("/v1/committees?level=regional&region=75", REGION))["items"]
    world.committee = regional["id"]
    founded = await world.post(TEAM, "/v1/committees", {
        "level": "project", "name": "Comité de projet (synthétique)", "territory": LACQ, "chair": callers.PAU,
        "established_on": "2020-01-15",
    })  # fmt: skip
    seat = {"organisation": callers.CAISSE, "capacity": "observer", "since": "2020-01-15"}
    await world.post(TEAM, f"/v1/committees/{founded['id']}/seats", seat)
    meetings = f"/v1/committees/{founded['id']}/meetings"
    meeting = await world.post(TEAM, meetings, {"day": "2020-01-15"})
    await world.post(TEAM, f"{meetings}/{meeting['id']}/hold", {"present": [callers.PAU]})
    body = {
        "committee_id": founded["id"], "kind": "other", "outcome": "deferred", "title": "Décision (synthétique)",
        "reference": "SYNTH", "decided_on": "2020-01-15", "territories": [],
    }  # fmt: skip
    await world.post(TEAM, "/v1/decisions", body)
    figure, perimeter = CASES["declare_figure"].body, CASES["change_perimeter"].body
    assert callable(figure)
    assert callable(perimeter)
    await world.post(NATIONAL, "/v1/figures", await figure(world, NATIONAL))
    await world.post(REGION, "/v1/territories/2023-ti-7505/perimeter", await perimeter(world, REGION))
    await world.post(NATIONAL, "/v1/targets", CASES["set_target"].body)
    await world.post(NATIONAL, "/v1/contract-records", CASES["record_fact"].body)


async def last_row(world: World, service: str) -> int:
    async with DATABASES.of(world.app)[service].reading() as session:
        return int(await session.scalar(select(func.max(outbox.c.id))) or 0)


async def published_by(world: World, service: str, *, after: int) -> list[tuple[str, Event]]:
    async with DATABASES.of(world.app)[service].reading() as session:
        bodies = await session.scalars(select(outbox.c.body).where(outbox.c.id > after).order_by(outbox.c.id))
        return [read(body) for body in bodies]


async def first_of_each_type(world: World) -> list[tuple[str, Event]]:
    """Return the first event of each type that loading the reference data published."""
    async with DATABASES.of(world.app)["territory"].reading() as session:
        firsts = select(func.min(outbox.c.id)).group_by(outbox.c.type)
        bodies = await session.scalars(select(outbox.c.body).where(outbox.c.id.in_(firsts)))
        return [read(body) for body in bodies]


def read(body: str) -> tuple[str, Event]:
    envelope = json.loads(body)
    return envelope["id"], Event.catalogue[envelope["type"]].read(envelope["data"])


async def access_scope_of(world: World, service: str, headers: Mapping[str, str]) -> AccessScope:
    """Return a caller's access scope by the publisher's own data."""
    token = headers.get("Authorization", "").removeprefix("Bearer ")
    caller = await Callers().verify(token) if token else ANONYMOUS
    async with DATABASES.of(world.app)[service].reading() as session:
        return await ACCESS_SCOPE_OF[service](session, caller)


@pytest.mark.asyncio(loop_scope="module")
async def test_a_recipient_may_read_and_whom_a_closed_object_concerns_is_a_recipient(published: Published) -> None:
    world = published.world
    wrong = set()
    for name, headers in ASKING.items():
        access_scope = {service.name: await access_scope_of(world, service.name, headers) for service in SERVICES}
        for _, event in published.events:
            may_read = await published.may_read(name, event.subject)
            closed = not await published.may_read(NOBODY, event.subject)
            # Who runs the machine looks after all subscriptions, whomever their events are told to.
            looks_after = (
                event.subject.startswith("subscription/") and access_scope["notification"].role is Role.PLATFORM
            )
            is_recipient = may_receive(access_scope[event.publisher], as_entry(event))
            if (is_recipient and not may_read) or (may_read and closed and not is_recipient and not looks_after):
                wrong.add(f"{name}: {event.type}, told {is_recipient}, may read {may_read}")

    assert sorted(wrong) == []


@pytest.mark.asyncio(loop_scope="module")
async def test_feed_and_webhooks_carry_what_may_be_read_and_concerns_and_nothing_else(published: Published) -> None:
    """Each cell on the real feed and on the real planning, each by the copies that notification keeps."""
    world, wrong = published.world, set()
    types = sorted({event.type for _, event in published.events})
    for name, key in published.subscriptions.items():
        fed = {event["id"] for event in await receiving.feed(world, ASKING[name], types)}
        planned = await planned_for(world, key)
        access_scope = {service.name: await access_scope_of(world, service.name, ASKING[name]) for service in SERVICES}
        for event_id, event in published.events:
            may_read = await published.may_read(name, event.subject)
            expected = may_read and may_receive(access_scope[event.publisher], as_entry(event))
            ways = {"the feed": event_id in fed}
            if event_id in published.since:
                ways["its webhook"] = event_id in planned
            wrong |= {
                f"{name}: {event.type} by {way}, told {is_recipient}, may read {may_read}"
                for way, is_recipient in ways.items()
                if is_recipient != expected
            }

    assert sorted(wrong) == []


async def planned_for(world: World, subscription: UUID) -> set[str]:
    """The events that are to be delivered to a subscription, or were."""
    async with receiving.database(world).reading() as session:
        wanted = select(Delivery.event_id).where(Delivery.subscription_id == subscription)
        return set(await session.scalars(wanted))


@pytest.mark.asyncio(loop_scope="module")
async def test_every_event_has_its_cells(published: Published) -> None:
    assert {event.type for _, event in published.events} == {event.type for event in PUBLISHED}


@pytest.mark.asyncio(loop_scope="module")
async def test_most_callers_receive_some_closed_things_and_not_all(published: Published) -> None:
    """The cells above would all be right if nobody were told anything."""
    closed = [
        event for _, event in published.events if event.audience is Audience.CONCERNED and event.publisher == "contract"
    ]
    counts = {}
    for name in ("delegation", "region", "prefet", "territory", "company", "bpifrance", "partner"):
        access_scope = await access_scope_of(published.world, "contract", DEMO[name])
        counts[name] = sum(may_receive(access_scope, as_entry(event)) for event in closed)

    assert counts["delegation"] == counts["region"] == counts["prefet"] == counts["territory"] == len(closed)
    assert 0 < counts["company"] <= len(closed)
    assert 0 < counts["bpifrance"] < len(closed)
    assert counts["partner"] == 0


@pytest.mark.parametrize("event", PUBLISHED, ids=lambda event: event.type)
def test_a_role_that_may_receive_may_read_such_objects(event: EventClass) -> None:
    kind = permission_tables.subject_of(event).partition("/")[0]
    access = READS[collection(kind)]
    assert access is not None

    for role in Role:
        grant = permission_tables.grant_of_event(role, event)
        assert grant == permission_tables.NOBODY or access.public or role in access.grants, role


def test_what_is_for_the_platform_is_sent_to_nobody_else() -> None:
    class Stuck(Event, name="Stuck", publisher="tests", audience=Audience.PLATFORM):
        """Something for those who run the machine."""

        @property
        def subject(self) -> str:
            return "machine/stuck"

    event = Stuck(territories=[LACQ], organisations=[callers.PAU])
    everything = {
        "territories": frozenset([LACQ]), "regions": frozenset(["75"]), "organisations": frozenset([callers.PAU]),
    }  # fmt: skip
    scopes = [AccessScope(role, **everything, is_operator=True) for role in Role]
    receivers = [access_scope.role for access_scope in scopes if may_receive(access_scope, as_entry(event))]
    del Event.catalogue[Stuck.type]

    assert receivers == [Role.PLATFORM]
