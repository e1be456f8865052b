"""Dossiers: verified offline by their own verifier, in which any changed byte is caught and named."""

import asyncio
import base64
import hashlib
import io
import json
import random
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any, Final

import pytest

from services.contract.reference import verifier
from services.contract.rules import typesetting
from services.contract.settings import seal_key_of
from shared.settings import Settings
from tests.services.contract.conftest import REGION, House
from tests.services.contract.pdfs import pdf
from tests.services.contract.stories import contract_to_sign, signed_by_everyone, signed_contract
from tests.services.contract.test_seals import sealed
from tests.support.harness import ON_SQLITE, TEAM

FLIPS: Final = 200
PUBLIC: Final = {
    "manifest.json", "manifest.sig", "LISEZMOI.txt", "verifier.py", "chain.pem", "document.pdf", "document.json",
    "content.json", "signatures.json", "consolidated.json", "events.json", "texts/1.json",
}  # fmt: skip


async def dossier_of(house: House, contract: dict[str, Any], by: str | None = TEAM) -> bytes:
    """The dossier of a contract."""
    answer = await house.send("GET", f"/v1/contracts/{contract['id']}/dossier", by)
    assert answer.status_code == 200, answer.text
    return answer.content


@pytest.fixture
async def dossier(house: House, settings: Settings) -> bytes:
    """The dossier of a contract with a paper copy, for a party."""
    contract = await contract_to_sign(house)
    path = f"/v1/contracts/{contract['id']}/paper-copies?declared_on=2019-07-15"
    headers = {"Content-Type": "application/pdf"}
    assert (await house.send("POST", path, REGION, content=pdf(), headers=headers)).status_code == 201
    contract = await signed_by_everyone(house, contract)
    await sealed(house, settings, contract)
    return await dossier_of(house, contract)


def finding(archive: bytes) -> str | None:
    """The fault that the verifier finds in an archive; None if it accepts it."""
    try:
        list(verifier.verify(archive))
    except verifier.Fault as fault:
        return str(fault)
    return None


@ON_SQLITE
async def test_the_verifier_of_the_dossier_accepts_it_in_a_process_of_its_own(
    dossier: bytes, settings: Settings, tmp_path: Path
) -> None:
    key = seal_key_of(settings, is_sqlite=True)
    assert key
    (tmp_path / "root.pem").write_bytes(key.roots)
    (tmp_path / "dossier.zip").write_bytes(dossier)
    with zipfile.ZipFile(io.BytesIO(dossier)) as archive:
        (tmp_path / "verifier.py").write_bytes(archive.read("verifier.py"))

    command = [sys.executable, "-I", "verifier.py", "dossier.zip", "--root", "root.pem"]
    ended = await asyncio.to_thread(subprocess.run, command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.endswith("The dossier is verified.\n")


@ON_SQLITE
async def test_any_changed_byte_is_caught_and_named(dossier: bytes) -> None:
    assert finding(dossier) is None
    members, _ = verifier.members_of(dossier)
    # Some in each file, however small, and in the directory; the others anywhere.
    places = [random.randrange(member.start, member.end) for member in members for _ in range(4)]
    places += [random.randrange(members[-1].end, len(dossier)) for _ in range(20)]
    places += [random.randrange(len(dossier)) for _ in range(FLIPS - len(places))]
    for place in places:
        flipped = bytearray(dossier)
        flipped[place] ^= 1 << random.randrange(8)
        name = next((member.name for member in members if place < member.end), verifier.DIRECTORY)

        found = finding(bytes(flipped))
        assert found is not None, (place, name)
        assert found.startswith(f"{name}: "), (place, name, found)


@ON_SQLITE
async def test_what_is_added_or_missing_is_caught(dossier: bytes) -> None:
    assert finding(dossier[:-1])
    assert finding(dossier + b"\0")
    assert finding(b"")
    assert finding(b"PK\3\4")


@ON_SQLITE
async def test_another_root_is_not_taken(dossier: bytes, tmp_path: Path) -> None:
    other = seal_key_of(Settings(data_dir=tmp_path / "other"), is_sqlite=True)
    assert other
    with pytest.raises(verifier.Fault, match=r"chain\.pem: the seal does not come from the root"):
        list(verifier.verify(dossier, other.roots))


@ON_SQLITE
async def test_the_public_dossier_has_nothing_confidential(house: House, settings: Settings) -> None:
    contract = await signed_contract(house)
    await sealed(house, settings, contract)

    public = await dossier_of(house, contract, by=None)
    assert finding(public) is None
    with zipfile.ZipFile(io.BytesIO(public)) as archive:
        assert set(archive.namelist()) == PUBLIC
        types = {event["type"].split(".")[-2] for event in json.loads(archive.read("events.json"))}
        assert types == {"ContractSigned", "ContractSealed"}
        signatures = json.loads(archive.read("signatures.json"))["parties"]
        assert all(party["signed_on"] == "2019-07-15" for party in signatures)
        content = await house.send("GET", f"/v1/contracts/{contract['id']}/content", None)
        assert archive.read("content.json") == content.content


@ON_SQLITE
async def test_a_party_gets_the_history_and_the_paper(dossier: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(dossier)) as archive:
        names = set(archive.namelist())
        assert names > PUBLIC
        assert {"history.json", "papers.json"} < names
        [paper] = [name for name in names if name.startswith("papers/")]
        assert archive.read(paper) == pdf()
        assert [line["operation"] for line in json.loads(archive.read("history.json"))][:2] == ["created", "updated"]


@ON_SQLITE
async def test_the_document_is_made_again_from_its_data(house: House, dossier: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(dossier)) as archive:
        task = archive.read("document.json")
        contract = json.loads(archive.read("manifest.json"))["contract_id"]
    seal = await house.get(f"/v1/contracts/{contract}/seal", None)

    command = [sys.executable, "-I", typesetting.__file__]
    ended = await asyncio.to_thread(subprocess.run, command, input=task, capture_output=True, check=True)
    pdf = base64.b64decode(json.loads(ended.stdout)["pdf"])
    assert hashlib.sha256(pdf).hexdigest() == seal["document_sha256"]


@ON_SQLITE
async def test_a_document_keeps_its_seal_when_the_key_changes(house: House, settings: Settings) -> None:
    contract = await signed_contract(house)
    await sealed(house, settings, contract)
    # The local key is made anew.
    shutil.rmtree(settings.data_dir / "seal")

    assert finding(await dossier_of(house, contract)) is None


@ON_SQLITE
async def test_before_the_seal_there_is_no_dossier(house: House) -> None:
    contract = await signed_contract(house)
    assert (await house.get(f"/v1/contracts/{contract['id']}/dossier", expect=409))["code"] == "seal-not-made"
