"""Overlaps of a contract: what other schemes cover of its territory, and sheets that stand in two places."""

from collections import defaultdict
from typing import Any, Final
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contract.queries.schemes import communes_in
from services.contract.rules.overlaps import PublishedCommune, ReadableSheet, covered_parts, shared_sheets
from services.territory.reference import SHIPPED
from shared.events.territory import MemberState
from tests.services.contract.conftest import COMPANY, ELSEWHERE, INVEST, REGION, STATE, House, member, perimeter
from tests.services.contract.places import LACQ_ORTHEZ, PAU, TARBES, make_action, make_contract
from tests.services.contract.stories import (
    CONTRACT,
    drafted_contract,
    signed_contract,
    signed_draft,
    validated_action,
)
from tests.services.contract.test_amendments_api import amended
from tests.services.contract.test_ends_api import LATER
from tests.services.contract.test_succession import HEIR, HEIR_NAME, heir, taken_over
from tests.support.harness import NATIONAL, TEAM

LONGEST: Final = max(
    ((row["scheme_code"], row["code"]) for row in SHIPPED.scheme_perimeters()), key=lambda key: len(key[1])
)
"""Scheme and code of the perimeter with the longest code."""
LINK: Final = {"kind": "CTE", "name": "Contrat de transition écologique (synthétique)"}


async def overlaps(house: House, contract: dict[str, Any], by: str | None = TEAM, **more: Any) -> dict[str, Any]:
    """The overlaps of a contract."""
    return await house.get(f"/v1/contracts/{contract['id']}/overlaps", by, **more)


