"""A removal is announced in the document, and in the headers of each answer of any status."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from shared.clock import day_of
from shared.http.deprecation import DOCUMENTED, NOTICE, deprecated_by
from shared.http.openapi.document import responses_of
from tests.kit import ledger
from tests.kit.acts import open_account
from tests.kit.conftest import app_of
from tests.support.harness import settings_in

OLD: Final = "/v1/accounts/{account_id}/balance"
MISSING: Final = "00000000-0000-0000-0000-000000000000"


def is_announced(answer: httpx.Response) -> bool:
    """Does the answer say since when, until when, and where to read why?"""
    since = datetime.fromtimestamp(int(answer.headers["deprecation"].removeprefix("@")), UTC)
    until = parsedate_to_datetime(answer.headers["sunset"])
    link = '</docs#/Accounts/read_balance>; rel="deprecation"; type="text/html"'
    return (day_of(since), day_of(until), answer.headers["link"]) == (date(2026, 1, 1), date(2026, 7, 14), link)


async def test_each_answer_says_that_the_operation_goes(client: httpx.AsyncClient) -> None:
    account = await open_account(client)

    answer = await client.get(OLD.format(account_id=account["id"]))

    assert (answer.status_code, answer.json()) == (200, account["balance"])
    assert is_announced(answer)
    assert answer.headers["deprecation"] == "@1767222000"
    assert answer.headers["sunset"] == "Mon, 13 Jul 2026 22:00:00 GMT"


@pytest.mark.parametrize(
    ("account", "query", "headers", "status"),
    [
        (MISSING, "", {}, 404),
        ("none", "", {}, 422),
        (MISSING, "?of=yesterday", {}, 422),
        (MISSING, "", {"Authorization": "Bearer stranger"}, 401),
        (MISSING, "", {"Authorization": "Bearer platform:"}, 403),
    ],
)
async def test_so_does_each_refusal(
    client: httpx.AsyncClient, account: str, query: str, headers: Mapping[str, str], status: int
) -> None:
    answer = await client.get(OLD.format(account_id=account) + query, headers=headers)

    assert answer.status_code == status
    assert is_announced(answer)


async def test_so_does_our_own_mistake(client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "get_account", None)

    answer = await client.get(OLD.format(account_id=MISSING))

    assert answer.status_code == 500
    assert is_announced(answer)


async def test_what_stays_says_nothing_of_it(client: httpx.AsyncClient) -> None:
    account = await open_account(client)

    answer = await client.get(f"/v1/accounts/{account['id']}")

    assert not {"deprecation", "sunset", "link"} & answer.headers.keys()


def test_the_document_says_it_too(tmp_path: Path) -> None:
    document = app_of(settings_in(tmp_path)).openapi()
    operation: dict[str, Any] = document["paths"][OLD]["get"]

    OpenAPIV31SpecValidator(document).validate()
    assert operation["deprecated"] is True
    assert operation["x-sunset"] == "2026-07-14"
    assert operation["description"].startswith(
        "No more than a number.\n\nDeprecated since 2026-01-01; it may be gone from 2026-07-14 on. "
        "Instead: `GET /v1/accounts/{account_id}`."
    )
    assert operation["responses"].keys() >= {"200", "404", "503"}
    for response in responses_of(document, operation).values():
        assert DOCUMENTED.items() <= response["headers"].items()
    others = [
        each
        for path, methods in document["paths"].items()
        for each in methods.values()
        if path != OLD and ("deprecated" in each or "x-sunset" in each or "Sunset" in str(responses_of(document, each)))
    ]
    assert others == []


def test_clients_have_six_months() -> None:
    since = date(2026, 3, 31)

    deprecated_by(since=since, sunset=since + NOTICE, instead="the other")
    with pytest.raises(ValueError, match="six months: let it stay until 2026-10-01"):
        deprecated_by(since=since, sunset=since + NOTICE - timedelta(days=1), instead="the other")
