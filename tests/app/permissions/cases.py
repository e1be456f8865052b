"""One call of each operation: its object, the object's state, the body. An operation without a case fails."""

import csv
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import Enum
from typing import Any, Final

from services.territory.reference import TerritoryReference
from shared.clock import today
from shared.security.roles import LED, OWN, Grant, Role
from tests.app.permissions import callers
from tests.app.permissions.callers import LACQ, NATIONAL, NOUVELLE_AQUITAINE, PAU, REGION, TEAM, Who, synthetic
from tests.app.permissions.world import COMMENT, DAY, SHEET, World, number, somebody
from tests.services.contract.pdfs import pdf

Make = Callable[[World], Awaitable[str]]
Body = Callable[[World, Who], Awaitable[Any]]
BRIVE: Final = "2023-ti-7505"
TARGET: Final = {
    "title": "Cible (synthétique)", "measure": "territories_signed", "phase": "2018", "due_on": "2019-06-30",
    "source": "synthétique",
}  # fmt: skip
RECORD: Final = {
    "territory": LACQ, "kind": "protocol", "day": "2019-04-05", "sources": ["https://presse.invalid/protocole"],
}  # fmt: skip
BLAYE: Final = "200023794"
"""An intercommunality of Nouvelle-Aquitaine that is in no territory."""
WHY: Final = {"reason": "Motif synthétique."}
HAUT_BEARN: Final = "200067262"
"""A member of Lacq-Pau-Tarbes."""
UNPLACED: Final = (
    epci["siren"]
    for epci in csv.DictReader((TerritoryReference().folder / "epcis.csv").read_text("utf-8").splitlines())
    if epci["region_codes"] == "76" and not epci["territory_code"]
)
"""Intercommunalities of Occitanie that were in no territory of phase 1."""


class About(Enum):
    """Readers of the object: everybody, or the callers with these ties to it."""

    PUBLIC = frozenset[str]()
    SHEET = frozenset({"named", "pilot"})
    """A draft: no operator of the programme reads it, unless it names the operator."""
    CONTRACT = frozenset({"state/named", "territory/named", "pilot"})
    PAPER = frozenset({"own", "state/named", "territory/named", "pilot"})
    """A paper copy: what its contract concerns reads it, and one party has deposited it."""
    DECISION = frozenset({"pilot"})
    REQUEST = frozenset({"of Lacq", "pilot"})
    """An object that concerns one operator and one territory only: a referent, a request."""
    MATCHING = frozenset({"named", "pilot", "operator/other"})
    """A submitted sheet beside the services on offer: it concerns every operator of the programme."""


@dataclass(frozen=True)
class Case:
    """One operation as the cells call it."""

    about: About = About.PUBLIC
    make: Make | None = None
    """Makes an object in the state that the operation wants; its id fills the address."""
    fresh: bool = True
    """True if each caller needs an object of its own: the call cannot be repeated on the same one."""
    body: Body | Any = None
    params: Mapping[str, str] = field(default_factory=dict)
    query: str = ""
    """Parameters that are required, or keep a long answer short."""
    also: frozenset[str] = frozenset()
    """Callers that may do it besides the owners of the object."""
    only: Role | None = None
    """Role whose own the object is, whatever other roles may do to others of its kind."""
    owner: Who | None = None
    """Owner of an object that belongs to one client; callers that supervise all of them see it too."""

    def is_own(self, who: Who, grant: Grant = OWN) -> bool:
        """May the caller do to the object what its role is granted on its own, or on what it leads?"""
        if self.owner:
            return who == self.owner
        if grant is LED:
            return who.standing == "pilot"
        if self.only:
            return who.role is self.only and who.standing == "own"
        return who.role is Role.NATIONAL or self._holds(who) or str(who) in self.also

    def _holds(self, who: Who) -> bool:
        roles = {Role.REGION, Role.STATE, Role.TERRITORY}
        if self.about in (About.SHEET, About.CONTRACT, About.MATCHING):
            roles |= {Role.PARTY, Role.OPERATOR}
        if self.about is About.REQUEST:
            roles |= {Role.OPERATOR}
        leads = who.standing == "pilot" and self.about is About.SHEET
        return leads or (who.standing == "own" and who.role in roles)

    def is_seen(self, who: Who) -> bool:
        """May the caller read the object at all?"""
        if self.owner:
            return who == self.owner or who.role in (Role.NATIONAL, Role.PLATFORM)
        return self.about is About.PUBLIC or self.is_concerned(who)

    def is_concerned(self, who: Who) -> bool:
        """Does the object concern the caller?"""
        if who.role in (None, Role.PARTNER, Role.PLATFORM):
            return False
        return self.is_own(who) or bool({who.standing, str(who)} & self.about.value)


