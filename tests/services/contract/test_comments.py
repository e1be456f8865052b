"""The review of a contract: comments, fields that a return unlocks, answers, the next submission."""

from typing import Any, Final

import pytest
from sqlalchemy import select

from shared.ids import uuid7
from shared.storage.tables import outbox
from tests.services.contract.conftest import (
    BANK,
    COMPANY,
    ELSEWHERE,
    OTHER_REGION,
    PILOT,
    REGION,
    STATE,
    House,
    decided,
)
from tests.services.contract.places import (
    ATELIERS,
    COMMITMENTS,
    LACQ_ORTHEZ,
    NOUVELLE_AQUITAINE,
    PAU,
    PREFECTURE,
    TARBES,
    THEMES,
)
from tests.services.contract.stories import CONTRACT, signed_contract, submitted_contract
from tests.services.contract.test_succession import HEIR, heir, taken_over
from tests.support.harness import NATIONAL, ON_SQLITE, TEAM

TITLES: Final = ("Attirer des talents", "Décarboner", "Innover")
PRIORITIES: Final[list[dict[str, Any]]] = [{"title": title, "carriers": [PAU], "actions": []} for title in TITLES]
TEXT: Final = "Préciser le calendrier (texte synthétique)."
WHY: Final = {"reason": "À compléter (texte synthétique)."}


async def commented(house: House, path: str, *pointers: str, by: str = REGION) -> list[dict[str, Any]]:
    """Comments on fields of a contract under review."""
    return [
        await house.post(f"{path}/comments", {"pointer": pointer, "text": TEXT}, by=by, expect=201)
        for pointer in pointers
    ]


async def returned_contract(house: House, *pointers: str, **content: Any) -> str:
    """The path of a contract that was returned with comments on these fields."""
    contract = await submitted_contract(house, **{"priorities": PRIORITIES, **content})
    path = f"/v1/contracts/{contract['id']}"
    await commented(house, path, *pointers)
    await house.post(f"{path}/return", WHY, by=REGION)
    return path


@ON_SQLITE
async def test_a_commented_field_is_written_anew_answered_and_approved(house: House) -> None:
    contract = await submitted_contract(house)
    path = f"/v1/contracts/{contract['id']}"
    [comment] = await commented(house, path, "/themes/skills")
    returned = await house.post(f"{path}/return", WHY, by=REGION)

    refused = await house.patch(path, {"title": "Autre titre"}, expect=409)
    changed = await house.patch(path, {"themes": {"skills": "Ouvrir une école (texte synthétique)."}})
    waiting = await house.post(f"{path}/submit", expect=409)
    await house.post(f"/v1/comments/{comment['id']}/answer", {"text": "C'est fait (texte synthétique)."})
    again = await house.post(f"{path}/submit")
    carried = await house.get(f"/v1/comments/{comment['id']}")
    resolved = await house.post(f"/v1/comments/{comment['id']}/resolve", by=REGION)
    for by, region in ((REGION, "75"), (OTHER_REGION, "76")):
        decision = decided(region, on=contract["id"])
        await house.publish(decision)
        approved = await house.post(f"{path}/approve", {"decision_id": str(decision.decision_id)}, by=by)

    assert (contract["text_version"], contract["unlocked"]) == (1, [])
    assert (returned["text_version"], returned["unlocked"]) == (1, ["/themes/skills"])
    assert (refused["code"], refused["locked"], refused["unlocked"]) == (
        "field-locked",
        ["/title"],
        ["/themes/skills"],
    )
    assert changed["text_version"] == 2
    assert waiting["blocking"] == ["comment-unanswered"]
    assert comment["id"] in waiting["errors"][0]["detail"]
    assert (again["text_version"], again["unlocked"]) == (2, [])
    assert (carried["state"], carried["text_version"], carried["changed_in"]) == ("answered", 1, 2)
    assert carried["current_pointer"] == "/themes/skills"
    assert (resolved["state"], resolved["resolved_by"]) == ("resolved", NOUVELLE_AQUITAINE)
    assert approved["status"] == "approved"
    assert [each["text_version"] for each in approved["approvals"].values()] == [2, 2]


async def test_a_return_without_a_comment_is_one_on_the_whole_text(house: House) -> None:
    path = await returned_contract(house)
    [comment] = (await house.get(f"{path}/comments"))["items"]

    assert (await house.get(path))["unlocked"] is None
    assert (comment["pointer"], comment["text"], comment["is_return"]) == ("", WHY["reason"], True)
    await house.patch(path, {"title": "Autre titre", "priorities": PRIORITIES[1:]})
    assert (await house.post(f"{path}/submit"))["status"] == "under_review"
    assert (await house.get(f"/v1/comments/{comment['id']}"))["state"] == "answered"


