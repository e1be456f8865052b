"""The feed: one order, cursors that never skip, the very bytes, and nobody told of what they may not read."""

import json
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from services.notification import commands, queries
from services.notification.models import Journal, Subscription
from services.notification.queries import feed as feed_room
from services.notification.rules.audience import Entry, as_entry, may_receive
from services.notification.rules.catalogue import published
from services.notification.schemas import EventPage
from shared.clock import now, today
from shared.events import Audience
from shared.events.catalog import ServicesMatched
from shared.ids import uuid7
from shared.security.access import AccessScope, Stakeholders
from shared.security.roles import Role
from tests.services.notification.conftest import (
    BANK,
    COMPANY,
    ELSEWHERE,
    EVERYONE,
    OTHER_REGION,
    PARTNER,
    PLATFORM,
    REGION,
    House,
    planned_ids,
)
from tests.services.notification.facts import (
    ATELIERS,
    BPIFRANCE,
    CAISSE_DES_DEPOTS,
    FORGES,
    LACQ,
    NOUVELLE_AQUITAINE,
    PAU,
    TARBES,
    appointed,
    declared,
    designated,
    member,
    opened,
    redrawn,
    registered,
    rejected,
    signed,
    submitted,
)
from tests.support.harness import NATIONAL, ON_SQLITE, TEAM

MATCHED = "fr.territoires-industrie.catalog.ServicesMatched.v1"
INVEST = f"operator:{BPIFRANCE}"
TYPE = "fr.territoires-industrie.contract.ActionSubmitted.v1"


async def ids(house: House, by: str, **params: Any) -> list[str]:
    """The ids of everything that the feed has for somebody."""
    items, _ = await house.feed(by, **params)
    return [item["event"]["id"] for item in items]


async def test_the_feed_gives_everything_in_one_order_and_says_where_it_ends(house: House) -> None:
    messages = await house.publish(*(submitted() for _ in range(7)))

    items, end = await house.feed(NATIONAL, limit=4)
    again, same = await house.feed(NATIONAL, limit=3, after=end)

    positions = [item["position"] for item in items]
    assert positions == list(range(1, await house.last() + 1))
    assert [item["event"]["id"] for item in items[-7:]] == [message.event_id for message in messages]
    assert (again, same) == ([], end)


async def test_the_last_members_of_a_closed_territory_still_receive_all_of_it(house: House) -> None:
    [event] = await house.publish(submitted())
    day = date(2022, 1, 1)
    left = [member(siren).model_copy(update={"left_on": day}) for siren in (PAU, TARBES)]
    left[1] = left[1].model_copy(update={"left_on": day - timedelta(days=1)})

    await house.publish(designated(LACQ, closed_on=day, members=left))

    assert await ids(house, TEAM, type=TYPE) == [event.event_id]
    assert await ids(house, f"territory:{TARBES}", type=TYPE) == []


@pytest.mark.parametrize(
    ("by", "siren"),
    [(INVEST, BPIFRANCE), (REGION, NOUVELLE_AQUITAINE), (TEAM, PAU), (f"party:{FORGES}", FORGES)],
)
async def test_an_organisation_that_has_ended_receives_only_what_names_it(house: House, by: str, siren: str) -> None:
    await house.publish(appointed(FORGES))
    made = await house.subscribe(by)
    [before, naming] = await house.publish(submitted(), submitted(organisations=[ATELIERS, siren]))
    assert [before.event_id, naming.event_id] == await ids(house, by, type=TYPE)

    await house.publish(registered(siren, valid_to=(today() - timedelta(days=1)).isoformat()))
    [after] = await house.publish(submitted())

    assert await ids(house, by, type=TYPE) == [naming.event_id]
    await house.get(f"/v1/events/{before.event_id}", by, expect=404)
    assert after.event_id not in await planned_ids(house, made)
    async with house.database.reading() as session:
        subscription = await session.get_one(Subscription, UUID(made["id"]))
        receiving = await queries.receiving_scope_of(session, subscription)
    assert not may_receive(receiving, as_entry(submitted()))


