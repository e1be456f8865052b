"""The audit log: who changed which object, read by those who may."""

from datetime import datetime, timedelta
from typing import Any, Final

import pytest

from shared.clock import now
from shared.events.history import (
    CatalogHistoryRecorded,
    ContractHistoryRecorded,
    HistoryEntry,
    HistoryRecorded,
)
from tests.services.notification.conftest import BANK, PARTNER, PLATFORM, REGION, House
from tests.services.notification.facts import CAISSE_DES_DEPOTS, NOUVELLE_AQUITAINE, PAU
from tests.support.harness import NATIONAL, TEAM

START: Final = datetime.fromisoformat("2026-03-05T09:00:00+00:00")


def entry(position: int, **more: Any) -> HistoryEntry:
    """A change of a contract by Pau, `position` minutes after nine."""
    usual = {
        "position": position, "collection": "contracts", "object_id": f"contract-{position}", "version": 1,
        "operation": "created", "at": START + timedelta(minutes=position), "client_id": "plan-tool",
        "sub": "agent-1", "org": PAU,
    }  # fmt: skip
    return HistoryEntry.model_validate(usual | more)


def recorded(event: type[HistoryRecorded], *entries: HistoryEntry) -> HistoryRecorded:
    """Changes, as their service tells them."""
    return event(
        first_position=entries[0].position,
        last_position=entries[-1].position,
        chain_hash="a" * 64,
        entries=list(entries),
    )


@pytest.fixture
async def audited(house: House) -> House:
    """Six changes in two services, told in another order than they happened."""
    await house.publish(
        recorded(
            ContractHistoryRecorded,
            entry(1),
            entry(2, version=2, operation="updated", object_id="contract-1", sub="agent-2"),
            entry(4, org=NOUVELLE_AQUITAINE, client_id="regional-tool", sub="agent-3"),
            entry(6, operation="deleted", version=3, object_id="contract-1"),
        ),
        recorded(
            CatalogHistoryRecorded,
            entry(3, collection="requests", org=CAISSE_DES_DEPOTS, sub="agent-4"),
            entry(5, collection="requests", org=None, client_id="clock", sub="clock"),
        ),
    )
    return house


async def positions(house: House, by: str = NATIONAL, **params: Any) -> list[int]:
    """The positions of the entries that somebody reads."""
    return [item["position"] for item in (await house.get("/v1/audit", by, **params))["items"]]


async def test_changes_of_all_services_are_in_the_order_of_their_time(audited: House) -> None:
    items = (await audited.get("/v1/audit", NATIONAL))["items"]

    assert [item["position"] for item in items] == [1, 2, 3, 4, 5, 6]
    assert [item["service"] for item in items] == ["contract", "contract", "catalog", "contract", "catalog", "contract"]
    assert items[2] == {
        "service": "catalog", "position": 3, "collection": "requests", "object_id": "contract-3", "version": 1,
        "operation": "created", "at": "2026-03-05T09:03:00Z", "client_id": "plan-tool", "sub": "agent-4",
        "org": CAISSE_DES_DEPOTS,
    }  # fmt: skip


async def test_it_is_read_page_by_page(audited: House) -> None:
    first = await audited.get("/v1/audit", NATIONAL, limit=4)

    second = await audited.get("/v1/audit", NATIONAL, limit=4, cursor=first["next"])

    assert [item["position"] for item in first["items"] + second["items"]] == [1, 2, 3, 4, 5, 6]
    assert second["next"] is None


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"service": "catalog"}, [3, 5]),
        ({"collection": "contracts"}, [1, 2, 4, 6]),
        ({"collection": "contracts", "object_id": "contract-1"}, [1, 2, 6]),
        ({"operation": "updated"}, [2]),
        ({"client_id": "clock"}, [5]),
        ({"sub": "agent-2"}, [2]),
        ({"org": NOUVELLE_AQUITAINE}, [4]),
        ({"since": "2026-03-05T09:03:00Z"}, [3, 4, 5, 6]),
        ({"until": "2026-03-05T10:03:00+01:00"}, [1, 2]),
        ({"since": "2026-03-05T09:02:00Z", "until": "2026-03-05T09:04:00Z"}, [2, 3]),
    ],
)
async def test_it_is_searched(audited: House, params: dict[str, str], expected: list[int]) -> None:
    assert await positions(audited, **params) == expected


async def test_everybody_reads_what_his_own_organisation_did(audited: House) -> None:
    assert await positions(audited, PLATFORM) == [1, 2, 3, 4, 5, 6]
    assert await positions(audited, TEAM) == [1, 2, 6]
    assert await positions(audited, REGION) == [4]
    assert await positions(audited, BANK) == [3]
    assert await positions(audited, PARTNER) == []
    assert await positions(audited, f"{PARTNER};client=clock") == [5]
    assert await positions(audited, TEAM, org=NOUVELLE_AQUITAINE) == []


async def test_a_narrowed_token_does_not_read_it(audited: House) -> None:
    await audited.get("/v1/audit", f"{NATIONAL};territories=2018-ti-7505", expect=403)
    await audited.get("/v1/audit", None, expect=401)


@pytest.mark.parametrize(
    "params",
    [{"service": "another"}, {"operation": "read"}, {"since": "yesterday"}, {"org": "12"}, {"collection": "A B"}],
)
async def test_a_wrong_filter_is_refused(house: House, params: dict[str, str]) -> None:
    refused = await house.get("/v1/audit", NATIONAL, expect=422, **params)

    assert refused["errors"][0]["parameter"] == next(iter(params))


async def test_an_event_that_comes_twice_is_written_once(house: House) -> None:
    [message] = await house.publish(recorded(ContractHistoryRecorded, entry(1, at=now())))

    await house.platform.bus.publish([message, message])
    await house.settled()

    assert await positions(house) == [1]