async def test_a_first_draft_is_not_locked(house: House) -> None:
    draft = await house.post("/v1/contracts", CONTRACT, expect=201)

    assert (draft["unlocked"], draft["text_version"]) == (None, 1)
    changed = await house.patch(f"/v1/contracts/{draft['id']}", {"title": "Autre titre"})
    assert changed["text_version"] == 1


@ON_SQLITE
@pytest.mark.parametrize(
    ("pointers", "change", "locked"),
    [
        (["/title"], {"title": "Autre titre"}, []),
        (["/title"], {"title": "Autre titre", "ends_on": "2023-06-30"}, ["/ends_on"]),
        (["/themes"], {"themes": {"skills": "Autre.", "attractiveness": {"people": "Autre."}}}, []),
        (["/themes/attractiveness"], {"themes": {"attractiveness": {"people": None}}}, []),
        (["/themes/attractiveness/people"], {"themes": {"attractiveness": {"businesses": "Autre."}}},
         ["/themes/attractiveness/businesses"]),
        (["/links"], {"links": [{"kind": "CTE", "name": "Contrat (synthétique)"}]}, []),
        (["/title"], {"links": [{"kind": "CTE", "name": "Contrat (synthétique)"}]}, ["/links"]),
        # An item that is commented: changed, written anew, taken away.
        (["/priorities/1"], {"priorities": [PRIORITIES[0], {**PRIORITIES[1], "carriers": []}, PRIORITIES[2]]}, []),
        (["/priorities/1"], {"priorities": [PRIORITIES[0], {**PRIORITIES[1], "title": "Autre"}, PRIORITIES[2]]}, []),
        (["/priorities/1"], {"priorities": [PRIORITIES[0], PRIORITIES[2]]}, []),
        (["/priorities/1/title"], {"priorities": [PRIORITIES[0], {**PRIORITIES[1], "title": "B"}, PRIORITIES[2]]}, []),
        (["/priorities/1/title"],
         {"priorities": [PRIORITIES[0], {**PRIORITIES[1], "title": "Autre", "carriers": []}, PRIORITIES[2]]},
         ["/priorities/1/carriers"]),
        (["/priorities/1/title"], {"priorities": [PRIORITIES[0], PRIORITIES[2]]}, ["/priorities/1"]),
        # Another item, one more, another order: these need a comment on the list.
        (["/priorities/1"], {"priorities": [{**PRIORITIES[0], "carriers": []}, *PRIORITIES[1:]]},
         ["/priorities/0/carriers"]),
        (["/priorities/1"], {"priorities": PRIORITIES[:2]}, ["/priorities/2"]),
        (["/priorities/1"], {"priorities": [*PRIORITIES, {"title": "Quatrième"}]}, ["/priorities"]),
        (["/priorities/1"], {"priorities": PRIORITIES[::-1]}, ["/priorities"]),
        (["/priorities"], {"priorities": [*PRIORITIES[::-1], {"title": "Quatrième"}]}, []),
        # One of a list of plain values.
        (["/priorities/1/carriers/0"], {"priorities": [PRIORITIES[0], {**PRIORITIES[1], "carriers": [TARBES]},
                                                       PRIORITIES[2]]}, []),
        (["/priorities/1/carriers/0"], {"priorities": [PRIORITIES[0], {**PRIORITIES[1], "carriers": [PAU, TARBES]},
                                                       PRIORITIES[2]]}, ["/priorities/1/carriers"]),
        (["/commitments/0/text"], {"commitments": [{**COMMITMENTS[0], "text": "Autre (synthétique)."},
                                                   *COMMITMENTS[1:]]}, []),
        (["/commitments/0/text"], {"commitments": [{**COMMITMENTS[0], "kind": "technical"}, *COMMITMENTS[1:]]},
         ["/commitments/0/kind"]),
        (["/parties/0/capacity"], {"parties": [{**CONTRACT["parties"][0], "capacity": "Direction"},
                                               *CONTRACT["parties"][1:]]}, []),
        (["/parties/0/capacity"], {"parties": [{**CONTRACT["parties"][0], "organisation": LACQ_ORTHEZ},
                                               *CONTRACT["parties"][1:]]}, ["/parties/0/organisation"]),
    ],
)  # fmt: skip
async def test_only_commented_fields_of_a_returned_contract_may_change(
    house: House, pointers: list[str], change: dict[str, Any], locked: list[str]
) -> None:
    path = await returned_contract(house, *pointers)

    answer = await house.patch(path, change, expect=409 if locked else 200)

    assert answer.get("locked", []) == locked
    if locked:
        assert [error["pointer"] for error in answer["errors"]] == locked
        assert answer["unlocked"] == pointers


