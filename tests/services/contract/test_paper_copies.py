"""Scans of the signed paper of a contract: deposited, read, withdrawn; hostile files are refused."""

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, Final

import httpx
import pytest
from sqlalchemy import func, select

from services.contract.api.blank_page import BLANK_PAGE
from services.contract.models import DocumentPart, PaperCopy, StoredDocument
from shared.clock import today
from shared.http import files
from shared.storage.tables import history, outbox
from tests.services.contract.conftest import BANK, COMPANY, ELSEWHERE, EVERYONE, OTHER_REGION, REGION, House
from tests.services.contract.pdfs import GOOD, HOSTILE, SIZE, padded, pdf, with_scan
from tests.services.contract.places import ATELIERS, LACQ, NOUVELLE_AQUITAINE, PAU
from tests.services.contract.stories import (
    SIGNATURE,
    approved_contract,
    contract_to_sign,
    drafted_contract,
    signed_contract,
    submitted_contract,
)
from tests.support.harness import NATIONAL, ON_SQLITE, TEAM, content

DAY: Final = {"declared_on": "2019-07-15"}


async def send(
    house: House, contract_id: str, body: Any = GOOD["scan"], by: str | None = REGION, **more: Any
) -> httpx.Response:
    """Send a file to be deposited."""
    headers = {"Content-Type": "application/octet-stream", **more.pop("headers", {})}
    params = DAY | more.pop("params", {})
    path = f"/v1/contracts/{contract_id}/paper-copies"
    return await house.send("POST", path, by, content=body, headers=headers, params=params, **more)


async def deposit(house: House, contract_id: str, body: bytes = GOOD["scan"], **more: Any) -> dict[str, Any]:
    """Deposit a file."""
    return content(await send(house, contract_id, body, **more), 201)


def refused(response: httpx.Response, status: int) -> str:
    """Return the code of a refusal."""
    return str(content(response, status)["code"])


async def stored(house: House) -> tuple[int, int]:
    """Return how many documents and parts of documents are stored."""
    async with house.database.reading() as session:
        documents = await session.scalar(select(func.count()).select_from(StoredDocument))
        parts = await session.scalar(select(func.count()).select_from(DocumentPart))
    return documents or 0, parts or 0


async def test_a_party_deposits_a_scan_and_reads_it_byte_for_byte(house: House) -> None:
    contract = await contract_to_sign(house)

    copy = await deposit(house, contract["id"], params={"description": "Exemplaire de la Région (synthétique)"})
    read = await house.get(f"/v1/paper-copies/{copy['id']}", by=COMPANY)
    response = await house.send("GET", f"/v1/paper-copies/{copy['id']}/content", by=COMPANY)

    digest = hashlib.sha256(GOOD["scan"])
    assert read == copy
    assert copy | {"id": "", "deposited_at": ""} == {
        "id": "", "contract_id": contract["id"], "sha256": digest.hexdigest(), "size_bytes": len(GOOD["scan"]),
        "pages": 1, "declared_on": "2019-07-15", "description": "Exemplaire de la Région (synthétique)",
        "party": NOUVELLE_AQUITAINE, "deposited_by": NOUVELLE_AQUITAINE, "deposited_at": "", "withdrawn_at": None,
        "version": 1, "signatures": [],
    }  # fmt: skip
    assert response.content == GOOD["scan"]
    assert response.headers["content-type"] == "application/octet-stream"
    assert response.headers["etag"] == f'"{digest.hexdigest()}"'
    assert response.headers["repr-digest"] == f"sha-256=:{base64.b64encode(digest.digest()).decode()}:"
    assert response.headers["content-length"] == str(len(GOOD["scan"]))
    assert response.headers["content-disposition"] == f'attachment; filename="paper-copy-{copy["id"]}.pdf"'
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["cache-control"] == "private, no-cache"


