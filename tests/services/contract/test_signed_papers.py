"""A party deposits its own signed PDF: its signatures are validated, and told to those concerned."""

import io
from typing import Any

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers

from shared.settings import Settings
from tests.services.contract.conftest import PASSPHRASE, REGION, House, at_work
from tests.services.contract.pdfs import pdf
from tests.services.contract.stories import contract_to_sign
from tests.support.harness import ON_SQLITE, TEAM
from tests.support.time_stamps import Authority


async def signed_by(authority: Authority, file: bytes) -> bytes:
    """The file with a signature of somebody whom the authority knows."""
    signer = signers.SimpleSigner.load_pkcs12_data(
        authority.key_file(PASSPHRASE.encode()), other_certs=[], passphrase=PASSPHRASE.encode()
    )
    metadata = signers.PdfSignatureMetadata(field_name="Signature1")
    written = await signers.async_sign_pdf(IncrementalPdfFileWriter(io.BytesIO(file)), metadata, signer=signer)
    signed: bytes = written.getvalue()
    return signed


async def deposited(house: House, file: bytes) -> dict[str, Any]:
    """The paper copy, as the party reads it."""
    contract = await contract_to_sign(house)
    path = f"/v1/contracts/{contract['id']}/paper-copies?declared_on=2019-07-15"
    answer = await house.send("POST", path, REGION, content=file, headers={"Content-Type": "application/pdf"})
    assert answer.status_code == 201, answer.text
    found = await house.get(f"/v1/paper-copies/{answer.json()['id']}", TEAM)
    assert found == answer.json()
    return found


@ON_SQLITE
async def test_the_signatures_of_a_party_are_validated(sealing: Settings, authority: Authority) -> None:
    async with at_work(sealing) as house:
        [signature] = (await deposited(house, await signed_by(authority, pdf())))["signatures"]

    assert (signature["kind"], signature["organisation"]) == ("signature", "Autorité d'essai (synthétique)")
    assert (signature["intact"], signature["trusted"], signature["covers_file"]) == (True, True, True)


@ON_SQLITE
async def test_a_signature_of_an_unknown_root_is_intact_and_not_trusted(
    house: House,
    authority: Authority,
) -> None:
    [signature] = (await deposited(house, await signed_by(authority, pdf())))["signatures"]

    assert (signature["intact"], signature["trusted"]) == (True, False)


@ON_SQLITE
async def test_a_file_that_has_changed_since_its_signature_is_not_intact(
    house: House,
    authority: Authority,
) -> None:
    signed = await signed_by(authority, pdf(title="Ceci a été signé (synthétique)"))
    changed = signed.replace(b"/MediaBox [ 0 0 612 792 ]", b"/MediaBox [ 0 0 612 791 ]")
    assert changed != signed
    [signature] = (await deposited(house, changed))["signatures"]

    assert not signature["intact"]


@ON_SQLITE
async def test_a_scan_without_signatures_has_none(house: House) -> None:
    assert (await deposited(house, pdf()))["signatures"] == []