@ON_SQLITE
async def test_a_change_can_be_taken_back_and_what_is_locked_anew_keeps_it(house: House) -> None:
    path = await returned_contract(house, "/priorities/1", "/title")
    [first, _] = (await house.get(f"{path}/comments"))["items"]
    fewer = [PRIORITIES[0], PRIORITIES[2]]

    await house.patch(path, {"priorities": fewer})
    assert (await house.get(f"/v1/comments/{first['id']}"))["changed_in"] == 2
    await house.patch(path, {"priorities": PRIORITIES})
    assert (await house.get(f"/v1/comments/{first['id']}"))["changed_in"] is None
    await house.patch(path, {"priorities": fewer})
    await house.post(f"/v1/comments/{first['id']}/resolve", by=REGION)

    assert (await house.get(path))["unlocked"] == ["/title"]
    changed = await house.patch(path, {"title": "Autre titre", "priorities": fewer})
    assert [each["title"] for each in changed["priorities"]] == [TITLES[0], TITLES[2]]
    await house.patch(path, {"priorities": fewer[:1]}, expect=409)


async def test_comments_go_along_to_where_their_field_now_is(house: House) -> None:
    path = await returned_contract(house, "/priorities", "/priorities/1/title", "/priorities/2")
    comments = (await house.get(f"{path}/comments"))["items"]
    rewritten = {**PRIORITIES[1], "title": "Tout décarboner"}
    await house.patch(path, {"priorities": [PRIORITIES[2], PRIORITIES[0], rewritten]})
    for comment in comments:
        await house.post(f"/v1/comments/{comment['id']}/answer", {"text": "Fait."})

    await house.post(f"{path}/submit")

    found = [(each["pointer"], each["current_pointer"]) for each in (await house.get(f"{path}/comments"))["items"]]
    assert found == [
        ("/priorities", "/priorities"),
        ("/priorities/1/title", "/priorities/2/title"),
        ("/priorities/2", "/priorities/0"),
    ]
    again = await house.post(f"{path}/return", WHY, by=OTHER_REGION)
    assert again["unlocked"] == ["/priorities", "/priorities/0", "/priorities/2/title"]


async def test_a_comment_on_a_field_that_is_gone_unlocks_nothing(house: House) -> None:
    path = await returned_contract(house, "/priorities/2")
    [comment] = (await house.get(f"{path}/comments"))["items"]
    await house.patch(path, {"priorities": PRIORITIES[:2]})
    await house.post(f"/v1/comments/{comment['id']}/answer", {"text": "Retirée."})
    await house.post(f"{path}/submit")

    assert (await house.get(f"/v1/comments/{comment['id']}"))["current_pointer"] is None
    # Without another comment, the reason of the return is one on the whole text.
    assert (await house.post(f"{path}/return", WHY, by=REGION))["unlocked"] is None


@ON_SQLITE
async def test_a_comment_is_answered_again_until_it_is_resolved(house: House) -> None:
    contract = await submitted_contract(house)
    [comment] = await commented(house, f"/v1/contracts/{contract['id']}", "/title", by=STATE)
    path = f"/v1/comments/{comment['id']}"

    await house.post(f"{path}/answer", {"text": "Une fois."})
    answered = await house.post(f"{path}/answer", {"text": "Deux fois."}, by=PILOT)
    await house.post(f"{path}/resolve", by=STATE)
    refused = await house.post(f"{path}/answer", {"text": "Trois fois."}, expect=409)
    twice = await house.post(f"{path}/resolve", by=REGION, expect=409)

    assert [each["text"] for each in answered["answers"]] == ["Une fois.", "Deux fois."]
    assert answered["answers"][0]["organisation"] == PAU
    assert (refused["code"], twice["code"]) == ("comment-resolved", "comment-resolved")
    lines = (await house.get(f"{path}/history"))["items"]
    assert [line["operation"] for line in lines] == ["created", "updated", "updated", "updated"]
    assert lines[-1]["changed"]["state"] == {"before": "answered", "after": "resolved"}
    changes = (await house.get("/v1/comments/changes"))["items"]
    assert [each["id"] for each in changes] == [comment["id"]] * 4