async def test_an_operator_finds_by_the_filter_what_is_about_it_and_that_opens_it_to_nobody(house: House) -> None:
    action = uuid7()
    matched = ServicesMatched(
        action_id=action,
        title="École de production (synthétique)",
        phase="2018",
        axes=["recruter"],
        matches=[],
        matched_at=now(),
        operators=[BPIFRANCE],
        territories=[LACQ],
        regions=["75"],
        organisations=[ATELIERS],
    )
    made = await house.subscribe(INVEST, operators=[BPIFRANCE])

    [event, _] = await house.publish(matched, matched.model_copy(update={"operators": []}))

    for by in (INVEST, BANK, TEAM):
        assert await ids(house, by, operator=BPIFRANCE, type=MATCHED) == [event.event_id]
    assert await planned_ids(house, made) == [event.event_id]
    for role in ("party", "region", "state", "territory"):
        assert await ids(house, f"{role}:{BPIFRANCE}", type=MATCHED) == []


async def test_the_event_is_published_to_the_byte(house: House) -> None:
    [sent] = await house.publish(submitted(title='Été « naïf » \\ "entre guillemets" \u2028 </script>'))

    page = await house.send("GET", "/v1/events", TEAM, params={"type": TYPE})
    one = await house.send("GET", f"/v1/events/{sent.event_id}", TEAM)
    journal = await house.send("GET", "/v1/journal", PLATFORM)

    assert f'"event":{sent.body}}}'.encode() in page.content
    assert one.content == b'{"position":%d,"event":%s}' % (await house.last(), sent.body.encode())
    assert f'"event":{sent.body}}}'.encode() in journal.content
    assert {each.headers["content-type"] for each in (page, one, journal)} == {"application/json"}


async def test_the_next_page_is_linked(house: House) -> None:
    page = await house.send("GET", "/v1/events", NATIONAL, params={"limit": 2, "wait": 0, "phase": "2018"})
    following = await house.send("GET", page.links["next"]["url"], NATIONAL)

    assert following.status_code == 200
    assert following.json()["items"][0]["position"] == 3


async def test_an_event_goes_on_being_read_from_an_old_cursor(house: House) -> None:
    _, end = await house.feed(TEAM)
    [first] = await house.publish(declared())
    seen, later = await house.feed(TEAM, after=end)
    [second] = await house.publish(declared())

    assert [item["event"]["id"] for item in seen] == [first.event_id]
    assert [item["event"]["id"] for item in (await house.feed(TEAM, after=end))[0]] == [
        first.event_id,
        second.event_id,
    ]
    assert [item["event"]["id"] for item in (await house.feed(TEAM, after=later))[0]] == [second.event_id]


@ON_SQLITE
async def test_a_cursor_serves_its_client_and_its_filters_alone(house: House) -> None:
    mine = (await house.get("/v1/events", TEAM))["next"]
    filtered = (await house.get("/v1/events", TEAM, type=TYPE))["next"]

    for by, params in (
        (COMPANY, {"after": mine}),
        (f"{TEAM};client=another", {"after": mine}),
        (TEAM, {"after": mine, "region": "75"}),
        (TEAM, {"after": filtered}),
        (TEAM, {"after": filtered, "type": "contract.ActionRejected.v1"}),
        (TEAM, {"after": mine[:-4] + "AAAA"}),
        (TEAM, {"after": "MTAw"}),
        (TEAM, {"after": "é"}),
        (TEAM, {"after": "x" * 2001}),
    ):
        answer = await house.send("GET", "/v1/events", by, params=params)
        assert answer.status_code in (400, 422), (by, params)
        assert answer.headers["content-type"] == "application/problem+json"
    journal = (await house.get("/v1/journal", PLATFORM))["next"]
    assert (await house.get("/v1/events", PLATFORM, expect=400, after=journal))["code"] == "cursor-not-valid"


@ON_SQLITE
async def test_waiting_and_page_size_are_no_filters(house: House) -> None:
    cursor = (await house.get("/v1/events", NATIONAL, limit=1))["next"]

    page = await house.get("/v1/events", NATIONAL, after=cursor, wait=1, limit=2)

    assert [item["position"] for item in page["items"]] == [2, 3]


