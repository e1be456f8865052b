"""The catalogue through its API: search, facets, days, versions, and who may publish."""

from typing import Any, Final

import pytest

from tests.services.catalog.conftest import (
    Clock,
    House,
)
from tests.services.catalog.places import (
    ATELIERS,
    BANK,
    BPI,
    BPIFRANCE,
    CAISSE_DES_DEPOTS,
    COMPANY,
    EMPLOYMENT,
    NATIONAL,
    PARTNER,
    REGION,
    SERVICE,
    STRANGER,
    TEAM,
)
from tests.support.harness import ON_SQLITE

ALL: Final = 48


async def codes(house: House, **filters: Any) -> list[str]:
    """The services that a list has."""
    found = await house.get("/v1/services", by=None, limit=200, **filters)
    return [one["code"] for one in found["items"]]


async def test_everybody_reads_the_catalogue(house: House) -> None:
    assert len(await codes(house)) == ALL
    found = await house.get("/v1/services/BDT-05", by=None)
    assert (found["operator"], found["named"]) == (CAISSE_DES_DEPOTS, "Banque des Territoires")
    assert (found["kind"], found["axis"], found["openness"]) == ("investment", "attirer", None)
    assert (found["starts_on"], found["ends_on"], found["precision"]) == ("2019-01-01", None, "year")
    assert found["on_offer_today"] is True
    assert found["beneficiary_kinds"][0] == {
        "kind": "local_authority", "condition": None, "words": "Collectivités",
    }  # fmt: skip


@ON_SQLITE
@pytest.mark.parametrize(
    ("filters", "some", "count"),
    [
        ({"q": "ecole production"}, "BDT-10", 2),
        ({"q": "FRICHES amenag"}, "BDT-05", None),
        ({"q": "etat"}, "ETAT-01", None),
        ({"q": "introuvable"}, None, 0),
        ({"axis": "transition"}, "ETAT-07", 4),
        ({"kind": "training"}, "BDT-08", 6),
        ({"operator": CAISSE_DES_DEPOTS}, "BDT-15", 15),
        ({"operator": "130026032"}, "NUM-01", 4),
        ({"operator": "none"}, "TOUS-01", 6),
        ({"beneficiary": "company"}, "PE-04", None),
        ({"beneficiary": "apprentice"}, "AL-02", 1),
        ({"basket": "droit-commun"}, "AL-01", 6),
        ({"openness": "reserved"}, "BPI-02", 7),
        ({"openness": "open"}, "BPI-05", 7),
        ({"openness": "prioritised"}, "BPI-04", 4),
        ({"openness": "unknown"}, "BDT-01", 30),
        ({"withdrawn": "false"}, "BDT-01", ALL),
        ({"withdrawn": "true"}, None, 0),
        ({"axis": "recruter", "operator": BPIFRANCE, "kind": "financing"}, "BPI-02", 1),
        ({"on": "2018-06-01"}, "PE-04", None),
        ({"on": "2013-12-31"}, None, 0),
        ({"on": "2014-01-01"}, "ADEME-02", 1),
        ({"on": "2024-07-14"}, "ETAT-07", None),
    ],
)
async def test_what_is_asked_for(house: House, filters: dict[str, str], some: str | None, count: int | None) -> None:
    found = await codes(house, **filters)

    assert some is None or some in found
    assert count is None or len(found) == count
    assert count is not None or 0 < len(found) < ALL


@ON_SQLITE
async def test_pages_follow_each_other_without_a_gap(house: House) -> None:
    read: list[str] = []
    cursor: dict[str, Any] = {}
    while True:
        page = await house.get("/v1/services", by=None, limit=7, **cursor)
        read += [one["code"] for one in page["items"]]
        if not page["next"]:
            break
        cursor = {"cursor": page["next"]}

    assert len(read) == ALL
    assert read == sorted(set(read))


async def test_facets_count_what_the_list_has(house: House) -> None:
    facets = await house.get("/v1/services/facets", by=None)

    assert facets["total"] == ALL
    for name in ("axis", "kind", "openness", "basket", "operator"):
        assert sum(each["count"] for each in facets[name]) == ALL, name
        assert [each["count"] for each in facets[name]] == sorted(
            (each["count"] for each in facets[name]), reverse=True
        )
    for each in facets["axis"]:
        assert len(await codes(house, axis=each["value"])) == each["count"]
    for each in facets["openness"]:
        assert len(await codes(house, openness=each["value"] or "unknown")) == each["count"]
    labels = {each["label"] for each in facets["operator"]}
    assert {"Banque des Territoires", "État", "Tous opérateurs", "ANCT"} <= labels


