"""The list of action sheets, along whichever tag it is read: what a caller may see and asks for, once, in its order."""

import itertools
from dataclasses import replace
from typing import Any, Final

import pytest
from sqlalchemy import select

from services.contract import queries
from services.contract.commands.plans import tag
from services.contract.models import Action, ActionTag, Partner
from services.contract.queries.visible import narrowest
from services.contract.rules import actions as rules
from shared.events.contract import ActionStatus
from shared.ids import uuid7
from shared.security.access import AccessScope, Caller, Role
from shared.security.request_state import VERIFIER
from tests.services.contract.conftest import (
    BANK,
    CALLERS,
    COMPANY,
    ELSEWHERE,
    OTHER_REGION,
    REGION,
    STATE,
    House,
)
from tests.services.contract.places import (
    ATELIERS,
    BRIVE,
    CAISSE_DES_DEPOTS,
    COEUR,
    FORGES,
    LACQ,
    NOON,
    NOUVELLE_AQUITAINE,
)
from tests.support.harness import NATIONAL, TEAM

TOKENS: Final = (NATIONAL, REGION, OTHER_REGION, STATE, TEAM, ELSEWHERE, COMPANY, BANK, "partner:")
STATES: Final[tuple[ActionStatus, ...]] = ("draft", "submitted", "validated")
FILTERS: Final[tuple[dict[str, str], ...]] = (
    {},
    {"region": "75"},
    {"region": "11"},
    {"territory": LACQ},
    {"territory": COEUR},
    {"axis": "recruter"},
    {"carrier": ATELIERS},
    {"carrier": ATELIERS, "axis": "recruter"},
    {"territory": LACQ, "carrier": FORGES},
    {"territory": COEUR, "region": "75"},
    {"region": "76", "axis": "attirer"},
    {"region": "75", "status": "validated"},
    {"phase": "2018", "axis": "recruter"},
    {"q": "pair", "region": "75"},
    {"carrier": FORGES, "region": "76", "axis": "recruter", "status": "submitted", "phase": "2018", "q": "fiche"},
)


async def sheets(house: House) -> list[Action]:
    """A hundred and eight sheets, of every mixture of territories, carriers, axes and states."""
    made = []
    mixture = itertools.product(
        ([LACQ], [COEUR], [LACQ, COEUR], [BRIVE]),
        ([ATELIERS], [FORGES, NOUVELLE_AQUITAINE], []),
        (["recruter"], ["recruter", "attirer"], []),
        STATES,
    )
    async with house.database.writing(by=Caller("tests", "tests")) as session:
        for number, (territories, carriers, axes, status) in enumerate(mixture, 1):
            known = await queries.what_is_known(session, territories=territories, organisations=carriers)
            title = "Fiche paire (synthétique)" if number % 2 else "Fiche impaire (synthétique)"
            sheet = rules.open_sheet(
                uuid7(), f"A-{number:04d}", title=title, territories=territories, known=known, at=NOON
            )
            sheet.axes, sheet.status = axes, status
            sheet.carriers = [{"siren": siren, "name": "Porteur"} for siren in carriers]
            partner = Partner(siren=CAISSE_DES_DEPOTS, name="Partenaire", role="financement")
            sheet.partners = [partner] if number % 3 else []
            session.add(sheet)
            await tag(session, sheet)
            made.append(sheet)
    return sorted(made, key=lambda sheet: (sheet.lead_territory, sheet.number))


class Narrowed:
    """The same callers, with tokens whose claims narrow them."""

    def __init__(self, *, territories: list[str] | None = None, regions: list[str] | None = None) -> None:
        self._territories = None if territories is None else frozenset(territories)
        self._regions = None if regions is None else frozenset(regions)

    async def verify(self, token: str) -> Caller:
        """Return the caller that the token spells out, narrowed."""
        return replace(await CALLERS.verify(token), territories=self._territories, regions=self._regions)


async def access_scope_of(house: House, by: str) -> AccessScope:
    """What a caller reaches."""
    caller = await VERIFIER.of(house.app).verify(by)
    async with house.database.reading() as session:
        return await queries.access_scope_of(session, caller)


