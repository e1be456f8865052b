"""Filters that take a code: each is tried with an unknown, a former and a foreign one, in every list.

The tests walk the OpenAPI document: a new filter fails until it is one of CODES or of OTHERS.
"""

import json
import re
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
import pytest_asyncio

from shared.events.codes import is_siret
from tests.app.permissions.callers import BANK, NATIONAL, OCCITANIE, PAU, REGION, TEAM
from tests.app.permissions.world import World, at_work

pytestmark = pytest.mark.asyncio(loop_scope="module")

NOBODY: Final = "00000000-0000-4000-8000-000000000000"
COMMUNE: Final = "216404459"
FRANCE_TRAVAIL: Final = "130005481"


@dataclass(frozen=True)
class Code:
    """Codes of a filter: each of the first three is refused."""

    unknown: tuple[str, ...]
    foreign: tuple[str, ...] = ()
    former: tuple[tuple[str, str], ...] = ()
    """Each with its successor, which the refusal names."""
    known: str | None = None
    """A SIREN that the filter takes, in each spelling."""


OF_ANY_BODY: Final = Code(unknown=("999999998",), foreign=("64445", "2018-ti-7505"), known=PAU)
OF_AN_OPERATOR: Final = Code(unknown=("999999998",), foreign=("64445", OCCITANIE, COMMUNE), known=FRANCE_TRAVAIL)
OF_AN_OBJECT: Final = Code(unknown=(NOBODY,), foreign=("200067254", "2018-ti-7505"))
CODES: Final[dict[str, Code]] = {
    "region": Code(unknown=("99",), former=(("73", "76"), ("26", "27"), ("82", "84")), foreign=("64", "987")),
    "departement": Code(unknown=("96", "00"), former=(("20", "2A"),), foreign=("975", "64445", "2018")),
    "territory": Code(unknown=("2018-ti-9999", "2023-ti-9999"), foreign=("2020-ti-7505", "7505", PAU)),
    "member": Code(unknown=("999999998", "64999"), foreign=("75", FRANCE_TRAVAIL, OCCITANIE), known=PAU),
    "epci": Code(unknown=("999999998",), foreign=("64445", OCCITANIE, COMMUNE), known=PAU),
    "ept": Code(unknown=("999999998",), foreign=("64445", PAU, COMMUNE), known="200057867"),
    "commune": Code(unknown=("64999",), former=(("74268", "74010"), ("14011", "14581")), foreign=("64", PAU)),
    "employment_zone": Code(unknown=("7599",), foreign=("64445", "64")),
    "geography": Code(unknown=("999999998", "64999", "99"), former=(("73", "76"), ("14011", "14581")), known=PAU),
    "indicator": Code(unknown=("nimporte",), foreign=("64445",)),
    "carrier": OF_ANY_BODY,
    "party": OF_ANY_BODY,
    "organisation": OF_ANY_BODY,
    "operator": OF_AN_OPERATOR,
    "service": Code(unknown=("BDT-9999",), foreign=("2018-ti-7505",)),
    "axis": Code(unknown=("nimporte",), foreign=("BDT-05",)),
    "scheme": Code(unknown=("nimporte",), foreign=("2018-ti-7505",)),
    "org": OF_ANY_BODY,
    "metric": Code(unknown=("nimporte",), foreign=("2018-ti-7505",)),
    "ceremony": OF_AN_OBJECT,
    "committee": OF_AN_OBJECT,
    "action": OF_AN_OBJECT,
    "contract": OF_AN_OBJECT,
    "amends": OF_AN_OBJECT,
    "source_id": OF_AN_OBJECT,
    "type": Code(unknown=("fr.territoires-industrie.contract.Nothing.v1", "XX"), foreign=("2018-ti-7505",)),
}
"""Filter → codes that it is tried with."""
IN_ONE_LIST: Final = {("/v1/events", "operator"): OF_ANY_BODY}
"""Filters that take other codes in one list: events of an operator are those that name an organisation."""
OTHERS: Final = {
    "after", "cursor", "limit", "wait", "q", "subject", "since", "client_id", "sub", "object_id", "collection",
    "as_of", "known_at", "on", "from", "until", "day", "year", "years", "zoom",
}  # fmt: skip
"""Parameters that take no code: of pages, words, forms, days and years."""


def siret_of(siren: str) -> str:
    """Return the SIRET of an establishment."""
    return next(code for digit in range(10) if is_siret(code := f"{siren}0001{digit}"))


SPELLINGS: Final[tuple[Callable[[str], str], ...]] = (
    lambda siren: f"{siren[:3]} {siren[3:6]} {siren[6:]}",
    lambda siren: f" {siren[:3]}\u00a0{siren[3:6]}\u202f{siren[6:]} ",
    siret_of,
    lambda siren: f"{siren[:3]} {siren[3:6]} {siren[6:]} {siret_of(siren)[9:]}",
)
"""A SIREN as people write it: with blanks, and the SIRET of an establishment."""
READERS: Final = (BANK, NATIONAL, TEAM, REGION)


def beside(path: str, name: str, code: str) -> dict[str, str]:
    """Return the parameters that a filter goes with."""
    if name == "commune" and not path.endswith("/perimeters"):
        return {"kind": "delegated"}
    if name == "indicator":
        return {"by": "indicator"}
    if name == "geography":
        return {"level": {2: "region", 5: "commune"}.get(len(code), "epci")}
    return {}


