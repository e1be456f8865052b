"""Intercommunalities merge, on the whole platform: nothing is lost, and nothing is counted twice.

One absorbs another, or two become a new one with a SIREN of its own. The bodies are real, the merger is synthetic.
"""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
import pytest_asyncio

from shared.clock import today
from shared.security.roles import Role
from tests.app.permissions import callers, offers
from tests.app.permissions.callers import BANK, LACQ, NATIONAL, REGION, SECOND_REGION, TEAM, Who
from tests.app.permissions.world import CONTRACT, SHEET, SIGNATORIES, SIGNATURE, World, at_work, somebody

FORMER: Final = Who("former", Role.TERRITORY, "200067262")
"""CC du Haut Béarn, a member of a territory of each phase."""
OLD, PAU = FORMER.org or "", TEAM.org or ""
GAVES: Final = "200067288"
"""CC du Béarn des Gaves, a member of both territories too."""
YOUNG: Final = Who("young", Role.TERRITORY, "000000299")
"""Intercommunality that is created by the merger."""
OLD_COMMUNE: Final = "64422"
"""Oloron-Sainte-Marie, a commune of the body that ends."""
PLACES: Final = (LACQ, "2023-ti-7510")
MERGED_ON: Final = today()
LAST_DAY: Final = MERGED_ON - timedelta(days=1)
REASON: Final = "Fusion synthétique (démonstration)"
OLD_PARTY: Final = {**CONTRACT["parties"][0], "organisation": OLD}


@pytest_asyncio.fixture
async def world(loaded: Callable[[Path], None], tmp_path: Path) -> AsyncIterator[World]:
    """The platform at work, with the bodies and committees of the territory."""
    loaded(tmp_path)
    async with at_work(tmp_path) as world:
        await world.begin()
        yield world