async def test_a_file_of_the_largest_size_is_stored_in_parts(house: House) -> None:
    contract = await contract_to_sign(house)
    body = padded(SIZE)

    copy = await deposit(house, contract["id"], body)
    response = await house.send("GET", f"/v1/paper-copies/{copy['id']}/content", by=REGION)

    assert len(body) == copy["size_bytes"] == SIZE
    assert response.content == body
    assert await stored(house) == (1, 80)


@ON_SQLITE
@pytest.mark.parametrize("declares_length", [True, False])
async def test_one_byte_more_than_the_largest_size_is_refused(house: House, declares_length: bool) -> None:
    contract = await contract_to_sign(house)

    async def parts() -> AsyncIterator[bytes]:
        body = padded(SIZE + 1)
        for start in range(0, len(body), 2**20):
            yield body[start : start + 2**20]

    response = await send(house, contract["id"], padded(SIZE + 1) if declares_length else parts())

    assert refused(response, 413) == "body-too-large"
    assert await stored(house) == (0, 0)


@ON_SQLITE
async def test_other_bodies_keep_their_limit(house: House) -> None:
    contract = await drafted_contract(house)

    response = await house.send("POST", f"/v1/contracts/{contract['id']}/return", content=b" " * 2**20 + b"{}",
                                by=REGION, headers={"Content-Type": "application/json"})  # fmt: skip

    assert refused(response, 413) == "body-too-large"


@ON_SQLITE
async def test_plain_files_are_taken(house: House) -> None:
    contract = await contract_to_sign(house)

    for body in GOOD.values():
        await deposit(house, contract["id"], body, headers={"Content-Type": "application/pdf"})

    assert (await stored(house))[0] == len(GOOD)


@ON_SQLITE
async def test_hostile_files_are_refused_by_name(house: House) -> None:
    contract = await contract_to_sign(house)

    found = {name: refused(await send(house, contract["id"], body), 422) for name, (_, body) in HOSTILE.items()}

    assert found == {name: code for name, (code, _) in HOSTILE.items()}
    assert await stored(house) == (0, 0)


@ON_SQLITE
async def test_the_service_answers_while_it_inspects(house: House) -> None:
    contract = await contract_to_sign(house)
    inspecting = asyncio.create_task(send(house, contract["id"], HOSTILE["crowd"][1]))

    answered = 0
    while not inspecting.done():
        await house.get(f"/v1/contracts/{contract['id']}")
        answered += 1

    assert refused(await inspecting, 422) == "pdf-too-complex"
    assert answered > 3


@ON_SQLITE
async def test_another_media_type_is_refused(house: House) -> None:
    contract = await contract_to_sign(house)

    response = await send(house, contract["id"], headers={"Content-Type": "text/html"})

    assert refused(response, 415) == "unsupported-media-type"


