"""Owners of subscriptions: who sees them, who owns them, and what nobody else may do to them."""

import asyncio
from functools import partial
from typing import Any

import pytest

from tests.services.notification.conftest import (
    BANK,
    ELSEWHERE,
    EVERYONE,
    OTHER_REGION,
    PARTNER,
    PLATFORM,
    RECEIVER,
    REGION,
    House,
    address,
)
from tests.services.notification.facts import BRIVE, LACQ, PAU
from tests.support.harness import NATIONAL, ON_SQLITE, TEAM
from tests.support.waiting import until

COLLEAGUE = f"{TEAM};client=colleague"
NARROWED = f"{TEAM};client=narrowed;territories={LACQ}"
OTHER_PARTNER = "partner:;client=another"


async def test_every_role_has_subscriptions_of_its_own(house: House) -> None:
    for by in EVERYONE:
        made = await house.post("/v1/subscriptions", {"url": RECEIVER}, by, expect=201)
        assert (await house.get(address(made), by))["id"] == made["id"]
        assert made["id"] in [each["id"] for each in (await house.get("/v1/subscriptions", by))["items"]]


async def test_who_sees_and_who_holds(house: House) -> None:
    whole = await house.subscribe(TEAM)
    narrow = await house.subscribe(NARROWED)
    partners = await house.subscribe(PARTNER)
    sees: dict[str, set[str]] = {
        TEAM: {whole["id"], narrow["id"]},
        COLLEAGUE: {whole["id"], narrow["id"]},
        NARROWED: {narrow["id"]},
        f"party:{PAU}": {whole["id"], narrow["id"]},
        f"partner:{PAU}": {whole["id"], narrow["id"]},
        PARTNER: {partners["id"]},
        OTHER_PARTNER: set(),
        ELSEWHERE: set(),
        REGION: set(),
        BANK: set(),
        NATIONAL: {whole["id"], narrow["id"], partners["id"]},
        f"{NATIONAL};client=n;regions=75": set(),
        PLATFORM: {whole["id"], narrow["id"], partners["id"]},
        f"{PLATFORM};client=p;territories={LACQ}": set(),
    }
    holds: dict[str, set[str]] = {
        TEAM: {whole["id"], narrow["id"]},
        COLLEAGUE: {whole["id"], narrow["id"]},
        NARROWED: {narrow["id"]},
        PARTNER: {partners["id"]},
    }

    for by, expected in sees.items():
        listed = {each["id"] for each in (await house.get("/v1/subscriptions", by))["items"]}
        assert listed == expected, by
        for made in (whole, narrow, partners):
            seen, held = made["id"] in expected, made["id"] in holds.get(by, set())
            await house.get(address(made), by, expect=200 if seen else 404)
            await house.get(address(made, "history"), by, expect=200 if seen else 404)
            status = 404 if not seen else 200 if held or by == PLATFORM else 403
            await house.get(address(made, "deliveries"), by, expect=status)
            await house.get(address(made, "replays"), by, expect=status)
            change = 404 if not seen else 200 if held else 403
            await house.patch(address(made), {"description": by[:9]}, by, expect=change)
            for act in ("test", "replay"):
                body = {"since": 0, "dry_run": True} if act == "replay" else None
                await house.post(address(made, act), body, by, expect=202 if change == 200 else change)
            await house.post(address(made, "rotate-secret"), {}, by, expect=change)
            if not held:
                await house.post(address(made, "enable"), by=by, expect=change)
                await house.post(address(made, "verify"), by=by, expect=change)
                deleted = await house.send("DELETE", address(made), by, headers={"If-Match": '"1"'})
                assert deleted.status_code == change


async def test_a_client_that_may_see_less_does_not_turn_a_wider_one_to_itself(house: House) -> None:
    """A token of the same organisation, narrowed to other places, or not at all wider."""
    narrow = await house.subscribe(f"{TEAM};client=narrow;territories={LACQ}")
    other = f"{TEAM};client=other;territories={BRIVE}"
    both = f"{TEAM};client=both;territories={LACQ},{BRIVE}"

    await house.patch(address(narrow), {"url": "https://ailleurs.fr/"}, other, expect=404)
    await house.patch(address(narrow), {"url": "https://ailleurs.fr/"}, f"party:{PAU}", expect=403)
    assert (await house.get(address(narrow), TEAM))["url"] == RECEIVER
    # Seen by nobody who is narrowed and is not its client, even if it may see as much.
    await house.patch(address(narrow), {"url": "https://ailleurs.fr/"}, both, expect=404)


async def test_the_platform_switches_off_and_touches_nothing_else(house: House) -> None:
    made = await house.subscribe()

    off = await house.post(address(made, "disable"), by=PLATFORM)
    await house.post(address(made, "enable"), by=PLATFORM, expect=403)
    lines = (await house.get(address(made, "history")))["items"]

    assert (off["status"], off["disabled_reason"]) == ("disabled", "owner")
    assert lines[-1]["by"]["client_id"] == PLATFORM
    assert "platform" in lines[-1]["reason"]
    assert (await house.post(address(made, "enable")))["status"] == "active"


async def test_changes_are_shown_to_those_who_may_see_them(house: House) -> None:
    made = await house.subscribe(PARTNER)
    await house.patch(address(made), {"description": "x"}, PARTNER)

    for by, count in ((PARTNER, 3), (NATIONAL, 3), (PLATFORM, 3), (OTHER_PARTNER, 0), (TEAM, 0), (REGION, 0)):
        page = await until(partial(house.get, "/v1/subscriptions/changes", by), partial(holds, count))
        assert all(item["object"]["description"] == "x" for item in page["items"])


def holds(count: int, page: dict[str, Any]) -> bool:
    """Has the page so many items?"""
    return len(page["items"]) == count


@ON_SQLITE
async def test_a_client_has_only_so_many(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.notification.rules.subscriptions.MAX_SUBSCRIPTIONS", 2)
    for _ in range(2):
        await house.post("/v1/subscriptions", {"url": RECEIVER}, expect=201)

    assert (await house.post("/v1/subscriptions", {"url": RECEIVER}, expect=409))["code"] == "too-many-subscriptions"
    await house.post("/v1/subscriptions", {"url": RECEIVER}, COLLEAGUE, expect=201)


async def test_of_many_made_at_once_no_more_than_that_are(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.notification.rules.subscriptions.MAX_SUBSCRIPTIONS", 3)

    answers = await asyncio.gather(
        *(house.send("POST", "/v1/subscriptions", TEAM, json={"url": RECEIVER}) for _ in range(12))
    )

    assert sorted(answer.status_code for answer in answers) == [201] * 3 + [409] * 9


@ON_SQLITE
async def test_scopes(house: House) -> None:
    made = await house.subscribe()
    only_reads, only_events = f"{TEAM};scope=subscriptions:read", f"{TEAM};scope=events:read"

    await house.get(address(made), only_reads)
    await house.get(address(made), only_events, expect=403)
    await house.get(address(made), None, expect=401)
    await house.post("/v1/subscriptions", {"url": RECEIVER}, only_reads, expect=403)
    for act in ("enable", "disable", "verify", "test"):
        await house.post(address(made, act), by=only_reads, expect=403)
    await house.post(address(made, "rotate-secret"), {}, only_reads, expect=403)


async def test_a_narrow_owner_is_not_widened_by_a_change(house: House) -> None:
    made = await house.subscribe(f"{OTHER_REGION};client=narrow;territories={LACQ}")

    changed = await house.patch(address(made), {"description": "x"}, f"{OTHER_REGION};client=narrow")

    assert changed["only_territories"] == [LACQ]
