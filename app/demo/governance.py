"""The governance of the territory in the demo: it grows over three days, and each day can be read afterwards."""

from typing import Any, Final, Protocol
from uuid import uuid4

from app.demo.checks import expect

ELU_SINCE: Final = "2019-03-25"
INDUSTRIEL_SINCE: Final = "2019-07-02"
OWN: Final = ("project_committee", "region_seated", "state_referent", "state_seated")
"""Items of the checklist that stand with a project committee and a State referent.

`epci_seated` is unknown: no source says when the intercommunality entered the territory.
"""


class Walk(Protocol):
    """A journey under way: its day, its clients and its output."""

    day: str

    async def post(self, client: str, path: str, body: Any = None) -> Any:
        """Send a POST as one of the clients."""

    async def accepted(self, client: str, path: str, body: Any) -> Any:
        """Send a POST until the service knows the objects that it names."""

    async def get(self, client: str | None, path: str) -> Any:
        """Read as one of the clients, or without a token."""

    def line(self, line: str) -> None:
        """Print a line of a step."""


async def install(journey: Walk, territory: str, elu: str, industriel: str) -> None:
    """Appoint the pair on two days. People are synthetic, and appear by an opaque id."""
    for capacity, organisation, since in (("elu", elu, ELU_SINCE), ("industriel", industriel, INDUSTRIEL_SINCE)):
        pilot = {"capacity": capacity, "person_id": str(uuid4()), "organisation": organisation, "since": since}
        await journey.accepted("territory", f"/v1/territories/{territory}/pilots", pilot)
        journey.line(f"territory appoints its pilot ({capacity}), of {organisation}, since {since} (synthetic)")


async def seat(journey: Walk, territory: str, *, chair: str, region: str, state: str) -> None:
    """Establish the project committee and name the State referent."""
    committee = await journey.post("territory", "/v1/committees", {
        "level": "project", "name": "Comité de projet (démonstration)", "territory": territory, "chair": chair,
        "established_on": journey.day,
    })  # fmt: skip
    for organisation in (region, state):
        given = {"organisation": organisation, "capacity": "member", "since": journey.day}
        await journey.post("territory", f"/v1/committees/{committee['id']}/seats", given)
    referent = {"person_id": str(uuid4()), "organisation": state, "since": journey.day}
    await journey.post("territory", f"/v1/territories/{territory}/state-referents", referent)
    journey.line(f"its project committee sits with the Region and the State since {journey.day} (synthetic)")


async def show(journey: Walk, territory: str) -> None:
    """Print the checklist of three days, each as it was then."""
    days: dict[str, set[str]] = {
        ELU_SINCE: {"elu"},
        INDUSTRIEL_SINCE: {"elu", "industriel", "pair"},
        journey.day: {"elu", "industriel", "pair", *OWN},
    }
    for day, expected in days.items():
        answer = await journey.get(None, f"/v1/territories/{territory}/governance?as_of={day}")
        standing = [item for item in answer["items"] if item["state"] == "stands"]
        codes = {item["code"] for item in standing} - {"regional_committee"}
        expect(codes == expected, f"another governance stands on {day}: {sorted(codes)}")
        journey.line(f"governance on {day}: {answer['percentage']} % ; {_labels(standing)}")
        for state, label in (("lacks", "manque"), ("unknown", "inconnu")):
            if items := [item for item in answer["items"] if item["state"] == state]:
                journey.line(f"  {label} : {_labels(items)}")


def _labels(items: list[Any]) -> str:
    return ", ".join(dict.fromkeys(item["label"] for item in items))
