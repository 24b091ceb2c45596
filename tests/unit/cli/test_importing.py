from cli.dzn import Day, Meeting, Session
from cli.importing import carried, not_carried, session_of


def a_day(*meetings: Meeting, morning_slots: int = 2) -> Day:
    return Day(4, 2, 4, morning_slots, meetings, (frozenset({1, 2}), frozenset(), frozenset({4}), frozenset()))


def test_a_half_is_asked_for_where_the_day_has_two_and_all_of_it_where_it_has_one() -> None:
    halves = [Meeting(1, 2, each) for each in Session]

    assert [session_of(a_day(), each) for each in halves] == ["morning", "afternoon", "any"]
    assert [session_of(a_day(morning_slots=4), each) for each in halves] == ["any", None, "any"]
    assert [session_of(a_day(morning_slots=0), each) for each in halves] == [None, "any", "any"]


def test_what_an_event_is_told_is_counted() -> None:
    day = a_day(Meeting(1, 2, Session.MORNING), Meeting(3, 4, Session.EITHER), Meeting(1, 4, Session.AFTERNOON))

    assert carried(day) == {"slots that participants cannot use": 3, "meetings of one half of the day": 2}
    assert not_carried(day, {1: 1, 2: 1, 3: 3}) == []


def test_what_an_event_cannot_be_told_is_counted_and_so_is_what_the_timetable_breaks_of_it() -> None:
    day = a_day(
        Meeting(1, 2, Session.EITHER, fixed=1),
        Meeting(3, 4, Session.EITHER, fixed=2),
        Meeting(1, 4, Session.AFTERNOON, after=frozenset({1, 2})),
        Meeting(2, 3, Session.EITHER, fixed=4, after=frozenset({3})),
        morning_slots=4,
    )

    told = not_carried(day, {1: 3, 2: 2, 3: 3})

    assert {each["what"]: (each["in_file"], each["broken"]) for each in told} == {
        # the first is in the same slot; the fourth has no place, which is told elsewhere
        "meetings that must come before others": (3, 1),
        "meetings with a slot of their own": (3, 1),
        "meetings of a half that the day does not have": (1, 1),
    }
