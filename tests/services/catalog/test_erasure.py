"""The contact of a person is erased on demand and after a time; opaque ids, days and the history stay."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from services.catalog.app import service
from services.catalog.models import Base
from shared.runtime.sweeper import Sweeper
from shared.settings import Settings
from shared.storage import erasure
from shared.storage.chain import Chainer
from shared.storage.erasure import ERASER, Erasure, overwrite_deleted
from shared.storage.integrity import HistoryRead, verify_history
from shared.storage.tables import history, idempotency
from tests.services.catalog.conftest import Clock, House
from tests.services.catalog.places import BANK, BPI, COEUR, CONTACT, LACQ, NATIONAL, PLATFORM, REFERENT, REGION, TEAM
from tests.support.harness import ON_SQLITE, content

PERSON: Final = UUID("0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e77")
REASON: Final = "contact erased: asked for by the person"


async def name(house: House, by: str = BANK, **more: Any) -> dict[str, Any]:
    """Name a referent under an idempotency key, whose stored answer shows the contact."""
    body = {**REFERENT, "person_id": str(PERSON), **more}
    key = {"Idempotency-Key": f"{by} {more}"}
    return content(await house.send("POST", "/v1/referents", by, json=body, headers=key), 201)


async def erase(house: House, person: UUID = PERSON) -> Erasure:
    async with house.database.writing(by=ERASER) as session:
        return await erasure.erase(session, service.metadata, person, reason=REASON)


async def dump(house: House) -> AsyncIterator[str]:
    """Yield every row of every table as text."""
    async with house.database.reading() as session:
        for table in Base.metadata.sorted_tables:
            for row in await session.execute(select(table)):
                yield f"{table.name}: {row}"


async def showing_contact(house: House) -> list[str]:
    return [row async for row in dump(house) if any(word in row for word in CONTACT)]


async def sweep(house: House, settings: Settings) -> None:
    await Sweeper(house.database, settings, service.retentions).sweep()


async def test_an_erasure_leaves_no_contact_in_the_whole_database(house: House) -> None:
    here, there = await name(house), await name(house, by=BPI, territory=COEUR)
    assert len(await showing_contact(house)) == 4, "two rows and two stored answers"

    outcome = await erase(house)

    contact = ["name", "mail", "phone"]
    assert outcome.emptied == {f"/v1/referents/{each['id']}": contact for each in (here, there)}
    assert (outcome.answers, outcome.kept) == (2, {"referents": 2})
    assert await showing_contact(house) == []


async def test_what_proves_the_mandate_stays(house: House) -> None:
    named = await name(house)

    await erase(house)

    erased = await house.get(f"/v1/referents/{named['id']}", by=BANK)
    without = {"name": None, "mail": None, "phone": None, "version": 2, "updated_at": erased["updated_at"]}
    assert erased == {**named, **without}


async def test_the_history_is_as_it_was_and_has_one_line_more(house: House) -> None:
    named = await name(house)
    path = f"/v1/referents/{named['id']}/history"
    before = (await house.get(path, by=BANK))["items"]
    stored = await lines(house)

    await erase(house)

    *former, last = (await house.get(path, by=BANK))["items"]
    assert former == before
    assert (last["operation"], last["reason"], last["changed"]) == ("updated", REASON, {})
    assert last["by"] == {"client_id": "erasure", "org": None}
    assert (await lines(house))[: len(stored)] == stored, "no stored line was changed"


async def test_what_proves_the_history_holds_after_an_erasure(house: House) -> None:
    await name(house)
    before = await proven(house)

    await erase(house)

    after = await proven(house)
    assert len(before.hashes) == before.lines
    assert before.hashes.items() < after.hashes.items(), "the hash of each earlier line is the one that was published"
    assert after.lines == before.lines + 1


async def proven(house: House) -> HistoryRead:
    """Chain the history and verify it with its objects; return what was read, with the hash of each line."""
    await house.numbered()
    while await Chainer(house.database).extend():
        pass
    async with house.database.reading() as session:
        read, findings = await verify_history(session, Base.metadata, frozenset(range(10_000)))
    assert findings == []
    return read


async def lines(house: House) -> list[Any]:
    """Return what is stored of every line of history, but its position."""
    columns = [column for column in history.c if column.name not in ("position", "known_from")]
    async with house.database.reading() as session:
        return list((await session.execute(select(*columns).order_by(history.c.id))).all())


async def test_a_reader_of_the_changes_learns_of_the_erasure(house: House) -> None:
    await name(house)
    await house.numbered()
    read = await house.get("/v1/referents/changes", by=BANK)

    await erase(house)
    await house.numbered()

    [change] = (await house.get("/v1/referents/changes", by=BANK, after=read["next"]))["items"]
    assert (change["operation"], change["object"]["name"], change["object"]["mail"]) == ("updated", None, None)


async def test_an_erasure_publishes_nothing_and_a_second_one_changes_nothing(house: House) -> None:
    await name(house)
    published, _ = await house.published(), await erase(house)
    stored = await lines(house)

    again = await erase(house)

    assert (again.emptied, again.answers, again.kept) == ({}, 0, {"referents": 1})
    assert await lines(house) == stored
    assert await house.published() == published


async def test_other_persons_and_their_answers_stay(house: House) -> None:
    other = await name(house, by=BPI, person_id=str(uuid4()))
    await name(house)

    await erase(house)

    assert await house.get(f"/v1/referents/{other['id']}", by=BPI) == other
    async with house.database.reading() as session:
        assert [row.client_id for row in await session.execute(select(idempotency))] == [BPI]


async def test_nothing_is_held_of_an_unknown_person(house: House) -> None:
    await name(house)

    outcome = await erase(house, uuid4())

    assert outcome.is_unknown
    assert len(await showing_contact(house)) == 2


async def test_an_erased_contact_does_not_come_back(house: House) -> None:
    named = await name(house)
    await erase(house)

    refused = await house.patch(f"/v1/referents/{named['id']}", {"mail": REFERENT["mail"]}, by=BANK, expect=409)

    assert refused["code"] == "contact-erased"
    assert await showing_contact(house) == []


async def test_an_operator_erases_the_contact_of_its_referent(house: House) -> None:
    here, there = await name(house), await name(house, territory=COEUR)
    path = f"/v1/referents/{here['id']}/erase-contact"

    erased = await house.post(path, by=BANK)
    again = await house.post(path, by=BANK)

    assert (erased["name"], erased["mail"], erased["phone"], erased["until"]) == (None, None, None, None)
    assert again == erased
    last = (await house.get(f"/v1/referents/{here['id']}/history", by=BANK))["items"][-1]
    assert (last["reason"], last["by"]["org"]) == ("contact erased by the operator", here["operator"])
    assert await house.get(f"/v1/referents/{there['id']}", by=BANK) == there
    assert len(await showing_contact(house)) == 1, "the other mandate; no stored answer"


@pytest.mark.parametrize(("by", "status"), [(BPI, 404), (TEAM, 403), (REGION, 403), (NATIONAL, 403), (PLATFORM, 403)])
async def test_nobody_else_erases_it(house: House, by: str, status: int) -> None:
    named = await name(house)

    await house.post(f"/v1/referents/{named['id']}/erase-contact", by=by, expect=status)

    assert len(await showing_contact(house)) == 2


@ON_SQLITE
async def test_the_files_of_sqlite_do_not_have_the_contact_any_more(house: House, settings: Settings) -> None:
    for number in range(30):
        # A new contact each time: pages are split, and left behind.
        await name(house, territory=(LACQ, COEUR)[number % 2], phone=f"+33 1 99 00 00 01 {number}")

    def files() -> bytes:
        return b"".join(Path(each).read_bytes() for each in sorted(settings.data_dir.glob("catalog.db*")))

    assert CONTACT[1].encode() in files()
    await erase(house)
    await overwrite_deleted(house.database)

    assert [word for word in CONTACT if word.encode() in files()] == []


@pytest.mark.parametrize(("days", "is_kept"), [(364, True), (365, False)])
async def test_the_contact_of_a_former_referent_goes_after_a_year_and_not_before(
    house: House, settings: Settings, clock: Clock, days: int, is_kept: bool
) -> None:
    former = await name(house, since="2019-03-18")
    present = await name(house, name="Dominique Exemple", person_id=str(uuid4()))

    clock.pass_days(days)
    await sweep(house, settings)

    found = await house.get(f"/v1/referents/{former['id']}", by=BANK)
    assert (found["mail"] == REFERENT["mail"], found["name"] is not None) == (is_kept, is_kept)
    assert (await house.get(f"/v1/referents/{present['id']}", by=BANK))["name"] == "Dominique Exemple"
    history_ = (await house.get(f"/v1/referents/{former['id']}/history", by=BANK))["items"]
    assert [line["reason"] for line in history_[2:]] == (
        [] if is_kept else ["contact erased: the mandate ended long ago"]
    )


async def test_a_sweep_erases_all_that_is_due_once(
    house: House, settings: Settings, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasure, "BATCH", 2)
    for number in range(6):
        await name(house, name=f"Camille {number}")
    clock.pass_days(400)

    await sweep(house, settings)
    once = await house.lines()
    await sweep(house, settings)

    assert await house.lines() == once
    assert len((await house.get("/v1/referents", current="false", by=BANK))["items"]) == 5
    assert len(await showing_contact(house)) == 1, "the one in office"


async def test_the_setting_says_how_long(house: House, settings: Settings, clock: Clock) -> None:
    await name(house)
    await name(house, name="Dominique Exemple")
    clock.pass_days(30)

    await sweep(house, settings.model_copy(update={"contact_retention": 30}))

    [former] = (await house.get("/v1/referents", current="false", by=BANK))["items"]
    assert former["name"] is None
