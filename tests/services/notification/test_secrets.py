"""The secrets of subscriptions: they overlap and end, are shown once and stand nowhere."""

import asyncio
import base64
import logging
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest
import time_machine
from cryptography.exceptions import InvalidTag
from pydantic import SecretStr
from sqlalchemy import select

from services.notification.models import Base
from services.notification.rules.sealing import Seal, new_secret
from services.notification.settings import seal_of
from shared.ids import uuid7
from shared.runtime.app import serve
from shared.settings import Settings
from shared.storage.database import Database
from tests.services.notification.conftest import (
    RECEIVER,
    House,
    address,
    service,
    valid,
)
from tests.support.harness import TEAM

KEY: Final = {"Idempotency-Key": "the-same"}


async def test_secrets_overlap_and_end(house: House) -> None:
    with time_machine.travel(datetime(2026, 3, 5, 12, tzinfo=UTC), tick=False) as clock:
        made = await house.post("/v1/subscriptions", {"url": RECEIVER}, expect=201)
        first = made["secret"]
        rotated = await house.post(address(made, "rotate-secret"), {})
        second = rotated["secret"]
        assert await valid(house, made) == [second, first]
        assert rotated["former"] == [{"created_at": "2026-03-05T12:00:00Z", "expires_at": "2026-03-06T12:00:00Z"}]
        clock.shift(timedelta(hours=1))
        third = (await house.post(address(made, "rotate-secret"), {"overlap_seconds": 604_800}))["secret"]
        assert await valid(house, made) == [third, second, first]
        clock.shift(timedelta(hours=23, seconds=1))
        assert await valid(house, made) == [third, second]
        last = await house.post(address(made, "rotate-secret"), {"overlap_seconds": 0})
        assert last["former"] == []
        assert await valid(house, made) == [last["secret"]]
    for body in ({"overlap_seconds": -1}, {"overlap_seconds": 604_801}, {"overlap_seconds": "0"}, {"overlap": 1}):
        await house.post(address(made, "rotate-secret"), body, expect=422)


async def test_only_so_many_secrets_sign_together(house: House) -> None:
    made = await house.subscribe()
    for _ in range(15):
        await house.post(address(made, "rotate-secret"), {})

    assert len(await valid(house, made)) == 10


async def test_a_secret_is_shown_once_and_stands_nowhere(
    house: House, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    made = await house.post("/v1/subscriptions", {"url": RECEIVER}, expect=201)
    rotated = await house.post(address(made, "rotate-secret"), {})
    await house.patch(address(made), {"description": "x"})
    await house.settled()
    words = [made["secret"], rotated["secret"]]
    raw = [base64.b64decode(word.removeprefix("whsec_")) for word in words]

    shown = ""
    for path in ("", "/changes", f"/{made['id']}", f"/{made['id']}/history", f"/{made['id']}/deliveries"):
        shown += (await house.send("GET", f"/v1/subscriptions{path}", TEAM)).text
    stored = await everything(house)

    for word, key in zip(words, raw, strict=True):
        for form in (word, word.removeprefix("whsec_"), key.hex()):
            assert form not in shown
            assert form not in stored
            assert form not in caplog.text + "".join(capsys.readouterr())
        assert key not in stored.encode("latin-1", "replace")
    assert "whsec_" not in shown + stored


async def everything(house: House) -> str:
    """Every cell of every table, bytes as their Latin-1 letters."""
    cells = []
    async with house.database.reading() as session:
        for table in Base.metadata.sorted_tables:
            for row in await session.execute(select(table)):
                cells += [cell.decode("latin-1") if isinstance(cell, bytes) else str(cell) for cell in row]
    return "\n".join(cells)


async def test_a_creation_that_is_sent_again_makes_nothing_and_names_what_was_made(house: House) -> None:
    first, again = [
        await house.send("POST", "/v1/subscriptions", TEAM, json={"url": RECEIVER}, headers=KEY) for _ in range(2)
    ]
    other = await house.send("POST", "/v1/subscriptions", TEAM, json={"url": f"{RECEIVER}/2"}, headers=KEY)
    listed = await house.get("/v1/subscriptions")

    made = first.json()
    assert (first.status_code, first.headers["location"]) == (201, address(made))
    assert (again.status_code, again.json()["code"]) == (409, "secret-shown-once")
    assert again.json()["location"] == address(made)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
    assert [each["id"] for each in listed["items"]] == [made["id"]]
    assert made["secret"] not in again.text + await everything(house)


async def test_a_rotation_that_is_sent_again_rotates_once(house: House) -> None:
    made = await house.subscribe()
    path = address(made, "rotate-secret")

    first, again = [await house.send("POST", path, TEAM, json={}, headers=KEY) for _ in range(2)]

    assert (first.status_code, first.headers["location"]) == (200, address(made))
    assert (again.status_code, again.json()["code"]) == (409, "secret-shown-once")
    assert again.json()["location"] == address(made)
    assert await valid(house, made) == [first.json()["secret"], made["secret"]]
    assert first.json()["secret"] not in again.text + await everything(house)


async def test_of_many_equal_creations_at_once_one_has_an_effect(house: House) -> None:
    answers = await asyncio.gather(
        *(house.send("POST", "/v1/subscriptions", TEAM, json={"url": RECEIVER}, headers=KEY) for _ in range(10))
    )
    listed = await house.get("/v1/subscriptions")

    codes = Counter(answer.json().get("code") for answer in answers)
    assert codes[None] == len(listed["items"]) == 1
    assert codes.keys() <= {None, "secret-shown-once", "idempotency-key-in-flight"}


def test_a_seal_opens_for_its_own_subscription_and_key_alone() -> None:
    seal, one, other, secret = Seal(b"a key"), uuid7(), uuid7(), new_secret()
    sealed = seal.close(secret, one)

    assert base64.b64encode(seal.open(sealed, one)).decode() == secret.removeprefix("whsec_")
    assert seal.close(secret, one) != sealed
    for wrong, subscription, content in (
        (seal, other, sealed),
        (Seal(b"another"), one, sealed),
        (seal, one, sealed[:-1] + bytes([sealed[-1] ^ 1])),
    ):
        with pytest.raises(InvalidTag):
            wrong.open(content, subscription)
    assert "a key" not in repr(seal)


async def test_on_postgresql_a_start_without_a_key_for_secrets_is_refused(on_postgresql: Settings) -> None:
    app = serve(service, settings=on_postgresql.model_copy(update={"secrets_key": SecretStr("")}), complete=True)

    with pytest.raises(RuntimeError, match="TERRITORIES_SECRETS_KEY"):
        async with app.router.lifespan_context(app):
            pass


def test_on_sqlite_the_key_is_made_and_stays(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)

    keys = {seal_of(settings, Database("notification", settings)).key for _ in range(2)}

    assert len(keys) == 1
    assert (tmp_path / "secrets.key").stat().st_mode & 0o777 == 0o600
