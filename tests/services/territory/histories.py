"""Random histories of some territories through the API; many of their acts are refused."""

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any, Final
from uuid import UUID

from tests.services.territory.api import NATIONAL, REGIONS, Api
from tests.services.territory.places import (
    BRETAGNE,
    COMPANY,
    HAUT_BEARN,
    LACQ_PAU_TARBES,
    PAU_BEARN,
    RHONE_LEZ,
)

NEW: Final = ("2018-ti-9901", "2018-ti-9902", "2018-ti-9903")
KEYS: Final = (LACQ_PAU_TARBES, *NEW)
ORANGE: Final = "248400236"
"""CC Pays d'Orange en Provence, in no territory."""
GAVES: Final = "200070811"
"""CC Pyrénées Vallées des Gaves, in no territory."""
MADIRAN: Final = "200072106"
"""CC Adour Madiran, in no territory and in two régions."""
COMMUNES: Final = {"218400190": RHONE_LEZ, "218400273": ORANGE, "216500017": GAVES}
"""SIREN of a commune → its intercommunality."""
EPCIS: Final = (RHONE_LEZ, ORANGE, GAVES, MADIRAN)
BODIES: Final = (*EPCIS, *COMMUNES, HAUT_BEARN)
"""Bodies that enter and leave: all but the last one are in no territory at first."""
PEOPLE: Final = [str(UUID(int=number)) for number in range(1, 4)]
DAYS: Final = [date(2020, 3, 2) + timedelta(number) for number in range(14)]
REFUSED: Final = frozenset({404, 409, 422})
WHY: Final = "Acte d'essai (synthétique)"


