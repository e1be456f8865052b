"""Replays, tests and single deliveries: planned again in a round of their own, listed, shown."""

from collections import Counter
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert

from services.notification import commands
from services.notification.commands import planning, replays
from services.notification.errors import TooManyDeliveriesWaiting
from services.notification.models import (
    JOURNAL_PENDING,
    Delivery,
    DeliveryState,
    Journal,
    JournalSubject,
    Replay,
    Subscription,
)
from services.notification.queries.planning import MAX_AHEAD, WINDOW
from services.notification.rules import subscriptions as rules
from shared.clock import now
from shared.ids import uuid7
from shared.security.request_state import VERIFIER
from shared.storage.wakeups import request_wakeup
from tests.services.notification.conftest import (
    BANK,
    OTHER_REGION,
    PARTNER,
    PLATFORM,
    House,
    address,
    planned_ids,
)
from tests.services.notification.engine import PUBLIC, event
from tests.services.notification.facts import ATELIERS, COEUR, FORGES, declared, rejected, submitted
from tests.support.harness import NATIONAL, ON_SQLITE

SUBMITTED = "fr.territoires-industrie.contract.ActionSubmitted.v1"


async def test_a_replay_is_counted_then_planned_in_a_round_of_its_own(house: House) -> None:
    made = await house.subscribe()
    start = await house.last()
    before = now()
    closed, figure, other = await house.publish(submitted(), declared(), submitted(territories=[COEUR], regions=["76"]))

    dry = await house.post(address(made, "replay"), {"since": start, "dry_run": True}, expect=202)
    assert dry == {"after": start, "up_to": start + 3, "events": 2, "is_whole": True, "replay": None}
    assert await planned_ids(house, made) == [closed.event_id, figure.event_id]

    real = await house.post(address(made, "replay"), {"since": before.isoformat()}, expect=202)
    await house.settled()
    only = await house.post(
        address(made, "replay"), {"since": start, "types": ["territory.FigureDeclared.v1"]}, expect=202
    )
    await house.settled()

    assert real["events"] == 2
    assert only["events"] == 1
    planned = [(each.round, each.event_id) for each in await house.deliveries(made)]
    assert planned == [
        (0, closed.event_id),
        (0, figure.event_id),
        (1, closed.event_id),
        (1, figure.event_id),
        (2, figure.event_id),
    ]
    listed = (await house.get(address(made, "replays")))["items"]
    assert [(each["round"], each["deliveries"], each["planned_at"] is not None) for each in listed] == [
        (1, 2, True),
        (2, 1, True),
    ]
    assert other.event_id not in await planned_ids(house, made)


async def test_a_replay_delivers_what_may_be_received_now(house: House) -> None:
    forges = await house.subscribe(f"party:{FORGES}")
    action = uuid7()
    await house.publish(submitted(action, organisations=[ATELIERS, FORGES]))
    await house.publish(rejected(action, organisations=[ATELIERS]))

    again = await house.post(address(forges, "replay"), {"since": 0}, f"party:{FORGES}", expect=202)
    await house.settled()

    public = await house.feed(PARTNER)
    assert again["events"] == len(public[0])
    assert {each.type for each in await house.deliveries(forges) if each.round}.isdisjoint({SUBMITTED})


async def test_a_long_replay_is_planned_window_by_window(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "WINDOW", 3)
    monkeypatch.setattr(replays, "MAX_COUNTED", 4)
    monkeypatch.setattr(replays, "STEP", 3)
    made = await house.subscribe(NATIONAL)
    await house.publish(*(submitted() for _ in range(10)))
    last = await house.last()

    counted = await house.post(address(made, "replay"), {"since": 0}, NATIONAL, expect=202)
    await house.settled()

    assert (counted["events"], counted["is_whole"], counted["up_to"]) == (4, False, last)
    again = [each.position for each in await house.deliveries(made) if each.round == 1]
    assert again == list(range(1, last + 1))


