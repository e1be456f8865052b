"""Heads of the journal, proofs that an event is in it, and that it was only added to."""

import base64
import hashlib
import json
from datetime import timedelta
from typing import Any, Final

import pytest
from asn1crypto import tsp
from sqlalchemy import select

from services.notification import commands, queries
from services.notification.jobs.proofs import hash_next, publish_head, stamp_next
from services.notification.models import Journal, JournalHash, JournalNode
from services.notification.rules import merkle
from services.notification.rules.heads import statement_of
from services.notification.rules.time_stamps import TimeStampRefused, read_response, read_token, request_of
from shared.clock import day_of, end_of, now
from shared.events.notification import JournalHeadPublished, JournalHeadStamped
from shared.ids import uuid7
from tests.services.notification.conftest import PARTNER, House
from tests.services.notification.facts import declared, submitted
from tests.services.notification.test_merkle import check
from tests.support import time_stamps
from tests.support.harness import NATIONAL, TEAM

DAY: Final = timedelta(days=1)


async def hashed(house: House) -> None:
    """Hash the whole journal."""
    while await hash_next(house.database):
        pass


async def closed(house: House, days: int = 1) -> dict[str, Any]:
    """Publish the head of the day that so many midnights end; return it."""
    await house.settled()
    await hashed(house)
    async with house.database.writing() as session:
        await commands.close_day(session, at=now() + days * DAY)
    await house.settled()
    return (await heads(house))[-1]


async def heads(house: House, **params: Any) -> list[dict[str, Any]]:
    """The published heads."""
    found: list[dict[str, Any]] = (await house.get("/v1/journal-heads", None, **params))["items"]
    return found


async def bodies(house: House, size: int) -> list[bytes]:
    """The first events of the journal."""
    async with house.database.reading() as session:
        found = await session.scalars(select(Journal.body).order_by(Journal.position).limit(size))
    return [body.encode() for body in found]


async def test_a_head_is_the_root_over_all_events_so_far(house: House) -> None:
    last = await house.last()

    head = await closed(house)

    leaves = [merkle.leaf_hash(body) for body in await bodies(house, last)]
    assert (head["size"], head["root"]) == (last, merkle.root(leaves))
    assert json.loads(head["statement"]) == {"day": head["day"], "root": head["root"], "size": head["size"]}
    assert head == await house.get(f"/v1/journal-heads/{head['day']}", None)


async def test_a_head_is_published_for_everybody(house: House) -> None:
    head = await closed(house)

    items, _ = await house.feed(PARTNER, type=JournalHeadPublished.type)

    [event] = [item["event"] for item in items]
    assert event["subject"] == f"journal-head/{head['day']}"
    assert [event["data"][name] for name in ("day", "size", "root")] == [head["day"], head["size"], head["root"]]


async def test_a_day_has_one_head_and_a_day_without_events_has_none(house: House) -> None:
    first = await closed(house)
    assert await closed(house) == first

    # The event of the first head is new.
    second = await closed(house, 3)

    assert second["size"] == first["size"] + 1
    assert [head["day"] for head in await heads(house)] == [first["day"], second["day"]]
    assert [head["day"] for head in await heads(house, since=second["day"])] == [second["day"]]
    await house.get(f"/v1/journal-heads/{now().date() + DAY}", None, expect=404)


async def test_today_has_no_head(house: House) -> None:
    await hashed(house)

    await publish_head(house.database)

    assert await heads(house) == []


async def test_a_day_is_closed_a_minute_after_midnight(house: House) -> None:
    """A transaction that began before midnight may still be under way."""
    await hashed(house)
    midnight = end_of(day_of(now()))
    for seconds, count in ((-1, 0), (59, 0), (61, 1)):
        async with house.database.writing() as session:
            await commands.close_day(session, at=midnight + timedelta(seconds=seconds))

        assert len(await heads(house)) == count


async def test_a_journal_that_is_not_hashed_yet_gets_its_head_later(house: House) -> None:
    async with house.database.writing() as session:
        assert await commands.close_day(session, at=now() + DAY) is None

    assert (await closed(house))["size"] == await house.last() - 1