async def test_a_facet_leaves_its_own_filter_out_and_keeps_the_others(house: House) -> None:
    facets = await house.get("/v1/services/facets", by=None, axis="recruter", kind="financing", on="2021-06-15")

    counts = {each["value"]: each["count"] for each in facets["axis"]}
    assert (
        facets["total"]
        == counts["recruter"]
        == len(await codes(house, axis="recruter", kind="financing", on="2021-06-15"))
    )
    assert counts["attirer"] == len(await codes(house, axis="attirer", kind="financing", on="2021-06-15"))
    kinds = {each["value"]: each["count"] for each in facets["kind"]}
    assert kinds["training"] == len(await codes(house, axis="recruter", kind="training", on="2021-06-15"))


async def test_a_new_version_is_dated_and_the_former_stays_readable(house: House, clock: Clock) -> None:
    changed = await house.patch("/v1/services/BDT-05", {"key_figures": "jusqu'à 80 %", "axis": "innover"}, by=BANK)
    clock.pass_days(30)
    again = await house.patch("/v1/services/BDT-05", {"ends_on": "2021-12-31", "reason": "Fin de l'enveloppe"}, by=BANK)

    assert (changed["service_version"], changed["version"], changed["valid_from"]) == (2, 2, "2021-06-15")
    assert (again["service_version"], again["valid_from"], again["ends_on"]) == (3, "2021-07-15", "2021-12-31")
    versions = (await house.get("/v1/services/BDT-05/versions", by=None))["items"]
    assert [(one["valid_from"], one["valid_until"], one["axis"]) for one in versions] == [
        ("2019-01-01", "2021-06-14", "attirer"),
        ("2021-06-15", "2021-07-14", "innover"),
        ("2021-07-15", None, "innover"),
    ]
    assert (await house.get("/v1/services/BDT-05/versions/2", by=None))["ends_on"] is None
    # What was on offer then, in the words of then.
    assert (await house.get("/v1/services/BDT-05", by=None, on="2020-06-15"))["axis"] == "attirer"
    assert (await house.get("/v1/services/BDT-05", by=None, on="2021-07-01"))["key_figures"] == "jusqu'à 80 %"
    assert "BDT-05" in await codes(house, on="2021-06-14", axis="attirer")
    assert "BDT-05" not in await codes(house, on="2021-06-15", axis="attirer")
    assert "BDT-05" not in await codes(house, on="2022-01-01")
    lines = (await house.get("/v1/services/BDT-05/history", by=None))["items"]
    assert [line for line in lines if "search" in line["changed"]] == []
    assert [line["reason"] for line in lines] == ["reference data", None, "Fin de l'enveloppe"]
    assert lines[1]["changed"]["axis"] == {"before": "attirer", "after": "innover"}
    assert await house.facts("service/BDT-05") == ["ServicePublished"] * 2
    assert [each["service_version"] for each in await house.published("service/BDT-05")] == [2, 3]


async def test_two_versions_of_one_day_leave_the_last_to_speak(house: House) -> None:
    for figures in ("10 %", "20 %"):
        await house.patch("/v1/services/BDT-05", {"key_figures": figures}, by=BANK)

    assert (await house.get("/v1/services/BDT-05", by=None, on="2021-06-15"))["key_figures"] == "20 %"
    assert (await house.get("/v1/services/BDT-05", by=None, on="2021-06-14"))["service_version"] == 1
    assert [code for code in await codes(house, on="2021-06-15") if code == "BDT-05"] == ["BDT-05"]


async def test_a_change_that_says_nothing_new_is_no_version(house: House) -> None:
    before = await house.get("/v1/services/BDT-05", by=None)

    after = await house.patch("/v1/services/BDT-05", {"name": before["name"]}, by=BANK)

    assert after == before
    assert await house.facts() == []


