"""Sources that can be cited, guides and envelopes."""

from datetime import timedelta
from typing import Any

import pytest

from shared.clock import today
from tests.services.territory.api import NATIONAL, REGION, Api
from tests.services.territory.conftest import PublishedFacts
from tests.support.waiting import until

SPEECH: dict[str, Any] = {
    "kind": "speech",
    "title": "Discours (synthétique)",
    "author": "Premier ministre",
    "published": "2018-11-22",
    "place": "Paris, Grand Palais",
    "url": "https://www.example.org/discours",
}
GUIDE: dict[str, Any] = {
    "title": "Guide méthodologique",
    "guide_version": "V7",
    "phase": "2018",
    "applicable_from": "2020-09-01",
    "source": "synthétique",
}
ENVELOPE: dict[str, Any] = {
    "title": "Enveloppe (synthétique)",
    "amount_cents": 40_000_000_000,
    "qualifier": "about",
    "announced_on": "2020-09-04",
    "phase": "2018",
    "source": "synthétique",
}
WHY = {"reason": "Relecture synthétique"}
NOBODY = "0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e99"


async def test_the_shipped_sources_say_what_is_known_of_them(api_on_both: Api) -> None:
    sources = {one["title"]: one for one in await api_on_both.collect("/v1/sources")}

    assert len(sources) == 67
    deck = sources["Territoires d'industrie : support de présentation"]
    assert (deck["kind"], deck["published"], deck["author"], deck["url"]) == ("presentation", "2019-03", None, None)
    assert sources["Guide méthodologique, V6"]["published"] == "2020-01-02"
    assert {one["kind"] for one in await api_on_both.collect("/v1/sources?kind=press_release")} == {"press_release"}
    assert await api_on_both.get(f"/v1/sources/{deck['id']}") == deck


async def test_shipped_events_name_the_source_that_their_text_names(api: Api) -> None:
    sources = {one["id"]: one["title"] for one in await api.collect("/v1/sources")}
    cited = {
        one["starts_on"]: sources[one["source_id"]] for one in await api.collect("/v1/calendar") if one["source_id"]
    }

    assert cited == {
        "2019-04-30": "cner-france.com, mai 2019",
        "2019-05-23": "Territoires d'industrie : support de présentation",
        "2023-06-27": "lagazettedescommunes.com, article 877579",
        "2024-11-21": "Territoires d'industrie : le bilan de la Cour des comptes",
        "2024-12-18": "Rapport d'information n° 217 (2024-2025)",
    }


async def test_shipped_figures_are_found_by_the_source_that_their_text_names(api_on_both: Api) -> None:
    sources = {one["title"]: one["id"] for one in await api_on_both.collect("/v1/sources")}
    deck = sources["Territoires d'industrie : support de présentation"]
    figures = await api_on_both.collect(f"/v1/figures?source_id={deck}")

    assert [(one["metric"], one["day"]) for one in figures] == [
        ("actions_collected", "2019-03-24"),
        ("protocols_signed", "2019-03-24"),
    ]
    every = await api_on_both.collect("/v1/figures")
    assert {one["source_id"] for one in every if " ; " in one["source"]} == {None}, "a text that names several sources"
    assert {one["source_id"] for one in every if one["source"] == "vipress.net"} == {None}, "one of two pages"
    assert len([one for one in every if one["source_id"]]) == 34


async def test_a_figure_cites_registered_sources_alone(api: Api) -> None:
    figure = {"metric": "essai", "value": 1, "day": "2020-02-14", "source": "synthétique"}
    source = await api.post("/v1/sources", SPEECH, by=NATIONAL)
    declared = await api.post("/v1/figures", {**figure, "source_id": source["id"]}, by=NATIONAL)
    problem = await api.post("/v1/figures", {**figure, "value": 2, "source_id": NOBODY}, by=NATIONAL, status=422)

    assert await api.collect(f"/v1/figures?source_id={source['id']}") == [declared]
    assert (problem["code"], problem["errors"][0]["pointer"]) == ("source-not-registered", "/source_id")
    assert "POST /v1/sources" in problem["detail"]
    unknown = await api.get(f"/v1/figures?source_id={NOBODY}", status=422)
    assert (unknown["code"], unknown["errors"][0]["parameter"]) == ("source-not-registered", "source_id")


