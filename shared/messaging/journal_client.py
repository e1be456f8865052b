"""The journal of all published events, read over HTTP: as any client of the role `platform` reads it."""

import json
from collections.abc import AsyncIterator, Sequence
from http import HTTPStatus
from typing import Any, Final

import httpx

from shared.bus import Message
from shared.settings import Settings
from shared.telemetry.error_names import error_name, without_secrets

PAGE: Final = 500
CLIENT: Final = "platform"
"""The demo client whose role it is to run the machine."""


class JournalNotRead(Exception):
    """The journal cannot be read; the message says what to do."""


async def read(settings: Settings) -> AsyncIterator[Sequence[Message]]:
    """Every event that was ever published, page by page, in the order of the journal."""
    async with httpx.AsyncClient(base_url=settings.platform, timeout=30) as http:
        http.headers["Authorization"] = f"Bearer {await _token(http, settings)}"
        after: str | None = None
        while True:
            cursor = {"after": after} if after else {}
            page = await _answer(http, "GET", "/v1/journal", params={"limit": PAGE, **cursor})
            if page["items"]:
                yield [_message(item["event"]) for item in page["items"]]
            if len(page["items"]) < PAGE:
                # The end, as it was when it was asked for: what comes after it comes over the bus.
                return
            after = page["next"]


def _message(event: dict[str, Any]) -> Message:
    """The event as its listeners got it: written as the outbox writes, it is the same to the byte."""
    body = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
    return Message(event["id"], event["type"], event["subject"], body)


async def _token(http: httpx.AsyncClient, settings: Settings) -> str:
    """A token by client credentials, from whoever issues them."""
    client_id, secret = _credentials(settings)
    discovered = await _answer(http, "GET", f"{settings.issuer.rstrip('/')}/.well-known/openid-configuration")
    form = {"grant_type": "client_credentials", "scope": "machine:read"}
    given = await _answer(http, "POST", discovered["token_endpoint"], data=form, auth=(client_id, secret))
    return str(given["access_token"])


def _credentials(settings: Settings) -> tuple[str, str]:
    if settings.client_id:
        return settings.client_id, settings.client_secret.get_secret_value()
    shown, prefix = settings.data_dir / "clients.env", CLIENT.upper()
    lines = shown.read_text().splitlines() if shown.exists() else []
    values = dict(line.split("=", 1) for line in lines if "=" in line)
    try:
        return values[f"{prefix}_ID"], values[f"{prefix}_SECRET"]
    except KeyError:
        raise JournalNotRead(
            f"There is no client to read the journal as: {shown} names none. Set DATA_DIR to the platform's folder, or "
            "TERRITORIES_CLIENT_ID and TERRITORIES_CLIENT_SECRET."
        ) from None


async def _answer(http: httpx.AsyncClient, method: str, url: str, **more: Any) -> dict[str, Any]:
    address = without_secrets(str(http.base_url.join(url)))
    try:
        answer = await http.request(method, url, **more)
    except httpx.TransportError as error:
        raise JournalNotRead(
            f"{address} does not answer ({error_name(error)}): start the platform, or set TERRITORIES_PLATFORM_URL "
            "to where it is."
        ) from error
    if answer.status_code != HTTPStatus.OK:
        raise JournalNotRead(f"{address} answered {answer.status_code}: {answer.text[:500]}")
    try:
        found: dict[str, Any] = answer.json()
    except ValueError:
        raise JournalNotRead(f"{address} answered something other than JSON: {answer.text[:500]}") from None
    return found
