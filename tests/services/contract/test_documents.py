"""Documents as PDF: made from the data, in French, tagged, with the data attached."""

import io
import json
from datetime import date
from typing import Any, Final

import pikepdf
import pytest

from services.contract.commands import typesetting
from services.contract.models import KnownTerritory
from services.contract.rules.content import canonical
from services.contract.rules.contracts import open_contract
from services.contract.rules.printing import PrintedDocument, articles, contract_document
from services.contract.rules.printing.blocks import day, euros, french, items, siren
from services.contract.rules.typesetting import FONT, MISSING, characters_of, printable
from shared.clock import now
from shared.ids import uuid7
from tests.services.contract.conftest import ELSEWHERE, INVEST, House
from tests.services.contract.places import LACQ, PARTIES
from tests.services.contract.stories import (
    CONTRACT,
    SHEET,
    approved,
    drafted_contract,
    signed_by_everyone,
    signed_contract,
    submitted_action,
    validated_action,
)
from tests.support.harness import ON_SQLITE, TEAM

PDF: Final = {"Accept": "application/pdf"}
HOSTILE: Final = (
    "Emoji 🎉👩‍🏭, arabe مرحبا بالعالم, chinois 工业, privé \ue000, "
    '#panic("x") *gras* $x$ `code` @ref <label> \\ ' + "mot" * 3_300
)


async def pdf_of(house: House, path: str, by: str | None = TEAM, **more: Any) -> bytes:
    """A document."""
    answer = await house.send("GET", path, by, **more)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    return answer.content


def attached(pdf: bytes) -> bytes:
    """The file that is attached to a PDF."""
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        [file] = opened.attachments.values()
        return bytes(file.get_file().read_bytes())


def printed_content(*, parties: list[dict[str, Any]], sheets: list[dict[str, Any]]) -> PrintedDocument:
    """A contract to be printed, with these parties and sheets."""
    content = {
        **{name: CONTRACT[name] for name in ("title", "starts_on", "ends_on", "territory", "project", "themes")},
        "phase": "2018", "approvals": {}, "links": [], "priorities": [], "commitments": [], "refused_actions": [],
        "parties": [{"label": None, "role": "carrier", **party} for party in parties],
        "actions": sheets,
    }  # fmt: skip
    return printed(content)


def printed(content: dict[str, Any]) -> PrintedDocument:
    """A content to be printed."""
    contract = open_contract(
        uuid7(), "C-0001", kind="contract", territory=KnownTerritory(key=LACQ, phase="2018", regions=["75"]),
        title=content["title"], at=now(),
    )  # fmt: skip
    return contract_document(contract, content, canonical(content), dated=date(2019, 7, 15), is_local=False)


def pages_of(pdf: bytes) -> int:
    """The number of its pages."""
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        assert not opened.check_pdf_syntax()
        return len(opened.pages)


@ON_SQLITE
async def test_a_document_is_an_accessible_archive(house: House) -> None:
    contract = await drafted_contract(house)
    pdf = await pdf_of(house, f"/v1/contracts/{contract['id']}/document")

    with pikepdf.open(io.BytesIO(pdf)) as opened:
        metadata = opened.open_metadata()
        assert metadata.pdfa_status == "3A"
        assert str(metadata["{http://www.aiim.org/pdfua/ns/id/}part"]) == "1"
        assert opened.Root.MarkInfo.Marked
        assert str(opened.Root.Lang) == "fr-FR"
        assert str(opened.Root.AF[0].AFRelationship) == "/Source"
        fonts = [font for page in opened.pages for font in page.Resources.get("/Font", {}).values()]
        assert fonts
        assert all("/FontFile2" in font.DescendantFonts[0].FontDescriptor for font in fonts)
    assert json.loads(attached(pdf))["contract_id"] == contract["id"]


@ON_SQLITE
async def test_the_same_data_give_the_same_bytes(house: House) -> None:
    contract = await signed_contract(house)
    path = f"/v1/contracts/{contract['id']}/document"

    assert await pdf_of(house, path) == await pdf_of(house, path, None)


@ON_SQLITE
async def test_the_attached_json_is_the_signed_content_byte_for_byte(house: House) -> None:
    contract = await signed_contract(house)
    content = await house.send("GET", f"/v1/contracts/{contract['id']}/content")

    assert attached(await pdf_of(house, f"/v1/contracts/{contract['id']}/document")) == content.content