@dataclass(frozen=True)
class Lists:
    """The lists of the platform, with their filters."""

    world: World
    filters: list[tuple[str, str, dict[str, Any]]]
    objects: dict[str, str]
    """Placeholder of a path → code or id of an object."""

    async def get(self, path: str, name: str, code: str) -> httpx.Response:
        """Return the answer of a list to a filter, as somebody who may read it."""
        for name_in_path, value in self.objects.items():
            path = path.replace(f"{{{name_in_path}}}", value)
        for who in READERS:
            answer = await self.world.client.get(
                path, params={name: code} | beside(path, name, code), headers=who.headers()
            )
            if answer.status_code != 403:
                break
        return answer


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lists(loaded: Callable[[Path], None], tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Lists]:
    folder = tmp_path_factory.mktemp("filters")
    loaded(folder)
    async with at_work(folder) as world:
        document = await world.get("/openapi.json")
        filters = [
            (path, parameter["name"], parameter["schema"])
            for path, item in document["paths"].items()
            for parameter in item.get("get", {}).get("parameters", [])
            if parameter["in"] == "query"
        ]
        body = {"url": "https://recevoir.invalid/territoires", "types": ["contract.ContractEnded.v1"]}
        subscription = await world.post(BANK, "/v1/subscriptions", body)
        objects = {"siren": "180020026", "code": "population", "subscription_id": subscription["id"]}
        yield Lists(world, filters, objects | {"scheme": "acv", "territory": "2018-ti-7505"})


async def test_each_filter_is_known_to_this_test(lists: Lists) -> None:
    found = {name for _, name, schema in lists.filters if not is_closed(schema)}

    assert found - CODES.keys() == OTHERS


async def test_a_code_that_a_filter_does_not_take_is_refused(lists: Lists) -> None:
    wrong = []
    for path, name, code in cases(lists, lambda code: (*code.unknown, *code.foreign)):
        answer = await lists.get(path, name, code)
        if (answer.status_code, parameters(answer)) != (422, [name]):
            wrong.append(f"{path}?{name}={code}: {answer.status_code} {answer.text[:400]}")

    assert wrong == []


REFUSALS: Final = {"territory": "territory-not-known"} | dict.fromkeys(
    ("carrier", "party", "organisation", "org"), "organisation-not-known"
)
"""Filter → code of the refusal of an unknown one, in every list."""
AMBIGUOUS: Final = "ti-7504"
"""Code of a territory of each phase."""


async def test_an_unknown_territory_or_organisation_is_refused_alike_in_every_list(lists: Lists) -> None:
    wrong, seen = [], set()
    for path, name, code in cases(lists, lambda code: code.unknown):
        if name in REFUSALS or (path, name) in IN_ONE_LIST:
            answer = await lists.get(path, name, code)
            seen.add(path)
            if answer.json()["code"] != REFUSALS.get(name, "organisation-not-known"):
                wrong.append(f"{path}?{name}={code}: {answer.text[:400]}")

    assert wrong == []
    assert len(seen) >= 12


async def test_a_bare_code_of_both_phases_is_refused_with_both_keys_in_every_list(lists: Lists) -> None:
    wrong = []
    paths = {path for path, name, _ in lists.filters if name == "territory"}
    for path in sorted(paths):
        answer = await lists.get(path, "territory", AMBIGUOUS)
        problem = answer.json()
        keys = all(f"{phase}-{AMBIGUOUS}" in problem.get("detail", "") for phase in ("2018", "2023"))
        if (problem.get("code"), keys) != ("bare-code-ambiguous", True):
            wrong.append(f"{path}: {answer.status_code} {answer.text[:400]}")

    assert wrong == []
    assert len(paths) == 15


async def test_the_refusal_of_a_former_code_names_its_successor(lists: Lists) -> None:
    wrong = []
    for path, name, code in cases(lists, lambda code: [former for former, _ in code.former]):
        answer = await lists.get(path, name, code)
        successor = dict(codes_of(path, name).former)[code]
        details = [each["detail"] for each in answer.json().get("errors", ())]
        if answer.status_code != 422 or not any(re.search(rf"\b{successor}\b", detail) for detail in details):
            wrong.append(f"{path}?{name}={code}: {answer.status_code} {answer.text[:400]}")

    assert wrong == []


async def test_a_siren_is_understood_as_people_write_it(lists: Lists) -> None:
    wrong = []
    for path, name, siren in cases(lists, lambda code: [code.known] if code.known else []):
        plain = await lists.get(path, name, siren)
        for spelling in SPELLINGS:
            answer = await lists.get(path, name, spelling(siren))
            if (answer.status_code, shown(answer)) != (200, shown(plain)):
                wrong.append(f"{path}?{name}={spelling(siren)!r}: {answer.status_code} {answer.text[:400]}")

    assert wrong == []


def cases(lists: Lists, codes: Callable[[Code], Any]) -> Iterator[tuple[str, str, str]]:
    """Yield each list with each of its filters and each of the codes."""
    for path, name, schema in lists.filters:
        if name in CODES and not is_closed(schema):
            yield from ((path, name, code) for code in codes(codes_of(path, name)))


def codes_of(path: str, name: str) -> Code:
    return IN_ONE_LIST.get((path, name), CODES[name])


def is_closed(schema: dict[str, Any]) -> bool:
    """Return True for a parameter whose schema lists its values."""
    text = json.dumps(schema)
    return '"pattern"' not in text and any(word in text for word in ('"enum"', '"const"', '"boolean"', '"$ref"'))


def parameters(answer: httpx.Response) -> list[str | None]:
    return [each.get("parameter") for each in answer.json().get("errors", ())]


def shown(answer: httpx.Response) -> Any:
    """Return an answer without its cursor, which is bound to the spelling."""
    body = answer.json()
    return {**body, "next": None} if "next" in body else body
