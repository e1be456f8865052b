"""Random lives of a pair: whatever is recorded, corrected and cancelled, each day has one answer."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, Final

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from services.territory.models import Pilot
from services.territory.rules.checklist import checklist
from services.territory.rules.mandates import PAIR, appoint, appointed, cancel, correct, end, pilots_on
from shared.problem import Refusal
from tests.services.territory.makers import TODAY, make_company, make_organisation, make_pilot, make_territory
from tests.services.territory.places import COMPANY, PAU_BEARN

FIRST: Final = date(2018, 11, 20)
DAYS: Final = st.integers(0, 30).map(lambda count: FIRST + timedelta(days=count))
PEOPLE: Final = st.sampled_from([make_pilot().person_id, *(make_pilot().id for _ in range(2))])
ALL_DAYS: Final = [FIRST + timedelta(days=count) for count in range(35)]
BODIES: Final[dict[str, Callable[[], Any]]] = {
    "elu": make_organisation, "industriel": make_company, "project_manager": make_organisation
}  # fmt: skip


class Pair(RuleBasedStateMachine):
    """A territory whose mandates anybody tries to record in any order."""

    mandates: Bundle[Pilot] = Bundle("mandates")

    @initialize()
    def begin(self) -> None:
        self.territory = make_territory()

    @rule(
        target=mandates,
        capacity=st.sampled_from([*PAIR, "project_manager"]),
        person=PEOPLE,
        since=DAYS,
        until=st.none() | DAYS,
    )
    def record(self, capacity: str, person: Any, since: date, until: date | None) -> Pilot:
        organisation = COMPANY if capacity == "industriel" else PAU_BEARN
        pilot = make_pilot(capacity, person=person, organisation=organisation, since=since, until=until)
        self.attempt(lambda: appoint(self.territory, pilot, BODIES[capacity](), today=TODAY))
        return pilot

    @rule(pilot=mandates, on=DAYS, person=PEOPLE)
    def replace(self, pilot: Pilot, on: date, person: Any) -> None:
        if pilot not in self.territory.pilots:
            return
        successor = make_pilot(pilot.capacity, person=person, organisation=pilot.organisation_siren, since=on)

        def act() -> None:
            end(self.territory, pilot, on=on, today=TODAY)
            appoint(self.territory, successor, BODIES[pilot.capacity](), today=TODAY)

        self.attempt(act)

    @rule(pilot=mandates, changes=st.fixed_dictionaries({}, optional={"since": DAYS, "until": st.none() | DAYS}))
    def correct_it(self, pilot: Pilot, changes: dict[str, Any]) -> None:
        if pilot in self.territory.pilots:
            body = BODIES[pilot.capacity]()
            self.attempt(lambda: correct(self.territory, pilot, changes, body, today=TODAY))

    @rule(pilot=mandates)
    def cancel_it(self, pilot: Pilot) -> None:
        if pilot in self.territory.pilots:
            cancel(self.territory, pilot)

    def attempt(self, act: Callable[[], None]) -> None:
        """Act, or leave all as it was: a refusal takes its transaction back."""
        before = [(pilot, pilot.since, pilot.until) for pilot in self.territory.pilots]
        try:
            act()
        except Refusal:
            self.territory.pilots = [pilot for pilot, _, _ in before]
            for pilot, since, until in before:
                pilot.since, pilot.until = since, until

    @invariant()
    def each_day_has_one_answer(self) -> None:
        event = appointed(self.territory, make_pilot())
        for day in ALL_DAYS:
            held = [pilot for pilot in pilots_on(self.territory, day) if pilot.capacity in PAIR]
            assert len({pilot.capacity for pilot in held}) == len({pilot.person_id for pilot in held}) == len(held)
            listed = {
                mandate.pilot_id
                for mandate in event.mandates or ()
                if mandate.since <= day and (mandate.until is None or day < mandate.until)
            }
            assert listed == {pilot.id for pilot in held}
            items = {item.code: item for item in checklist(self.territory, day, [], {}, today=TODAY)}
            for capacity in PAIR:
                since = next((pilot.since for pilot in held if pilot.capacity == capacity), None)
                assert (items[capacity].state, items[capacity].since) == ("stands" if since else "lacks", since)
            assert (items["pair"].state == "stands") is (len(held) == len(PAIR))


TestPair = Pair.TestCase
TestPair.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