async def test_subtrees_are_stored_as_the_journal_grows(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (merkle, commands.proofs, merkle.Nodes):
        monkeypatch.setattr(module, "WIDTH", 4, raising=False)
    for _ in range(5):
        await house.publish(*(submitted(uuid7()) for _ in range(3)))
        await hashed(house)

    async with house.database.reading() as session:
        leaves = list(await session.scalars(select(JournalHash.leaf).order_by(JournalHash.position)))
        nodes = {(each.level, each.number): each.hash for each in await session.scalars(select(JournalNode))}
        root = await queries.hashes_of(session, [merkle.Range(0, len(leaves))])

    assert root == [merkle.root(leaves)]
    assert nodes == {
        (level, number): merkle.root(leaves[number * 4**level : (number + 1) * 4**level])
        for level in range(1, 4)
        for number in range(len(leaves) // 4**level)
    }


async def test_an_event_is_proven_to_be_in_the_journal(house: House) -> None:
    [own] = await house.publish(submitted(uuid7()))
    await house.publish(declared())
    head = await closed(house)

    proof = await house.get(f"/v1/events/{own.event_id}/proof", TEAM)

    assert proof["event"] == own.body
    assert proof["head"] == head
    assert proof["leaf_hash"] == merkle.leaf_hash(own.body.encode())
    assert check(proof) == "RIGHT: the event is in it\n"
    assert check(proof | {"event": own.body.replace("2018", "2019")}).startswith("WRONG")


async def test_an_event_is_proven_against_each_later_head(house: House) -> None:
    [own] = await house.publish(submitted(uuid7()))
    days = [(await closed(house, days))["day"] for days in (1, 2, 3)]

    for day in days:
        proof = await house.get(f"/v1/events/{own.event_id}/proof", TEAM, day=day)
        assert proof["head"]["day"] == day
        assert check(proof).startswith("RIGHT")


async def test_nobody_gets_the_proof_of_an_event_that_he_may_not_read(house: House) -> None:
    [own] = await house.publish(submitted(uuid7()))
    await closed(house)

    await house.get(f"/v1/events/{own.event_id}/proof", PARTNER, expect=404)
    await house.get(f"/v1/events/{uuid7()}/proof", NATIONAL, expect=404)


async def test_a_proof_that_cannot_be_given_is_refused_in_words(house: House) -> None:
    head = await closed(house)
    [own] = await house.publish(submitted(uuid7()))
    path = f"/v1/events/{own.event_id}/proof"

    early = await house.get(path, TEAM, expect=409)
    before = await house.get(path, TEAM, expect=409, day=head["day"])
    never = await house.get(path, TEAM, expect=422, day="2019-03-05")

    assert early["detail"] == "No head has this event yet: the head of its day is published after midnight."
    assert before["detail"].startswith(f"This event came after {head['day']}:")
    assert never["errors"][0]["parameter"] == "day"


async def test_a_journal_is_proven_to_go_on_from_an_earlier_day(house: House) -> None:
    days = []
    for number in range(1, 6):
        await house.publish(*(submitted(uuid7()) for _ in range(number)))
        days.append((await closed(house, number))["day"])

    for index, earlier in enumerate(days):
        for day in days[index:]:
            proof = await house.get(f"/v1/journal-heads/{day}/consistency", None, since=earlier)
            assert (proof["earlier"]["day"], proof["head"]["day"]) == (earlier, day)
            assert check(proof) == f"RIGHT: the journal goes on from {earlier}\n"
    refused = await house.get(f"/v1/journal-heads/{days[0]}/consistency", None, expect=422, since=days[1])
    assert refused["detail"] == f"{days[1]} is after {days[0]}: `since` is the earlier day."
    await house.get(f"/v1/journal-heads/{days[0]}/consistency", None, expect=422, since="2019-03-05")
    await house.get("/v1/journal-heads/2019-03-05/consistency", None, expect=404, since=days[0])


async def test_a_head_is_time_stamped_and_published_again(house: House) -> None:
    head = await closed(house)
    with time_stamps.serving() as authority:
        assert await stamp_next(house.database, authority.url)
        assert not await stamp_next(house.database, authority.url)
    await house.settled()

    [stamped] = await heads(house)
    token = base64.b64decode(stamped["time_stamp"])
    info = tsp.ContentInfo.load(token)["content"]["encap_content_info"]["content"].parsed
    digest = hashlib.sha256(head["statement"].encode()).digest()
    assert info["message_imprint"]["hashed_message"].native == digest
    assert stamped["stamped_at"] == info["gen_time"].native.isoformat().replace("+00:00", "Z")
    [item], _ = await house.feed(PARTNER, type=JournalHeadStamped.type)
    assert item["event"]["data"]["time_stamp"] == stamped["time_stamp"]


async def test_a_head_waits_while_the_authority_is_away(house: House) -> None:
    await closed(house)
    with time_stamps.serving() as authority:
        authority.is_away = True
        assert not await stamp_next(house.database, authority.url)
        authority.is_away = False
        assert await stamp_next(house.database, authority.url)

    assert not await stamp_next(house.database, "http://127.0.0.1:9")
    assert (await heads(house))[0]["time_stamp"]


def test_an_answer_that_is_no_time_stamp_of_the_statement_is_refused() -> None:
    statement = statement_of(now().date(), 5, "0" * 64)
    authority = time_stamps.Authority()
    answer = authority.response(request_of(statement, 7))

    stamp = read_response(answer, statement, 7)
    assert read_token(stamp.token, statement) == stamp
    for content, about, nonce in (
        (answer, statement, 8),
        (answer, statement_of(now().date(), 6, "0" * 64), 7),
        (b"", statement, 7),
        (answer[:-20], statement, 7),
        (b"<html>", statement, 7),
    ):
        with pytest.raises(TimeStampRefused):
            read_response(content, about, nonce)
    with pytest.raises(TimeStampRefused):
        read_token(stamp.token[:-20], statement)