@ON_SQLITE
async def test_more_files_at_once_than_a_process_receives_are_sent_away(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    contract = await contract_to_sign(house)
    monkeypatch.setattr(files, "AT_ONCE", 0)

    response = await send(house, contract["id"])

    assert refused(response, 503) == "too-many-files"
    assert response.headers["retry-after"] == "5"


@ON_SQLITE
async def test_paper_is_deposited_from_the_request_of_signatures_on(house: House) -> None:
    contract = await drafted_contract(house)
    path = f"/v1/contracts/{contract['id']}"

    before = refused(await send(house, contract["id"]), 409)
    await house.post(f"{path}/cancel", {"reason": "Abandon (synthétique)"})
    after = refused(await send(house, contract["id"]), 409)

    assert before == after == "signatures-not-requested"


@ON_SQLITE
@pytest.mark.parametrize("make", [submitted_contract, approved_contract])
async def test_paper_is_not_deposited_before(house: House, make: Any) -> None:
    contract = await make(house)

    assert refused(await send(house, contract["id"]), 409) == "signatures-not-requested"


async def test_paper_is_deposited_after_the_signature_too(house: House) -> None:
    contract = await signed_contract(house)

    copy = await deposit(house, contract["id"], by=COMPANY)

    assert copy["party"] == ATELIERS


@ON_SQLITE
@pytest.mark.parametrize("day", [(today() + timedelta(days=2)).isoformat(), "2018-01-01", "2019-06-23"])
async def test_an_implausible_day_is_refused(house: House, day: str) -> None:
    contract = await contract_to_sign(house)

    response = await send(house, contract["id"], params={"declared_on": day})

    assert refused(response, 422) == "day-not-plausible"
    assert response.json()["errors"][0]["parameter"] == "declared_on"


@ON_SQLITE
async def test_the_same_bytes_are_deposited_once_for_a_contract(house: House) -> None:
    contract = await contract_to_sign(house)
    first = await deposit(house, contract["id"])

    response = await send(house, contract["id"], by=COMPANY)

    assert refused(response, 409) == "paper-copy-known"
    assert response.json()["paper_copy_id"] == first["id"]


async def test_copies_deposited_at_once_are_one_after_the_other(house: House) -> None:
    contract = await contract_to_sign(house)

    responses = await asyncio.gather(*(send(house, contract["id"], by=by) for by in (REGION, COMPANY, BANK)))

    assert sorted(response.status_code for response in responses) == [201, 409, 409]
    assert (await stored(house))[0] == 1


@ON_SQLITE
async def test_a_party_deposits_a_few_copies(house: House) -> None:
    contract = await contract_to_sign(house)
    for number in range(5):
        await deposit(house, contract["id"], pdf(title=f"{number}"))

    response = await send(house, contract["id"], pdf(title="6"))

    assert refused(response, 409) == "too-many-paper-copies"
    await deposit(house, contract["id"], pdf(title="6"), by=COMPANY)


@ON_SQLITE
async def test_only_parties_deposit(house: House) -> None:
    contract = await contract_to_sign(house)
    signed = await signed_contract(house, complements=contract["id"])

    assert refused(await send(house, contract["id"], by=ELSEWHERE), 404) == "not-found"
    assert refused(await send(house, signed["id"], b"no file", by=ELSEWHERE), 403) == "not-a-party"
    assert refused(await send(house, signed["id"], by=NATIONAL), 403) == "forbidden"
    assert refused(await send(house, signed["id"], by=None), 401) == "unauthorized"


@ON_SQLITE
async def test_a_scan_is_never_public(house: House) -> None:
    contract = await signed_contract(house)
    copy = await deposit(house, contract["id"])
    path = f"/v1/paper-copies/{copy['id']}"

    for address in (path, f"{path}/content", f"{path}/history"):
        assert (await house.send("GET", address, by=None)).status_code == 401
        assert (await house.send("GET", address, by=ELSEWHERE)).status_code == 404
        assert (await house.send("GET", address, by=OTHER_REGION)).status_code == 200
    listed = f"/v1/contracts/{contract['id']}/paper-copies"
    assert (await house.send("GET", listed, by=ELSEWHERE)).status_code == 403
    assert [each["id"] for each in (await house.get(listed, by=BANK))["items"]] == [copy["id"]]
    assert (await house.get("/v1/paper-copies/changes", by=ELSEWHERE))["items"] == []


@ON_SQLITE
async def test_a_copy_is_withdrawn_by_its_party_until_the_signature(house: House) -> None:
    contract = await contract_to_sign(house)
    copy = await deposit(house, contract["id"])
    path = f"/v1/paper-copies/{copy['id']}"
    why = {"reason": "Mauvaise numérisation (synthétique)"}

    other = refused(await house.send("POST", f"{path}/withdraw", COMPANY, json=why), 403)
    withdrawn = await house.post(f"{path}/withdraw", why, by=REGION)
    twice = refused(await house.send("POST", f"{path}/withdraw", REGION, json=why), 409)
    bytes_of_it = refused(await house.send("GET", f"{path}/content", REGION), 409)
    lines = (await house.get(f"{path}/history", by=REGION))["items"]

    assert other == "not-the-depositor"
    assert withdrawn["withdrawn_at"]
    assert withdrawn["sha256"] == copy["sha256"]
    assert twice == bytes_of_it == "paper-copy-already-withdrawn"
    assert [line["reason"] for line in lines] == [None, why["reason"]]
    assert await stored(house) == (0, 0)
    await deposit(house, contract["id"])


@ON_SQLITE
async def test_copies_of_a_signed_contract_stay(house: House) -> None:
    contract = await contract_to_sign(house)
    copy = await deposit(house, contract["id"])
    for by in EVERYONE:
        await house.post(f"/v1/contracts/{contract['id']}/sign", SIGNATURE, by=by)

    response = await house.send("POST", f"/v1/paper-copies/{copy['id']}/withdraw", REGION, json={"reason": "Trop tard"})

    assert refused(response, 409) == "paper-copy-kept"
    assert (await stored(house))[0] == 1


async def test_bytes_that_another_contract_has_too_are_kept(house: House) -> None:
    one = await contract_to_sign(house)
    other = await contract_to_sign(house, complements=one["id"])
    copies = [await deposit(house, each["id"]) for each in (one, other)]

    await house.post(f"/v1/paper-copies/{copies[0]['id']}/withdraw", {"reason": "Erreur"}, by=REGION)
    response = await house.send("GET", f"/v1/paper-copies/{copies[1]['id']}/content", by=REGION)

    assert response.content == GOOD["scan"]
    assert (await stored(house))[0] == 1


async def test_a_deposit_is_published_without_its_bytes_or_words(house: House) -> None:
    contract = await contract_to_sign(house)
    copy = await deposit(house, contract["id"], params={"description": "Mot secret"})
    await house.post(f"/v1/paper-copies/{copy['id']}/withdraw", {"reason": "Mot secret"}, by=REGION)

    async with house.database.reading() as session:
        statement = select(outbox.c.type, outbox.c.body).where(outbox.c.subject == f"contract/{contract['id']}")
        events = dict((await session.execute(statement)).tuples().all())
        states = (await session.scalars(select(history.c.state).where(history.c.object_id == copy["id"]))).all()

    for name in ("PaperCopyDeposited", "PaperCopyWithdrawn"):
        [body] = [body for kind, body in events.items() if f".{name}." in kind]
        assert copy["sha256"] in body
        assert "secret" not in body
    assert {frozenset(state) for state in states} == {frozenset(PaperCopy.__table__.columns.keys())}


@ON_SQLITE
async def test_a_deposit_under_a_key_has_one_effect(house: House) -> None:
    contract = await contract_to_sign(house)
    key = {"Idempotency-Key": "scan-1"}

    first = await send(house, contract["id"], headers=key)
    again = await send(house, contract["id"], headers=key)
    other = await send(house, contract["id"], pdf(with_scan, title="autre"), headers=key)
    later = await send(house, contract["id"], headers=key, params={"declared_on": "2019-07-16"})

    assert content(again, 201) == content(first, 201)
    assert again.headers["idempotent-replayed"] == "true"
    assert refused(other, 422) == refused(later, 422) == "idempotency-key-reused"


@ON_SQLITE
async def test_a_token_for_other_territories_deposits_nothing(house: House) -> None:
    contract = await signed_contract(house)

    response = await send(house, contract["id"], by=f"{TEAM};territories=2018-ti-7601")

    assert response.status_code == 403
    await deposit(house, contract["id"], by=f"{TEAM};territories={LACQ}")
    assert (await house.get(f"/v1/contracts/{contract['id']}/paper-copies"))["items"][0]["party"] == PAU


@ON_SQLITE
async def test_the_example_of_the_documentation_is_taken(house: House) -> None:
    contract = await contract_to_sign(house)

    copy = await deposit(house, contract["id"], BLANK_PAGE.encode())

    assert copy["pages"] == 1
