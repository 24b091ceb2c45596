"""An officer is away and the party meets on: who takes over is shown before, and is nobody who is away or taken."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.matching.domain.meeting import Meeting
from services.matching.domain.mending import WALK_IN, Mending, Shift, mending_of
from services.matching.domain.repair import Repair
from services.matching.domain.seating import Officers, Seating
from services.matching.domain.trouble import Trouble
from services.matching.timetable.day import Place
from shared.errors import Refused
from tests.unit.matching.builders import NOON, a_participation, settled
from tests.unit.matching.test_mending import EVENT, a_trouble, mended

OFFICERS = 3
PRESENT = [
    *(a_participation(f"pty_f{number}", officers=2) for number in range(1, 4)),
    *(a_participation(f"pty_i{number}", "institution", officers=OFFICERS) for number in range(1, 3)),
]


def meeting_of(seating: Seating, firm: int = 1, institution: int = 1) -> Meeting:
    parties = f"pty_f{firm}", f"pty_i{institution}"
    name = f"mtg_{seating.place.slot}{seating.place.table}"
    return settled(Meeting.book(name, EVENT, *parties, seating.place, NOON, officers=seating.officers))


def away_until(slot: int, officer: int = 1, party: str = "pty_i1") -> Trouble:
    return a_trouble("party_late", party=party, slot=slot, officer=officer)


def mending(trouble: Trouble, meetings: list[Meeting]) -> Mending:
    return mending_of(EVENT, trouble, PRESENT, meetings, {}, NOON)


def moves_for(trouble: Trouble, meetings: list[Meeting]) -> list[Shift]:
    found = mending(trouble, meetings)
    return found.shifts(mended(found), "mtg_new")


def test_who_is_free_takes_over_where_the_meeting_is_and_nothing_else_happens() -> None:
    of_the_first, of_the_second = meeting_of(Seating(Place(1, 1))), meeting_of(Seating(Place(1, 2), (1, 2)), firm=2)

    [shift] = moves_for(away_until(3), [of_the_first, of_the_second])

    assert (shift.meeting, shift.why, shift.before) == (of_the_first.id, "hands_over", shift.after)
    assert shift.officers == (1, 3)
    told = Repair.propose("rpr_1", away_until(3), [shift], NOON)
    assert (told.moving, told.handed_over) == ([], [shift])
    assert [vars(each)["moved"] for each in told.recorded] == [0]


def test_where_everybody_is_taken_a_meeting_moves_and_those_who_go_with_it_are_said() -> None:
    full = [meeting_of(Seating(Place(1, number), (1, number)), firm=number) for number in range(1, OFFICERS + 1)]

    moves = moves_for(away_until(2), full)

    [goes] = [each for each in moves if each.why != "hands_over"]
    assert goes.after is not None
    assert (goes.after.slot > 1, goes.officers) == (True, (1, goes.institution_officer))
    after = {each.id: each.officers for each in full} | {each.meeting: each.officers for each in moves}
    assert sorted(officers for each, officers in after.items() if officers and each != goes.meeting) == [(1, 2), (1, 3)]


def test_a_repair_is_outdated_when_who_was_to_take_over_is_taken_and_who_else_is_free_was_not_shown() -> None:
    hit = meeting_of(Seating(Place(1, 1)))
    moves = moves_for(away_until(3), [hit])
    taken = meeting_of(Seating(Place(1, 2), (1, 2)), firm=2)

    with pytest.raises(Refused) as refused:
        Repair.propose("rpr_1", away_until(3), moves, NOON).apply(mending(away_until(3), [hit, taken]), NOON)

    assert [each.officers for each in moves] == [(1, 2)]
    assert refused.value.rule == "repair.outdated"


def test_a_repair_that_was_found_before_it_said_who_meets_is_applied_as_before() -> None:
    hit = meeting_of(Seating(Place(1, 1)), institution=2)
    late = a_trouble("party_late", party="pty_i2", slot=3)
    moves = moves_for(late, [hit])
    stored = [each.model_copy(update={"firm_officer": None, "institution_officer": None}) for each in moves]

    it = Repair.propose("rpr_1", late, stored, NOON)
    it.apply(mending(late, [hit]), NOON)

    assert it.status == "applying"


PLACES = st.tuples(st.integers(1, 4), st.integers(1, 3))
BOTH = st.tuples(st.integers(1, 3), st.integers(1, 2), st.integers(1, 2), st.integers(1, OFFICERS))
TROUBLES = st.one_of(
    st.builds(away_until, st.integers(1, 4), st.integers(1, OFFICERS)),
    st.builds(away_until, st.integers(1, 4), st.integers(1, 2), st.just("pty_f1")),
    st.just(a_trouble("pair_walks_in", firm="pty_f3", institution="pty_i2")),
    st.builds(lambda slot: a_trouble("table_lost", table=1, slot=slot), st.integers(1, 4)),
)


@settings(max_examples=60, deadline=None)
@given(booked=st.dictionaries(PLACES, BOTH, max_size=12), trouble=TROUBLES)
def test_whoever_is_away_what_is_shown_is_all_that_happens_and_nobody_meets_twice(
    booked: dict[tuple[int, int], tuple[int, int, int, int]], trouble: Trouble
) -> None:
    meetings: dict[str, Meeting] = {}
    for place, (firm, institution, *officers) in booked.items():
        meeting = meeting_of(Seating(Place(*place), (officers[0], officers[1])), firm, institution)
        if not {claim for each in meetings.values() for claim in each.claims()} & set(meeting.claims()):
            meetings[meeting.id] = meeting
    found = mending(trouble, [*meetings.values()])
    timetable = mended(found)
    if trouble.pair and WALK_IN not in timetable.placed:
        return
    moves = found.shifts(timetable, "mtg_new")

    Repair.propose("rpr_1", trouble, moves, NOON).apply(found, NOON)

    after: dict[str, tuple[Place, tuple[str, str], Officers]] = {
        each.id: (each.place, each.parties, each.officers) for each in meetings.values()
    }
    for shift in moves:
        after.pop(shift.meeting, None)
        if shift.after and shift.officers:
            after[shift.meeting] = shift.after, shift.parties, shift.officers
    met = Counter(
        person for place, pair, officers in after.values() for person in Seating(place, officers).people(pair)
    )
    assert set(met.values()) <= {1}
    assert all(slot not in trouble.away(party, officer, range(1, 5)) for party, officer, slot in met)
    assert {each.meeting for each in moves if each.after is None} == meetings.keys() - after.keys()