@dataclass
class RandomHistory:
    """Acts on some territories in any order."""

    api: Api
    random: Random
    done: Counter[str] = field(default_factory=Counter)
    """Acts that were not refused, by kind."""

    async def play(self) -> None:
        """Do one act, or have it refused."""
        acts: list[tuple[int, Callable[[], Awaitable[None]]]] = [
            (4, self.designate),
            (4, self.correct_facts),
            (2, self.close),
            (2, self.set_wave),
            (4, self.change_perimeter),
            (5, self.correct_perimeter),
            (7, self.appoint),
            (6, self.change_mandate),
        ]
        [act] = self.random.choices([act for _, act in acts], [weight for weight, _ in acts])
        await act()

    def day(self, *, early: bool = False, late: bool = False) -> str:
        """Return one of the days."""
        return str(self.random.choice(DAYS[:5] if early else DAYS[5:] if late else DAYS))

    def day_or_none(self) -> str | None:
        """Return one of the days, or no day."""
        return self.random.choice([None, self.day()])

    async def send(self, kind: str, method: str, path: str, body: Any, by: str = NATIONAL, **headers: str) -> Any:
        """Send an act, which is done or refused; return the answer, or None."""
        token = {"Authorization": f"Bearer {by}"}
        answer = await self.api.client.request(method, path, json=body, headers={**token, **headers})
        if answer.is_success:
            self.done[kind] += 1
            return answer.json()
        assert answer.status_code in REFUSED, f"{kind} {body}: {answer.status_code} {answer.text[:2000]}"
        return None

    async def designate(self) -> None:
        """Designate a territory."""
        members = self.random.sample(BODIES, self.random.randint(1, 3))
        body = {
            "code": self.random.choice(NEW)[5:],
            "phase": "2018",
            "name": "Territoire d'essai (synthétique)",
            "lead_region": "93" if {RHONE_LEZ, ORANGE, "218400190", "218400273"} & set(members) else "76",
            "members": members,
            "reference": "DEC (synthétique)",
            "designated_on": self.day(early=True),
            "source": WHY,
            **({"wave": "deployment"} if self.random.random() < 0.5 else {}),
        }
        await self.send("designate", "POST", "/v1/territories", body)

    async def correct_facts(self) -> None:
        """Correct the life, the name or the lead région of a territory."""
        key = self.random.choice(KEYS)
        found = await self.api.client.get(f"/v1/territories/{key}")
        if not found.is_success:
            return
        facts = {
            "designated_on": self.day(early=self.random.random() < 0.7),
            "closed_on": self.day_or_none(),
            "lead_region": self.random.choice(list(REGIONS)),
            "name": f"Territoire d'essai {self.random.randint(1, 9)} (synthétique)",
        }
        named = self.random.choice(list(facts))
        if found.json()["closed_on"] and self.random.random() < 0.7:
            named = "closed_on"
        body = {named: facts[named], "reason": WHY}
        version = {"If-Match": found.headers["etag"]}
        await self.send(f"correct {named}", "PATCH", f"/v1/territories/{key}", body, **version)

    async def close(self) -> None:
        """Close a territory."""
        body = {"on": self.day(late=True), "reason": WHY}
        await self.send("close", "POST", f"/v1/territories/{self.random.choice(KEYS)}/close", body)

    async def set_wave(self) -> None:
        """Set the wave of one or two territories."""
        body = {
            "wave": self.random.choice(["pilot", "prefiguration", "deployment"]),
            "keys": self.random.sample(KEYS, self.random.choice([1, 1, 2])),
            "source": WHY,
            "reason": WHY,
            "on": self.day_or_none(),
        }
        await self.send("wave", "POST", "/v1/waves", body)

    async def change_perimeter(self) -> None:
        """Request a change, let each Region decide, and apply it."""
        key = self.random.choice(KEYS)
        found = await self.api.client.get(f"/v1/territories/{key}")
        if not found.is_success:
            return
        members = [each["siren"] for each in found.json()["members"]]
        body = {
            "territory": key,
            "enters": self.random.sample(BODIES, self.random.choice([0, 1, 1, 2])),
            "leaves": self.random.sample(members, min(len(members), self.random.randint(0, 1))),
            "wished_on": self.day(),
            "reason": WHY,
        }
        request = await self.send("request", "POST", "/v1/perimeter-requests", body)
        decisions = [await self.decide(request, region) for region in (request or {"regions": []})["regions"]]
        if decisions and decisions[-1]:
            change = {"decision_id": decisions[-1]["id"], "on": self.day(late=True)}
            await self.send("change", "POST", f"/v1/territories/{key}/perimeter", change)

    async def decide(self, request: Any, region: str) -> Any:
        """Decide on a request as a Region, mostly in favour of it."""
        committee = await self.api.committee_of(region)
        body = {
            "committee_id": committee["id"],
            "kind": "perimeter_change",
            "outcome": self.random.choices(["favourable", "unfavourable"], [9, 1])[0],
            "title": "Périmètre (synthétique)",
            "reference": "CPR (synthétique)",
            "decided_on": self.day(early=True),
            "territories": [request["territory"]],
            "decides": f"perimeter-request/{request['id']}",
        }
        return await self.send("decide", "POST", "/v1/decisions", body, f"region:{REGIONS[region]}")

    async def correct_perimeter(self) -> None:
        """Correct the days of one or two bodies."""
        members = [
            {
                "siren": siren,
                "memberships": [
                    {"entered_on": self.day_or_none(), "left_on": self.day_or_none()}
                    for _ in range(self.random.randint(0, 2))
                ],
            }
            for siren in self.random.sample(BODIES, self.random.randint(1, 2))
        ]
        path = f"/v1/territories/{self.random.choice(KEYS)}/perimeter/corrections"
        await self.send("correct perimeter", "POST", path, {"members": members, "reason": WHY})

    def someone(self, capacity: str) -> dict[str, Any]:
        """Return a person and the body that the person speaks for."""
        bodies = [COMPANY, BRETAGNE] if capacity == "industriel" else [PAU_BEARN, *EPCIS]
        weights = [9, 1] if capacity == "industriel" else None
        [organisation] = self.random.choices(bodies, weights)
        return {"person_id": self.random.choice(PEOPLE), "organisation": organisation}

    async def appoint(self, key: str | None = None) -> None:
        """Record a mandate, in any of the territories unless one is named."""
        capacity = self.random.choice(["elu", "industriel", "industriel", "project_manager"])
        open_end = {"until": None} if self.random.random() < 0.5 else {}
        body = {
            "capacity": capacity,
            **self.someone(capacity),
            "since": self.day(),
            "until": self.day_or_none(),
            **open_end,
        }
        await self.send("appoint", "POST", f"/v1/territories/{key or self.random.choice(KEYS)}/pilots", body)

    async def appoint_rivals(self, number: int) -> None:
        """For some mandates of the pair, name another person to the seat, and the person to the other seat.

        Each for the first day of the mandate alone: on it the other seat is often free.
        """
        seats = {"elu": "industriel", "industriel": "elu"}
        pair = [(path, pilot) for path, pilot in await self.mandates() if pilot["capacity"] in seats]
        for path, pilot in self.random.sample(pair, min(number, len(pair))):
            other = seats[pilot["capacity"]]
            stranger = self.random.choice([person for person in PEOPLE if person != pilot["person_id"]])
            days = {"since": pilot["since"], "until": str(date.fromisoformat(pilot["since"]) + timedelta(1))}
            territory = await self.api.get(f"{path.removesuffix('/pilots')}?as_of={pilot['since']}")
            body = COMPANY if other == "industriel" else territory["members"][0]["siren"]
            rivals = (
                {"capacity": pilot["capacity"], "person_id": stranger, "organisation": pilot["organisation"]},
                {"capacity": other, "person_id": pilot["person_id"], "organisation": body},
            )
            for rival in rivals:
                await self.send("appoint", "POST", path, {**rival, **days})

    async def mandates(self) -> list[tuple[str, Any]]:
        """Return all mandates, each with the address of its list."""
        paths = [f"/v1/territories/{key}/pilots" for key in KEYS]
        found = [(path, await self.api.client.get(path)) for path in paths]
        return [(path, pilot) for path, each in found if each.is_success for pilot in each.json()["items"]]

    async def change_mandate(self) -> None:
        """Replace, end, correct or cancel a mandate."""
        known = await self.mandates()
        if not known:
            return
        path, pilot = self.random.choice(known)
        dates = {"since": self.day(), "until": self.day_or_none()}
        bodies: dict[str, Any] = {
            "replace": {**self.someone(pilot["capacity"]), "on": self.day(late=True)},
            "end": {"on": self.day(late=True)},
            "correct": {name: dates[name] for name in self.random.choice([["since"], ["until"], ["since", "until"]])},
            "cancel": {},
        }
        [act] = self.random.choices(list(bodies), [3, 3, 4, 2])
        why = {"reason": WHY} if act in ("correct", "cancel") else {}
        await self.send(f"{act} mandate", "POST", f"{path}/{pilot['id']}/{act}", {**bodies[act], **why})
