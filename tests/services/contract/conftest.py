"""The contract service in this process, with Lacq-Pau-Tarbes in its database."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import pytest
from pydantic import SecretStr

from services.contract.app import service
from shared.bus import Message
from shared.events import Event
from shared.events.contract import (
    ActionChanged,
    CeremonyAnnounced,
    CommentChanged,
    ContractChanged,
    FactRecorded,
    OpinionGiven,
    PaperCopyDeposited,
    PaperCopyWithdrawn,
    TargetSet,
)
from shared.events.signatures import SignatureDelegated, SignatureReminded
from shared.events.territory import (
    CommitteeDecided,
    FigureDeclared,
    MandateCorrected,
    MandateState,
    MemberState,
    OrganisationRegistered,
    PerimeterChanged,
    PilotAppointed,
    PilotState,
    TerritoryDesignated,
)
from shared.ids import uuid7
from shared.runtime.app import serve
from shared.settings import Settings
from tests.services.contract.places import (
    ATELIERS,
    BPIFRANCE,
    BRIVE,
    CAISSE_DES_DEPOTS,
    COEUR,
    FORGES,
    LACQ,
    LACQ_ORTHEZ,
    NOUVELLE_AQUITAINE,
    OCCITANIE,
    ORGANISATIONS,
    PAU,
    PREFECTURE,
    TARBES,
    TERRITORIES,
)
from tests.support.harness import TEAM, Callers, Harness, Prepared, scopes, serving

if TYPE_CHECKING:
    from tests.support.time_stamps import Authority

REGION: Final = f"region:{NOUVELLE_AQUITAINE}"
OTHER_REGION: Final = f"region:{OCCITANIE}"
STATE: Final = f"state:{PREFECTURE}"
COMPANY: Final = f"party:{ATELIERS}"
BANK: Final = f"operator:{CAISSE_DES_DEPOTS}"
ELSEWHERE: Final = "territory:241500230"
EVERYONE: Final = (TEAM, REGION, OTHER_REGION, STATE, BANK, COMPANY)
PILOT: Final = f"party:{FORGES}"
INVEST: Final = f"operator:{BPIFRANCE}"
PILOTS: Final = {"elu": PAU, "industriel": FORGES}


CALLERS: Final = Callers(scopes("actions contracts ceremonies progress records targets", "read write decide sign"))


PASSPHRASE: Final = "phrase d'essai"
"""Passphrase of the key of a seal."""
UNCOUNTED: Final = [
    event.type
    for event in (
        ActionChanged,
        CeremonyAnnounced,
        CommentChanged,
        ContractChanged,
        FactRecorded,
        OpinionGiven,
        PaperCopyDeposited,
        PaperCopyWithdrawn,
        SignatureDelegated,
        SignatureReminded,
        TargetSet,
    )
]
"""Events of the service that it does not count."""


@dataclass(frozen=True)
class HistoryLength:
    """Length of the run in which state machines are driven through histories."""

    seconds: int = 0
    """Seconds for each machine. 0: only a few histories."""
    seed: int | None = None
    """Seed of the first histories. None: others in each run."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of `python -m tests.system.conformance`; a run of the whole suite loads them too late."""
    group = parser.getgroup("histories")
    group.addoption("--history-seconds", type=int, default=0, help="how long each state machine is driven")
    group.addoption("--history-seed", type=int, default=0, help="which histories it is driven through first")


@pytest.fixture
def history_length(request: pytest.FixtureRequest) -> HistoryLength:
    """Return the length of the run, and lift the time limit of a long one."""
    seconds = request.config.getoption("history_seconds", 0)
    return HistoryLength(seconds, request.config.getoption("history_seed", 0)) if seconds else HistoryLength()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the number of histories of each machine, after a long run."""
    if not terminalreporter.config.getoption("history_seconds", 0):
        return
    for report in terminalreporter.getreports("passed"):
        for name, line in report.user_properties:
            if name == "driven":
                terminalreporter.write_line(str(line))


class House(Harness):
    """The contract service in this process."""


@asynccontextmanager
async def at_work(settings: Settings) -> AsyncIterator[House]:
    """Run the service on a database that has its tables."""
    async with serving(serve(service, settings=settings, complete=True), CALLERS, House) as house:
        await house.platform.bus.listen("journal", UNCOUNTED, _hear)
        yield house


async def _hear(_messages: Sequence[Message]) -> None:
    """Take an event that the service itself does not listen to."""


async def _fill(settings: Settings) -> None:
    """Apply the territories, organisations and pilots of the tests."""
    async with at_work(settings) as house:
        await house.publish(*registered(), *designated(), *appointed())


@pytest.fixture(scope="session")
def prepared(commons: Path, tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """The database with Lacq-Pau-Tarbes in it."""
    return Prepared(service, commons, tmp_path_factory.mktemp("contract"), _fill)


@pytest.fixture(autouse=True)
def idle_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the background tasks see a day before the programme: tests run their work themselves, on other days."""
    for name in ("ends", "reports", "signatures"):
        monkeypatch.setattr(f"services.contract.jobs.{name}.today", lambda: date(2018, 1, 1))
    monkeypatch.setattr("services.contract.jobs.seals.now", lambda: datetime(2018, 1, 1, tzinfo=UTC))


@pytest.fixture
async def house(settings: Settings) -> AsyncIterator[House]:
    """The service at work, with Lacq-Pau-Tarbes in its database."""
    async with at_work(settings) as house:
        yield house


@pytest.fixture
def authority() -> Iterator["Authority"]:
    """An authority of time stamps that answers."""
    # Few tests seal, and the library takes a second to import.
    from tests.support.time_stamps import serving  # noqa: PLC0415

    with serving() as authority:
        yield authority