def always(query: str = "", **params: str) -> Case:
    """A public address."""
    return Case(params=params, query=query)


async def _siren(_world: World) -> str:
    return synthetic(20000 + number())


async def _organisation(world: World, _who: Who) -> Any:
    siren = await _siren(world)
    return {"siren": siren, "name": f"Entreprise {siren} (synthétique)", "kind": "company", "synthetic": True}


async def _registered(world: World) -> str:
    return str((await world.post(NATIONAL, "/v1/organisations", await _organisation(world, NATIONAL)))["siren"])


async def _duplicate(world: World) -> str:
    """A duplicate of the Caisse des dépôts."""
    siren = await _registered(world)
    body = {"of": callers.CAISSE, "decision": "same", **WHY}
    await world.post(NATIONAL, f"/v1/organisations/{siren}/duplicate", body)
    return siren


async def _figure(_world: World, _who: Who) -> Any:
    return {"metric": f"metric_{number()}", "value": 1, "day": DAY, "source": "synthétique"}


async def _declared(world: World) -> str:
    return str((await world.post(NATIONAL, "/v1/figures", await _figure(world, NATIONAL)))["id"])


async def _pilot(_world: World, _who: Who) -> Any:
    return {"capacity": "project_manager", "person_id": somebody(), "organisation": PAU, "since": DAY}


async def _successor(_world: World, _who: Who) -> Any:
    return {"person_id": somebody(), "organisation": PAU, "on": DAY}


async def _referent(world: World, _who: Who) -> Any:
    return await world.referent_body()


async def _next_day(world: World, _who: Who) -> Any:
    return {"on": (world.free_day + timedelta(days=1)).isoformat()}


async def _founded(world: World, who: Who) -> Any:
    """Each level is established by its own; others try with that of the Region."""
    keeper, place = {
        Role.TERRITORY: (TEAM, f"level=project&territory={LACQ}"),
        Role.NATIONAL: (NATIONAL, "level=national"),
    }.get(who.role or Role.REGION, (REGION, "level=regional&region=75"))
    body = {"name": "Comité (synthétique)", "established_on": await world.vacant_from(keeper, place)}
    match who.role:
        case Role.TERRITORY:
            return {**body, "level": "project", "territory": LACQ, "chair": PAU}
        case Role.NATIONAL:
            return {**body, "level": "national", "chair": callers.MINISTRY}
        case _:
            return {**body, "level": "regional", "region": "75", "chair": NOUVELLE_AQUITAINE}


async def _after(world: World, _who: Who) -> Any:
    return {"on": await _day_after(world)}


async def _other_chair(world: World, _who: Who) -> Any:
    return {"chair": callers.FONDERIES, "on": await _day_after(world)}


async def _quorum(world: World, _who: Who) -> Any:
    return {"minimum": 1, "on": await _day_after(world)}


async def _planned(world: World, _who: Who) -> Any:
    return {"day": await _day_after(world)}


async def _seat(world: World, _who: Who) -> Any:
    return {"organisation": callers.CAISSE, "capacity": "member", "since": await _day_after(world)}


async def _day_after(world: World) -> str:
    """The day after the last project committee of Lacq-Pau-Tarbes was established."""
    committees = (await world.get(f"/v1/committees?level=project&territory={LACQ}&limit=200", TEAM))["items"]
    last = max(committee["established_on"] for committee in committees)
    return (date.fromisoformat(last) + timedelta(days=1)).isoformat()