class Before:
    """Objects of the body that ends."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def make(self) -> None:
        """Make a mandate, a seat, sheets, contracts and a request that name the body."""
        world = self.world
        pilot = await world.appoint(organisation=OLD)
        self.pilot = f"/v1/territories/{LACQ}/pilots/{pilot}"
        self.committee = f"/v1/committees/{await world.founded()}"
        since = (await world.get(self.committee))["established_on"]
        seat = {"organisation": OLD, "capacity": "member", "since": since}
        self.seat = f"{self.committee}/seats/{(await world.post(TEAM, f'{self.committee}/seats', seat))['id']}"
        self.draft, self.sent, self.validated = [await self._sheet(name) for name in ("draft", "sent", "validated")]
        for sheet in (self.sent, self.validated):
            await world.post(FORMER, f"/v1/actions/{sheet}/submit")
        for who in (REGION, SECOND_REGION):
            await world.post(who, f"/v1/actions/{self.validated}/validate")
        await world.settled()
        self.signed = await self._contract_to_sign()
        signature = await world.signature(self.signed)
        for who in (*SIGNATORIES, FORMER):
            await world.post(who, f"/v1/contracts/{self.signed}/sign", signature)
        self.signing = await self._contract_to_sign()
        signature = await world.signature(self.signing)
        for who in SIGNATORIES:
            await world.post(who, f"/v1/contracts/{self.signing}/sign", signature)
        self.drafted = await self._contract()
        request = await world.post(FORMER, "/v1/requests", {**offers.REQUEST, "action_id": self.validated})
        self.request = f"/v1/requests/{request['id']}"
        await world.settled()
        await world.post(BANK, f"{self.request}/acknowledge")
        await world.post(BANK, f"{self.request}/accept", {"amount_cents": 5_000})
        await world.settled()

    async def _sheet(self, name: str) -> str:
        body = {**SHEET, "title": f"Fiche {name} (synthétique)", "territories": [LACQ], "carriers": [OLD, PAU]}
        return str((await self.world.post(FORMER, "/v1/actions", body))["id"])

    async def _contract(self) -> str:
        body = self.world.contract_body()
        committed = {"organisation": OLD, "kind": "human", "text": "Texte synthétique."}
        body |= {"parties": [*body["parties"], OLD_PARTY], "commitments": [*body["commitments"], committed]}
        # A sheet stands in one contract of its territory.
        plan = [{"action_id": await self.world.validated_sheet()}]
        return str((await self.world.post(FORMER, "/v1/contracts", {**body, "plan": plan}))["id"])

    async def _contract_to_sign(self) -> str:
        world = self.world
        world.under_review = contract = await self._contract()
        await world.post(FORMER, f"/v1/contracts/{contract}/submit")
        for who, region in ((REGION, "75"), (SECOND_REGION, "76")):
            await world.post(who, f"/v1/contracts/{contract}/approve", await world.approval(who, region))
        await world.post(FORMER, f"/v1/contracts/{contract}/request-signatures")
        return contract


async def counted(world: World) -> dict[str, Any]:
    """Return all that is counted today."""
    found: dict[str, Any] = {}
    for key in PLACES:
        territory = await world.get(f"/v1/territories/{key}")
        names = ("population", "commune_count", "regions", "departements", "lon", "lat", "wave")
        found[key] = {name: territory[name] for name in names}
    found["progress"] = (await world.get("/v1/progress"))["total"]
    found["territories"] = [each["key"] for each in (await world.get("/v1/territories?limit=200"))["items"]]
    for path in ("/v1/actions", "/v1/contracts", "/v1/requests"):
        found[path] = sorted(each["id"] for each in (await world.get(f"{path}?limit=200"))["items"])
    found["performance"] = (await world.get(f"/v1/operators/{callers.CAISSE}/performance"))["overall"]
    return found


@dataclass(frozen=True)
class Merger:
    """Bodies that end, and the one that goes on."""

    heir: Who
    former: tuple[str, ...]
    is_new: bool

    @property
    def successor(self) -> str:
        """SIREN of the body that goes on."""
        return self.heir.org or ""


ABSORBED: Final = Merger(TEAM, (OLD,), is_new=False)
FOUNDED: Final = Merger(YOUNG, (OLD, GAVES), is_new=True)


async def merge(world: World, before: Before, merger: Merger) -> None:
    """Do what the page of the documentation says, in its order."""
    new = merger.successor
    if merger.is_new:
        named = {"siren": new, "name": "CC du Haut Béarn et des Gaves (synthétique)", "kind": "epci", "synthetic": True}
        await world.post(NATIONAL, "/v1/organisations", {**named, "created_on": MERGED_ON.isoformat()})
    world.perimeter_day = LAST_DAY
    for key in PLACES:
        members: dict[str, Any] = {"leaves": list(merger.former), "enters": [new] if merger.is_new else []}
        members["wished_on"] = MERGED_ON.isoformat()
        body = {**await world.perimeter_body(key, **members), "on": MERGED_ON.isoformat()}
        await world.post(REGION, f"/v1/territories/{key}/perimeter", body)
    handed = {"person_id": somebody(), "organisation": new, "on": MERGED_ON.isoformat()}
    await world.post(TEAM, f"{before.pilot}/replace", handed)
    await world.post(TEAM, f"{before.seat}/end", {"on": MERGED_ON.isoformat()})
    end = {"valid_to": LAST_DAY.isoformat(), "successor": new, "reason": REASON}
    for siren in merger.former:
        await world.post(NATIONAL, f"/v1/organisations/{siren}/close", end)
    await world.settled()


def on(day: date) -> str:
    """Return the parameter of a day."""
    return f"as_of={day.isoformat()}"


async def the_successor_goes_on(world: World, before: Before, merger: Merger) -> None:
    """Check that the successor takes up the sheet, the draft of the contract, and the signature that was asked for."""
    heir = merger.heir
    await world.post(heir, f"/v1/actions/{before.draft}/submit")
    drafted = await world.get(f"/v1/contracts/{before.drafted}", heir)
    parties = {party["organisation"] for party in CONTRACT["parties"]} | {merger.successor}
    assert sorted(party["organisation"] for party in drafted["parties"]) == sorted(parties)
    assert (await world.get(f"/v1/contracts/{before.drafted}/readiness", heir))["ready"]
    concluded = await world.post(heir, f"/v1/contracts/{before.signing}/sign", SIGNATURE)
    [party] = [party for party in concluded["parties"] if party["organisation"] == OLD]
    assert (concluded["status"], party["signed_by"]) == ("signed", merger.successor)
    assert (await world.get(before.request, heir))["requester"] == OLD
    await world.post(BANK, f"{before.request}/done", {"amount_cents": 5_000})


async def the_former_body_rests(world: World, merger: Merger) -> None:
    """Check that the former body touches its own past alone, and that nothing new names it."""
    refused = await world.send(
        FORMER, "POST", "/v1/actions", {**SHEET, "territories": [LACQ], "carriers": [merger.successor]}
    )
    assert refused.status_code == 403
    named = await world.send(merger.heir, "POST", "/v1/actions", {**SHEET, "territories": [LACQ], "carriers": [OLD]})
    assert (named.status_code, named.json()["code"]) == (422, "organisation-succeeded")
    body = await world.get(f"/v1/organisations/{OLD}")
    assert (body["valid_to"], body["successor"]) == (LAST_DAY.isoformat(), merger.successor)


@pytest.mark.parametrize("merger", [ABSORBED, FOUNDED], ids=["absorbed", "founded"])
async def test_nothing_is_lost_or_counted_twice_when_two_intercommunalities_merge(world: World, merger: Merger) -> None:
    heir, new = merger.heir, merger.successor
    before = Before(world)
    await before.make()
    counts = await counted(world)
    content = (await world.send(NATIONAL, "GET", f"/v1/contracts/{before.signed}/content")).content
    signed = await world.get(f"/v1/contracts/{before.signed}")
    carried = await world.get(f"/v1/actions?carrier={OLD}&limit=200")
    past = {key: await world.get(f"/v1/territories/{key}?{on(LAST_DAY)}") for key in PLACES}
    governance = await world.get(f"/v1/territories/{LACQ}/governance?{on(LAST_DAY)}")

    await merge(world, before, merger)

    # Counts are those of before; a day before the merger answers as it did.
    assert await counted(world) == counts
    for key in PLACES:
        then = await world.get(f"/v1/territories/{key}?{on(LAST_DAY)}")
        assert [each["siren"] for each in then["members"]] == [each["siren"] for each in past[key]["members"]]
        assert OLD in [each["siren"] for each in then["members"]]
        assert {name: then[name] for name in counts[key]} == {name: past[key][name] for name in counts[key]}
        now = await world.get(f"/v1/territories/{key}")
        members = {each["siren"] for each in now["members"]}
        assert (members.isdisjoint(merger.former), new in members) == (True, True)
        assert key in [each["key"] for each in (await world.get(f"/v1/territories?member={OLD_COMMUNE}"))["items"]]
    assert await world.get(f"/v1/territories/{LACQ}/governance?{on(LAST_DAY)}") == governance
    pilots = {each["organisation"] for each in (await world.get(f"/v1/territories/{LACQ}"))["pilots"]}
    assert (OLD in pilots, new in pilots) == (False, True)

    # What was signed reads as it was signed.
    assert (await world.send(NATIONAL, "GET", f"/v1/contracts/{before.signed}/content")).content == content
    assert await world.get(f"/v1/contracts/{before.signed}") == signed

    # Submitted sheets keep their carriers, drafts name the successor once; together they are as many as before.
    carriers = {}
    for sheet in (before.draft, before.sent, before.validated):
        named = (await world.get(f"/v1/actions/{sheet}", heir))["carriers"]
        carriers[sheet] = [carrier["siren"] for carrier in named]
    named_once = list(dict.fromkeys((new, PAU)))
    assert carriers == {before.draft: named_once, before.sent: [OLD, PAU], before.validated: [OLD, PAU]}
    after = {each["id"] for each in (await world.get(f"/v1/actions?carrier={OLD}&limit=200"))["items"]}
    assert after == {each["id"] for each in carried["items"]} - {before.draft}
    history = (await world.get(f"/v1/actions/{before.draft}/history"))["items"]
    assert history[-1]["reason"] == "an organisation that it names was renamed or taken over, or is a duplicate"
    await the_successor_goes_on(world, before, merger)
    await the_former_body_rests(world, merger)