@ON_SQLITE
@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"type": "contract.Nothing.v1"}, "event-type-not-known"),
        ({"type": "x" * 201}, "unprocessable"),
        ({"territory": "ti-9999"}, "territory-not-known"),
        ({"territory": "2018-ti-9999"}, "territory-not-known"),
        ({"territory": LACQ, "phase": "2023"}, "territory-not-known"),
        ({"operator": "000000133"}, "organisation-not-known"),
        ({"territory": "ti-7505"}, "bare-code-ambiguous"),
        ({"territory": "Lacq"}, "unprocessable"),
        ({"region": "Aquitaine"}, "unprocessable"),
        ({"operator": "123456789"}, "unprocessable"),
        ({"wait": 21}, "unprocessable"),
        ({"wait": -1}, "unprocessable"),
        ({"limit": 0}, "unprocessable"),
        ({"limit": 201}, "unprocessable"),
        ({"limit": "9" * 30}, "unprocessable"),
        ({"types": "x"}, "unknown-parameter"),
    ],
)
async def test_a_parameter_that_means_nothing_is_refused(house: House, params: dict[str, str], code: str) -> None:
    problem = await house.get("/v1/events", TEAM, expect=422, **params)

    assert problem["code"] == code
    if code == "event-type-not-known":
        assert "/v1/event-types" in problem["detail"]


async def test_filters(house: House) -> None:
    action, other = uuid7(), uuid7()
    mine, theirs, figure, refused = await house.publish(
        submitted(action),
        submitted(other, territories=["2018-ti-7601"], regions=["76"], organisations=[CAISSE_DES_DEPOTS]),
        declared(),
        rejected(action),
    )
    start = (await house.get("/v1/events", NATIONAL, limit=200))["next"]
    assert start

    async def found(**params: Any) -> set[str]:
        kept = {mine.event_id, theirs.event_id, figure.event_id, refused.event_id}
        return set(await ids(house, NATIONAL, **params)) & kept

    assert await found(type=TYPE) == {mine.event_id, theirs.event_id}
    assert await found(type=[TYPE, "territory.FigureDeclared.v1"]) == {
        mine.event_id,
        theirs.event_id,
        figure.event_id,
    }
    assert await found(territory=LACQ) == {mine.event_id, refused.event_id}
    assert await found(territory="ti-7505", phase="2018") == {mine.event_id, refused.event_id}
    assert await found(region="75") == {mine.event_id, refused.event_id}
    assert await found(region="76") == {mine.event_id, theirs.event_id, refused.event_id}
    assert await found(operator=CAISSE_DES_DEPOTS) == {theirs.event_id}
    assert await found(operator=ATELIERS, type=TYPE) == {mine.event_id}


async def test_who_receives_what(house: House) -> None:
    closed, public = await house.publish(submitted(), declared())

    seen_by = {by: await ids(house, by) for by in EVERYONE}

    assert all(public.event_id in seen for seen in seen_by.values())
    assert {by for by, seen in seen_by.items() if closed.event_id in seen} == {
        NATIONAL,
        REGION,
        OTHER_REGION,
        TEAM,
        COMPANY,
        BANK,
    }
    for by, seen in seen_by.items():
        expect = 200 if closed.event_id in seen else 404
        await house.get(f"/v1/events/{closed.event_id}", by, expect=expect)


async def test_claims_narrow_the_feed(house: House) -> None:
    [closed] = await house.publish(submitted())

    for by, sees in (
        (f"{TEAM};territories={LACQ}", True),
        (f"{TEAM};territories=2018-ti-7601", False),
        (f"{NATIONAL};regions=75", True),
        (f"{NATIONAL};regions=53", False),
        (f"{REGION};territories=", False),
    ):
        assert (closed.event_id in await ids(house, by)) is sees, by


