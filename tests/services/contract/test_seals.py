"""Seals of signed documents: made after the signature, stamped, completed; validated as a stranger does."""

import io
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from pydantic import SecretStr
from pyhanko.pdf_utils.reader import PdfFileReader
from sqlalchemy import select

from services.contract.jobs.seals import seal_next
from services.contract.settings import seal_key_of
from shared.clock import now
from shared.settings import SettingRefused, Settings
from shared.storage.tables import outbox
from tests.services.contract.conftest import ELSEWHERE, REGION, House, at_work
from tests.services.contract.sealed_pdfs import FORGERIES, seal_of, stamp_of
from tests.services.contract.stories import contract_to_sign, signed_contract, signed_protocol
from tests.support.harness import ON_POSTGRESQL, ON_SQLITE
from tests.support.time_stamps import Authority


async def sealed(house: House, settings: Settings, contract: dict[str, Any], *, later: float = 0) -> bytes:
    """The sealed document of a contract, once all that is due is done."""
    while await seal_next(house.database, settings, at=now() + timedelta(seconds=later)):
        pass
    return await document_of(house, contract)


async def document_of(house: House, contract: dict[str, Any]) -> bytes:
    """The document of a contract, as everybody reads it."""
    answer = await house.send("GET", f"/v1/contracts/{contract['id']}/document", None)
    assert answer.status_code == 200, answer.text
    return answer.content


async def seal_in(house: House, contract: dict[str, Any], expect: int = 200) -> dict[str, Any]:
    """The seal of a contract, as everybody reads it."""
    return await house.get(f"/v1/contracts/{contract['id']}/seal", None, expect=expect)


async def levels_published(house: House) -> list[str]:
    """The levels in the published events, in their order."""
    async with house.database.reading() as session:
        found = await session.scalars(
            select(outbox.c.body).where(outbox.c.type.contains("ContractSealed")).order_by(outbox.c.id)
        )
        return [json.loads(body)["data"]["level"] for body in found]


@ON_SQLITE
async def test_a_signed_contract_is_sealed_with_a_time_stamp(
    house: House, sealing: Settings, authority: Authority
) -> None:
    contract = await signed_contract(house)
    assert (await seal_in(house, contract, expect=409))["code"] == "seal-not-made"

    pdf = await sealed(house, sealing, contract)

    status = await seal_of(pdf, authority.root_pem)
    assert status.bottom_line, status.pretty_print_details()
    assert status.timestamp_validity.trusted
    seal = await seal_in(house, contract)
    assert (seal["level"], seal["is_local"]) == ("B-T", False)
    assert await levels_published(house) == ["B-T"]


@ON_SQLITE
async def test_the_sealed_document_is_still_an_accessible_archive(house: House, sealing: Settings) -> None:
    pdf = await sealed(house, sealing, await signed_contract(house))

    with pikepdf.open(io.BytesIO(pdf)) as opened:
        metadata = opened.open_metadata()
        assert metadata.pdfa_status == "3A"
        assert str(metadata["{http://www.aiim.org/pdfua/ns/id/}part"]) == "1"
        fields = list(opened.Root.AcroForm.Fields)
        assert [str(field.TU) for field in fields][:2] == [
            "Cachet de la plateforme Territoires d’industrie", "Horodatage de la plateforme",
        ]  # fmt: skip
        # Each widget belongs to an element of the structure tree.
        numbers = dict(pikepdf.NumberTree(opened.Root.StructTreeRoot.ParentTree).items())
        assert {str(numbers[int(field.StructParent)].S) for field in fields} == {"/Form"}


@ON_SQLITE
async def test_a_local_key_seals_the_embedded_form_and_says_so(house: House, settings: Settings) -> None:
    contract = await signed_contract(house)
    pdf = await sealed(house, settings, contract)

    key = seal_key_of(settings, is_sqlite=True)
    assert key
    assert (await seal_of(pdf, key.roots)).bottom_line
    seal = await seal_in(house, contract)
    assert (seal["level"], seal["is_local"], seal["stamped_at"]) == ("B-B", True, None)
    assert "sans valeur probante" in seal["subject"]


@ON_SQLITE
async def test_another_root_does_not_trust_the_seal(house: House, settings: Settings, authority: Authority) -> None:
    pdf = await sealed(house, settings, await signed_contract(house))

    status = await seal_of(pdf, authority.root_pem)
    assert status.intact
    assert not status.bottom_line


@ON_SQLITE
async def test_no_forgery_passes(house: House, sealing: Settings, authority: Authority) -> None:
    pdf = await sealed(house, sealing, await signed_contract(house))

    for forge in FORGERIES:
        assert not (await seal_of(forge(pdf), authority.root_pem)).bottom_line, forge.__name__