@ON_SQLITE
@pytest.mark.parametrize(
    "pointer",
    ["/nothing", "/title/0", "/priorities/9", "/priorities/-", "/number", "/parties/0/name", "/themes/skills/x", "/"],
)
async def test_a_comment_is_about_a_field_of_the_text(house: House, pointer: str) -> None:
    contract = await submitted_contract(house)
    body = {"pointer": pointer, "text": TEXT}

    refused = await house.post(f"/v1/contracts/{contract['id']}/comments", body, by=REGION, expect=422)

    assert refused["code"] == "pointer-not-in-text"


@ON_SQLITE
@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"pointer": "title", "text": TEXT}, "unprocessable"),
        ({"pointer": "/title\u0000", "text": TEXT}, "text-not-storable"),
        ({"pointer": "/title\u0007", "text": TEXT}, "unprocessable"),
        ({"pointer": "/" + "x" * 300, "text": TEXT}, "unprocessable"),
        ({"pointer": "/title", "text": " "}, "unprocessable"),
        ({"pointer": "/title"}, "unprocessable"),
        ({"text": TEXT}, "unprocessable"),
    ],
)
async def test_a_bad_comment_is_refused(house: House, body: dict[str, Any], code: str) -> None:
    contract = await submitted_contract(house)

    refused = await house.post(f"/v1/contracts/{contract['id']}/comments", body, by=REGION, expect=422)

    assert refused["code"] == code


@ON_SQLITE
@pytest.mark.parametrize(
    ("by", "status"),
    [(TEAM, 403), (COMPANY, 403), (BANK, 403), (NATIONAL, 403), (ELSEWHERE, 403), ("region:233500016", 404)],
)
async def test_only_the_regions_and_the_state_of_a_contract_comment_on_it(house: House, by: str, status: int) -> None:
    contract = await submitted_contract(house)
    body = {"pointer": "/title", "text": TEXT}

    await house.post(f"/v1/contracts/{contract['id']}/comments", body, by=by, expect=status)


@ON_SQLITE
@pytest.mark.parametrize(
    ("by", "status"),
    [(COMPANY, 403), (REGION, 403), (STATE, 403), (BANK, 403), (NATIONAL, 403), (ELSEWHERE, 404)],
)
async def test_only_the_territory_answers(house: House, by: str, status: int) -> None:
    contract = await submitted_contract(house)
    [comment] = await commented(house, f"/v1/contracts/{contract['id']}", "/title")

    await house.post(f"/v1/comments/{comment['id']}/answer", {"text": "Non."}, by=by, expect=status)


@ON_SQLITE
async def test_a_comment_is_resolved_by_its_author_or_a_region(house: House) -> None:
    contract = await submitted_contract(house)
    path = f"/v1/contracts/{contract['id']}"
    [by_region] = await commented(house, path, "/title")
    [by_state] = await commented(house, path, "/title", by=STATE)

    refused = await house.post(f"/v1/comments/{by_region['id']}/resolve", by=STATE, expect=403)
    for by in (TEAM, COMPANY):
        await house.post(f"/v1/comments/{by_region['id']}/resolve", by=by, expect=403)
    await house.post(f"/v1/comments/{by_region['id']}/resolve", by=OTHER_REGION)
    await house.post(f"/v1/comments/{by_state['id']}/resolve", by=STATE)

    assert refused["code"] == "not-the-commenter"
    assert by_state["organisation"] == PREFECTURE
    assert (await house.get(f"{path}/comments", state="open"))["items"] == []
    assert len((await house.get(f"{path}/comments", state="resolved"))["items"]) == 2


@ON_SQLITE
async def test_comments_are_made_under_review_alone(house: House) -> None:
    path = await returned_contract(house)
    body = {"pointer": "/title", "text": TEXT}

    refused = await house.post(f"{path}/comments", body, by=REGION, expect=409)

    assert (refused["code"], refused["state"]) == ("not-under-review", "draft")
    await house.post(f"/v1/contracts/{uuid7()}/comments", body, by=REGION, expect=404)
    await house.post(f"/v1/comments/{uuid7()}/answer", {"text": "Non."}, expect=404)


@ON_SQLITE
async def test_comments_are_read_by_those_concerned_even_of_a_signed_contract(house: House) -> None:
    contract = await signed_contract(house)
    path = f"/v1/contracts/{contract['id']}/comments"

    await house.get(path, by=COMPANY)
    await house.get(path, by=ELSEWHERE, expect=403)
    await house.get(path, by=None, expect=401)


