"""Rights that end at the issuer end for subscriptions too; addresses are shown to their owners."""

from typing import Any, Final
from uuid import UUID

import pytest
from sqlalchemy import select

from services.notification.models import Delivery
from tests.services.notification.conftest import PLATFORM, REGION, House, address
from tests.services.notification.facts import BRIVE, PAU, declared, submitted
from tests.support.harness import NATIONAL, TEAM

TOOL: Final = f"{REGION};client=tool;iat=10"
URL: Final = "https://exemple.fr/recevoir?token=s3cr3t"


async def planned(house: House, made: dict[str, Any]) -> list[str]:
    """The names of the events that are planned for a subscription."""
    await house.settled()
    async with house.database.reading() as session:
        types = await session.scalars(
            select(Delivery.type).where(Delivery.subscription_id == UUID(made["id"])).order_by(Delivery.id)
        )
        return [each.split(".")[-2] for each in types]


@pytest.mark.parametrize(
    "later",
    [
        "partner:;client=tool;iat=20",
        "partner:200053759;client=tool;iat=20",
        f"{REGION};client=tool;iat=20;territories={BRIVE}",
        f"{REGION};client=tool;iat=20;regions=",
    ],
)
async def test_a_client_with_fewer_rights_receives_what_it_may_read_now(house: House, later: str) -> None:
    made = await house.subscribe(TOOL)
    [event] = await house.publish(submitted())
    await house.get(f"/v1/events/{event.event_id}", TOOL)
    assert await planned(house, made) == ["ActionSubmitted"]

    await house.get(f"/v1/events/{event.event_id}", later, expect=404)
    await house.publish(submitted(), declared())

    assert await planned(house, made) == ["ActionSubmitted", "FigureDeclared"]


async def test_an_older_token_gives_no_right_back_and_a_newer_one_does(house: House) -> None:
    made = await house.subscribe(TOOL)
    await house.get("/v1/events", "partner:;client=tool;iat=20")

    await house.get("/v1/events", f"{REGION};client=tool;iat=15")
    await house.publish(submitted())
    assert await planned(house, made) == []

    await house.get("/v1/events", f"{REGION};client=tool;iat=30")
    await house.publish(submitted())
    assert await planned(house, made) == ["ActionSubmitted"]


async def test_each_subject_of_a_client_has_its_own_rights(house: House) -> None:
    made = await house.subscribe(f"{REGION};client=tool;sub=one")

    await house.subscribe("partner:;client=tool;sub=other")
    await house.publish(submitted())

    assert await planned(house, made) == ["ActionSubmitted"]


async def test_a_newer_token_does_not_widen_what_was_made_narrow(house: House) -> None:
    made = await house.subscribe(f"{TOOL};territories={BRIVE}")

    await house.get("/v1/events", f"{REGION};client=tool;iat=20")
    await house.publish(submitted())

    assert await planned(house, made) == []


async def test_a_client_ends_its_own_subscription_whatever_its_rights_are(house: House) -> None:
    made = await house.subscribe(TOOL)
    fallen = "partner:;client=tool;iat=20"

    await house.post(address(made, "rotate-secret"), {}, fallen, expect=403)
    await house.patch(address(made), {"url": "https://ailleurs.fr/"}, fallen, expect=403)
    disabled = await house.post(address(made, "disable"), by=fallen)
    await house.post(address(made, "enable"), by=fallen, expect=403)
    deleted = await house.send("DELETE", address(made), fallen, headers={"If-Match": f'"{disabled["version"]}"'})

    assert disabled["status"] == "disabled"
    assert deleted.status_code == 204


async def test_others_do_not_see_the_secrets_in_an_address(house: House) -> None:
    made = await house.post("/v1/subscriptions", {"url": URL}, TEAM, expect=201)
    await house.patch(address(made), {"url": f"{URL}2"}, TEAM)
    await house.settled()

    for by in (TEAM, f"{TEAM};client=colleague"):
        assert await addresses(house, made, by) == {f"{URL}2", URL}
    for by in (NATIONAL, PLATFORM, f"party:{PAU}", f"partner:{PAU}"):
        assert await addresses(house, made, by) == {"https://exemple.fr/…"}


async def addresses(house: House, made: dict[str, Any], by: str) -> set[str]:
    """Every address of a subscription that somebody is shown."""
    lines = (await house.get(address(made, "history"), by))["items"]
    listed = (await house.get("/v1/subscriptions", by))["items"]
    changes = (await house.get("/v1/subscriptions/changes", by))["items"]
    shown = [await house.get(address(made), by), *listed, *(each["object"] for each in changes)]
    past = [url for line in lines for url in line["changed"].get("url", {}).values() if url]
    return {*(each["url"] for each in shown), *past}


async def test_the_platform_disables_without_seeing_the_secrets(house: House) -> None:
    made = await house.post("/v1/subscriptions", {"url": URL}, TEAM, expect=201)

    disabled = await house.post(address(made, "disable"), by=PLATFORM)

    assert (made["url"], disabled["url"]) == (URL, "https://exemple.fr/…")