@ON_SQLITE
async def test_an_authority_that_is_away_stamps_later(house: House, sealing: Settings, authority: Authority) -> None:
    authority.is_away = True
    contract = await signed_contract(house)
    first = await sealed(house, sealing, contract)
    assert (await seal_in(house, contract))["level"] == "B-B"
    assert (await seal_of(first, authority.root_pem)).bottom_line

    assert await document_of(house, contract) == first, "nothing is due yet"
    authority.is_away = False
    second = await sealed(house, sealing, contract, later=120)

    seal = await seal_in(house, contract)
    assert seal["level"] == "B-T"
    assert seal["stamped_at"]
    assert second.startswith(first), "what was sealed stays, byte for byte"
    assert (await seal_of(second, authority.root_pem)).bottom_line
    stamp = await stamp_of(second, authority.root_pem)
    assert stamp.intact
    assert stamp.valid
    assert stamp.trusted
    assert await levels_published(house) == ["B-B", "B-T"]


@ON_SQLITE
async def test_a_party_lets_validation_data_be_added(sealing: Settings, authority: Authority) -> None:
    async with at_work(sealing) as house:
        contract = await signed_contract(house)
        await sealed(house, sealing, contract)
        path = f"/v1/contracts/{contract['id']}/seal/complete"
        assert (await house.post(path, by=ELSEWHERE, expect=403))["code"] == "not-a-party"

        assert (await house.post(path, by=REGION))["level"] == "B-LT"
        pdf = await document_of(house, contract)
        assert (await house.post(path, by=REGION))["level"] == "B-LT"
        assert await document_of(house, contract) == pdf, "it has them already"

    revoked: dict[str, Any] = {"revocation_mode": "hard-fail", "crls": [authority.revocation_list()]}
    status = await seal_of(pdf, authority.root_pem, **revoked)
    assert status.bottom_line, status.pretty_print_details()
    assert PdfFileReader(io.BytesIO(pdf)).root["/DSS"]["/CRLs"]


@ON_SQLITE
async def test_without_a_time_stamp_no_validation_data_is_added(house: House, settings: Settings) -> None:
    contract = await signed_contract(house)
    path = f"/v1/contracts/{contract['id']}/seal/complete"
    assert (await house.post(path, by=REGION, expect=409))["code"] == "seal-not-made"
    await sealed(house, settings, contract)
    assert (await house.post(path, by=REGION, expect=409))["code"] == "seal-not-stamped"


@ON_POSTGRESQL
async def test_on_postgresql_documents_wait_for_a_key(house: House, settings: Settings, sealing: Settings) -> None:
    contract = await signed_contract(house)
    unsealed = await sealed(house, settings, contract)
    assert b"/ByteRange" not in unsealed
    refusal = await seal_in(house, contract, expect=409)
    assert "TERRITORIES_SEAL_KEY" in refusal["detail"]

    pdf = await sealed(house, sealing, contract, later=120)
    assert b"/ByteRange" in pdf


@ON_SQLITE
async def test_a_document_that_cannot_be_made_leaves_the_others_their_turn(
    house: House, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: Any, **__: Any) -> None:
        raise KeyError("themes")

    contract = await signed_contract(house)
    with monkeypatch.context() as patched:
        patched.setattr("services.contract.queries.printed_contract", broken)
        assert await seal_next(house.database, settings, at=now())
        assert not await seal_next(house.database, settings, at=now()), "it waits for its next try"
    assert "KeyError" in (await seal_in(house, contract, expect=409))["detail"]

    assert b"/ByteRange" in await sealed(house, settings, contract, later=120)


@ON_SQLITE
async def test_a_paper_copy_that_is_withdrawn_takes_no_sealed_document_with_it(
    house: House, settings: Settings
) -> None:
    protocol = await signed_protocol(house)
    document = await sealed(house, settings, protocol)
    contract = await contract_to_sign(house)
    path = f"/v1/contracts/{contract['id']}/paper-copies?declared_on=2019-07-15"
    answer = await house.send("POST", path, REGION, content=document, headers={"Content-Type": "application/pdf"})
    assert answer.status_code == 201, answer.text
    await house.post(f"/v1/paper-copies/{answer.json()['id']}/withdraw", {"reason": "Pour l'essai."}, by=REGION)

    assert await document_of(house, protocol) == document


@ON_SQLITE
async def test_no_draft_has_a_seal(house: House) -> None:
    contract = await contract_to_sign(house)
    assert (await house.get(f"/v1/contracts/{contract['id']}/seal", expect=409))["code"] == "seal-not-made"


@ON_SQLITE
def test_a_wrong_key_stops_the_start(sealing: Settings, tmp_path: Path) -> None:
    wrong = sealing.model_copy(update={"seal_passphrase": SecretStr("une autre")})
    with pytest.raises(SettingRefused, match="TERRITORIES_SEAL_PASSPHRASE"):
        seal_key_of(wrong, is_sqlite=True)
    with pytest.raises(SettingRefused, match="cannot be read"):
        seal_key_of(sealing.model_copy(update={"seal_key": str(tmp_path / "none.p12")}), is_sqlite=True)
    (tmp_path / "key.p12").write_bytes(b"no key")
    with pytest.raises(SettingRefused, match="no PKCS#12 file"):
        seal_key_of(sealing, is_sqlite=True)
