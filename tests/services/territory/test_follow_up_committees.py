"""The project committee becomes the follow-up committee at the first signature of a contract of its territory."""

import json
from datetime import date
from typing import Any
from uuid import uuid4

from services.territory.consumers import follow_signature
from shared.events import SAMPLES
from shared.events.contract import ContractSigned
from shared.storage.database import Database
from tests.services.territory.api import TEAM, Api
from tests.services.territory.conftest import PublishedFacts
from tests.services.territory.places import LACQ_PAU_TARBES, PAU_BEARN


def signed(on: str, territory: str = LACQ_PAU_TARBES) -> ContractSigned:
    """A contract of Lacq-Pau-Tarbes that was signed on a day."""
    sample = json.loads((SAMPLES / f"{ContractSigned.type}.json").read_text())["data"]
    event = ContractSigned.read(sample)
    return event.model_copy(
        update={"contract_id": uuid4(), "territory": territory, "signed_on": date.fromisoformat(on)}
    )


async def establish(api: Api, on: str = "2019-04-01") -> Any:
    """Establish the project committee of Lacq-Pau-Tarbes."""
    body = {
        "level": "project", "name": "Comité de projet", "territory": LACQ_PAU_TARBES, "chair": PAU_BEARN,
        "established_on": on,
    }  # fmt: skip
    return await api.post("/v1/committees", body, by=TEAM)


async def follow(database: Database, *events: ContractSigned) -> None:
    """Apply events, each in a transaction of its own."""
    for event in events:
        async with database.writing() as session:
            await follow_signature(session, event)


async def test_the_first_signature_decides_whatever_the_order(
    api: Api, database: Database, published: PublishedFacts
) -> None:
    await api.appoint()
    committee = await establish(api)
    path = f"/v1/committees/{committee['id']}"

    assert (committee["stage"], committee["became_follow_up_on"]) == ("project", None)
    await follow(database, signed("2020-03-01"), signed("2019-09-10"), signed("2019-09-10"), signed("2021-01-01"))
    shown = await api.get(path)
    assert (shown["stage"], shown["became_follow_up_on"]) == ("follow_up", "2019-09-10")
    for day, stage, since in (("2019-09-09", "project", None), ("2019-09-10", "follow_up", "2019-09-10")):
        then = await api.get(f"{path}?as_of={day}")
        assert (then["stage"], then["became_follow_up_on"]) == (stage, since)
    facts = [fact for fact in await published() if fact["fact"] == "CommitteeChanged.v1"]
    assert [(fact["stage"], fact["became_follow_up_on"]) for fact in facts] == [
        ("follow_up", "2020-03-01"),
        ("follow_up", "2019-09-10"),
    ]


async def test_a_committee_established_after_a_signature_follows_up_from_its_first_day(
    api: Api, database: Database
) -> None:
    await api.appoint()
    await follow(database, signed("2019-03-26"))

    committee = await establish(api)

    assert (committee["stage"], committee["became_follow_up_on"]) == ("follow_up", "2019-04-01")


async def test_a_committee_that_was_dissolved_before_the_signature_never_followed_up(
    api: Api, database: Database
) -> None:
    await api.appoint()
    committee = await establish(api)
    path = f"/v1/committees/{committee['id']}"
    await api.post(f"{path}/dissolve", {"on": "2019-06-01"}, by=TEAM, status=200)

    await follow(database, signed("2019-06-01"))

    assert (await api.get(path))["stage"] == "project"
    assert (await establish(api, "2019-06-01"))["became_follow_up_on"] == "2019-06-01"


async def test_other_committees_have_no_stage_and_unknown_territories_are_kept(api: Api, database: Database) -> None:
    committee = await api.establish_regional()

    await follow(database, signed("2019-06-01", "2018-ti-9999"), signed("2019-06-01"))

    assert (await api.get(f"/v1/committees/{committee['id']}"))["stage"] is None