async def test_a_source_is_registered_corrected_and_cited(api_on_both: Api) -> None:
    source = await api_on_both.post("/v1/sources", SPEECH, by=NATIONAL)
    path = f"/v1/sources/{source['id']}"
    corrected = await api_on_both.patch(path, {"published": "2018-11", "url": None, **WHY}, by=NATIONAL)
    envelope = await api_on_both.post("/v1/envelopes", {**ENVELOPE, "source_id": source["id"]}, by=NATIONAL)

    assert (corrected["published"], corrected["url"], corrected["version"]) == ("2018-11", None, 2)
    assert [line["reason"] for line in (await api_on_both.get(f"{path}/history"))["items"]] == [None, WHY["reason"]]
    assert envelope["source_id"] == source["id"]


async def test_a_source_is_published_with_its_corrections(api: Api, published: PublishedFacts) -> None:
    source = await api.post("/v1/sources", SPEECH, by=NATIONAL)
    path = f"/v1/sources/{source['id']}"
    await api.patch(path, {"title": "Discours corrigé (synthétique)", **WHY}, by=NATIONAL)
    await api.patch(path, {"title": "Discours corrigé (synthétique)", **WHY}, by=NATIONAL)

    facts = await published()
    assert [(fact["fact"], fact["source_id"], fact["title"]) for fact in facts] == [
        ("SourceRegistered.v1", source["id"], SPEECH["title"]),
        ("SourceRegistered.v1", source["id"], "Discours corrigé (synthétique)"),
    ]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"published": "2018-02-30"}, "/published"),
        ({"published": "2018-13"}, "/published"),
        ({"published": "22/11/2018"}, "/published"),
        ({"published": "2099"}, "/published"),
        ({"published": "0000"}, "/published"),
        ({"published": "0001"}, "/published"),
        ({"published": "1899-12"}, "/published"),
        ({"published": "0001-01-01"}, "/published"),
        ({"url": "http://www.example.org/discours"}, "/url"),
        ({"url": "https://www.example.org/a b"}, "/url"),
        ({"url": "javascript:alert(1)"}, "/url"),
        ({"kind": "tweet"}, "/kind"),
        ({"title": " "}, "/title"),
    ],
)
async def test_a_source_that_cannot_be_is_refused(api: Api, change: dict[str, Any], pointer: str) -> None:
    problem = await api.post("/v1/sources", {**SPEECH, **change}, by=NATIONAL, status=422)

    assert problem["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/envelopes", ENVELOPE),
        ("/v1/guides", GUIDE),
        (
            "/v1/calendar",
            {"kind": "other", "title": "Synthétique", "starts_on": "2019-03-05", "status": "held", "source": "x"},
        ),
    ],
)
async def test_a_source_that_is_not_registered_is_not_cited(api: Api, path: str, body: dict[str, Any]) -> None:
    problem = await api.post(path, {**body, "source_id": NOBODY}, by=NATIONAL, status=422)

    assert (problem["code"], problem["errors"][0]["pointer"]) == ("source-not-registered", "/source_id")
    assert "POST /v1/sources" in problem["detail"]


async def test_the_guide_of_a_day_is_shown(api_on_both: Api) -> None:
    async def applied(day: str) -> tuple[list[str], str | None]:
        page = await api_on_both.get(f"/v1/guides?as_of={day}")
        return [one["guide_version"] for one in page["items"]], page["note"]

    assert await applied("2019-07-08") == (["V4"], None)
    assert await applied("2020-01-01") == (["V4"], None)
    assert await applied("2020-01-02") == (["V6"], None)
    versions, note = await applied("2019-02-01")
    assert versions == []
    assert note == (
        "No guide is known that applied on 2019-02-01: the first version whose day is known, V4, applies from "
        "2019-07-08."
    )
    assert (await api_on_both.get("/v1/guides?as_of=2019-02-01&phase=2023"))["note"] == "No guide is known."
    assert len(await api_on_both.collect("/v1/guides")) == 2