@ON_SQLITE
async def test_the_address_of_an_object_answers_pdf_to_whom_accepts_it(house: House) -> None:
    contract = await drafted_contract(house)
    sheet = contract["plan"][0]["action_id"]
    for path in (f"/v1/contracts/{contract['id']}", f"/v1/actions/{sheet}"):
        pdf = await pdf_of(house, path, headers=PDF)
        assert pdf == await pdf_of(house, f"{path}/document")
        plain = await house.send("GET", path)
        assert plain.headers["content-type"] == "application/json"
        assert "Accept" in plain.headers["vary"]
        assert plain.headers["link"] == f'<{path}/document>; rel="alternate"; type="application/pdf"'
        refused = await house.send("GET", path, headers={"Accept": "text/html"})
        assert (refused.status_code, refused.json()["code"]) == (406, "not-acceptable")


@ON_SQLITE
async def test_who_may_not_read_the_object_gets_no_document(house: House) -> None:
    contract = await drafted_contract(house)
    sheet = contract["plan"][0]["action_id"]
    for path in (f"/v1/contracts/{contract['id']}", f"/v1/contracts/{contract['id']}/document"):
        assert (await house.send("GET", path, ELSEWHERE, headers=PDF)).status_code == 404
        assert (await house.send("GET", path, None, headers=PDF)).status_code == 404
    assert (await house.send("GET", f"/v1/actions/{sheet}/document", ELSEWHERE)).status_code == 404


@ON_SQLITE
async def test_what_is_confidential_is_in_no_public_document(house: House) -> None:
    sheet = (await submitted_action(house, confidential=["cost_cents", "objective"]))["id"]

    seen = json.loads(attached(await pdf_of(house, f"/v1/actions/{sheet}/document")))
    assert seen["cost_cents"] == SHEET["cost_cents"]
    operator = json.loads(attached(await pdf_of(house, f"/v1/actions/{sheet}/document", INVEST)))
    assert (operator["cost_cents"], operator["objective"]) == (None, None)
    assert operator["withheld"] == ["cost_cents", "objective"]


@ON_SQLITE
async def test_a_signed_content_names_what_is_confidential_and_leaves_it_out(house: House) -> None:
    sheet = await validated_action(house, confidential=["cost_cents"])
    drafted = await house.post("/v1/contracts", {**CONTRACT, "plan": [{"action_id": sheet["id"]}]}, expect=201)
    contract = await approved(house, await house.post(f"/v1/contracts/{drafted['id']}/submit"))
    await signed_by_everyone(house, await house.post(f"/v1/contracts/{contract['id']}/request-signatures"))

    for path in ("content", "texts/1", "text"):
        answer = await house.send("GET", f"/v1/contracts/{contract['id']}/{path}", None)
        assert answer.status_code == 200
        assert str(SHEET["cost_cents"]) not in answer.text
        assert '"withheld":["cost_cents"]' in answer.text


@ON_SQLITE
async def test_an_amendment_is_printed_with_its_differences(house: House) -> None:
    contract = await signed_contract(house, ends_on="2028-12-31")
    body = {"subjects": ["period"], "reason": "Une année de plus (texte synthétique)."}
    amendment = await house.post(f"/v1/contracts/{contract['id']}/amendments", body, expect=201)
    path = f"/v1/contracts/{amendment['id']}"
    await house.patch(path, {"ends_on": "2029-06-30"}, version=amendment["version"])

    pdf = await pdf_of(house, f"{path}/document")
    assert json.loads(attached(pdf))["ends_on"] == "2029-06-30"
    assert pages_of(pdf) >= 7


@ON_SQLITE
async def test_the_text_in_force_is_printed_as_of_a_day(house: House) -> None:
    contract = await signed_contract(house)
    path = f"/v1/contracts/{contract['id']}/text"

    pdf = await pdf_of(house, f"{path}/document", None)
    assert attached(pdf) == (await house.send("GET", path, None)).content
    early = await house.send("GET", f"{path}/document?as_of=2019-07-14", None)
    assert (early.status_code, early.json()["code"]) == (409, "content-not-frozen")


