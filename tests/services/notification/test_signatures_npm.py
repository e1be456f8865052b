"""The signature of a webhook, checked by the library that receivers in JavaScript use."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from services.notification.rules.sealing import new_secret
from shared.settings import Settings
from tests.services.notification.engine import NEW_SECRET, SECRET, bench
from tests.services.notification.receiver import receiver
from tests.support import node

VECTORS: Final[dict[str, Any]] = json.loads((Path(__file__).parent / "vectors.json").read_text())


def verdicts(requests: list[dict[str, Any]], *, now: int) -> list[dict[str, Any]]:
    """Return the library's result for each request at that moment: the content, or why it refuses."""
    found: list[dict[str, Any]] = json.loads(
        node.answer("verify.mjs", text=json.dumps({"now": now, "requests": requests}))
    )
    return found


def test_each_vector_is_accepted_or_refused_as_it_says() -> None:
    accepted, refused = VECTORS["accepted"], VECTORS["refused"]

    found = verdicts([*accepted, *refused], now=VECTORS["now"])
    read, rest = found[: len(accepted)], found[len(accepted) :]

    assert read == [{"read": json.loads(vector["body"])} for vector in accepted]
    assert [vector["name"] for vector, each in zip(refused, rest, strict=True) if list(each) != ["refused"]] == []
    assert len(rest) > 40


async def test_what_is_sent_during_a_rotation_verifies_with_either_secret(on_sqlite: Settings) -> None:
    async with bench(on_sqlite) as place, receiver(SECRET) as one:
        subscription = await place.subscribe(one)
        await place.rotate(subscription, NEW_SECRET, overlap=timedelta(hours=24))
        async with place.running():
            await place.plan(subscription)
            await place.closed(subscription)
    (received,) = one.received
    sent = {"headers": received.headers, "body": received.body.decode()}

    old, new, other = verdicts(
        [{**sent, "secret": secret} for secret in (SECRET, NEW_SECRET, new_secret())], now=int(received.at.timestamp())
    )

    assert old == new == {"read": json.loads(received.body)}
    assert other == {"refused": "No matching signature found"}
