"""The list of action sheets, along whichever tag it is read: what a caller may see and asks for, once, in its order."""

import itertools
from collections.abc import AsyncIterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Final

import pytest
import pytest_asyncio
from sqlalchemy import select

from services.contract import queries
from services.contract.commands.plans import tag
from services.contract.models import Action, ActionTag, Partner
from services.contract.rules import actions as rules
from shared.events.contract import ActionStatus
from shared.ids import uuid7
from shared.security.access import AccessScope, Caller
from shared.security.request_state import VERIFIER
from shared.storage.search import Sought
from tests.services.contract.conftest import (
    BANK,
    COMPANY,
    ELSEWHERE,
    INVEST,
    OTHER_REGION,
    PILOT,
    REGION,
    STATE,
    House,
    at_work,
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
from tests.support.harness import NATIONAL, TEAM, Prepared

TOKENS: Final = (NATIONAL, REGION, OTHER_REGION, STATE, TEAM, ELSEWHERE, COMPANY, BANK, PILOT, INVEST, "partner:")
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
SEARCHES: Final = (
    "fiche",
    "pair",
    "fiche paire synthétique",
    "tardive",
    "fiche tardive impaire",
    "fiche paire synthétique tardive",
    "A-0107",
    "a 01",
    "paire impaire",
    "hydrogène",
)
LAST: Final = max(LACQ, COEUR, BRIVE)
"""Territory at the end of the list."""


@dataclass(frozen=True)
class Listed:
    """A house at work, and its sheets in the order of the list."""

    house: House
    made: list[Action]


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
            if territories == [LAST] and number % 3:
                title += " tardive"
            sheet = rules.open_sheet(
                uuid7(), f"A-{number:04d}", title=title, territories=territories, known=known, at=NOON
            )
            sheet.axes, sheet.status = axes, status
            sheet.submitted_at = None if status == "draft" else NOON
            sheet.carriers = [{"siren": siren, "name": "Porteur"} for siren in carriers]
            partner = Partner(siren=CAISSE_DES_DEPOTS, name="Partenaire", role="financement")
            sheet.partners = [partner] if number % 3 else []
            session.add(sheet)
            await tag(session, sheet)
            made.append(sheet)
    return sorted(made, key=lambda sheet: (sheet.lead_territory, sheet.number))


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["sqlite", "postgresql"])
async def listed(
    request: pytest.FixtureRequest, prepared: Prepared, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Listed]:
    """One house for all tests, which only read it; its callers are restored by those who change them."""
    folder = tmp_path_factory.mktemp("lists")
    with ExitStack() as stack:
        if request.param == "sqlite":
            settings = prepared.on_sqlite(folder)
        else:
            settings = stack.enter_context(prepared.on_postgresql(request.getfixturevalue("postgres"), folder))
        async with at_work(settings) as house:
            yield Listed(house, await sheets(house))


async def access_scope_of(house: House, by: str) -> AccessScope:
    """Return the access scope of a caller."""
    caller = await VERIFIER.of(house.app).verify(by)
    async with house.database.reading() as session:
        return await queries.access_scope_of(session, caller)


def is_wanted(sheet: Action, filters: dict[str, str]) -> bool:
    """Return True if a sheet matches every filter."""
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


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("by", TOKENS)
async def test_it_holds_what_may_be_seen_and_is_wanted(listed: Listed, by: str) -> None:
    house, made = listed.house, listed.made
    access_scope = await access_scope_of(house, by)

    for filters in FILTERS:
        expected = [
            sheet.number for sheet in made if access_scope.sees(sheet.stakeholders) and is_wanted(sheet, filters)
        ]
        assert await read(house, by, filters) == expected, filters


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("read_in_order", [1, 12, 1_000])
async def test_a_search_finds_the_same_however_many_sheets_it_reads_in_order(
    listed: Listed, read_in_order: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, made = listed.house, listed.made
    monkeypatch.setattr(queries.actions, "READ_IN_ORDER", read_in_order)

    for by, q in itertools.product((TEAM, REGION, INVEST, f"{COMPANY};regions=76"), SEARCHES):
        access_scope, sought = await access_scope_of(house, by), Sought.of(q)
        assert sought is not None
        for filters in ({}, {"region": "75", "status": "validated"}):
            found = [
                sheet
                for sheet in made
                if access_scope.sees(sheet.stakeholders) and is_wanted(sheet, filters) and sought.fits(sheet.search)
            ]
            # A stable order: those of which the query is a whole name come first.
            found.sort(key=lambda sheet: not sought.is_whole(sheet.search))
            assert await read(house, by, {**filters, "q": q}) == [sheet.number for sheet in found], (by, q, filters)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    "claims",
    [
        f"territories={LACQ}",
        f"territories={LACQ},{BRIVE}",
        "regions=76",
        f"territories={COEUR};regions=75",
        "territories=",
    ],
)
@pytest.mark.parametrize("by", [NATIONAL, REGION, TEAM, COMPANY, PILOT, INVEST])
async def test_a_token_that_is_narrowed_shows_less(listed: Listed, by: str, claims: str) -> None:
    house, made, by = listed.house, listed.made, f"{by};{claims}"
    access_scope = await access_scope_of(house, by)

    for filters in ({}, {"region": "76"}, {"territory": LACQ}, {"carrier": FORGES, "axis": "recruter"}):
        expected = [
            sheet.number for sheet in made if access_scope.sees(sheet.stakeholders) and is_wanted(sheet, filters)
        ]
        assert await read(house, by, filters) == expected, filters


@pytest.mark.asyncio(loop_scope="module")
async def test_each_tag_knows_the_place_of_its_sheet(listed: Listed) -> None:
    made = {sheet.id: sheet for sheet in listed.made}
    async with listed.house.database.reading() as session:
        tags = (await session.scalars(select(ActionTag))).all()

    assert {each.object_id for each in tags} == made.keys()
    for each in tags:
        sheet = made[each.object_id]
        assert (each.lead_territory, each.number) == (sheet.lead_territory, sheet.number)