async def test_a_comment_is_published_without_its_text(house: House) -> None:
    contract = await submitted_contract(house)
    [comment] = await commented(house, f"/v1/contracts/{contract['id']}", "/themes/skills")
    await house.post(f"/v1/comments/{comment['id']}/answer", {"text": "Fait."})
    await house.post(f"/v1/comments/{comment['id']}/resolve", by=REGION)

    async with house.database.reading() as session:
        statement = select(outbox.c.body).where(outbox.c.subject == f"comment/{comment['id']}").order_by(outbox.c.id)
        bodies = (await session.scalars(statement)).all()

    assert [state in body for state, body in zip(("open", "answered", "resolved"), bodies, strict=True)] == [True] * 3
    assert all(TEXT not in body and "Fait." not in body for body in bodies)


@ON_SQLITE
async def test_a_successor_named_in_a_returned_draft_is_no_change_of_the_territory(house: House) -> None:
    path = await returned_contract(house, "/title")

    await house.publish(heir(), taken_over(PAU))
    changed = await house.patch(path, {"title": "Autre titre"}, by=PILOT)
    refused = await house.patch(path, {"themes": {"skills": "Autre."}}, by=PILOT, expect=409)

    assert changed["parties"][0]["organisation"] == HEIR
    assert changed["title"] == "Autre titre"
    assert refused["locked"] == ["/themes/skills"]


async def test_opinions_of_the_state_are_about_a_version(house: House) -> None:
    contract = await submitted_contract(house)
    path = f"/v1/contracts/{contract['id']}"
    opinion = {"verdict": "unfavourable", "text": "Le calendrier manque (texte synthétique)."}

    await house.post(f"{path}/opinion", {**opinion, "verdict": "reserved"}, by=STATE)
    given = await house.post(f"{path}/opinion", opinion, by=STATE)
    await house.post(f"{path}/return", WHY, by=REGION)
    await house.patch(path, {"themes": {**THEMES, "skills": "Autre (texte synthétique)."}})
    await house.post(f"{path}/submit")
    again = await house.post(f"{path}/opinion", {**opinion, "verdict": "favourable"}, by=STATE)

    assert [(each["verdict"], each["text_version"], each["is_current"]) for each in given["opinions"]] == [
        ("unfavourable", 1, True)
    ]
    assert [(each["verdict"], each["text_version"], each["is_current"]) for each in again["opinions"]] == [
        ("unfavourable", 1, False),
        ("favourable", 2, True),
    ]


async def test_a_region_approves_beside_an_unfavourable_opinion(house: House) -> None:
    contract = await submitted_contract(house)
    path = f"/v1/contracts/{contract['id']}"
    await house.post(f"{path}/opinion", {"verdict": "unfavourable", "text": "Non (texte synthétique)."}, by=STATE)
    decision = decided("75", on=contract["id"])
    await house.publish(decision)

    approved = await house.post(f"{path}/approve", {"decision_id": str(decision.decision_id)}, by=REGION)

    assert [each["is_current"] for each in approved["opinions"]] == [True]


@ON_SQLITE
@pytest.mark.parametrize(
    ("by", "status"),
    [(TEAM, 403), (REGION, 403), (COMPANY, 403), (BANK, 403), (NATIONAL, 403), ("state:000000026", 200)],
)
async def test_only_the_state_of_a_region_of_the_contract_gives_an_opinion(house: House, by: str, status: int) -> None:
    contract = await submitted_contract(house)
    opinion = {"verdict": "favourable", "text": "Vu (texte synthétique)."}

    await house.post(f"/v1/contracts/{contract['id']}/opinion", opinion, by=by, expect=status)


@ON_SQLITE
async def test_an_opinion_on_a_draft_is_refused(house: House) -> None:
    path = await returned_contract(house)

    refused = await house.post(f"{path}/opinion", {"verdict": "favourable", "text": "Vu."}, by=STATE, expect=409)

    assert refused["code"] == "transition-refused"


async def test_what_the_state_thought_of_a_signed_contract_is_not_published(house: House) -> None:
    contract = await signed_contract(house)

    assert (await house.get(f"/v1/contracts/{contract['id']}", by=None))["opinions"] == []


@ON_SQLITE
async def test_a_company_that_is_party_reads_the_comments(house: House) -> None:
    contract = await submitted_contract(house)
    [comment] = await commented(house, f"/v1/contracts/{contract['id']}", "/title")

    assert (await house.get(f"/v1/comments/{comment['id']}", by=COMPANY))["text"] == TEXT
    await house.get(f"/v1/comments/{comment['id']}", by=ELSEWHERE, expect=404)
    assert ATELIERS in {party["organisation"] for party in contract["parties"]}
