"""Partners with a webhook and with the feed: the events that they got, held against those that were committed."""

import asyncio
import json
import sqlite3
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx

from app.demo.checks import ok, until
from deploy.processes import Process
from shared.events import Audience, Event
from tests.support.processes import Client, Form
from tests.system.crashes import audit, wire
from tests.system.crashes.audit import Books
from tests.system.crashes.wire import Heard

CONCERNED: Final[Mapping[str, Callable[[dict[str, Any]], bool]]] = {
    "delegation": lambda _: True,
    "region": lambda data: "75" in data["regions"],
    "banque-des-territoires": lambda data: "180020026" in data["organisations"],
    "partner": lambda _: False,
}
"""Four partners, and which of the facts that are not public concern them."""
OPERATORS: Final = frozenset({"banque-des-territoires"})
"""Subscribers that are operators of the programme."""
DELIVERING: Final[dict[str, Any]] = {
    "TERRITORIES_DANGEROUS_LOOPBACK_WEBHOOKS": "true",
    "TERRITORIES_WEBHOOK_DELAYS": json.dumps([0.1, 0.2, 0.5] + [1.0] * 60),
}
"""Settings of a platform that delivers to this machine, where a receiver that is killed is back in a few seconds."""


@dataclass
class Partners:
    """The four, each with its mailbox and with what it has read of the feed."""

    form: Form
    file: Path
    before: frozenset[str]
    """The events that were told before they subscribed."""
    read: dict[str, Heard] = field(default_factory=dict)
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    async def complete(self, books: Books, seconds: float = 120) -> None:
        """Wait until everything has arrived; whatever has not, `faults` will say."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if all(self._expected(name, books).keys() <= dict(self.arrived(name)).keys() for name in CONCERNED):
                return
            await asyncio.sleep(0.2)

    def violations(self, books: Books) -> list[str]:
        """Every promise to them that does not hold."""
        violations = [f"an unknown signature: {name}" for (name,) in self._rows("SELECT name FROM refused")]
        for name in CONCERNED:
            expected = self._expected(name, books)
            arrived, read = self.arrived(name), [one for one in self.read[name] if one[0] not in self.before]
            violations += _violations(f"{name} by webhook", expected, arrived)
            violations += _violations(f"{name} in the feed", expected, read)
            effects = Counter(dict(self._rows("SELECT subject, count FROM effects WHERE name = ?", name)))
            once = Counter(json.loads(body)["subject"] for body in expected.values())
            violations += [f"{name}: applied too little: {subject}" for subject in once - effects]
            violations += [f"{name}: applied too often: {subject}" for subject in effects - once]
        return violations

    def arrived(self, name: str) -> Heard:
        """Read the events that the mailbox of a partner has applied, in the order of arrival."""
        rows = self._rows("SELECT event_id, body FROM applied WHERE name = ? ORDER BY place, rowid", name)
        return [(event_id, body.decode()) for event_id, body in rows]

    def _expected(self, name: str, books: Books) -> dict[str, str]:
        """Return the events for its audience that were committed since it subscribed."""
        return {
            row["event_id"]: row["body"]
            for row in books.outbox
            if row["event_id"] not in self.before
            and Event.catalogue[row["type"]].audience is not Audience.PLATFORM
            and (
                Event.catalogue[row["type"]].audience is Audience.PUBLIC
                or CONCERNED[name](audit.data_of(row))
                or (name in OPERATORS and Event.catalogue[row["type"]].concerns_operators)
            )
        }  # fmt: skip

    def _rows(self, statement: str, *values: str) -> list[Any]:
        with closing(sqlite3.connect(self.file)) as connection:
            return connection.execute(statement, values).fetchall()

    async def subscribe(self, name: str, client: Client, url: str) -> None:
        """A subscription to everything, whose receiver has consented."""
        made = ok(await client.post("/v1/subscriptions", json={"url": f"{url}/{name}"}))
        with closing(sqlite3.connect(self.file)) as connection, connection:
            connection.execute("INSERT INTO secrets VALUES (?, ?)", (name, made["secret"]))

        async def consented() -> bool:
            return bool(ok(await client.get(f"/v1/subscriptions/{made['id']}"))["status"] == "active")

        await until(consented)

    async def follow(self, name: str, client: Client) -> None:
        """Read the feed from its beginning to its end, through whatever crashes."""
        found: Heard = []
        self.read[name] = found
        params: dict[str, Any] = {"limit": 200}
        while True:
            ended = self.ended.is_set()
            page = await _surely(client, "/v1/events", {**params, "wait": 0 if ended else 2})
            found += [(item["event"]["id"], _text(item["event"])) for item in page["items"]]
            if ended and page["next"] == params.get("after"):
                return
            params["after"] = page["next"]


def _violations(who: str, expected: Mapping[str, str], found: Heard) -> list[str]:
    ids = [event_id for event_id, _ in found]
    violations = [f"{who}: missing {event_id}" for event_id in expected.keys() - set(ids)]
    violations += [f"{who}: not for it, or never committed: {event_id}" for event_id in set(ids) - expected.keys()]
    violations += [f"{who}: not as stored: {key}" for key, body in found if key in expected and body != expected[key]]
    violations += [f"{who}: {key} came {count} times" for key, count in Counter(ids).items() if count > 1]
    return violations + [f"{who}: {violation}" for violation in wire.disordered(found)]


@asynccontextmanager
async def partners(form: Form, folder: Path) -> AsyncIterator[Partners]:
    """The four, subscribed and reading; their receiver is a process of the form's, `subscriber`."""
    file = folder / "subscriber.db"
    receiver = Process((str(file),), {}, folder / "subscriber.txt", module="tests.system.crashes.subscriber")
    form.processes["subscriber"] = receiver
    receiver.start()
    await receiver.ready("/ready")
    found = Partners(form, file, await _published_before(form))
    try:
        async with AsyncExitStack() as clients:
            reading = []
            for name in CONCERNED:
                client = await clients.enter_async_context(form.client(name))
                await found.subscribe(name, client, receiver.url)
                reading.append(asyncio.create_task(found.follow(name, client)))
            yield found
            found.ended.set()
            await asyncio.gather(*reading)
    finally:
        receiver.stop()


async def _published_before(form: Form) -> frozenset[str]:
    """Everything that is in the journal now."""
    rows = await audit.query(form, "notification", "SELECT event_id FROM journal")
    return frozenset(str(row["event_id"]) for row in rows)


async def _surely(client: Client, path: str, params: dict[str, Any]) -> dict[str, Any]:
    """Ask until it is answered."""
    while True:
        try:
            answer = await client.get(path, params=params)
        except httpx.TransportError:
            await asyncio.sleep(0.1)
            continue
        if answer.status_code < 500:
            return dict(ok(answer))
        await asyncio.sleep(0.1)


def _text(event: dict[str, Any]) -> str:
    """As the outbox writes it."""
    return json.dumps(event, ensure_ascii=False, separators=(",", ":"))
