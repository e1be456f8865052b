"""Many writers at once, on PostgreSQL."""

import asyncio

from tests.services.catalog.conftest import (
    House,
)
from tests.services.catalog.places import BANK, COEUR, ELSEWHERE, LACQ, REQUEST, SERVICE, TEAM
from tests.services.catalog.test_requests_api import BODIES, requested
from tests.support.harness import ON_POSTGRESQL

WRITERS = 30


@ON_POSTGRESQL
async def test_thirty_who_request_at_once_get_numbers_without_a_gap(house: House) -> None:
    teams = ((TEAM, LACQ), (ELSEWHERE, COEUR))
    answers = await asyncio.gather(
        *(
            house.send("POST", "/v1/requests", by, json={**REQUEST, "service": service, "territory": territory})
            for number in range(WRITERS)
            for by, territory in [teams[number % 2]]
            for service in [("BDT-05", "BDT-13", "BPI-01")[number % 3]]
        )
    )

    assert {answer.status_code for answer in answers} == {201}
    references = sorted(answer.json()["reference"] for answer in answers)
    assert references == [
        *(f"BDT-2021-{number:05d}" for number in range(1, 21)),
        *(f"BPI-2021-{number:05d}" for number in range(1, 11)),
    ]


@ON_POSTGRESQL
async def test_a_refused_writer_among_many_leaves_no_gap(house: House) -> None:
    await asyncio.gather(
        *(
            house.send("POST", "/v1/requests", json={**REQUEST, "territory": (LACQ, COEUR)[number % 2]})
            for number in range(WRITERS)
        )
    )

    found = await house.get("/v1/requests", limit=200)
    assert [one["reference"] for one in found["items"]] == [f"BDT-2021-{number:05d}" for number in range(1, 16)]


@ON_POSTGRESQL
async def test_once_a_service_is_withdrawn_nothing_is_requested_of_it(house: House) -> None:
    """A request made during the withdrawal counts as made before it."""
    requests = [house.send("POST", "/v1/requests", json=REQUEST) for _ in range(WRITERS)]
    going = house.send("POST", f"/v1/services/{REQUEST['service']}/withdraw", BANK, json={})
    answers = await asyncio.gather(*requests[:10], going, *requests[10:])

    assert {answer.status_code for answer in answers} <= {200, 201, 409}
    facts = await house.facts()
    assert facts.index("ServiceWithdrawn") == facts.count("ServiceRequested")


@ON_POSTGRESQL
async def test_of_many_answers_at_once_one_is_given(house: House) -> None:
    found = await requested(house, "acknowledged")

    answers = await asyncio.gather(
        *(
            house.send("POST", f"/v1/requests/{found['id']}/{name}", BANK, json=BODIES[name])
            for name in ("accept", "decline", "redirect")
            for _ in range(10)
        )
    )

    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 29
    assert (await house.get(f"/v1/requests/{found['id']}"))["version"] == 3


@ON_POSTGRESQL
async def test_the_same_request_sent_many_times_at_once_is_one(house: House) -> None:
    answers = await asyncio.gather(
        *(
            house.send("POST", "/v1/requests", json=REQUEST, headers={"Idempotency-Key": "une-fois"})
            for _ in range(WRITERS)
        )
    )

    assert {answer.status_code for answer in answers} <= {201, 409}
    assert await house.facts() == ["ServiceRequested"]


@ON_POSTGRESQL
async def test_services_that_are_published_at_once_have_codes_of_their_own(house: House) -> None:
    answers = await asyncio.gather(*(house.send("POST", "/v1/services", BANK, json=SERVICE) for _ in range(WRITERS)))

    assert {answer.status_code for answer in answers} == {201}
    assert sorted(answer.json()["code"] for answer in answers) == [f"BDT-{number}" for number in range(16, 46)]