def is_wanted(sheet: Action, filters: dict[str, str]) -> bool:
    """What each filter says, of one sheet."""
    has: dict[str, Any] = {
        "region": sheet.regions,
        "territory": sheet.territories,
        "axis": sheet.axes,
        "carrier": sheet.carried_by,
        "status": [sheet.status],
        "phase": [sheet.phase],
        "q": [word for word in ("fiche", "pair") if f" {word}" in sheet.search],
    }
    return all(value in has[name] for name, value in filters.items())


async def read(house: House, by: str, filters: dict[str, str]) -> list[str]:
    """The numbers of a list, page by page."""
    found: list[str] = []
    asked: dict[str, Any] = {**filters, "limit": 7}
    while True:
        page = await house.get("/v1/actions", by=by, **asked)
        found += [sheet["number"] for sheet in page["items"]]
        if page["next"] is None:
            return found
        assert len(page["items"]) == 7
        asked["cursor"] = page["next"]


@pytest.mark.parametrize("by", TOKENS)
async def test_it_holds_what_may_be_seen_and_is_wanted(house: House, by: str) -> None:
    made = await sheets(house)
    access_scope = await access_scope_of(house, by)

    for filters in FILTERS:
        expected = [
            sheet.number for sheet in made if access_scope.sees(sheet.stakeholders) and is_wanted(sheet, filters)
        ]
        assert await read(house, by, filters) == expected, filters


@pytest.mark.parametrize(
    "narrowed",
    [
        {"territories": [LACQ]},
        {"territories": [LACQ, BRIVE]},
        {"regions": ["76"]},
        {"territories": [COEUR], "regions": ["75"]},
        {"territories": []},
    ],
)
@pytest.mark.parametrize("by", [NATIONAL, REGION, TEAM, COMPANY])
async def test_a_token_that_is_narrowed_shows_less(house: House, by: str, narrowed: dict[str, list[str]]) -> None:
    made = await sheets(house)
    VERIFIER.set(house.app, Narrowed(**narrowed))
    access_scope = await access_scope_of(house, by)

    for filters in ({}, {"region": "76"}, {"territory": LACQ}, {"carrier": FORGES, "axis": "recruter"}):
        expected = [
            sheet.number for sheet in made if access_scope.sees(sheet.stakeholders) and is_wanted(sheet, filters)
        ]
        assert await read(house, by, filters) == expected, filters


async def test_each_tag_knows_the_place_of_its_sheet(house: House) -> None:
    made = {sheet.id: sheet for sheet in await sheets(house)}
    async with house.database.reading() as session:
        tags = (await session.scalars(select(ActionTag))).all()

    assert {each.object_id for each in tags} == made.keys()
    for each in tags:
        sheet = made[each.object_id]
        assert (each.lead_territory, each.number) == (sheet.lead_territory, sheet.number)


REACHED: Final = AccessScope(Role.REGION, regions=frozenset(["75"]), organisations=frozenset([NOUVELLE_AQUITAINE]))


@pytest.mark.parametrize(
    ("access_scope", "wanted", "ways"),
    [
        (AccessScope(Role.NATIONAL), {}, []),
        (AccessScope(Role.NATIONAL), {"axis": "recruter"}, [("axis", "recruter")]),
        (AccessScope(Role.NATIONAL), {"axis": "recruter", "region": "75"}, [("region", "75")]),
        (AccessScope(Role.NATIONAL), {"region": "75", "carrier": ATELIERS}, [("carrier", ATELIERS)]),
        (REACHED, {}, [("region", "75"), ("organisation", NOUVELLE_AQUITAINE)]),
        (REACHED, {"axis": "recruter"}, [("region", "75"), ("organisation", NOUVELLE_AQUITAINE)]),
        (REACHED, {"territory": LACQ}, [("territory", LACQ)]),
        (AccessScope(Role.PARTNER), {}, []),
    ],
)
def test_it_is_read_along_the_tags_that_fewest_have(
    access_scope: AccessScope, wanted: dict[Any, str | None], ways: list[tuple[str, str]]
) -> None:
    assert narrowest(access_scope, wanted) == ways