async def test_an_operator_publishes_under_its_next_number(house: House) -> None:
    found = await house.post("/v1/services", SERVICE, by=BANK, expect=201)
    again = await house.post("/v1/services", {**SERVICE, "name": "Un autre"}, by=BANK, expect=201)
    by_employment = await house.post("/v1/services", SERVICE, by=EMPLOYMENT, expect=201)

    assert (found["code"], again["code"], by_employment["code"]) == ("BDT-16", "BDT-17", "PE-06")
    assert (found["operator"], found["named"], found["basket"]) == (
        CAISSE_DES_DEPOTS,
        "Banque des Territoires",
        "ajout",
    )
    assert (found["precision"], found["openness"], found["service_version"]) == ("day", None, 1)
    [event] = await house.published("service/BDT-16")
    assert (event["fact"], event["organisations"], event["service_version"]) == (
        "ServicePublished",
        [CAISSE_DES_DEPOTS],
        1,
    )
    assert "BDT-16" in await codes(house, q="decarbonation", beneficiary="intercommunality")
    assert "BDT-16" not in await codes(house, on="2021-05-31")


async def test_a_service_that_begins_later_is_not_on_offer_yet(house: House) -> None:
    found = await house.post("/v1/services", {**SERVICE, "starts_on": "2021-09-01"}, by=BANK, expect=201)

    assert found["on_offer_today"] is False
    assert found["valid_from"] == "2021-06-15"
    assert found["code"] in await codes(house, on="2021-09-01")
    assert found["code"] not in await codes(house, on="2021-06-15")


async def test_a_withdrawn_service_is_no_longer_on_offer_but_was(house: House) -> None:
    found = await house.post("/v1/services/BDT-05/withdraw", {"reason": "Enveloppe épuisée"}, by=BANK)

    assert (found["withdrawn_on"], found["on_offer_today"]) == ("2021-06-15", False)
    assert (found["service_version"], found["version"]) == (1, 2)
    assert "BDT-05" in await codes(house, on="2021-06-14")
    assert "BDT-05" not in await codes(house, on="2021-06-15")
    assert await codes(house, withdrawn="true") == ["BDT-05"]
    assert len(await codes(house, withdrawn="false")) == ALL - 1
    assert (await house.published("service/BDT-05"))[0]["fact"] == "ServiceWithdrawn"
    again = await house.post("/v1/services/BDT-05/withdraw", {}, by=BANK, expect=409)
    assert again["code"] == "service-already-withdrawn"
    refused = await house.patch("/v1/services/BDT-05", {"name": "Autre"}, by=BANK, expect=409)
    assert refused["code"] == "service-already-withdrawn"


@ON_SQLITE
@pytest.mark.parametrize("by", [BPI, TEAM, REGION, NATIONAL, COMPANY, PARTNER, None])
async def test_a_service_of_another_is_left_alone(house: House, by: str | None) -> None:
    expected = 401 if by is None else 403
    for method, path, body in (
        ("POST", "/v1/services/BDT-05/withdraw", {}),
        ("PATCH", "/v1/services/BDT-05", {"name": "Autre"}),
    ):
        answer = await house.send(method, path, by, json=body, headers={"If-Match": '"1"'})
        assert answer.status_code == expected, (method, answer.text)
    assert await house.facts() == []


async def test_an_operator_that_the_catalogue_does_not_know_publishes_nothing(house: House) -> None:
    # CCI France is in the register, and no operator of the catalogue.
    answer = await house.post("/v1/services", SERVICE, by="operator:187500020", expect=409)
    of_a_company = await house.post("/v1/services", SERVICE, by=f"operator:{ATELIERS}", expect=409)

    assert answer["code"] == of_a_company["code"] == "operator-not-known"
    assert (await house.post("/v1/services", SERVICE, by=STRANGER, expect=201))["code"] == "BF-05"


async def test_a_service_of_nobody_is_changed_by_nobody(house: House) -> None:
    answer = await house.send(
        "PATCH", "/v1/services/ETAT-01", BANK, json={"name": "Autre"}, headers={"If-Match": '"1"'}
    )

    assert answer.status_code == 403


async def test_a_change_is_based_on_what_was_read(house: House) -> None:
    without = await house.send("PATCH", "/v1/services/BDT-05", BANK, json={"name": "Autre"})
    stale = await house.patch("/v1/services/BDT-05", {"name": "Autre"}, by=BANK, version=9, expect=412)

    assert without.status_code == 428
    assert stale["code"] == "version-stale"
    read = await house.send("GET", "/v1/services/BDT-05", None)
    assert read.headers["etag"] == '"1"'
    again = await house.send("GET", "/v1/services/BDT-05", None, headers={"If-None-Match": '"1"'})
    assert again.status_code == 200, "whether it is on offer turns with the calendar"


