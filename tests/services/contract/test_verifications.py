"""Public verification of documents, by file and by hash."""

import hashlib
from typing import Any, Final

import pikepdf
import pytest

from shared.clock import today
from shared.settings import Settings
from tests.services.contract.conftest import House
from tests.services.contract.pdfs import SIZE, bomb, padded, pdf
from tests.services.contract.sealed_pdfs import with_a_byte_changed, with_a_page, with_another_text
from tests.services.contract.stories import drafted_contract, signed_contract, signed_draft
from tests.services.contract.test_seals import sealed
from tests.support.harness import ON_SQLITE

PDF: Final = {"Content-Type": "application/pdf"}


async def verified(house: House, file: bytes, expect: int = 200) -> dict[str, Any]:
    """The answer to a file that anybody sends."""
    answer = await house.send("POST", "/v1/verifications", None, content=file, headers=PDF)
    assert answer.status_code == expect, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.fixture
async def contract(house: House, settings: Settings) -> dict[str, Any]:
    """A sealed contract."""
    contract = await signed_contract(house)
    await sealed(house, settings, contract)
    return contract


@pytest.fixture
async def document(house: House, contract: dict[str, Any]) -> bytes:
    """Its document."""
    return (await house.send("GET", f"/v1/contracts/{contract['id']}/document", None)).content


@ON_SQLITE
async def test_the_sealed_document_is_known(house: House, contract: dict[str, Any], document: bytes) -> None:
    found = await verified(house, document)

    assert (found["verdict"], found["document"]["kind"]) == ("genuine", "sealed-document")
    assert found["document"]["contract"]["id"] == contract["id"]
    assert (found["document"]["is_current"], found["document"]["is_newest"]) == (True, True)
    assert found == await house.get(f"/v1/verifications/{hashlib.sha256(document).hexdigest()}", None)


@ON_SQLITE
async def test_the_signed_content_and_its_text_are_known_by_their_hashes(
    house: House, contract: dict[str, Any]
) -> None:
    seal = await house.get(f"/v1/contracts/{contract['id']}/seal", None)
    [text] = (await house.get(f"/v1/contracts/{contract['id']}/texts", None))["items"]
    for sha256, kind in (
        (contract["content_sha256"], "content"),
        (seal["document_sha256"], "document"),
        (text["sha256"], "text"),
    ):
        found = await house.get(f"/v1/verifications/{sha256}", None)
        assert (found["verdict"], found["document"]["kind"]) == ("genuine", kind)


@ON_SQLITE
@pytest.mark.parametrize("forge", [with_a_byte_changed, with_a_page, with_another_text])
async def test_a_forged_document_is_altered(house: House, document: bytes, forge: Any) -> None:
    found = await verified(house, forge(document))

    assert found["verdict"] == "altered"
    assert not found["signatures"][0]["intact"]


@ON_SQLITE
async def test_what_the_platform_never_gave_out_is_unknown(house: House, contract: dict[str, Any]) -> None:
    assert (await verified(house, pdf()))["verdict"] == "unknown"
    assert (await verified(house, b"no PDF"))["verdict"] == "unknown"
    assert (await house.get(f"/v1/verifications/{'0' * 64}", None))["verdict"] == "unknown"


@ON_SQLITE
async def test_a_draft_and_its_texts_are_unknown(house: House) -> None:
    draft = await drafted_contract(house)
    submitted = await house.post(f"/v1/contracts/{draft['id']}/submit")
    [text] = (await house.get(f"/v1/contracts/{submitted['id']}/texts"))["items"]

    assert (await house.get(f"/v1/verifications/{text['sha256']}", None))["verdict"] == "unknown"


@ON_SQLITE
async def test_hostile_files_are_refused_by_name(house: House) -> None:
    assert (await verified(house, b"", expect=422))["code"] == "file-missing"
    encrypted = pdf(encryption=pikepdf.Encryption(owner="secret"))
    assert (await verified(house, encrypted, expect=422))["code"] == "pdf-encrypted"
    assert (await verified(house, pdf(bomb()), expect=422))["code"] == "pdf-too-complex"
    assert (await verified(house, padded(SIZE + 1), expect=413))["code"] == "body-too-large"


@ON_SQLITE
@pytest.mark.parametrize("sha256", ["0" * 63, "0" * 65, "G" * 64, "A" * 64, "%00"])
async def test_a_hash_is_64_digits_in_lower_case(house: House, sha256: str) -> None:
    await house.get(f"/v1/verifications/{sha256}", None, expect=422)


@ON_SQLITE
async def test_only_the_last_signed_text_is_current(house: House) -> None:
    contract = await signed_contract(house, ends_on="2028-12-31")
    first, second = [await signed_amendment(house, contract, title) for title in ("Titre un", "Titre deux")]

    async def current(one: dict[str, Any]) -> tuple[bool, list[str]]:
        document = (await house.get(f"/v1/verifications/{one['content_sha256']}", None))["document"]
        return document["is_current"], document["amendments"]

    assert await current(contract) == (False, [first["id"], second["id"]])
    assert await current(first) == (False, [second["id"]])
    assert await current(second) == (True, [])


async def signed_amendment(house: House, contract: dict[str, Any], title: str) -> dict[str, Any]:
    """An amendment of the title that everybody has signed."""
    body = {"subjects": ["title"], "reason": "Un autre titre (texte synthétique)."}
    amendment = await house.post(f"/v1/contracts/{contract['id']}/amendments", body, expect=201)
    await house.patch(f"/v1/contracts/{amendment['id']}", {"title": title}, version=amendment["version"])
    return await signed_draft(house, amendment["id"], signed_on=today().isoformat())