async def test_a_party_that_was_removed_gets_nothing_more_not_even_of_before(house: House) -> None:
    action = uuid7()
    before, *_ = await house.publish(submitted(action, organisations=[ATELIERS, FORGES]))
    forges = f"party:{FORGES}"
    assert before.event_id in await ids(house, forges)

    removed, *_ = await house.publish(submitted(action, organisations=[ATELIERS]))

    assert not {before.event_id, removed.event_id} & set(await ids(house, forges))
    assert {before.event_id, removed.event_id} <= set(await ids(house, COMPANY))
    await house.get(f"/v1/events/{before.event_id}", forges, expect=404)


async def test_a_party_that_came_later_gets_what_names_it_alone(house: House) -> None:
    action = uuid7()
    before, named = await house.publish(
        submitted(action, organisations=[ATELIERS]), submitted(action, organisations=[ATELIERS, FORGES])
    )

    assert set(await ids(house, f"party:{FORGES}")) & {before.event_id, named.event_id} == {named.event_id}


async def test_a_region_that_was_left_gets_nothing_more(house: House) -> None:
    action = uuid7()
    [before] = await house.publish(submitted(action))
    assert before.event_id in await ids(house, OTHER_REGION)

    [after] = await house.publish(submitted(action, regions=["75"]))

    assert not {before.event_id, after.event_id} & set(await ids(house, OTHER_REGION))
    assert {before.event_id, after.event_id} <= set(await ids(house, REGION))


async def test_a_member_that_has_left_its_territory_gets_nothing_more(house: House) -> None:
    [before] = await house.publish(submitted())
    assert before.event_id in await ids(house, TEAM)

    await house.publish(redrawn(LACQ, TARBES))

    assert before.event_id not in await ids(house, TEAM)


async def test_what_has_become_public_opens_nothing_of_before(house: House) -> None:
    contract = uuid7()
    draft, public = await house.publish(opened(contract), signed(contract))

    for by in (PARTNER, ELSEWHERE, PLATFORM, f"operator:{BPIFRANCE}"):
        assert {draft.event_id, public.event_id} & set(await ids(house, by)) == {public.event_id}, by
    for by in (NATIONAL, TEAM, COMPANY, BANK, REGION):
        assert {draft.event_id, public.event_id} <= set(await ids(house, by)), by


async def test_an_earlier_event_that_comes_late_does_not_bring_back_who_left(house: House) -> None:
    action = uuid7()
    both, one = submitted(action, organisations=[ATELIERS, FORGES]), submitted(action, organisations=[ATELIERS])
    first, second = await house.publish(both, one)
    late = first.__class__(str(uuid7()), first.type, first.subject, first.body.replace(first.event_id, str(uuid7())))
    async with house.database.writing() as session:
        await commands.record_events(session, [late])
    await house.settled()

    assert not {first.event_id, second.event_id, late.event_id} & set(await ids(house, f"party:{FORGES}"))


def test_a_type_that_we_do_not_know_is_sent_to_nobody() -> None:
    entry = Entry(
        1, "id", "fr.territoires-industrie.contract.Unknown.v9", "contract/1", Stakeholders.of(), Stakeholders.of()
    )

    assert not any(may_receive(AccessScope(role), entry) for role in Role)


FIGURES = "territory.FigureDeclared.v1"


async def test_a_page_is_read_on_until_it_is_full_or_the_journal_ends(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_room, "STEP", 3)
    first, *_, second, third, _ = await house.publish(
        declared(), *(submitted() for _ in range(8)), declared(), declared(), submitted()
    )

    page = await house.get("/v1/events", PARTNER, type=FIGURES, limit=2)
    rest = await house.get("/v1/events", PARTNER, type=FIGURES, limit=2, after=page["next"])
    exact = await house.get("/v1/events", PARTNER, type=FIGURES, limit=3)

    assert [item["event"]["id"] for item in page["items"]] == [first.event_id, second.event_id]
    assert [item["event"]["id"] for item in rest["items"]] == [third.event_id]
    assert [each["has_more"] for each in (page, rest, exact)] == [True, False, False]