async def test_the_changes_of_the_catalogue_are_read_on_from_a_cursor(house: House) -> None:
    start = await house.get("/v1/services/changes", by=None, limit=200)
    assert len(start["items"]) == ALL
    await house.patch("/v1/services/BDT-05", {"name": "Friches"}, by=BANK)
    await house.post("/v1/services/BDT-13/withdraw", {}, by=BANK)
    await house.numbered()

    more = await house.get("/v1/services/changes", by=None, limit=200, after=start["next"])

    assert [(one["id"], one["version"], one["object"]["name"][:7]) for one in more["items"]] == [
        ("BDT-05", 2, "Friches"),
        ("BDT-13", 2, "Investi"),
    ]


@ON_SQLITE
@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/v1/services/BDT-99", 404, "not-found"),
        ("/v1/services/BDT-05?on=2013-01-01", 404, "version-not-found"),
        ("/v1/services/BDT-05/versions/2", 404, "version-not-found"),
        ("/v1/services/BDT-99/versions", 404, "not-found"),
        ("/v1/services/BDT-99/history", 404, "not-found"),
        ("/v1/services/bdt-05", 422, None),
        ("/v1/services?axis=manger", 422, None),
        ("/v1/services?operator=180020027", 422, None),
        ("/v1/services?on=demain", 422, None),
        ("/v1/services?on=1551744000", 422, None),
        ("/v1/services?colour=blue", 422, "unknown-parameter"),
        ("/v1/services?cursor=abc", 400, "cursor-not-valid"),
        ("/v1/services/facets?q=%00", 422, "unprocessable"),
    ],
)
async def test_what_is_not_there_or_not_understood(house: House, path: str, status: int, code: str | None) -> None:
    answer = await house.send("GET", path, None)

    assert answer.status_code == status, answer.text
    assert code is None or answer.json()["code"] == code


@ON_SQLITE
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", " "),
        ("name", "x" * 301),
        ("name", None),
        ("axis", "installer"),
        ("kind", "ingénierie"),
        ("starts_on", "2021-02-30"),
        ("starts_on", 1551744000),
        ("starts_on", "0001-01-01"),
        ("starts_on", "1999-12-31"),
        ("ends_on", "2021-05-31"),
        ("ends_on", "9999-12-31"),
        ("openness", "perhaps"),
        ("basket", "panier"),
        ("beneficiary_kinds", [{"kind": "elephant"}]),
        ("phases", [{"phase": "2030"}]),
        ("threshold", {"least_cents": 20, "surely_cents": 10}),
        ("threshold", {"least_cents": -1, "surely_cents": 10}),
        ("threshold", {"least_cents": 1.5, "surely_cents": 10}),
        ("code", "BDT-01"),
        ("operator", CAISSE_DES_DEPOTS),
    ],
)
async def test_a_service_that_is_not_well_described_is_refused(house: House, field: str, value: Any) -> None:
    answer = await house.post("/v1/services", {**SERVICE, field: value}, by=BANK, expect=422)

    assert field in str(answer["errors"]) or "least_cents" in str(answer["errors"])


async def test_an_offer_begins_and_ends_on_plausible_days(house: House) -> None:
    found = await house.post("/v1/services", {**SERVICE, "ends_on": "2100-12-31"}, by=BANK, expect=201)

    problem = await house.patch(f"/v1/services/{found['code']}", {"starts_on": "0001-01-01"}, by=BANK, expect=422)

    assert problem["code"] == "day-not-plausible"
    assert problem["detail"] == "`starts_on` is 0001-01-01: give a day from 2000-01-01 to 2100-12-31."


async def test_the_same_publication_sent_twice_is_one(house: House) -> None:
    headers = {"Idempotency-Key": "publier-1"}
    first = await house.send("POST", "/v1/services", BANK, json=SERVICE, headers=headers)
    second = await house.send("POST", "/v1/services", BANK, json=SERVICE, headers=headers)

    assert first.json() == second.json()
    assert second.headers["idempotent-replayed"] == "true"
    assert await house.facts() == ["ServicePublished"]