async def test_a_new_version_ends_the_one_before_it(api: Api, published: PublishedFacts) -> None:
    guide = await api.post("/v1/guides", GUIDE, by=NATIONAL)
    facts = await published()
    [former] = (await api.get("/v1/guides?as_of=2020-08-31"))["items"]

    assert guide["applicable_until"] is None
    assert (former["guide_version"], former["applicable_until"], former["version"]) == ("V6", "2020-09-01", 2)
    assert [(fact["fact"], fact["guide_version"]) for fact in facts] == [
        ("GuidePublished.v1", "V6"),
        ("GuidePublished.v1", "V7"),
    ]


async def test_a_corrected_day_moves_the_end_of_the_version_before(api_on_both: Api) -> None:
    guide = await api_on_both.post("/v1/guides", GUIDE, by=NATIONAL)
    path = f"/v1/guides/{guide['id']}"
    await api_on_both.patch(path, {"applicable_from": "2020-10-01", **WHY}, by=NATIONAL)
    versions = await api_on_both.collect("/v1/guides")

    assert [(one["guide_version"], one["applicable_until"]) for one in versions] == [
        ("V4", "2020-01-02"),
        ("V6", "2020-10-01"),
        ("V7", None),
    ]


async def test_a_version_or_a_first_day_stands_once(api_on_both: Api) -> None:
    twice = {**GUIDE, "guide_version": "V6"}
    same_day = {**GUIDE, "applicable_from": "2020-01-02"}

    assert (await api_on_both.post("/v1/guides", twice, by=NATIONAL, status=409))["code"] == "guide-already-published"
    assert (await api_on_both.post("/v1/guides", same_day, by=NATIONAL, status=409))[
        "code"
    ] == "guide-already-published"
    assert len(await api_on_both.collect("/v1/guides")) == 2
    guide = await api_on_both.post("/v1/guides", GUIDE, by=NATIONAL)
    path = f"/v1/guides/{guide['id']}"
    await api_on_both.patch(path, {"guide_version": "V6", **WHY}, by=NATIONAL, status=409)
    await api_on_both.patch(path, {"applicable_from": "2019-07-08", **WHY}, by=NATIONAL, status=409)
    assert await api_on_both.get(path) == guide


async def test_a_guide_is_not_older_than_the_programme_and_may_be_announced(api: Api) -> None:
    older = {**GUIDE, "applicable_from": "2018-11-21"}
    coming = {**GUIDE, "applicable_from": str(today() + timedelta(days=30))}

    problem = await api.post("/v1/guides", older, by=NATIONAL, status=422)
    far = await api.post("/v1/guides", {**GUIDE, "applicable_from": "9999-12-31"}, by=NATIONAL, status=422)
    announced = await api.post("/v1/guides", coming, by=NATIONAL)

    assert problem["errors"][0]["pointer"] == far["errors"][0]["pointer"] == "/applicable_from"
    assert (far["code"], "to 2100-12-31" in far["detail"]) == ("day-not-plausible", True)
    assert [one["guide_version"] for one in (await api.get(f"/v1/guides?as_of={today()}"))["items"]] == ["V6"]
    assert announced["applicable_until"] is None