@ON_SQLITE
async def test_hostile_texts_are_printed_and_stay_exact_in_the_attachment(house: House) -> None:
    sheet = await house.post(
        "/v1/actions", {**SHEET, "title": f"Titre {HOSTILE}"[:150], "description": HOSTILE}, expect=201
    )
    pdf = await pdf_of(house, f"/v1/actions/{sheet['id']}/document")

    assert json.loads(attached(pdf))["description"] == HOSTILE
    assert pages_of(pdf) >= 3


async def test_a_hundred_parties_and_two_hundred_sheets_are_printed() -> None:
    sheet = {
        "action_id": "0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e01", "number": "A-0001", "planned_start": None,
        "planned_end": None, "milestones": [], "partners": [], "issues": [], "carriers": [],
        **{name: SHEET[name] for name in ("title", "territories", "axes", "main_axis", "commitment", "cost_cents")},
        **dict.fromkeys(("context", "objective", "description"), "Un texte. " * 60),
    }  # fmt: skip
    document = printed_content(
        parties=[{**PARTIES[0], "name": f"Partie {n}"} for n in range(100)], sheets=[sheet] * 200
    )
    pdf = await typesetting.typeset(document, patience=120)

    assert pages_of(pdf) > 200


def test_a_link_is_printed_with_its_codes_and_its_sheets() -> None:
    links: list[dict[str, Any]] = [
        {"kind": "CTE", "name": "Bassin de Lacq", "scheme": "cte", "perimeter": "CTE101", "actions": ["7"],
         "covers": "Le foncier"},
        {"kind": "other", "name": "Sans registre"},
    ]  # fmt: skip

    found = list(articles._links(links, {"7": "A-0001"}))

    assert found[1] == items(
        ["CTE : Bassin de Lacq (cte, CTE101) ; Le foncier ; fiches communes : A-0001", "other : Sans registre"]
    )


def test_texts_are_cleaned_of_what_the_font_lacks() -> None:
    known = characters_of(FONT.read_bytes())
    assert {ord(each) for each in "éœŒ€→≥№\u202f\u2011«»’"} <= known

    assert printable({"text": "a\u0000b\u200fc"}, known) == {"text": "abc"}
    assert printable("x工y", known) == f"x{MISSING}y"
    assert printable("e\u0301", known) == "é"
    assert printable("مرحبا بالعالم", known).count(MISSING) == 3
    assert printable({"svg": "\ue000"}, known) == {"svg": "\ue000"}
    assert "\u200b" in printable("x" * 100, known)


def test_french_typography() -> None:
    assert french("L'ambition : oui ! « Vrai » ; 20 %") == (
        "L’ambition\u00a0: oui\u202f! «\u202fVrai\u202f»\u202f; 20\u00a0%"
    )
    assert french("https://exemple.fr à 12:30") == "https://exemple.fr à 12:30"
    assert day("2019-07-01") == "1er\u00a0juillet 2019"
    assert euros(125_000_050) == "1\u202f250\u202f000,50\u00a0€"
    assert euros(-5) == "−0,05\u00a0€"
    assert siren("200067254") == "200\u202f067\u202f254"


@ON_SQLITE
async def test_a_document_that_takes_too_long_is_refused_in_words(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    contract = await drafted_contract(house)
    monkeypatch.setattr(typesetting.typeset, "__kwdefaults__", {"patience": 0})
    answer = await house.send("GET", f"/v1/contracts/{contract['id']}/document")
    assert (answer.status_code, answer.json()["code"]) == (503, "document-not-made")
    assert answer.headers["retry-after"]


async def test_a_content_of_an_earlier_version_is_printed() -> None:
    content = {
        "format": "territoires-industrie/contract/1", "phase": "2018", "territory": LACQ,
        "title": CONTRACT["title"], "starts_on": "2019-07-15", "ends_on": "2022-12-31",
        "themes": {"ambitions": "Ambitions.", "attractiveness": "Attirer.", "animation": "Animer."},
        "priorities": ["Attirer des talents"],
        "parties": [{"organisation": "200067254", "name": "CA Pau", "block": "territory", "kind": "intercommunality"}],
        "actions": [{"action_id": "0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e01", "number": "A-0001", "title": "Une fiche"}],
    }  # fmt: skip
    pdf = await typesetting.typeset(printed(content))

    assert attached(pdf) == canonical(content)