@pytest.fixture
def sealing(settings: Settings, authority: "Authority", tmp_path: Path) -> Settings:
    """Settings with a key of the seal and an authority of time stamps."""
    file = tmp_path / "key.p12"
    file.write_bytes(authority.key_file(PASSPHRASE.encode()))
    return settings.model_copy(
        update={"seal_key": str(file), "seal_passphrase": SecretStr(PASSPHRASE), "timestamp_url": authority.url}
    )


def registered() -> list[Event]:
    """Every organisation of the tests."""
    return [
        OrganisationRegistered(
            siren=body.siren,
            name=body.name,
            kind=body.kind,
            aliases=[],
            region=body.region,
            successor=body.successor,
            synthetic=body.synthetic,
            organisations=[body.siren],
        )
        for body in ORGANISATIONS.values()
    ]


def member(siren: str) -> MemberState:
    """A member whose entry is unknown."""
    return MemberState(siren=siren, kind="epci", name=ORGANISATIONS[siren].name, entered_on=None, left_on=None)


def perimeter(members: list[MemberState], regions: list[str]) -> PerimeterChanged:
    """A new perimeter of Lacq-Pau-Tarbes."""
    return PerimeterChanged(
        territory=LACQ,
        phase="2018",
        code="ti-7505",
        name="Lacq-Pau - Tarbes",
        lead_region="75",
        departements=["64", "65"],
        is_pilot=True,
        designated_on=None,
        members=members,
        effective_on="2020-01-01",
        decision_id=None,
        territories=[LACQ],
        regions=regions,
    )


def designated(**more: Any) -> list[Event]:
    """Every territory of the tests."""
    members = {LACQ: [PAU, LACQ_ORTHEZ, TARBES], COEUR: ["241500230"], BRIVE: []}
    return [
        TerritoryDesignated(
            territory=place.key,
            phase=place.phase,
            code=place.code,
            name=place.name,
            lead_region=place.regions[0],
            departements=[],
            is_pilot=None,
            designated_on=None,
            members=[member(siren) for siren in members[place.key]],
            territories=[place.key],
            regions=place.regions,
            organisations=members[place.key],
            **more,
        )
        for place in TERRITORIES.values()
    ]


def closed(key: str, on: date | None, **more: Any) -> Event:
    """A territory of the tests that leaves the programme on a day; None: it does not."""
    [event] = [each for each in designated(closed_on=on) if each.subject == f"territory/{key}"]
    return event.model_copy(update=more)


def appointed() -> list[Event]:
    """The pair of Lacq-Pau-Tarbes, one after the other."""
    events: list[Event] = []
    in_office: list[PilotState] = []
    for day, (capacity, siren) in enumerate(PILOTS.items(), 20):
        pilot = PilotState(
            pilot_id=uuid7(),
            capacity=capacity,
            person_id=uuid7(),
            organisation=siren,
            since=date(2019, 3, day),
        )
        in_office.append(pilot)
        events.append(
            PilotAppointed(
                territory=LACQ,
                pilot_id=pilot.pilot_id,
                capacity=pilot.capacity,
                in_office=list(in_office),
                appointed_on=pilot.since,
                territories=[LACQ],
                regions=["75", "76"],
                organisations=[siren],
            )
        )
    return events


def decided(region: str, *, on: str, **more: Any) -> CommitteeDecided:
    """The favourable decision of a regional committee on a contract."""
    usual: dict[str, Any] = {
        "decision_id": uuid7(),
        "committee_id": UUID(int=int(region)),
        "level": "regional",
        "kind": "contract_approval",
        "outcome": "favourable",
        "title": "Contrat Lacq-Pau-Tarbes",
        "reference": f"CP 2019-06-24/{region}",
        "decided_on": date(2019, 6, 24),
        "region": region,
        "territories": [LACQ],
        "regions": [region],
        "decides": f"contract/{on}",
    }
    return CommitteeDecided(**{**usual, **more})


def declared(value: int, day: date, **more: Any) -> FigureDeclared:
    """A number of territories, as it was announced."""
    usual: dict[str, Any] = {"figure_id": uuid7(), "metric": "territories", "phase": "2018", "source": "CNI"}
    return FigureDeclared(**{**usual, "value": value, "day": day, **more})


def mandate(capacity: str, since: date, until: date | None = None) -> MandateState:
    """A mandate of the pair of Lacq-Pau-Tarbes."""
    return MandateState(
        pilot_id=uuid7(),
        capacity=capacity,
        person_id=uuid7(),
        organisation=PILOTS[capacity],
        since=since,
        until=until,
    )


def mandated(*mandates: MandateState) -> PilotAppointed:
    """The last of these mandates has begun; all of the pair are listed."""
    last = mandates[-1]
    return PilotAppointed(
        territory=LACQ,
        pilot_id=last.pilot_id,
        capacity=last.capacity,
        in_office=[each for each in mandates if each.until is None],
        mandates=list(mandates),
        appointed_on=last.since,
        territories=[LACQ],
        regions=["75", "76"],
        organisations=[last.organisation],
    )


def corrected(one: MandateState, *mandates: MandateState) -> MandateCorrected:
    """A mandate was recorded wrongly; these are all of the pair after it. Cancelled, it is none of them."""
    return MandateCorrected(
        territory=LACQ,
        pilot_id=one.pilot_id,
        capacity=one.capacity,
        in_office=[each for each in mandates if each.until is None],
        mandates=list(mandates),
        organisation=one.organisation,
        since=one.since,
        until=one.until,
        is_cancelled=one not in mandates,
        territories=[LACQ],
        regions=["75", "76"],
        organisations=[one.organisation],
    )