async def test_a_guide_of_a_phase_ends_no_version_of_another_one(api_on_both: Api) -> None:
    before = {**GUIDE, "guide_version": "4", "phase": "2023", "applicable_from": "2020-01-01"}
    guide = {**before, "applicable_from": "2023-06-27"}

    problem = await api_on_both.post("/v1/guides", before, by=NATIONAL, status=422)
    applied = await api_on_both.post("/v1/guides", guide, by=NATIONAL)
    versions = await api_on_both.collect("/v1/guides?as_of=2024-01-01")

    assert "2023-01-01" in problem["detail"]
    assert [(one["phase"], one["guide_version"], one["applicable_until"]) for one in versions] == [
        ("2018", "V6", None),
        ("2023", "4", None),
    ]
    path = f"/v1/guides/{applied['id']}"
    await api_on_both.patch(path, {"phase": "2018", **WHY}, by=NATIONAL)
    [former] = await api_on_both.collect("/v1/guides?as_of=2023-06-26")
    assert (former["guide_version"], former["applicable_until"]) == ("V6", "2023-06-27")
    await api_on_both.patch(path, {"phase": "2023", **WHY}, by=NATIONAL)
    assert len(await api_on_both.collect("/v1/guides?as_of=2024-01-01")) == 2


async def test_an_envelope_is_not_announced_before_its_phase(api: Api) -> None:
    early = {**ENVELOPE, "phase": "2023", "announced_on": "2019-01-01"}
    problem = await api.post("/v1/envelopes", early, by=NATIONAL, status=422)
    envelope = await api.post("/v1/envelopes", {**early, "announced_on": "2023-05-24"}, by=NATIONAL)
    path = f"/v1/envelopes/{envelope['id']}"

    assert (problem["errors"][0]["pointer"], "2023-01-01" in problem["detail"]) == ("/announced_on", True)
    await api.patch(path, {"announced_on": "2022-12-31", **WHY}, by=NATIONAL, status=422)
    of_phase_1 = await api.post("/v1/envelopes", ENVELOPE, by=NATIONAL)
    await api.patch(f"/v1/envelopes/{of_phase_1['id']}", {"phase": "2023", **WHY}, by=NATIONAL, status=422)
    assert await api.get(path) == envelope


async def test_envelopes_are_announced_amounts_with_their_source(api_on_both: Api) -> None:
    envelopes = {one["title"]: one for one in await api_on_both.collect("/v1/envelopes?phase=2018")}

    billion = envelopes["Moyens orientés en priorité vers les Territoires d'industrie"]
    assert (billion["amount_cents"], billion["qualifier"], billion["announced_on"]) == (
        100_000_000_000,
        "at_least",
        None,
    )
    announced = {one["amount_cents"]: one["announced_on"] for one in envelopes.values()}
    assert announced[136_000_000_000] == "2018-11-22"
    assert announced[40_000_000_000] == "2020-09-04"
    assert await api_on_both.collect("/v1/envelopes?phase=2023") == []


async def test_an_envelope_is_corrected_with_a_reason(api: Api) -> None:
    envelope = await api.post("/v1/envelopes", ENVELOPE, by=NATIONAL)
    path = f"/v1/envelopes/{envelope['id']}"
    corrected = await api.patch(path, {"qualifier": "exact", **WHY}, by=NATIONAL)

    assert (corrected["qualifier"], corrected["version"]) == ("exact", 2)
    assert "reason" in (await api.patch(path, {"qualifier": "about"}, by=NATIONAL, status=422))["errors"][0]["pointer"]
    await api.patch(path, {"announced_on": "2999-01-01", **WHY}, by=NATIONAL, status=422)

    async def read_changes() -> Any:
        return (await api.get("/v1/envelopes/changes"))["items"]

    # Changes get their position in the background.
    changes = await until(read_changes, lambda found: len(found) == 6)
    assert [(change["operation"], change["version"]) for change in changes[-2:]] == [("created", 1), ("updated", 2)]
    assert changes[-1]["object"] == corrected


async def test_others_publish_nothing(api: Api) -> None:
    for path, body in (("sources", SPEECH), ("guides", GUIDE), ("envelopes", ENVELOPE)):
        await api.post(f"/v1/{path}", body, by=REGION, status=403)
        await api.get(f"/v1/{path}/{NOBODY}", status=404)