@pytest.mark.parametrize("wait", [0, 20])
async def test_a_page_is_read_up_to_a_bound_and_says_that_there_is_more(
    house: House, monkeypatch: pytest.MonkeyPatch, wait: int
) -> None:
    start = await house.last()
    *_, figure = await house.publish(*(submitted() for _ in range(8)), declared())
    monkeypatch.setattr(feed_room, "STEP", 2)
    monkeypatch.setattr(feed_room, "MAX_READ", start + 5)

    page = await house.get("/v1/events", PARTNER, type=FIGURES, wait=wait)
    rest = await house.get("/v1/events", PARTNER, type=FIGURES, wait=wait, after=page["next"])

    assert (page["items"], page["has_more"]) == ([], True)
    assert [item["event"]["id"] for item in rest["items"]] == [figure.event_id]
    assert rest["has_more"] is False


async def test_what_one_may_not_receive_is_no_more(house: House) -> None:
    await house.publish(declared(), submitted())
    items, end = await house.feed(PARTNER)

    page = await house.get("/v1/events", PARTNER, limit=len(items))

    assert page["has_more"] is False
    assert page["next"] == end


async def test_an_event_is_read_by_its_id(house: House) -> None:
    [sent] = await house.publish(declared())
    async with house.database.reading() as session:
        row = await session.scalar(select(Journal).where(Journal.event_id == sent.event_id))
    assert row is not None
    assert row.position == await house.last()

    await house.get(f"/v1/events/{uuid7()}", TEAM, expect=404)
    await house.get("/v1/events/not-an-id", TEAM, expect=422)
    await house.get(f"/v1/events/{sent.event_id}", TEAM)


async def test_the_whole_journal_is_for_the_platform(house: House) -> None:
    await house.publish(submitted(), declared())
    last = await house.last()

    page = await house.get("/v1/journal", PLATFORM, limit=500)
    end = await house.get("/v1/journal", PLATFORM, limit=500, after=page["next"])

    assert [item["position"] for item in page["items"]] == list(range(1, last + 1))
    assert page["has_more"] is False
    assert end == {"items": [], "next": page["next"], "has_more": False}
    assert (await house.get("/v1/journal", PLATFORM, limit=last - 1))["has_more"] is True
    for by in set(EVERYONE) - {PLATFORM}:
        await house.get("/v1/journal", by, expect=403)
    await house.get("/v1/journal", None, expect=401)
    await house.get("/v1/journal", f"{PLATFORM};scope=events:read", expect=403)
    await house.get("/v1/journal", PLATFORM, expect=422, limit=501)


@ON_SQLITE
async def test_the_feed_needs_a_token_with_its_scope(house: House) -> None:
    await house.get("/v1/events", None, expect=401)
    await house.get("/v1/events", f"{TEAM};scope=subscriptions:read", expect=403)
    await house.get(f"/v1/events/{uuid7()}", None, expect=401)


@ON_SQLITE
async def test_the_catalogue_of_types_is_public(house: House) -> None:
    types = (await house.get("/v1/event-types", None))["items"]
    one = await house.get("/v1/event-types/contract.ContractSigned.v1", None)
    full = await house.get(f"/v1/event-types/{one['type']}", None)

    assert [each["type"] for each in types] == list(published())
    assert {each["audience"] for each in types} == set(Audience)
    assert {each["name"].split(".")[1] for each in types if each["operators"]} == {
        "ActionSubmitted", "ActionChanged", "ActionReturned", "ActionValidated", "ActionRejected", "ActionAbandoned",
        "ServicesMatched",
    }  # fmt: skip
    assert {each["subject"] for each in types} >= {"contract/…", "territory/…", "subscription/…"}
    assert all(each["description"] for each in types)
    assert one == full
    assert "content_sha256" in one["json_schema"]["properties"]
    assert (await house.get("/v1/event-types/nothing", None, expect=422))["code"] == "event-type-not-known"


@ON_SQLITE
async def test_a_page_is_json_that_the_schema_describes(house: House) -> None:
    await house.publish(submitted(), signed(), designated(LACQ))
    page = await house.send("GET", "/v1/events", NATIONAL)
    read = EventPage.model_validate_json(page.content)

    assert json.loads(page.content)["items"][0]["event"]["id"] == read.items[0].event.id
    assert UUID(read.items[0].event.id)
