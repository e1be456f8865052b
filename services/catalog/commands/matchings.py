"""Commands of matchings: compare the services with an action when it is submitted."""

from sqlalchemy import select

from services.catalog import queries
from services.catalog.models import KnownAction, Matching
from services.catalog.rules import matching as rules
from services.catalog.rules.withheld_costs import withhold_cost
from shared.clock import day_of, now
from shared.events.catalog import MatchState, ServicesMatched
from shared.events.contract import ActionChanged, ActionEvent, ActionSubmitted
from shared.names import name_on
from shared.storage import outbox
from shared.storage.history import set_reason
from shared.storage.unit_of_work import WriteSession
from shared.storage.upserts import put


async def know_action(session: WriteSession, event: ActionEvent) -> None:
    """Store the projection of an action sheet."""
    names = {
        "action_id", "number", "title", "phase", "status", "axes", "main_axis", "territories", "regions", "carriers",
        "partners", "cost_cents",
    }  # fmt: skip
    await put(session, KnownAction, **event.model_dump(include=names))


async def match_services(session: WriteSession, event: ActionSubmitted) -> None:
    """Compare every service on offer that day with the action, store the results, and publish the matches."""
    day = day_of(event.submitted_at)
    known = await queries.organisations(session, event.carriers)
    facts = rules.Facts(
        day=day,
        phase=event.phase,
        axes=event.axes,
        main_axis=event.main_axis,
        carriers=[
            rules.CarrierFacts(siren, name_on(body, day), body.kind) if body else rules.CarrierFacts(siren, siren, None)
            for siren in event.carriers
            for body in [known.get(siren)]
        ],
        regions=event.regions,
        cost_cents=event.cost_cents,
    )
    matches, others = rules.match(await queries.offered_on(session, day), facts)
    matching = await _matching_of(session, event)
    if matching is None:
        matching = Matching(action_id=event.action_id)
        session.add(matching)
    matching.title = event.title
    matching.phase = event.phase
    matching.axes = event.axes
    matching.day = day
    matching.matched_at = now()
    matching.matches = matches
    matching.others = others
    rules.share(matching, event)
    outbox.add(session, _matched(matching))


async def follow_action(session: WriteSession, event: ActionChanged) -> None:
    """Let the matching of a changed sheet follow it: whom it concerns, and whether the cost is known."""
    matching = await _matching_of(session, event)
    if matching is None:
        return
    before = matching.stakeholders
    forgets = event.cost_cents is None and await _withhold_cost(session, matching, event)
    rules.share(matching, event)
    if forgets:
        set_reason(session, matching, "the cost of the action is not known any longer")
    elif matching.stakeholders != before:
        set_reason(session, matching, "the sheet concerns others than before")
    else:
        return
    outbox.add(session, _matched(matching))


async def _withhold_cost(session: WriteSession, matching: Matching, event: ActionChanged) -> bool:
    versions = await queries.get_compared(session, [*matching.matches, *matching.others])
    return withhold_cost(matching, versions, regions=event.regions)


async def _matching_of(session: WriteSession, event: ActionEvent) -> Matching | None:
    statement = select(Matching).where(Matching.action_id == event.action_id).with_for_update()
    found: Matching | None = await session.scalar(statement)
    return found


def _matched(matching: Matching) -> ServicesMatched:
    return ServicesMatched(
        territories=matching.territories,
        regions=matching.regions,
        organisations=matching.organisations,
        action_id=matching.action_id,
        title=matching.title,
        phase=matching.phase,
        axes=matching.axes,
        matches=[
            MatchState(
                service=match["service"],
                operator=match["operator"],
                score=match["score"],
                known=match["known"],
                possible=match["possible"],
            )
            for match in matching.matches
        ],
        matched_at=matching.matched_at,
        operators=matching.operators,
    )