async def test_a_replay_goes_on_where_it_was_killed(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each window is one transaction; what was planned of it stays, what was not is planned later."""
    monkeypatch.setattr(planning, "WINDOW", 5)
    made = await house.subscribe(NATIONAL)
    last = await house.last()
    async with house.database.writing() as session:
        subscription = await session.get_one(Subscription, UUID(made["id"]))
        round_ = await planning.next_round(session, subscription)
        rest = Replay(
            subscription_id=subscription.id, round=round_, types=[], planned_to=7, up_to=last,
            deliveries=7, created_at=now(),
        )  # fmt: skip
        session.add(rest)
    await house.settled()

    assert [each.position for each in await house.deliveries(made)] == list(range(8, last + 1))
    [listed] = (await house.get(address(made, "replays"), NATIONAL))["items"]
    assert (listed["deliveries"], listed["planned_to"]) == (last, last)


async def test_a_replay_of_one_that_is_switched_off_waits(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    made = await house.subscribe(NATIONAL)
    async with house.database.writing() as session:
        counted = await commands.replay(
            session, UUID(made["id"]), since=0, by=(await VERIFIER.of(house.app).verify(NATIONAL))
        )
        await commands.disable_subscription(
            session, UUID(made["id"]), by=(await VERIFIER.of(house.app).verify(NATIONAL))
        )
    await house.settled()
    assert counted.events == 12
    assert await planned_ids(house, made) == []

    await house.post(address(made, "enable"), by=NATIONAL)
    await house.settled()

    assert len([each for each in await house.deliveries(made) if each.round == 1]) == 12


async def test_two_replays_do_not_run_together(house: House) -> None:
    made = await house.subscribe(NATIONAL)
    caller = await VERIFIER.of(house.app).verify(NATIONAL)
    async with house.database.writing() as session:
        await commands.replay(session, UUID(made["id"]), since=0, by=caller)
        with pytest.raises(Exception, match="earlier replay"):
            await commands.replay(session, UUID(made["id"]), since=0, by=caller)
        dry = await commands.replay(session, UUID(made["id"]), since=0, dry_run=True, by=caller)

    assert dry.events == 12


@pytest.mark.parametrize("request_more", ["replay", "test", "delivery"])
async def test_a_client_asks_for_no_more_once_too_many_deliveries_wait(
    house: House, monkeypatch: pytest.MonkeyPatch, request_more: str
) -> None:
    made, other = await house.subscribe(NATIONAL), await house.subscribe(NATIONAL)
    stranger = await house.subscribe(PARTNER)
    await house.publish(*(submitted() for _ in range(3)))
    [first, *_] = await house.deliveries(made)
    await ended(house, first.id, DeliveryState.FAILED)
    path: tuple[object, ...] = ("deliveries", first.id, "replay") if request_more == "delivery" else (request_more,)
    body = {"since": 0} if request_more == "replay" else None

    # Two and three wait.
    monkeypatch.setattr(rules, "MAX_WAITING", 5)
    refused = await house.send("POST", address(made, *path), NATIONAL, json=body)
    await house.post(address(other, "replay"), {"since": 0, "dry_run": True}, NATIONAL, expect=202)
    await house.post(address(stranger, "test"), by=PARTNER, expect=202)
    monkeypatch.setattr(rules, "MAX_WAITING", 6)
    await house.post(address(made, *path), body, NATIONAL, expect=202)

    assert (refused.status_code, refused.json()["code"]) == (409, "too-many-deliveries-waiting")
    assert refused.headers["Retry-After"] == "60"
    assert len(await house.deliveries(other)) == 3


async def test_what_a_replay_has_yet_to_plan_counts(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    made, other = await house.subscribe(NATIONAL), await house.subscribe(NATIONAL)
    last = await house.last()
    monkeypatch.setattr(rules, "MAX_WAITING", last)
    caller = await VERIFIER.of(house.app).verify(NATIONAL)
    async with house.database.writing() as session:
        await commands.replay(session, UUID(made["id"]), since=0, by=caller)
        with pytest.raises(TooManyDeliveriesWaiting):
            await commands.send_test_event(session, UUID(other["id"]), platform="", by=caller)


async def test_a_replay_is_planned_as_far_as_there_is_room(house: House) -> None:
    made = await house.subscribe(NATIONAL)
    last = await house.last()
    await crowded(house, made)

    await house.post(address(made, "replay"), {"since": 0}, NATIONAL, expect=202)
    await house.settled()
    before = await rounds(house, made)
    await ended(house, (await house.deliveries(made))[0].id, DeliveryState.DELIVERED)
    await house.settled()

    assert before == Counter({0: MAX_AHEAD})
    assert await rounds(house, made) == Counter({0: MAX_AHEAD, 1: last})


async def test_the_past_is_planned_as_far_as_there_is_room(house: House) -> None:
    """A subscription that is far behind the journal; what is new goes on for the others."""
    made, other = await house.subscribe(NATIONAL), await house.subscribe(NATIONAL)
    start = await house.last()
    await crowded(house, made)
    async with house.database.writing() as session:
        nobody: dict[str, Any] = {"territories": [], "regions": [], "organisations": []}
        await session.execute(insert(JournalSubject), {"subject": "figure/1", "sequence": 1, **nobody})
        new = [event("figure/1", PUBLIC, start + number, nobody) for number in range(1, WINDOW + 2)]
        await session.execute(insert(Journal), new)
        request_wakeup(session, JOURNAL_PENDING)
    await house.settled()
    before = await rounds(house, made)
    await ended(house, (await house.deliveries(made))[0].id, DeliveryState.DELIVERED)
    await house.settled()

    assert before == Counter({0: MAX_AHEAD})
    assert await rounds(house, other) == Counter({0: WINDOW + 1})
    assert await rounds(house, made) == Counter({0: MAX_AHEAD + WINDOW + 1})


async def crowded(house: House, made: dict[str, Any]) -> None:
    """Let so many deliveries of a subscription wait that no more of the past is planned."""
    async with house.database.writing() as session:
        subscription = await session.get_one(Subscription, UUID(made["id"]))
        rows = [
            planning.row_of(subscription, 0, event_id=str(uuid7()), type=SUBMITTED, subject="a", position=None)
            for _ in range(MAX_AHEAD)
        ]
        await session.execute(insert(Delivery), rows)


async def rounds(house: House, made: dict[str, Any]) -> Counter[int]:
    """Count the deliveries of a subscription by their round."""
    return Counter(each.round for each in await house.deliveries(made))


@ON_SQLITE
@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"since": 10**6}, "position-not-reached"),
        ({"since": 0, "types": ["contract.Nothing.v1"]}, "event-type-not-known"),
        ({"since": -1}, "unprocessable"),
        ({"since": 10**30}, "unprocessable"),
        ({"since": 1.5}, "unprocessable"),
        ({"since": True}, "unprocessable"),
        ({"since": "yesterday"}, "unprocessable"),
        ({"since": "1551744000"}, "unprocessable"),
        ({"since": "2019-03-05"}, "unprocessable"),
        ({"since": "2019-03-05T12:00:00"}, "unprocessable"),
        ({"since": "2019-13-05T12:00:00Z"}, "unprocessable"),
        ({"since": None}, "unprocessable"),
        ({}, "unprocessable"),
        ({"since": 0, "dry_run": 1}, "unprocessable"),
        ({"since": 0, "until": 5}, "unprocessable"),
    ],
)
async def test_a_replay_that_makes_no_sense_is_refused(house: House, body: dict[str, Any], code: str) -> None:
    made = await house.subscribe()

    assert (await house.post(address(made, "replay"), body, expect=422))["code"] == code


@ON_SQLITE
@pytest.mark.parametrize("since", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
async def test_a_moment_beyond_the_calendar_is_refused(house: House, since: str) -> None:
    made = await house.subscribe()

    await house.post(address(made, "replay"), {"since": since, "dry_run": True}, expect=422)


@pytest.mark.parametrize(
    ("since", "events"), [("0001-01-01T00:00:00Z", 12), ("9999-12-31T23:59:59Z", 0), ("2019-03-05 12:00:00+01:00", 12)]
)
async def test_any_other_moment_is_a_moment(house: House, since: str, events: int) -> None:
    made = await house.subscribe()

    answer = await house.post(address(made, "replay"), {"since": since, "dry_run": True}, expect=202)

    assert answer["events"] == events


async def test_one_delivery_is_made_again_once_it_has_ended(house: House) -> None:
    made = await house.subscribe()
    [sent] = await house.publish(submitted())
    [delivery] = await house.deliveries(made)
    waiting = await house.post(address(made, "deliveries", delivery.id, "replay"), expect=409)
    assert waiting["code"] == "delivery-still-waiting"

    await ended(house, delivery.id, DeliveryState.FAILED)
    again = await house.post(address(made, "deliveries", delivery.id, "replay"), expect=202)

    assert (again["event_id"], again["position"], again["round"], again["state"]) == (
        sent.event_id,
        delivery.position,
        1,
        "waiting",
    )
    await house.post(address(made, "deliveries", 10**6, "replay"), expect=404)
    for hostile in ("0", "-1", "x", "9" * 30):
        await house.post(address(made, "deliveries", hostile, "replay"), expect=422)


async def ended(house: House, delivery_id: int, state: DeliveryState) -> None:
    async with house.database.writing() as session:
        row = await session.get_one(Delivery, delivery_id)
        row.state, row.closed_at = state, now()


async def test_a_test_is_for_this_subscription_alone_and_in_no_journal(house: House) -> None:
    made, other = await house.subscribe(), await house.subscribe()
    last = await house.last()

    sent = await house.post(address(made, "test"), expect=202)
    again = await house.post(address(made, "test"), expect=202)
    await house.settled()

    first, second = await house.deliveries(made)
    assert await planned_ids(house, other) == []
    assert await house.last() == last
    assert (sent["type"], sent["position"]) == ("fr.territoires-industrie.notification.SubscriptionTested.v1", None)
    assert (sent["round"], again["round"]) == (1, 2)
    assert first.subject != second.subject
    assert first.body is not None
    assert f'"id":"{first.event_id}"' in first.body
    await ended(house, first.id, DeliveryState.DELIVERED)
    await house.post(address(made, "deliveries", first.id, "replay"), expect=202)
    assert (await house.deliveries(made))[-1].body == first.body


async def test_deliveries_are_listed_newest_first(house: House) -> None:
    made = await house.subscribe()
    action = uuid7()
    await house.publish(submitted(action), declared(), rejected(action), declared())
    planned = [each.id for each in await house.deliveries(made)]
    await ended(house, planned[0], DeliveryState.DELIVERED)

    first = await house.get(address(made, "deliveries"), limit=3)
    rest = await house.get(address(made, "deliveries"), limit=3, cursor=first["next"])

    assert [each["id"] for each in first["items"] + rest["items"]] == planned[::-1]
    assert rest["next"] is None

    async def found(**params: Any) -> list[int]:
        return [each["id"] for each in (await house.get(address(made, "deliveries"), **params))["items"]]

    assert await found(state="delivered") == [planned[0]]
    assert await found(type=SUBMITTED) == [planned[0]]
    assert await found(subject=f"action/{action}") == [planned[2], planned[0]]
    await house.get(address(made, "deliveries"), expect=422, state="lost")
    await house.get(address(made, "deliveries"), PLATFORM)
    for by, expect in ((NATIONAL, 403), (BANK, 404), (OTHER_REGION, 404)):
        await house.get(address(made, "deliveries"), by, expect=expect)


async def test_a_delivery_shows_its_tries(house: House) -> None:
    made, other = await house.subscribe(), await house.subscribe(PARTNER)
    await house.publish(declared())
    [delivery] = await house.deliveries(made)

    read = await house.get(address(made, "deliveries", delivery.id))

    assert read["tries"] == []
    assert read["event_id"] == delivery.event_id
    await house.get(address(other, "deliveries", delivery.id), PARTNER, expect=404)
    await house.get(address(made, "deliveries", delivery.id), PARTNER, expect=404)
    await house.get(address(made, "deliveries", "9" * 30), expect=422)