async def _decided(world: World, who: Who) -> Any:
    keeper = {Role.TERRITORY: TEAM, Role.NATIONAL: NATIONAL}.get(who.role or Role.REGION, REGION)
    committee = await world.post(keeper, "/v1/committees", await _founded(world, keeper))
    return {
        "committee_id": committee["id"], "kind": "other", "outcome": "favourable", "title": "Décision (synthétique)",
        "reference": f"SYNTH-{number()}", "decided_on": committee["established_on"], "territories": [LACQ],
    }  # fmt: skip


async def _perimeter(world: World, _who: Who) -> Any:
    members = (await world.get(f"/v1/territories/{BRIVE}"))["members"]
    is_in = BLAYE in {member["siren"] for member in members}
    return await world.perimeter_body(BRIVE, **{"leaves" if is_in else "enters": [BLAYE]})


async def _correction(world: World, _who: Who) -> Any:
    world.perimeter_day += timedelta(days=1)
    days = {"entered_on": world.perimeter_day.isoformat()}
    return {"members": [{"siren": "200023794", "memberships": [days]}], **WHY}


async def _designated(_world: World, who: Who) -> Any:
    member = next(UNPLACED) if who == NATIONAL else BLAYE
    return {
        "code": f"ti-{6000 + number() % 1000}", "phase": "2018", "name": "Territoire synthétique", "lead_region": "76",
        "members": [member], "reference": "SYNTH", "designated_on": DAY, "source": "Source synthétique",
    }  # fmt: skip


async def _renamed(_world: World, _who: Who) -> Any:
    return {"name": f"Lacq-Pau-Tarbes {number()}", **WHY}


async def _leaving(world: World) -> str:
    return await world.perimeter_request(leaves=[HAUT_BEARN])


async def _closing(world: World) -> str:
    body = await _designated(world, NATIONAL)
    return str((await world.post(NATIONAL, "/v1/territories", body))["key"])


async def _wished(_world: World, _who: Who) -> Any:
    return {"territory": LACQ, "leaves": [HAUT_BEARN], "wished_on": DAY, **WHY}


async def _contract(world: World, _who: Who) -> Any:
    return world.contract_body()


async def _year(world: World, _who: Who) -> Any:
    return {"year": world.contract_day.year}


async def _approval(world: World, _who: Who) -> Any:
    return await world.approval(REGION, "75")


async def _target(world: World) -> str:
    return str((await world.post(NATIONAL, "/v1/targets", TARGET))["id"])


async def _record(world: World) -> str:
    return str((await world.post(NATIONAL, "/v1/contract-records", RECORD))["id"])


async def _committee(world: World) -> str:
    return world.committee


async def _meeting(world: World) -> str:
    return (await world.planned_meeting()).partition("/")[2]


async def _decision(world: World) -> str:
    return world.decisions["75"]


async def _scan(_world: World, _who: Who) -> bytes:
    return pdf(title=f"{number()} (synthétique)")


async def _paper(world: World) -> str:
    return await world.paper_copy(pdf(title=f"{number()} (synthétique)"))


PARTIES_NAMED: Final = frozenset({"state/named", "territory/named"})


def sheet(make: Make = World.drafted_sheet, body: Any = None, **more: Any) -> Case:
    """An operation on an action sheet."""
    return Case(About.SHEET, make, body=body, **more)


def contract(make: Make = World.drafted_contract, body: Any = None, **more: Any) -> Case:
    """An operation on a contract."""
    return Case(About.CONTRACT, make, body=body, **more)


def report(make: Make = World.begun_report, body: Any = None, **more: Any) -> Case:
    """An operation on a yearly report."""
    return Case(About.CONTRACT, make, body=body, **more)