async def linked(house: House, contract: dict[str, Any], *links: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A draft with links."""
    return await house.patch(f"/v1/contracts/{contract['id']}", {"links": [LINK | link for link in links]}, **more)


Counts = tuple[int, int]


def covered(sirens: set[str]) -> tuple[Counts, dict[tuple[str, str], Counts]]:
    """Communes and population of bodies and of each part, straight from the reference data: each commune once."""
    sums: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for commune in SHIPPED.communes():
        if sirens & {commune["siren"], commune["epci_siren"], commune["ept_siren"]}:
            for reference in commune["perimeters"]:
                scheme, _, code = reference.partition("/")
                for key in ((scheme, ""), (scheme, code)):
                    sums[key][commune["code"]] = commune["population"]
            sums["", ""][commune["code"]] = commune["population"]
    found = {key: (len(each), sum(each.values())) for key, each in sums.items()}
    return found.pop(("", "")), found


def parts_of(found: dict[str, Any]) -> dict[tuple[str, str], Counts]:
    """Communes and population of each part of an answer."""
    return {
        (part["scheme"], part["perimeter"] or ""): (part["commune_count"], part["population"])
        for part in [*found["schemes"], *found["perimeters"]]
    }


async def test_what_other_schemes_cover_of_the_members_of_today(house: House) -> None:
    contract = await drafted_contract(house)

    found = await overlaps(house, contract)

    whole, parts = covered({PAU, TARBES, LACQ_ORTHEZ})
    assert (found["commune_count"], found["population"]) == whole
    assert parts_of(found) == parts
    for part in found["schemes"]:
        assert part["commune_share"] == round(part["commune_count"] / found["commune_count"], 6)
        assert part["population_share"] == round(part["population"] / found["population"], 6)
    assert [part["population"] for part in found["schemes"]] == sorted(
        (part["population"] for part in found["schemes"]), reverse=True
    )
    assert not any(part["is_linked"] for part in [*found["schemes"], *found["perimeters"]])


async def test_a_link_names_a_scheme_a_perimeter_and_what_it_covers(house: House) -> None:
    contract = await drafted_contract(house)
    perimeters = (await overlaps(house, contract))["perimeters"]
    [acv] = [each for each in perimeters if (each["scheme"], each["name"]) == ("acv", "Pau")]
    link = {"kind": "ACV", "scheme": "acv", "perimeter": acv["perimeter"], "covers": "Le foncier (synthétique)."}

    changed = await linked(house, contract, link)
    found = await overlaps(house, contract)

    assert changed["links"] == [{**LINK, **link, "actions": []}]
    assert [each["scheme"] for each in found["schemes"] if each["is_linked"]] == ["acv"]
    assert [each["perimeter"] for each in found["perimeters"] if each["is_linked"]] == [acv["perimeter"]]


async def test_every_perimeter_can_be_named(house: House) -> None:
    contract = await drafted_contract(house)
    scheme, perimeter = LONGEST

    changed = await linked(house, contract, {"kind": "other", "scheme": scheme, "perimeter": perimeter})

    assert changed["links"][0]["perimeter"] == perimeter


async def test_a_link_without_a_scheme_of_the_registry_stays_possible(house: House) -> None:
    contract = await drafted_contract(house)

    changed = await linked(house, contract, {"kind": "CPER"})

    assert changed["links"] == [
        {**LINK, "kind": "CPER", "scheme": None, "perimeter": None, "actions": [], "covers": None}
    ]


@pytest.mark.parametrize(
    ("link", "pointer"),
    [
        ({"scheme": "unknown"}, "/links/1/scheme"),
        ({"scheme": "acv", "perimeter": "unknown"}, "/links/1/perimeter"),
        ({"scheme": "acv", "perimeter": LONGEST[1]}, "/links/1/perimeter"),
        ({"scheme": "acv", "perimeter": "CTE101"}, "/links/1/perimeter"),
        ({"perimeter": "CTE101"}, "/links/1/perimeter"),
    ],
)
async def test_what_the_registry_does_not_know_is_refused(house: House, link: dict[str, str], pointer: str) -> None:
    contract = await drafted_contract(house)

    refused = await linked(house, contract, {"kind": "ACV", "scheme": "acv"}, link, expect=422)

    assert refused["code"] == "scheme-not-known"
    assert [error["pointer"] for error in refused["errors"]] == [pointer]
    assert (await house.get(f"/v1/contracts/{contract['id']}"))["links"] == []


async def test_a_sheet_of_a_link_is_one_of_the_plan(house: House) -> None:
    contract = await drafted_contract(house)
    other = await validated_action(house, title="Autre fiche (synthétique)")

    await linked(house, contract, {"actions": [other["id"]]})
    blockers = (await house.get(f"/v1/contracts/{contract['id']}/readiness"))["blocking"]

    assert [(each["code"], each["pointer"]) for each in blockers] == [("action-not-in-plan", "/links/0/actions/0")]


async def test_a_sheet_that_a_link_names_is_counted_twice(house: House) -> None:
    contract = await drafted_contract(house)
    [sheet] = [entry["action_id"] for entry in contract["plan"]]

    await linked(house, contract, {"kind": "CRTE", "scheme": "crte", "actions": [sheet]})
    found = await overlaps(house, contract)

    place = {
        "kind": "CRTE", "name": LINK["name"], "scheme": "crte", "perimeter": None, "contract_id": None,
        "reason": f"A link says that {LINK['name']} has this sheet too: a report on it and one on this contract count "
        "its cost.",
    }  # fmt: skip
    assert [(each["action_id"], each["cost_cents"], each["places"]) for each in found["sheets"]] == [
        (sheet, 125_000_000, [place])
    ]
    assert found["counted_twice_cents"] == 125_000_000


async def test_a_sheet_in_two_contracts_is_counted_twice_until_one_is_cancelled(house: House) -> None:
    contract = await drafted_contract(house)
    plan = [{"action_id": contract["plan"][0]["action_id"]}]
    body = {**CONTRACT, "title": "Autre (synthétique)", "plan": plan, "complements": contract["id"]}
    other = await house.post("/v1/contracts", body, expect=201)

    twice = await overlaps(house, contract)
    refused = [{**plan[0], "state": "refused", "reason": "Motif synthétique."}]
    await house.patch(f"/v1/contracts/{other['id']}", {"plan": refused})
    without = await overlaps(house, contract)
    await house.patch(f"/v1/contracts/{other['id']}", {"plan": plan})
    assert await overlaps(house, contract) == twice
    await house.post(f"/v1/contracts/{other['id']}/cancel", {"reason": "Motif synthétique."})
    once = await overlaps(house, contract)

    assert [(place["contract_id"], place["reason"]) for place in twice["sheets"][0]["places"]] == [
        (other["id"], "The plan of contract C-0002 has this sheet too: a report on each counts its cost.")
    ]
    assert twice["counted_twice_cents"] == 125_000_000
    assert (without["sheets"], without["counted_twice_cents"]) == ([], 0)
    assert (once["sheets"], once["counted_twice_cents"]) == ([], 0)


async def test_a_confidential_cost_is_for_those_who_read_the_whole_sheet(house: House) -> None:
    sheet = await validated_action(house, confidential=["cost_cents"])
    body = {**CONTRACT, "plan": [{"action_id": sheet["id"]}], "links": [{**LINK, "actions": [sheet["id"]]}]}
    parties = [*CONTRACT["parties"], {
        "organisation": INVEST.partition(":")[2], "block": "public", "kind": "operator", "role": "partner",
        "capacity": "Direction (synthétique)", "required": False,
    }]  # fmt: skip
    contract = await house.post("/v1/contracts", {**body, "parties": parties}, expect=201)

    whole, less = await overlaps(house, contract), await overlaps(house, contract, INVEST)

    assert [each["cost_cents"] for each in whole["sheets"]] == [125_000_000]
    assert [each["cost_cents"] for each in less["sheets"]] == [None]
    assert (whole["counted_twice_cents"], less["counted_twice_cents"]) == (125_000_000, 0)


async def test_those_who_read_a_contract_read_its_overlaps(house: House) -> None:
    draft = await drafted_contract(house)
    for by in (TEAM, REGION, STATE, COMPANY, NATIONAL):
        assert (await overlaps(house, draft, by))["contract_id"] == draft["id"]
    await overlaps(house, draft, ELSEWHERE, expect=404)
    await overlaps(house, draft, None, expect=404)

    await signed_draft(house, draft["id"])
    for reader in (TEAM, ELSEWHERE, None):
        assert (await overlaps(house, draft, reader))["contract_id"] == draft["id"]
    await house.get(f"/v1/contracts/{UUID(int=7)}/overlaps", TEAM, expect=404)


async def test_a_stranger_reads_of_the_sheets_what_was_signed(house: House) -> None:
    sheets = [await validated_action(house), await validated_action(house, confidential=["cost_cents"])]
    ids = [sheet["id"] for sheet in sheets]
    plan = [{"action_id": each, "state": "retained"} for each in ids]
    contract = await signed_contract(house, plan=plan, links=[{**LINK, "actions": ids}])
    draft = {**CONTRACT, "title": "Autre (synthétique)", "plan": plan, "complements": contract["id"]}
    other = await house.post("/v1/contracts", draft, expect=201)

    own, public = await overlaps(house, contract), await overlaps(house, contract, None)

    assert [each["cost_cents"] for each in own["sheets"]] == [125_000_000, 125_000_000]
    assert [each["cost_cents"] for each in public["sheets"]] == [125_000_000, None]
    assert [each["title"] for each in public["sheets"]] == [sheet["title"] for sheet in sheets]
    assert [[place["contract_id"] for place in each["places"]] for each in own["sheets"]] == [[None, other["id"]]] * 2
    assert [[place["contract_id"] for place in each["places"]] for each in public["sheets"]] == [[None]] * 2


async def test_the_text_in_force_counts_and_not_each_of_its_amendments(house: House) -> None:
    contract = await signed_contract(house, **LATER)
    sheet = contract["plan"][0]["action_id"]
    before = await overlaps(house, contract)

    amendment = await amended(house, contract, links=[{**LINK, "scheme": "cte", "actions": [sheet]}])
    after = await overlaps(house, contract)

    assert before["sheets"] == []
    assert [len(each["places"]) for each in after["sheets"]] == [1]
    assert [each["scheme"] for each in after["schemes"] if each["is_linked"]] == ["cte"]
    assert {**await overlaps(house, amendment), "contract_id": contract["id"]} == after


@pytest.mark.parametrize(
    ("changed", "places"),
    [
        ({}, 1),
        ({"status": "signed"}, 1),
        ({"kind": "protocol", "status": "signed"}, 1),
        ({"status": "ended"}, 0),
        ({"status": "cancelled"}, 0),
        ({"replaces": UUID(int=1)}, 0),
        ({"kind": "amendment", "amends": UUID(int=1)}, 0),
        ({"kind": "amendment", "amends": UUID(int=2)}, 0),
    ],
)
def test_a_document_that_is_in_force_or_to_come_is_another_place(changed: dict[str, Any], places: int) -> None:
    sheet = make_action()
    text, other = (make_contract(action=sheet) for _ in range(2))
    text.id, other.id = UUID(int=1), UUID(int=3)
    for name, value in changed.items():
        setattr(other, name, value)

    found = list(shared_sheets(text, [ReadableSheet(sheet.id, sheet.title, None)], [text, other]))

    assert [len(each.places) for each in found] == [places] * bool(places)


def test_a_sheet_that_an_amendment_took_out_or_will_take_in_is_where_its_text_says() -> None:
    sheet = make_action()
    text, other, first, second = (make_contract(action=sheet) for _ in range(4))
    for number, each in enumerate((text, other, first, second), 1):
        each.id = UUID(int=number)
    for number, each in enumerate((first, second), 1):
        each.kind, each.amends, each.amendment_number = "amendment", other.id, number
    documents = [text, other, first, second]
    other.status = first.status = "signed"
    first.plan, second.plan = [], []

    def places() -> list[UUID | None]:
        sheets = shared_sheets(text, [ReadableSheet(sheet.id, sheet.title, None)], documents)
        return [place.contract_id for each in sheets for place in each.places]

    assert places() == []
    second.plan = text.plan
    assert places() == [other.id]
    second.status = "cancelled"
    assert places() == []


HAUT_BEARN: Final = "200067262"
"""An intercommunality beside the territory."""


async def test_the_communes_of_members_that_enter_and_of_bodies_that_they_took_over_count(house: House) -> None:
    contract = await drafted_contract(house)
    commune = next(each for each in SHIPPED.communes() if each["epci_siren"] == HAUT_BEARN)
    own = MemberState(siren=commune["siren"], kind="commune", name=commune["name"], entered_on=None, left_on=None)

    await house.publish(perimeter([member(PAU), member(TARBES), own], ["75", "76"]))
    entered = await overlaps(house, contract)
    await house.publish(heir(), taken_over(TARBES), perimeter([member(PAU), heir_as_member(), own], ["75", "76"]))
    taken = await overlaps(house, contract)

    whole, parts = covered({PAU, TARBES, commune["siren"]})
    assert (entered["commune_count"], entered["population"]) == whole
    assert parts_of(entered) == parts_of(taken) == parts
    assert (taken["commune_count"], taken["population"]) == whole


def heir_as_member() -> MemberState:
    """The successor of a former member."""
    return MemberState(siren=HEIR, kind="epci", name=HEIR_NAME, entered_on=None, left_on=None)


def test_a_commune_counts_once_for_all_its_members() -> None:
    commune = next(each for each in SHIPPED.communes() if each["epci_siren"] == PAU)

    assert len(list(communes_in({PAU, commune["siren"]}))) == len(list(communes_in({PAU})))


PERIMETERS: Final = st.lists(st.sampled_from(["a/x", "a/y", "b/x", "b/a/x"]), unique=True)
COMMUNES: Final = st.builds(PublishedCommune, st.integers(0, 10**6), PERIMETERS)


@given(st.lists(COMMUNES))
def test_parts_are_the_sums_over_the_communes(communes: list[PublishedCommune]) -> None:
    count, population, parts = covered_parts(communes, {}, [])

    assert (count, population) == (len(communes), sum(each.population for each in communes))
    for part in parts:
        beginning = f"{part.scheme}/{part.perimeter or ''}"
        inside = [
            each
            for each in communes
            if any(one == beginning or (not part.perimeter and one.startswith(beginning)) for one in each.perimeters)
        ]
        assert (part.commune_count, part.population) == (len(inside), sum(each.population for each in inside))
        assert (part.population_share is None) == (population == 0)
