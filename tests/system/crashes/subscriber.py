"""A sample subscriber, as a partner would run it: a process of its own that applies each event once.

It keeps what it has applied in a database: the event's id and its effect in one transaction, and only then the answer.
Killed at any moment, it may be told again; it never applies again.

Started as `python -m tests.system.crashes.subscriber FILE`.
"""

import json
import os
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

from aiohttp import web
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

TABLES = """
CREATE TABLE IF NOT EXISTS secrets (name TEXT PRIMARY KEY, secret TEXT);
CREATE TABLE IF NOT EXISTS applied (name TEXT, event_id TEXT, place INTEGER, body BLOB, PRIMARY KEY (name, event_id));
CREATE TABLE IF NOT EXISTS effects (name TEXT, subject TEXT, count INTEGER, PRIMARY KEY (name, subject));
CREATE TABLE IF NOT EXISTS refused (name TEXT);
"""


class Subscriber:
    """One mailbox for each name in an address: `/region`, `/partner`."""

    def __init__(self, file: Path) -> None:
        self.database = sqlite3.connect(file, isolation_level=None)
        self.database.execute("PRAGMA journal_mode = WAL")
        self.database.executescript(TABLES)

    async def consent(self, request: web.Request) -> web.Response:
        """The handshake."""
        return web.Response(headers={"WebHook-Allowed-Origin": request.headers["WebHook-Request-Origin"]})

    async def receive(self, request: web.Request) -> web.Response:
        """Verify, apply, answer."""
        name, body = request.match_info["name"], await request.read()
        try:
            Webhook(self._secret(name)).verify(body, dict(request.headers))
        except WebhookVerificationError:
            self.database.execute("INSERT INTO refused VALUES (?)", (name,))
            return web.Response(status=401)
        self._apply(name, body)
        return web.Response(status=204)

    async def ready(self, _: web.Request) -> web.Response:
        """It listens."""
        return web.Response()

    def _secret(self, name: str) -> str:
        ((secret,),) = self.database.execute("SELECT secret FROM secrets WHERE name = ?", (name,))
        return str(secret)

    def _apply(self, name: str, body: bytes) -> None:
        event = json.loads(body)
        self.database.execute("BEGIN IMMEDIATE")
        place = "(SELECT count(*) FROM applied)"
        new = self.database.execute(
            f"INSERT OR IGNORE INTO applied VALUES (?, ?, {place}, ?)",
            (name, event["id"], body),
        ).rowcount
        if new:
            self.database.execute(
                "INSERT INTO effects VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET count = count + 1",
                (name, event["subject"]),
            )
        self.database.execute("COMMIT")


def main() -> None:
    """Serve until killed."""
    subscriber = Subscriber(Path(sys.argv[1]))
    app = web.Application()
    app.router.add_get("/ready", subscriber.ready)
    app.router.add_route("OPTIONS", "/{name}", subscriber.consent)
    app.router.add_post("/{name}", subscriber.receive)
    with closing(subscriber.database):
        web.run_app(app, host="127.0.0.1", port=int(os.environ["TERRITORIES_PORT"]), print=None)


if __name__ == "__main__":
    main()