CASES: Final[dict[str, Case]] = {
    "list_phases": always(),
    "list_axes": always(),
    "list_figures": always(),
    "list_figure_changes": always(),
    "read_figure": Case(make=_declared),
    "read_figure_history": Case(make=_declared),
    "declare_figure": Case(body=_figure),
    "list_regions": always(),
    "read_region": always(code="75"),
    "list_departements": always(),
    "read_departement": always(code="64"),
    "list_epcis": always(),
    "read_epci": always(siren=PAU),
    "list_epts": always(),
    "read_ept": always(siren="200057867"),
    "list_employment_zones": always(),
    "read_employment_zone": always(code="7522"),
    "list_epci_zones": always(siren=PAU),
    "list_territory_zones": always(territory=LACQ),
    "list_schemes": always(),
    "read_scheme": always(scheme="crte"),
    "list_scheme_perimeters": always("limit=20", scheme="crte"),
    "list_territory_overlaps": always(territory=LACQ),
    "list_communes": always(),
    "read_commune": always(code="64445"),
    "list_territories": always("limit=20"),
    "list_territory_changes": always("limit=20"),
    "read_territory": always(territory=LACQ),
    "read_territory_history": always(territory=LACQ),
    "list_members": always(territory=LACQ),
    "list_pilots": always(territory=LACQ),
    "appoint_pilot": Case(params={"territory": LACQ}, body=_pilot),
    "replace_pilot": Case(make=World.appoint, params={"territory": LACQ}, body=_successor),
    "end_mandate": Case(make=World.appoint, params={"territory": LACQ}, body={"on": DAY}),
    "correct_mandate": Case(make=World.appoint, params={"territory": LACQ}, body={"since": DAY, **WHY}),
    "cancel_mandate": Case(make=World.appoint, params={"territory": LACQ}, body=WHY),
    "read_governance": always(territory=LACQ),
    "list_state_referents": always(territory=LACQ),
    "name_state_referent": Case(params={"territory": LACQ}, body=_referent),
    "end_state_referent": Case(make=World.referent, params={"territory": LACQ}, body=_next_day),
    "cancel_state_referent": Case(make=World.referent, params={"territory": LACQ}, body=WHY),
    "change_perimeter": Case(params={"territory": BRIVE}, body=_perimeter),
    "correct_perimeter": Case(params={"territory": LACQ}, body=_correction),
    "count_territories_on": always("phase=2018"),
    "designate_territory": Case(body=_designated),
    "correct_territory": Case(params={"territory": LACQ}, body=_renamed),
    "close_territory": Case(make=_closing, body={"on": "2020-02-01", **WHY}),
    "set_wave": Case(body={"wave": "pilot", "keys": [LACQ], "source": "Source synthétique", **WHY}),
    "list_perimeter_requests": Case(About.DECISION, _leaving),
    "list_perimeter_request_changes": Case(About.DECISION, _leaving),
    "request_perimeter": Case(body=_wished),
    "read_perimeter_request": Case(About.DECISION, _leaving),
    "read_perimeter_request_history": Case(About.DECISION, _leaving),
    "withdraw_perimeter_request": Case(About.DECISION, _leaving, body=WHY),
    "list_organisations": always(),
    "list_organisation_changes": always("limit=20"),
    "read_organisation": always(siren=PAU),
    "read_organisation_history": always(siren=PAU),
    "register_organisation": Case(body=_organisation),
    "change_organisation": Case(make=_registered, body={"aliases": ["Autre nom (synthétique)"], **WHY}),
    "list_duplicates": Case(),
    "decide_duplicate": Case(make=_registered, body={"of": callers.CAISSE, "decision": "same", **WHY}),
    "revoke_duplicate": Case(make=_duplicate, body={"of": callers.CAISSE, **WHY}),
    "close_organisation": Case(make=_registered, body={"valid_to": DAY, **WHY}),
    "change_chair": Case(make=World.founded, only=Role.TERRITORY, body=_other_chair),
    "give_seat": Case(make=World.founded, only=Role.TERRITORY, body=_seat),
    "end_seat": Case(make=World.seated, only=Role.TERRITORY, body=_after),
    "dissolve_committee": Case(make=World.founded, only=Role.TERRITORY, body=_after),
    "set_quorum": Case(make=World.founded, only=Role.TERRITORY, body=_quorum),
    "plan_meeting": Case(make=World.founded, only=Role.TERRITORY, body=_planned),
    "hold_meeting": Case(make=World.planned_meeting, only=Role.TERRITORY, body={"present": [PAU]}),
    "cancel_meeting": Case(make=World.planned_meeting, only=Role.TERRITORY, body=WHY),
    "list_meetings": Case(make=_committee),
    "list_meeting_changes": always(),
    "read_meeting": Case(make=_meeting),
    "read_meeting_history": Case(make=_meeting),
    "list_committees": always(),
    "list_committee_changes": always("limit=20"),
    "read_committee": Case(make=_committee),
    "read_committee_history": Case(make=_committee),
    "establish_committee": Case(body=_founded),
    "list_decisions": Case(About.DECISION, _decision),
    "list_decision_changes": Case(About.DECISION, _decision),
    "read_decision": Case(About.DECISION, _decision),
    "read_decision_history": Case(About.DECISION, _decision),
    "record_decision": Case(body=_decided),
    "list_actions": sheet(),
    "list_action_changes": sheet(),
    "draft_action": Case(body=SHEET),
    "read_action": sheet(),
    "change_action": sheet(body={"title": "Autre titre"}),
    "delete_action": sheet(),
    "submit_action": sheet(),
    "return_action": sheet(World.submitted_sheet, WHY),
    "validate_action": sheet(World.submitted_sheet),
    "reject_action": sheet(World.submitted_sheet, WHY),
    "give_opinion": sheet(World.submitted_sheet, {"verdict": "favourable", "text": "Avis synthétique."}),
    "read_action_history": sheet(),
    "list_contracts": contract(),
    "list_contract_changes": contract(),
    "open_contract": Case(body=_contract),
    "read_contract": contract(),
    "change_contract": contract(body={"title": "Autre titre"}),
    "read_readiness": contract(),
    "read_contract_overlaps": contract(),
    "submit_contract": contract(),
    "give_opinion_on_contract": contract(
        World.contract_under_review, {"verdict": "reserved", "text": "Avis synthétique."}
    ),
    "list_texts": contract(World.contract_under_review, fresh=False),
    "read_text": contract(World.contract_under_review, fresh=False, params={"version": "1"}),
    "read_text_differences": contract(
        World.contract_under_review, fresh=False, params={"version": "1"}, query="since=1"
    ),
    "list_comments": contract(World.contract_under_review, fresh=False),
    "list_comment_changes": contract(World.comment),
    "comment_on_contract": contract(World.contract_under_review, COMMENT),
    "read_comment": contract(World.comment),
    "read_comment_history": contract(World.comment),
    "answer_comment": contract(World.comment, {"text": "Réponse synthétique."}),
    "resolve_comment": contract(World.comment),
    "return_contract": contract(World.contract_under_review, WHY),
    "approve_contract": contract(World.contract_under_review, _approval),
    "cancel_contract": contract(body=WHY),
    "read_content": Case(make=World.signed_contract),
    "read_contract_history": contract(),
    "list_reports": report(),
    "list_report_changes": report(),
    "begin_report": Case(make=World.signed_contract, body=_year),
    "read_report": report(),
    "change_report": report(body={"summary": "Bilan synthétique."}),
    "submit_report": report(World.written_report),
    "check_report": report(World.submitted_report),
    "reopen_report": report(World.submitted_report, WHY),
    "read_report_history": report(),
    "deposit_paper_copy": contract(
        World.contract_to_sign, _scan, fresh=False, also=PARTIES_NAMED, query=f"declared_on={today()}"
    ),
    "list_paper_copies": contract(World.contract_to_sign),
    "list_paper_copy_changes": Case(About.PAPER, _paper),
    "read_paper_copy": Case(About.PAPER, _paper),
    "read_paper_copy_content": Case(About.PAPER, _paper),
    "read_paper_copy_history": Case(About.PAPER, _paper),
    "withdraw_paper_copy": Case(About.PAPER, _paper, body=WHY, only=Role.REGION),
    "list_targets": always(),
    "list_target_changes": always(),
    "read_target": Case(make=_target),
    "read_target_history": Case(make=_target),
    "read_target_progress": Case(make=_target),
    "list_late_territories": Case(make=_target),
    "set_target": Case(body=TARGET),
    "change_target": Case(make=_target, body={"title": "Autre cible (synthétique)"}),
    "withdraw_target": Case(make=_target, body=WHY),
    "list_records": always(),
    "list_record_changes": always(),
    "read_record": Case(make=_record),
    "read_record_history": Case(make=_record),
    "record_fact": Case(body=RECORD),
    "correct_record": Case(make=_record, body={"action_count": 16, **WHY}),
    "withdraw_record": Case(make=_record, body=WHY),
    "read_progress": always(),
}
