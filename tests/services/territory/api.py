"""A caller of the service: who calls is said where it calls."""

from dataclasses import dataclass
from typing import Any, Final

import httpx

from tests.services.territory.places import (
    COMPANY,
    DELEGATION,
    HAUT_BEARN,
    LACQ_PAU_TARBES,
    NOUVELLE_AQUITAINE,
    OCCITANIE,
    PACA,
    PAU_BEARN,
)

NATIONAL: Final = f"national:{DELEGATION}"
REGION: Final = f"region:{NOUVELLE_AQUITAINE}"
TEAM: Final = f"territory:{PAU_BEARN}"
"""The team of Lacq-Pau-Tarbes."""
SOMEBODY: Final = "0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e77"
SOMEBODY_ELSE: Final = "0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e78"
REGIONS: Final = {"75": NOUVELLE_AQUITAINE, "76": OCCITANIE, "93": PACA}
"""Code of a région → SIREN of its Region."""
PILOTS: Final = f"/v1/territories/{LACQ_PAU_TARBES}/pilots"


@dataclass(frozen=True)
class Api:
    """The service's addresses."""

    client: httpx.AsyncClient

    async def get(self, path: str, *, by: str | None = None, status: int = 200, **headers: str) -> Any:
        """Return the body of the answer; the test fails if the status is not the expected one."""
        return (await self.call("GET", path, by=by, status=status, headers=headers)).json()

    async def post(self, path: str, body: Any, *, by: str | None = None, status: int = 201) -> Any:
        """Send a body, and return the body of the answer."""
        return (await self.call("POST", path, by=by, status=status, json=body)).json()

    async def patch(self, path: str, body: Any, *, by: str | None = None, status: int = 200) -> Any:
        """Change an object in the version that it now has, and return the body of the answer."""
        etag = (await self.call("GET", path, by=by)).headers["etag"]
        return (await self.call("PATCH", path, by=by, status=status, json=body, headers={"If-Match": etag})).json()

    async def call(
        self,
        method: str,
        path: str,
        *,
        by: str | None = None,
        status: int = 200,
        headers: dict[str, str] | None = None,
        json: Any = None,
    ) -> httpx.Response:
        """The whole answer."""
        token = {"Authorization": f"Bearer {by}"} if by else {}
        answer = await self.client.request(method, path, headers={**token, **(headers or {})}, json=json)
        assert answer.status_code == status, f"{answer.status_code}: {answer.text[:2000]}"
        if status >= 400:
            assert answer.headers["content-type"] == "application/problem+json"
        return answer

    async def collect(self, path: str, *, by: str | None = None) -> list[Any]:
        """Every row of a list, page after page."""
        rows: list[Any] = []
        page = await self.get(f"{path}{'&' if '?' in path else '?'}limit=200", by=by)
        while True:
            rows += page["items"]
            if page["next"] is None:
                return rows
            join = "&" if "?" in path else "?"
            page = await self.get(f"{path}{join}limit=200&cursor={page['next']}", by=by)

    async def register_company(self) -> None:
        """A company that is invented and says so."""
        body = {"siren": COMPANY, "name": "Ateliers du Gave (synthétique)", "kind": "company", "synthetic": True}
        await self.post("/v1/organisations", body, by=NATIONAL)

    async def appoint(self, capacity: str = "elu", *, person: str = SOMEBODY, organisation: str = PAU_BEARN) -> Any:
        """A pilot of Lacq-Pau-Tarbes takes office."""
        body = {"capacity": capacity, "person_id": person, "organisation": organisation, "since": "2019-03-25"}
        return await self.post(PILOTS, body, by=TEAM)

    async def establish_regional(self, *, by: str = REGION, region: str = "75", chair: str = NOUVELLE_AQUITAINE) -> Any:
        """The committee of a Region."""
        body = {
            "level": "regional",
            "name": "Comité de pilotage régional",
            "region": region,
            "chair": chair,
            "established_on": "2019-01-21",
        }
        return await self.post("/v1/committees", body, by=by)

    async def decide(self, committee: Any, *, by: str = REGION, status: int = 201, **other: Any) -> Any:
        """A favourable decision on the perimeter of Lacq-Pau-Tarbes, unless the test says otherwise."""
        body = {
            "committee_id": committee["id"],
            "kind": "perimeter_change",
            "outcome": "favourable",
            "title": "Entrée d'une intercommunalité",
            "reference": "CPR-2019-09-02/1",
            "decided_on": "2019-09-02",
            "territories": [LACQ_PAU_TARBES],
            **other,
        }
        if body["kind"] == "perimeter_change" and "decides" not in body:
            body["decides"] = f"perimeter-request/{(await self.request_perimeter())['id']}"
        return await self.post("/v1/decisions", body, by=by, status=status)

    async def request_perimeter(self, *, by: str = TEAM, status: int = 201, **other: Any) -> Any:
        """A request that the CC du Haut Béarn leaves Lacq-Pau-Tarbes, unless the test says otherwise."""
        change = {} if {"enters", "leaves"} & set(other) else {"leaves": [HAUT_BEARN]}
        body = {
            "territory": LACQ_PAU_TARBES,
            "wished_on": "2019-09-24",
            "reason": "Autre bassin d'emploi (synthétique)",
            **change,
            **other,
        }
        return await self.post("/v1/perimeter-requests", body, by=by, status=status)

    async def committee_of(self, region: str) -> Any:
        """The regional committee of a Region."""
        known = (await self.get(f"/v1/committees?level=regional&region={region}"))["items"]
        by = f"region:{REGIONS[region]}"
        return known[0] if known else await self.establish_regional(by=by, region=region, chair=REGIONS[region])

    async def decide_request(self, request: Any, region: str, *, status: int = 201, **other: Any) -> Any:
        """The committee of a Region decides on a perimeter request."""
        return await self.decide(
            await self.committee_of(region),
            by=f"region:{REGIONS[region]}",
            status=status,
            **{"territories": [request["territory"]], "decides": f"perimeter-request/{request['id']}", **other},
        )

    async def accept(self, request: Any) -> Any:
        """The committee of each Region concerned decides favourably; the last decision is returned."""
        decisions = [await self.decide_request(request, region) for region in request["regions"]]
        return decisions[-1]
